"""Adam: adaptive learning rate with momentum (Algorithm 1)."""

import math
from typing import ClassVar

from diffusion.checks import fraction, positive, require_number
from diffusion.jit import part
from diffusion.lane_loops import unbias
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import SMALLEST


@part
class Adam:
    """Adam (Algorithm 1; Kingma & Ba 2015).

    Both moments have their bias correction.

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1, beta2 : float
        Memory of the gradient and of its square, in [0, 1).
    eps : float
        Added to the root of the second moment after its correction; 0 or more. The paper prints none.
        With 0, a coordinate that never had a gradient stays where it is (0 / 0 otherwise).
    """

    eta: float
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    # the two rows of scratch hold 1 / (1 - beta**t), so that no coordinate divides
    slots: ClassVar[tuple] = (0.0, 0.0, 1.0, 1.0, 0.0, 0.0)  # initial m, v, beta1**t, beta2**t; scratch
    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eps stands beside the size of a gradient, which grows as sqrt(k); it must keep its share
    powers_of_k: ClassVar[dict] = {"eps": 1 / 2}
    stationarity: ClassVar[str] = RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        # with beta = 1 the correction 1 / (1 - beta**t) would be infinite
        fraction(self.beta2, "beta2")
        require_number(self.eps, "eps", "0 or more and finite", 0)

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
            m_hat = m[i] * m_unbias[i]
            v_hat = v[i] * v_unbias[i]
            # with eps = 0 and no gradient so far this would be 0 / 0; the floor makes the step zero
            # eps is added after the correction of v, as in Algorithm 1 of Kingma & Ba
            theta[i] -= self.eta * m_hat / max(math.sqrt(v_hat) + self.eps, SMALLEST)

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The second moment keeps its present value.
        """
        # without gradients m becomes beta1 m, beta1^2 m, ...: together beta1 / (1 - beta1) m
        m, v, _, _, m_unbias, v_unbias = state
        ahead = self.eta * self.beta1 / (1 - self.beta1) * m[i] * m_unbias[i]
        return -ahead / max(math.sqrt(v[i] * v_unbias[i]) + self.eps, SMALLEST)
