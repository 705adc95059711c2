"""AMSGrad: Adam whose second moment never falls."""

import math
from dataclasses import field
from typing import ClassVar

from diffusion.checks import fraction, not_negative, one_of, positive
from diffusion.jit import part
from diffusion.lane_loops import unbias
from diffusion.optimizers.degree import EXPONENT, NOT_STATIONARY
from diffusion.optimizers.lane_numbers import SMALLEST


@part
class AMSGrad:
    r"""Adam with a maximum of v (Reddi, Kale & Kumar 2018).

    The step is divided by the root of the largest second moment so far.

    .. math::
        m &= \beta_1 m + (1 - \beta_1) g, \quad v = \beta_2 v + (1 - \beta_2) g^2, \quad u = \max(u, v) \\
        \theta &\leftarrow \theta - \eta \left( \frac{\hat m}{\sqrt{\hat u} + \epsilon} + \lambda \theta \right)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1, beta2 : float
        Memory of the gradient and of its square, in [0, 1).
    eps : float
        Constant added to the root of the second moment, 0 or more.
    max_of : {"v", "v_hat"}
        Whether the maximum is taken before the bias correction, as in torch, or after it, as in optax. After it, a
        large first gradient, which the correction takes for the rule, is never forgotten.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.

    Notes
    -----
    Degrees h = 0, d = 0; not stationary, since the maximum remembers the whole past. On a loss sharper by k, eta
    takes a factor k^(-1/2), eps and weight_decay k^(1/2). A first gradient of zero only decays theta.

    Examples
    --------
    >>> from diffusion import AMSGrad, replay
    >>> replay(AMSGrad(0.1, max_of="v_hat"), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.9]
    """

    eta: float
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    max_of: str = "v"
    weight_decay: float = 0.0
    before: float = field(
        init=False, repr=False
    )  # 1 takes the maximum before the bias correction, 0 after it

    # initial m, v, u, powers of beta1, beta2; scratch
    slots: ClassVar[tuple] = (0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0)
    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eps stands beside the size of a gradient, which grows as sqrt(k); eta falls as 1 / sqrt(k), and the
    # share of theta that decays, eta weight_decay, must not change
    powers_of_k: ClassVar[dict] = {"eps": 1 / 2, "weight_decay": 1 / 2}
    # a maximum is never forgotten: steps, and the chance to escape, depend on the age of the walker
    stationarity: ClassVar[str] = NOT_STATIONARY

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        # with beta = 1 the correction 1 / (1 - beta**t) would be infinite
        fraction(self.beta2, "beta2")
        not_negative(self.eps, "eps")
        one_of(self.max_of, "max_of", ("v", "v_hat"))
        not_negative(self.weight_decay, "weight_decay")
        object.__setattr__(self, "before", float(self.max_of == "v"))

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, v, u, beta1_t, beta2_t, m_unbias, v_unbias = state
        # each lane has its own t and its own corrections: walkers start, and restart, at different times
        unbias(beta1_t, self.beta1, m_unbias)
        unbias(beta2_t, self.beta2, v_unbias)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * g
            v[i] = self.beta2 * v[i] + (1 - self.beta2) * g * g
            v_hat = v[i] * v_unbias[i]
            # v_hat starts at the first g^2 in full, v at (1 - beta2) g^2: torch and optax differ by half the
            # displacement on the same gradients
            u[i] = max(u[i], v[i] if self.before else v_hat)
            u_hat = u[i] * v_unbias[i] if self.before else u[i]
            # with eps = 0 and no gradient so far this would be 0 / 0; the floor makes the step zero
            size = max(math.sqrt(u_hat) + self.eps, SMALLEST)
            # decoupled decay: lambda theta is not divided by the size of the gradients
            theta[i] -= self.eta * (m[i] * m_unbias[i] / size + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The second moment keeps its present value.
        """
        # without gradients m becomes beta1 m, beta1^2 m, ...: together beta1 / (1 - beta1) m
        m, _, u, _, _, m_unbias, v_unbias = state
        u_hat = u[i] * v_unbias[i] if self.before else u[i]
        size = max(math.sqrt(u_hat) + self.eps, SMALLEST)
        return -self.eta * self.beta1 / (1 - self.beta1) * m[i] * m_unbias[i] / size
