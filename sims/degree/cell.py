"""One cell of the degree law's sweep.

It is a rule in one coordinate or in ten, or a crossover.
"""

from dataclasses import dataclass

from diffusion.checks import one_of, whole
from sims.degree import crossover, exponent, ten_coordinates
from sims.degree.rules import find_rule

LINE, TEN, LOCAL = "line", "ten", "local"
HEADLINE = ("kind", "title", "k", "log_tau", "log_tau_low", "log_tau_high", "tau", "x", "exponent")


@dataclass(frozen=True)
class DegreeCell:
    """Settings of one cell.

    Parameters
    ----------
    kind : "line", escapes by splitting in one coordinate; "ten", first passages in ten; "local", a crossover.
    optimizer : name of a built-in rule, FILE.py:Name, or of a crossover.
    particles, replicas, settle : of splitting.
    walkers : of first passages in ten coordinates.
    answering : walkers that measure the answer to a weak force.
    seed : every point derives its own from it.
    """

    kind: str = LINE
    optimizer: str = "sgd"
    particles: int = 150
    replicas: int = 6
    settle: int = 5000
    walkers: int = 1000
    answering: int = 20_000
    seed: int = 0

    def __post_init__(self):
        one_of(self.kind, "kind", (LINE, TEN, LOCAL))
        least = {"particles": 16, "replicas": 3, "settle": 1, "walkers": 2, "answering": 100, "seed": 0}
        for name, low in least.items():
            whole(getattr(self, name), name, low)


def check(config: DegreeCell) -> None:
    """Raise ``ValueError`` unless there is such a rule."""
    if config.kind == LOCAL:
        one_of(config.optimizer, "optimizer", tuple(crossover.CROSSOVERS))
    else:
        rule = find_rule(config.optimizer)
        if config.kind == LINE and rule.apart:
            raise ValueError(
                f"{config.optimizer} has no exponent to measure in one coordinate: {rule.apart}."
            )


def run(config: DegreeCell, *, workers=None, watch=None) -> list[dict]:
    """Return the rows of one cell."""
    if config.kind == LOCAL:
        rows = crossover.local_exponents(
            config.optimizer, walkers=max(config.answering // 4, 100), seed=config.seed, workers=workers
        )
    elif config.kind == TEN:
        rows = ten_coordinates.escapes(
            find_rule(config.optimizer),
            walkers=config.walkers,
            seed=config.seed,
            workers=workers,
            watch=watch,
        )
    else:
        settings = exponent.Escapes(
            config.seed, config.particles, config.replicas, config.settle, answering=config.answering,
            workers=workers,
        )  # fmt: skip
        rows = exponent.escapes(find_rule(config.optimizer), settings, watch)
    return [{"kind": config.kind} | row for row in rows]
