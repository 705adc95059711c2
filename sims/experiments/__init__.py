"""One experiment a file: it simulates, predicts, and judges statements of the paper.

To add an experiment, write its file, which ends with ``EXPERIMENT = Experiment(...)``, and add its name to ``NAMES``.
`diffusion verify`, sweeps, reports and the documentation all read that list.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from diffusion.checks import one_of

if TYPE_CHECKING:
    import xarray as xr

    from sims.judging.points import Panel
    from sims.judging.verdict import Verdict

__all__ = ["NAMES", "SIZES", "Experiment", "every_experiment", "experiment"]

NAMES = (  # in the order of the reports
    "sgd_saddle",
    "momentum_saddle",
    "momentum_drift",
    "momentum_excess",
    "adam_saddle",
    "adai_saddle",
    "rotated_saddle",
    "sgd_escape",
    "momentum_escape",
    "adam_escape",
    "adai_escape",
    "effective_diffusion",
    "convergence",
    "noise_covariance",
    "rate_interval",
    "scaling_identity",
    "degree_law",
    "saddle_and_minimum",
    "network_minimum",
    "network_saddle",
    "network_twin",
)
SIZES = ("quick", "full")


@dataclass(frozen=True)
class Experiment:
    """An experiment.

    The fields tell what it judges, how it runs, and how its numbers are drawn.

    Attributes
    ----------
    name : str
        That of its file, "sgd_saddle".
    statements : tuple of str
        Statements that it judges, as the register calls them.
    panels : dict of str to Panel
        Pictures that its points are drawn in.
    full, quick : dataclass
        Settings of the two sizes, with fields ``walkers`` and ``seed``.
    run : callable
        ``run(config, *, workers, watch)`` returns the dataset of all points; the same config gives the same numbers.
    verdicts : callable
        ``verdicts(dataset)`` returns a list of `Verdict`, from that dataset alone.
    needs : str
        Package that it imports beyond the project's own dependencies; empty for none.
    """

    name: str
    statements: tuple[str, ...]
    panels: Mapping[str, "Panel"]
    full: Any
    quick: Any
    run: Callable[..., "xr.Dataset"]
    verdicts: Callable[["xr.Dataset"], Sequence["Verdict"]]
    needs: str = ""

    @property
    def config(self) -> type:
        """Class of the settings."""
        return self.full.__class__

    @property
    def missing(self) -> bool:
        """Whether the package that it needs is not installed."""
        return bool(self.needs) and find_spec(self.needs) is None

    def settings(self, size: str, seed: int) -> Any:
        """Return the settings of one size, "quick" or "full"."""
        one_of(size, "size", SIZES)
        return replace(self.quick if size == "quick" else self.full, seed=seed)


@cache
def experiment(name: str) -> Experiment:
    """Return the experiment with a name of ``NAMES``.

    Its file is imported only then.
    """
    return import_module(f"{__name__}.{name}").EXPERIMENT


def every_experiment() -> tuple[Experiment, ...]:
    """Return all experiments, in the order of the reports."""
    return tuple(experiment(name) for name in NAMES)
