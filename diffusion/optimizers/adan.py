"""Adan: Adam with an average of gradient changes."""

import math
from dataclasses import field
from typing import ClassVar

from diffusion.checks import flag, fraction, not_negative, positive
from diffusion.jit import part
from diffusion.lane_loops import unbias
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import SMALLEST


@part
class Adan:
    r"""Adaptive Nesterov momentum (Xie et al. 2022).

    .. math::
        d &= g - g_{\text{before}}, \quad m = \beta_1 m + (1 - \beta_1) g, \quad
        c = \beta_2 c + (1 - \beta_2) d, \quad n = \beta_3 n + (1 - \beta_3) (g + w d)^2 \\
        \theta &\leftarrow (1 - \eta \lambda) \theta - \eta \frac{\hat m + w \hat c}{\sqrt{\hat n} + \epsilon}

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1, beta2, beta3 : float
        Memory of the gradient, of its change, and of the square; in [0, 1).
    eps : float
        Constant added to the root of n, 0 or more.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.
    difference_weight : float, optional
        Weight w of the change, 0 or more. Without it, it is beta2, as in the paper and pytorch_optimizer; optax has
        1 - beta2.
    proximal : bool
        Decay by a division, theta / (1 + eta lambda), after the step, as the authors do.
    eps_root : float
        Constant added under the root, 0 or more; optax has 1e-8, the others none.

    Notes
    -----
    The first change counts as zero. Degrees h = 0, d = 0. On a loss sharper by k, eta takes a factor k^(-1/2), eps and
    weight_decay k^(1/2), eps_root k. A first gradient of zero only decays theta.

    Examples
    --------
    >>> from diffusion import Adan, replay
    >>> replay(Adan(0.1), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.9]
    """

    eta: float
    beta1: float = 0.98
    beta2: float = 0.92
    beta3: float = 0.99
    eps: float = 1e-8
    weight_decay: float = 0.0
    difference_weight: float | None = None
    proximal: bool = False
    eps_root: float = 0.0
    before: float = field(init=False, repr=False)  # factors of theta before and after the step
    after: float = field(init=False, repr=False)

    # initial m, c, n, the gradient before, whether there was one, powers of the betas; scratch: their corrections
    slots: ClassVar[tuple] = (0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0)
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
        fraction(self.beta3, "beta3")
        not_negative(self.eps, "eps")
        not_negative(self.weight_decay, "weight_decay")
        if self.difference_weight is None:
            # the paper and pytorch_optimizer; optax has 1 - beta2 in its place, a much weaker look-ahead
            object.__setattr__(self, "difference_weight", self.beta2)
        not_negative(self.difference_weight, "difference_weight")
        flag(self.proximal, "proximal")
        not_negative(self.eps_root, "eps_root")
        decay = self.eta * self.weight_decay
        object.__setattr__(self, "before", 1.0 if self.proximal else 1 - decay)
        object.__setattr__(self, "after", 1 / (1 + decay) if self.proximal else 1.0)

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, c, n, last, later, beta1_t, beta2_t, beta3_t, m_unbias, c_unbias, n_unbias = state
        # each lane has its own t and its own corrections: walkers start, and restart, at different times
        unbias(beta1_t, self.beta1, m_unbias)
        unbias(beta2_t, self.beta2, c_unbias)
        unbias(beta3_t, self.beta3, n_unbias)
        w = self.difference_weight
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            # later is 0 at the first gradient, which has no predecessor: its change counts as zero
            change = later[i] * (g - last[i])
            later[i], last[i] = 1.0, g
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * g
            c[i] = self.beta2 * c[i] + (1 - self.beta2) * change
            # g + w (g - g_before) extrapolates to the point ahead without a second gradient (Nesterov)
            ahead = g + w * change
            n[i] = self.beta3 * n[i] + (1 - self.beta3) * ahead * ahead
            # with eps = 0 and no gradient so far this would be 0 / 0; the floor makes the step zero
            size = max(math.sqrt(n[i] * n_unbias[i] + self.eps_root) + self.eps, SMALLEST)
            step = (m[i] * m_unbias[i] + w * c[i] * c_unbias[i]) / size
            # the authors divide by 1 + eta lambda after the step, the others multiply by 1 - eta lambda
            # before it
            theta[i] = (self.before * theta[i] - self.eta * step) * self.after

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The second moment keeps its present value.
        """
        m, c, n, last, _, _, _, _, m_unbias, c_unbias, n_unbias = state
        size = max(math.sqrt(n[i] * n_unbias[i] + self.eps_root) + self.eps, SMALLEST)
        # m decays geometrically: beta1 m, beta1^2 m, ...
        slow = self.beta1 / (1 - self.beta1) * m[i] * m_unbias[i]
        # a gradient that stops is one last change, by minus itself
        fast = self.difference_weight * (self.beta2 / (1 - self.beta2) * c[i] - last[i]) * c_unbias[i]
        return -self.eta * (slow + fast) / size
