"""Estimates with confidence intervals.

They cover ensemble means, and the rate, survival and exponentiality of escape times.

An escape time is a number of iterations. A walker that has not left when it is last seen is
right-censored: its time is known to be longer, and ``escaped`` is False for it.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, stdtrit

from diffusion.checks import confidence, finite_array, require, whole
from diffusion.values import value


@value
@dataclass(frozen=True, eq=False, repr=False)
class Estimate:
    """Monte Carlo mean of ``n`` independent samples.

    ``mean`` and ``stderr`` share one shape.
    """

    mean: np.ndarray
    stderr: np.ndarray
    n: int

    @classmethod
    def of(cls, samples, axis=0):
        """Estimate the mean of ``samples``.

        The axis is that of the walkers; at least two are needed.
        """
        samples = finite_array(samples, "samples")
        require(samples.ndim > 0, "samples", "a list of them", samples.tolist())
        axis = whole(axis, "axis", -samples.ndim, samples.ndim - 1)
        n = samples.shape[axis]
        require(n >= 2, "walkers", "at least 2 for a standard error", n)
        return cls(samples.mean(axis), samples.std(axis, ddof=1) / np.sqrt(n), n)

    def interval(self, level=0.95):
        """Return (low, high) of Student's interval.

        ``level`` is the confidence, in (0, 1).
        """
        confidence(level)
        require(self.n >= 2, "n", "at least 2 for an interval", self.n)
        # Student's t, not the normal: with few walkers the spread itself is uncertain.
        half = stdtrit(self.n - 1, (1 + level) / 2) * self.stderr
        return self.mean - half, self.mean + half


@value
@dataclass(frozen=True, eq=False, repr=False)
class Rate:
    """Escape rate per iteration, with an exact interval.

    The mean time and the paper's own estimate come with it.

    ``value = events / exposure``; ``[low, high]`` holds the rate with probability ``level`` if the
    times are exponential. Without any event the value is 0, ``low`` is 0, the mean time is infinite
    and only its lower limit says something.
    """

    value: float
    low: float
    high: float
    level: float
    events: int  # walkers that left
    exposure: float  # iterations of all walkers together

    def summary(self):
        """Return the fields worth showing, the mean time first."""
        limits = f"{self.mean_time_low:.6g} to {self.mean_time_high:.6g}"
        return {
            "mean_time": f"{self.mean_time:.6g} iterations ({limits} at {self.level:g})",
            "rate": f"{self.value:.6g} per iteration ({self.low:.6g} to {self.high:.6g})",
            "events": str(self.events),
        }

    @property
    def mean_time(self) -> float:
        """Mean number of iterations; infinite without an event."""
        return self.exposure / self.events if self.events else np.inf

    @property
    def mean_time_low(self) -> float:
        """Lower limit of the mean number of iterations."""
        # The mean time is one over the rate, so the limits change places.
        return 1 / self.high

    @property
    def mean_time_high(self) -> float:
        """Upper limit of the mean number of iterations.

        It is infinite without an event.
        """
        return 1 / self.low if self.low > 0 else np.inf

    @property
    def printed(self) -> float | None:
        """The paper's estimate, Gamma = (n - 2) / sum t, Eq. (119).

        None for fewer than 3 events, where it is not positive.
        """
        return (self.events - 2) / self.exposure if self.events > 2 else None

    @property
    def printed_low(self) -> float | None:
        """The paper's lower limit, Gamma (1 - 1.96 / sqrt n), Eq. (120).

        It is the 95 % limit whatever ``level`` is, and negative for n = 3.
        """
        return None if self.printed is None else self.printed * (1 - 1.96 / np.sqrt(self.events))

    @property
    def printed_high(self) -> float | None:
        """The paper's upper limit, Gamma (1 + 1.96 / sqrt n), Eq. (120).

        It is the 95 % limit whatever ``level`` is.
        """
        return None if self.printed is None else self.printed * (1 + 1.96 / np.sqrt(self.events))


@value
@dataclass(frozen=True, eq=False, repr=False)
class Survival:
    """Kaplan-Meier survival curve with a pointwise band.

    It estimates P(not yet out) after ``iterations``.

    All four arrays have one length; the first entry is iteration 0, where the probability is 1, the
    others are the iterations at which walkers left. ``low[0]`` holds until the first of them does: with n walkers
    none of which has left, ((1 - level) / 2)^(1 / n) (Clopper and Pearson).
    """

    iterations: np.ndarray
    probability: np.ndarray
    low: np.ndarray
    high: np.ndarray
    level: float


@value
@dataclass(frozen=True, eq=False, repr=False)
class Exponentiality:
    """Test whether times are exponential.

    If they are, ``cv`` is 1 +- ``cv_stderr`` and ``p`` uniform on (0, 1).
    """

    cv: float
    cv_stderr: float
    anderson_darling: float
    p: float
    n: int


def after_cut(iterations, escaped, cut=0):
    """Return the times of walkers still inside at ``cut``.

    Times are counted from iteration ``cut``; ``escaped`` of the same walkers comes with them.

    For a start-up transient: walkers that left, or were last seen, at or before ``cut`` are dropped.

    Parameters
    ----------
    iterations : array_like of int, shape (n,)
        When each walker left; where it did not, when it was last seen. At least 1.
    escaped : array_like of bool, shape (n,)
    cut : int
        Iteration from which to count, 0 or more.

    Raises
    ------
    ValueError
        If the shapes differ, an iteration is below 1, or no walker is left after the cut.
    """
    iterations, escaped = np.asarray(iterations), np.asarray(escaped)
    require(iterations.ndim == 1 and iterations.size > 0, "iterations", "of shape (n,)", iterations.shape)
    require(escaped.shape == iterations.shape, "escaped", f"of shape {iterations.shape}", escaped.shape)
    require(np.issubdtype(iterations.dtype, np.integer), "iterations", "integers", iterations.dtype.name)
    require(escaped.dtype == bool, "escaped", "boolean", escaped.dtype.name)
    require(iterations.min() >= 1, "iterations", "at least 1", int(iterations.min()))
    cut = whole(cut, "cut", 0)
    # For exponential times the remaining time has the same distribution, so the cut costs no bias.
    inside = iterations > cut
    last = int(iterations.max())
    require(inside.any(), "cut", f"below the longest time, {last} iterations", cut)
    return iterations[inside] - cut, escaped[inside]


def escape_rate(iterations, escaped, *, cut=0, level=0.95):
    """Return the escape rate per iteration.

    Its interval is exact for exponential times.

    ``2 * rate * exposure`` is chi-squared with ``2 n`` degrees of freedom if all ``n`` walkers left.
    If some are censored, the limits are chi-squared with ``2 d`` and ``2 d + 2`` for ``d`` events,
    which covers slightly more than ``level``.

    Parameters
    ----------
    iterations, escaped, cut : see `after_cut`
    level : float
        Confidence, in (0, 1).

    Returns
    -------
    Rate

    Raises
    ------
    ValueError
        As `after_cut`, and if ``level`` is not between 0 and 1.

    References
    ----------
    Eqs. (119), (120) are the paper's estimate; its interval covers .83 at n = 10 where .95 is meant.

    Examples
    --------
    >>> rate = escape_rate([120, 80, 100], [True, True, False])
    >>> rate.events, rate.mean_time
    (2, 150.0)
    """
    confidence(level)
    times, left = after_cut(iterations, escaped, cut)
    events, exposure = int(left.sum()), float(times.sum(dtype=float))  # 64-bit sums would wrap
    tail = (1 - level) / 2
    # half a chi-squared variable with 2 d degrees of freedom is a Gamma(d) variable
    low = gammaincinv(events, tail) / exposure if events else 0.0
    # With censored walkers the upper limit counts one event more, as if the next came at once.
    high = gammaincinv(events if left.all() else events + 1, 1 - tail) / exposure
    return Rate(events / exposure, float(low), float(high), level, events, exposure)


def survival(iterations, escaped, *, cut=0, level=0.95):
    """Return the Kaplan-Meier survival curve and its band.

    The band is Greenwood's, on the log-minus-log scale.

    Once the last walker has left, the band's formula is undefined: its low end is then 0 and its high
    end stays where it was.

    Parameters
    ----------
    iterations, escaped, cut : see `after_cut`
    level : float
        Confidence at each single point, in (0, 1).

    Returns
    -------
    Survival
    """
    from scipy import stats  # takes most of a second to import, and only this curve needs it

    confidence(level)
    times, left = after_cut(iterations, escaped, cut)
    curve = stats.ecdf(stats.CensoredData.right_censored(times, ~left)).sf
    with warnings.catch_warnings(), np.errstate(invalid="ignore", over="ignore"):
        warnings.filterwarnings("ignore", "The confidence interval is undefined at some observations")
        band = curve.confidence_interval(level, method="log-log")
    step = np.isin(curve.quantiles, times[left])  # scipy lists the times of censored walkers too
    probability = np.concatenate([[1.0], curve.probabilities[step]])
    # before the first escape; walkers last seen before it say less
    watched = np.sum(times >= times[left].min()) if left.any() else np.sum(times == times.max())
    low = np.concatenate([[((1 - level) / 2) ** (1 / watched)], band.low.probabilities[step]])
    high = np.concatenate([[1.0], band.high.probabilities[step]])
    # log(-log 0) is infinite: the band's formula has no value there.
    if probability[-1] == 0:
        low[-1], high[-1] = 0.0, high[-2]
    at = np.concatenate([[0], curve.quantiles[step]]).astype(np.int64)
    return Survival(at, probability, low, high, level)


def exponentiality(iterations, escaped, *, cut=0):
    """Test whether escape times are exponential.

    Return the coefficient of variation and Anderson-Darling's test.

    A walker seen outside at iteration T left in (T - 1, T]: walkers with the same T are spread evenly
    over that interval, or the test would take the whole numbers for a deviation.

    Parameters
    ----------
    iterations, escaped, cut : see `after_cut`
        Every walker that is left after the cut must have escaped, and there must be at least 8.

    Returns
    -------
    Exponentiality
        Its ``p`` has the nominal size within a tenth of itself from n = 10 on where times are long beside an
        iteration; with a mean of 3 iterations it rejects .023 at a level of .05. p < 1e-6 is given as 6e-7.

    References
    ----------
    Stephens, in D'Agostino & Stephens, Goodness-of-Fit Techniques (1986), sec. 4.9: the statistic with
    the mean estimated, times 1 + .6 / n, and its tail.
    """
    times, left = after_cut(iterations, escaped, cut)
    inside = int((~left).sum())
    require(inside == 0, "escaped", "True for all (raise max_iterations)", f"{inside} walkers still inside")
    n = times.size
    # From n = 10 on the test of long times keeps its level within a tenth; far fewer times are refused.
    require(n >= 8, "walkers", "at least 8 to test for exponential times", n)
    whole, first, ties = np.unique(np.sort(times), return_index=True, return_counts=True)
    rank = np.arange(n) - np.repeat(first, ties)
    # Ties at T are put at the midpoints of equal parts of (T - 1, T].
    x = np.repeat(whole, ties) - 1 + (rank + 0.5) / np.repeat(ties, ties)
    # The rate is estimated, so only the shape of the distribution is tested.
    x /= x.mean()
    i = np.arange(1, n + 1)
    # For u = 1 - exp(-x), -expm1(-x) keeps digits where x is small, and log(1 - u) is -x itself.
    statistic = float(-n - np.mean((2 * i - 1) * (np.log(-np.expm1(-x)) - x[::-1])))
    p = _anderson_darling_tail(statistic * (1 + 0.6 / n))
    return Exponentiality(float(x.std(ddof=1)), 1 / np.sqrt(n), statistic, p, n)


def _anderson_darling_tail(a):
    """Return the tail probability of the modified statistic.

    It is P(statistic > a) for exponential times of unknown mean, by Stephens' fit.
    """
    # Stephens fitted one parabola for each range of the statistic.
    if a < 0.26:
        return float(-np.expm1(-12.2204 + a * (67.459 - 110.3 * a)))
    if a < 0.51:
        return float(-np.expm1(-6.1327 + a * (20.218 - 18.663 * a)))
    if a < 0.95:
        return float(np.exp(0.9209 + a * (-3.353 + 0.3 * a)))
    a = min(a, 10.03)  # where the fitted parabola turns
    return float(np.exp(0.731 + a * (-3.009 + 0.15 * a)))
