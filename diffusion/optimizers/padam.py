"""Padam: interpolation between Momentum and Adam."""

import math
from typing import ClassVar

from diffusion.checks import flag, fraction, not_negative, positive, require_number
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates
from diffusion.optimizers.degree import EXPONENT, NOT_STATIONARY, RENEWAL
from diffusion.optimizers.lane_numbers import SMALLEST, next_power
from diffusion.vector_log import power


@part
class Padam:
    r"""Adam with a partial power of v (Chen et al. 2018).

    .. math::
        m &= \beta_1 m + (1 - \beta_1) g, \quad v = \beta_2 v + (1 - \beta_2) g^2 \\
        \theta &\leftarrow \theta - \eta \left( \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}
        \frac{m}{(\sqrt{v} + \epsilon)^{2 q}} + \lambda \theta \right)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1, beta2 : float
        Memory of the gradient and of its square, in [0, 1).
    eps : float
        Constant added to the root of v, 0 or more.
    partial : float
        The power q of v, in [0, 1/2]: 0 is a moving average of gradients, 1/2 is Adam. At 1/4 and 1/8 the power is
        made of square roots; others take a logarithm, and about twice as long as Adam.
    amsgrad : bool
        Divide by the largest v that there ever was, as the authors do; pytorch_optimizer does not.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.

    Notes
    -----
    Degrees h = 1 - 2q, d = 0, so p = 1 - q. On a loss sharper by k, eta takes a factor k^(-p), eps k^(1/2),
    weight_decay k^p. Stationary without ``amsgrad``. The authors have no bias correction; pytorch_optimizer's is that
    of Adam, whatever q. A first gradient of zero only decays theta.

    Examples
    --------
    >>> from diffusion import Padam, replay
    >>> replay(Padam(0.1, partial=0.25, eps=0.0), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.964434]
    """

    eta: float
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    # p = 3/4, halfway between Adam's 1/2 and SGD's 1; splitting measured 0.786
    partial: float = 0.25
    amsgrad: bool = False
    weight_decay: float = 0.0

    # initial m, v, its maximum, beta1**t, beta2**t; scratch
    slots: ClassVar[tuple] = (0.0, 0.0, 0.0, 1.0, 1.0, 0.0)
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT

    @property
    def gradient_degree(self):
        """Degree h = 1 - 2q."""
        return 1 - 2 * self.partial

    @property
    def powers_of_k(self):
        """Power of k of each constant."""
        # eps stands beside the root of v, a gradient; eta falls as k^(-p), p = 1 - q, and weight_decay makes
        # up for it
        return {"eps": 1 / 2, "weight_decay": 1 - self.partial}

    @property
    def stationarity(self):
        """Stationarity: renewal without a maximum over the past."""
        return NOT_STATIONARY if self.amsgrad else RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        # with beta = 1 the correction 1 - beta**t would be zero, and the step infinite or nothing
        fraction(self.beta2, "beta2")
        not_negative(self.eps, "eps")
        require_number(self.partial, "partial", "in [0, 1/2]", 0, 0.5)
        flag(self.amsgrad, "amsgrad")
        not_negative(self.weight_decay, "weight_decay")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, v, largest, beta1_t, beta2_t, step = state
        # each lane has its own t, and so its own powers: walkers start, and restart, at different times
        next_power(beta1_t, self.beta1)
        next_power(beta2_t, self.beta2)
        for l in range(LANES):
            # Adam's correction whatever q is, as in pytorch_optimizer; for v^q it would be (1 - beta2^t)^q
            step[l] = self.eta * math.sqrt(1 - beta2_t[l]) / (1 - beta1_t[l])
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(step)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * g
            v[i] = self.beta2 * v[i] + (1 - self.beta2) * g * g
            # False counts as 0: without amsgrad the old maximum does not count
            largest[i] = max(self.amsgrad * largest[i], v[i])
        # three loops: roots are several times as quick as a logarithm, and a loop with both would take its time
        if self.partial == 0.25:
            for i in range(theta.size):
                # (sqrt v)^(2 q) with q = 1/4: one more root
                size = math.sqrt(max(math.sqrt(largest[i]) + self.eps, SMALLEST))
                # decoupled decay: lambda theta is not divided by the size of the gradients
                theta[i] -= step[i] * m[i] / size + self.eta * self.weight_decay * theta[i]
        elif self.partial == 0.125:
            for i in range(theta.size):
                # q = 1/8: two more roots
                size = math.sqrt(math.sqrt(max(math.sqrt(largest[i]) + self.eps, SMALLEST)))
                theta[i] -= step[i] * m[i] / size + self.eta * self.weight_decay * theta[i]
        else:
            for i in range(theta.size):
                size = max(math.sqrt(largest[i]) + self.eps, SMALLEST)
                shrunk = m[i] * power(size, -2 * self.partial)
                theta[i] -= step[i] * shrunk + self.eta * self.weight_decay * theta[i]

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The second moment keeps its present value.
        """
        # without gradients m becomes beta1 m, beta1^2 m, ...: together beta1 / (1 - beta1) m
        m, _, largest, _, _, step = state
        size = max(math.sqrt(largest[i]) + self.eps, SMALLEST)
        ahead = step[i] * self.beta1 / (1 - self.beta1) * m[i]
        # splitting asks after every step: roots where they will do, as in `update`
        if self.partial == 0.25:
            return -ahead / math.sqrt(size)
        if self.partial == 0.125:
            return -ahead / math.sqrt(math.sqrt(size))
        return -ahead * power(size, -2 * self.partial)
