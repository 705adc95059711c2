"""Prodigy: Adam with an estimated distance to the minimum."""

import math
from typing import ClassVar

from diffusion.checks import flag, fraction, largest, not_negative, positive
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates, dots, sums
from diffusion.optimizers.degree import EXPONENT, NOT_STATIONARY
from diffusion.optimizers.lane_numbers import SMALLEST, next_power


@part
class Prodigy:
    r"""Adam with a self-tuned learning rate (Mishchenko & Defazio 2023).

    The learning rate is proportional to an estimate of the distance to the minimum.

    .. math::
        m &= \beta_1 m + (1 - \beta_1) d g, \quad v = \beta_2 v + (1 - \beta_2) d^2 g^2, \quad
        \gamma = \eta d \\
        r &= \beta_3 r + \frac{d \gamma}{d_0} g \cdot (\theta_0 - \theta), \quad
        s = \beta_3 s + \frac{d \gamma}{d_0} g, \quad d' = \max\left(d, c \frac{r}{|s|_1}\right) \\
        \theta &\leftarrow \theta - \gamma \left( \frac{m}{\sqrt{v} + d' \epsilon} + \lambda \theta \right)

    Parameters
    ----------
    eta : float
        Factor of the learning rate, positive; without dimension.
    beta1, beta2 : float
        Memory of the gradient and of its square, in [0, 1).
    beta3 : float, optional
        Memory of r and s, in [0, 1). Without it, it is the root of beta2.
    eps : float
        Constant beside the root of the second moment, 0 or more.
    d0 : float
        First estimate of the distance, positive.
    coefficient : float
        Factor c of the estimate, positive.
    growth : float
        Largest factor by which d grows in an iteration after the first growth, above 1; ``math.inf`` is no bound.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.
    bias_correction : bool
        Whether gamma takes the factor sqrt(1 - beta2^t) / (1 - beta1^t), as in optax; pytorch_optimizer leaves it out
        unless told otherwise.
    safeguard_warmup : bool
        Leave eta out of s.

    Notes
    -----
    Degrees h = 0, d = 1, so p = 0; not stationary. On a loss sharper by k, eta stays, d0 takes a factor k^(-1/2), eps
    and weight_decay k^(1/2). A first gradient of zero only decays theta. Its sums over coordinates make it slower than
    Adam.

    Examples
    --------
    >>> from diffusion import Prodigy, replay
    >>> replay(Prodigy(d0=0.1, bias_correction=True, eps=0.0), [1.0], [[2.0]]).ravel().round(6).tolist()
    [1.0, 0.9]
    """

    eta: float = 1.0
    beta1: float = 0.9
    beta2: float = 0.999
    beta3: float | None = None
    eps: float = 1e-8
    # makers' default; it has the dimension of theta
    d0: float = 1e-6
    coefficient: float = 1.0
    growth: float = math.inf
    weight_decay: float = 0.0
    bias_correction: bool = False
    safeguard_warmup: bool = False

    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 1.0
    exponent = EXPONENT
    powers_of_k: ClassVar[dict] = {"d0": -1 / 2, "eps": 1 / 2, "weight_decay": 1 / 2}
    # d never falls: a walker that strayed far once takes long steps ever after
    stationarity: ClassVar[str] = NOT_STATIONARY

    # a property, since d starts at a value that the user chooses
    @property
    def slots(self):
        """Initial value of each memory row.

        theta_0, whether it is set, m, v, s, r, d, largest estimate, powers of beta1, beta2; then scratch.
        """
        return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, self.d0, self.d0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        # with beta = 1 the bias correction, which is optional here, would be 0 / 0
        fraction(self.beta2, "beta2")
        # the authors' default for the estimate
        object.__setattr__(self, "beta3", math.sqrt(self.beta2) if self.beta3 is None else self.beta3)
        fraction(self.beta3, "beta3")
        not_negative(self.eps, "eps")
        positive(self.d0, "d0")
        positive(self.coefficient, "coefficient")
        largest(self.growth, "growth", 1)
        not_negative(self.weight_decay, "weight_decay")
        flag(self.bias_correction, "bias_correction")
        flag(self.safeguard_warmup, "safeguard_warmup")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        start, known, m, v, s, r, d, best, beta1_t, beta2_t, rate, along, size, g, apart = state
        # each lane has its own t, and so its own powers: walkers start, and restart, at different times
        next_power(beta1_t, self.beta1)
        next_power(beta2_t, self.beta2)
        for l in range(LANES):
            corrected = math.sqrt(1 - beta2_t[l]) / (1 - beta1_t[l])
            rate[l] = self.eta * d[l] * (corrected if self.bias_correction else 1.0)
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(rate)
        copy_to_coordinates(d)
        for i in range(theta.size):
            # a restarted walker has known = 0, and takes its new position as theta_0
            start[i] = start[i] if known[i] > 0 else theta[i]
            known[i] = 1.0
            g[i] = gradient.draw(theta[i], i)
            seen = d[i] * g[i]
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * seen
            v[i] = self.beta2 * v[i] + (1 - self.beta2) * seen * seen
            # d / d0 in place of d: the factor cancels in r / |s|, and keeps both from being tiny at d0 = 1e-6
            s[i] = self.beta3 * s[i] + d[i] / self.d0 * (d[i] if self.safeguard_warmup else rate[i]) * g[i]
            apart[i] = start[i] - theta[i]
        dots(g, apart, along)
        for i in range(theta.size):
            apart[i] = abs(s[i])
        sums(apart, size)
        for l in range(LANES):
            weight = d[l] / self.d0 * rate[l]
            r[l] = self.beta3 * r[l] + weight * along[l]
            estimate = self.coefficient * r[l] / max(size[l], SMALLEST)
            # without any gradient there is nothing to estimate from: keep d
            estimate = estimate if size[l] > 0 else d[l]
            best[l] = max(best[l], estimate)
            # growth is bounded only after d has left d0, a guess that may be wrong by powers of ten
            grown = max(d[l], estimate) if d[l] == self.d0 else d[l]
            d[l] = min(best[l], grown * self.growth)
        copy_to_coordinates(d)
        for i in range(theta.size):
            # m and v carry d and d^2, so that eps needs the factor d to keep its share
            step = m[i] / max(math.sqrt(v[i]) + d[i] * self.eps, SMALLEST)
            theta[i] -= rate[i] * (step + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The second moment keeps its present value.
        """
        # without gradients m becomes beta1 m, beta1^2 m, ...: together beta1 / (1 - beta1) m
        m, v, d, rate = state[2], state[3], state[6], state[10]
        step = m[i] / max(math.sqrt(v[i]) + d[i] * self.eps, SMALLEST)
        return -rate[i] * self.beta1 / (1 - self.beta1) * step
