"""The exact scaling identity behind Figure 6: sharpness and learning rate are one parameter, not two."""

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import elementwise, positive


@elementwise
def rescaled_learning_rate(k: ArrayLike, *, eta: ArrayLike, adam: bool = False) -> np.ndarray:
    r"""Learning rate at which the optimizer on f does what it does with ``eta`` on f(sqrt(k) theta).

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
