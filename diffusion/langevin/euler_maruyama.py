"""The Euler-Maruyama scheme: strong order 1/2, weak order 1."""

from functools import singledispatch
from typing import ClassVar

import numpy as np

from diffusion.checks import positive, require
from diffusion.jit import part
from diffusion.langevin.overdamped import Overdamped
from diffusion.langevin.phase_space import PhaseSpace


@part
class OverdampedStep:
    """One step of Eq. (1); with ``dt = eta`` it is an iteration of SGD."""

    dt: float
    kick: np.ndarray  # sqrt(2 D dt)

    slots: ClassVar[tuple] = (0.0,)  # scratch: grad L

    def advance(self, theta, state, landscape, z):
        """Advance the block by dt."""
        (g,) = state
        landscape.gradient(theta, g)
        for i in range(theta.size):
            theta[i] += self.kick[i] * z[i] - self.dt * g[i]


@part
class PhaseSpaceStep:
    """One step of Eq. (7); position and velocity both move by what they were before it."""

    dt: float
    keep: np.ndarray  # 1 - gamma dt
    push: np.ndarray  # dt / M
    kick: np.ndarray  # sqrt(2 D dt) / M

    slots: ClassVar[tuple] = (0.0, 0.0)  # initial r; scratch: grad L

    def advance(self, theta, state, landscape, z):
        """Advance the block by dt."""
        r, g = state
        landscape.gradient(theta, g)
        for i in range(theta.size):
            theta[i] += self.dt * r[i]
            r[i] = self.keep[i] * r[i] - self.push[i] * g[i] + self.kick[i] * z[i]


@singledispatch
def euler_maruyama(langevin, dt):
    """Return one Euler-Maruyama time step of a process as a part that drivers run.

    Parameters
    ----------
    langevin : Overdamped or PhaseSpace
    dt : float
        Time step, positive.
    """
    rule = "Overdamped(D) or PhaseSpace(mass, damping, D)"
    raise TypeError(f"langevin must be {rule}, got {type(langevin).__name__}")


@euler_maruyama.register
def _(langevin: Overdamped, dt):
    positive(dt, "dt")
    with np.errstate(over="ignore"):
        kick = np.sqrt(2 * langevin.D * dt)
    require(np.all(np.isfinite(kick)), "dt", "small enough for sqrt(2 D dt) to be finite", dt)
    return OverdampedStep(dt, kick)


@euler_maruyama.register
def _(langevin: PhaseSpace, dt):
    positive(dt, "dt")
    mass, damping = langevin.mass, langevin.damping
    with np.errstate(over="ignore"):
        keep, push, kick = 1 - damping * dt, dt / mass, np.sqrt(2 * langevin.D * dt) / mass
    ok = all(np.all(np.isfinite(each)) for each in (keep, push, kick))
    require(ok, "dt", "small enough for gamma dt, dt / M and sqrt(2 D dt) / M to be finite", dt)
    return PhaseSpaceStep(dt, keep, push, kick)
