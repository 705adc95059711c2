"""Plan of a run of the degree law.

The grids of a sweep list which rules are measured, and how.
"""

from dataclasses import dataclass

from sims.degree import cell
from sims.degree.crossover import CROSSOVERS
from sims.degree.rules import TABLE_2, built_in

# a few of each exponent, for a look in about a minute
QUICK = ("sgd", "momentum", "nesterov", "adai", "padam", "adam", "rmsprop", "yogi", "adabelief", "lion")


@dataclass(frozen=True)
class DegreeLaw:
    """Settings of a run.

    Parameters
    ----------
    seed : every cell derives its own from it.
    optimizers : rules to measure; all that are built in, if empty.
    quick : a few rules with less than half of the particles and a fifth of the walkers.
    """

    seed: int = 0
    optimizers: tuple[str, ...] = ()
    quick: bool = False

    @property
    def rules(self) -> tuple[str, ...]:
        """Names of the rules in one coordinate."""
        stationary = tuple(rule.name for rule in built_in() if not rule.apart)
        return self.optimizers or (
            tuple(name for name in QUICK if name in stationary) if self.quick else stationary
        )

    @property
    def ten(self) -> tuple[str, ...]:
        """Names of the rules in ten coordinates."""
        if self.optimizers:
            return tuple(name for name in TABLE_2 if name in self.optimizers)
        return ("sgd", "adam", "amsgrad", "padam") if self.quick else TABLE_2

    @property
    def fixed(self) -> dict:
        """Settings that all cells share."""
        small = {"particles": 100, "replicas": 5, "walkers": 200, "answering": 10_000}
        return small if self.quick else {}

    @property
    def grids(self) -> tuple[dict, ...]:
        """Grids of the sweep.

        They are rules in one coordinate, rules in ten, and crossovers.
        """
        found: list[dict] = [{"kind": [cell.LINE], "optimizer": list(self.rules)}]
        if self.ten:
            found.append({"kind": [cell.TEN], "optimizer": list(self.ten)})
        if not self.optimizers:
            found.append({"kind": [cell.LOCAL], "optimizer": list(CROSSOVERS)})
        return tuple(found)
