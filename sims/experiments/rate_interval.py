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
from sims.judging.points import Panel, Point, as_dataset, where
from sims.judging.verdict import control, judge, judge_exact
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
    "coverage": Panel("95 % interval", TIMES, "holds the true rate", yscale="linear"),
    "misses": Panel("Misses of (120)", TIMES, "share of all", ratio_to="printed"),
    "mean": Panel("Estimate on average", TIMES, "estimate / true rate", yscale="linear"),
    "error": Panel("Squared error", TIMES, "$n$ (estimate / true rate - 1)$^2$", yscale="linear", ratio_to="exact"),
}  # fmt: skip
PRINTED, EXACT, CENSORED = "interval (120)", "exact interval", "exact interval, some censored"


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
    """Return coverage, misses, mean and squared error of the estimates beside what they should be."""
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
        points.append(coverage(n, printed_limits(n, groups), f"SGD, {PRINTED}"))
        points.append(coverage(n, interval(n, n)[:, None] / groups, f"SGD, {EXACT}"))
    return as_dataset(
        points + theory_lines(config),
        PANELS,
        config,
        walkers=config.walkers * len(config.n_walkers),
        work=steps + config.estimates * sum(config.n),
        stop="first passage",
        noise=f"frozen, C = {config.noise:g} H_a",
        time_unit="iterations over their exact mean",
        # 1 if exponential
        deviation_over_mean=float(run.exponentiality().cv),
    )


def exponential(random, n, config):
    """Return sums of n exponential times of rate 1; and of the same times cut off: how many left, and the sum."""
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
    """Return the exact mean of SGD's escape times, in iterations."""
    valley, C = valley_of(config)
    place = float(valley.minimum[0]), valley.boundary
    return sgd_mean_escape_iterations(lambda x: valley.slope(x, 0), *place, eta=config.eta, C=C)


def printed_limits(n, total):
    """Return (120) for sums of n times: it depends on the times through n and their sum alone."""
    low, high = escape_rate_interval_printed(np.full(n, 1 / n))  # of times whose sum is 1
    return low / total, high / total


def interval(n, events):
    """Return the simulator's own interval for times that sum to 1, of which some have ended, likewise."""
    rate = escape_rate(np.ones(n, int), np.arange(n) < events)
    return np.array([rate.low, rate.high]) * n


def share(hits):
    """Return the share of hits and its standard error (a hit and a miss more, so that it is never 0)."""
    p = (np.count_nonzero(hits) + 1) / (hits.size + 2)
    return np.mean(hits), np.sqrt(p * (1 - p) / hits.size)


def coverage(n, limits, series):
    """Return the point that tells how often an interval holds the true rate, which is 1."""
    low, high = limits
    stated = {"printed": float(nominal_coverage(n))} if PRINTED in series else {"corrected": 0.95}
    if series == PRINTED:
        stated["exact"] = float(printed_coverage(n))
    return Point(
        "coverage", f"{series}, n = {n}", series, n, *share((low <= 1) & (high >= 1)), **stated
    )  # fmt: skip


def intervals(n, total):
    """Return points for the printed and the exact interval of sums of n exponential times."""
    low, high = printed_limits(n, total)
    right = np.array(escape_rate_interval_corrected(np.full(n, 1 / n)))[:, None] / total
    points = [coverage(n, (low, high), PRINTED), coverage(n, right, EXACT)]
    points[1] = replace(points[1], exact=0.95)
    for side, missed, exact in zip(
        ("too low", "too high"), (high < 1, low > 1), printed_misses(n), strict=True
    ):
        name = f"interval {side}"
        points.append(
            Point("misses", f"{name}, n = {n}", name, n, *share(missed), printed=0.025, exact=float(exact))
        )
    return points


def estimates(n, total):
    """Return points for the mean and the squared error of estimates of the rate, which is 1."""
    once = np.full(n, 1 / n)
    rules = {"n - 2": escape_rate_printed(once), "n - 1": escape_rate_corrected(once), "n": float(n)}
    points = []
    for less, (name, numerator) in zip((2, 1, 0), rules.items(), strict=True):
        found, form = numerator / total, {"n - 2": "printed", "n - 1": "corrected"}.get(name)
        mean, error = Estimate.of(found), Estimate.of(n * (found - 1) ** 2)
        points.append(
            Point(
                "mean", f"estimate with {name}, n = {n}", name, n, mean.mean, mean.stderr,
                exact=float(rate_mean(n, less=less)), **({form: 1.0} if form else {}),
            )
        )  # fmt: skip
        points.append(
            Point(
                "error", f"error with {name}, n = {n}", name, n, error.mean, error.stderr,
                exact=float(n * rate_squared_error(n, less=less)),
            )
        )  # fmt: skip
    return points


def theory_lines(config):
    """Return what is stated and what is exact between the measured points."""
    points = []
    for n in np.unique(np.round(np.geomspace(config.n[0], config.n[-1], 40))):
        points.append(
            Point(
                "coverage",
                "",
                "theory",
                n,
                printed=float(nominal_coverage(n)),
                exact=float(printed_coverage(n)),
            )
        )
        points.append(Point("misses", "", "theory", n, printed=0.025))
    return points


def verdicts(dataset):
    """Return what the numbers say of Eqs. (119) and (120)."""
    found = []
    for statement, panels in ((RATE, ("mean", "error")), (INTERVAL, ("coverage", "misses"))):
        mine = dataset.isel(point=np.isin(dataset.panel.values, panels))
        measured, exact = where(mine, "exact")
        found.append(judge_exact(measured, exact, statement=statement, regime="exponential times"))
    rule = {"tolerance": 0.02}
    for n in sorted({int(n) for n in dataset.x.values[dataset.panel.values == "mean"]}):
        regime, about = f"n = {n}", {"statement": RATE, "regime": f"n = {n}"}
        found.append(judge(*where(dataset, regime=f"estimate with n - 2, {regime}"), **about, **rule))
        corrected = where(dataset, "corrected", regime=f"estimate with n - 1, {regime}")
        found.append(judge(*corrected, form="corrected", **about, **rule))
        about["statement"] = INTERVAL
        found.append(judge(*where(dataset, regime=f"{PRINTED}, {regime}"), **about, **rule))
        low = where(dataset, regime=f"interval too low, {regime}")
        found.append(judge(*low, statement=INTERVAL, regime=f"misses on the low side, {regime}", **rule))
    for series, regime in (
        (EXACT, "any n"),
        (CENSORED, "any n, a third censored"),
        (f"SGD, {EXACT}", "SGD's times"),
    ):
        measured = where(dataset, "corrected", series=series)
        found.append(judge(*measured, statement=INTERVAL, regime=regime, form="corrected", **rule))
    smallest = int(dataset.x.values[dataset.series.values == f"SGD, {PRINTED}"].min())
    real, printed = where(dataset, regime=f"SGD, {PRINTED}, n = {smallest}")
    found.append(judge(real, printed, statement=INTERVAL, regime=f"SGD's times, n = {smallest}", **rule))
    measured, _ = where(dataset, series=PRINTED)
    n = dataset.x.values[dataset.series.values == PRINTED]
    found.append(
        control(measured, printed_coverage(2 * n), statement=INTERVAL, regime="coverage of twice the n")
    )
    measured, _ = where(dataset, "exact", series="n - 2", panel="mean")
    found.append(control(measured, rate_mean(n, less=1), statement=RATE, regime="n - 1 taken for n - 2"))
    return found


EXPERIMENT = Experiment("rate_interval", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
