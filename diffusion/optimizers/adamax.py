"""Adamax: Adam divided by the largest recent gradient."""

from typing import ClassVar

from diffusion.checks import fraction, not_negative, positive
from diffusion.jit import part
from diffusion.lane_loops import unbias
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import SMALLEST


@part
class Adamax:
    r"""Adam in the infinity norm (Kingma & Ba 2015).

    .. math::
        m &= \beta_1 m + (1 - \beta_1) g, \quad u = \max(\beta_2 u, |g| + \epsilon) \\
        \theta &\leftarrow \theta - \eta \left( \frac{\hat m}{u} + \lambda \theta \right)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1, beta2 : float
        Memory of the gradient and of its size, in [0, 1).
    eps : float
        Constant added to the size of the gradient, 0 or more.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.

    Notes
    -----
    Degrees h = 0, d = 0. On a loss sharper by k, eta takes a factor k^(-1/2), eps and weight_decay
    k^(1/2). A first gradient of zero only decays theta. torch and optax agree.

    Examples
    --------
    >>> from diffusion import Adamax, replay
    >>> replay(Adamax(0.1), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.9]
    """

    eta: float
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0

    slots: ClassVar[tuple] = (0.0, 0.0, 1.0, 0.0)  # initial m, u, beta1**t; scratch
    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eps stands beside the size of a gradient, which grows as sqrt(k); eta falls as 1 / sqrt(k), and the
    # share of theta that decays, eta weight_decay, must not change
    powers_of_k: ClassVar[dict] = {"eps": 1 / 2, "weight_decay": 1 / 2}
    stationarity: ClassVar[str] = RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        # with beta2 = 1 the largest gradient would be remembered for ever, as in AMSGrad
        fraction(self.beta2, "beta2")
        not_negative(self.eps, "eps")
        not_negative(self.weight_decay, "weight_decay")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, u, beta1_t, m_unbias = state
        # each lane has its own t and its own corrections: walkers start, and restart, at different times
        unbias(beta1_t, self.beta1, m_unbias)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * g
            # a maximum needs no bias correction (Kingma & Ba, section 7.1); eps is inside it, as in torch
            u[i] = max(self.beta2 * u[i], abs(g) + self.eps)
            # with eps = 0 and no gradient so far u is zero, and so is m
            step = m[i] * m_unbias[i] / max(u[i], SMALLEST)
            # decoupled decay: lambda theta is not divided by the size of the gradients
            theta[i] -= self.eta * (step + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The size of the gradient keeps its present value.
        """
        # without gradients m becomes beta1 m, beta1^2 m, ...: together beta1 / (1 - beta1) m
        m, u, _, m_unbias = state
        return -self.eta * self.beta1 / (1 - self.beta1) * m[i] * m_unbias[i] / max(u[i], SMALLEST)
