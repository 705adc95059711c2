"""MARS: Adam of gradients whose variance is reduced."""

import math
from typing import ClassVar

from diffusion.checks import fraction, largest, not_negative, positive
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates, norms
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import SMALLEST, next_power


@part
class MARS:
    r"""Adam of variance-reduced gradients (Yuan et al. 2024).

    The approximate form: it reuses the last gradient instead of computing a second one.

    .. math::
        c &= g + \gamma \frac{\beta_1}{1 - \beta_1} (g - g_{\text{before}}), \quad
        c \leftarrow c / \max(1, |c| / N) \\
        m &= \beta_1 m + (1 - \beta_1) c, \quad v = \beta_2 v + (1 - \beta_2) c^2 \\
        \theta &\leftarrow \theta - \eta \left( \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}
        \frac{m}{\sqrt{v + \epsilon_r} + \epsilon} + \lambda \theta \right)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1, beta2 : float
        Memory of the gradient and of its square, in [0, 1).
    gamma : float
        Strength of the correction, 0 or more.
    norm : float
        Largest norm N of the corrected gradient; makers write 1. ``math.inf`` is no bound.
    eps : float
        Constant added to the root of the second moment, 0 or more.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.
    eps_root : float
        Constant :math:`\epsilon_r` added under the root, 0 or more; pytorch_optimizer has 1e-15, the authors none.

    Notes
    -----
    The gradient before the first counts as zero. The clip makes it a crossover, with h = 0, d = 0, p = 1/2 at both
    ends; without it the degree is 0 throughout. On a loss sharper by k, eta takes a factor k^(-1/2), norm, eps and
    weight_decay k^(1/2), eps_root k. A first gradient of zero only decays theta. pytorch_optimizer runs AdamW in its
    place on parameters that are not matrices. The norm is a sum over coordinates, and so slower than Adam's step.

    Examples
    --------
    >>> from diffusion import MARS, replay
    >>> replay(MARS(0.1, eps=0.0, eps_root=0.0), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.9]
    """

    eta: float
    beta1: float = 0.95
    beta2: float = 0.99
    gamma: float = 0.025
    norm: float = 1.0
    eps: float = 1e-8
    weight_decay: float = 0.0
    eps_root: float = 1e-15

    # initial m, v, the gradient before, powers of beta1, beta2; scratch: c, its scale, factor of the step
    slots: ClassVar[tuple] = (0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0)
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # norm is compared with a gradient (k^(1/2)); eta is listed, since a pair of degrees names no exponent
    powers_of_k: ClassVar[dict] = {
        "norm": 1 / 2,
        "eps": 1 / 2,
        "weight_decay": 1 / 2,
        "eps_root": 1,
        "eta": -1 / 2,
    }
    stationarity: ClassVar[str] = RENEWAL

    @property
    def gradient_degree(self):
        """Degree h: 0, at both ends of a clip's crossover."""
        return 0.0 if math.isinf(self.norm) else (0.0, 0.0)

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        # with beta = 1 the correction 1 - beta**t would be zero, and the step infinite or nothing
        fraction(self.beta2, "beta2")
        not_negative(self.gamma, "gamma")
        largest(self.norm, "norm")
        not_negative(self.eps, "eps")
        not_negative(self.weight_decay, "weight_decay")
        not_negative(self.eps_root, "eps_root")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, v, last, beta1_t, beta2_t, c, scale, step = state
        # each lane has its own t, and so its own powers: walkers start, and restart, at different times
        next_power(beta1_t, self.beta1)
        next_power(beta2_t, self.beta2)
        # 0.475 by default: half of the change since the last gradient is added once more
        ahead = self.gamma * self.beta1 / (1 - self.beta1)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            # the gradient before the first is zero, so that the first c is g (1 + ahead), as makers have it
            c[i] = g + ahead * (g - last[i])
            last[i] = g
        # one norm per walker, in the first row; the whole walker counts as one layer
        norms(c, scale)
        for l in range(LANES):
            # clips c, not g, because c amplifies every jump of the gradient
            scale[l] = self.norm / scale[l] if scale[l] > self.norm else 1.0
            # both corrections are in the step, so eps is added to the uncorrected root
            step[l] = self.eta * math.sqrt(1 - beta2_t[l]) / (1 - beta1_t[l])
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(scale)
        copy_to_coordinates(step)
        for i in range(theta.size):
            seen = scale[i] * c[i]
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * seen
            v[i] = self.beta2 * v[i] + (1 - self.beta2) * seen * seen
            # with eps = 0 and no gradient so far this would be 0 / 0; the floor makes the step zero
            size = max(math.sqrt(v[i] + self.eps_root) + self.eps, SMALLEST)
            # decoupled decay: lambda theta is not divided by the size of the gradients
            theta[i] -= step[i] * m[i] / size + self.eta * self.weight_decay * theta[i]

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The second moment keeps its present value.
        """
        # without gradients m becomes beta1 m, beta1^2 m, ...: together beta1 / (1 - beta1) m
        m, v, step = state[0], state[1], state[7]
        size = max(math.sqrt(v[i] + self.eps_root) + self.eps, SMALLEST)
        return -step[i] * self.beta1 / (1 - self.beta1) * m[i] / size
