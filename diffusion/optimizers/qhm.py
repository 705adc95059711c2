"""QHM: weighted mean of SGD and momentum."""

from typing import ClassVar

from diffusion.checks import fraction, not_negative, positive, require_number
from diffusion.jit import part
from diffusion.optimizers.degree import EXPONENT, RENEWAL


@part
class QHM:
    r"""Quasi-hyperbolic momentum (Ma & Yarats 2019).

    .. math::
        m = \beta_1 m + (1 - \beta_1) g, \qquad
        \theta \leftarrow \theta - \eta \left( (1 - \nu) g + \nu m + \lambda \theta \right)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1 : float
        Memory of the gradient, in [0, 1).
    nu : float
        Share of momentum in the step, in [0, 1]: 0 is SGD.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.

    Notes
    -----
    Degrees h = 1, d = 0. On a loss sharper by k, eta takes a factor 1 / k, weight_decay k. A first gradient of zero
    only decays theta. pytorch_optimizer adds its weight decay to the gradient unless told otherwise.

    Examples
    --------
    >>> from diffusion import QHM, replay
    >>> replay(QHM(0.1, 0.5, 0.5), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.7]
    """

    eta: float
    beta1: float = 0.9
    # a step with 30 % of the present gradient
    nu: float = 0.7
    weight_decay: float = 0.0

    slots: ClassVar[tuple] = (0.0,)  # initial m
    gradient_degree: ClassVar[float] = 1.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eta falls as 1 / k, and the share of theta that decays, eta weight_decay, must not change
    powers_of_k: ClassVar[dict] = {"weight_decay": 1}
    stationarity: ClassVar[str] = RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")
        # with beta1 = 1 m would stay zero, since a new gradient has the weight 1 - beta1
        fraction(self.beta1, "beta1")
        require_number(self.nu, "nu", "in [0, 1]", 0, 1)
        not_negative(self.weight_decay, "weight_decay")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        (m,) = state
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * g
            # nu = 0 is SGD; nu = 1 momentum as a moving average, 1 - beta1 times the SGD style
            theta[i] -= self.eta * ((1 - self.nu) * g + self.nu * m[i] + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``."""
        # only the share nu of m carries on: beta1 m + beta1^2 m + ...
        return -self.eta * self.nu * self.beta1 / (1 - self.beta1) * state[0][i]
