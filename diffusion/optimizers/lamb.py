"""LAMB: Adam with steps proportional to the norm of theta."""

import math
from dataclasses import field
from typing import ClassVar

from diffusion.checks import flag, fraction, largest, not_negative, one_of, positive
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates, norms, unbias
from diffusion.optimizers.degree import EXPONENT, RENEWAL
from diffusion.optimizers.lane_numbers import SMALLEST


@part
class LAMB:
    r"""Layer-wise Adam (You et al. 2020).

    Every step is a fixed share of the norm of theta.

    .. math::
        u = \frac{\hat m}{\sqrt{\hat v} + \epsilon} + \lambda \theta, \qquad
        \theta \leftarrow \theta - \eta \frac{\min(|\theta|, N)}{|u| + \epsilon_u} u

    Parameters
    ----------
    eta : float
        Learning rate, positive; without dimension.
    beta1, beta2 : float
        Memory of the gradient and of its square, in [0, 1).
    eps : float
        Constant added to the root of the second moment, 0 or more.
    weight_decay : float
        Weight decay :math:`\lambda`, 0 or more.
    decay : {"in_step", "decoupled"}
        Whether lambda theta is part of u, as in the paper, or theta decays by eta lambda first.
    bias_correction : bool
        Whether u has both bias corrections, as in optax. pytorch_optimizer has none in u, and divides the learning
        rate by 1 - beta1^t.
    eps_norm : float
        Constant :math:`\epsilon_u` added to the norm of u, 0 or more; pytorch_optimizer has its eps there too.
    largest_norm : float
        Largest norm N of theta that counts; pytorch_optimizer has 10, the paper and optax no bound (``math.inf``).

    Notes
    -----
    The norms are those of the walker: one layer. Where theta or u is zero their ratio counts as 1, so that a first
    gradient of zero moves nothing but by decay. Degrees h = 0, d = 1, so p = 0: it takes no notice of sharpness. On a
    loss sharper by k, eta stays, eps takes a factor k^(1/2), largest_norm k^(-1/2); weight_decay k^(1/2) within the
    step, while a decoupled one stays. Norms are sums over coordinates, and so slower than Adam's step.

    Examples
    --------
    >>> from diffusion import LAMB, replay
    >>> replay(LAMB(0.1), [3.0, 4.0], [[1.0, 0.0]]).round(6).tolist()
    [[3.0, 4.0], [2.5, 4.0]]
    """

    eta: float
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-6
    weight_decay: float = 0.0
    decay: str = "in_step"
    bias_correction: bool = True
    eps_norm: float = 0.0
    largest_norm: float = math.inf
    within: float = field(init=False, repr=False)  # weight decay within the step
    beside: float = field(init=False, repr=False)  # and beside it

    # initial m, v, powers of beta1, beta2; scratch: corrections, step, norms
    slots: ClassVar[tuple] = (0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    gradient_degree: ClassVar[float] = 0.0
    parameter_degree: ClassVar[float] = 1.0
    exponent = EXPONENT
    stationarity: ClassVar[str] = RENEWAL

    @property
    def powers_of_k(self):
        """Power of k of each constant."""
        # in the step lambda theta is added to a pure number; decoupled, eta lambda is one already
        decay = {"weight_decay": 1 / 2} if self.decay == "in_step" else {}
        return {"eps": 1 / 2, "largest_norm": -1 / 2, **decay}

    def __post_init__(self):
        positive(self.eta, "eta")
        fraction(self.beta1, "beta1")
        # with beta = 1 the correction 1 / (1 - beta**t) would be infinite
        fraction(self.beta2, "beta2")
        not_negative(self.eps, "eps")
        not_negative(self.weight_decay, "weight_decay")
        one_of(self.decay, "decay", ("in_step", "decoupled"))
        flag(self.bias_correction, "bias_correction")
        not_negative(self.eps_norm, "eps_norm")
        largest(self.largest_norm, "largest_norm")
        inside = self.decay == "in_step"
        object.__setattr__(self, "within", self.weight_decay if inside else 0.0)
        object.__setattr__(self, "beside", 0.0 if inside else self.eta * self.weight_decay)

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        m, v, beta1_t, beta2_t, m_unbias, v_unbias, u, size, ratio = state
        # each lane has its own t and its own corrections: walkers start, and restart, at different times
        unbias(beta1_t, self.beta1, m_unbias)
        unbias(beta2_t, self.beta2, v_unbias)
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            m[i] = self.beta1 * m[i] + (1 - self.beta1) * g
            v[i] = self.beta2 * v[i] + (1 - self.beta2) * g * g
            m_hat = m[i] * m_unbias[i] if self.bias_correction else m[i]
            v_hat = v[i] * v_unbias[i] if self.bias_correction else v[i]
            # a decoupled decay comes first, so that the norm below is that of the decayed theta
            theta[i] -= self.beside * theta[i]
            # with eps = 0 and no gradient so far the floor prevents 0 / 0
            u[i] = m_hat / max(math.sqrt(v_hat) + self.eps, SMALLEST) + self.within * theta[i]
        # one norm per walker, in the first row; the whole walker counts as one layer
        norms(theta, size)
        norms(u, ratio)
        for l in range(LANES):
            # pytorch_optimizer corrects the learning rate for the bias of m, and leaves v as it is
            rate = self.eta if self.bias_correction else self.eta * m_unbias[l]
            # at theta = 0 a share of the norm would never move; at u = 0 it would be x / 0
            defined = size[l] > 0 and ratio[l] > 0
            share = min(size[l], self.largest_norm) / (ratio[l] + self.eps_norm)
            ratio[l] = rate * share if defined else rate
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(ratio)
        for i in range(theta.size):
            theta[i] -= ratio[i] * u[i]
