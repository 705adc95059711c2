"""InvAdam: Adam multiplied by the root of its second moment."""

import math
from typing import ClassVar

from diffusion.checks import fraction, not_negative, positive
from diffusion.jit import part
from diffusion.lane_loops import unbias
from diffusion.optimizers.degree import EXPONENT, RENEWAL


@part
class InvAdam:
    r"""Inverse Adam: the second moment multiplies.

    .. math::
        m &= \beta_1 m + (1 - \beta_1) g, \quad v = \beta_2 v + (1 - \beta_2) g^2 \\
        \theta &\leftarrow \theta - \eta \left( \hat m (\sqrt{\hat v} + \epsilon) + \lambda \theta \right)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1, beta2 : float
        Memory of the gradient and of its square, in [0, 1).
    eps : float
        Constant added to the root of the second moment, 0 or more.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.

    Notes
    -----
    The early half of `DualAdam`. Degrees h = 2, d = 0, so p = 3/2: it prefers flat minima more than SGD does. On a loss
    sharper by k, eta takes a factor k^(-3/2), eps k^(1/2), weight_decay k^(3/2). A first gradient of zero only decays
    theta.

    Examples
    --------
    >>> from diffusion import InvAdam, replay
    >>> replay(InvAdam(0.1), [1.0], [[2.0]]).ravel().round(6).tolist()
    [1.0, 0.6]
    """

    eta: float
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0

    slots: ClassVar[tuple] = (0.0, 0.0, 1.0, 1.0, 0.0, 0.0)  # initial m, v, beta1**t, beta2**t; scratch
    gradient_degree: ClassVar[float] = 2.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eps is added to the size of a gradient (k^(1/2)); eta falls as k^(-3/2), weight_decay makes up for it
    powers_of_k: ClassVar[dict] = {"eps": 1 / 2, "weight_decay": 3 / 2}
    stationarity: ClassVar[str] = RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        # with beta = 1 the correction 1 / (1 - beta**t) would be infinite
        fraction(self.beta2, "beta2")
        not_negative(self.eps, "eps")
        not_negative(self.weight_decay, "weight_decay")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, v, beta1_t, beta2_t, m_unbias, v_unbias = state
        # each lane has its own t and its own corrections: walkers start, and restart, at different times
        unbias(beta1_t, self.beta1, m_unbias)
        unbias(beta2_t, self.beta2, v_unbias)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * g
            v[i] = self.beta2 * v[i] + (1 - self.beta2) * g * g
            # no floor: the size multiplies here, and zero is a valid factor
            size = math.sqrt(v[i] * v_unbias[i]) + self.eps
            # m and the root of v both carry the size of a gradient, so that steps grow with its square
            theta[i] -= self.eta * (m[i] * m_unbias[i] * size + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The second moment keeps its present value.
        """
        # without gradients m becomes beta1 m, beta1^2 m, ...: together beta1 / (1 - beta1) m
        m, v, _, _, m_unbias, v_unbias = state
        size = math.sqrt(v[i] * v_unbias[i]) + self.eps
        return -self.eta * self.beta1 / (1 - self.beta1) * m[i] * m_unbias[i] * size
