"""NAdam: Adam with Nesterov's look-ahead."""

import math
from dataclasses import field
from typing import ClassVar

from diffusion.checks import fraction, not_negative, positive, require_number
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates
from diffusion.optimizers.degree import EXPONENT, TRANSIENT
from diffusion.optimizers.lane_numbers import SMALLEST, TINY, next_power


@part
class NAdam:
    r"""Adam with Nesterov's momentum (Dozat 2016).

    .. math::
        m &= \beta_1 m + (1 - \beta_1) g, \quad v = \beta_2 v + (1 - \beta_2) g^2, \quad
        \mu_t = \beta_1 (1 - \tfrac12 0.96^{t \psi}) \\
        \theta &\leftarrow \theta - \eta \left( \frac{1}{\sqrt{\hat v} + \epsilon} \left(
        \frac{(1 - \mu_t) g}{1 - \prod_{s \le t} \mu_s} + \frac{\mu_{t+1} m}{1 - \prod_{s \le t+1} \mu_s} \right)
        + \lambda \theta \right)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1, beta2 : float
        Memory of the gradient and of its square, in [0, 1).
    eps : float
        Constant added to the root of the second moment, 0 or more.
    momentum_decay : float
        Rate :math:`\psi` at which the momentum coefficient rises from half of beta1 to beta1; 0 or more. With
        ``math.inf`` it is beta1 at once, as in optax.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.

    Notes
    -----
    Degrees h = 0, d = 0. On a loss sharper by k, eta takes a factor k^(-1/2), eps and weight_decay
    k^(1/2). A first gradient of zero only decays theta. torch and optax differ by ``momentum_decay``.

    Examples
    --------
    >>> from diffusion import NAdam, replay
    >>> replay(NAdam(0.1, 0.0, eps=0.0), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.9]
    """

    eta: float
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    momentum_decay: float = 4e-3
    weight_decay: float = 0.0
    shrink: float = field(init=False, repr=False)  # 0.96**momentum_decay

    # initial m, v, beta2**t, 0.96**(t psi), product of mu; scratch: coefficients of g and m, 1 / (1 - beta2**t)
    slots: ClassVar[tuple] = (0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0)
    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eps stands beside the size of a gradient, which grows as sqrt(k); eta falls as 1 / sqrt(k), and the
    # share of theta that decays, eta weight_decay, must not change
    powers_of_k: ClassVar[dict] = {"eps": 1 / 2, "weight_decay": 1 / 2}
    # psi = 4e-3: the schedule has a time constant of 1 / (psi log(1 / 0.96)) = 6,100 iterations
    stationarity: ClassVar[str] = TRANSIENT

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        # with beta = 1 the correction 1 - beta**t would be zero, and the step infinite or nothing
        fraction(self.beta2, "beta2")
        not_negative(self.eps, "eps")
        if not (isinstance(self.momentum_decay, float) and self.momentum_decay == math.inf):
            require_number(self.momentum_decay, "momentum_decay", "0 or more (math.inf: no schedule)", 0)
        not_negative(self.weight_decay, "weight_decay")
        # infinite momentum_decay gives 0: mu is beta1 at once, as in optax
        object.__setattr__(self, "shrink", 0.96**self.momentum_decay)

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, v, beta2_t, late, product, of_g, of_m, v_unbias = state
        # each lane has its own t, and so its own powers: walkers start, and restart, at different times
        next_power(beta2_t, self.beta2)
        for l in range(LANES):
            # TINY keeps subnormal numbers, which are slow, away; it changes no digit
            late[l] = max(late[l] * self.shrink, TINY)
            # Dozat's schedule: the coefficient rises from about beta1 / 2 to beta1, with 0.96 and 1/2 as
            # printed
            mu = self.beta1 * (1 - 0.5 * late[l])
            ahead = self.beta1 * (1 - 0.5 * late[l] * self.shrink)
            # the coefficients change, so the correction is one minus their product, not 1 - beta1**t
            product[l] = max(product[l] * mu, TINY)
            of_g[l] = (1 - mu) / (1 - product[l])
            of_m[l] = ahead / (1 - product[l] * ahead)
            v_unbias[l] = 1 / (1 - beta2_t[l])
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(of_g)
        copy_to_coordinates(of_m)
        copy_to_coordinates(v_unbias)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * g
            v[i] = self.beta2 * v[i] + (1 - self.beta2) * g * g
            # with eps = 0 and no gradient so far this would be 0 / 0; the floor makes the step zero
            size = max(math.sqrt(v[i] * v_unbias[i]) + self.eps, SMALLEST)
            # decoupled decay: lambda theta is not divided by the size of the gradients
            theta[i] -= self.eta * ((of_g[i] * g + of_m[i] * m[i]) / size + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The second moment keeps its present value.
        """
        m, v, _, _, _, _, of_m, v_unbias = state
        size = max(math.sqrt(v[i] * v_unbias[i]) + self.eps, SMALLEST)
        # the coefficient of m is held too; m itself becomes beta1 m, beta1^2 m, ...
        return -self.eta * self.beta1 / (1 - self.beta1) * of_m[i] * m[i] / size
