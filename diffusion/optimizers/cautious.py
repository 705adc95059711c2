"""Cautious: steps masked where they oppose the gradient."""

from dataclasses import field
from typing import Any

from diffusion.checks import not_negative, one_of
from diffusion.contract import require_optimizer, variant_of
from diffusion.gradient import recorded
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates, sums
from diffusion.optimizers.degree import EXPONENT, rate_power


@part
class Cautious:
    r"""Optimizer wrapper that masks climbing coordinates (Liang et al. 2024).

    Coordinates whose step opposes the present gradient stay where they are.

    .. math::
        \mu_i = [u_i g_i > 0], \qquad
        \theta \leftarrow \theta - s \mu u - \eta \lambda \theta, \quad s = \frac{n}{1 + \sum_i \mu_i}

    Parameters
    ----------
    optimizer : part
        Optimizer whose step u is masked; `AdamW` without decay for Cautious AdamW.
    scale : {"count", "mean"}
        Whether s is n / (1 + number of coordinates that move), as in pytorch_optimizer, or the number's inverse share,
        at most 1000, as in the authors' code.
    weight_decay : float
        Decoupled weight decay :math:`\lambda` beside the mask, 0 or more.

    Notes
    -----
    Degrees are those of the optimizer. On a loss sharper by k, weight_decay takes the factor that keeps
    eta weight_decay, the constants of the optimizer their own. With a first gradient of zero nothing moves but by
    decay, whatever the optimizer does. The mask is counted over coordinates.

    Examples
    --------
    >>> from diffusion import Cautious, Momentum, replay
    >>> replay(Cautious(Momentum(0.1)), [1.0], [[1.0], [-0.1]]).ravel().round(6).tolist()
    [1.0, 0.95, 0.95]
    """

    optimizer: Any
    scale: str = "count"
    weight_decay: float = 0.0
    decay: float = field(init=False, repr=False)
    by_mean: float = field(init=False, repr=False)

    exponent = EXPONENT

    def __post_init__(self):
        require_optimizer(self.optimizer)
        one_of(self.scale, "scale", ("count", "mean"))
        not_negative(self.weight_decay, "weight_decay")
        object.__setattr__(self, "decay", self.eta * self.weight_decay)
        # kernels read numbers, not strings
        object.__setattr__(self, "by_mean", float(self.scale == "mean"))

    @property
    def eta(self):
        """Learning rate of the optimizer."""
        return self.optimizer.eta

    @property
    def slots(self):
        """Initial memory: scratch, then the optimizer's own."""
        return (0.0, 0.0, 0.0, 0.0, *self.optimizer.slots)

    @property
    def gradient_degree(self):
        """Degree of the optimizer."""
        return self.optimizer.gradient_degree

    @property
    def parameter_degree(self):
        """Degree of the optimizer."""
        return self.optimizer.parameter_degree

    @property
    def stationarity(self):
        """Stationarity of the optimizer."""
        return self.optimizer.stationarity

    @property
    def powers_of_k(self):
        """Power of k of each constant."""
        # keeps eta weight_decay, the share that decays, whatever power eta has
        return {"weight_decay": -rate_power(self.optimizer)}

    def variant(self):
        """Return the part whose kernels run."""
        # the optimizer inside may itself run as another part, Momentum with bias correction for instance
        return Cautious(variant_of(self.optimizer), self.scale, self.weight_decay)

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        g, before, moves, scale = state[:4]
        for i in range(theta.size):
            g[i] = gradient.draw(theta[i], i)
            before[i] = theta[i]
        # the mask has to compare the step with the very gradient that made it, so the inner rule gets this one
        self.optimizer.update(theta, state[4:], recorded(g))
        for i in range(theta.size):
            moves[i] = 1.0 if (before[i] - theta[i]) * g[i] > 0 else 0.0
        sums(moves, scale)
        for l in range(LANES):
            # theta holds LANES walkers; the mask is counted over the coordinates of one
            dim = theta.size / LANES
            # 1e-3 caps the rescaling at 1000 (authors); the + 1 keeps it finite if nothing moves
            # (pytorch_optimizer)
            scale[l] = 1 / max(scale[l] / dim, 1e-3) if self.by_mean else dim / (scale[l] + 1)
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(scale)
        for i in range(theta.size):
            step = before[i] - theta[i]
            # the decay acts outside the mask, on theta before the step
            theta[i] = before[i] - moves[i] * scale[i] * step - self.decay * before[i]
