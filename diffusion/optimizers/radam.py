"""RAdam: Adam with rectified early steps."""

import math
from dataclasses import field
from typing import ClassVar

from diffusion.checks import flag, fraction, not_negative, one_of, positive
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates
from diffusion.optimizers.degree import EXPONENT, TRANSIENT
from diffusion.optimizers.lane_numbers import SMALLEST, next_power

# Length of the average from which on its variance is small enough (Liu et al. 2020, section 5.2).
ADAPTED = 5.0


@part
class RAdam:
    r"""Adam with a rectified variance (Liu et al. 2020).

    .. math::
        \rho_\infty &= \frac{2}{1 - \beta_2} - 1, \quad
        \rho = \rho_\infty - \frac{2 t \beta_2^t}{1 - \beta_2^t}, \quad
        r = \sqrt{\frac{(\rho - 4)(\rho - 2)\rho_\infty}{(\rho_\infty - 4)(\rho_\infty - 2)\rho}} \\
        U &= r \hat m \frac{\sqrt{1 - \beta_2^t}}{\sqrt{v} + \epsilon} \text{ if } \rho > 5,
        \text{ else } \hat m / u; \qquad
        \theta \leftarrow \theta - \eta (U + \lambda \theta)

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1, beta2 : float
        Memory of the gradient and of its square, in [0, 1).
    eps : float
        Constant added to the root of the second moment, 0 or more.
    unadapted_steps : bool
        Whether the first steps (five with beta2 = 0.999) are those of momentum, or wait.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.
    eps_of : {"v", "v_hat"}
        Whether eps is added to the root of v, as in torch, or of the corrected v, as in optax.
    unit : float
        Size u of a gradient for which an unadapted step is as long as an adapted one; makers write 1 and hide that
        it has the dimension of a gradient. Positive.

    Notes
    -----
    Degrees h = 0, d = 0 after the unadapted steps, which have h = 1 and may leave a valley at once. On a loss sharper
    by k, eta takes a factor k^(-1/2), eps, weight_decay and unit k^(1/2). A first gradient of zero only decays theta.

    Examples
    --------
    >>> from diffusion import RAdam, replay
    >>> replay(RAdam(0.1), [1.0], [[4.0]]).ravel().round(6).tolist()
    [1.0, 0.6]
    """

    eta: float
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    unadapted_steps: bool = True
    weight_decay: float = 0.0
    eps_of: str = "v"
    unit: float = 1.0
    of_v: float = field(init=False, repr=False)

    # initial m, v, beta1**t, beta2**t, t; scratch: factor of the step, eps, whether adapted
    slots: ClassVar[tuple] = (0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0)
    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # unit, which makers write as 1, is the size of a gradient, as eps is
    powers_of_k: ClassVar[dict] = {"eps": 1 / 2, "weight_decay": 1 / 2, "unit": 1 / 2}
    # the rectification r approaches 1 within several times 1 / (1 - beta2) iterations, and stays there
    stationarity: ClassVar[str] = TRANSIENT

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        # with beta = 1 the correction 1 - beta**t would be zero, and the step infinite or nothing
        fraction(self.beta2, "beta2")
        not_negative(self.eps, "eps")
        flag(self.unadapted_steps, "unadapted_steps")
        not_negative(self.weight_decay, "weight_decay")
        one_of(self.eps_of, "eps_of", ("v", "v_hat"))
        positive(self.unit, "unit")
        object.__setattr__(self, "of_v", float(self.eps_of == "v"))

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, v, beta1_t, beta2_t, t, step, eps, adapted = state
        # each lane has its own t, and so its own powers: walkers start, and restart, at different times
        next_power(beta1_t, self.beta1)
        next_power(beta2_t, self.beta2)
        longest = 2 / (1 - self.beta2) - 1
        for l in range(LANES):
            t[l] += 1
            left = 1 - beta2_t[l]
            length = longest - 2 * t[l] * beta2_t[l] / left
            adapted[l] = 1.0 if length > ADAPTED else 0.0
            # below 4 the variance of 1 / sqrt(v) is not defined; the clamp keeps the unused branch finite
            long = max(length, ADAPTED)
            ratio = (long - 4) * (long - 2) * longest / ((longest - 4) * (longest - 2) * long)
            # beta2 < 0.6 makes longest - 4 negative: then nothing is ever adapted, and abs keeps the unused
            # root real
            rectified = math.sqrt(abs(ratio) * left)
            # False counts as 0: without unadapted steps the first ones wait
            step[l] = (rectified if length > ADAPTED else self.unadapted_steps / self.unit) / (1 - beta1_t[l])
            # sqrt(v_hat) + eps is (sqrt(v) + eps sqrt(left)) / sqrt(left): optax's eps within torch's formula
            eps[l] = self.eps if self.of_v else self.eps * math.sqrt(left)
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(step)
        copy_to_coordinates(eps)
        copy_to_coordinates(adapted)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * g
            v[i] = self.beta2 * v[i] + (1 - self.beta2) * g * g
            # an unadapted step is divided by unit in its factor, not by v
            size = max(math.sqrt(v[i]) + eps[i], SMALLEST) if adapted[i] > 0 else 1.0
            # decoupled decay: lambda theta is not divided by the size of the gradients
            theta[i] -= self.eta * (step[i] * m[i] / size + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The second moment keeps its present value.
        """
        # without gradients m becomes beta1 m, beta1^2 m, ...: together beta1 / (1 - beta1) m
        m, v, _, _, _, step, eps, adapted = state
        size = max(math.sqrt(v[i]) + eps[i], SMALLEST) if adapted[i] > 0 else 1.0
        return -self.eta * self.beta1 / (1 - self.beta1) * step[i] * m[i] / size
