"""Lion: the sign of two moving averages."""

from typing import ClassVar

from diffusion.checks import fraction, not_negative, positive
from diffusion.jit import part
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import sign


@part
class Lion:
    r"""Evolved sign momentum (Chen et al. 2023).

    .. math::
        \theta &\leftarrow \theta - \eta \left( \operatorname{sign}(\beta_1 m + (1 - \beta_1) g)
        + \lambda \theta \right) \\
        m &= \beta_2 m + (1 - \beta_2) g

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1, beta2 : float
        Share of m in the step, and memory of m; in [0, 1).
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.

    Notes
    -----
    Degrees h = 0, d = 0. On a loss sharper by k, eta takes a factor k^(-1/2), weight_decay k^(1/2). A first gradient of
    zero only decays theta. Makers agree.

    Examples
    --------
    >>> from diffusion import Lion, replay
    >>> replay(Lion(0.1), [1.0], [[4.0], [-0.1]]).ravel().round(6).tolist()
    [1.0, 0.9, 0.8]
    """

    eta: float
    beta1: float = 0.9
    beta2: float = 0.99
    weight_decay: float = 0.0

    slots: ClassVar[tuple] = (0.0,)  # initial m
    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # a sign has no size: eta falls as k^(-1/2) with theta, and eta weight_decay must not change
    powers_of_k: ClassVar[dict] = {"weight_decay": 1 / 2}
    # no ``coast``: the sign of m stays when gradients stop, and the steps would never end
    stationarity: ClassVar[str] = RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        fraction(self.beta2, "beta2")
        not_negative(self.weight_decay, "weight_decay")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        (m,) = state
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            # two memories: the step looks at beta1, shorter, and m keeps beta2, longer
            ahead = self.beta1 * m[i] + (1 - self.beta1) * g
            theta[i] -= self.eta * (sign(ahead) + self.weight_decay * theta[i])
            # after the step: this gradient entered it with the weight 1 - beta1 already
            m[i] = self.beta2 * m[i] + (1 - self.beta2) * g
