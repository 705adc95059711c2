"""Adai: one momentum coefficient per coordinate (Algorithms 2 and 3)."""

from typing import ClassVar

from diffusion.checks import fraction, positive, require_number
from diffusion.jit import part
from diffusion.lane_loops import ratio_to_mean
from diffusion.optimizers.degree import EXPONENT, RENEWAL


@part
class Adai:
    """Adaptive inertia (Algorithm 2); with ``weight_decay`` AdaiW (Algorithm 3).

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta0 : float
        Strength of the inertia adaptation, 0 or more.
    beta2 : float
        Memory of the squared-gradient average, in [0, 1).
    eps : float
        The inertia never exceeds ``1 - eps``; in [2**-53, 1].
    weight_decay : float
        Decoupled weight decay lambda, 0 or more: ``theta -= eta lambda theta`` beside the step.

    Notes
    -----
    While every gradient of a walker has been zero, v / mean(v) is 0 / 0; it is taken as 1 here.
    """

    eta: float
    beta0: float = 0.1
    beta2: float = 0.99
    eps: float = 1e-3
    weight_decay: float = 0.0

    slots: ClassVar[tuple] = (0.0, 0.0, 1.0, 0.0, 0.0)  # initial m, v, prod of beta1; scratch: g, ratio
    gradient_degree: ClassVar[float] = 1.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eta falls as 1 / k, and the share of theta that decays, eta weight_decay, must not change
    powers_of_k: ClassVar[dict] = {"weight_decay": 1}
    stationarity: ClassVar[str] = RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")
        require_number(self.beta0, "beta0", "0 or more and finite", 0)
        fraction(self.beta2, "beta2")
        # 1 - 2**-53 is the largest double below 1; with a smaller eps beta1 could round to 1
        require_number(self.eps, "eps", "in [2**-53, 1], or 1 - eps is 1", 2**-53, 1)
        require_number(self.weight_decay, "weight_decay", "0 or more and finite", 0)

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, v, beta1_prod, g, ratio = state
        for i in range(theta.size):
            g[i] = gradient.draw(theta[i], i)
            v[i] = self.beta2 * v[i] + (1 - self.beta2) * g[i] * g[i]
        # v_hat / mean(v_hat) = v / mean(v): the factor 1 - beta2**t cancels.
        ratio_to_mean(v, ratio)
        for i in range(theta.size):
            # the learning rate is the same everywhere: sharp coordinates (large v) get less inertia, not
            # smaller steps
            beta1 = min(max(1 - self.beta0 * ratio[i], 0.0), 1 - self.eps)
            # 1 - 1e-30 is 1: the floor changes no digit, and keeps slow subnormal numbers away
            beta1_prod[i] = max(beta1_prod[i] * beta1, 1e-30)
            m[i] = beta1 * m[i] + (1 - beta1) * g[i]
            # beta1 changes, so the weights of m sum to 1 - prod beta1, not to 1 - beta1**t
            theta[i] -= self.eta * (m[i] / (1 - beta1_prod[i]) + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The momentum coefficient keeps its present value.
        """
        m, _, beta1_prod, _, ratio = state
        beta1 = min(max(1 - self.beta0 * ratio[i], 0.0), 1 - self.eps)
        # a fixed beta1 would turn m into beta1 m, beta1^2 m, ...: together beta1 / (1 - beta1) m
        return -self.eta * beta1 / (1 - beta1) * m[i] / (1 - beta1_prod[i])
