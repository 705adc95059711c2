"""Nesterov: heavy ball with look-ahead."""

from typing import ClassVar

from diffusion.checks import flag, fraction, not_negative, positive
from diffusion.jit import part
from diffusion.optimizers.degree import EXPONENT, RENEWAL


@part
class LookAheadNesterov:
    """Nesterov's rule whose gradient is taken ahead of theta.

    `Nesterov` runs it with ``look_ahead``.
    """

    eta: float
    beta1: float
    weight_decay: float

    slots: ClassVar[tuple] = (0.0,)
    looks_ahead: ClassVar[bool] = True

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        (m,) = state
        for i in range(theta.size):
            # beta1 m is known before the gradient is: the ball would roll so far without one
            g = gradient.draw(theta[i] - self.eta * self.beta1 * m[i], i)
            m[i] = self.beta1 * m[i] + g
            theta[i] -= self.eta * (m[i] + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``."""
        return -self.eta * self.beta1 / (1 - self.beta1) * state[0][i]


@part
class Nesterov:
    r"""Nesterov's accelerated gradient (Sutskever et al. 2013).

    The form with one point, in which theta itself looks ahead, or the older one with two.

    .. math:: m = \beta_1 m + g, \qquad \theta \leftarrow \theta - \eta (g + \beta_1 m + \lambda \theta)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1 : float
        Inertia, in [0, 1).
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.
    look_ahead : bool
        Theta is the ball, as in Nesterov (1983), and the gradient is taken ahead of it, at
        :math:`\theta - \eta \beta_1 m`; then :math:`\theta \leftarrow \theta - \eta (m + \lambda \theta)`.

    Notes
    -----
    Theta is the point at which the gradient is taken, ahead of the ball by its inertia: the form of torch and optax.
    With ``look_ahead`` and without decay the ball is at :math:`\theta + \eta \beta_1 m` of that form.
    Degrees h = 1, d = 0. On a loss sharper by k, eta takes a factor 1 / k, weight_decay k. A first gradient of zero
    only decays theta. torch adds its weight decay to the gradient.

    Examples
    --------
    >>> from diffusion import Nesterov, replay
    >>> replay(Nesterov(0.1, 0.5), [1.0], [[1.0], [0.0]]).ravel().round(6).tolist()
    [1.0, 0.85, 0.825]
    """

    eta: float
    beta1: float = 0.9
    weight_decay: float = 0.0
    look_ahead: bool = False

    slots: ClassVar[tuple] = (0.0,)  # initial m
    gradient_degree: ClassVar[float] = 1.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eta falls as 1 / k, and the share of theta that decays, eta weight_decay, must not change
    powers_of_k: ClassVar[dict] = {"weight_decay": 1}
    stationarity: ClassVar[str] = RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")
        # with beta1 = 1 a ball would never slow down
        fraction(self.beta1, "beta1")
        not_negative(self.weight_decay, "weight_decay")
        flag(self.look_ahead, "look_ahead")

    def variant(self):
        """Return the optimizer whose kernels run."""
        return LookAheadNesterov(self.eta, self.beta1, self.weight_decay) if self.look_ahead else self

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        (m,) = state
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            # no dampening: a new gradient counts in full, so that the long-run step is eta / (1 - beta1) g
            m[i] = self.beta1 * m[i] + g
            theta[i] -= self.eta * (g + self.beta1 * m[i] + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``."""
        # theta is ahead by beta1 m already; what is left is beta1^2 m + beta1^3 m + ...
        return -self.eta * self.beta1 * self.beta1 / (1 - self.beta1) * state[0][i]
