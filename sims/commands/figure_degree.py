"""`diffusion figure degree`: every optimizer's exponent.

The exponent is predicted and measured.
"""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sims.commands.common import COMMON, Common, Flat
from sims.options.numbers import Whole


def figure(
    *,
    quick: bool = False,
    optimizers: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None,
    seed: Whole = 0,
    out: Path = Path("out"),
    common: Annotated[Common, Flat] = COMMON,
) -> int:
    """Measure with which exponent every optimizer tells flat from sharp minima, beside the degree law.

    Writes degree.png, .svg, .nc and .csv. Finished cells are kept in OUT: after a stop the same command goes on.

    Parameters
    ----------
    quick
        Take ten rules and a fifth of the particles: about a minute.
    optimizers
        Names that `diffusion list` shows, or FILE.py:Name for one of your own; separated by spaces or commas.
        [default: all that are stationary]
    seed
        Seed from which every cell derives its own.
    out
        Folder for the files.
    """
    # Numba and matplotlib take seconds to import, and --help must not.
    from sims.commands.degree_run import run_degree_law
    from sims.degree.plan import DegreeLaw

    names = tuple(one for text in optimizers or () for one in text.split(","))
    return run_degree_law(DegreeLaw(seed, names, quick), out, workers=common.workers, json=common.json)
