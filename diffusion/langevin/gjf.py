"""GJF: Stoermer-Verlet with friction; right drift, diffusion and harmonic positions at every time step."""

from typing import ClassVar

import numpy as np

from diffusion.checks import require
from diffusion.jit import part
from diffusion.langevin.coefficients import kick, varies
from diffusion.langevin.phase_space import PhaseSpace
from diffusion.langevin.scheme import require_process, weak_order


@part
class GJFStep:
    """One step, in the letters of its authors: a = (1 - gamma dt/2) / (1 + gamma dt/2), b = 1 / (1 + gamma dt/2)."""

    dt: float
    push: np.ndarray  # dt / 2M
    a: np.ndarray
    b: np.ndarray
    kick: object  # its spread is sqrt(2 D dt) / M

    slots: ClassVar[tuple] = (0.0, "gradient")  # initial r; grad L where the walker is

    def advance(self, theta, state, landscape, z):
        """Advance the block by dt."""
        r, g = state
        for i in range(theta.size):
            wander = self.kick.spread(theta[i], i) * z[i]
            theta[i] += self.b[i] * self.dt * (r[i] - self.push[i] * g[i] + 0.5 * wander)
            r[i] = self.a[i] * (r[i] - self.push[i] * g[i]) + self.b[i] * wander
        landscape.gradient(theta, g)
        for i in range(theta.size):
            r[i] -= self.push[i] * g[i]

    def coast(self, state, i):
        """Return how far inertia alone would still carry coordinate ``i``."""
        return self.b[i] * self.dt / (1 - self.a[i]) * state[0][i]

    def path_variance(self, x, y, edge, i):
        """Return the variance of the velocity's noise over a step."""
        return self.kick.spread(y, i) ** 2


@weak_order(2)
def gjf(langevin, dt):
    """Return one GJF time step of a process in phase space (Gronbech-Jensen and Farago 2013).

    Parameters
    ----------
    langevin : PhaseSpace
        D constant: elsewhere the scheme has order 1 only.
    dt : float
        Time step, positive.
    """
    require_process(langevin, PhaseSpace, dt, "gjf")
    require(not varies(langevin.D), "D", "constant for gjf (baoab takes one that varies)", langevin.D)
    drag = langevin.damping * dt / 2
    a, b = (1 - drag) / (1 + drag), 1 / (1 + drag)
    return GJFStep(dt, dt / (2 * langevin.mass), a, b, kick(langevin.D, dt, langevin.mass))
