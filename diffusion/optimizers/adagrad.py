"""Adagrad: steps divided by the root of all squared gradients."""

import math
from typing import ClassVar

from diffusion.checks import not_negative, positive
from diffusion.jit import part
from diffusion.optimizers.degree import EXPONENT, NOT_STATIONARY
from diffusion.optimizers.lane_numbers import SMALLEST


@part
class Adagrad:
    r"""Adaptive gradient (Duchi, Hazan & Singer 2011).

    Each step is the gradient over the root of the sum of its squares.

    .. math::
        s = s + g^2, \qquad
        \theta \leftarrow \theta - \eta \left( \frac{g}{\sqrt{s} + \epsilon} + \lambda \theta \right)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    eps : float
        Constant added to the root of the sum, 0 or more.
    initial : float
        Where the sum starts, 0 or more.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.

    Notes
    -----
    Degrees h = 0, d = 0, but not stationary: steps shrink as t^(-1/2). On a loss sharper by k, eta takes a factor
    k^(-1/2), eps and weight_decay k^(1/2), initial k. A first gradient of zero only decays theta. torch starts the sum
    at 0, optax at 0.1 and adds its eps under the root.

    Examples
    --------
    >>> from diffusion import Adagrad, replay
    >>> replay(Adagrad(0.1), [1.0], [[3.0], [4.0]]).ravel().round(6).tolist()
    [1.0, 0.9, 0.82]
    """

    eta: float
    eps: float = 1e-10
    # torch's default; optax starts at 0.1, which shortens the steps while gradients are small
    initial: float = 0.0
    weight_decay: float = 0.0

    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # initial stands beside a squared gradient (k), eps beside its root (k^(1/2))
    powers_of_k: ClassVar[dict] = {"eps": 1 / 2, "initial": 1, "weight_decay": 1 / 2}
    stationarity: ClassVar[str] = NOT_STATIONARY

    # a property, since the sum starts at a value that the user chooses
    @property
    def slots(self):
        """Initial sum."""
        return (self.initial,)

    def __post_init__(self):
        positive(self.eta, "eta")
        not_negative(self.eps, "eps")
        not_negative(self.initial, "initial")
        not_negative(self.weight_decay, "weight_decay")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        (s,) = state
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            # nothing is ever forgotten: steps shrink as t^(-1/2), and escapes get rarer with age
            s[i] += g * g
            # a first gradient of zero would be 0 / 0 with eps = initial = 0
            step = g / max(math.sqrt(s[i]) + self.eps, SMALLEST)
            # decoupled decay: lambda theta is not divided by the size of the gradients
            theta[i] -= self.eta * (step + self.weight_decay * theta[i])
