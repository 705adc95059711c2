"""A mass that follows theta, for every scheme in phase space.

``M(theta) dr = -gamma M r dt - grad L dt + sqrt(2 D) dW``, divided by M(theta), is a process of mass 1: its slope is
grad L / M, and its diffusion coefficient D / M^2.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from diffusion.contract import form_of
from diffusion.jit import part
from diffusion.langevin.coefficients import varies
from diffusion.langevin.phase_space import PhaseSpace


@part
class SlopeOverMass:
    """A landscape whose slope is that of another over M(theta)."""

    landscape: object
    mass: object

    @property
    def dim(self):
        """Coordinates."""
        return self.landscape.dim

    def gradient(self, theta, g):
        """Write the gradient over M."""
        self.landscape.gradient(theta, g)
        for i in range(theta.size):
            g[i] /= self.mass.inertia(theta[i], i)


@part
class DiffusionOverMass:
    """D(theta) / M(theta)^2."""

    D: object
    mass: object

    def diffusion(self, x, i):
        """Return it."""
        return self.D.diffusion(x, i) / self.mass.inertia(x, i) ** 2


@part
class ConstantDiffusion:
    """A row of numbers as a part."""

    D: np.ndarray

    def diffusion(self, x, i):
        """Return D."""
        return self.D[i]


@dataclass(frozen=True)
class StepOfVaryingMass:
    """The step of a process of mass 1, which is to run on the slope over ``mass``."""

    step: Any
    mass: Any

    @property
    def dt(self):
        """Time step."""
        return self.step.dt

    def on(self, landscape):
        """Return the step, and the landscape that it runs on."""
        return self.step, SlopeOverMass(form_of(landscape), self.mass)


def of_mass_one(langevin):
    """Return the process of mass 1 that one of varying mass is, on the slope over its mass."""
    D = langevin.D if varies(langevin.D) else ConstantDiffusion(langevin.D)
    return PhaseSpace(1.0, langevin.damping, DiffusionOverMass(D, langevin.mass))
