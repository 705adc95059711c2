"""Heavy ball: SGD with inertia (Eq. 4)."""

from typing import ClassVar

import numpy as np

from diffusion.checks import fraction, positive, require
from diffusion.jit import part
from diffusion.lane_loops import unbias
from diffusion.optimizers.degree import EXPONENT, RENEWAL


@part
class BiasCorrectedMomentum:
    """Compiled form of `Momentum` with bias correction."""

    eta: float
    beta1: float
    beta3: float

    slots: ClassVar[tuple] = (0.0, 1.0, 0.0)  # initial m, beta1**t; scratch

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, beta1_t, m_unbias = state
        # each lane has its own t: walkers start, and restart, at different times
        unbias(beta1_t, self.beta1, m_unbias)
        for i in range(theta.size):
            m[i] = self.beta1 * m[i] + self.beta3 * gradient.draw(theta[i], i)
            theta[i] -= self.eta * m[i] * m_unbias[i]

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``."""
        m, _, m_unbias = state
        return -self.eta * self.beta1 / (1 - self.beta1) * m[i] * m_unbias[i]


@part
class Momentum:
    """Heavy ball, or SGD with inertia (Eq. 4).

    ``m = beta1 m + beta3 g``, ``theta -= eta m``.

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1 : float
        Inertia, in [0, 1).
    beta3 : float
        Weight of a new gradient, positive; 1 is the SGD style, ``1 - beta1`` Adam's (a moving average).
    bias_correction : bool
        Divide m by ``1 - beta1**t``, as Adam does. A moving average then starts at full speed.
    """

    eta: float
    beta1: float = 0.9
    # the SGD style: the long-run step is eta / (1 - beta1) g, ten times eta at 0.9
    beta3: float = 1.0
    bias_correction: bool = False

    slots: ClassVar[tuple] = (0.0,)  # initial m
    gradient_degree: ClassVar[float] = 1.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # only eta has a dimension: on a sharper loss it falls as 1 / k
    powers_of_k: ClassVar[dict] = {}
    stationarity: ClassVar[str] = RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")
        # with beta1 = 1 a ball would never slow down
        fraction(self.beta1, "beta1")
        positive(self.beta3, "beta3")
        truth = isinstance(self.bias_correction, (bool, np.bool_))
        require(truth, "bias_correction", "True or False", self.bias_correction)

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        (m,) = state
        for i in range(theta.size):
            m[i] = self.beta1 * m[i] + self.beta3 * gradient.draw(theta[i], i)
            theta[i] -= self.eta * m[i]

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``."""
        # without gradients m becomes beta1 m, beta1^2 m, ...: together beta1 / (1 - beta1) m
        return -self.eta * self.beta1 / (1 - self.beta1) * state[0][i]

    def variant(self):
        """Return the optimizer whose kernels run."""
        # a class of its own, so that plain momentum keeps one row of memory instead of three
        return BiasCorrectedMomentum(self.eta, self.beta1, self.beta3) if self.bias_correction else self
