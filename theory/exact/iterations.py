r"""Exact moments of update rules on quadratic losses.

Walkers must meet these numbers with no allowance but their standard error. The theorems are what becomes of them
as eta -> 0; the difference is the price of the differential equation.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import exprel

from theory.checks import elementwise, finite, positive, require_all, whole_numbers
from theory.exact.process_covariance import LARGEST_EXPONENT
from theory.exact.start_covariance import start_covariance

MOST_STEPS = 300_000  # taken one by one: some ten seconds


def iterations(T: ArrayLike) -> np.ndarray:
    """Return T as floats.

    An entry that is negative or not whole raises ``ValueError``.
    """
    return whole_numbers(T, "T", 0, "a whole number of iterations, not negative")


def corrected_steps(T: np.ndarray, beta1: np.ndarray) -> np.ndarray:
    """Count the iterations with a bias correction.

    The correction is over when 1 - beta1^t is 1 to rounding; T is returned if that comes first.

    Raises
    ------
    ValueError
        If they are too many to be taken one by one.
    """
    memory = -37.5 / np.log(np.where(beta1 > 0, beta1, 0.5))  # e^-37.5 < 2^-54
    steps = np.minimum(T, np.ceil(memory))
    rule = (
        f"at most {MOST_STEPS} where the bias correction still acts (37.5 memories, 1 / (1 - beta1), of them)"
    )
    require_all(steps <= MOST_STEPS, "T", rule, T)
    return steps


@elementwise
def sgd_iteration_msd(H: ArrayLike, T: ArrayLike, *, eta: ArrayLike, C: ArrayLike) -> np.ndarray:
    r"""Exact mean squared displacement of SGD.

    It is measured from the critical point of a quadratic.

    .. math:: \eta^2 C \sum_{j<T} (1-\eta H)^{2j} = \eta^2 C \frac{(1-\eta H)^{2T} - 1}{(1-\eta H)^2 - 1}

    Parameters
    ----------
    H : array_like
        Curvature, any sign and zero.
    T : array_like
        Iterations, whole.
    eta : array_like
        Learning rate, positive.
    C : array_like
        Variance of the gradient noise, not negative.

    Returns
    -------
    ndarray, shape broadcast(H, T, eta, C)
        Theorem 1 is its limit as eta -> 0 at fixed eta T, with a relative error of first order in eta |H|.

    Raises
    ------
    ValueError
        If an argument is outside its range, or the spread is too large to be a number.
    """
    H, T, eta, C = finite(H, "H"), iterations(T), positive(eta, "eta"), finite(C, "C")
    require_all(C >= 0, "C", "not negative", C)
    gain = -eta * H * (2 - eta * H)  # (1 - eta H)^2 - 1
    dead = gain == -1  # eta H = 1 forgets everything at once
    growth = np.log1p(np.where(dead, 0.0, gain))
    require_all(growth * T < LARGEST_EXPONENT, "T", "small enough for (1 - eta H)^(2 T) to be a number", T)
    return eta**2 * C * np.where(dead, np.minimum(T, 1), T * exprel(growth * T) / exprel(growth))


@elementwise
def momentum_iteration_msd(
    H: ArrayLike,
    T: ArrayLike,
    *,
    eta: ArrayLike,
    C: ArrayLike,
    beta1: ArrayLike,
    beta3: ArrayLike,
    start: str | ArrayLike = "rest",
    bias_correction: bool = False,
) -> np.ndarray:
    r"""Exact mean squared displacement of heavy ball.

    It is measured from the critical point of a quadratic.

    .. math::
        \eta^2\beta_3^2 C \sum_{j=1}^{T} G_j^2 + \langle m_0^2\rangle (\eta\beta_1 G_T)^2, \qquad
        G_j = \frac{\mu_+^j - \mu_-^j}{\mu_+ - \mu_-}, \qquad
        \mu^2 - (1 + \beta_1 - \eta\beta_3 H)\mu + \beta_1 = 0,

    three geometric sums; where these cancel (near the double root, at few iterations) the covariance is doubled in
    time instead. Identical for the twins (eta, beta3 = 1) and (eta / (1 - beta1), beta3 = 1 - beta1). With bias
    correction the step is eta / (1 - beta1^t), there is no closed form, and the recurrence runs.

    Parameters
    ----------
    H : array_like
        Curvature, any sign and zero.
    T : array_like
        Iterations, whole.
    eta : array_like
        Learning rate, positive.
    C : array_like
        Variance of the gradient noise, not negative.
    beta1 : array_like
        Inertia, in [0, 1).
    beta3 : array_like
        1 (SGD-style) or 1 - beta1 (Adam-style), or any positive number.
    start : {"rest", "thermal"} or array_like, shape (..., 2, 2)
        Covariance of (theta - c, m) at T = 0: nothing; the free equilibrium <m^2> = beta3^2 C / (1 - beta1^2); or
        as given.
    bias_correction : bool
        Whether m_t is divided by 1 - beta1^t, as in Adam and Adai.

    Returns
    -------
    ndarray, shape broadcast(H, T, eta, C, beta1, beta3)

    Raises
    ------
    ValueError
        If an argument is outside its range, the start is not a covariance, or the spread is too large to be a
        number.

    Examples
    --------
    With bias correction, known v and no force, the excess over eta^2 C T tends to (pi^2 / 6) eta^2 C / (1 - beta1) as
    beta1 -> 1, slowly; Proposition 1 prints 1/2 where pi^2 / 6 = 1.64 stands:

    >>> free = dict(eta=1.0, C=1.0, beta1=0.99, beta3=0.01, bias_correction=True)
    >>> round((float(momentum_iteration_msd(0.0, 2000, **free)) - 2000) * 0.01, 2)
    1.58
    """
    if bias_correction or not isinstance(start, str):
        covariance = momentum_iteration_covariance(
            H, T, eta=eta, C=C, beta1=beta1, beta3=beta3, start=start, bias_correction=bias_correction
        )
        return covariance[..., 0, 0]
    H, T, eta, C, beta1, beta3 = _momentum_arguments(H, T, eta, C, beta1, beta3)
    inert = np.where(beta1 == 0, 0.5, beta1)  # no memory: answered by the formula of SGD below
    # mu -> -mu leaves G_j^2 alone, so only the sheet with a positive sum of roots is needed.
    h = eta * beta3 * H
    h = np.where(h > 1 + inert, 2 * (1 + inert) - h, h)
    s2 = (1 - inert - h) ** 2 - 4 * h * inert
    s = np.sqrt(s2 + 0j)
    complex_pair = np.log(inert) / 2 + 1j * np.arctan2(s.imag, 1 + inert - h)
    real_root = np.log1p(np.where(s2 < 0, 0.0, -2 * h / (1 - inert + h + s.real)))
    upper = np.where(s2 < 0, complex_pair, real_root)
    lower = np.log(inert) - upper
    require_all(2 * upper.real * T < LARGEST_EXPONENT, "T", "small enough for mu^(2 T) to be a number", T)

    near = (np.abs(s) * T < 0.5) | (np.abs(s) < 0.15 * (1 - inert))
    sums = _geometric(2 * upper, T) + _geometric(2 * lower, T) - 2 * _geometric(np.log(inert) + 0j, T)
    response = ((np.exp(upper * T) - np.exp(lower * T)) / np.where(near, 1.0, s)).real
    thermal = start_covariance(start, beta3**2 * C / (1 - inert**2))[..., 1, 1]
    msd = (eta * beta3) ** 2 * C * sums.real / np.where(near, 1.0, s2) + thermal * (
        eta * inert * response
    ) ** 2
    forgetful = beta1 == 0
    sgd = sgd_iteration_msd(np.where(forgetful, beta3 * H, 0.0), T, eta=eta, C=beta3**2 * C)
    msd, near = np.where(forgetful, sgd, msd), near & ~forgetful
    if near.any():
        H, T, eta, C, beta1, beta3 = (x[near] for x in (H, T, eta, C, beta1, beta3))
        msd[near] = _doubled(H, T, eta, C, beta1, beta3, start_covariance(start, thermal[near]))[..., 0, 0]
    return msd


def _geometric(log_ratio: np.ndarray, T: np.ndarray) -> np.ndarray:
    """Sum of a geometric series from its first power.

    The sum is of ratio^j over j = 1 ... T, from the complex logarithm of the ratio.
    """
    one = log_ratio == 0
    safe = np.where(one, 1.0, log_ratio)
    return np.where(one, T, np.exp(log_ratio) * np.expm1(T * log_ratio) / np.expm1(safe))


@elementwise
def momentum_iteration_covariance(
    H: ArrayLike,
    T: ArrayLike,
    *,
    eta: ArrayLike,
    C: ArrayLike,
    beta1: ArrayLike,
    beta3: ArrayLike,
    start: str | ArrayLike = "rest",
    bias_correction: bool = False,
) -> np.ndarray:
    """Exact covariance of heavy ball on a quadratic.

    It is the covariance of position and momentum.

    Without bias correction A is constant and the recurrence is doubled: log2(T) products. With it, steps are taken one
    by one until beta1^t is nothing beside 1.
    Parameters and errors as `momentum_iteration_msd`; relative rounding grows like T times 1e-16.

    Returns
    -------
    ndarray, shape broadcast(H, T, eta, C, beta1, beta3) + (2, 2)
    """
    H, T, eta, C, beta1, beta3 = _momentum_arguments(H, T, eta, C, beta1, beta3)
    S = start_covariance(start, beta3**2 * C / (1 - beta1**2))
    S = np.broadcast_to(S, (*np.broadcast_shapes(H.shape, S.shape[:-2]), 2, 2))
    with np.errstate(over="ignore", invalid="ignore"):
        step = _stepped if bias_correction else _doubled
        S = step(H, T, eta, C, beta1, beta3, S)
    require_all(np.isfinite(S).all((-2, -1)), "T", "small enough for the spread to be a number", T)
    return S


def one_minus_product(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Return 1 - a b c without cancellation.

    The rounding errors of both products are added back, so that it keeps its digits near 0.
    """
    ab, lost = _product(a, b)
    abc, lost_too = _product(ab, c)
    return (1 - abc) - (lost_too + lost * c)


