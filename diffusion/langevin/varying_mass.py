"""Mass that follows theta, for every phase-space scheme.

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
    """Landscape whose slope is divided by M(theta)."""

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
    """Diffusion coefficient D(theta) / M(theta)^2."""

    D: object
    mass: object

    def diffusion(self, x, i):
        """Return D / M^2."""
        # The noise sqrt(2 D) dW is divided by M, hence its variance by M^2.
        return self.D.diffusion(x, i) / self.mass.inertia(x, i) ** 2


@part
class ConstantDiffusion:
    """Diffusion coefficient that is a row of numbers.

    As a part it has the kernel that `DiffusionOverMass` calls.
    """

    D: np.ndarray

    def diffusion(self, x, i):
        """Return D."""
        return self.D[i]


@dataclass(frozen=True)
class StepOfVaryingMass:
    """Step of a process whose mass varies.

    It is the step of a process of mass 1, which is to run on the slope over ``mass``.
    """

    step: Any
    mass: Any

    @property
    def dt(self):
        """Time step."""
        return self.step.dt

    def on(self, landscape):
        """Return the step, and the landscape that it runs on."""
        # Only now is the landscape known; `form_of` takes its quickest kernels before they are wrapped.
        return self.step, SlopeOverMass(form_of(landscape), self.mass)


def of_mass_one(langevin):
    """Return the equivalent process of mass 1.

    It is equivalent to ``langevin`` if it runs on the slope over ``langevin.mass``.
    """
    # `DiffusionOverMass` calls a kernel of D, which a row of numbers has only as a part.
    D = langevin.D if varies(langevin.D) else ConstantDiffusion(langevin.D)
    return PhaseSpace(1.0, langevin.damping, DiffusionOverMass(D, langevin.mass))
