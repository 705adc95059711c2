"""OBABO: velocity Verlet between two half steps of friction.

Its weak order is 2. It takes two normals a coordinate.
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
class OBABOStep:
    """One OBABO step, with friction and noise at both ends.

    Friction and noise for half a step (O), half a push (B), a move (A), half a push, O again.
    """

    dt: float
    push: np.ndarray  # dt / 2M
    keep: np.ndarray  # over dt / 2
    kick: object  # over dt / 2

    slots: ClassVar[tuple] = (0.0, "gradient")  # initial r; grad L where the walker is
    draws: ClassVar[int] = 2  # one for each O

    def advance(self, theta, state, landscape, z):
        """Advance the block by dt."""
        r, g = state
        for i in range(theta.size):
            r[i] = self.keep[i] * r[i] + self.kick.spread(theta[i], i) * z[i] - self.push[i] * g[i]
            theta[i] += self.dt * r[i]
        # This gradient ends the step and begins the next one: one gradient a step, not two.
        landscape.gradient(theta, g)
        # The two O's need independent normals: with the same one twice the noise would be too strong.
        later = z[theta.size :]
        for i in range(theta.size):
            pushed = r[i] - self.push[i] * g[i]
            r[i] = self.keep[i] * pushed + self.kick.spread(theta[i], i) * later[i]

    def coast(self, state, i):
        """Return how far inertia alone carries coordinate ``i``."""
        # A step moves dt keep r and leaves keep^2 r: the sum of that geometric series.
        return self.dt * self.keep[i] / (1 - self.keep[i] * self.keep[i]) * state[0][i]

    def path_variance(self, x, y, edge, i):
        """Return the velocity noise's variance over a step."""
        # Two independent kicks a step, each over dt / 2.
        return 2 * self.kick.spread(y, i) ** 2


def obabo_matrices(generator, Q, dt):
    """Return the linear step on a quadratic landscape.

    The matrices of O, B, A, B and O are multiplied in turn.
    """
    push, move, friction = pieces(generator)
    B, A, O = flow(push, dt / 2), flow(move, dt), exact_step(friction, Q, dt / 2)
    return compose(O, B, A, B, O)


@scheme(PhaseSpace, weak_order=2, matrices=obabo_matrices)
def obabo(langevin, dt):
    """Return one OBABO time step of a phase-space process.

    The scheme is by Bussi and Parrinello (2007).

    Parameters
    ----------
    langevin : PhaseSpace
    dt : float
        Time step, positive.
    """
    return OBABOStep(dt, dt / 2 / langevin.mass, *friction(langevin, dt / 2))
