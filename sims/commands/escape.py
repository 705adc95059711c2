"""`diffusion escape`: time the escape from a valley."""

from importlib import import_module
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
    if rarely is not None and plot is not None:
        raise ValueError("plot does not work with --splitting, which has no walkers to count.")
    from diffusion import Interrupted
    from sims.runs import escape, time_step
    from sims.runs.settings import attributes, described, with_settings
    from sims.storage.files import write_csv

    name, title = ("escape", "Escape") if rarely is None else ("splitting", "Escape by splitting")
    experiment, chosen = import_module(f"sims.runs.{name}"), rarely or config
    built = experiment.parts(chosen)
    result, partial = measured(experiment, chosen, built, out, common)
    halved: tuple = ()  # the result at half the time step, where one is asked for
    if config.exits.halving and not partial:
        try:
            half, partial = measured(escape, *time_step.halved(config, built), out, common)
            halved = (half,)
        except Interrupted:  # before the first walker of the second run; the first run is whole
            partial = True
    found, flags = experiment.summary(chosen, built, result, *halved), escape.regime(chosen, built)
    exits = time_step.exits(config, built, result) if built.process is not None and rarely is None else []
    told = found | {"partial": partial}
    rows = with_settings([told], chosen, built)
    write(out, plot, name, lambda: experiment.dataset(chosen, built, result, told, *halved), rows)
    if out is not None and exits:
        write_csv(exits, out / "escape_exits.csv", attributes(config, built, partial))
    tables = [(title, [{"": experiment.LABELS[one], "value": value} for one, value in told.items()])]
    if len(exits) > 1:
        tables.append(("Exits", exits))
    extra: dict = {"exits": exits} if exits else {}
    extra |= {"regime": [flag.as_dict() for flag in flags], "settings": described(chosen, built)}
    return tell(common, found | extra, tables, experiment.sentence(chosen, found, flags), partial)
