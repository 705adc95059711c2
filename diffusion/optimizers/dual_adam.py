"""DualAdam: inverse Adam early, Adam late."""

import math
from dataclasses import field
from typing import ClassVar

from diffusion.checks import fraction, not_negative, positive, require_number
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates, unbias
from diffusion.optimizers.degree import EXPONENT, TRANSIENT
from diffusion.optimizers.lane_numbers import SMALLEST


@part
class DualAdam:
    r"""Adam that starts as `InvAdam`.

    .. math::
        m &= \beta_1 m + (1 - \beta_1) g, \quad v = \beta_2 v + (1 - \beta_2) g^2, \quad
        D = \sqrt{\hat v} + \epsilon \\
        \theta &\leftarrow \theta - \eta \left( \hat m \left( w \frac{D}{u^2} + \frac{1 - w}{D} \right)
        + \lambda \theta \right), \quad w = 1 - r t

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    beta1, beta2 : float
        Memory of the gradient and of its square, in [0, 1).
    eps : float
        Constant added to the root of the second moment, 0 or more.
    switch_rate : float
        Rate r at which the weight w of inverse Adam falls, in (0, 1]. Once w would be below r, it is 0.
    weight_decay : float
        Decoupled weight decay :math:`\lambda`, 0 or more.
    unit : float
        Size u of a gradient for which both halves take steps of one length; makers write 1 and hide that it has the
        dimension of a gradient. Positive.

    Notes
    -----
    A crossover: h = 2 at first (p = 3/2), h = 0 from iteration 1 / switch_rate on (p = 1/2). On a loss sharper by k,
    eta takes a factor k^(-1/2), eps, weight_decay and unit k^(1/2). A first gradient of zero only decays theta.

    Examples
    --------
    >>> from diffusion import DualAdam, replay
    >>> replay(DualAdam(0.1, switch_rate=0.5), [1.0], [[2.0]]).ravel().round(6).tolist()
    [1.0, 0.75]
    """

    eta: float
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    switch_rate: float = 1e-2
    weight_decay: float = 0.0
    unit: float = 1.0
    last: float = field(init=False, repr=False)  # iteration up to which inverse Adam has a share

    # initial m, v, powers of beta1, beta2, t; scratch
    slots: ClassVar[tuple] = (0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0)
    gradient_degree: ClassVar[tuple] = (2.0, 0.0)
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    # with u rescaled like a gradient both halves have degree 0, so that eta takes Adam's power throughout
    powers_of_k: ClassVar[dict] = {"eta": -1 / 2, "eps": 1 / 2, "weight_decay": 1 / 2, "unit": 1 / 2}
    stationarity: ClassVar[str] = TRANSIENT

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        # with beta = 1 the correction 1 / (1 - beta**t) would be infinite
        fraction(self.beta2, "beta2")
        not_negative(self.eps, "eps")
        require_number(self.switch_rate, "switch_rate", "in (0, 1]", 2**-1022, 1)
        not_negative(self.weight_decay, "weight_decay")
        positive(self.unit, "unit")
        # counted here, in plain arithmetic: compiled code may fuse 1 - t r, which is about r at the last iteration
        last = int(1 / self.switch_rate) + 1
        while last > 0 and max(0.0, 1.0 - last * self.switch_rate) < self.switch_rate:
            last -= 1
        object.__setattr__(self, "last", float(last))

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, v, beta1_t, beta2_t, t, m_unbias, v_unbias, share = state
        # each lane has its own t and its own corrections: walkers start, and restart, at different times
        unbias(beta1_t, self.beta1, m_unbias)
        unbias(beta2_t, self.beta2, v_unbias)
        for l in range(LANES):
            t[l] += 1
            # w falls linearly; the last share below r is cut to 0, and pure Adam remains
            share[l] = 1 - t[l] * self.switch_rate if t[l] <= self.last else 0.0
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(share)
        # 1 / u^2 gives both halves the same dimension; makers leave it out, which means u = 1
        inverse = 1 / (self.unit * self.unit)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * g
            v[i] = self.beta2 * v[i] + (1 - self.beta2) * g * g
            # with eps = 0 and no gradient so far this would be 0 / 0; the floor makes the step zero
            size = max(math.sqrt(v[i] * v_unbias[i]) + self.eps, SMALLEST)
            step = m[i] * m_unbias[i] * (share[i] * size * inverse + (1 - share[i]) / size)
            # decoupled decay: lambda theta is not divided by the size of the gradients
            theta[i] -= self.eta * (step + self.weight_decay * theta[i])

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The second moment keeps its present value.
        """
        # without gradients m becomes beta1 m, beta1^2 m, ...: together beta1 / (1 - beta1) m
        m, v, _, _, _, m_unbias, v_unbias, share = state
        size = max(math.sqrt(v[i] * v_unbias[i]) + self.eps, SMALLEST)
        rate = share[i] * size / (self.unit * self.unit) + (1 - share[i]) / size
        return -self.eta * self.beta1 / (1 - self.beta1) * m[i] * m_unbias[i] * rate
