"""NovoGrad: momentum of normalised gradients."""

import math
from dataclasses import field
from typing import ClassVar

from diffusion.checks import flag, fraction, not_negative, one_of, positive
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates, norms
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import SMALLEST


@part
class NovoGrad:
    r"""Momentum of gradients over their norm (Ginsburg et al. 2019).

    .. math::
        v = \beta_2 v + (1 - \beta_2) |g|^2, \quad
        m = \beta_1 m + \left( \frac{g}{\sqrt{v} + \epsilon} + \lambda_m \theta \right), \quad
        \theta \leftarrow \theta - \eta (m + \lambda \theta)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1, beta2 : float
        Memory of the normalised gradient and of the squared norm, in [0, 1).
    eps : float
        Constant added to the root of v, 0 or more.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.
    grad_averaging : bool
        Give a new normalised gradient the weight 1 - beta1 (the first one has 1).
    decay : {"decoupled", "in_momentum"}
        Whether weight_decay is decoupled, or :math:`\lambda_m`, which goes through m, as in the paper.

    Notes
    -----
    v starts at the first squared norm. The norm is that of the walker: one layer. Degrees h = 0, d = 0. On a loss
    sharper by k, eta takes a factor k^(-1/2), eps and weight_decay k^(1/2). A first gradient of zero only decays
    theta. pytorch_optimizer's default is decay in the momentum. The norm is a sum over coordinates.

    Examples
    --------
    >>> from diffusion import NovoGrad, replay
    >>> replay(NovoGrad(0.1, eps=0.0), [1.0, 1.0], [[3.0, 4.0]]).round(6).tolist()
    [[1.0, 1.0], [0.94, 0.92]]
    """

    eta: float
    beta1: float = 0.95
    beta2: float = 0.98
    eps: float = 1e-8
    weight_decay: float = 0.0
    grad_averaging: bool = False
    decay: str = "decoupled"
    through: float = field(init=False, repr=False)  # weight decay through the momentum
    beside: float = field(init=False, repr=False)  # and beside it

    # initial m, v, whether v is set; scratch: g, 1 / size, weight
    slots: ClassVar[tuple] = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eps stands beside the size of a gradient, which grows as sqrt(k); eta falls as 1 / sqrt(k), and the
    # share of theta that decays, eta weight_decay, must not change
    powers_of_k: ClassVar[dict] = {"eps": 1 / 2, "weight_decay": 1 / 2}
    stationarity: ClassVar[str] = RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        fraction(self.beta2, "beta2")
        not_negative(self.eps, "eps")
        not_negative(self.weight_decay, "weight_decay")
        flag(self.grad_averaging, "grad_averaging")
        one_of(self.decay, "decay", ("decoupled", "in_momentum"))
        inside = self.decay == "in_momentum"
        # two numbers, one of them 0: the kernel adds both and needs no branch
        object.__setattr__(self, "through", self.weight_decay if inside else 0.0)
        object.__setattr__(self, "beside", 0.0 if inside else self.weight_decay)

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, v, began, g, inverse, new = state
        for i in range(theta.size):
            g[i] = gradient.draw(theta[i], i)
        # one norm per walker, in the first row; the whole walker counts as one layer
        norms(g, inverse)
        for l in range(LANES):
            square = inverse[l] * inverse[l]
            # v starts at the first square in place of a bias correction; began is 0 for a restarted walker
            v[l] = self.beta2 * v[l] + (1 - self.beta2) * square if began[l] > 0 else square
            # the first normalised gradient counts in full, or m would start at (1 - beta1) of it
            new[l] = 1 - self.beta1 if self.grad_averaging and began[l] > 0 else 1.0
            # with eps = 0 and no gradient so far the floor prevents 0 / 0
            inverse[l] = 1 / max(math.sqrt(v[l]) + self.eps, SMALLEST)
            began[l] = 1.0
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(inverse)
        copy_to_coordinates(new)
        for i in range(theta.size):
            m[i] = self.beta1 * m[i] + new[i] * (g[i] * inverse[i] + self.through * theta[i])
            theta[i] -= self.eta * (m[i] + self.beside * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``."""
        # without gradients m becomes beta1 m, beta1^2 m, ...: together beta1 / (1 - beta1) m
        return -self.eta * self.beta1 / (1 - self.beta1) * state[0][i]
