"""The overdamped process with Fick's reading: noise of the strength that it has where it leads."""

from typing import ClassVar

from diffusion.jit import part
from diffusion.langevin.coefficients import kick
from diffusion.langevin.euler_maruyama import euler_matrices
from diffusion.langevin.overdamped import Overdamped
from diffusion.langevin.scheme import scheme


@part
class EndPointStep:
    """An Euler step whose noise is as strong as at the point that the noise alone would reach."""

    dt: float
    kick: object  # its spread is sqrt(2 D dt)

    slots: ClassVar[tuple] = (0.0,)  # scratch: grad L

    def advance(self, theta, state, landscape, z):
        """Advance the block by dt."""
        (g,) = state
        slopes = landscape.slopes_at(theta, g)
        for i in range(theta.size):
            x = theta[i]
            there = x + self.kick.spread(x, i) * z[i]
            theta[i] = x + self.kick.spread(there, i) * z[i] - self.dt * slopes.slope(x, i)

    def path_variance(self, x, y, edge, i):
        """Return the product of the spreads half way from either end to the edge, as `heun` does."""
        return self.kick.spread(0.5 * (x + edge), i) * self.kick.spread(0.5 * (y + edge), i)


@scheme(Overdamped, weak_order=1, reading="fick", matrices=euler_matrices)
def end_point(langevin, dt):
    """Return one time step of the process whose current is -D grad P; D may jump (LaBolle et al. 2000).

    Parameters
    ----------
    langevin : Overdamped
        Where D varies it is read as Fick's.
    dt : float
        Time step, positive.
    """
    return EndPointStep(dt, kick(langevin.D, dt))
