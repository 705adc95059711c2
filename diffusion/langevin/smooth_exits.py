"""What happens to a walker with inertia between two time steps: it may have turned back beyond an exit.

As in `diffusion.langevin.bridge`, only a walker near an exit draws a number for it, and one that touched is put there.
"""

import math

import numpy as np

from diffusion.contract import draws_of
from diffusion.jit import LANES, aligned_zeros, named_tuple, numbers, part
from diffusion.random import F, box_muller, draw_where, fill_normals, inline

MOST_NORMAL = 6.8  # no normal is larger
MOST_NOISE = MOST_NORMAL * (0.25**3 / 3) ** 0.5  # of a turning point, where s (1 - s) is at most 1/4


@part
class WatchedSmoothly:
    """A scheme in phase space, that remembers position and velocity where the step began."""

    scheme: object
    landscape: object
    previous: object
    velocity: object

    def step(self, theta, state, z):
        """Advance by one time step."""
        r = state[0]
        for i in range(theta.size):
            self.previous[i] = theta[i]
            self.velocity[i] = r[i]
        self.scheme.advance(theta, state, self.landscape, z)


@inline
def turning_point(self, x, y, begin, end, i):
    """Return where a path from x to y turns, given the velocities at its ends, and with what uncertainty.

    NaN if it does not turn.
    """
    dt = self.scheme.dt
    s = begin / (begin - end) if begin * end < 0 else math.nan
    rest = 1 - s
    cubic = (1 + 2 * s) * rest * rest * x + s * s * (3 - 2 * s) * y + dt * s * rest * (rest * begin - s * end)
    variance = self.scheme.path_variance(x, y, self.exits.above[i], i)
    return cubic, dt * math.sqrt(variance * (s * rest) ** 3 / 3)


@part
class SmoothExits:
    """Exits of a scheme in phase space: theta is smooth, and between two steps it turns back at most once.

    Given both ends, the mean path of a free walker is the cubic through positions x, y with velocities r, w;
    around it, after a share s of the step, the position has the variance v dt^2 s^3 (1 - s)^3 / 3, where v is
    the variance of the velocity's noise over the step (an integrated Brownian bridge). The walker is looked at
    where it turns, s = r / (r - w).
    """

    exits: object
    scheme: object
    previous: object
    velocity: object
    r: object
    streams: object
    near: object
    high: object
    low: object

    def crossings(self, theta):
        """Put walkers that touched an exit onto it, and return whether any coordinate is out."""
        above, below = self.exits.above, self.exits.below
        previous, velocity, r, dt = self.previous, self.velocity, self.r, self.scheme.dt
        some = False
        for i in range(theta.size):
            x, y = previous[i], theta[i]
            # no turning point is further out than x and y by more than this, as s (1 - s) <= 1/4
            noise = MOST_NOISE * math.sqrt(self.scheme.path_variance(x, y, above[i], i))
            beyond = dt * (0.25 * (abs(velocity[i]) + abs(r[i])) + noise)
            some |= (max(x, y) + beyond >= above[i]) | (min(x, y) - beyond <= below[i])
        if not some:
            return False
        for i in range(theta.size):
            turn, spread = turning_point(self, previous[i], theta[i], velocity[i], r[i], i)
            spread *= MOST_NORMAL
            self.near[i] = (turn + spread >= above[i]) | (turn - spread <= below[i])
        draw_where(self.near, self.streams, self.high, self.low)
        for i in range(theta.size):
            y = theta[i]
            turn, spread = turning_point(self, previous[i], y, velocity[i], r[i], i)
            turn += spread * box_muller(self.high[i], self.low[i], F(0))[0]
            y = max(y, above[i]) if turn >= above[i] else y
            theta[i] = min(y, below[i]) if turn <= below[i] else y
        return self.exits.crossings(theta)

    def passed(self, theta, l):
        """Return the exit that lane ``l`` took."""
        return self.exits.passed(theta, l)


def smooth(mover, landscape, exits):
    """Return a function that binds a process and its exits for one thread; see `diffusion.escape.first_passages`."""

    def bound(streams, state):
        dim, size = landscape.dim, landscape.dim * LANES
        scheme, edges = numbers(mover, dim), numbers(exits, dim)
        before = aligned_zeros(size), aligned_zeros(size)
        drawn = streams, np.zeros(size, np.bool_), np.zeros(size, np.uint32), np.zeros(size, np.uint32)
        process = named_tuple(WatchedSmoothly)(scheme, numbers(landscape, dim), *before)
        boundary = named_tuple(SmoothExits)(edges, scheme, *before, state[0], *drawn)
        return process, boundary, fill_normals(), draws_of(mover) * dim

    return bound
