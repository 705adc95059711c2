"""Schedule-Free: averaging in place of a schedule."""

from dataclasses import field
from typing import Any, ClassVar

from diffusion.checks import fraction, not_negative
from diffusion.contract import require_optimizer, variant_of
from diffusion.gradient import recorded
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates
from diffusion.optimizers.degree import EXPONENT, NOT_STATIONARY, rate_power
from diffusion.vector_log import power


@part
class ScheduleFree:
    r"""Schedule-free learning around any optimizer (Defazio et al. 2024).

    .. math::
        z' &= z + \Delta(z, g(y)) - \eta \lambda y, \qquad c = w_t / \sum_{s \le t} w_s, \quad w_t = t^r \\
        y &\leftarrow (1 - c) y + c z + (1 - \beta (1 - c)) (z' - z)

    Parameters
    ----------
    optimizer : part
        Optimizer whose step Delta moves z: `SGD`, or `AdamW` with beta1 = 0 and no decay for Schedule-Free AdamW.
    beta : float
        Share of the average in y, in [0, 1); it takes the place of momentum.
    power_of_t : float
        The power r with which later iterations weigh more in the average, 0 or more.
    weight_decay : float
        Weight decay at y, as the authors have it; 0 or more.
    warmup : float
        Iterations over which the steps grow linearly; 0 is none.

    Notes
    -----
    Theta is y, where the gradient is taken; the average is x = (y - (1 - beta) z) / beta. Degrees are those of the
    optimizer, but with r = 0 the average is that over the whole past: not stationary. On a loss sharper by k,
    weight_decay takes the factor that keeps eta weight_decay, the constants of the optimizer their own. A first
    gradient of zero only decays theta. Makers' Schedule-Free AdamW is this one with ``AdamW(eta, 0.0, beta2, eps)``;
    pytorch_optimizer has 1e-15 under the root besides (``eps_root``).

    Examples
    --------
    >>> from diffusion import SGD, ScheduleFree, replay
    >>> replay(ScheduleFree(SGD(0.1), 0.5), [1.0], [[1.0], [1.0]]).ravel().round(6).tolist()
    [1.0, 0.9, 0.825]
    """

    optimizer: Any
    # 0.9, the authors' default; at 0 y is z, and the average only watches
    beta: float = 0.9
    power_of_t: float = 0.0
    weight_decay: float = 0.0
    warmup: float = 0.0
    decay: float = field(init=False, repr=False)

    exponent = EXPONENT
    # c falls as 1 / t: the average remembers the whole past
    stationarity: ClassVar[str] = NOT_STATIONARY

    def __post_init__(self):
        require_optimizer(self.optimizer)
        fraction(self.beta, "beta")
        not_negative(self.power_of_t, "power_of_t")
        not_negative(self.weight_decay, "weight_decay")
        not_negative(self.warmup, "warmup")
        # a wrapper has no learning rate of its own: the optimizer's decides how fast y decays
        object.__setattr__(self, "decay", self.eta * self.weight_decay)

    @property
    def eta(self):
        """Learning rate of the optimizer."""
        return self.optimizer.eta

    @property
    def slots(self):
        """Initial value of each memory row.

        z, whether it is set, t, sum of weights; four rows of scratch; the optimizer's rows.
        """
        return (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, *self.optimizer.slots)

    @property
    def gradient_degree(self):
        """Degree of the optimizer."""
        return self.optimizer.gradient_degree

    @property
    def parameter_degree(self):
        """Degree of the optimizer."""
        return self.optimizer.parameter_degree

    @property
    def powers_of_k(self):
        """Power of k of each constant."""
        # keeps eta weight_decay, the share that decays, whatever power eta has
        return {"weight_decay": -rate_power(self.optimizer)}

    def variant(self):
        """Return the part whose kernels run."""
        # the optimizer inside may itself run as another part, Momentum with bias correction for instance
        inner = variant_of(self.optimizer)
        return ScheduleFree(inner, self.beta, self.power_of_t, self.weight_decay, self.warmup)

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        z, known, t, weights, g, before, share, pace = state[:8]
        for l in range(LANES):
            t[l] += 1
            pace[l] = min(t[l] / self.warmup, 1.0) if self.warmup > 0 else 1.0
            # a warm-up step counts by the square of its learning rate, as with the authors
            weight = pace[l] * pace[l] * power(t[l], self.power_of_t)
            weights[l] += weight
            share[l] = weight / weights[l]
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(share)
        copy_to_coordinates(pace)
        for i in range(theta.size):
            # a restarted walker has known = 0; y and z start at the same point
            z[i] = z[i] if known[i] > 0 else theta[i]
            known[i] = 1.0
            before[i] = z[i]
            g[i] = gradient.draw(theta[i], i)
        # recorded: the optimizer moves z, but with the gradient taken at y (theta)
        self.optimizer.update(z, state[8:], recorded(g))
        for i in range(theta.size):
            # the decay is that of y, where the gradient was taken, as the authors have it
            step = pace[i] * (z[i] - before[i] - self.decay * theta[i])
            z[i] = before[i] + step
            c = share[i]
            # x is not kept: (y - (1 - beta) z) / beta restores it, and one row is saved
            theta[i] = (1 - c) * theta[i] + c * before[i] + (1 - self.beta * (1 - c)) * step
