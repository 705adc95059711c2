"""Spread of Adam past a saddle.

Adam leaves at the same speed in every direction (Proposition 1).
"""

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import elementwise, finite, positive
from theory.dynamics import inertia
from theory.exact.idealised import adam_iteration_msd
from theory.exact.iterations import iterations
from theory.exact.process_covariance import process_covariance
from theory.saddle.sgd import spread


@elementwise
def adam_msd_printed(
    H: ArrayLike, T: ArrayLike, *, eta: ArrayLike, B: ArrayLike, beta1: ArrayLike
) -> np.ndarray:
    r"""Mean squared displacement of Adam as printed (Proposition 1).

    .. math::
        \frac{D_i}{\gamma^3M^2}\left[1 - e^{-\gamma t_i}\right]^2
        + \frac{D_i}{\gamma M H_i}\left[1 - e^{-2H_it_i/(\gamma M)}\right], \qquad t_i = \hat\eta_i T

    It drops what Theorem 2 drops, the fluctuations of v, and bias correction. *Verdict:* isotropic and eta^2 T at
    leading order, confirmed for T >= 100 while sqrt(B|H|) eta T stays below about 0.1. At 2 the leading form, eta^2 T, is
    ten times too low for walkers, and this one 1.3 times too high (T = 200). The excess over eta^2 T is wrong (at T = 10
    printed 1.200, real Adam 1.430(5), both in units eta^2 T).

    Parameters
    ----------
    H : array_like
        Hessian eigenvalue; the limit H -> 0 is finite and taken.
    T : array_like
        Iterations, whole.
    eta, B : array_like
        Learning rate and batch size, positive.
    beta1 : array_like
        Inertia, in [0, 1).

    Returns
    -------
    ndarray, shape broadcast(H, T, eta, B, beta1)

    References
    ----------
    Proposition 1.
    """
    H, T, eta, B = finite(H, "H"), iterations(T), positive(eta, "eta"), positive(B, "B")
    slow = 1 - inertia(beta1)
    drift = eta**2 / (2 * slow) * np.expm1(-slow * T) ** 2
    pull = np.sign(H) * np.sqrt(B * np.abs(H))  # H t_i = pull * eta * T stays finite where eta_hat does not
    return drift + eta * spread(pull, eta * T, T)


@elementwise
def adam_msd_leading(
    H: ArrayLike, T: ArrayLike, *, eta: ArrayLike, B: ArrayLike, beta1: ArrayLike
) -> np.ndarray:
    r"""Spread of Adam at leading order (Proposition 1).

    The spread is the mean squared displacement.

    .. math::
        \frac{\eta^2}{2(1-\beta_1)}\left[1 - e^{-(1-\beta_1)T}\right]^2 + \eta^2 T + O(\sqrt{B|H_i|}\,\eta^3T^2)

    H and B are taken for their shapes only: that the answer does not depend on them is what the statement says.
    Parameters as `adam_msd_printed`.
    """
    H, T, eta, B = finite(H, "H"), iterations(T), positive(eta, "eta"), positive(B, "B")
    slow = 1 - inertia(beta1)
    return np.zeros(np.broadcast_shapes(H.shape, B.shape)) + eta**2 * (
        np.expm1(-slow * T) ** 2 / (2 * slow) + T
    )


@elementwise
def adam_msd_corrected(
    H: ArrayLike,
    T: ArrayLike,
    *,
    eta: ArrayLike,
    B: ArrayLike,
    beta1: ArrayLike,
    start: str = "rest",
) -> np.ndarray:
    """Spread of Adam from Eq. (7) itself.

    It is <(theta - c)^2> with Adam's ideal v. Bias correction is left out, since Eq. (7) has no term for it.

    Parameters as `adam_msd_printed`; `start` as `theory.exact.process_covariance`.
    """
    H, T, eta, B = finite(H, "H"), iterations(T), positive(eta, "eta"), positive(B, "B")
    slow = 1 - inertia(beta1)
    # In time eta T instead of eta_hat T the noise is 1 and the curvature sqrt(B |H|): finite at H = 0.
    pull = np.sign(H) * np.sqrt(B * np.abs(H))
    covariance = process_covariance(
        pull, eta * T, mass=eta / slow, damping=slow / eta, D=eta / 2, start=start
    )
    return covariance[..., 0, 0]


@elementwise
def adam_msd_exact(
    H: ArrayLike, T: ArrayLike, *, eta: ArrayLike, B: ArrayLike, beta1: ArrayLike
) -> np.ndarray:
    """Exact mean squared displacement of Adam that knows v.

    Parameters as `adam_msd_printed`; errors as `theory.exact.adam_iteration_msd`, which computes it.

    Returns
    -------
    ndarray, shape broadcast(H, T, eta, B, beta1)
        In units theta^2.
    """
    return adam_iteration_msd(H, T, eta=eta, B=B, beta1=beta1)
