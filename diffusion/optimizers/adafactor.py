"""Adafactor: Adam with growing memory and bounded steps."""

import math
from dataclasses import field
from typing import ClassVar

from diffusion.checks import flag, fraction, not_negative, one_of, positive, require_number
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates, root_mean_squares
from diffusion.optimizers.degree import EXPONENT, NOT_STATIONARY, TRANSIENT
from diffusion.optimizers.lane_numbers import SMALLEST, bfloat16, single
from diffusion.vector_log import power


@part
class Adafactor:
    r"""Adafactor for vector parameters (Shazeer & Stern 2018).

    A vector has no rows and columns, so the second moment is not factored.

    .. math::
        \beta_t &= \min(1 - t^{-a}, \beta_2), \quad v = \beta_t v + (1 - \beta_t) (g^2 + \epsilon), \quad
        u = \frac{g}{\sqrt{v}} \Big/ \max\left(1, \frac{\operatorname{rms}(g / \sqrt v)}{C}\right) \\
        m &= \beta_1 m + (1 - \beta_1) \alpha u, \quad
        \theta \leftarrow \theta - m - \alpha \lambda \theta, \quad
        \alpha = \eta \text{ or } \eta \max(\operatorname{rms} \theta, \epsilon_\theta)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1 : float
        Memory of the steps, in [0, 1); 0 is none, pytorch_optimizer has 0.9.
    beta2 : float
        Longest memory of the squared gradient, in [0, 1]; 1 is no bound, pytorch_optimizer has 0.999.
    decay_rate : float
        Power a with which the memory grows, in (0, 1].
    clip : float
        Largest root mean square C of the normalised gradient, positive.
    eps : float
        Constant added to the squared gradient, 0 or more.
    scale_parameter : bool
        Whether the learning rate is a share of the root mean square of theta.
    eps_scale : float
        Smallest root mean square of theta that counts, positive.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.
    rounding : {"none", "optax", "pytorch_optimizer"}
        optax computes the memory in single precision, pytorch_optimizer keeps m in bfloat16 numbers.

    Notes
    -----
    Degrees h = 0, d = 0, so p = 1/2; with ``scale_parameter`` d = 1, so p = 0. Not stationary unless beta2 bounds the
    memory. On a loss sharper by k, eta takes a factor k^(-p), eps k, eps_scale k^(-1/2), weight_decay k^(1/2). A first
    gradient of zero only decays theta. Root mean squares are sums over coordinates, and so slower than Adam's step.

    Examples
    --------
    >>> from diffusion import Adafactor, replay
    >>> replay(Adafactor(0.1), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.9]
    """

    eta: float
    beta1: float = 0.0
    beta2: float = 1.0
    decay_rate: float = 0.8
    clip: float = 1.0
    # 1e-30 is added to a square: it matters for gradients below 1e-15 only (the paper's epsilon_1)
    eps: float = 1e-30
    scale_parameter: bool = False
    # the paper's epsilon_2
    eps_scale: float = 1e-3
    weight_decay: float = 0.0
    rounding: str = "none"
    memory_single: float = field(init=False, repr=False)
    steps_short: float = field(init=False, repr=False)

    # initial m, v, t; scratch: 1 - beta, u, rates
    slots: ClassVar[tuple] = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    gradient_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eps stands beside a squared gradient (k), eps_scale beside theta (k^(-1/2))
    powers_of_k: ClassVar[dict] = {"eps": 1, "eps_scale": -1 / 2, "weight_decay": 1 / 2}

    @property
    def parameter_degree(self):
        """Degree d: 1 with ``scale_parameter``, else 0.

        With it, the learning rate is a share of theta's root mean square.
        """
        return 1.0 if self.scale_parameter else 0.0

    @property
    def stationarity(self):
        """Stationarity: none while the memory grows without bound."""
        return TRANSIENT if self.beta2 < 1 else NOT_STATIONARY

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        require_number(self.beta2, "beta2", "in [0, 1]", 0, 1)
        require_number(self.decay_rate, "decay_rate", "in (0, 1]", 2**-1022, 1)
        positive(self.clip, "clip")
        not_negative(self.eps, "eps")
        flag(self.scale_parameter, "scale_parameter")
        positive(self.eps_scale, "eps_scale")
        not_negative(self.weight_decay, "weight_decay")
        one_of(self.rounding, "rounding", ("none", "optax", "pytorch_optimizer"))
        object.__setattr__(self, "memory_single", float(self.rounding == "optax"))
        object.__setattr__(self, "steps_short", float(self.rounding == "pytorch_optimizer"))

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, v, t, new, u, rate, size = state
        for l in range(LANES):
            t[l] += 1
            if self.memory_single:
                # the same in single precision, operation by operation, as optax evaluates it
                forgotten = 1 - single(1 - single(power(t[l], -single(self.decay_rate))))
            else:
                # t = 1 forgets everything, so v is the first g^2 and needs no bias correction
                forgotten = power(t[l], -self.decay_rate)
            # beta2 < 1 bounds the memory; only then does the rule settle and become stationary
            new[l] = max(forgotten, 1 - self.beta2)
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(new)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            v[i] = (1 - new[i]) * v[i] + new[i] * (g * g + self.eps)
            u[i] = g / math.sqrt(max(v[i], SMALLEST))
        root_mean_squares(u, size)
        root_mean_squares(theta, rate)
        for l in range(LANES):
            # eps_scale lets a walker leave theta = 0, where a share of its size is nothing
            share = max(rate[l], self.eps_scale)
            rate[l] = self.eta * (share if self.scale_parameter else 1.0)
            # a root mean square above C means that g outgrew its own memory v; shorter steps are left alone
            size[l] = max(size[l] / self.clip, 1.0)
        copy_to_coordinates(rate)
        copy_to_coordinates(size)
        for i in range(theta.size):
            step = rate[i] * u[i] / size[i]
            if self.steps_short:
                # m + (1 - beta1) (step - m), rounded where pytorch_optimizer's bfloat16 memory rounds
                m[i] = bfloat16(m[i] + single(1 - self.beta1) * (bfloat16(step) - m[i]))
            else:
                m[i] = self.beta1 * m[i] + (1 - self.beta1) * step
            theta[i] -= m[i] + rate[i] * self.weight_decay * theta[i]

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``."""
        # m averages whole steps, so that no learning rate appears here
        return -self.beta1 / (1 - self.beta1) * state[0][i]
