"""ADOPT: Adam divided by earlier gradients only."""

import math
from typing import ClassVar

from diffusion.checks import flag, fraction, not_negative, positive
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates
from diffusion.optimizers.degree import EXPONENT, TRANSIENT
from diffusion.optimizers.lane_numbers import SMALLEST


@part
class ADOPT:
    r"""Adam divided by earlier gradients (Taniguchi et al. 2024).

    A gradient is divided by a second moment that does not contain it.

    .. math::
        n &= \operatorname{clip}\left( \frac{g}{\max(\sqrt{v}, \epsilon)}, \pm t^{1/4} \right), \quad
        m = \beta_1 m + (1 - \beta_1) n \\
        \theta &\leftarrow \theta - \eta (m + \lambda \theta), \quad v = \beta_2 v + (1 - \beta_2) g^2

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1, beta2 : float
        Memory of the gradient and of its square, in [0, 1).
    eps : float
        Smallest root of the second moment, 0 or more.
    clip : bool
        Whether normalised gradients are clipped at t^(1/4).
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.

    Notes
    -----
    The first iteration sets v = g^2 and only decays theta, whatever the gradient. Degrees h = 0, d = 0; the clip opens
    as time goes on. On a loss sharper by k, eta takes a factor k^(-1/2), eps and weight_decay k^(1/2). After a first
    gradient of zero the second one is divided by eps, and clipped. The authors' t counts one less than
    pytorch_optimizer's, which is the one here.

    Examples
    --------
    >>> from diffusion import ADOPT, replay
    >>> replay(ADOPT(0.1, 0.0), [1.0], [[4.0], [2.0]]).ravel().round(6).tolist()
    [1.0, 1.0, 0.95]
    """

    eta: float
    beta1: float = 0.9
    # longer than Adam's 0.999, the makers' default
    beta2: float = 0.9999
    eps: float = 1e-6
    clip: bool = True
    weight_decay: float = 0.0

    # initial m, v, t; scratch: bound, weight of a new square
    slots: ClassVar[tuple] = (0.0, 0.0, 0.0, 0.0, 0.0)
    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # eps stands beside the size of a gradient, which grows as sqrt(k); eta falls as 1 / sqrt(k), and the
    # share of theta that decays, eta weight_decay, must not change
    powers_of_k: ClassVar[dict] = {"eps": 1 / 2, "weight_decay": 1 / 2}
    # the clip opens as t^(1/4): at t = 10,000 it cuts gradients above 10 root mean squares only
    stationarity: ClassVar[str] = TRANSIENT

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        fraction(self.beta2, "beta2")
        not_negative(self.eps, "eps")
        flag(self.clip, "clip")
        not_negative(self.weight_decay, "weight_decay")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, v, t, bound, new = state
        for l in range(LANES):
            t[l] += 1
            # at first nothing passes: v has no older gradient to know
            wide = math.sqrt(math.sqrt(t[l])) if self.clip else math.inf
            bound[l] = wide if t[l] > 1 else 0.0
            new[l] = 1 - self.beta2 if t[l] > 1 else 1.0
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(bound)
        copy_to_coordinates(new)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            # eps bounds the root from below; here it is not added, unlike in Adam
            n = g / max(math.sqrt(v[i]), self.eps, SMALLEST)
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * min(max(n, -bound[i]), bound[i])
            # after n: v must not contain the gradient that it divides, or their correlation biases the step
            v[i] = (1 - new[i]) * v[i] + new[i] * g * g
            theta[i] -= self.eta * (m[i] + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``."""
        # without gradients m becomes beta1 m, beta1^2 m, ...: together beta1 / (1 - beta1) m
        return -self.eta * self.beta1 / (1 - self.beta1) * state[0][i]
