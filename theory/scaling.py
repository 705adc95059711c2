"""Scaling laws behind Figure 6.

Sharpness and learning rate are one parameter, for every optimizer.
"""

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import elementwise, finite, positive, require_all


@elementwise
def rescaled_learning_rate(k: ArrayLike, *, eta: ArrayLike, adam: bool = False) -> np.ndarray:
    r"""Learning rate that replaces sharpening.

    On f, this rate does what ``eta`` does on the sharpened f(sqrt(k) theta).

    .. math:: \phi = \sqrt{k}\,\theta \ \mathrm{follows}\ f\ \mathrm{with}\ \eta' = k\,\eta,
        \qquad \eta' = \sqrt{k}\,\eta\ \mathrm{(Adam)}

    With the same random numbers, started at theta_0 = phi_0 / sqrt(k) with empty memory, the iterates agree to the last
    bit where k is a power of 4 and to rounding otherwise. It needs gradients that scale too, ghat_theta = sqrt(k)
    ghat_f: minibatches of the loss f(sqrt(k) theta - x), or noise of covariance proportional to H. Adam's eps becomes
    eps / sqrt(k), AdaiW's weight decay lambda / k. Together with Arrhenius' law it gives log tau ~ 1/k for SGD, Momentum
    and Adai and k^(-1/2) for Adam, whatever the noise model and the barrier are.

    Parameters
    ----------
    k : array_like
        Sharpness, positive.
    eta : array_like
        Learning rate on f(sqrt(k) theta), positive.
    adam : bool
        Whether the optimizer divides by the root of the squared gradient.

    Returns
    -------
    ndarray, shape broadcast(k, eta)

    References
    ----------
    Not in the paper; its Figure 6 shows the two laws.

    Examples
    --------
    >>> float(rescaled_learning_rate(4.0, eta=0.01)), float(rescaled_learning_rate(4.0, eta=0.01, adam=True))
    (0.04, 0.02)
    """
    k = positive(k, "k")
    return positive(eta, "eta") * (np.sqrt(k) if adam else k)


@elementwise
def scaling_exponent(h: ArrayLike, d: ArrayLike) -> np.ndarray:
    r"""Exponent of an optimizer's choice of minima.

    With the exponent p, the optimizer tells flat minima from sharp ones (degree law).

    .. math:: p = \frac{1 + h - d}{2}

    An update of degree h in the gradients and d in the parameters walks on f(sqrt(k) theta) as on f with the learning rate
    eta k^p: gradients carry a factor sqrt(k), parameters 1 / sqrt(k). By Arrhenius' law log(tau k^p) = a + b k^-p. p = 1 is
    SGD's selectivity and 1/2 Adam's; at p = 0 sharpness does not matter.

    Parameters
    ----------
    h : array_like
        Degree in the gradients: all gradients times c give the update times c^h.
    d : array_like
        Degree in the parameters: all parameters times c, with the same gradients, give the update times c^d.

    Returns
    -------
    ndarray, broadcast shape

    References
    ----------
    Not in the paper. Constants with a dimension (eps, clip thresholds, weight decay) must be rescaled too.

    Examples
    --------
    SGD, Adam and LAMB:

    >>> scaling_exponent([1, 0, 0], [0, 0, 1]).tolist()
    [1.0, 0.5, 0.0]
    """
    return (1 + finite(h, "h") - finite(d, "d")) / 2


@elementwise
def crossover_exponent(k: ArrayLike, *, sigma: ArrayLike, eps: ArrayLike) -> np.ndarray:
    r"""Local exponent of Adam with a fixed eps.

    The exponent goes from 1 to 1/2, for Adam and for the rules like it.

    .. math:: p = 1 - \frac{\sigma\sqrt{k}}{2 (\sigma\sqrt{k} + \epsilon)}

    Parameters
    ----------
    k : array_like
        Sharpness, positive.
    sigma : array_like
        Standard deviation of the gradient noise at k = 1, positive.
    eps : array_like
        Constant added to the root of v, not negative.

    Returns
    -------
    ndarray, broadcast shape
        Derivative of log(rescaled learning rate) in log k, with eta k / (sigma sqrt(k) + eps).
    """
    root, eps = positive(sigma, "sigma") * np.sqrt(positive(k, "k")), finite(eps, "eps")
    require_all(eps >= 0, "eps", "not negative", eps)
    return 1 - root / (2 * (root + eps))


@elementwise
def variant_exponent_printed(h: ArrayLike, d: ArrayLike) -> np.ndarray:
    r"""Exponent of Adam's variants in the paper's guess.

    The guess gives every variant Adam's own exponent, 1/2.

    .. math:: p = \frac{1}{2}

    "Loosely speaking, our analysis suggests that Adam variants may also be poor at selecting flat minima due to Adaptive
    Learning Rate." Made a number: whatever a variant's degrees are, its escape times sharpen as Adam's do. Parameters as
    `scaling_exponent`, which is the answer.

    References
    ----------
    Section 5, paragraph "Adam variants".
    """
    return np.full(np.broadcast_shapes(np.shape(finite(h, "h")), np.shape(finite(d, "d"))), 0.5)
