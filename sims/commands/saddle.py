"""`diffusion saddle`: measure the spread from a critical point."""

from pathlib import Path
from typing import Annotated

from sims.commands.common import COMMON, Common, Flat, measured, tell, write
from sims.options.saddle import Saddle

SADDLE = Saddle()


def saddle(
    *,
    config: Annotated[Saddle, Flat] = SADDLE,
    out: Path | None = None,
    plot: Path | None = None,
    common: Annotated[Common, Flat] = COMMON,
) -> int:
    """Measure the mean squared displacement from a saddle at chosen iterations, beside theorem and exact value.

    Parameters
    ----------
    out
        Folder for saddle.nc (with settings, seed, versions) and saddle.csv.
    plot
        Draw the mean squared displacement against the iterations into this file (.svg, .pdf or .png).
    """
    from sims.runs import saddle as experiment
    from sims.runs.settings import described, with_settings

    built = experiment.parts(config)
    ensemble, partial = measured(experiment, config, built, out, common)
    table, flags = experiment.rows(config, ensemble, built), experiment.regime(config, built)
    judged = experiment.verdict(config, built, table, ensemble.walkers)
    write(
        out,
        plot,
        "saddle",
        lambda: experiment.dataset(config, built, ensemble, partial),
        with_settings(table, config, built),
    )
    found = {
        "rows": table,
        "walkers": ensemble.walkers,
        "verdict": None if judged is None else judged.as_dict(),
        "regime": [flag.as_dict() for flag in flags],
        "settings": described(config, built),
    }
    text = experiment.sentence(judged, table, flags)
    if partial:
        text = f"The table is of {ensemble.walkers:,} of {config.walkers:,} walkers. {text}"
    return tell(common, found, [("Mean squared displacement", table)], text, partial)
