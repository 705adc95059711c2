"""Yogi: Adam with an additively updated second moment."""

import math
from typing import ClassVar

from diffusion.checks import fraction, not_negative, positive, require_number
from diffusion.jit import part
from diffusion.lane_loops import unbias
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import SMALLEST, sign


@part
class Yogi:
    r"""Adam with an additive second moment (Zaheer et al. 2018).

    .. math::
        m &= \beta_1 m + (1 - \beta_1) g, \quad v = v - (1 - \beta_2) \operatorname{sign}(v - g^2) g^2 \\
        \theta &\leftarrow \theta - \eta \left( \frac{\hat m}{\sqrt{\hat v} + \epsilon} + \lambda \theta \right)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1, beta2 : float
        Memory of the gradient and of its square, in [0, 1).
    eps : float
        Constant added to the root of the second moment, 0 or more.
    initial : float
        Where v starts, 0 or more.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.
    initial_m : float, optional
        Where m starts. Without it m starts where v does, at 1e-6, as in optax and pytorch_optimizer; the paper starts
        it at 0.

    Notes
    -----
    Degrees h = 0, d = 0. On a loss sharper by k, eta takes a factor k^(-1/2), eps, weight_decay and initial_m k^(1/2),
    initial k. With Gaussian noise v settles at 2.366 times the mean of g^2. With a first gradient of zero theta moves
    all the same if m starts elsewhere than at 0: by -eta 9 initial_m / (sqrt(1000 initial) + eps), -2.7e-4 eta by
    default.

    Examples
    --------
    >>> from diffusion import Yogi, replay
    >>> replay(Yogi(0.1), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.900028]
    """

    eta: float
    beta1: float = 0.9
    beta2: float = 0.999
    # the paper's value, far above Adam's 1e-8: a crossover where gradients are about 1e-3 in size
    eps: float = 1e-3
    initial: float = 1e-6
    weight_decay: float = 0.0
    initial_m: float | None = None

    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eps and initial_m have the dimension of a gradient, initial that of its square
    powers_of_k: ClassVar[dict] = {"eps": 1 / 2, "initial": 1, "weight_decay": 1 / 2, "initial_m": 1 / 2}
    stationarity: ClassVar[str] = RENEWAL

    # a property, since m and v start at values that the user chooses
    @property
    def slots(self):
        """Initial m, v, beta1**t, beta2**t, and two rows of scratch."""
        return self.initial_m, self.initial, 1.0, 1.0, 0.0, 0.0

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        # with beta = 1 the correction 1 / (1 - beta**t) would be infinite
        fraction(self.beta2, "beta2")
        not_negative(self.eps, "eps")
        not_negative(self.initial, "initial")
        not_negative(self.weight_decay, "weight_decay")
        # both makers fill m and v with one number, although their dimensions differ
        object.__setattr__(self, "initial_m", self.initial if self.initial_m is None else self.initial_m)
        require_number(self.initial_m, "initial_m")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, v, beta1_t, beta2_t, m_unbias, v_unbias = state
        # each lane has its own t and its own corrections: walkers start, and restart, at different times
        unbias(beta1_t, self.beta1, m_unbias)
        unbias(beta2_t, self.beta2, v_unbias)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * g
            # v moves by (1 - beta2) g^2 however far it is from g^2: after large gradients it falls slowly
            v[i] -= (1 - self.beta2) * sign(v[i] - g * g) * g * g
            # v may fall to -1e-17 by rounding where a gradient equals its root
            size = max(math.sqrt(max(v[i] * v_unbias[i], 0.0)) + self.eps, SMALLEST)
            # decoupled decay: lambda theta is not divided by the size of the gradients
            theta[i] -= self.eta * (m[i] * m_unbias[i] / size + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The second moment keeps its present value.
        """
        # without gradients m becomes beta1 m, beta1^2 m, ...: together beta1 / (1 - beta1) m
        m, v, _, _, m_unbias, v_unbias = state
        size = max(math.sqrt(max(v[i] * v_unbias[i], 0.0)) + self.eps, SMALLEST)
        return -self.eta * self.beta1 / (1 - self.beta1) * m[i] * m_unbias[i] / size
