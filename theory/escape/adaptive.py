"""Logs of Adam's and Adai's escape times.

Propositions 2 and 4 state them.
"""

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import elementwise, finite, finite_answer, positive, require
from theory.dynamics import inertia
from theory.escape.valley import curvatures, in_unit, split


@elementwise
def adam_log_time_printed(
    H_a: ArrayLike,
    H_b: ArrayLike,
    barrier: ArrayLike,
    *,
    eta: ArrayLike,
    B: ArrayLike,
    beta1: ArrayLike,
    s: ArrayLike,
    det_ratio: ArrayLike | None = None,
    unit: str = "time",
) -> np.ndarray:
    r"""Log of Adam's mean escape time (Proposition 2).

    .. math::
        \tau = \pi\left[\sqrt{1 + \frac{4\eta\sqrt{B|H_b|}}{1-\beta_1}} + 1\right]
        \frac{|\det(H_a^{-1}H_b)|^{1/4}}{|H_b|}
        \exp\left[\frac{2\sqrt{B}\Delta L}{\eta}
        \left(\frac{s}{\sqrt{H_a}} + \frac{1-s}{\sqrt{|H_b|}}\right)\right]

    It takes v for |H| / B where the walker stands, so v must adapt during the climb: with the usual beta2 = 0.999
    it often does not (`adam_log_time_frozen`). *Verdict:* log tau ~ k^{-1/2} on a landscape sharpened by k is
    confirmed, it is a scaling identity.

    Parameters
    ----------
    H_a, H_b : array_like
        Curvature along the escape direction at the minimum (positive) and at the saddle (its sign is not used).
    barrier : array_like
        L(b) - L(a), not negative.
    eta, B : array_like
        Learning rate and batch size, positive.
    beta1 : array_like
        Inertia, in [0, 1).
    s : array_like
        Path-dependent part of the barrier that is climbed at a's temperature, in [0, 1].
    det_ratio : array_like, optional
        |det(H_a^-1 H_b)| over all directions; |H_b| / H_a, that of one direction, if not given.
    unit : {"time", "iterations"}
        Dynamical time, or iterations, each of which lasts eta_hat = eta sqrt(B / |H_b|).

    Returns
    -------
    ndarray, broadcast shape
        log(tau).

    References
    ----------
    Proposition 2, Eq. (69).
    """
    H_a, H_b, barrier = curvatures(H_a, H_b, barrier)
    climb = split(s) / np.sqrt(H_a) + (1 - split(s)) / np.sqrt(H_b)
    return _adam(H_a, H_b, barrier, climb, eta, B, beta1, det_ratio, unit, adapted_to=H_b)


@elementwise
def adam_log_time_frozen(
    H_a: ArrayLike,
    H_b: ArrayLike,
    barrier: ArrayLike,
    *,
    eta: ArrayLike,
    B: ArrayLike,
    beta1: ArrayLike,
    s: ArrayLike,
    det_ratio: ArrayLike | None = None,
    unit: str = "time",
) -> np.ndarray:
    r"""Log of Adam's escape time with frozen v.

    Here v keeps its value in the valley.

    Right when the climb is quicker than the memory of v, eta_hat H_a / (1 - beta2) large (see `theory.regime`). Only
    the exponent and the length of an iteration, eta sqrt(B / H_a), are changed. Parameters as `adam_log_time_printed`.
    """
    H_a, H_b, barrier = curvatures(H_a, H_b, barrier)
    climb = split(s) / np.sqrt(H_a) + (1 - split(s)) * np.sqrt(H_a) / H_b
    return _adam(H_a, H_b, barrier, climb, eta, B, beta1, det_ratio, unit, adapted_to=H_a)


