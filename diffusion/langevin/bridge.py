"""What happens to a walker between two time steps: it may have touched an exit and come back.

A walker that did is put on the exit, where `diffusion.boundary.Exits` finds it.
"""

import math

from diffusion.jit import LANES, aligned_zeros, named_tuple, numbers, part
from diffusion.random import fill_normals


@part
class BridgedMotion:
    """An overdamped scheme whose steps are joined by Brownian bridges.

    A bridge of variance s^2 from x to y reaches the edge e with probability exp(-2 (e - x)(e - y) / s^2), which
    is that of an exponential variable (u^2 + v^2) / 2, of normals u and v, exceeding 2 (e - x)(e - y) / s^2.
    """

    scheme: object
    landscape: object
    below: object
    above: object
    previous: object

    def step(self, theta, state, z):
        """Advance by one time step."""
        n, previous = theta.size, self.previous
        for i in range(n):
            previous[i] = theta[i]
        self.scheme.advance(theta, state, self.landscape, z)
        u, v = z[z.size - 2 * n : z.size - n], z[z.size - n :]
        for i in range(n):
            x, y, above, below = previous[i], theta[i], self.above[i], self.below[i]
            chance = 0.25 * (u[i] * u[i] + v[i] * v[i])
            up = self.scheme.path_variance(x, y, above, i) * chance > (above - x) * (above - y)
            down = self.scheme.path_variance(x, y, below, i) * chance > (x - below) * (y - below)
            y = max(y, above) if up else y
            theta[i] = min(y, below) if down else y


@part
class SmoothMotion:
    """A scheme in phase space: theta is smooth, and between two steps it turns back at most once.

    Given both ends, the mean path of a free walker is the cubic through positions x, y with velocities r, w;
    around it, after a share s of the step, the position has the variance v dt^2 s^3 (1 - s)^3 / 3, where v is
    the variance of the velocity's noise over the step (an integrated Brownian bridge). The walker is looked at
    where it turns, s = r / (r - w).
    """

    scheme: object
    landscape: object
    below: object
    above: object
    previous: object
    velocity: object

    def step(self, theta, state, z):
        """Advance by one time step."""
        n, previous, velocity = theta.size, self.previous, self.velocity
        r = state[0]
        for i in range(n):
            previous[i] = theta[i]
            velocity[i] = r[i]
        self.scheme.advance(theta, state, self.landscape, z)
        u, dt = z[z.size - n :], self.scheme.dt
        for i in range(n):
            x, y, begin, end = previous[i], theta[i], velocity[i], r[i]
            turns = begin * end < 0
            s = begin / (begin - end) if turns else 0.0
            rest = 1 - s
            cubic = (1 + 2 * s) * rest * rest * x + s * s * (3 - 2 * s) * y
            cubic += dt * s * rest * (rest * begin - s * end)
            variance = self.scheme.path_variance(x, y, self.above[i], i)
            turn = cubic + dt * math.sqrt(variance * (s * rest) ** 3 / 3) * u[i]
            up = turns & (turn >= self.above[i])
            down = turns & (turn <= self.below[i])
            y = max(y, self.above[i]) if up else y
            theta[i] = min(y, self.below[i]) if down else y


def bridged(exits, smooth):
    """Return a function that binds scheme, landscape and exits into a process (see `diffusion.process.bind`)."""

    def bind(mover, landscape, noise):
        dim = landscape.dim
        draws = (getattr(mover, "draws", 1) + (1 if smooth else 2)) * dim
        edges = numbers(exits, dim)
        kind, scratch = (SmoothMotion, 2) if smooth else (BridgedMotion, 1)
        rows = [aligned_zeros(dim * LANES) for _ in range(scratch)]
        process = named_tuple(kind)(
            numbers(mover, dim), numbers(landscape, dim), edges.below, edges.above, *rows
        )
        return process, fill_normals(), draws

    return bind
