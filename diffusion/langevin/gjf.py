"""GJF, a Stoermer-Verlet scheme with friction.

Its drift, diffusion and harmonic positions are right at every time step.
"""

from typing import ClassVar

import numpy as np

from diffusion.checks import require
from diffusion.jit import part
from diffusion.langevin.coefficients import kick, varies
from diffusion.langevin.linear import compose, flow, pieces
from diffusion.langevin.phase_space import PhaseSpace
from diffusion.langevin.scheme import scheme


@part
class GJFStep:
    """One GJF step, in the letters of its authors.

    a = (1 - gamma dt/2) / (1 + gamma dt/2), b = 1 / (1 + gamma dt/2).
    """

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
            # One normal moves both theta and r: their correlation makes harmonic positions right at every dt.
            wander = self.kick.spread(theta[i], i) * z[i]
            theta[i] += self.b[i] * self.dt * (r[i] - self.push[i] * g[i] + 0.5 * wander)
            r[i] = self.a[i] * (r[i] - self.push[i] * g[i]) + self.b[i] * wander
        # This gradient ends the step and begins the next one: one gradient a step, not two.
        landscape.gradient(theta, g)
        for i in range(theta.size):
            r[i] -= self.push[i] * g[i]

    def coast(self, state, i):
        """Return how far inertia alone carries coordinate ``i``."""
        # 1 - a = gamma dt b, so this is r / gamma, as in the process itself.
        return self.b[i] * self.dt / (1 - self.a[i]) * state[0][i]

    def path_variance(self, x, y, edge, i):
        """Return the velocity noise's variance over a step."""
        return self.kick.spread(y, i) ** 2


def gjf_matrices(A, Q, dt):
    """Return the linear step on a quadratic landscape.

    It repeats the kernel's lines, with matrices a and b.
    """
    push, _, friction = pieces(A)
    n = len(A) // 2
    one, zero, drag = np.eye(n), np.zeros((n, n)), -friction[n:, n:] * dt / 2
    b = np.linalg.inv(one + drag)
    a = b @ (one - drag)
    wander = np.vstack([b * dt / 2, b])  # of theta and r for one unit of noise in r
    between = np.block([[one, b * dt], [zero, a]]), wander @ (Q[n:, n:] * dt) @ wander.T
    return compose(flow(push, dt / 2), between, flow(push, dt / 2))


@scheme(PhaseSpace, weak_order=2, matrices=gjf_matrices)
def gjf(langevin, dt):
    """Return one GJF time step of a phase-space process.

    The scheme is by Gronbech-Jensen and Farago (2013).

    Parameters
    ----------
    langevin : PhaseSpace
        D constant: elsewhere the scheme has order 1 only.
    dt : float
        Time step, positive.
    """
    require(not varies(langevin.D), "D", "constant for gjf (baoab takes one that varies)", langevin.D)
    # a stays within (-1, 1] for any friction, so that strong damping does not make the step unstable.
    drag = langevin.damping * dt / 2
    a, b = (1 - drag) / (1 + drag), 1 / (1 + drag)
    return GJFStep(dt, dt / 2 / langevin.mass, a, b, kick(langevin.D, dt, langevin.mass))
