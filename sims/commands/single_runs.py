"""`diffusion escape`, `saddle` and `equilibrium`: one run, its numbers on the terminal and in files."""

import json
from importlib import import_module
from pathlib import Path
from typing import Annotated

from diffusion import Interrupted
from sims.commands.common import COMMON, Common, Flat
from sims.runs import splitting
from sims.runs.equilibrium import Equilibrium
from sims.runs.escape import Escape
from sims.runs.saddle import Saddle
from sims.runs.splitting import SplittingOptions
from sims.storage.files import writable_folder
from sims.storage.rows import show

EQUILIBRIUM, ESCAPE, SADDLE = Equilibrium(), Escape(), Saddle()
SPLITTING = SplittingOptions()


def _measured(experiment, config, out, common):
    """Run an experiment; return what it measured, and whether it was interrupted."""
    from sims.commands.progress import progress

    if out is not None:
        writable_folder(out)
        import_module("sims.storage.netcdf")  # now, so that a run that is interrupted is saved at once
    with progress(experiment.__name__.rpartition(".")[2]) as watch:
        try:
            return experiment.run(config, workers=common.workers, watch=watch), False
        except Interrupted as stopped:
            if stopped.partial is None:
                raise
            return stopped.partial, True


def escape(
    *,
    config: Annotated[Escape, Flat] = ESCAPE,
    rare: Annotated[SplittingOptions, Flat] = SPLITTING,
    out: Path | None = None,
    common: Annotated[Common, Flat] = COMMON,
) -> int:
    """Time the escape from a valley of the Styblinski-Tang function.

    Parameters
    ----------
    out
        Folder for escape.nc (every walker, with settings, seed, versions), escape.csv, and of a process
        escape_exits.csv; by splitting, for splitting.nc (every replica) and splitting.csv.
    """
    if rare.checked().splitting:
        settings = rare.of(config)
        estimate, partial = _measured(splitting, settings, out, common)
        return splitting.report(settings, estimate, partial, out, common.json)
    from sims.runs import escape as experiment
    from sims.runs import time_step as passage

    log_kramers = experiment.log_prediction(config)
    times, partial = _measured(experiment, config, out, common)
    halved = None
    if config.process.halving and not partial:
        try:
            halved, partial = _measured(experiment, passage.halved(config), out, common)
        except Interrupted:  # before its first walker: the run at dt is whole
            partial = True
    found = experiment.summary(config, times, log_kramers, halved) | {"partial": partial}
    text = experiment.sentence(found)
    exits = passage.exits(config, times) if config.process.process else []
    if out is not None:
        experiment.save(config, times, found, out, halved)
    if common.json:
        print(json.dumps(found | ({"exits": exits} if exits else {}) | {"sentence": text}, indent=1))
    else:
        show(
            "Escape" + ", partial" * partial,
            [{"": experiment.LABELS[name], "value": value} for name, value in found.items()],
        )
        if len(exits) > 1:
            show("Exits", exits)
        print(text)
    return 130 if partial else 0


def saddle(
    *,
    config: Annotated[Saddle, Flat] = SADDLE,
    out: Path | None = None,
    common: Annotated[Common, Flat] = COMMON,
) -> int:
    """Measure the mean squared displacement from a saddle at chosen iterations, beside theorem and exact value.

    Parameters
    ----------
    out
        Folder for saddle.nc (with settings, seed, versions) and saddle.csv.
    """
    from sims.runs import saddle as experiment

    ensemble, partial = _measured(experiment, config, out, common)
    table = experiment.rows(config, ensemble)
    text = experiment.sentence(table)
    if out is not None:
        experiment.save(config, ensemble, table, partial, out)
    if common.json:
        print(json.dumps({"rows": table, "sentence": text, "partial": partial}, indent=1))
    else:
        show("Mean squared displacement" + ", partial" * partial, table)
        print(text)
    return 130 if partial else 0


def equilibrium(
    *,
    config: Annotated[Equilibrium, Flat] = EQUILIBRIUM,
    out: Path | None = None,
    common: Annotated[Common, Flat] = COMMON,
) -> int:
    """Check what schemes do to equilibrium: temperatures of positions and velocities, Boltzmann's density.

    Parameters
    ----------
    out
        Folder for equilibrium.nc (with settings, seed, versions) and equilibrium.csv.
    """
    from sims.runs import equilibrium as experiment

    table, partial = _measured(experiment, config, out, common)
    text = experiment.sentence(table)
    if out is not None:
        experiment.save(config, table, partial, out)
    if common.json:
        print(json.dumps({"rows": table, "sentence": text, "partial": partial}, indent=1))
    else:
        show("Equilibrium" + ", partial" * partial, table)
        print(text)
    return 130 if partial else 0
