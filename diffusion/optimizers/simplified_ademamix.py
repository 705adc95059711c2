"""Simplified AdEMAMix: one long memory plus the present gradient."""

import math
from dataclasses import field
from typing import ClassVar

from diffusion.checks import flag, fraction, not_negative, positive
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import SMALLEST, next_power, single


@part
class SimplifiedAdEMAMix:
    r"""Adam plus the present gradient (Morwani et al. 2025).

    One average with a long memory, and the gradient itself alpha times.

    .. math::
        m &= \beta_1 m + (1 - \beta_1) g, \quad v = \beta_2 v + (1 - \beta_2) g^2 \\
        \theta &\leftarrow \theta - \eta \left( \frac{m + \alpha g}{c \, (\sqrt{\hat v} + \epsilon)}
        + \lambda \theta \right), \quad c = 1 - \beta_2^t

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1, beta2 : float
        Memory of the gradient and of its square, in [0, 1).
    alpha : float
        Weight of the fresh gradient, 0 or more.
    eps : float
        Constant added to the root of the second moment, 0 or more.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.
    average : bool
        Whether m is a moving average, as in pytorch_optimizer, or a sum m = beta1 m + g, as in optax and the paper.
    twice : bool
        Whether the step is divided by the factor c once more, as in pytorch_optimizer; optax has c = 1.
    single_precision : bool
        Round the bias corrections to single precision, as pytorch_optimizer does.

    Notes
    -----
    Degrees h = 0, d = 0. On a loss sharper by k, eta takes a factor k^(-1/2), eps and weight_decay k^(1/2). A first
    gradient of zero only decays theta.

    Examples
    --------
    >>> from diffusion import SimplifiedAdEMAMix, replay
    >>> replay(SimplifiedAdEMAMix(0.1, 0.5, twice=False), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.95]
    """

    eta: float
    # longer than Adam's 0.9: m plays the part of AdEMAMix's slow average
    beta1: float = 0.99
    beta2: float = 0.95
    alpha: float = 0.0
    eps: float = 1e-8
    weight_decay: float = 0.0
    average: bool = True
    twice: bool = True
    single_precision: bool = False
    new: float = field(init=False, repr=False)  # weight of a new gradient in m

    slots: ClassVar[tuple] = (0.0, 0.0, 1.0, 0.0, 0.0)  # initial m, v, beta2**t; scratch
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
        not_negative(self.alpha, "alpha")
        not_negative(self.eps, "eps")
        not_negative(self.weight_decay, "weight_decay")
        flag(self.average, "average")
        flag(self.twice, "twice")
        flag(self.single_precision, "single_precision")
        # a sum is 1 / (1 - beta1) times an average: 100 times at 0.99, so eta has to be smaller
        object.__setattr__(self, "new", 1 - self.beta1 if self.average else 1.0)

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, v, beta2_t, eps, factor = state
        next_power(beta2_t, self.beta2)
        for l in range(LANES):
            root = math.sqrt(1 - beta2_t[l])
            # in the order in which pytorch_optimizer rounds
            root = single(root) if self.single_precision else root
            eps[l] = single(root * single(self.eps)) if self.single_precision else root * self.eps
            # pytorch_optimizer divides by c = 1 - beta2**t once more: root / root^2
            factor[l] = 1 / root if self.twice else root
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(eps)
        copy_to_coordinates(factor)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            m[i] = self.beta1 * m[i] + self.new * g
            v[i] = self.beta2 * v[i] + (1 - self.beta2) * g * g
            # sqrt(v_hat) + eps is (sqrt(v) + root eps) / root
            size = max(math.sqrt(v[i]) + eps[i], SMALLEST)
            step = (m[i] + self.alpha * g) / size * factor[i]
            # decoupled decay: lambda theta is not divided by the size of the gradients
            theta[i] -= self.eta * (step + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The second moment keeps its present value.
        """
        # without gradients m becomes beta1 m, beta1^2 m, ...: together beta1 / (1 - beta1) m
        m, v, _, eps, factor = state
        size = max(math.sqrt(v[i]) + eps[i], SMALLEST)
        return -self.eta * self.beta1 / (1 - self.beta1) * m[i] / size * factor[i]
