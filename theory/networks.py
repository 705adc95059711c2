"""What the paper says of networks, as formulas.

The paper shows these as pictures; each is put into a number here, so that it can be judged.
"""

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import elementwise, finite, positive


@elementwise
def noise_covariance_printed(H: ArrayLike, *, B: ArrayLike) -> np.ndarray:
    r"""Variance of minibatch gradients along an eigenvector (Figure 1).

    .. math:: C_i = |H_i| / B

    Parameters
    ----------
    H : array_like
        Eigenvalue of the Hessian.
    B : array_like
        Samples a minibatch, positive.

    Returns
    -------
    ndarray, shape broadcast(H, B)
    """
    return np.abs(finite(H, "H")) / positive(B, "B")


@elementwise
def noise_covariance_power(H: ArrayLike, *, B: ArrayLike, gamma: ArrayLike, C_1: ArrayLike) -> np.ndarray:
    r"""Variance of minibatch gradients as a power of curvature.

    .. math:: C_i = C_1 |H_i|^\gamma / B

    Here gamma = 1 and C_1 = 1 are the paper's. Both grow away from 1 as the training loss falls below .1: the network then
    fits its labels better than its own softmax expects, and the noise vanishes faster than the curvature.

    Parameters
    ----------
    H : array_like
        Eigenvalue of the Hessian.
    B : array_like
        Samples a minibatch, positive.
    gamma, C_1 : array_like
        Slope of log C in log H, and C B at H = 1; positive.

    Returns
    -------
    ndarray, shape broadcast(H, B, gamma, C_1)

    References
    ----------
    Not in the paper.
    """
    H = np.abs(finite(H, "H"))
    return positive(C_1, "C_1") * H ** positive(gamma, "gamma") / positive(B, "B")
