"""Eqs. (119), (120): whether the escape rate and its 95 % interval are what they are meant to be.

Each estimate takes n escape times. It is made many times over, and the true rate is known: how often is it inside the
interval, on which side is it missed, and is the estimate right on average? First for exponential times, as both
equations assume (and with times that were cut off because walkers were still inside), then for real escape times of
SGD, which are exponential only approximately: a walker needs a moment to get going.
"""

from dataclasses import dataclass, replace

import numpy as np

from diffusion import SGD, Estimate, FrozenNoise, StyblinskiTang, escape_rate, escape_times
from sims.experiments import Experiment
from sims.judging.claims import Claims
from sims.judging.points import Panel, Point, along, as_dataset, having, where
from sims.storage.seeds import derived_seed
from theory.exact import sgd_mean_escape_iterations
from theory.statistics import (
    escape_rate_corrected,
    escape_rate_interval_corrected,
    escape_rate_interval_printed,
    escape_rate_printed,
    nominal_coverage,
    printed_coverage,
    printed_misses,
    rate_mean,
    rate_squared_error,
)

RATE, INTERVAL = STATEMENTS = ("Eq. 119", "Eq. 120")
TIMES = "escape times in one estimate, $n$"
PANELS = {
    "coverage": Panel("95 % interval", TIMES, "holds the true rate", yscale="linear", lines=("interval",)),
    "misses": Panel("Misses of (120)", TIMES, "share of all", lines=("misses",)),
    "mean": Panel("Estimate on average", TIMES, "estimate / true rate", yscale="linear", lines=("numerator",)),
    "error": Panel("Squared error", TIMES, "$n$ (estimate / true rate - 1)$^2$", yscale="linear", ratio_to="exact",
                   lines=("numerator",)),
}  # fmt: skip
PRINTED, EXACT, CENSORED = "interval (120)", "exact interval", "exact interval, some censored"
SGD_S = {"optimizer": "SGD"}  # real escape times; all others are exponential


@dataclass(frozen=True)
class RateInterval:
    """Settings.

    Parameters
    ----------
    walkers : of SGD, for each n; shared out into groups of n.
    seed : every run derives its own from it.
    estimates : made from exponential times, for each n.
    n : escape times in an estimate.
    n_walkers : the same for SGD's.
    censored_after : when the watch ends, in mean escape times.
    k, noise, eta : sharpness of the valley, noise in units of its curvature, learning rate.
    """

    walkers: int = 2**22
    seed: int = 0
    estimates: int = 1_000_000
    n: tuple[int, ...] = (10, 30, 100, 1000)
    n_walkers: tuple[int, ...] = (10, 30)
    censored_after: float = 1.0
    k: float = 6.0
    noise: float = 100.0
    eta: float = 1e-3


FULL, QUICK = RateInterval(), RateInterval(walkers=2**19, estimates=150_000)
CHUNK = 2_000_000  # random numbers at a time
LONGEST = 10**7  # iterations: no walker stays that long


