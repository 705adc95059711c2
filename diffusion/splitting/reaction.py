"""Reaction coordinates of rare escapes.

Each is one number that says how far a walker has come on its way out.
Splitting is right with any of them and quick with a good one: the closer walkers of equal number are to equal
chances of getting out, the less the estimate scatters. One of your own is a part with a kernel ``reaction``.
"""

from diffusion.checks import require, require_number
from diffusion.contract import gives, is_part, variant_of
from diffusion.jit import LANES, part


@part
class Position:
    """Largest coordinate of theta.

    It is for a boundary that is one number, and walkers without inertia.

    Examples
    --------
    A reaction coordinate of your own, for walkers that leave along the diagonal:

    >>> from diffusion import LANES, part
    >>> @part
    ... class Along:
    ...     def reaction(self, theta, state, l):
    ...         total = 0.0
    ...         for i in range(l, theta.size, LANES):  # every coordinate of the walker in lane l
    ...             total += theta[i]
    ...         return total
    """

    def ahead(self, theta, state, i):
        """Return coordinate ``i``."""
        return theta[i]

    def reaction(self, theta, state, l):
        """Return the reaction coordinate of lane ``l``'s walker."""
        # One walker's coordinates lie `LANES` apart: the block holds that many walkers side by side.
        far = theta[l]
        for i in range(l + LANES, theta.size, LANES):
            far = max(far, theta[i])
        return far


@part
class Coasting:
    """Largest coordinate that inertia alone would still reach.

    It is the position plus a share of what the walker would coast.

    Parameters
    ----------
    mover : Momentum, Adam, Adai, or a time step in phase space
        Whatever runs; it has a kernel ``coast``.
    share : float
        0 is `Position`; 1 coasts to the end. On Styblinski-Tang the log of Momentum's chance at k = 1 scatters by
        0.32, 0.21, 0.18, 0.17 and 0.19 for shares of 0, .5, .75, 1 and 1.25; the ideal is 0.15.
    """

    mover: object
    share: float = 1.0  # the least scatter of the shares measured above

    def __post_init__(self):
        require(is_part(self.mover), "mover", "an optimizer, or a time step", self.mover)
        # Options may choose another optimizer's kernels: `coast` must be that of the one that runs.
        object.__setattr__(self, "mover", variant_of(self.mover))
        require(gives(self.mover, "coast"), "mover", "one with inertia (a kernel coast)", self.mover)
        require_number(self.share, "share")

    def ahead(self, theta, state, i):
        """Return where coordinate ``i`` is going."""
        return theta[i] + self.share * self.mover.coast(state, i)

    def reaction(self, theta, state, l):
        """Return the reaction coordinate of lane ``l``'s walker."""
        far = self.ahead(theta, state, l)
        for i in range(l + LANES, theta.size, LANES):
            far = max(far, self.ahead(theta, state, i))
        return far
