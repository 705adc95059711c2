"""What happens to a walker between two time steps: it may have touched an exit and come back.

Only a walker that passes near an exit needs a random number to decide it, and takes it from its own stream then:
its numbers still depend on its seed and id alone. One that did touch is put on the exit.
"""

import math

import numpy as np

from diffusion.jit import LANES, aligned_zeros, named_tuple, numbers, part
from diffusion.random import F, box_muller, draw_where, fill_normals, inline, log_uniform

MOST_CHANCE = 11.5  # -log(u) / 2 is below for any u of 32 bits
MOST_NORMAL = 6.8  # no normal is larger


@part
class Watched:
    """A scheme on a landscape, that remembers where the step began."""

    scheme: object
    landscape: object
    previous: object

    def step(self, theta, state, z):
        """Advance by one time step."""
        for i in range(theta.size):
            self.previous[i] = theta[i]
        self.scheme.advance(theta, state, self.landscape, z)


@part
class WatchedSmoothly:
    """The same with the velocity."""

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
def reach(self, x, y, i, chance):
    """Return whether a bridge from x to y reaches the exit above, and the one below, at this ``chance``."""
    above, below = self.exits.above[i], self.exits.below[i]
    up = self.scheme.path_variance(x, y, above, i) * chance > (above - x) * (above - y)
    down = self.scheme.path_variance(x, y, below, i) * chance > (x - below) * (y - below)
    return up, down


@part
class BridgedExits:
    """Exits of an overdamped scheme, whose steps are joined by Brownian bridges.

    A bridge of variance s^2 from x to y reaches the edge e with probability exp(-2 (e - x)(e - y) / s^2): that of
    -log(u) / 2 exceeding (e - x)(e - y) / s^2, with u uniform.
    """

    exits: object
    scheme: object
    previous: object
    streams: object
    near: object
    high: object
    low: object
    chance: object

    def crossings(self, theta):
        """Put walkers that touched an exit onto it, and return how many coordinates are out."""
        previous, near = self.previous, self.near
        some = False
        for i in range(theta.size):
            up, down = reach(self, previous[i], theta[i], i, MOST_CHANCE)
            some |= up | down
        if not some:
            return 0
        for i in range(theta.size):
            up, down = reach(self, previous[i], theta[i], i, MOST_CHANCE)
            near[i] = up | down
        draw_where(near, self.streams, self.high, self.low)
        for i in range(theta.size):
            self.chance[i] = F(-0.5) * log_uniform(self.high[i], F(0))
        for i in range(theta.size):
            x, y = previous[i], theta[i]
            up, down = reach(self, x, y, i, self.chance[i])
            y = max(y, self.exits.above[i]) if up else y
            theta[i] = min(y, self.exits.below[i]) if down else y
        return self.exits.crossings(theta)

    def passed(self, theta, l):
        """Return the exit that lane ``l`` took."""
        return self.exits.passed(theta, l)


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
        """Put walkers that touched an exit onto it, and return how many coordinates are out."""
        above, below = self.exits.above, self.exits.below
        count = 0
        for i in range(theta.size):
            turn, spread = turning_point(self, self.previous[i], theta[i], self.velocity[i], self.r[i], i)
            spread *= MOST_NORMAL
            count += (turn + spread >= above[i]) | (turn - spread <= below[i])
            count += (theta[i] >= above[i]) | (theta[i] <= below[i])
        if count == 0:
            return 0
        for i in range(theta.size):
            turn, spread = turning_point(self, self.previous[i], theta[i], self.velocity[i], self.r[i], i)
            spread *= MOST_NORMAL
            self.near[i] = (turn + spread >= above[i]) | (turn - spread <= below[i])
        draw_where(self.near, self.streams, self.high, self.low)
        for i in range(theta.size):
            y = theta[i]
            turn, spread = turning_point(self, self.previous[i], y, self.velocity[i], self.r[i], i)
            turn += spread * box_muller(self.high[i], self.low[i], F(0))[0]
            y = max(y, above[i]) if turn >= above[i] else y
            theta[i] = min(y, below[i]) if turn <= below[i] else y
        return self.exits.crossings(theta)

    def passed(self, theta, l):
        """Return the exit that lane ``l`` took."""
        return self.exits.passed(theta, l)


def bridged(mover, landscape, exits, smooth):
    """Return a function that binds a process and its exits for one thread (see `diffusion.escape.first_passages`).

    ``smooth`` says that the process has inertia.
    """

    def bind(streams, state):
        dim, size = landscape.dim, landscape.dim * LANES
        scheme, terrain, edges = numbers(mover, dim), numbers(landscape, dim), numbers(exits, dim)
        draws = getattr(mover, "draws", 1) * dim
        drawn = streams, np.zeros(size, np.bool_), np.zeros(size, np.uint32), np.zeros(size, np.uint32)
        previous = aligned_zeros(size)
        if not smooth:
            process = named_tuple(Watched)(scheme, terrain, previous)
            return (
                process,
                named_tuple(BridgedExits)(edges, scheme, previous, *drawn, np.zeros(size, np.float32)),
                fill_normals(),
                draws,
            )
        velocity = aligned_zeros(size)
        process = named_tuple(WatchedSmoothly)(scheme, terrain, previous, velocity)
        boundary = named_tuple(SmoothExits)(edges, scheme, previous, velocity, state[0], *drawn)
        return process, boundary, fill_normals(), draws

    return bind
