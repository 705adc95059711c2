"""DoG: distance from the start over summed gradients."""

import math
from typing import ClassVar

from diffusion.checks import not_negative, positive
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates, norms
from diffusion.optimizers.degree import EXPONENT, NOT_STATIONARY
from diffusion.optimizers.lane_numbers import SMALLEST


@part
class DoG:
    r"""Distance over gradients (Ivgi, Hinder & Carmon 2023).

    The learning rate is estimated from the walk itself.

    .. math::
        r = \max(r, |\theta - \theta_0|), \quad G = G + |g|^2, \quad
        \theta \leftarrow \theta - \eta \frac{r}{\sqrt{G + \epsilon}} g, \qquad r_0 = a + b |\theta_0|

    Parameters
    ----------
    eta : float
        Factor of the step, positive; without dimension.
    eps : float
        Constant added to the sum of squares, 0 or more; optax has it under the root, the authors too.
    initial : float
        First step a, positive.
    relative : float
        Share b of the start's norm in the first step, 0 or more.
    weight_decay : float
        Weight decay added to the gradient, as makers do; 0 or more.

    Notes
    -----
    optax writes r_0 = 1e-6 (1 + |theta_0|), whose 1 has the dimension of theta: ``initial`` and ``relative`` take it
    apart. Degrees h = 0, d = 1, so p = 0; not stationary. On a loss sharper by k, eta and relative stay, eps and
    weight_decay take a factor k, initial k^(-1/2). A first gradient of zero moves nothing but by decay. Norms are sums
    over coordinates, and so slower than Adam's step.

    Examples
    --------
    >>> from diffusion import DoG, replay
    >>> replay(DoG(1.0, eps=0.0, initial=0.1, relative=0.0), [1.0, 1.0], [[3.0, 4.0]]).round(6).tolist()
    [[1.0, 1.0], [0.94, 0.92]]
    """

    eta: float = 1.0
    eps: float = 1e-8
    # optax has 1e-6 (1 + |theta_0|), in which the 1 hides a length; split into two constants here
    initial: float = 1e-6
    relative: float = 1e-6
    weight_decay: float = 0.0

    # initial theta_0, whether it is set, r, G; scratch: g, rate
    slots: ClassVar[tuple] = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 1.0
    exponent = EXPONENT
    powers_of_k: ClassVar[dict] = {"eps": 1, "initial": -1 / 2, "weight_decay": 1}
    # r never falls and G never stops growing: steps depend on the age of the walker
    stationarity: ClassVar[str] = NOT_STATIONARY

    def __post_init__(self):
        positive(self.eta, "eta")
        not_negative(self.eps, "eps")
        positive(self.initial, "initial")
        not_negative(self.relative, "relative")
        not_negative(self.weight_decay, "weight_decay")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        start, known, far, squares, g, rate = state
        for i in range(theta.size):
            g[i] = theta[i] - (start[i] if known[i] > 0 else 0.0)  # at first theta_0 itself
        # one norm per walker, in the first row; the whole walker counts as one layer
        norms(g, rate)
        for l in range(LANES):
            # the largest distance so far; the first is a guess, since a distance of 0 would never move
            far[l] = max(far[l], rate[l]) if known[l] > 0 else self.initial + self.relative * rate[l]
        for i in range(theta.size):
            # a restarted walker has known = 0, and takes its new position as theta_0
            start[i] = start[i] if known[i] > 0 else theta[i]
            known[i] = 1.0
            g[i] = gradient.draw(theta[i], i) + self.weight_decay * theta[i]
        norms(g, rate)
        for l in range(LANES):
            squares[l] += rate[l] * rate[l]
            # with eps = 0 and no gradient so far the floor prevents a division by zero
            rate[l] = self.eta * far[l] / max(math.sqrt(squares[l] + self.eps), SMALLEST)
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(rate)
        for i in range(theta.size):
            theta[i] -= rate[i] * g[i]
