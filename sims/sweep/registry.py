"""The experiments that a sweep can run, by name."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from diffusion import Interrupted
from diffusion.checks import require
from sims import experiments
from sims.options.by_name import find
from sims.storage.rows import as_rows


@dataclass(frozen=True)
class Experiment:
    """What a sweep has to know of an experiment.

    Attributes
    ----------
    name : str
    config : type
        Frozen dataclass of its settings.
    run : callable
        ``run(config, *, workers, watch)`` returns its result: `EscapeTimes`, `Ensemble`, a Dataset or
        a table, which is a list of dicts.
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
    def module(self):
        """Where its sources begin."""
        return self.config.__module__


def names() -> list[str]:
    """Return the names of all experiments, as they are written in a sweep's file."""
    return [*OWN, *(name.replace("_", "-") for name in OF_STATEMENTS)]


@cache
def experiment(name: str) -> Experiment:
    """Return the experiment of that name; only then is it imported.

    Raises
    ------
    ValueError
        If there is none; the message has the nearest names.
    """
    name = find(name, names(), "an experiment")
    return OWN[name]() if name in OWN else _of_statement(name)


def _escape():
    from sims.runs import escape as e

    def check(config):
        e.check(config)
        rule = "left out of a sweep; sweep dt instead: dt = [1e-3, 5e-4] under [grid]"
        require(not config.process.halving, "halving", rule, True)

    return Experiment("escape", e.Escape, e.run, e.rows, e.HEADLINE, check=check, split=True)


def _splitting():
    from sims.runs import splitting as s

    return Experiment("splitting", s.Splitting, s.run, s.rows, s.HEADLINE, check=s.check)


def _saddle():
    from sims.runs import saddle as s

    return Experiment("saddle", s.Saddle, s.run, s.rows, s.HEADLINE, ("T", "H"), s.check, split=True)


def _equilibrium():
    from sims.runs import equilibrium as e

    def rows(config, found):
        return found

    headline = ("scheme", "dt", "position", "position_stderr", "velocity", "boltzmann_p", "control_p")
    return Experiment("equilibrium", e.Equilibrium, e.run, rows, headline, ("scheme", "dt"), e.check)


def _figure6():
    from sims.figure6 import run as figure6

    def run(config, *, workers=None, watch=None):
        dataset = figure6.run(replace(config, workers=workers), watch)
        if dataset.partial == "yes":
            raise Interrupted(dataset)
        return dataset

    def rows(config, dataset):
        return figure6.table(dataset)

    headline = ("optimizer", "k", "panel", "events", "tau", "tau_low", "tau_high")
    return Experiment("figure6", figure6.Figure6, run, rows, headline, ("optimizer", "panel", "data_seed"))


def _of_statement(name):
    one = experiments.experiment(name.replace("-", "_"))
    headline = ("panel", "regime", "series", "x", "measured", "stderr", "printed", "exact")
    return Experiment(name, one.config, one.run, _points, headline, ("panel", "series"))


def _points(config, dataset):
    """Return the points of a dataset as rows."""
    names = [name for name in dataset.variables if dataset[name].dims == ("point",)]
    return as_rows({name: dataset[name].values.tolist() for name in names})


OWN = {
    "escape": _escape,
    "splitting": _splitting,
    "saddle": _saddle,
    "equilibrium": _equilibrium,
    "figure6": _figure6,
}
OF_STATEMENTS = sorted(experiments.NAMES)
