"""QHAdam: Adam mixed with the present gradient."""

import math
from typing import ClassVar

from diffusion.checks import flag, fraction, not_negative, positive, require_number
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import SMALLEST, single


@part
class QHAdam:
    r"""Quasi-hyperbolic Adam (Ma & Yarats 2019).

    .. math::
        m &= \beta_1 m + (1 - \beta_1) g, \quad v = \beta_2 v + (1 - \beta_2) g^2 \\
        \theta &\leftarrow \theta - \eta \left( \frac{(1 - \nu_1) g + \nu_1 \hat m}
        {\sqrt{(1 - \nu_2) g^2 + \nu_2 \hat v} + \epsilon} + \lambda \theta \right)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1, beta2 : float
        Memory of the gradient and of its square, in [0, 1).
    nu1, nu2 : float
        Shares of the averages in the step, in [0, 1].
    eps : float
        Constant added to the root of the second moment, 0 or more.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.
    single_precision : bool
        Round the weights of a new gradient to single precision, as pytorch_optimizer does.

    Notes
    -----
    Degrees h = 0, d = 0. On a loss sharper by k, eta takes a factor k^(-1/2), eps and weight_decay
    k^(1/2). A first gradient of zero only decays theta.

    Examples
    --------
    >>> from diffusion import QHAdam, replay
    >>> replay(QHAdam(0.1), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.9]
    """

    eta: float
    beta1: float = 0.9
    beta2: float = 0.999
    # the paper's defaults: 30 % plain gradient in the step, none in the size
    nu1: float = 0.7
    nu2: float = 1.0
    eps: float = 1e-8
    weight_decay: float = 0.0
    single_precision: bool = False

    slots: ClassVar[tuple] = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)  # initial m, v, gradients seen; scratch
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
        require_number(self.nu1, "nu1", "in [0, 1]", 0, 1)
        require_number(self.nu2, "nu2", "in [0, 1]", 0, 1)
        not_negative(self.eps, "eps")
        not_negative(self.weight_decay, "weight_decay")
        flag(self.single_precision, "single_precision")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, v, seen1, seen2, new1, new2 = state
        for l in range(LANES):
            # a new gradient weighs 1 / (1 + beta + beta^2 + ...): m and v need no bias correction
            if self.single_precision:
                seen1[l] = single(single(seen1[l] * single(self.beta1)) + 1)
                seen2[l] = single(single(seen2[l] * single(self.beta2)) + 1)
                new1[l], new2[l] = single(1 / seen1[l]), single(1 / seen2[l])
            else:
                seen1[l] = seen1[l] * self.beta1 + 1
                seen2[l] = seen2[l] * self.beta2 + 1
                new1[l], new2[l] = 1 / seen1[l], 1 / seen2[l]
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(new1)
        copy_to_coordinates(new2)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            m[i] += new1[i] * (g - m[i])
            v[i] += new2[i] * (g * g - v[i])
            # the present gradient may enter both the step (1 - nu1) and its size (1 - nu2)
            size = math.sqrt((1 - self.nu2) * g * g + self.nu2 * v[i]) + self.eps
            step = ((1 - self.nu1) * g + self.nu1 * m[i]) / max(size, SMALLEST)
            # decoupled decay: lambda theta is not divided by the size of the gradients
            theta[i] -= self.eta * (step + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The second moment keeps its present value.
        """
        m, v, _, _, _, _ = state
        size = max(math.sqrt(self.nu2 * v[i]) + self.eps, SMALLEST)
        # without gradients only the share nu1 of m is left in the step: beta1 m + beta1^2 m + ...
        return -self.eta * self.nu1 * self.beta1 / (1 - self.beta1) * m[i] / size
