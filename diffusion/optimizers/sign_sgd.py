"""SignSGD: steps of one size."""

from typing import ClassVar

from diffusion.checks import not_negative, positive
from diffusion.jit import part
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import sign


@part
class SignSGD:
    r"""Sign of the gradient (Bernstein et al. 2018).

    .. math:: \theta \leftarrow \theta - \eta \left( \operatorname{sign} g + \lambda \theta \right)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.

    Notes
    -----
    Degrees h = 0, d = 0. On a loss sharper by k, eta takes a factor k^(-1/2), weight_decay k^(1/2). The sign of zero is
    zero: a first gradient of zero only decays theta.

    Examples
    --------
    >>> from diffusion import SignSGD, replay
    >>> replay(SignSGD(0.1), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.9]
    """

    eta: float
    weight_decay: float = 0.0

    # no memory: in one dimension the walk is a birth-death chain with lattice constant eta
    slots: ClassVar[tuple] = ()
    # a gradient of any size makes a step of length eta
    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # a sign has no size: eta falls as k^(-1/2) with theta, and eta weight_decay must not change
    powers_of_k: ClassVar[dict] = {"weight_decay": 1 / 2}
    stationarity: ClassVar[str] = RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")
        not_negative(self.weight_decay, "weight_decay")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            # ``sign`` has a zero: at a flat point nothing moves, where math.copysign would step
            theta[i] -= self.eta * (sign(g) + self.weight_decay * theta[i])
