"""Figures on networks: their contract and their list.

To add a figure, write its file, which ends with ``FIGURE = NetworkFigure(...)``, and add its name to ``ROOMS``; its cells
are experiments of `sims.sweep.registry`. `diffusion figure`, the records and the documentation read that list.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from diffusion.data import digits, mnist14

if TYPE_CHECKING:
    import xarray as xr

    from sims.judging.verdict import Verdict

DATA = {"digits": digits, "mnist14": mnist14}
ROOMS = {  # in the order of the paper; the folder of each file
    "figure_1": "geometry",
    "figure_2": "training",
    "figure_3": "training",
    "figure_5": "training",
    "figure_7": "geometry",
    "figure_8": "geometry",
    "figure_9": "geometry",
    "figure_10": "training",
    "figure_11": "training",
    "figure_12": "training",
    "figure_13": "training",
    "figure_14": "geometry",
    "table_1": "geometry",
    "table_2": "training",
    "table_3": "training",
}
NAMES = tuple(ROOMS)
NONE = {
    "figure_4": "Figure 4 trains ResNet50 on ImageNet: 1.3 million images and days on a graphics processor. "
    "No small counterpart has its point; figures 2, 3 and 11 show learning curves on real digits."
}


@dataclass(frozen=True)
class Settings:
    """Settings of a network figure."""

    quick: bool = False
    seed: int = 0


@dataclass(frozen=True)
class Grid:
    """Cells of one kind: an experiment over values of its options."""

    cells: str
    fixed: Mapping[str, Any]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class NetworkFigure:
    """A figure or table on networks.

    Attributes
    ----------
    name : str
        That of its file and of its files on disk, "figure_1".
    title, claim : str
        In a few words, and what the paper claims there, in ours.
    statements : tuple of str
        Statements that it judges, as the register calls them.
    grids : callable
        ``grids(settings)`` returns its cells. Each has the seed of the settings, so that optimizers are paired: the same
        starts and the same minibatches.
    summary : callable
        ``summary(rows, settings)`` returns its dataset from the rows of all cells, each with the options of its cell.
    verdicts, table : callable
        ``verdicts(dataset)`` and ``table(dataset)`` return a list of `Verdict`, and of rows, from that dataset alone.
    picture : str
        Module of `figures` whose ``draw(dataset)`` draws it.
    """

    name: str
    title: str
    claim: str
    statements: tuple[str, ...]
    grids: Callable[[Settings], Sequence[Grid]]
    summary: Callable[[list[dict], Settings], "xr.Dataset"]
    verdicts: Callable[["xr.Dataset"], Sequence["Verdict"]]
    table: Callable[["xr.Dataset"], list[dict]]
    picture: str


@cache
def network_figure(name: str) -> NetworkFigure:
    """Return the figure with a name of ``ROOMS``.

    Its file is imported only then.

    Raises
    ------
    ValueError
        If there is none; for a figure of the paper that was left out, the message says why.
    """
    if name in NONE:
        raise ValueError(NONE[name])
    return import_module(f"sims.networks.{ROOMS[name]}.{name}").FIGURE


def missing_data() -> str:
    """Return why the data sets are not there; empty if they are."""
    try:
        for load in DATA.values():
            load()
    except ModuleNotFoundError as reason:
        return str(reason)
    return ""


def left_out() -> str:
    """Return which figures `diffusion reproduce` does not make, and why."""
    kinds = {
        kind: ", ".join(name.partition("_")[2] for name in NAMES if name.startswith(kind))
        for kind in ("figure", "table")
    }
    missing = missing_data()
    needs = f"They need handwritten digits: {missing}." if missing else "Their data are installed."
    return (
        f"Left out: Figures {kinds['figure']} and Tables {kinds['table']} of the paper, on small networks, which take "
        f"half an hour. `diffusion figure networks` makes them. {needs} {NONE['figure_4']}"
    )


def blocks(seeds: int, size: int = 8) -> list[int]:
    """Return the first seed of every cell, ``size`` seeds each."""
    return list(range(0, seeds, size))
