"""Optimizers that treat each coordinate apart.

The coordinates need not be the directions of the loss.

Adam and Adai scale and remember coordinate by coordinate; the propositions speak of eigendirections. Where the two
are not the same the noise of one coordinate is correlated with that of another, and the spread is a matrix.
"""

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import finite, finite_answer, one_positive, require, require_all, symmetric, whole
from theory.exact.iterations import corrected_steps


@finite_answer
def coordinatewise_covariance(
    C: ArrayLike,
    T: int,
    *,
    eta: float,
    beta1: ArrayLike,
    scale: ArrayLike = 1.0,
    bias_correction: bool = True,
) -> np.ndarray:
    r"""Exact covariance for coordinatewise inertia, without a force.

    It is the covariance after T iterations; each coordinate has its own inertia.

    .. math::
        \langle\theta_i\theta_j\rangle = \eta^2 s_i C_{ij} s_j \sum_{t=1}^{T} w_{t,i} w_{t,j}, \qquad
        w_{t,i} = (1 - \beta_{1,i}) \sum_{k=t}^{T} \frac{\beta_{1,i}^{\,k-t}}{1 - \beta_{1,i}^{\,k}},

    w being what a gradient of iteration t has moved theta by in the end; without bias correction the denominator is 1.
    Adam that knows v has s_i = C_ii^{-1/2} and one inertia, Adai that knows its inertia s_i = 1. Along a unit vector e
    the spread is e^T <theta theta^T> e.

    Parameters
    ----------
    C : array_like, shape (n, n)
        Covariance of the gradient noise.
    T : int
        Iterations, 1 or more.
    eta : float
        Learning rate, positive.
    beta1 : array_like, shape () or (n,)
        Inertia, in [0, 1).
    scale : array_like, shape () or (n,)
        What a gradient is multiplied by.
    bias_correction : bool
        Whether m is divided by 1 - beta1^t, as the algorithms do.

    Returns
    -------
    ndarray, shape (n, n)

    Examples
    --------
    At 45 degrees to the axes all coordinates are alike, and Adam is as anisotropic as the noise:

    >>> C = np.array([[5.5, 4.5], [4.5, 5.5]])  # 10 along (1, 1), 1 along (1, -1)
    >>> theta = coordinatewise_covariance(C, 100, eta=0.1, beta1=0.9, scale=np.diag(C) ** -0.5)
    >>> round(float((theta[0, 0] + theta[0, 1]) / (theta[0, 0] - theta[0, 1])), 6)
    10.0
    """
    C, beta1, scale = finite(C, "C"), finite(beta1, "beta1"), finite(scale, "scale")
    C = symmetric(C, "C")
    require(C.ndim == 2, "C", "a symmetric matrix", C.tolist())
    T = whole(T, "T", 1, 2**53)
    require_all((beta1 >= 0) & (beta1 < 1), "beta1", "in [0, 1)", beta1)
    beta1, scale = np.broadcast_to(beta1, len(C)), np.broadcast_to(scale, len(C))
    eta = one_positive(eta, "eta")
    early = int(corrected_steps(np.asarray(float(T)), beta1).max(initial=0.0)) if bias_correction else 0
    # Without correction w_t = 1 - beta1^(T + 1 - t): geometric sums over the late iterations.
    late = T - early
    both = np.multiply.outer(beta1, beta1)
    each = _geometric(beta1, late)
    weight, sums = 1 - beta1**late, late - each[:, None] - each + _geometric(both, late)
    for t in range(early, 0, -1):  # w_t = (1 - beta1) / (1 - beta1^t) + beta1 w_{t+1}
        weight = (1 - beta1) / (1 - beta1**t) + beta1 * weight
        sums = sums + np.outer(weight, weight)
    return eta**2 * np.outer(scale, scale) * C * sums


def _geometric(ratio: np.ndarray, count: int) -> np.ndarray:
    """Sum of a geometric series from its first power.

    The sum is of ratio^j over j = 1 ... count, for ratios in [0, 1).
    """
    return ratio * (1 - ratio**count) / (1 - ratio)
