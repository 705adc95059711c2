"""Ano: the sign of momentum, the size of the gradient."""

import math
from typing import ClassVar

from diffusion.checks import fraction, not_negative, positive
from diffusion.jit import part
from diffusion.lane_loops import unbias
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import SMALLEST, sign


@part
class Ano:
    r"""Gradient size along the sign of its average (Kegreisz 2025).

    .. math::
        m &= \beta_1 m + (1 - \beta_1) g, \quad v = \beta_2 v + (1 - \beta_2) \operatorname{sign}(g^2 - v) g^2 \\
        \theta &\leftarrow \theta - \eta \left( \operatorname{sign}(m)
        \frac{|g|}{\sqrt{\hat v} + \epsilon} + \lambda \theta \right)

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
    Degrees h = 0, d = 0. On a loss sharper by k, eta takes a factor k^(-1/2), eps and weight_decay
    k^(1/2). A first gradient of zero only decays theta.

    Examples
    --------
    >>> from diffusion import Ano, replay
    >>> replay(Ano(0.1), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.9]
    """

    eta: float
    # m has no bias correction: only its sign is used
    beta1: float = 0.92
    beta2: float = 0.99
    eps: float = 1e-8
    weight_decay: float = 0.0

    slots: ClassVar[tuple] = (0.0, 0.0, 1.0, 0.0)  # initial m, v, beta2**t; scratch
    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eps stands beside the size of a gradient, which grows as sqrt(k); eta falls as 1 / sqrt(k), and the
    # share of theta that decays, eta weight_decay, must not change
    powers_of_k: ClassVar[dict] = {"eps": 1 / 2, "weight_decay": 1 / 2}
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
        m, v, beta2_t, v_unbias = state
        # each lane has its own t and its own corrections: walkers start, and restart, at different times
        unbias(beta2_t, self.beta2, v_unbias)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * g
            # v falls by the additive rule of Yogi, but also decays by beta2
            v[i] = self.beta2 * v[i] + (1 - self.beta2) * sign(g * g - v[i]) * g * g
            # below beta2 = 1/2 a small gradient can take more from v than it holds
            # with eps = 0 and no gradient so far this would be 0 / 0; the floor makes the step zero
            size = max(math.sqrt(max(v[i], 0.0) * v_unbias[i]) + self.eps, SMALLEST)
            theta[i] -= self.eta * (sign(m[i]) * abs(g) / size + self.weight_decay * theta[i])
