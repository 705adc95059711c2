"""What happens to a walker of an overdamped process between two time steps: it may have touched an exit.

Only a walker that passes near an exit needs a random number to decide it, and takes it from its own stream then:
its numbers still depend on its seed and id alone. One that did touch is put on the exit.
"""

import numpy as np

from diffusion.contract import draws_of
from diffusion.jit import LANES, aligned_zeros, named_tuple, numbers, part
from diffusion.random import F, draw_where, fill_normals, inline, twice_log_uniform

MOST_CHANCE = 11.5  # -log(u) / 2 is below for any u of 32 bits


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
        """Put walkers that touched an exit onto it, and return whether any coordinate is out."""
        previous, near = self.previous, self.near
        some = False
        for i in range(theta.size):
            up, down = reach(self, previous[i], theta[i], i, MOST_CHANCE)
            some |= up | down
        if not some:
            return False
        for i in range(theta.size):
            up, down = reach(self, previous[i], theta[i], i, MOST_CHANCE)
            near[i] = up | down
        draw_where(near, self.streams, self.high, self.low)
        for i in range(theta.size):
            self.chance[i] = F(-0.25) * twice_log_uniform(self.high[i], F(0))
        for i in range(theta.size):
            x, y = previous[i], theta[i]
            up, down = reach(self, x, y, i, self.chance[i])
            y = max(y, self.exits.above[i]) if up else y
            theta[i] = min(y, self.exits.below[i]) if down else y
        return self.exits.crossings(theta)

    def passed(self, theta, l):
        """Return the exit that lane ``l`` took."""
        return self.exits.passed(theta, l)


def bridged(mover, landscape, exits):
    """Return a function that binds a process and its exits for one thread; see `diffusion.escape.first_passages`."""

    def bound(streams, state):
        dim, size = landscape.dim, landscape.dim * LANES
        scheme, edges, previous = numbers(mover, dim), numbers(exits, dim), aligned_zeros(size)
        words = np.zeros(size, np.uint32), np.zeros(size, np.uint32)
        drawn = streams, np.zeros(size, np.bool_), *words, np.zeros(size, np.float32)
        process = named_tuple(Watched)(scheme, numbers(landscape, dim), previous)
        boundary = named_tuple(BridgedExits)(edges, scheme, previous, *drawn)
        return process, boundary, fill_normals(), draws_of(mover) * dim

    return bound
