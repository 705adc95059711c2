"""Mean escape times against the height of the barrier: the slope of log tau apart from the factor before it."""

import numpy as np

from diffusion import Estimate
from diffusion.checks import require
from sims.judging.claims import At, Claims
from sims.judging.judges import judge, judge_escape
from sims.judging.points import having, where
from sims.judging.verdict import Verdict


def arrhenius(barrier, measured: Estimate, stated) -> tuple[Estimate, Estimate]:
    r"""Return measured over stated: slope of log tau, and longest time.

    .. math:: \log\tau = \log\tau_0 + E, \qquad E = \Delta L / kT

    Both logs are fitted by a line, with the weights of what was measured. The factor before the exponential is read
    where the barrier is highest: there an asymptotic law is at its best, and nothing is extrapolated.

    Parameters
    ----------
    barrier : array_like, shape (n,)
        E, at least 2 values that differ.
    measured : Estimate
        Mean times, shape (n,).
    stated : array_like, shape (n,)
        What they should be, positive.

    Returns
    -------
    slope, prefactor : Estimate
        Single numbers; 1 where the statement is right.

    Examples
    --------
    >>> E = np.array([4.0, 5.0, 6.0])
    >>> times = Estimate(3 * np.exp(1.1 * E), 0.01 * np.exp(1.1 * E), 1000)
    >>> slope, prefactor = arrhenius(E, times, 3 * np.exp(E))
    >>> round(float(slope.mean), 12), round(float(np.log(prefactor.mean)), 12)
    (1.1, 0.6)
    """
    slope, stated_slope = slope_of_log(barrier, measured), slope_of_log(barrier, _like(measured, stated))
    last, stated = int(np.argmax(barrier)), np.asarray(stated, float)
    ratio, error = measured.mean[last] / stated[last], measured.stderr[last] / stated[last]
    return (
        Estimate(slope.mean / stated_slope.mean, slope.stderr / abs(stated_slope.mean), measured.n),
        Estimate(np.asarray(ratio), np.asarray(error), measured.n),
    )


def slope_of_log(x, measured: Estimate) -> Estimate:
    """Return the slope of log(measured) in x, by weighted least squares."""
    x, mean = np.asarray(x, float), np.asarray(measured.mean, float)
    require(np.unique(x).size >= 2, "barrier", "at least 2 different heights", x.tolist())
    require(np.all(mean > 0), "measured", "positive", mean.tolist())
    weights = mean / measured.stderr
    (slope, _), covariance = np.polyfit(x, np.log(mean), 1, w=weights, cov="unscaled")
    return Estimate(np.asarray(slope), np.sqrt(covariance[0, 0]), measured.n)


def against_barrier(dataset, form: str, at: At) -> tuple[np.ndarray, Estimate, np.ndarray]:
    """Return one regime's heights E, measured times, and a form's."""
    return having(dataset, form, **at).x.values, *where(dataset, form, **at)


def judged(on: Claims, at: At, form: str, *, tolerance: float, prefactor_tolerance: float) -> Verdict:
    """Judge exponent and prefactor of one regime's times."""
    slope, prefactor = arrhenius(*against_barrier(on.dataset, form, at))
    verdict = judge_escape(slope, prefactor, tolerance=tolerance, prefactor_tolerance=prefactor_tolerance)
    return verdict.on(on.statement, at, form)


def slope_judged(on: Claims, at: At, form: str = "leading", *, tolerance: float) -> Verdict:
    """Judge the exponent of one regime's times alone."""
    slope, _ = arrhenius(*against_barrier(on.dataset, form, at))
    verdict = judge(slope, 1.0, tolerance=tolerance, power=2 * tolerance)
    return verdict.on(on.statement, {"what": "slope", **at}, form)


def _like(measured, stated):
    """Return stated times with the measured relative errors."""
    stated = np.asarray(stated, float)
    require(
        stated.shape == np.shape(measured.mean), "stated", f"of shape {np.shape(measured.mean)}", stated.shape
    )
    return Estimate(stated, stated * measured.stderr / measured.mean, measured.n)
