"""BAOAB, a symmetric splitting scheme of weak order 2.

Friction and noise are exact. Positions in equilibrium have no error on quadratic landscapes, and a small one
elsewhere.
"""

from typing import ClassVar

import numpy as np

from diffusion.jit import part
from diffusion.langevin.coefficients import friction
from diffusion.langevin.exact import exact_step
from diffusion.langevin.linear import compose, flow, pieces
from diffusion.langevin.phase_space import PhaseSpace
from diffusion.langevin.scheme import scheme


@part
class BAOABStep:
    """One BAOAB step, with friction and noise in its middle.

    Half a push (B), half a move (A), friction and noise (O), half a move, half a push.
    """

    dt: float
    push: np.ndarray  # dt / 2M
    keep: np.ndarray  # e^{-gamma dt}
    kick: object  # the exact noise of O over dt

    slots: ClassVar[tuple] = (0.0, "gradient")  # initial r; grad L where the walker is

    def advance(self, theta, state, landscape, z):
        """Advance the block by dt."""
        r, g = state
        half = 0.5 * self.dt
        for i in range(theta.size):
            before = r[i] - self.push[i] * g[i]
            middle = theta[i] + half * before
            # D is read at the middle, the position at which the splitting applies the noise.
            after = self.keep[i] * before + self.kick.spread(middle, i) * z[i]
            theta[i] = middle + half * after
            r[i] = after
        # This gradient ends the step and begins the next one: one gradient a step, not two.
        landscape.gradient(theta, g)
        for i in range(theta.size):
            r[i] -= self.push[i] * g[i]

    def coast(self, state, i):
        """Return how far inertia alone carries coordinate ``i``."""
        # A step moves dt (1 + keep) / 2 times r and leaves keep times r: the sum of that geometric series.
        return 0.5 * self.dt * (1 + self.keep[i]) / (1 - self.keep[i]) * state[0][i]

    def path_variance(self, x, y, edge, i):
        """Return the velocity noise's variance over a step."""
        # One kick a step. D is read where the step ends, so ``x`` and ``edge`` do not matter.
        return self.kick.spread(y, i) ** 2


def baoab_matrices(generator, Q, dt):
    """Return the linear step on a quadratic landscape.

    The matrices of B, A, O, A and B are multiplied in turn.
    """
    push, move, friction = pieces(generator)
    B, A, O = flow(push, dt / 2), flow(move, dt / 2), exact_step(friction, Q, dt)
    return compose(B, A, O, A, B)


@scheme(PhaseSpace, weak_order=2, matrices=baoab_matrices)
def baoab(langevin, dt):
    """Return one BAOAB time step of a phase-space process.

    The scheme is by Leimkuhler and Matthews (2013).

    Parameters
    ----------
    langevin : PhaseSpace
    dt : float
        Time step, positive.
    """
    return BAOABStep(dt, dt / 2 / langevin.mass, *friction(langevin, dt))