def run(config: RateInterval, *, workers=None, watch=None):
    """Return coverage, misses, mean and squared error of estimates."""
    points = []
    for n in config.n:
        random = np.random.default_rng(derived_seed(config.seed, "exponential", n))
        total, left, seen = exponential(random, n, config)
        points += intervals(n, total) + estimates(n, total)
        limits = np.array([interval(n, events) for events in range(n + 1)])[left].T / seen
        points.append(coverage(n, limits, CENSORED))
    tau, steps = real_mean(config), 0
    for n in config.n_walkers:
        run = escapes(config, n, workers, watch)
        steps += int(run.iterations.sum())
        groups = run.iterations[: run.iterations.size // n * n].reshape(-1, n).sum(axis=1) / tau
        points.append(coverage(n, printed_limits(n, groups), PRINTED, **SGD_S))
        points.append(coverage(n, interval(n, n)[:, None] / groups, EXACT, **SGD_S))
    return as_dataset(
        points + theory_lines(config), PANELS, config, walkers=config.walkers * len(config.n_walkers),
        work=steps + config.estimates * sum(config.n), stop="first passage", noise=f"frozen, C = {config.noise:g} H_a",
        time_unit="iterations over their exact mean",
        deviation_over_mean=float(run.exponentiality().cv),  # 1 if exponential
    )  # fmt: skip


def exponential(random, n, config):
    """Return sums of n exponential times, whole and cut off."""
    parts = []
    for first in range(0, config.estimates, CHUNK // n):
        t = random.standard_exponential((min(CHUNK // n, config.estimates - first), n))
        cut = np.minimum(t, config.censored_after)
        parts.append((t.sum(1), np.count_nonzero(t < config.censored_after, axis=1), cut.sum(1)))
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


def valley_of(config):
    """Return the valley and the covariance of the noise."""
    valley = StyblinskiTang(1, config.k)
    return valley, config.noise * valley.H_a


def escapes(config, n, workers, watch):
    """Return real escape times of SGD."""
    valley, C = valley_of(config)
    return escape_times(
        valley, FrozenNoise(C), SGD(config.eta), start=valley.minimum, boundary=valley.boundary,
        max_iterations=LONGEST, walkers=config.walkers, seed=derived_seed(config.seed, "SGD", n),
        workers=workers, watch=watch,
    )  # fmt: skip


def real_mean(config):
    """Return SGD's exact mean escape time, in iterations."""
    valley, C = valley_of(config)
    place = float(valley.minimum[0]), valley.boundary
    return sgd_mean_escape_iterations(lambda x: valley.slope(x, 0), *place, eta=config.eta, C=C)


def printed_limits(n, total):
    """Return (120) for sums of n times."""
    low, high = escape_rate_interval_printed(np.full(n, 1 / n))  # of times whose sum is 1
    return low / total, high / total


def interval(n, events):
    """Return the simulator's own interval, for times that sum to 1."""
    rate = escape_rate(np.ones(n, int), np.arange(n) < events)
    return np.array([rate.low, rate.high]) * n


def share(hits):
    """Return the share of hits and its standard error, never 0."""
    p = (np.count_nonzero(hits) + 1) / (hits.size + 2)
    return np.mean(hits), np.sqrt(p * (1 - p) / hits.size)


def coverage(n, limits, interval, optimizer=""):
    """Return how often an interval holds the true rate, 1."""
    low, high = limits
    stated = {"printed": float(nominal_coverage(n))} if interval == PRINTED else {"corrected": 0.95}
    if interval == PRINTED and not optimizer:
        stated["exact"] = float(printed_coverage(n))
    held = share((low <= 1) & (high >= 1))
    return Point("coverage", {"interval": interval}, n, *held, optimizer, **stated)


def intervals(n, total):
    """Return points for the printed and the exact intervals."""
    low, high = printed_limits(n, total)
    right = np.array(escape_rate_interval_corrected(np.full(n, 1 / n)))[:, None] / total
    points = [coverage(n, (low, high), PRINTED), coverage(n, right, EXACT)]
    points[1] = replace(points[1], exact=0.95)
    for side, missed, exact in zip(
        ("too low", "too high"), (high < 1, low > 1), printed_misses(n), strict=True
    ):
        points.append(Point("misses", {"misses": side}, n, *share(missed), printed=0.025, exact=float(exact)))
    return points


def estimates(n, total):
    """Return points for mean and squared error of rate estimates."""
    once = np.full(n, 1 / n)
    rules = {"n - 2": escape_rate_printed(once), "n - 1": escape_rate_corrected(once), "n": float(n)}
    points = []
    for less, (name, numerator) in zip((2, 1, 0), rules.items(), strict=True):
        found, form = numerator / total, {"n - 2": "printed", "n - 1": "corrected"}.get(name)
        mean, error = Estimate.of(found), Estimate.of(n * (found - 1) ** 2)
        exact = {"mean": float(rate_mean(n, less=less)), "error": float(n * rate_squared_error(n, less=less))}
        at, right = {"numerator": name}, {form: 1.0} if form else {}
        points.append(Point("mean", at, n, mean.mean, mean.stderr, exact=exact["mean"], **right))
        points.append(Point("error", at, n, error.mean, error.stderr, exact=exact["error"]))
    return points


def theory_lines(config):
    """Return stated and exact lines between measured points."""
    points = []
    for n in np.unique(np.round(np.geomspace(config.n[0], config.n[-1], 40))):
        known = {"printed": float(nominal_coverage(n)), "exact": float(printed_coverage(n))}
        points += along("coverage", {}, n, **known) + along("misses", {}, n, printed=0.025)
    return points


def verdicts(dataset):
    """Judge Eqs. (119) and (120) by the numbers."""
    rate, interval, exponential = (
        Claims(RATE, dataset),
        Claims(INTERVAL, dataset),
        {"times": "exponential times"},
    )
    found = [
        rate.exact(exponential, panel=("mean", "error")),
        interval.exact(exponential, panel=("coverage", "misses")),
    ]
    for n in np.unique(having(dataset, panel="mean").x.values).tolist():
        at, rule = {"n": n}, {"tolerance": 0.02, "x": n}
        found.append(rate.judge(at, panel="mean", numerator="n - 2", **rule))
        found.append(rate.judge(at, "corrected", panel="mean", numerator="n - 1", **rule))
        found.append(interval.judge(at, interval=PRINTED, optimizer="", **rule))
        found.append(interval.judge({"misses": "too low"} | at, misses="too low", **rule))
    for which, optimizer, words in (
        (EXACT, "", "any n"), (CENSORED, "", "any n, a third censored"), (EXACT, "SGD", "SGD's times"),
    ):  # fmt: skip
        chosen = {"interval": which, "optimizer": optimizer}
        found.append(interval.judge({"times": words}, "corrected", tolerance=0.02, **chosen))
    few = float(having(dataset, interval=PRINTED, **SGD_S).x.min())
    real = {"times": "SGD's times", "n": few}
    found.append(interval.judge(real, tolerance=0.02, interval=PRINTED, x=few, **SGD_S))
    measured, _ = where(dataset, interval=PRINTED, optimizer="")
    n = having(dataset, interval=PRINTED, optimizer="").x.values
    found.append(interval.wrong(measured, printed_coverage(2 * n), "coverage of twice the n"))
    measured, _ = where(dataset, "exact", numerator="n - 2", panel="mean")
    return [*found, rate.wrong(measured, rate_mean(n, less=1), "n - 1 taken for n - 2")]


EXPERIMENT = Experiment("rate_interval", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
