"""Euler-Maruyama scheme of strong order 1/2, weak order 1.

It reads the noise as Ito does.
"""

from typing import ClassVar

import numpy as np

from diffusion.checks import require
from diffusion.jit import part
from diffusion.langevin.coefficients import kick
from diffusion.langevin.overdamped import Overdamped
from diffusion.langevin.phase_space import PhaseSpace
from diffusion.langevin.scheme import scheme


@part
class OverdampedStep:
    """Euler-Maruyama step of Eq. (1).

    With ``dt = eta`` it is an iteration of SGD.
    """

    dt: float
    kick: object  # its spread is sqrt(2 D dt)

    slots: ClassVar[tuple] = (0.0,)  # scratch: grad L

    def advance(self, theta, state, landscape, z):
        """Advance the block by dt."""
        (g,) = state
        slopes = landscape.slopes_at(theta, g)
        for i in range(theta.size):
            x = theta[i]
            # The spread is that at x, before the move: this makes the reading Ito's.
            theta[i] = x + self.kick.spread(x, i) * z[i] - self.dt * slopes.slope(x, i)

    def path_variance(self, x, y, edge, i):
        """Return the variance of the path between its ends.

        D stays as it was where the step began.
        """
        # The step itself uses D at x all the way, so the bridge between its ends does too.
        return self.kick.spread(x, i) ** 2


@part
class PhaseSpaceStep:
    """Euler-Maruyama step of Eq. (7).

    Position and velocity both move by what they were before it.
    """

    dt: float
    keep: np.ndarray  # 1 - gamma dt
    push: np.ndarray  # dt / M
    kick: object  # its spread is sqrt(2 D dt) / M

    slots: ClassVar[tuple] = (0.0, 0.0)  # initial r; scratch: grad L

    def advance(self, theta, state, landscape, z):
        """Advance the block by dt."""
        r, g = state
        slopes = landscape.slopes_at(theta, g)
        for i in range(theta.size):
            before, x = r[i], theta[i]
            r[i] = self.keep[i] * before - self.push[i] * slopes.slope(x, i) + self.kick.spread(x, i) * z[i]
            # The old velocity: with the new one this would be another scheme, symplectic Euler.
            theta[i] = x + self.dt * before

    def coast(self, state, i):
        """Return how far inertia alone carries coordinate ``i``."""
        # Moves of dt r, dt keep r, ... add up to r / gamma, as in the process itself.
        return self.dt / (1 - self.keep[i]) * state[0][i]

    def path_variance(self, x, y, edge, i):
        """Return the velocity noise's variance over a step."""
        return self.kick.spread(y, i) ** 2


def euler_matrices(A, Q, dt):
    """Return the linear step on a quadratic landscape."""
    return np.eye(len(A)) + A * dt, Q * dt


@scheme(Overdamped, PhaseSpace, weak_order=1, reading="ito", matrices=euler_matrices)
def euler_maruyama(langevin, dt):
    """Return one Euler-Maruyama time step of a process.

    The step is a part that drivers run.

    Parameters
    ----------
    langevin : Overdamped or PhaseSpace
        Where an overdamped D varies it is read as Ito's.
    dt : float
        Time step, positive.
    """
    if isinstance(langevin, Overdamped):
        return OverdampedStep(dt, kick(langevin.D, dt))
    with np.errstate(over="ignore"):
        keep, push = 1 - langevin.damping * dt, dt / langevin.mass
    ok = np.all(np.isfinite(keep)) and np.all(np.isfinite(push))
    require(ok, "dt", "small enough for gamma dt and dt / M to be finite", dt)
    return PhaseSpaceStep(dt, keep, push, kick(langevin.D, dt, langevin.mass))
