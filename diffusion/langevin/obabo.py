"""OBABO: friction and noise outside, velocity Verlet inside; weak order 2, two normals a coordinate."""

from typing import ClassVar

import numpy as np

from diffusion.jit import part
from diffusion.langevin.coefficients import friction
from diffusion.langevin.phase_space import PhaseSpace
from diffusion.langevin.scheme import require_process, weak_order


@part
class OBABOStep:
    """Friction and noise for half a step (O), half a push (B), a move (A), half a push, O again."""

    dt: float
    push: np.ndarray  # dt / 2M
    keep: np.ndarray  # over dt / 2
    kick: object  # over dt / 2

    slots: ClassVar[tuple] = (0.0, "gradient")  # initial r; grad L where the walker is
    draws: ClassVar[int] = 2

    def advance(self, theta, state, landscape, z):
        """Advance the block by dt."""
        r, g = state
        for i in range(theta.size):
            r[i] = self.keep[i] * r[i] + self.kick.spread(theta[i], i) * z[i] - self.push[i] * g[i]
            theta[i] += self.dt * r[i]
        landscape.gradient(theta, g)
        later = z[theta.size :]
        for i in range(theta.size):
            pushed = r[i] - self.push[i] * g[i]
            r[i] = self.keep[i] * pushed + self.kick.spread(theta[i], i) * later[i]

    def coast(self, state, i):
        """Return how far inertia alone would still carry coordinate ``i``."""
        return self.dt * self.keep[i] / (1 - self.keep[i] * self.keep[i]) * state[0][i]

    def path_variance(self, x, y, edge, i):
        """Return the variance of the velocity's noise over a step."""
        return 2 * self.kick.spread(y, i) ** 2


@weak_order(2)
def obabo(langevin, dt):
    """Return one OBABO time step of a process in phase space (Bussi and Parrinello 2007).

    Parameters
    ----------
    langevin : PhaseSpace
    dt : float
        Time step, positive.
    """
    require_process(langevin, PhaseSpace, dt, "obabo")
    return OBABOStep(dt, dt / (2 * langevin.mass), *friction(langevin, dt / 2))
