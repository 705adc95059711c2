"""StableAdamW: AdamW with shorter steps after gradient jumps."""

import math
from typing import ClassVar

from diffusion.checks import fraction, not_negative, positive
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates, sums, unbias
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import SMALLEST


@part
class StableAdamW:
    r"""AdamW with update clipping (Wortsman et al. 2023).

    The learning rate is divided by the root mean square R of g over its expected size.

    .. math::
        R = \max\left( 1, \sqrt{\operatorname{mean} \frac{g^2}{\max(\hat v, \epsilon^2)}} \right), \qquad
        \theta \leftarrow \theta - \frac{\eta}{R} \left( \frac{\hat m}{\sqrt{\hat v} + \epsilon} + \lambda \theta \right)

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
    Degrees h = 0, d = 0. On a loss sharper by k, eta takes a factor k^(-1/2), eps and weight_decay k^(1/2). A first
    gradient of zero only decays theta. The mean is a sum over coordinates, and so slower than Adam's step.

    Examples
    --------
    >>> from diffusion import StableAdamW, replay
    >>> replay(StableAdamW(0.1, weight_decay=0.0), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.9]
    """

    eta: float
    beta1: float = 0.9
    beta2: float = 0.99
    eps: float = 1e-8
    weight_decay: float = 1e-2

    # initial m, v, beta1**t, beta2**t; scratch
    slots: ClassVar[tuple] = (0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0)
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
        m, v, beta1_t, beta2_t, m_unbias, v_unbias, surprise, rate = state
        # each lane has its own t and its own corrections: walkers start, and restart, at different times
        unbias(beta1_t, self.beta1, m_unbias)
        unbias(beta2_t, self.beta2, v_unbias)
        # eps^2 as in the paper; with eps = 0 the floor prevents 0 / 0
        floor = max(self.eps * self.eps, SMALLEST)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * g
            v[i] = self.beta2 * v[i] + (1 - self.beta2) * g * g
            surprise[i] = g * g / max(v[i] * v_unbias[i], floor)
        sums(surprise, rate)
        for l in range(LANES):
            # LANES / theta.size is one over the dimension: sums become means. R below 1 does not lengthen the
            # step
            rate[l] = self.eta / max(math.sqrt(rate[l] * LANES / theta.size), 1.0)
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(rate)
        for i in range(theta.size):
            size = max(math.sqrt(v[i] * v_unbias[i]) + self.eps, SMALLEST)
            # the decay slows down with the step, since R divides eta in both
            theta[i] -= rate[i] * (m[i] * m_unbias[i] / size + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The second moment keeps its present value.
        """
        # without gradients m becomes beta1 m, beta1^2 m, ...: together beta1 / (1 - beta1) m
        m, v, _, _, m_unbias, v_unbias, _, _ = state
        size = max(math.sqrt(v[i] * v_unbias[i]) + self.eps, SMALLEST)
        # eta without R: when gradients stop the surprise is zero and R is 1
        return -self.eta * self.beta1 / (1 - self.beta1) * m[i] * m_unbias[i] / size
