"""AdaBound: Adam that becomes SGD."""

import math
from typing import ClassVar

from diffusion.checks import flag, fraction, not_negative, positive
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates
from diffusion.optimizers.degree import EXPONENT, TRANSIENT
from diffusion.optimizers.lane_numbers import SMALLEST, next_power


@part
class AdaBound:
    r"""Adam with bounds that close (Luo et al. 2019).

    Step sizes are clipped between two bounds that tend to the constant ``final_rate``.

    .. math::
        m &= \beta_1 m + (1 - \beta_1) g, \quad v = \beta_2 v + (1 - \beta_2) g^2 \\
        a &= \operatorname{clip}\left( \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}
        \frac{1}{\sqrt{v + \epsilon_r} + \epsilon},
        \; r \Big(1 - \frac{1}{\gamma t + 1}\Big), \; r \Big(1 + \frac{1}{\gamma t}\Big) \right) \\
        \theta &\leftarrow \theta - a m - \eta \lambda \theta

    Parameters
    ----------
    eta : float
        Learning rate of the early, adaptive steps; positive.
    beta1, beta2 : float
        Memory of the gradient and of its square, in [0, 1).
    eps : float
        Constant added to the root of the second moment, 0 or more.
    final_rate : float
        Learning rate r of the late steps, positive.
    gamma : float
        Rate per iteration at which the bounds close, positive.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.
    eps_root : float
        Constant :math:`\epsilon_r` added under the root, 0 or more; pytorch_optimizer has 1e-15, the authors none.
    amsbound : bool
        Keep the largest v that there ever was, as AMSGrad does.

    Notes
    -----
    A crossover: early h = 0 (p = 1/2), once the bounds have closed h = 1 (p = 1). On a loss sharper by k, eta takes a
    factor k^(-1/2), final_rate k^(-1), eps and weight_decay k^(1/2), eps_root k. A first gradient of zero only decays
    theta.

    Examples
    --------
    >>> from diffusion import AdaBound, replay
    >>> replay(AdaBound(0.1, final_rate=0.1, gamma=1.0), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.92]
    """

    eta: float
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    final_rate: float = 0.1
    gamma: float = 1e-3
    weight_decay: float = 0.0
    eps_root: float = 1e-15
    amsbound: bool = False

    # initial m, v, its maximum, beta1**t, beta2**t, t; scratch: the step before division, its bounds
    slots: ClassVar[tuple] = (0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0)
    # the degree that holds early, inside wide bounds, and the one that holds late, at a fixed rate
    gradient_degree: ClassVar[tuple] = (0.0, 1.0)
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # early eta is Adam's, late final_rate is SGD's: each takes the power of its own regime
    powers_of_k: ClassVar[dict] = {
        "eta": -1 / 2, "final_rate": -1, "eps": 1 / 2, "weight_decay": 1 / 2, "eps_root": 1,
    }  # fmt: skip
    stationarity: ClassVar[str] = TRANSIENT

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        # with beta = 1 the correction 1 - beta**t would be zero, and the step infinite or nothing
        fraction(self.beta2, "beta2")
        not_negative(self.eps, "eps")
        positive(self.final_rate, "final_rate")
        positive(self.gamma, "gamma")
        not_negative(self.weight_decay, "weight_decay")
        not_negative(self.eps_root, "eps_root")
        flag(self.amsbound, "amsbound")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, v, largest, beta1_t, beta2_t, t, step, low, high = state
        # each lane has its own t, and so its own powers: walkers start, and restart, at different times
        next_power(beta1_t, self.beta1)
        next_power(beta2_t, self.beta2)
        for l in range(LANES):
            t[l] += 1
            # the makers put both corrections into the step, so eps is added to the uncorrected root
            step[l] = self.eta * math.sqrt(1 - beta2_t[l]) / (1 - beta1_t[l])
            # gamma = 1e-3: 0.001 to 1001 times final_rate at t = 1, within 1 % of it from t = 100,000 on
            low[l] = self.final_rate * (1 - 1 / (self.gamma * t[l] + 1))
            high[l] = self.final_rate * (1 + 1 / (self.gamma * t[l]))
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(step)
        copy_to_coordinates(low)
        copy_to_coordinates(high)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * g
            v[i] = self.beta2 * v[i] + (1 - self.beta2) * g * g
            # False counts as 0: without amsbound the old maximum does not count
            largest[i] = max(self.amsbound * largest[i], v[i])
            # with eps = eps_root = 0 and no gradient so far the floor prevents 0 / 0
            size = max(math.sqrt(largest[i] + self.eps_root) + self.eps, SMALLEST)
            rate = min(max(step[i] / size, low[i]), high[i])
            # decoupled decay: lambda theta is not divided by the size of the gradients
            theta[i] -= rate * m[i] + self.eta * self.weight_decay * theta[i]

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The step size keeps its present value.
        """
        # without gradients m becomes beta1 m, beta1^2 m, ...: together beta1 / (1 - beta1) m
        m, _, largest, _, _, _, step, low, high = state
        size = max(math.sqrt(largest[i] + self.eps_root) + self.eps, SMALLEST)
        return -min(max(step[i] / size, low[i]), high[i]) * self.beta1 / (1 - self.beta1) * m[i]
