"""Total drift of Adai past a saddle.

Proposition 3 says that it has one size in all directions.
"""

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import finite, finite_answer, one_of, positive, require
from theory.dynamics import adai_beta1, gradient_noise
from theory.exact.idealised import adai_iteration_msd
from theory.exact.iterations import iterations, momentum_iteration_msd
from theory.saddle.momentum import EXCESS


@finite_answer
def adai_total_drift_printed(H: ArrayLike, *, eta: ArrayLike, B: ArrayLike, beta0: ArrayLike) -> np.ndarray:
    r"""Total momentum drift of Adai (Proposition 3).

    .. math:: \langle\Delta\theta_i\rangle^2 = \frac{|H_i|\eta^2}{2(1-\beta_{1,i})B}
        = \frac{\eta^2 \sum_j |H_j|}{2\beta_0 n B}

    with the ideal, unclipped 1 - beta1_i = beta0 |H_i| / mean|H|. *Verdict:* one size in
    all directions only as beta0 -> 0 (26 % too high at beta0 = 0.1), and neither this size nor this sign. The excess of the
    spread over free diffusion is, in units of this, -3 from rest with known beta1 and +pi^2/3 = 3.3 with bias correction
    (both as beta1 -> 1), and 6.8 for the algorithm itself at T = 1000, rising with T.

    Parameters
    ----------
    H : array_like, shape (..., n)
        Hessian eigenvalues of all n directions; a single one is n = 1.
    eta, B, beta0 : array_like
        Learning rate, batch size and Adai's beta0, positive.

    Returns
    -------
    ndarray, shape broadcast(H.shape[:-1], eta, B, beta0)

    References
    ----------
    Proposition 3, Eq. (10).
    """
    sizes = np.abs(np.atleast_1d(finite(H, "H")))
    require(sizes.size > 0, "H", "at least one curvature", H)
    mean = sizes.mean(-1)
    return positive(eta, "eta") ** 2 * mean / (2 * positive(beta0, "beta0") * positive(B, "B"))


@finite_answer
def adai_total_drift_corrected(
    H: ArrayLike, *, eta: ArrayLike, B: ArrayLike, beta0: ArrayLike, start: str = "bias-corrected"
) -> np.ndarray:
    r"""Excess of Adai's spread over free diffusion.

    Free diffusion is eta^2 C T. The inertia beta1 is known and tends to 1, and there is no force.

    The printed size times -3 from rest, -2 from thermal velocities and :math:`+\pi^2/3` with bias correction (the
    algorithm): the early steps are then longer, which is what leaves faster in practice.

    Parameters
    ----------
    H : array_like, shape (..., n)
        Hessian eigenvalues of all n directions.
    eta, B, beta0 : array_like
        Learning rate, batch size and Adai's beta0, positive.
    start : {"bias-corrected", "rest", "thermal"}
        Bias-corrected momentum starts from rest.

    Returns
    -------
    ndarray, shape broadcast(H.shape[:-1], eta, B, beta0)
    """
    return 2 * EXCESS[one_of(start, EXCESS, "start")] * adai_total_drift_printed(H, eta=eta, B=B, beta0=beta0)


@finite_answer
def adai_total_drift_exact(
    H: ArrayLike, T: ArrayLike, *, eta: ArrayLike, B: ArrayLike, beta0: ArrayLike
) -> np.ndarray:
    """Exact excess of ideal Adai over free diffusion.

    It is the mean over directions after T iterations without the force; free diffusion is eta^2 C T.

    Parameters as `adai_total_drift_printed`, H of shape (n,); T counts iterations. A large T is the passage that
    Proposition 3 has in mind: the flight is over after a few 1 / (1 - beta1).

    Returns
    -------
    ndarray, shape broadcast(T, eta, B, beta0)
    """
    H, T = np.atleast_1d(finite(H, "H")), iterations(T)[..., None]
    eta, B = positive(eta, "eta")[..., None], positive(B, "B")[..., None]
    C, beta1 = gradient_noise(H, B=B), adai_beta1(H, beta0=positive(beta0, "beta0")[..., None])
    msd = momentum_iteration_msd(0.0, T, eta=eta, C=C, beta1=beta1, beta3=1 - beta1, bias_correction=True)
    return (msd - eta**2 * C * T).mean(-1)


@finite_answer
def adai_msd_exact(H: ArrayLike, T: ArrayLike, *, eta: float, B: float, beta0: float) -> np.ndarray:
    """Exact mean squared displacement of Adai that knows beta1.

    Parameters
    ----------
    H : array_like, shape (n,)
        Curvatures of all directions: they share one mean.
    T : array_like
        Iterations, whole.
    eta, B, beta0 : float
        Learning rate, batch size and Adai's beta0, positive.

    Returns
    -------
    ndarray, shape T.shape + (n,)
        In units theta^2.

    Raises
    ------
    ValueError
        If an argument is outside its range, or the spread is too large to be a number.
    """
    return adai_iteration_msd(H, T, eta=eta, B=B, beta0=beta0)
