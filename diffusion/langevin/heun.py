"""The stochastic Heun scheme of the overdamped process: Stratonovich's reading, without derivatives of D."""

from typing import ClassVar

from diffusion.jit import part
from diffusion.langevin.coefficients import kick
from diffusion.langevin.overdamped import Overdamped
from diffusion.langevin.scheme import require_process, require_reading, weak_order


@part
class HeunStep:
    """Drift and noise are the means of those at the start and at the end that an Euler step predicts."""

    dt: float
    kick: object  # its spread is sqrt(2 D dt)

    slots: ClassVar[tuple] = (0.0, 0.0, 0.0)  # scratch: grad L here and there, where the Euler step leads

    def advance(self, theta, state, landscape, z):
        """Advance the block by dt."""
        g, later, there = state
        landscape.gradient(theta, g)
        for i in range(theta.size):
            there[i] = theta[i] + self.kick.spread(theta[i], i) * z[i] - self.dt * g[i]
        landscape.gradient(there, later)
        for i in range(theta.size):
            spread = 0.5 * (self.kick.spread(theta[i], i) + self.kick.spread(there[i], i))
            theta[i] += spread * z[i] - 0.5 * self.dt * (g[i] + later[i])

    def path_variance(self, x, y, edge, i):
        """Return the product of the spreads half way from either end to the edge.

        In the coordinate whose noise is constant, du = dx / spread, the bridge is a Brownian one.
        """
        return self.kick.spread(0.5 * (x + edge), i) * self.kick.spread(0.5 * (y + edge), i)


@weak_order(1)
def heun(langevin, dt):
    """Return one stochastic Heun time step: order 1, strong too in one dimension; order 2 where D is constant.

    Parameters
    ----------
    langevin : Overdamped
        Where D varies it is read as Stratonovich's.
    dt : float
        Time step, positive.
    """
    require_process(langevin, Overdamped, dt, "heun")
    require_reading(langevin, "stratonovich", "heun")
    return HeunStep(dt, kick(langevin.D, dt))
