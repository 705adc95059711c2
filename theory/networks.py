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


@elementwise
def sharpness_printed(sharpness: ArrayLike) -> np.ndarray:
    r"""Bound on the sharpness of the flatter minimum (Figures 7 and 14).

    .. math:: \lambda_{\mathrm{Adai}} < \lambda_{\mathrm{Adam}}

    Parameters
    ----------
    sharpness : array_like
        Of the other optimizer's minimum: the top eigenvalue of its Hessian, or the rise of its loss under noise on the
        weights; positive.

    Returns
    -------
    ndarray
        What the flatter one stays below: the same number, for the paper names no factor.
    """
    return positive(sharpness, "sharpness")


@elementwise
def noise_kurtosis_printed(B: ArrayLike) -> np.ndarray:
    r"""Excess kurtosis of minibatch gradients, as the paper has it (Figure 8).

    .. math:: \kappa_B = 0 \quad (B \geq 16)

    Parameters
    ----------
    B : array_like
        Samples a minibatch, positive.

    Returns
    -------
    ndarray, shape of B
        0, as of normal noise.
    """
    return 0.0 * positive(B, "B")


@elementwise
def noise_kurtosis(B: ArrayLike, *, kurtosis: ArrayLike) -> np.ndarray:
    r"""Excess kurtosis of the mean of B samples' gradients.

    .. math:: \kappa_B = \kappa_1 / B

    Exact for rows drawn with replacement: cumulants of independent numbers add up.

    Parameters
    ----------
    B : array_like
        Samples a minibatch, positive.
    kurtosis : array_like
        Excess kurtosis of one sample's gradient along a direction.

    Returns
    -------
    ndarray, shape broadcast(B, kurtosis)

    References
    ----------
    Not in the paper.
    """
    return finite(kurtosis, "kurtosis") / positive(B, "B")
