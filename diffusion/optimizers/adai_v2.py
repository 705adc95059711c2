"""AdaiV2: adaptive inertia with a dampening parameter."""

from dataclasses import field
from typing import ClassVar

from diffusion.checks import fraction, not_negative, positive, require_number
from diffusion.jit import part
from diffusion.lane_loops import ratio_to_mean
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import TINY
from diffusion.vector_log import power


@part
class AdaiV2:
    r"""Adai with adjustable dampening q (Xie et al. 2022, authors' code).

    .. math::
        v &= \beta_2 v + (1 - \beta_2) g^2, \quad
        \beta_1 = \operatorname{clip}\left(1 - \beta_0 (v / \bar v)^{1 / (3 - 2 q)}, 0, 1 - \epsilon\right) \\
        m &= \beta_1 m + (1 - \beta_1)^q g, \quad
        \theta \leftarrow \theta - \eta \left( \beta_0^{1 - q} \frac{m}{1 - \prod \beta_1} + \lambda \theta \right)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta0 : float
        Strength of the inertia adaptation, 0 or more.
    beta2 : float
        Memory of the squared-gradient average, in [0, 1).
    eps : float
        The inertia never exceeds ``1 - eps``; in [2**-53, 1].
    dampening : float
        The power q, in [0, 1]; 1 is `Adai`.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.

    Notes
    -----
    Degrees h = 1, d = 0; v over its mean has no dimension, nor has eps. On a loss sharper by k, eta takes a factor
    1 / k, weight_decay k. While every gradient of a walker has been zero, v over its mean is taken as 1, and theta
    only decays. pytorch_optimizer never lets the mean fall below eps, and so differs where gradients are tiny. A power
    other than 1 makes it slower than Adam.

    Examples
    --------
    >>> from diffusion import AdaiV2, replay
    >>> replay(AdaiV2(0.1, dampening=1.0), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.6]
    """

    eta: float
    beta0: float = 0.1
    beta2: float = 0.99
    eps: float = 1e-3
    dampening: float = 1.0
    weight_decay: float = 0.0
    exponent_of_v: float = field(init=False, repr=False)
    scale: float = field(init=False, repr=False)

    # beta1 and 1 - beta1 have rows of their own, since their powers are taken in a loop of its own
    slots: ClassVar[tuple] = (0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0)  # initial m, v, prod of beta1; scratch
    gradient_degree: ClassVar[float] = 1.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eta falls as 1 / k, and the share of theta that decays, eta weight_decay, must not change
    powers_of_k: ClassVar[dict] = {"weight_decay": 1}
    stationarity: ClassVar[str] = RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")
        not_negative(self.beta0, "beta0")
        fraction(self.beta2, "beta2")
        require_number(self.eps, "eps", "in [2**-53, 1], or 1 - eps is 1", 2**-53, 1)
        require_number(self.dampening, "dampening", "in [0, 1]", 0, 1)
        not_negative(self.weight_decay, "weight_decay")
        # q = 1 gives the power 1 and the scale 1, which is Adai; q = 0 gives a cube root
        object.__setattr__(self, "exponent_of_v", 1 / (3 - 2 * self.dampening))
        # (1 - beta1)^q contains beta0^q; this factor makes it beta0, as with q = 1
        object.__setattr__(self, "scale", self.beta0 ** (1 - self.dampening))

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, v, beta1_prod, g, ratio, beta1, new = state
        for i in range(theta.size):
            g[i] = gradient.draw(theta[i], i)
            v[i] = self.beta2 * v[i] + (1 - self.beta2) * g[i] * g[i]
        # v_hat / mean(v_hat) = v / mean(v): the factor 1 - beta2**t cancels
        ratio_to_mean(v, ratio)
        if self.dampening < 1:  # a logarithm takes longer than all the rest
            for i in range(theta.size):
                ratio[i] = power(ratio[i], self.exponent_of_v) if ratio[i] > TINY else 0.0
        for i in range(theta.size):
            # 1 - eps is the longest memory, 1000 iterations by default
            beta1[i] = min(max(1 - self.beta0 * ratio[i], 0.0), 1 - self.eps)
            new[i] = 1 - beta1[i]
        if self.dampening < 1:
            for i in range(theta.size):
                new[i] = power(new[i], self.dampening)
        for i in range(theta.size):
            # subnormal products would be slow; 1 - TINY is 1, so that the floor changes no digit
            beta1_prod[i] = max(beta1_prod[i] * beta1[i], TINY)
            m[i] = beta1[i] * m[i] + new[i] * g[i]
            step = self.scale * m[i] / (1 - beta1_prod[i])
            theta[i] -= self.eta * (step + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The momentum coefficient keeps its present value.
        """
        m, _, beta1_prod, _, _, beta1, _ = state
        return -self.eta * self.scale * beta1[i] / (1 - beta1[i]) * m[i] / (1 - beta1_prod[i])
