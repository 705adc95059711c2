"""SGD leaves a saddle by diffusion alone (Theorem 1)."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import exprel

from theory.checks import elementwise, finite, positive, require_all
from theory.dynamics import gradient_noise, sgd_diffusion
from theory.exact.iterations import iterations, sgd_iteration_msd
from theory.exact.process_covariance import LARGEST_EXPONENT


def spread(H: np.ndarray, t: np.ndarray, T: np.ndarray) -> np.ndarray:
    """Time that counts for an unbounded diffusion.

    It is (1 - e^{-2 H t}) / (2 H), which is t at H = 0.

    T is t in iterations, for the message where the growth is beyond the range of a float.
    """
    exponent = -2 * H * t
    require_all(exponent < LARGEST_EXPONENT, "T", "small enough for e^(2 |H| t) to be a number", T)
    return t * exprel(exponent)


@elementwise
def sgd_msd_printed(H: ArrayLike, T: ArrayLike, *, eta: ArrayLike, B: ArrayLike) -> np.ndarray:
    r"""Mean squared displacement of SGD (Theorem 1).

    It is the spread after T iterations.

    .. math:: \sigma_i^2(t) = \frac{D_i}{H_i}\left[1 - e^{-2 H_i t}\right], \qquad D_i = \frac{\eta |H_i|}{2B}

    Exact for the differential equation (1); what it drops is the finite step. *Verdict:* true, and exceeds the
    real iteration at a saddle by 0.17, 1.7 and 17 % for eta |H| = 0.001, 0.01, 0.1 at eta |H| T = 1.

    Parameters
    ----------
    H : array_like
        Hessian eigenvalue, negative along escape directions; zero is allowed.
    T : array_like
        Iterations, whole.
    eta, B : array_like
        Learning rate and batch size, positive.

    Returns
    -------
    ndarray, shape broadcast(H, T, eta, B)
        In units theta^2. Saturates at D / H when H > 0, grows like e^{2|H|t} when H < 0.

    Raises
    ------
    ValueError
        If an argument is outside its range, or the spread is too large to be a number.

    References
    ----------
    Theorem 1, Eqs. (20), (21).

    Examples
    --------
    >>> round(float(sgd_msd_printed(1.0, 10**6, eta=0.1, B=10)), 12)  # saturated: eta / (2 B)
    0.005
    """
    H, T, eta = finite(H, "H"), iterations(T), positive(eta, "eta")
    return 2 * sgd_diffusion(H, eta=eta, B=B) * spread(H, eta * T, T)


@elementwise
def sgd_msd_leading(H: ArrayLike, T: ArrayLike, *, eta: ArrayLike, B: ArrayLike) -> np.ndarray:
    r"""Spread of SGD at leading order (Theorem 1).

    The spread is the mean squared displacement.

    .. math:: \frac{|H_i| \eta^2 T}{B} + O(B^{-1} H_i^2 \eta^3 T^2)

    Flat directions are left slowly: the spread is proportional to |H|. Parameters as `sgd_msd_printed`.
    """
    return gradient_noise(H, B=B) * positive(eta, "eta") ** 2 * iterations(T)


@elementwise
def sgd_msd_exact(H: ArrayLike, T: ArrayLike, *, eta: ArrayLike, B: ArrayLike) -> np.ndarray:
    """Exact mean squared displacement of SGD.

    The noise has variance |H| / B.

    Parameters as `sgd_msd_printed`; errors as `theory.exact.sgd_iteration_msd`, which computes it.

    Returns
    -------
    ndarray, shape broadcast(H, T, eta, B)
        In units theta^2.
    """
    return sgd_iteration_msd(H, T, eta=eta, C=gradient_noise(H, B=B))
