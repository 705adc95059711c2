"""Experiments that a sweep can run, by name."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from sims import experiments
from sims.options.by_name import find
from sims.storage.rows import columns_along


@dataclass(frozen=True)
class Sweepable:
    """An experiment as a sweep sees it.

    Attributes
    ----------
    name : str
    config : type
        Frozen dataclass of its settings.
    run : callable
        ``run(config, *, workers, watch)`` returns its result: `EscapeTimes`, `SplittingEstimate`, `Ensemble`, a Dataset
        or a table, which is a list of dicts.
    rows : callable
        ``rows(config, result)`` returns that as a table, a list of dicts with the same keys.
    headline : tuple of str
        Columns of the table that are shown on a terminal.
    axes : tuple of str
        Columns that tell the rows of one cell apart.
    check : callable
        ``check(config)`` raises ValueError where it can tell without running that ``run`` will.
    split : bool
        Whether ``config.walkers`` may be a range of ids (from a multiple of 64 on), and results of neighbouring
        ranges be ``joined``.
    """

    name: str
    config: type
    run: Callable[..., Any]
    rows: Callable[[Any, Any], list[dict]]
    headline: tuple[str, ...]
    axes: tuple[str, ...] = ()
    check: Callable[[Any], None] = lambda config: None
    split: bool = False

    @property
    def module(self) -> str:
        """The module in which its sources begin."""
        return self.run.__module__


# beside the experiments on statements: module, class of its settings, and what else a sweep has to know
OWN: dict[str, tuple[str, str, dict]] = {
    "escape": ("sims.runs.escape", "Escape", {"split": True}),
    "splitting": ("sims.runs.splitting", "Splitting", {}),
    "saddle": ("sims.runs.saddle", "Saddle", {"axes": ("T", "H"), "split": True}),
    "equilibrium": ("sims.runs.equilibrium", "Equilibrium", {"axes": ("scheme", "dt")}),
    "degree": ("sims.degree.cell", "DegreeCell", {"axes": ("kind", "rule", "crossover")}),
    "figure6": ("sims.figure6.run", "Figure6", {"axes": ("optimizer", "panel", "data_seed")}),
    "network-training": ("sims.networks.cells.train", "Training", {"axes": ("epoch",)}),
    "network-minima": ("sims.networks.cells.minima", "Minima", {"axes": ("network",)}),
    "network-leaving": ("sims.networks.cells.leaving", "Leaving", {"axes": ("network",)}),
    "network-tails": (
        "sims.networks.cells.noise_tails",
        "NoiseTails",
        {"axes": ("network", "place", "noise", "B")},
    ),
    "network-noise": (
        "sims.networks.cells.noise_and_curvature",
        "NoiseAndCurvature",
        {"axes": ("network", "place")},
    ),
}
ON_POINTS = ("panel", "optimizer", "regime", "x", "measured", "stderr", "printed", "exact")


def names() -> list[str]:
    """Return the names of all experiments, as in a sweep's file."""
    return [*OWN, *sorted(name.replace("_", "-") for name in experiments.NAMES)]


@cache
def experiment(name: str) -> Sweepable:
    """Import and return the experiment of that name.

    Raises
    ------
    ValueError
        If there is none; the message has the nearest names.
    """
    name = find(name, names(), "an experiment")
    if name in OWN:
        place, settings, more = OWN[name]
        own = import_module(place)
        if hasattr(own, "check"):  # settings that do not check themselves
            more = {"check": own.check} | more
        rows = getattr(own, "rows", None) or _without(getattr(own, "PICTURE_ONLY", ()))
        return Sweepable(name, getattr(own, settings), own.run, rows, own.HEADLINE, **more)
    one = experiments.experiment(name.replace("-", "_"))
    return Sweepable(name, one.config, one.run, _points, ON_POINTS, ("panel", "optimizer", "regime"))


def _without(hidden):
    """Return a function that gives a result's rows without some columns, such as points of a picture."""
    return lambda config, result: [
        {name: value for name, value in row.items() if name not in hidden} for row in result
    ]


def _points(config, dataset):
    """Return a dataset's points as rows, their coordinates in words."""
    from sims.judging.points import coordinates_of
    from theory.labels import label

    table = columns_along(dataset.drop_vars(json.loads(dataset.coordinate_names)), "point")
    return table.assign(regime=[label(at) for at in coordinates_of(dataset)]).to_dict("records")
