r"""Gradient noise of Figure 6's data.

It is in closed form, beside the noise that Eq. (3) predicts for it.

The loss of one sample is f(sqrt(k) theta - x) with f Styblinski-Tang (1/2 (y^4 - 16 y^2 + 5 y) in every coordinate)
and x ~ N(0, v) independently in every coordinate. All that matters is phi = sqrt(k) theta.
"""

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import elementwise, finite, positive


@elementwise
def data_hessian(phi: ArrayLike, *, k: ArrayLike, variance: ArrayLike) -> np.ndarray:
    r"""Curvature of the loss averaged over the data.

    .. math:: H = k\,(6\phi^2 + 6v - 16)

    Parameters
    ----------
    phi : array_like
        sqrt(k) theta, one coordinate.
    k, variance : array_like
        Sharpness, and variance v of the data, positive.

    Returns
    -------
    ndarray, broadcast shape
        In theta's own coordinates. Positive everywhere once v > 8/3: there is no valley to escape from then.
    """
    return positive(k, "k") * (6 * finite(phi, "phi") ** 2 + 6 * positive(variance, "variance") - 16)


@elementwise
def data_gradient_covariance(
    phi: ArrayLike, *, k: ArrayLike, variance: ArrayLike, B: ArrayLike
) -> np.ndarray:
    r"""Variance of a minibatch's gradient, exact for Gaussian data.

    .. math:: C = \frac{k}{B} \left[ v (6\phi^2 + 6v - 16)^2 + 72 \phi^2 v^2 + 24 v^3 \right]

    Eq. (3) says H / B (`data_hessian`). Of that only the proportionality to k is right: this is no log-likelihood.

    Parameters
    ----------
    phi, k, variance : array_like
        As `data_hessian`.
    B : array_like
        Batch size, positive.

    Returns
    -------
    ndarray, broadcast shape
        In theta's own coordinates.

    Examples
    --------
    At the minimum of the loss with the paper's v = 4, over Eq. (3):

    >>> at = {"phi": -0.3054, "k": 1.0, "variance": 4.0}
    >>> round(float(data_gradient_covariance(**at, B=10) * 10 / data_hessian(**at)))
    226
    """
    phi, v = finite(phi, "phi"), positive(variance, "variance")
    h = 6 * phi**2 + 6 * v - 16
    return positive(k, "k") / positive(B, "B") * (v * h**2 + 72 * phi**2 * v**2 + 24 * v**3)
