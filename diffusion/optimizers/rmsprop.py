"""RMSprop: gradient over its moving root mean square."""

import math
from dataclasses import field
from typing import ClassVar

from diffusion.checks import flag, fraction, not_negative, positive
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import SMALLEST, next_power


@part
class RMSprop:
    r"""Gradient over its root mean square (Tieleman & Hinton 2012).

    The mean is a moving average.

    .. math::
        v &= \beta_2 v + (1 - \beta_2) g^2, \quad m = \beta_1 m + \frac{g}{\sqrt{v} + \epsilon} \\
        \theta &\leftarrow \theta - \eta (m + \lambda \theta)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta2 : float
        Memory of the squared gradient, in [0, 1); torch's default is 0.99, optax's 0.9.
    eps : float
        Constant added to the root, 0 or more.
    bias_correction : bool
        Divide v by 1 - beta2^t.
    eps_inside : bool
        Add eps under the root, as optax does; torch adds it to the root.
    beta1 : float
        Inertia of the normalised gradient, in [0, 1); 0 is none.
    centered : bool
        Divide by the standard deviation: the squared mean is subtracted from v.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.

    Notes
    -----
    Degrees h = 0, d = 0. On a loss sharper by k, eta takes a factor k^(-1/2), weight_decay k^(1/2), eps k^(1/2), or k
    if it is inside the root. A first gradient of zero only decays theta.

    Examples
    --------
    >>> from diffusion import RMSprop, replay
    >>> replay(RMSprop(0.1, 0.75), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.8]
    """

    eta: float
    # torch's default; optax has 0.9, ten times shorter
    beta2: float = 0.99
    eps: float = 1e-8
    bias_correction: bool = False
    eps_inside: bool = False
    beta1: float = 0.0
    centered: bool = False
    weight_decay: float = 0.0
    under: float = field(init=False, repr=False)  # constant under the root
    beside: float = field(init=False, repr=False)  # constant added to the root

    slots: ClassVar[tuple] = (0.0, 0.0, 0.0, 1.0, 0.0)  # initial m, v, mean of g, beta2**t; scratch
    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    stationarity: ClassVar[str] = RENEWAL

    @property
    def powers_of_k(self):
        """Power of k of each constant."""
        # inside the root eps stands beside a squared gradient (k), outside beside its size (k^(1/2))
        return {"eps": 1 if self.eps_inside else 1 / 2, "weight_decay": 1 / 2}

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta2, "beta2")
        not_negative(self.eps, "eps")
        flag(self.bias_correction, "bias_correction")
        flag(self.eps_inside, "eps_inside")
        fraction(self.beta1, "beta1")
        flag(self.centered, "centered")
        not_negative(self.weight_decay, "weight_decay")
        # two numbers, one of them 0: the kernel adds both and needs no branch
        object.__setattr__(self, "under", self.eps if self.eps_inside else 0.0)
        object.__setattr__(self, "beside", 0.0 if self.eps_inside else self.eps)

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, v, mean, beta2_t, v_unbias = state
        next_power(beta2_t, self.beta2)
        for l in range(LANES):
            # False counts as 0: without correction the factor is 1
            v_unbias[l] = 1 / (1 - self.bias_correction * beta2_t[l])
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(v_unbias)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            v[i] = self.beta2 * v[i] + (1 - self.beta2) * g * g
            mean[i] = self.beta2 * mean[i] + (1 - self.beta2) * g
            # rounding may leave less than nothing of a gradient that does not vary
            spread = max((v[i] - self.centered * mean[i] * mean[i]) * v_unbias[i], 0.0)
            # torch's order: the gradient is divided first, and inertia acts on the quotient
            m[i] = self.beta1 * m[i] + g / max(math.sqrt(spread + self.under) + self.beside, SMALLEST)
            # decoupled decay: lambda theta is not divided by the size of the gradients
            theta[i] -= self.eta * (m[i] + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``."""
        # without gradients m becomes beta1 m, beta1^2 m, ...: together beta1 / (1 - beta1) m
        return -self.eta * self.beta1 / (1 - self.beta1) * state[0][i]
