"""The experiments that a sweep can run, by name."""

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from diffusion import Interrupted, Watch
from sims import escape, experiments, figure6, saddle
from sims.options import find


@dataclass(frozen=True)
class Experiment:
    """What a sweep has to know of an experiment.

    Attributes
    ----------
    name : str
    config : type
        Frozen dataclass of its settings.
    run : callable
        ``run(config, *, workers, watch)`` returns its result: `EscapeTimes`, `Ensemble` or a Dataset.
    rows : callable
        ``rows(config, result)`` returns that as a table, a list of dicts with the same keys.
    headline : tuple of str
        Columns of the table that are shown on a terminal.
    axes : tuple of str
        Columns that tell the rows of one cell apart.
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
    split: bool = False

    @property
    def module(self):
        """Where its sources begin."""
        return self.config.__module__


def _figure6(config, *, workers=None, watch=None):
    watch = watch or Watch()
    dataset = figure6.run(replace(config, workers=workers), watch)
    if dataset.partial == "yes":
        raise Interrupted(dataset)
    return dataset


def _points(config, dataset):
    """Return the points of a dataset as rows."""
    names = [name for name in dataset.variables if dataset[name].dims == ("point",)]
    columns = [dataset[name].values.tolist() for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


OWN = {
    "escape": Experiment(
        "escape", escape.Escape, escape.run, escape.rows, escape.HEADLINE, split=True
    ),
    "saddle": Experiment(
        "saddle", saddle.Saddle, saddle.run, saddle.rows, saddle.HEADLINE, ("T", "H"), split=True
    ),
    "figure6": Experiment(
        "figure6",
        figure6.Figure6,
        _figure6,
        lambda config, dataset: figure6.table(dataset),
        ("optimizer", "k", "panel", "events", "tau", "tau_low", "tau_high"),
        ("optimizer", "k", "panel", "data_seed"),
    ),
}  # fmt: skip
OF_STATEMENTS = sorted(module.name for module in pkgutil.iter_modules(experiments.__path__))


def names() -> list[str]:
    """Return the names of all experiments, as they are written in a sweep's file."""
    return [*OWN, *(name.replace("_", "-") for name in OF_STATEMENTS)]


def experiment(name: str) -> Experiment:
    """Return the experiment of that name.

    Raises
    ------
    ValueError
        If there is none; the message has the nearest names.
    """
    name = find(name, names(), "an experiment")
    if name in OWN:
        return OWN[name]
    module = import_module(f"sims.experiments.{name.replace('-', '_')}")
    headline = ("panel", "regime", "series", "x", "measured", "stderr", "printed", "exact")
    return Experiment(name, type(module.FULL), module.run, _points, headline, ("panel", "series"))
