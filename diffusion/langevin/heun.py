"""Stochastic Heun scheme of the overdamped process.

It reads the noise as Stratonovich does, without derivatives of D.
"""

from typing import ClassVar

import numpy as np

from diffusion.jit import part
from diffusion.langevin.coefficients import kick
from diffusion.langevin.overdamped import Overdamped
from diffusion.langevin.scheme import scheme


@part
class HeunStep:
    """Heun step, averaged over both ends.

    Drift and noise are means of those at the start and at the end that an Euler step predicts.
    """

    dt: float
    kick: object  # its spread is sqrt(2 D dt)

    slots: ClassVar[tuple] = (0.0, 0.0, 0.0)  # scratch: grad L here and there, where the Euler step leads

    def advance(self, theta, state, landscape, z):
        """Advance the block by dt."""
        g, later, there = state
        landscape.gradient(theta, g)
        for i in range(theta.size):
            there[i] = theta[i] + self.kick.spread(theta[i], i) * z[i] - self.dt * g[i]
        landscape.gradient(there, later)
        for i in range(theta.size):
            # The same z at both ends: their mean gives Stratonovich's drift without a derivative of D.
            spread = 0.5 * (self.kick.spread(theta[i], i) + self.kick.spread(there[i], i))
            theta[i] += spread * z[i] - 0.5 * self.dt * (g[i] + later[i])

    def path_variance(self, x, y, edge, i):
        """Return the variance of a path near an edge.

        It is the product of the spreads half way from either end to the edge.
        In the coordinate whose noise is constant, du = dx / spread, the bridge is a Brownian one.
        """
        return self.kick.spread(0.5 * (x + edge), i) * self.kick.spread(0.5 * (y + edge), i)


def heun_matrices(A, Q, dt):
    """Return the linear step on a quadratic landscape.

    The mean of the drifts at both ends keeps the terms of order dt^2.
    """
    one, drift = np.eye(len(A)), A * dt
    half = one + drift / 2
    return one + drift @ half, half @ (Q * dt) @ half.T


@scheme(Overdamped, weak_order=1, reading="stratonovich", matrices=heun_matrices)
def heun(langevin, dt):
    """Return one stochastic Heun time step.

    Its order is 1, strong too in one dimension, and 2 where D is constant.

    Parameters
    ----------
    langevin : Overdamped
        Where D varies it is read as Stratonovich's.
    dt : float
        Time step, positive.
    """
    return HeunStep(dt, kick(langevin.D, dt))