def _adam(H_a, H_b, barrier, climb, eta, B, beta1, det_ratio, unit, *, adapted_to):
    """Return Proposition 2 with another barrier and step.

    The barrier is weighed by ``climb``, and steps are eta sqrt(B / adapted_to).
    """
    eta, B, beta1 = positive(eta, "eta"), positive(B, "B"), inertia(beta1)
    volume = np.log(H_b / H_a if det_ratio is None else positive(det_ratio, "det_ratio")) / 4
    z = 4 * eta * np.sqrt(B * H_b) / (1 - beta1)
    exponent = 2 * np.sqrt(B) * barrier / eta * climb
    prefactor = np.log(np.pi * (np.sqrt(1 + z) + 1) / H_b) + volume
    return in_unit(prefactor + exponent, unit, eta * np.sqrt(B / adapted_to))


@elementwise
def adam_log_time_leading(H_a: ArrayLike, barrier: ArrayLike, *, eta: ArrayLike, B: ArrayLike) -> np.ndarray:
    r"""Leading order of Proposition 2.

    Only the exponent is kept, for s = 1.

    Parameters as `adam_log_time_printed`.
    """
    H_a, _, barrier = curvatures(H_a, 1.0, barrier)
    return 2 * np.sqrt(positive(B, "B") / H_a) * barrier / positive(eta, "eta")


@finite_answer
def adai_log_time_printed(
    H_a: ArrayLike,
    H_b: ArrayLike,
    barrier: ArrayLike,
    *,
    eta: ArrayLike,
    B: ArrayLike,
    beta0: ArrayLike,
    H_b_spectrum: ArrayLike,
    s: ArrayLike,
    unit: str = "time",
) -> np.ndarray:
    r"""Log of Adai's mean escape time (Proposition 4).

    .. math::
        \tau = \pi\left[\sqrt{1 + \frac{4\eta\sum_i|H_{bi}|}{\beta_0 n}} + 1\right]\frac{1}{|H_b|}
        \exp\left[\frac{2B\Delta L}{\eta}\left(\frac{s}{H_a} + \frac{1-s}{|H_b|}\right)\right]

    Theorem 3 with gamma M = 1 and the inertia that Adai would have at the saddle. *Verdict:* log tau ~ 1/k
    confirmed; beta1 does not adapt to the saddle during the climb, so the valley's spectrum in the root fits better.

    Parameters
    ----------
    H_a, H_b : array_like
        Curvature along the escape direction at the minimum (positive) and at the saddle (its sign is not used).
    barrier : array_like
        L(b) - L(a), not negative.
    eta, B, beta0 : array_like
        Learning rate, batch size and Adai's beta0, positive.
    H_b_spectrum : array_like, shape (..., n)
        Hessian eigenvalues at the saddle in all n directions.
    s : array_like
        Path-dependent part of the barrier that is climbed at a's temperature, in [0, 1].
    unit : {"time", "iterations"}
        t = eta T, or T.

    Returns
    -------
    ndarray, broadcast shape
        log(tau).

    References
    ----------
    Proposition 4, Eq. (73).
    """
    H_a, H_b, barrier = curvatures(H_a, H_b, barrier)
    eta, B, s = positive(eta, "eta"), positive(B, "B"), split(s)
    sizes = np.abs(np.atleast_1d(finite(H_b_spectrum, "H_b_spectrum")))
    require(sizes.size > 0, "H_b_spectrum", "at least one curvature", H_b_spectrum)
    mean = sizes.mean(-1)
    require(np.all(mean > 0), "H_b_spectrum", "different from 0 in some direction", H_b_spectrum)
    z = 4 * eta * mean / positive(beta0, "beta0")
    exponent = 2 * B * barrier / eta * (s / H_a + (1 - s) / H_b)
    return in_unit(np.log(np.pi * (np.sqrt(1 + z) + 1) / H_b) + exponent, unit, eta)


@elementwise
def adai_log_time_leading(H_a: ArrayLike, barrier: ArrayLike, *, eta: ArrayLike, B: ArrayLike) -> np.ndarray:
    r"""Leading order of Proposition 4.

    It says log(tau) = O(2 B dL / (eta H_a)), which is also the law of SGD. Parameters as
    `adai_log_time_printed`.
    """
    H_a, _, barrier = curvatures(H_a, 1.0, barrier)
    return 2 * positive(B, "B") * barrier / (positive(eta, "eta") * H_a)
