"""`diffusion escape`: time the escape from a valley."""

from pathlib import Path
from typing import Annotated

from sims.commands.common import COMMON, Common, Flat, measured, tell, write
from sims.options.escape import Escape, SplittingOptions

ESCAPE, SPLITTING = Escape(), SplittingOptions()


def escape(
    *,
    config: Annotated[Escape, Flat] = ESCAPE,
    rare: Annotated[SplittingOptions, Flat] = SPLITTING,
    out: Path | None = None,
    plot: Path | None = None,
    common: Annotated[Common, Flat] = COMMON,
) -> int:
    """Time the escape from a valley, of the Styblinski-Tang function or of a landscape of your own.

    Parameters
    ----------
    out
        Folder for escape.nc (every walker, with settings, seed, versions), escape.csv, and of a process
        escape_exits.csv; by splitting, for splitting.nc (every replica) and splitting.csv.
    plot
        Draw how many walkers are still inside into this file (.svg, .pdf or .png).
    """
    rarely = rare.of(config)
    if rarely is not None:
        if plot is not None:
            raise ValueError("plot does not work with --splitting, which has no walkers to count.")
        return _by_splitting(rarely, out, common)
    from diffusion import Interrupted
    from sims.runs import escape as experiment
    from sims.runs import time_step
    from sims.runs.settings import described, with_settings
    from sims.storage.files import write_csv

    built = experiment.parts(config)
    times, partial = measured(experiment, config, built, out, common)
    halved = None
    if config.exits.halving and not partial:
        try:
            halved, partial = measured(experiment, *time_step.halved(config, built), out, common)
        except Interrupted:  # before its first walker: the run at dt is whole
            partial = True
    found = experiment.summary(config, built, times, halved)
    exits = time_step.exits(config, built, times) if built.process is not None else []
    flags = experiment.regime(config, built)
    told = found | {"partial": partial}
    write(
        out,
        plot,
        "escape",
        lambda: experiment.dataset(config, built, times, told, halved),
        with_settings([told], config, built),
    )
    if out is not None and exits:
        write_csv(exits, out / "escape_exits.csv")
    tables = [("Escape", _on_its_side(told, experiment.LABELS))]
    if len(exits) > 1:
        tables.append(("Exits", exits))
    extra: dict = {"exits": exits} if exits else {}
    extra |= {"regime": [flag.as_dict() for flag in flags], "settings": described(config, built)}
    return tell(common, found | extra, tables, experiment.sentence(found, flags), partial)


def _by_splitting(config, out: Path | None, common: Common) -> int:
    """Run by splitting, write and print what was found, and return the exit code."""
    from sims.runs import splitting as experiment
    from sims.runs.escape import regime
    from sims.runs.settings import described, with_settings

    built = experiment.parts(config)
    estimate, partial = measured(experiment, config, built, out, common)
    found, flags = experiment.summary(config, built, estimate), regime(config, built)
    told = found | {"partial": partial}
    write(
        out,
        None,
        "splitting",
        lambda: experiment.dataset(config, built, estimate, told),
        with_settings([told], config, built),
    )
    extra = {"regime": [flag.as_dict() for flag in flags], "settings": described(config, built)}
    tables = [("Escape by splitting", _on_its_side(told, experiment.LABELS))]
    return tell(common, found | extra, tables, experiment.sentence(config, found, flags), partial)


def _on_its_side(found: dict, labels: dict[str, str]) -> list[dict]:
    """Return numbers by name as rows of label and value."""
    return [{"": labels[name], "value": value} for name, value in found.items()]
