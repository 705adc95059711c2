"""SGD: the overdamped baseline."""

from typing import ClassVar

from diffusion.checks import positive
from diffusion.jit import part
from diffusion.optimizers.degree import EXPONENT, RENEWAL


@part
class SGD:
    """Plain stochastic gradient descent: ``theta -= eta g``.

    Parameters
    ----------
    eta : float
        Learning rate, positive.

    References
    ----------
    Eq. (1) is its diffusion; Theorem 1 its spread at a saddle.
    """

    eta: float

    # no memory: with independent noise in each iteration the walk is a Markov chain in theta alone
    slots: ClassVar[tuple] = ()
    gradient_degree: ClassVar[float] = 1.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # only eta has a dimension: on a sharper loss it falls as 1 / k
    powers_of_k: ClassVar[dict] = {}
    stationarity: ClassVar[str] = RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        for i in range(theta.size):
            # ``draw`` gives the slope at theta[i] plus the noise of this iteration
            theta[i] -= self.eta * gradient.draw(theta[i], i)
