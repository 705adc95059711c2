"""AdaBelief: Adam divided by the gradient's deviation from its average."""

import math
from typing import ClassVar

from diffusion.checks import fraction, not_negative, positive
from diffusion.jit import part
from diffusion.lane_loops import unbias
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import SMALLEST


@part
class AdaBelief:
    r"""Adam divided by deviations from m (Zhuang et al. 2020).

    The average of (g - m)^2 takes the place of the second moment.

    .. math::
        m &= \beta_1 m + (1 - \beta_1) g, \quad s = \beta_2 s + (1 - \beta_2) (g - m)^2 + \epsilon_r \\
        \theta &\leftarrow \theta - \eta \left( \frac{\hat m}{\sqrt{\hat s} + \epsilon} + \lambda \theta \right)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1, beta2 : float
        Memory of the gradient and of its squared deviation, in [0, 1).
    eps : float
        Constant added to the root of s, 0 or more.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.
    eps_root : float, optional
        Constant :math:`\epsilon_r` added to s in each iteration, so that it piles up to eps_root / (1 - beta2).
        Without it, it is ``eps``, as with all makers' defaults.

    Notes
    -----
    Degrees h = 0, d = 0. On a loss sharper by k, eta takes a factor k^(-1/2), eps and weight_decay k^(1/2), eps_root k.
    A first gradient of zero only decays theta. optax and pytorch_optimizer agree; the latter adds another 1e-15 under
    the root.

    Examples
    --------
    >>> from diffusion import AdaBelief, replay
    >>> replay(AdaBelief(0.1, 0.5), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.8]
    """

    eta: float
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-16
    weight_decay: float = 0.0
    eps_root: float | None = None

    slots: ClassVar[tuple] = (0.0, 0.0, 1.0, 1.0, 0.0, 0.0)  # initial m, s, beta1**t, beta2**t; scratch
    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eps stands beside the size of a gradient, which grows as sqrt(k); eta falls as 1 / sqrt(k), and the
    # share of theta that decays, eta weight_decay, must not change
    # eps_root stands beside the square of a gradient, which grows as k
    powers_of_k: ClassVar[dict] = {"eps": 1 / 2, "weight_decay": 1 / 2, "eps_root": 1}
    stationarity: ClassVar[str] = RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        # with beta = 1 the correction 1 / (1 - beta**t) would be infinite
        fraction(self.beta2, "beta2")
        not_negative(self.eps, "eps")
        not_negative(self.weight_decay, "weight_decay")
        object.__setattr__(self, "eps_root", self.eps if self.eps_root is None else self.eps_root)
        not_negative(self.eps_root, "eps_root")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, s, beta1_t, beta2_t, m_unbias, s_unbias = state
        # each lane has its own t and its own corrections: walkers start, and restart, at different times
        unbias(beta1_t, self.beta1, m_unbias)
        unbias(beta2_t, self.beta2, s_unbias)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * g
            # m already contains g: the first deviation is beta1 g, and the first step 1 / beta1 times Adam's
            apart = g - m[i]
            # eps_root is added inside the recursion, as the authors do, not once under the root
            s[i] = self.beta2 * s[i] + (1 - self.beta2) * apart * apart + self.eps_root
            # with eps = 0 and no gradient so far this would be 0 / 0; the floor makes the step zero
            size = max(math.sqrt(s[i] * s_unbias[i]) + self.eps, SMALLEST)
            # decoupled decay: lambda theta is not divided by the size of the gradients
            theta[i] -= self.eta * (m[i] * m_unbias[i] / size + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The variance keeps its present value.
        """
        # without gradients m becomes beta1 m, beta1^2 m, ...: together beta1 / (1 - beta1) m
        m, s, _, _, m_unbias, s_unbias = state
        size = max(math.sqrt(s[i] * s_unbias[i]) + self.eps, SMALLEST)
        return -self.eta * self.beta1 / (1 - self.beta1) * m[i] * m_unbias[i] / size
