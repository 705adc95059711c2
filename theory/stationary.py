r"""Spread of SGD and Momentum in a valley.

The paper's temperature, the finite learning rate, the order of an epoch, and the tails of the noise.

.. math:: \langle\theta_i^2\rangle = \frac{D_i}{\gamma M H_i} = \frac{\eta \beta_3 C_i}{2 (1 - \beta_1) H_i}
"""

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import elementwise, finite, positive, require_all
from theory.dynamics import inertia
from theory.exact.iterations import iterations


@elementwise
def valley_variance_printed(
    H_a: ArrayLike, *, eta: ArrayLike, C: ArrayLike, beta1: ArrayLike = 0.0, beta3: ArrayLike = 1.0
) -> np.ndarray:
    r"""Stationary variance of Momentum as a process.

    It is the limit of Theorem 2 in a valley; without inertia it is SGD's.

    .. math:: \frac{D}{\gamma M H_a} = \frac{\eta \beta_3 C}{2 (1 - \beta_1) H_a}

    Parameters
    ----------
    H_a : array_like
        Curvature of the valley, positive.
    eta, C : array_like
        Learning rate, and variance of one step's gradient, positive.
    beta1, beta3 : array_like
        Inertia in [0, 1), and weight of the gradient, positive.

    Returns
    -------
    ndarray, broadcast shape
        [theta^2]. Drops the finite learning rate, and that batches of an epoch share no row.

    References
    ----------
    Eq. (9) for t -> infinity; Eq. (7).

    Examples
    --------
    >>> float(valley_variance_printed(2.0, eta=0.1, C=4.0))
    0.1
    """
    eta, beta3 = positive(eta, "eta"), positive(beta3, "beta3")
    return eta * beta3 * positive(C, "C") / (2 * (1 - inertia(beta1)) * positive(H_a, "H_a"))


@elementwise
def valley_variance_corrected(
    H_a: ArrayLike, *, eta: ArrayLike, C: ArrayLike, beta1: ArrayLike = 0.0, beta3: ArrayLike = 1.0
) -> np.ndarray:
    r"""Stationary variance of Momentum as an iteration.

    It is exact for a quadratic loss and rows drawn with replacement.

    .. math:: \frac{\eta \beta_3 C (1 + \beta_1)}{(1 - \beta_1) H_a (2 (1 + \beta_1) - \eta \beta_3 H_a)}

    Parameters as `valley_variance_printed`.

    Raises
    ------
    ValueError
        If the iteration is unstable: eta beta3 H_a is 2 (1 + beta1) or more.
    """
    step = positive(eta, "eta") * positive(beta3, "beta3")
    H, b = positive(H_a, "H_a"), inertia(beta1)
    require_all(step * H < 2 * (1 + b), "eta beta3 H_a", "below 2 (1 + beta1)", step * H)
    return step * positive(C, "C") * (1 + b) / ((1 - b) * H * (2 * (1 + b) - step * H))


