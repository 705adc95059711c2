"""Exponent of one rule, from mean escape times.

Splitting measures the times over the sharpness; the fit does not know the law.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from diffusion import FrozenNoise, StyblinskiTang, sharpened, split_escape
from sims.degree.response import response
from sims.degree.rules import Rule, with_rate
from sims.judging.scaling_law import fit_line, free_exponent
from sims.storage.seeds import derived_seed

FEWEST = 4  # points of a fit with a free exponent
SIGMA = 200.0  # of the gradient noise at k = 1: many times the largest slope on the way out, 45


@dataclass(frozen=True)
class Escapes:
    """Settings of one rule's escapes in one coordinate.

    Parameters
    ----------
    seed : every point derives its own seed from it.
    particles, replicas : climbs in each replica, and replicas; see `diffusion.split_escape`.
    settle : iterations after which a walker has forgotten its start.
    exponents : of log tau at the points, E = barrier / kT as predicted; the first is that of k = 1.
    answering : walkers that measure the rule's answer to a weak force.
    workers : threads; all processors if None.
    """

    seed: int = 0
    particles: int = 250
    replicas: int = 6
    settle: int = 5000
    exponents: tuple[float, ...] = (50.0, 30.0, 20.0, 14.0, 10.0)
    answering: int = 40_000
    workers: int | None = None


def escapes(rule: Rule, config: Escapes, watch=None) -> list[dict]:
    """Return escape times at each sharpness, as rows.

    All are of one rule.

    The learning rate is such that log tau has the exponent E = 50 at k = 1. It stays the same for all k, and so does
    everything else that has no dimension; constants that have one are rescaled (`diffusion.sharpened`).
    """
    valley = StyblinskiTang(1)
    answer = response(
        rule.optimizer, SIGMA, walkers=config.answering, seed=derived_seed(config.seed, "response", rule.name),
        age=config.settle, workers=config.workers,
    )  # fmt: skip
    eta = answer.log_escape(valley, 1.0) / config.exponents[0]
    rows = []
    for wanted in config.exponents:
        k = (config.exponents[0] / wanted) ** (1 / rule.predicted)
        twin = sharper(rule.optimizer, k, eta)
        sharp = StyblinskiTang(1, k)
        seed = derived_seed(config.seed, "degree", rule.name, wanted)
        found = split_escape(
            sharp, FrozenNoise(k * SIGMA**2), twin, start=sharp.minimum, boundary=sharp.boundary,
            particles=config.particles, replicas=config.replicas, settle=config.settle, seed=seed,
            workers=config.workers, watch=watch,
        )  # fmt: skip
        low, high = found.interval()
        rows.append(
            {
                "rule": rule.name,
                "title": rule.title,
                "predicted": float(rule.predicted),
                "eta": float(eta),
                "k": float(k),
                "exponent_predicted": float(wanted),
                "response_error": answer.error,
                "log_tau": found.log_tau,
                "log_tau_low": low,
                "log_tau_high": high,
                "steps": float(found.steps),
                "seed": seed,
            }
        )
    return rows


def sharper(optimizer, k: float, eta: float):
    """Return the optimizer for a loss sharper by ``k``.

    Constants with a dimension are rescaled; the learning rate is ``eta``.
    """
    return with_rate(sharpened(optimizer, k), eta)


def fit(rows: list[dict]) -> dict:
    """Fit the exponent to the rows of one rule.

    The slope is returned beside the predicted one.

    log(tau k^q) = a + b k^-p with q the predicted exponent: the scaling identity gives the prefactor. The slope b is
    that at the predicted exponent, over the E that the rule's answer to a weak force predicts at k = 1.

    Raises
    ------
    ValueError
        If fewer than 4 points have an interval.
    """
    k, log_tau, low, high = (
        np.array([row[name] for row in rows]) for name in ("k", "log_tau", "log_tau_low", "log_tau_high")
    )
    # an interval as wide as a factor e^2 either way tells less than a single event would
    known = np.isfinite(high) & (high - low < 2 * ndtri(0.975))
    if known.sum() < FEWEST:
        raise ValueError(
            f"{known.sum()} of {known.size} k have a narrow enough interval, and a fit needs {FEWEST}: take more particles"
        )
    k, log_tau, low, high = (column[known] for column in (k, log_tau, low, high))
    predicted, at_one = rows[0]["predicted"], rows[0]["exponent_predicted"]
    # as many exponential times as have the interval of the splitting
    events = (ndtri(0.975) / ((high - low) / 2)) ** 2
    exposure = events * np.exp(log_tau)
    free = free_exponent(k, events, exposure, q=predicted)
    line = fit_line(k, events, exposure, p=predicted, q=predicted)
    slope = line.b / at_one
    error = slope * np.hypot(line.b_stderr / line.b, rows[0]["response_error"])
    return {
        "rule": rows[0]["rule"],
        "title": rows[0]["title"],
        "predicted": predicted,
        "measured": free.value,
        "low": free.low,
        "high": free.high,
        "slope": slope,
        "slope_low": slope - 1.96 * error,
        "slope_high": slope + 1.96 * error,
        "fit_probability": line.fits,
    }
