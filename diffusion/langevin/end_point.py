"""Overdamped process with Fick's reading of the noise.

The noise has the strength that it has where it leads.
"""

from typing import ClassVar

from diffusion.jit import part
from diffusion.langevin.coefficients import kick
from diffusion.langevin.euler_maruyama import euler_matrices
from diffusion.langevin.overdamped import Overdamped
from diffusion.langevin.scheme import scheme


@part
class EndPointStep:
    """Euler step with the noise's strength at its end.

    The end is the point that the noise alone would reach.
    """

    dt: float
    kick: object  # its spread is sqrt(2 D dt)

    slots: ClassVar[tuple] = (0.0,)  # scratch: grad L

    def advance(self, theta, state, landscape, z):
        """Advance the block by dt."""
        (g,) = state
        slopes = landscape.slopes_at(theta, g)
        for i in range(theta.size):
            x = theta[i]
            # The drift is left out here: it would change the noise by O(dt^{3/2}), below the scheme's order.
            there = x + self.kick.spread(x, i) * z[i]
            theta[i] = x + self.kick.spread(there, i) * z[i] - self.dt * slopes.slope(x, i)

    def path_variance(self, x, y, edge, i):
        """Return the variance of a path near an edge.

        It is the product of the spreads half way from either end to the edge, as in `heun`.
        """
        return self.kick.spread(0.5 * (x + edge), i) * self.kick.spread(0.5 * (y + edge), i)


@scheme(Overdamped, weak_order=1, reading="fick", matrices=euler_matrices)
def end_point(langevin, dt):
    """Return one time step in Fick's reading.

    It is that of the process whose current is -D grad P; D may jump (LaBolle et al. 2000).

    Parameters
    ----------
    langevin : Overdamped
        Where D varies it is read as Fick's.
    dt : float
        Time step, positive.
    """
    return EndPointStep(dt, kick(langevin.D, dt))
