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
    """Adam with both bias corrections (Algorithm 1; Kingma & Ba 2015).

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

    slots: ClassVar[tuple] = (0.0, 0.0, 1.0, 1.0, 0.0, 0.0)  # initial m, v, beta1**t, beta2**t; scratch
    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    powers_of_k: ClassVar[dict] = {"eps": 1 / 2}
    stationarity: ClassVar[str] = RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        fraction(self.beta2, "beta2")
        require_number(self.eps, "eps", "0 or more and finite", 0)

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, v, beta1_t, beta2_t, m_unbias, v_unbias = state
        unbias(beta1_t, self.beta1, m_unbias)
        unbias(beta2_t, self.beta2, v_unbias)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * g
            v[i] = self.beta2 * v[i] + (1 - self.beta2) * g * g
            m_hat = m[i] * m_unbias[i]
            v_hat = v[i] * v_unbias[i]
            theta[i] -= self.eta * m_hat / max(math.sqrt(v_hat) + self.eps, SMALLEST)

    def coast(self, state, i):
        """Return how far inertia alone would still carry coordinate ``i``, its second moment as it is."""
        m, v, _, _, m_unbias, v_unbias = state
        ahead = self.eta * self.beta1 / (1 - self.beta1) * m[i] * m_unbias[i]
        return -ahead / max(math.sqrt(v[i] * v_unbias[i]) + self.eps, SMALLEST)
