"""ASGD: SGD with a falling learning rate."""

from typing import ClassVar

from diffusion.checks import not_negative, positive
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates
from diffusion.optimizers.degree import EXPONENT, NOT_STATIONARY
from diffusion.vector_log import power


@part
class ASGD:
    r"""Averaged SGD (Polyak & Juditsky 1992; Bottou 2012).

    Theta is the moving point; the average is not kept.

    .. math::
        \theta \leftarrow \theta - \eta_t (g + \lambda \theta), \qquad
        \eta_t = \eta / (1 + \lambda \eta (t - 1))^{\alpha}

    Parameters
    ----------
    eta : float
        First learning rate, positive.
    decay : float
        Rate :math:`\lambda` at which theta and the learning rate decay, 0 or more.
    alpha : float
        Power with which the learning rate falls, 0 or more.

    Notes
    -----
    The average of theta that torch keeps beside it has no effect on the walk, and is left out. Degrees h = 1, d = 0;
    not stationary. On a loss sharper by k, eta takes a factor 1 / k, decay k. A first gradient of zero only decays
    theta.

    Examples
    --------
    >>> from diffusion import ASGD, replay
    >>> replay(ASGD(0.5, decay=2.0, alpha=1.0), [0.0], [[1.0], [1.0]]).ravel().round(6).tolist()
    [0.0, -0.5, -0.5]
    """

    eta: float
    # torch's defaults, lambd and alpha
    decay: float = 1e-4
    alpha: float = 0.75

    slots: ClassVar[tuple] = (0.0, 0.0)  # initial t; scratch
    gradient_degree: ClassVar[float] = 1.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # decay eta, which sets both decays, has no dimension: decay grows as eta falls
    powers_of_k: ClassVar[dict] = {"decay": 1}
    # the learning rate falls for ever, and with it the temperature: escapes get rarer with age
    stationarity: ClassVar[str] = NOT_STATIONARY

    def __post_init__(self):
        positive(self.eta, "eta")
        not_negative(self.decay, "decay")
        not_negative(self.alpha, "alpha")

    @property
    def weight_decay(self):
        """Decay of theta."""
        return self.decay

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        t, rate = state
        for l in range(LANES):
            # t counts the iterations before this one, so that the first step has the full rate eta
            rate[l] = self.eta * power(1 + self.decay * self.eta * t[l], -self.alpha)
            t[l] += 1
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(rate)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            theta[i] -= rate[i] * (g + self.decay * theta[i])
