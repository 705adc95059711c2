"""The cells of the degree law as one sweep, so that a run is stored cell by cell and goes on after a stop."""

from dataclasses import dataclass

from sims.degree import cell
from sims.degree.crossover import CROSSOVERS
from sims.degree.rules import TABLE_2, built_in
from sims.sweep.grid import Sweep
from sims.sweep.registry import experiment

# a few of each exponent, for a look in about a minute
QUICK = ("sgd", "momentum", "nesterov", "adai", "padam", "adam", "rmsprop", "yogi", "adabelief", "lion")


@dataclass(frozen=True)
class DegreeLaw:
    """Settings of a run.

    Parameters
    ----------
    seed : every cell derives its own from it.
    optimizers : rules to measure; all that are built in, if empty.
    quick : a few rules with a fifth of the particles and walkers.
    workers : threads; all processors if None.
    """

    seed: int = 0
    optimizers: tuple[str, ...] = ()
    quick: bool = False
    workers: int | None = None

    @property
    def rules(self) -> tuple[str, ...]:
        """Names of the rules in one coordinate."""
        stationary = tuple(rule.name for rule in built_in() if not rule.apart)
        return self.optimizers or (tuple(name for name in QUICK if name in stationary) if self.quick else stationary)

    @property
    def ten(self) -> tuple[str, ...]:
        """Names of the rules in ten coordinates."""
        if self.optimizers:
            return tuple(name for name in TABLE_2 if name in self.optimizers)
        return ("sgd", "adam", "amsgrad", "padam") if self.quick else TABLE_2


def as_sweep(config: DegreeLaw) -> Sweep:
    """Return the sweep whose cells are the rules in one and in ten coordinates and the crossovers."""
    size = {"particles": 100, "replicas": 6, "walkers": 200, "answering": 10_000} if config.quick else {}
    grids: list[dict] = [{"kind": [cell.LINE], "optimizer": list(config.rules)}]
    if config.ten:
        grids.append({"kind": [cell.TEN], "optimizer": list(config.ten)})
    if not config.optimizers:
        grids.append({"kind": [cell.LOCAL], "optimizer": list(CROSSOVERS)})
    return Sweep(experiment("degree"), size, tuple(grids), config.seed)
