"""MADGRAD: dual averaging with cube roots."""

import math
from typing import ClassVar

from diffusion.checks import fraction, not_negative, positive
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates
from diffusion.optimizers.degree import EXPONENT, NOT_STATIONARY
from diffusion.optimizers.lane_numbers import SMALLEST
from diffusion.vector_log import cube_root


@part
class MADGRAD:
    r"""Momentumised, adaptive, dual averaged gradient (Defazio & Jelassi 2022).

    .. math::
        \gamma &= (\eta + \epsilon_\eta) \sqrt{t}, \quad s = s + \gamma g, \quad v = v + \gamma g^2, \quad
        z = \theta_0 - \frac{s}{v^{1/3} + \epsilon} \\
        \theta &\leftarrow \beta_1 \theta + (1 - \beta_1) z - (\eta + \epsilon_\eta) \lambda \theta

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1 : float
        Inertia, in [0, 1).
    eps : float
        Constant added to the cube root, 0 or more.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.
    eps_rate : float, optional
        Constant :math:`\epsilon_\eta` added to the learning rate, 0 or more. Without it, it is ``eps``, as with makers,
        although the two have different dimensions.

    Notes
    -----
    The learning rate enters as eta^(2/3), with degrees h = 1/3, d = 0, so p = 2/3: on a loss sharper by k, eta and
    eps_rate take a factor 1 / k, weight_decay k, and eps stays. Not stationary: sums over the whole past. A first
    gradient of zero only decays theta. 

    Examples
    --------
    >>> from diffusion import MADGRAD, replay
    >>> replay(MADGRAD(1.0, 0.0, eps=0.0), [1.0], [[8.0]]).ravel().round(6).tolist()
    [1.0, -1.0]
    """

    eta: float
    beta1: float = 0.9
    eps: float = 1e-6
    weight_decay: float = 0.0
    eps_rate: float | None = None

    # initial theta_0, whether it is set, s, v, t; scratch
    slots: ClassVar[tuple] = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    gradient_degree: ClassVar[float] = 1 / 3
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eta enters as eta / eta^(1/3): p = 2/3 means a factor 1 / k for eta itself. eps stays, since eta g^2,
    # whose cube root it is added to, does
    powers_of_k: ClassVar[dict] = {"eta": -1, "eps_rate": -1, "weight_decay": 1}
    # s and v are sums over the whole past
    stationarity: ClassVar[str] = NOT_STATIONARY

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        not_negative(self.eps, "eps")
        not_negative(self.weight_decay, "weight_decay")
        object.__setattr__(self, "eps_rate", self.eps if self.eps_rate is None else self.eps_rate)
        not_negative(self.eps_rate, "eps_rate")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        start, known, s, v, t, weight = state
        rate = self.eta + self.eps_rate
        for l in range(LANES):
            t[l] += 1
            # v grows as t^(3/2), its cube root as sqrt(t): with weights sqrt(t) new gradients keep their
            # influence
            weight[l] = rate * math.sqrt(t[l])
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(weight)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            # a restarted walker has known = 0, and takes its new position as theta_0
            start[i] = start[i] if known[i] > 0 else theta[i]
            known[i] = 1.0
            s[i] += weight[i] * g
            v[i] += weight[i] * g * g
        for i in range(theta.size):  # a loop of its own: with the sums above it would not vectorise
            # two floors: cube_root needs a positive number, and with eps = 0 the root of no gradient is zero
            z = start[i] - s[i] / max(cube_root(max(v[i], SMALLEST)) + self.eps, SMALLEST)
            theta[i] = (self.beta1 - rate * self.weight_decay) * theta[i] + (1 - self.beta1) * z
