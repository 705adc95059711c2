"""AggMo: the mean of several heavy balls."""

from typing import ClassVar

import numpy as np

from diffusion.checks import finite_array, not_negative, positive, require
from diffusion.jit import part
from diffusion.optimizers.degree import EXPONENT, RENEWAL


def aggregated(self, theta, state, gradient):
    """Advance the block by one iteration.

    Every ball rolls; theta moves by their mean.
    """
    # the last row is scratch for the gradient; each row before it is a ball
    g = state[len(state) - 1]
    for i in range(theta.size):
        # drawn once and kept: theta moves from ball to ball, and all of them need the gradient at its start
        g[i] = gradient.draw(theta[i], i)
        # before the balls roll, so that the theta that decays is the one at which the gradient was taken
        theta[i] -= self.eta * self.weight_decay * theta[i]
    balls = self.memories.shape[1]
    for b in range(balls):
        m, beta = state[b], self.memories[0, b]
        for i in range(theta.size):
            m[i] = beta * m[i] + g[i]
            theta[i] -= self.eta / balls * m[i]


@part
class AggregatedBalls:
    """Compiled form of `AggMo`: memories as a one-row table."""

    eta: float
    memories: np.ndarray
    weight_decay: float

    update = aggregated

    @property
    def slots(self):
        """Initial m of every ball, and scratch for the gradient."""
        return (0.0,) * (self.memories.shape[1] + 1)

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``."""
        balls, ahead = self.memories.shape[1], 0.0
        for b in range(balls):
            # a ball rolls on by beta m + beta^2 m + ..., each with its own beta
            ahead += self.memories[0, b] / (1 - self.memories[0, b]) * state[b][i]
        return -self.eta / balls * ahead


@part
class AggMo:
    r"""Aggregated momentum (Lucas et al. 2019).

    .. math::
        m_b = \beta_b m_b + g, \qquad
        \theta \leftarrow \theta - \eta \left( \frac{1}{n} \sum_{b=1}^n m_b + \lambda \theta \right)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    betas : tuple of float
        Memory of each ball, in [0, 1).
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.

    Notes
    -----
    Degrees h = 1, d = 0. On a loss sharper by k, eta takes a factor 1 / k, weight_decay k. A first gradient of zero
    only decays theta. pytorch_optimizer adds its weight decay to the gradient unless told otherwise.

    Examples
    --------
    >>> from diffusion import AggMo, replay
    >>> replay(AggMo(0.1, (0.0, 0.5)), [1.0], [[1.0], [1.0]]).ravel().round(6).tolist()
    [1.0, 0.9, 0.775]
    """

    eta: float
    # on a constant slope the balls move at 1, 10 and 100 times eta g: 37 times on average
    betas: tuple = (0.0, 0.9, 0.99)
    weight_decay: float = 0.0

    gradient_degree: ClassVar[float] = 1.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eta falls as 1 / k, and the share of theta that decays, eta weight_decay, must not change
    powers_of_k: ClassVar[dict] = {"weight_decay": 1}
    stationarity: ClassVar[str] = RENEWAL
    update = aggregated  # of the variant, which runs

    @property
    def slots(self):
        """Initial memory."""
        return self.variant().slots

    def __post_init__(self):
        positive(self.eta, "eta")
        betas = finite_array(self.betas, "betas")
        # a ball with beta = 1 would never slow down
        ok = betas.ndim == 1 and betas.min() >= 0 and betas.max() < 1
        require(ok, "betas", "numbers in [0, 1)", self.betas)
        not_negative(self.weight_decay, "weight_decay")

    def variant(self):
        """Return the part whose kernels run."""
        return AggregatedBalls(self.eta, np.array([self.betas], dtype=float), self.weight_decay)
