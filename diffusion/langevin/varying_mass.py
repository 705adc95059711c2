"""Time steps in phase space where the mass follows theta.

Slope, friction and noise act on the momentum p = M(theta) r; the velocity is p / M where the walker is by then:
d theta = r dt, d(M r) = -gamma M r dt - grad L dt + sqrt(2 D) dW. The state is theta and r, as it is elsewhere.
"""

from typing import ClassVar

import numpy as np

from diffusion.checks import require
from diffusion.jit import part
from diffusion.langevin.coefficients import friction, kick
from diffusion.langevin.phase_space import PhaseSpace


@part
class VaryingMassBAOABStep:
    """BAOAB; a move under a steady momentum is half a step of the midpoint rule, of order 2."""

    dt: float
    keep: np.ndarray
    kick: object  # of the momentum
    mass: object

    slots: ClassVar[tuple] = (0.0, "gradient")  # initial r; grad L where the walker is

    def advance(self, theta, state, landscape, z):
        """Advance the block by dt."""
        r, g = state
        half = 0.5 * self.dt
        for i in range(theta.size):
            x = theta[i]
            p = self.mass.inertia(x, i) * r[i] - half * g[i]
            on_the_way = x + 0.5 * half * p / self.mass.inertia(x, i)
            x += half * p / self.mass.inertia(on_the_way, i)
            p = self.keep[i] * p + self.kick.spread(x, i) * z[i]
            on_the_way = x + 0.5 * half * p / self.mass.inertia(x, i)
            theta[i] = x + half * p / self.mass.inertia(on_the_way, i)
            r[i] = p / self.mass.inertia(theta[i], i)
        landscape.gradient(theta, g)
        for i in range(theta.size):
            r[i] -= half * g[i] / self.mass.inertia(theta[i], i)

    def path_variance(self, x, y, edge, i):
        """Return the variance of the velocity's noise over a step."""
        return (self.kick.spread(y, i) / self.mass.inertia(y, i)) ** 2


@part
class VaryingMassEulerStep:
    """Euler-Maruyama; position and momentum both move by what they were before it."""

    dt: float
    keep: np.ndarray  # 1 - gamma dt
    kick: object  # of the momentum
    mass: object

    slots: ClassVar[tuple] = (0.0, "gradient")  # initial r; grad L where the walker is

    def advance(self, theta, state, landscape, z):
        """Advance the block by dt."""
        r, g = state
        for i in range(theta.size):
            x = theta[i]
            p = self.keep[i] * self.mass.inertia(x, i) * r[i] - self.dt * g[i] + self.kick.spread(x, i) * z[i]
            theta[i] = x + self.dt * r[i]
            r[i] = p / self.mass.inertia(theta[i], i)
        landscape.gradient(theta, g)

    def path_variance(self, x, y, edge, i):
        """Return the variance of the velocity's noise over a step."""
        return (self.kick.spread(y, i) / self.mass.inertia(y, i)) ** 2


def baoab_of_varying_mass(langevin, dt):
    """Return one BAOAB time step of a process whose mass is a function of theta."""
    _require_rows(langevin)
    momentum = PhaseSpace(1.0, langevin.damping, langevin.D)
    return VaryingMassBAOABStep(dt, *friction(momentum, dt), langevin.mass)


def euler_of_varying_mass(langevin, dt):
    """Return one Euler-Maruyama time step of a process whose mass is a function of theta."""
    _require_rows(langevin)
    with np.errstate(over="ignore"):
        keep = 1 - langevin.damping * dt
    require(np.all(np.isfinite(keep)), "dt", "small enough for gamma dt to be finite", dt)
    return VaryingMassEulerStep(dt, keep, kick(langevin.D, dt), langevin.mass)


def _require_rows(langevin):
    for name in ("damping", "D"):
        value = getattr(langevin, name)
        require(np.ndim(value) < 2, name, "no matrix where the mass varies", value)
