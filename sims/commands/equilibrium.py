"""`diffusion equilibrium`: check schemes in equilibrium."""

from pathlib import Path
from typing import Annotated

from sims.commands.common import COMMON, Common, Flat, measured, tell, write
from sims.options.equilibrium import Equilibrium

EQUILIBRIUM = Equilibrium()


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
    from sims.runs.settings import described, with_settings

    built = experiment.parts(config)
    table, partial = measured(experiment, config, built, out, common)
    text = experiment.sentence(config, built, table)
    write(
        out,
        None,
        "equilibrium",
        lambda: experiment.dataset(config, table, partial),
        with_settings(table, config),
    )
    found = {"rows": table, "settings": described(config)}
    return tell(common, found, [("Equilibrium", table)], text, partial)