@elementwise
def epoch_variance_corrected(
    H_a: ArrayLike, *, eta: ArrayLike, C: ArrayLike, batches: ArrayLike, steps: ArrayLike = 0.0
) -> np.ndarray:
    r"""Stationary variance of SGD that shuffles its epochs.

    An epoch of M batches sees every row once, so that its noise nearly cancels along flat directions.

    .. math::
        \frac{\eta^2 C}{M - 1} \left[a^{2k} \frac{M s_2(M) - s_1(M)^2}{1 - a^{2M}} + M s_2(k) - s_1(k)^2\right],
        \qquad s_j(k) = \frac{1 - a^{jk}}{1 - a^j}, \qquad a = 1 - \eta H_a

    For eta H_a M well below 1 it is (eta H_a)^2 M (M + 1) / 12 times eta C / (2 H_a) between epochs.

    Parameters
    ----------
    H_a : array_like
        Curvature of the valley, positive, with eta H_a below 1.
    eta, C : array_like
        Learning rate, and variance of one step's gradient, the mean of B different rows.
    batches : array_like
        Steps an epoch, M, 2 or more.
    steps : array_like
        Steps since the epoch began, k, 0 to M.

    Returns
    -------
    ndarray, broadcast shape
        [theta^2]. Exact for a quadratic loss; `theory.exact.sgd_epoch_covariance` takes matrices.

    References
    ----------
    Kuehn and Rosenow 2023, for the effect.

    Examples
    --------
    >>> round(float(epoch_variance_corrected(1.0, eta=0.01, C=1.0, batches=50) / 0.005), 3)
    0.021
    """
    eta, M, k = positive(eta, "eta"), finite(batches, "batches"), finite(steps, "steps")
    require_all((M >= 2) & (np.floor(M) == M), "batches", "a whole number, 2 or more", M)
    require_all((k >= 0) & (k <= M) & (k == np.floor(k)), "steps", "a whole number from 0 to batches", k)
    x = eta * positive(H_a, "H_a")
    require_all(x < 1, "eta H_a", "below 1", x)
    rate = -np.log1p(-x)  # a = e^-rate

    def total(j, n):
        return np.expm1(-j * rate * n) / np.expm1(-j * rate)

    def noise(n):
        # The sum nearly closes at n = M. Below rate M = 3e-4 rounding of the difference is 1e-8 of it, and so is what
        # the series drops.
        exact = M * total(2, n) - total(1, n) ** 2
        series = (1 - rate * (n - 1)) * (n * (M - n) + (rate * n) ** 2 * (n**2 - 1) / 12)
        return np.where(rate * M < 3e-4, series, exact)

    start = noise(M) / -np.expm1(-2 * rate * M)
    return eta**2 * positive(C, "C") / (M - 1) * (np.exp(-2 * rate * k) * start + noise(k))


@elementwise
def kurtosis_printed(
    H_a: ArrayLike, T: ArrayLike, *, eta: ArrayLike, B: ArrayLike, excess: ArrayLike
) -> np.ndarray:
    r"""Kurtosis of SGD's spread with Gaussian noise: 3.

    Eq. (1) drives the parameters by Gaussian noise, and so their spread is Gaussian.

    .. math:: \frac{\langle\theta^4\rangle}{\langle\theta^2\rangle^2} = 3

    Parameters as `kurtosis_corrected`.
    """
    everything = (positive(H_a, "H_a"), iterations(T), positive(eta, "eta"), positive(B, "B"))
    return np.asarray(3.0 + 0.0 * sum((*everything, finite(excess, "excess"))))


@elementwise
def kurtosis_corrected(
    H_a: ArrayLike, T: ArrayLike, *, eta: ArrayLike, B: ArrayLike, excess: ArrayLike
) -> np.ndarray:
    r"""Kurtosis of SGD's spread, whatever its noise.

    It starts as the minibatch gradient's and forgets it as gradients add up.

    .. math::
        3 + \frac{\kappa}{B} \frac{\sum_k a^{4k}}{(\sum_k a^{2k})^2}, \qquad a = 1 - \eta H_a, \qquad k < T

    It is 3 + kappa / (B T) at first, and stays at 3 + kappa eta H_a / B in the end.

    Parameters
    ----------
    H_a : array_like
        Curvature of the valley, positive, with eta H_a below 1.
    T : array_like
        Iterations from the minimum, whole, 1 or more.
    eta, B : array_like
        Learning rate and batch size, positive.
    excess : array_like
        Excess kurtosis kappa of one row's gradient.

    Returns
    -------
    ndarray, broadcast shape
        Fourth moment over the square of the variance. Exact for a quadratic loss and rows drawn with replacement.

    Examples
    --------
    >>> float(kurtosis_corrected(0.1, 1, eta=0.1, B=10, excess=20.0))
    5.0
    """
    T, B, x = iterations(T), positive(B, "B"), positive(eta, "eta") * positive(H_a, "H_a")
    require_all(T >= 1, "T", "1 or more", T)
    require_all(x < 1, "eta H_a", "below 1", x)
    rate = -np.log1p(-x)
    fourth, second = (np.expm1(-j * rate * T) / np.expm1(-j * rate) for j in (4, 2))
    return 3.0 + finite(excess, "excess") / B * fourth / second**2
