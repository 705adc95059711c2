"""Clipped: gradients of bounded norm for any optimizer."""

from typing import Any, ClassVar

from diffusion.checks import not_negative, positive
from diffusion.contract import require_optimizer, variant_of
from diffusion.gradient import recorded
from diffusion.jit import LANES, part
from diffusion.lane_loops import copy_to_coordinates, norms
from diffusion.optimizers.degree import EXPONENT


@part
class Clipped:
    r"""Gradient-norm clipping of any optimizer (Pascanu, Mikolov & Bengio 2013).

    .. math:: g \leftarrow g \min\left( 1, \frac{c}{|g| + \epsilon} \right)

    Parameters
    ----------
    optimizer : part
        The optimizer that sees the clipped gradients.
    norm : float
        Largest norm c of a walker's gradient, positive.
    eps : float
        Constant added to the norm, 0 or more; torch has 1e-6, optax none.

    Notes
    -----
    A crossover: where gradients stay below the norm the degrees are the optimizer's, where all are clipped h = 0. On a
    loss sharper by k, norm and eps take a factor k^(1/2), the constants of the optimizer their own. A first gradient
    of zero passes as it is. The norm is a sum over coordinates, and so slower than Adam's step.

    Examples
    --------
    >>> from diffusion import SGD, Clipped, replay
    >>> replay(Clipped(SGD(0.1), 1.0), [1.0, 1.0], [[3.0, 4.0]]).round(6).tolist()
    [[1.0, 1.0], [0.94, 0.92]]
    """

    optimizer: Any
    norm: float = 1.0
    # optax's value; torch has 1e-6
    eps: float = 0.0

    exponent = EXPONENT
    # both are compared with the norm of a gradient, which grows as sqrt(k)
    powers_of_k: ClassVar[dict] = {"norm": 1 / 2, "eps": 1 / 2}

    def __post_init__(self):
        require_optimizer(self.optimizer)
        positive(self.norm, "norm")
        not_negative(self.eps, "eps")

    @property
    def eta(self):
        """Learning rate of the optimizer."""
        return self.optimizer.eta

    @property
    def weight_decay(self):
        """Decoupled weight decay of the optimizer."""
        return getattr(self.optimizer, "weight_decay", 0.0)

    @property
    def slots(self):
        """Initial memory: gradient, norm, the optimizer's own.

        The first two rows are scratch.
        """
        return (0.0, 0.0, *self.optimizer.slots)

    @property
    def gradient_degree(self):
        """Degrees at both ends of the crossover.

        The optimizer's own where nothing is clipped, 0 where everything is.
        """
        degree = self.optimizer.gradient_degree
        # where everything is clipped the gradient has a fixed norm: its size no longer counts, hence 0
        return (degree[0] if isinstance(degree, tuple) else degree), 0.0

    @property
    def parameter_degree(self):
        """Degree of the optimizer."""
        return self.optimizer.parameter_degree

    @property
    def stationarity(self):
        """Stationarity of the optimizer."""
        return self.optimizer.stationarity

    def variant(self):
        """Return the part whose kernels run."""
        # the optimizer inside may itself run as another part, Momentum with bias correction for instance
        return Clipped(variant_of(self.optimizer), self.norm, self.eps)

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        g, scale = state[0], state[1]
        for i in range(theta.size):
            g[i] = gradient.draw(theta[i], i)
        # one norm per walker, in the first row; the whole walker counts as one layer
        norms(g, scale)
        for l in range(LANES):
            # torch adds 1e-6 to the norm, so that even a gradient of exactly this norm shrinks a little
            size = scale[l] + self.eps
            scale[l] = self.norm / size if size > self.norm else 1.0
        # one number per walker; copied, because the loop below reads it with the same i as theta
        copy_to_coordinates(scale)
        for i in range(theta.size):
            g[i] *= scale[i]
        # handed on as recorded: a rule that drew for itself would get the gradient unclipped
        self.optimizer.update(theta, state[2:], recorded(g))
