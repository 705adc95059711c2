"""Crossovers: rules without a single degree.

Their local exponent changes with a size or with time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import erf, erfc

from diffusion import SGD, AdaBound, Adam, Clipped, DualAdam, StyblinskiTang
from sims.degree.exponent import SIGMA
from sims.degree.response import response

APART = 0.1  # log k on either side, for the derivative


@dataclass(frozen=True)
class Crossover:
    """A rule whose local exponent changes.

    The exponent -d log E / d log k runs from one value to another.

    Attributes
    ----------
    title : str
    xlabel : str
        What ``x`` is, as mathtext.
    x : tuple of float
        Where the exponent is measured.
    optimizer : callable
        ``optimizer(x)`` returns the rule.
    age : callable
        ``age(x)`` returns the iteration at which it is looked at.
    exact : callable or None
        ``exact(x)`` returns the local exponent where it has a closed form.
    """

    title: str
    xlabel: str
    x: tuple[float, ...]
    optimizer: Callable[[float], Any]
    age: Callable[[float], int] = lambda x: 3000
    exact: Callable[[float], float] | None = None


def eps_exponent(x):
    """Local exponent of Adam with a constant eps.

    At x = sigma sqrt(k) / eps it is 1 - x / (2 (x + 1)).
    """
    return 1 - x / (2 * (x + 1))


def clip_exponent(x):
    """Local exponent of clipped SGD in one coordinate.

    It is taken at x = sigma sqrt(k) / threshold.

    A weak force moves a share A = erf(1 / (x sqrt 2)) of the steps, those that are not clipped; the steps have the
    variance sigma^2 k V. E is proportional to A / (k V).
    """

    def log_barrier(log_k):
        s = x * np.exp(log_k / 2)
        inside = erf(1 / (s * np.sqrt(2)))
        edge = np.sqrt(2 / np.pi) / s * np.exp(-1 / (2 * s * s))
        variance = inside - edge + erfc(1 / (s * np.sqrt(2))) / s**2
        return np.log(inside / variance) - log_k

    h = 1e-4  # the derivative's error is of order h^2
    return -(log_barrier(h) - log_barrier(-h)) / (2 * h)


# from 0.03 to 32: far below and far above x = 1, about where both exponents change
SIZES = tuple(float(x) for x in 10.0 ** np.arange(-1.5, 1.75, 0.5))
CROSSOVERS = {
    "eps": Crossover(
        "Adam, constant eps", r"$\sigma\sqrt{k}\,/\,\epsilon$", SIZES,
        lambda x: Adam(1e-3, eps=SIGMA / x), exact=eps_exponent,
    ),
    "clip": Crossover(
        "SGD, clipped gradient", r"$\sigma\sqrt{k}\,/$ threshold", SIZES,
        lambda x: Clipped(SGD(1e-5), SIGMA / x), age=lambda x: 10, exact=clip_exponent,
    ),
    "adabound": Crossover(
        "AdaBound, bounds closing", r"$\gamma T$", (0.1, 0.2, 0.4, 0.7, 1.0, 1.4, 2.0, 3.0),
        # its adaptive rate is half its final one, so that the lower bound takes over at gamma T = 1
        lambda x: AdaBound(1e-3, final_rate=2e-3 / SIGMA, gamma=3e-4), age=lambda x: round(x / 3e-4),
    ),
    "dualadam": Crossover(
        "DualAdam, switching", r"$T \times$ switch rate", (0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 1.1, 1.3),
        lambda x: DualAdam(1e-3, switch_rate=1e-4, unit=SIGMA), age=lambda x: round(1e4 * x),
    ),
}  # fmt: skip


def local_exponents(name: str, *, walkers: int, seed: int, workers=None) -> list[dict]:
    """Return a crossover's local exponent at each x.

    There is one row for each x. The same noise serves both sides of a derivative.
    """
    which = CROSSOVERS[name]
    rows = []
    for x in which.x:
        logs, errors = [], []
        for side in (-APART, APART):
            k = float(np.exp(side))
            answer = response(
                which.optimizer(x), SIGMA * k**0.5, age=which.age(x), steps=300, walkers=walkers, seed=seed,
                workers=workers,
            )  # fmt: skip
            logs.append(np.log(answer.log_escape(StyblinskiTang(1, k), 1.0)))
            errors.append(answer.error)
        rows.append(
            {
                "crossover": name,
                "x": x,
                "exponent": float((logs[0] - logs[1]) / (2 * APART)),
                # what a pair on independent noise would have: an upper bound, the noise is shared
                "error_bound": float(np.hypot(*errors) / (2 * APART)),
                "exact": float("nan") if which.exact is None else float(which.exact(x)),
            }
        )
    return rows
