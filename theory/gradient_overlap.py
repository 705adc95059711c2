r"""Correlation of a gradient with earlier noise.

The proof of Theorem 4 drops it.

Lines (84)-(87) of the proof replace E[grad L(theta_t) g_k], k < t, by E[grad L(theta_t) grad L(theta_k)], as if the
noise of g_k had no part in theta_t. But theta_t moved along -g_k. For heavy ball on a quadratic both are known.
"""

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import elementwise, finite, positive, require_all, whole_numbers
from theory.dynamics import inertia
from theory.exact.iterations import momentum_iteration_covariance


@elementwise
def gradient_overlap_printed(
    H: ArrayLike, T: ArrayLike, lag: ArrayLike, *, eta: ArrayLike, C: ArrayLike, beta1: ArrayLike, beta3: ArrayLike
) -> np.ndarray:  # fmt: skip
    r"""Gradient overlap E[grad L(theta_T) g_k], as printed (Eq. 84).

    The proof has it so. Heavy ball starts at rest on the minimum.

    .. math:: E[\nabla L(\theta_T)\, g_k] = E[\nabla L(\theta_T)\, \nabla L(\theta_k)], \qquad k < T

    Parameters
    ----------
    H : array_like
        Curvature.
    T : array_like
        Iteration, 1 or more.
    lag : array_like
        T - k, from 1 to T.
    eta, C : array_like
        Learning rate, and variance of the gradient noise, positive.
    beta1, beta3 : array_like
        Inertia and weight of a new gradient.

    Returns
    -------
    ndarray, broadcast shape
        In units of the gradient squared. It drops `noise_overlap`.

    References
    ----------
    Appendix A.6, Eqs. (84)-(87).
    """
    H, T, lag, eta, C, beta1, beta3 = _arguments(H, T, lag, eta, C, beta1, beta3)
    S = momentum_iteration_covariance(H, T - lag, eta=eta, C=C, beta1=beta1, beta3=beta3)
    # where theta_T is on average if (theta_k, m_k) is known: by heavy ball's recurrence from its first step
    once, remembered = _responses(H, lag, eta, beta1, beta3)
    memory = (1 - eta * beta3 * H) * once - remembered
    return H**2 * (memory * S[..., 0, 0] - eta * beta1 * once * S[..., 0, 1])


@elementwise
def gradient_overlap_exact(
    H: ArrayLike, T: ArrayLike, lag: ArrayLike, *, eta: ArrayLike, C: ArrayLike, beta1: ArrayLike, beta3: ArrayLike
) -> np.ndarray:  # fmt: skip
    """Gradient overlap E[grad L(theta_T) g_k], exact.

    It keeps the correlation that the proof drops. Parameters as the printed form.
    """
    settings = {"eta": eta, "C": C, "beta1": beta1, "beta3": beta3}
    return gradient_overlap_printed(H, T, lag, **settings) + noise_overlap(H, lag, **settings)


@elementwise
def noise_overlap(
    H: ArrayLike, lag: ArrayLike, *, eta: ArrayLike, C: ArrayLike, beta1: ArrayLike, beta3: ArrayLike
) -> np.ndarray:
    r"""Correlation with earlier noise, E[grad L(theta_T) xi_k].

    The proof takes it for 0.

    .. math:: -\eta \beta_3 H C \, \frac{\mu_+^{\ell} - \mu_-^{\ell}}{\mu_+ - \mu_-}, \qquad \ell = T - k

    Parameters as `gradient_overlap_printed`.

    Examples
    --------
    >>> float(noise_overlap(1.0, 1, eta=0.1, C=1.0, beta1=0.5, beta3=0.5))
    -0.05
    """
    H, _, lag, eta, C, beta1, beta3 = _arguments(H, lag, lag, eta, C, beta1, beta3)
    return -eta * beta3 * H * C * _responses(H, lag, eta, beta1, beta3)[0]


def _responses(H, lag, eta, beta1, beta3):
    """Return the responses G_lag and beta1 G_(lag - 1).

    They solve G_(j+1) = (1 + beta1 - eta beta3 H) G_j - beta1 G_(j-1), G_0 = 0, G_1 = 1.
    """
    ones, zeros = np.ones(lag.shape), np.zeros(lag.shape)
    one_step = np.stack(
        [np.stack([1 + beta1 - eta * beta3 * H, -beta1], -1), np.stack([ones, zeros], -1)], -2
    )
    power, left = np.broadcast_to(np.eye(2), one_step.shape), lag.astype(np.int64)
    while left.any():  # by squaring: as many products as lag has binary digits
        odd = (left % 2 == 1)[..., None, None]
        power = np.where(odd, one_step @ power, power)
        left = left // 2
        one_step = np.where((left > 0)[..., None, None], one_step @ one_step, one_step)
    return power[..., 1, 0], -power[..., 1, 1]


def _arguments(H, T, lag, eta, C, beta1, beta3) -> tuple[np.ndarray, ...]:
    T, lag = whole_numbers(T, "T", 1, "a whole number, at least 1"), finite(lag, "lag")
    T, lag = np.broadcast_arrays(T, lag)
    require_all((lag >= 1) & (lag <= T) & (lag == np.floor(lag)), "lag", "a whole number from 1 to T", lag)
    return np.broadcast_arrays(
        finite(H, "H"),
        T,
        lag,
        positive(eta, "eta"),
        positive(C, "C"),
        inertia(beta1),
        positive(beta3, "beta3"),
    )