def _product(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a b and its rounding error.

    This is Dekker's product; the error is 0 where it would overflow.
    """
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    rounded = a * b
    error = ((a_high * b_high - rounded) + a_high * b_low + a_low * b_high) + a_low * b_low
    return rounded, np.where(np.isfinite(error), error, 0.0)


def _halves(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Split floats into two halves.

    The leading and the trailing half have 26 bits each.
    """
    scaled = a * (2.0**27 + 1)
    high = scaled - (scaled - a)
    return high, a - high


def _doubled(H, T, eta, C, beta1, beta3, S):
    """Apply T equal steps to S, by squaring."""
    A, Q = _step(H, eta, C, beta1, beta3)
    left, largest = T.astype(np.int64), int(T.max(initial=0))
    for _ in range(largest.bit_length()):
        odd = (left % 2 == 1)[..., None, None]
        S = np.where(odd, A @ S @ np.swapaxes(A, -1, -2) + Q, S)
        left = left // 2
        active = (left > 0)[..., None, None]  # squaring a finished growth could only overflow
        A, Q = np.where(active, A @ A, A), np.where(active, Q + A @ Q @ np.swapaxes(A, -1, -2), Q)
    return S


def _stepped(H, T, eta, C, beta1, beta3, S):
    """Apply T bias-corrected steps to S.

    Steps are taken one by one until the correction is over, and by squaring from there.
    """
    one_by_one = corrected_steps(T, beta1)
    for t in range(1, int(one_by_one.max(initial=0)) + 1):
        A, Q = _step(H, eta / (1 - beta1**t), C, beta1, beta3)
        S = np.where((t <= one_by_one)[..., None, None], A @ S @ np.swapaxes(A, -1, -2) + Q, S)
    return _doubled(H, T - one_by_one, eta, C, beta1, beta3, S)


def _step(H, eta, C, beta1, beta3):
    """Matrices of one heavy-ball step.

    They are A and C b b', on (theta - c, m).
    """
    keep = one_minus_product(eta, beta3, H)
    A = np.stack([np.stack([keep, -eta * beta1], -1), np.stack([beta3 * H, beta1], -1)], -2)
    b = np.stack([-eta * beta3, beta3], -1)
    return A, C[..., None, None] * b[..., :, None] * b[..., None, :]


def _momentum_arguments(H, T, eta, C, beta1, beta3) -> tuple[np.ndarray, ...]:
    """Check and broadcast the arguments of heavy ball."""
    H, T, eta, C = finite(H, "H"), iterations(T), positive(eta, "eta"), finite(C, "C")
    beta1, beta3 = finite(beta1, "beta1"), positive(beta3, "beta3")
    require_all(C >= 0, "C", "not negative", C)
    require_all((beta1 >= 0) & (beta1 < 1), "beta1", "in [0, 1)", beta1)
    return np.broadcast_arrays(H, T, eta, C, beta1, beta3)
