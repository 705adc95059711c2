"""Fits of escape time against sharpness: log(tau k^q) = a + b k^-p.

Every point is a number of events ``d`` in an exposure ``T`` (iterations of all walkers together); its
likelihood is that of exponential times, log L = -d log tau - T / tau, which also holds under censoring.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.special import boxcox, chdtrc, chdtri

from diffusion.checks import require

SEARCH = (-4.0, 8.0)  # where the free exponent is looked for


@dataclass(frozen=True)
class Line:
    """The fit of one law, log(tau k^q) = a + b k^-p."""

    p: float
    q: float
    a: float
    b: float
    b_stderr: float
    log_likelihood: float
    deviance: float  # twice the log-likelihood lost against one free time per point
    freedom: int

    @property
    def aic(self) -> float:
        """Akaike's criterion, with two free numbers; lower is preferred."""
        return 4 - 2 * self.log_likelihood

    @property
    def fits(self) -> float:
        """Probability of so large a deviance if the law is true."""
        return float(chdtrc(self.freedom, max(self.deviance, 0.0)))

    def log_time(self, k):
        """Return log tau at sharpness ``k``, shape of ``k``."""
        k = np.asarray(k, float)
        return self.a + self.b * k**-self.p - self.q * np.log(k)

    def residuals(self, k, events, exposure):
        """Return log(measured tau / fitted tau); its error is events^-1/2."""
        return np.log(exposure) - np.log(events) - self.log_time(k)


@dataclass(frozen=True)
class Exponent:
    """The free exponent p and its profile-likelihood interval."""

    value: float
    low: float
    high: float
    level: float


def _checked(k, events, exposure, points):
    k, events, exposure = (np.asarray(x, float) for x in (k, events, exposure))
    require(k.ndim == 1 and k.size >= points, "k", f"of at least {points} points", k.shape)
    require(events.shape == k.shape, "events", f"of shape {k.shape}", events.shape)
    require(exposure.shape == k.shape, "exposure", f"of shape {k.shape}", exposure.shape)
    require(np.all(k > 0) and np.unique(k).size >= points, "k", "positive and distinct", k.tolist())
    require(np.all(events >= 1), "events", "at least 1 at every k", events.tolist())
    require(np.all(exposure >= events), "exposure", "at least one iteration an event", exposure.tolist())
    return k, events, exposure


def _maximise(k, events, exposure, p, q):
    """Maximise the log-likelihood in x = (k^-p - 1) / p, standardised."""
    x = -boxcox(k, -p)  # -log k at p = 0, so that the profile is smooth there
    centre, width = x.mean(), x.std()
    x = (x - centre) / width
    design = np.stack([np.ones_like(x), x])
    scaled = exposure * k**q  # log(tau k^q) is linear: exposures count in units of k^-q
    log_time = np.log(scaled / events)

    def loss(line):
        # relative to each point's own best time, so that nothing overflows
        miss = log_time - line @ design
        return np.sum(events * (np.exp(miss) - miss))

    def slope(line):
        return design @ (events * (1 - np.exp(log_time - line @ design)))

    def curvature(line):
        return (design * events * np.exp(log_time - line @ design)) @ design.T

    start = np.linalg.lstsq((design * np.sqrt(events)).T, log_time * np.sqrt(events))[0]
    best = minimize(loss, start, jac=slope, hess=curvature, method="trust-exact", options={"gtol": 1e-6})
    log_likelihood = -best.fun - np.sum(events * (np.log(exposure) - np.log(events)))
    return log_likelihood, best.x, np.linalg.inv(curvature(best.x)), centre, width


def fit_line(k, events, exposure, *, p, q=0.0):
    """Fit log(tau k^q) = a + b k^-p by maximum likelihood.

    Parameters
    ----------
    k : array_like, shape (n,)
        Sharpness, positive, at least 3 distinct values.
    events, exposure : array_like, shape (n,)
        Walkers that left, at least 1, and iterations of all walkers together.
    p : float
        Exponent of the law, positive.
    q : float
        Exponent of the prefactor: the exact scaling of the times gives 1 for SGD, Momentum and Adai,
        1/2 for Adam; 0 fits log tau itself, as Figure 6 plots it.

    Returns
    -------
    Line

    Raises
    ------
    ValueError
        If shapes differ, ``k`` or ``p`` is not positive, or a point has no event.
    """
    k, events, exposure = _checked(k, events, exposure, 3)
    require(p > 0, "p", "positive", p)
    log_likelihood, (level, slope), covariance, centre, width = _maximise(k, events, exposure, p, q)
    b = slope / width / p
    a = level - slope * centre / width - b
    saturated = -np.sum(events * (np.log(exposure) - np.log(events)) + events)
    return Line(
        p=float(p),
        q=float(q),
        a=float(a),
        b=float(b),
        b_stderr=float(np.sqrt(covariance[1, 1]) / width / p),
        log_likelihood=float(log_likelihood),
        deviance=float(2 * (saturated - log_likelihood)),
        freedom=k.size - 2,
    )


def free_exponent(k, events, exposure, *, q=0.0, level=0.95):
    """Return the best exponent p and its profile-likelihood interval.

    Parameters
    ----------
    k, events, exposure, q : see `fit_line`
        At least 4 distinct ``k``.
    level : float
        Confidence, in (0, 1).

    Returns
    -------
    Exponent

    Raises
    ------
    ValueError
        As `fit_line`, and if the best exponent lies outside -4 to 8: the times then follow no such law.
    """
    k, events, exposure = _checked(k, events, exposure, 4)
    require(0 < level < 1, "level", "between 0 and 1", level)

    def loss(p):
        return -_maximise(k, events, exposure, p, q)[0]

    # p is shown with two decimals, so an error of 1e-5 cannot be seen
    best = minimize_scalar(loss, bounds=SEARCH, method="bounded", options={"xatol": 1e-5})
    # where the likelihood still rises at a bound, the bounded search stops just inside it
    require(SEARCH[0] + 0.01 < best.x < SEARCH[1] - 0.01, "p", f"inside {SEARCH} at its best", float(best.x))
    allowed = best.fun + chdtri(1, 1 - level) / 2

    def end(limit):
        if loss(limit) < allowed:
            return np.copysign(np.inf, limit)
        return brentq(lambda p: loss(p) - allowed, best.x, limit, xtol=1e-5)

    return Exponent(float(best.x), float(end(SEARCH[0])), float(end(SEARCH[1])), level)
