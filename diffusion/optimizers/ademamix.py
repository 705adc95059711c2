"""AdEMAMix: Adam with a second, very long memory."""

import math
from dataclasses import field
from typing import ClassVar

from diffusion.checks import fraction, not_negative, positive, require
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates, unbias
from diffusion.optimizers.degree import EXPONENT, RENEWAL, TRANSIENT
from diffusion.optimizers.lane_numbers import SMALLEST
from diffusion.vector_exp import exp


@part
class AdEMAMix:
    r"""Adam with two averages (Pagliardini, Ablin & Grangier 2024).

    The step mixes a fast and a slow average; the slow one counts alpha times.

    .. math::
        m &= \beta_1 m + (1 - \beta_1) g, \quad s = \beta_3 s + (1 - \beta_3) g, \quad
        v = \beta_2 v + (1 - \beta_2) g^2 \\
        \theta &\leftarrow \theta - \eta \left( \frac{\hat m + \alpha s}{\sqrt{\hat v} + \epsilon}
        + \lambda \theta \right)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1, beta2, beta3 : float
        Memory of the fast average, of the squared gradient and of the slow average; in [0, 1).
    alpha : float
        Weight of the slow average, 0 or more.
    eps : float
        Constant added to the root of the second moment, 0 or more.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.
    warmup : float
        Iterations over which alpha rises from 0 linearly, and beta3 from beta1 so that its half-life does; 0 is none.

    Notes
    -----
    The slow average has no bias correction. Degrees h = 0, d = 0. On a loss sharper by k, eta takes a factor
    k^(-1/2), eps and weight_decay k^(1/2). A first gradient of zero only decays theta. optax and pytorch_optimizer
    agree.

    Examples
    --------
    >>> from diffusion import AdEMAMix, replay
    >>> replay(AdEMAMix(0.1, alpha=0.0), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.9]
    """

    eta: float
    beta1: float = 0.9
    beta2: float = 0.999
    beta3: float = 0.9999
    alpha: float = 5.0
    eps: float = 1e-8
    weight_decay: float = 0.0
    warmup: float = 0.0
    log1: float = field(init=False, repr=False)  # logarithm of beta1
    log3: float = field(init=False, repr=False)

    # initial m, s, v, beta1**t, beta2**t, t; scratch: corrections of m and v, alpha, beta3
    slots: ClassVar[tuple] = (0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eps stands beside the size of a gradient, which grows as sqrt(k); eta falls as 1 / sqrt(k), and the
    # share of theta that decays, eta weight_decay, must not change
    powers_of_k: ClassVar[dict] = {"eps": 1 / 2, "weight_decay": 1 / 2}

    @property
    def stationarity(self):
        """Stationarity: renewal, after the warm-up if there is one."""
        return TRANSIENT if self.warmup else RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        # with beta = 1 the correction 1 / (1 - beta**t) would be infinite
        fraction(self.beta2, "beta2")
        fraction(self.beta3, "beta3")
        not_negative(self.alpha, "alpha")
        not_negative(self.eps, "eps")
        not_negative(self.weight_decay, "weight_decay")
        not_negative(self.warmup, "warmup")
        positive_betas = self.beta1 > 0 and self.beta3 > 0
        require(positive_betas or self.warmup == 0, "beta1 and beta3", "positive for a warm-up", self.beta1)
        for name, beta in (("log1", self.beta1), ("log3", self.beta3)):
            # -1 stands in for log 0; a warm-up, which alone reads it, requires positive betas
            object.__setattr__(self, name, math.log(beta) if beta > 0 else -1.0)

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, s, v, beta1_t, beta2_t, t, m_unbias, v_unbias, alpha, beta3 = state
        # each lane has its own t and its own corrections: walkers start, and restart, at different times
        unbias(beta1_t, self.beta1, m_unbias)
        unbias(beta2_t, self.beta2, v_unbias)
        for l in range(LANES):
            t[l] += 1
            share = min(t[l] / self.warmup, 1.0) if self.warmup > 0 else 1.0
            # the half-life, which goes as -1 / log(beta3), rises linearly from that of beta1 to that of beta3
            rising = exp(self.log1 * self.log3 / ((1 - share) * self.log3 + share * self.log1))
            alpha[l] = share * self.alpha
            # rounding of exp must not overshoot the final beta3
            beta3[l] = min(rising, self.beta3) if share < 1 else self.beta3
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(alpha)
        copy_to_coordinates(beta3)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * g
            # no bias correction: s is small during its first 1 / (1 - beta3) = 10,000 iterations
            s[i] = beta3[i] * s[i] + (1 - beta3[i]) * g
            v[i] = self.beta2 * v[i] + (1 - self.beta2) * g * g
            # with eps = 0 and no gradient so far this would be 0 / 0; the floor makes the step zero
            size = max(math.sqrt(v[i] * v_unbias[i]) + self.eps, SMALLEST)
            step = (m[i] * m_unbias[i] + alpha[i] * s[i]) / size
            # decoupled decay: lambda theta is not divided by the size of the gradients
            theta[i] -= self.eta * (step + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The second moment keeps its present value.
        """
        m, s, v, _, _, _, m_unbias, v_unbias, alpha, beta3 = state
        size = max(math.sqrt(v[i] * v_unbias[i]) + self.eps, SMALLEST)
        # the geometric series of each average: beta / (1 - beta) times its present value
        fast = self.beta1 / (1 - self.beta1) * m[i] * m_unbias[i]
        return -self.eta * (fast + alpha[i] * beta3[i] / (1 - beta3[i]) * s[i]) / size
