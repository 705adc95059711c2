"""Signum: the sign of momentum."""

from typing import ClassVar

from diffusion.checks import fraction, not_negative, positive
from diffusion.jit import part
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import sign


@part
class Signum:
    r"""Sign of a moving average (Bernstein et al. 2018).

    Tiger is the same rule with beta1 = 0.965.

    .. math::
        m = \beta_1 m + (1 - \beta_1) g, \qquad
        \theta \leftarrow \theta - \eta \left( \operatorname{sign} m + \lambda \theta \right)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1 : float
        Memory of the gradient, in [0, 1).
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.

    Notes
    -----
    Degrees h = 0, d = 0. On a loss sharper by k, eta takes a factor k^(-1/2), weight_decay k^(1/2). A first gradient of
    zero only decays theta.

    Examples
    --------
    >>> from diffusion import Signum, replay
    >>> replay(Signum(0.1), [1.0], [[4.0], [-1.0]]).ravel().round(6).tolist()
    [1.0, 0.9, 0.8]
    """

    eta: float
    beta1: float = 0.9
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
        not_negative(self.weight_decay, "weight_decay")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        (m,) = state
        for i in range(theta.size):
            # no bias correction: a positive factor does not change a sign
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * gradient.draw(theta[i], i)
            # an average of about 1 / (1 - beta1) gradients changes its sign less often than one gradient does
            theta[i] -= self.eta * (sign(m[i]) + self.weight_decay * theta[i])
