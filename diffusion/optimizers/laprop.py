"""LaProp: momentum of normalised gradients."""

import math
from typing import ClassVar

from diffusion.checks import flag, fraction, not_negative, positive
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import SMALLEST, next_power, single


@part
class LaProp:
    r"""Adam that divides first, averages afterwards (Ziyin, Wang & Ueda 2020).

    .. math::
        v &= \beta_2 v + (1 - \beta_2) g^2, \quad
        m = \beta_1 m + (1 - \beta_1) \frac{\sqrt{1 - \beta_2^t} \, g}{\sqrt{v + \epsilon_r} + \epsilon} \\
        \theta &\leftarrow (1 - \eta \lambda) (\theta - \eta \hat m)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1, beta2 : float
        Memory of the gradient and of its square, in [0, 1).
    eps : float
        Constant added to the root of the second moment, 0 or more.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.
    eps_root : float
        Constant :math:`\epsilon_r` added under the root, 0 or more; pytorch_optimizer has 1e-15, the authors none.
    single_precision : bool
        Round the bias corrections to single precision, as pytorch_optimizer does.

    Notes
    -----
    Degrees h = 0, d = 0. On a loss sharper by k, eta takes a factor k^(-1/2), eps and weight_decay k^(1/2), eps_root k.
    Theta decays after the step, as in pytorch_optimizer. A first gradient of zero only decays theta.

    Examples
    --------
    >>> from diffusion import LaProp, replay
    >>> replay(LaProp(0.1), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.9]
    """

    eta: float
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-15
    weight_decay: float = 0.0
    eps_root: float = 1e-15
    single_precision: bool = False

    slots: ClassVar[tuple] = (0.0, 0.0, 1.0, 1.0, 0.0, 0.0)  # initial m, v, beta1**t, beta2**t; scratch
    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eps stands beside the size of a gradient, which grows as sqrt(k); eta falls as 1 / sqrt(k), and the
    # share of theta that decays, eta weight_decay, must not change
    # eps_root stands beside the square of a gradient, which grows as k
    powers_of_k: ClassVar[dict] = {"eps": 1 / 2, "weight_decay": 1 / 2, "eps_root": 1}
    stationarity: ClassVar[str] = RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        # with beta = 1 the correction 1 - beta**t would be zero, and the step infinite or nothing
        fraction(self.beta2, "beta2")
        not_negative(self.eps, "eps")
        not_negative(self.weight_decay, "weight_decay")
        not_negative(self.eps_root, "eps_root")
        flag(self.single_precision, "single_precision")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, v, beta1_t, beta2_t, m_unbias, root = state
        # each lane has its own t, and so its own powers: walkers start, and restart, at different times
        next_power(beta1_t, self.beta1)
        next_power(beta2_t, self.beta2)
        for l in range(LANES):
            correction = 1 / (1 - beta1_t[l])
            m_unbias[l] = single(correction) if self.single_precision else correction
            root[l] = math.sqrt(1 - beta2_t[l])
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(m_unbias)
        copy_to_coordinates(root)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            v[i] = self.beta2 * v[i] + (1 - self.beta2) * g * g
            # with eps = eps_root = 0 and no gradient so far the floor prevents 0 / 0
            size = max(math.sqrt(v[i] + self.eps_root) + self.eps, SMALLEST)
            # m averages numbers without dimension: an old gradient keeps the scale it had when it was seen
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * root[i] * g / size
            # the decay multiplies the finished step too, by 1 - eta lambda, as in pytorch_optimizer
            theta[i] = (theta[i] - self.eta * m[i] * m_unbias[i]) * (1 - self.eta * self.weight_decay)

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``."""
        # without gradients m becomes beta1 m, beta1^2 m, ...: together beta1 / (1 - beta1) m
        m, _, _, _, m_unbias, _ = state
        # m is normalised already, so that no second moment appears
        return -self.eta * self.beta1 / (1 - self.beta1) * m[i] * m_unbias[i]
