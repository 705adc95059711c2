"""PNM: momentum with a negative weight."""

import math
from dataclasses import field
from typing import ClassVar

from diffusion.checks import fraction, not_negative, positive
from diffusion.jit import part
from diffusion.optimizers.degree import EXPONENT, RENEWAL


@part
class PNM:
    r"""Positive-negative momentum (Xie et al. 2021).

    .. math::
        m_t = \beta_1^2 m_{t-2} + (1 - \beta_1^2) g, \qquad
        \theta \leftarrow \theta - \eta \left(
        \frac{(1 + \beta_0) m_t - \beta_0 m_{t-1}}{\sqrt{(1 + \beta_0)^2 + \beta_0^2}} + \lambda \theta \right)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1 : float
        Memory of the gradient, in [0, 1).
    beta0 : float
        Weight of the negative part, 0 or more; it makes the noise stronger and leaves the mean as it is.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.

    Notes
    -----
    Each moving average sees every second gradient. Degrees h = 1, d = 0. On a loss sharper by k, eta takes a factor
    1 / k, weight_decay k. A first gradient of zero only decays theta.

    Examples
    --------
    >>> from diffusion import PNM, replay
    >>> replay(PNM(0.1, 0.0, 0.0), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.6]
    """

    eta: float
    beta1: float = 0.9
    beta0: float = 1.0
    weight_decay: float = 0.0
    norm: float = field(init=False, repr=False)  # makes the squared weights sum to one

    slots: ClassVar[tuple] = (0.0, 0.0)  # initial m, and m one iteration earlier
    gradient_degree: ClassVar[float] = 1.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eta falls as 1 / k, and the share of theta that decays, eta weight_decay, must not change
    powers_of_k: ClassVar[dict] = {"weight_decay": 1}
    stationarity: ClassVar[str] = RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        not_negative(self.beta0, "beta0")
        not_negative(self.weight_decay, "weight_decay")
        object.__setattr__(self, "norm", math.hypot(1 + self.beta0, self.beta0))

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, earlier = state
        kept = self.beta1 * self.beta1
        for i in range(theta.size):
            # beta1^2 over two iterations is beta1 over one: both averages remember as long as plain momentum
            now = kept * earlier[i] + (1 - kept) * gradient.draw(theta[i], i)
            # the rows shift by one iteration: the average of two iterations ago is used up
            earlier[i] = m[i]
            m[i] = now
            step = ((1 + self.beta0) * now - self.beta0 * earlier[i]) / self.norm
            theta[i] -= self.eta * (step + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``."""
        m, earlier = state
        kept = self.beta1 * self.beta1
        # all m to come sum to S = kept / (1 - kept) (m + earlier); (1 + beta0) S - beta0 (m + S) is left
        return -self.eta * (kept / (1 - kept) * (m[i] + earlier[i]) - self.beta0 * m[i]) / self.norm
