"""Turning points of walkers with inertia between time steps.

They tell whether a walker touched an exit between two time steps and came back. As in
`diffusion.langevin.bridge`, only a walker near an exit draws a number for it, and one that touched is put there.
"""

import math

import numpy as np

from diffusion.contract import draws_of
from diffusion.jit import LANES, aligned_zeros, inline, named_tuple, numbers, part
from diffusion.random import F, box_muller, draw_where, fill_normals
from diffusion.stepper import FoldedFirst

MOST_NORMAL = 6.8  # `box_muller` returns none above 6.77: its uniforms have 32 bits
MOST_NOISE = MOST_NORMAL * (0.25**3 / 3) ** 0.5  # of a turning point, where s (1 - s) is at most 1/4


@part
class WatchedSmoothly:
    """Phase-space scheme that remembers where the step began.

    It keeps both position and velocity.
    """

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
    """Return when, where and how surely a path turns.

    The path goes from x to y with the velocities ``begin`` and ``end`` there.
    NaN if the path does not turn.
    """
    dt = self.scheme.dt
    # The share of the step after which a velocity linear in time vanishes. NaN compares as false everywhere
    # below, so that a path that does not turn touches nothing.
    s = begin / (begin - end) if begin * end < 0 else math.nan
    rest = 1 - s
    # Hermite's cubic through both positions with both velocities.
    cubic = (1 + 2 * s) * rest * rest * x + s * s * (3 - 2 * s) * y + dt * s * rest * (rest * begin - s * end)
    variance = self.scheme.path_variance(x, y, self.exits.above[i], i)
    return s, cubic, dt * math.sqrt(variance * (s * rest) ** 3 / 3)


@part
class SmoothExits:
    """Exits of a phase-space scheme, checked where paths turn.

    Theta is smooth, and between two steps it turns back at most once.
    Given both ends, the mean path of a free walker is the cubic through positions x, y with velocities r, w;
    around it, after a share s of the step, the position has the variance v dt^2 s^3 (1 - s)^3 / 3, where v is
    the variance of the velocity's noise over the step (an integrated Brownian bridge). The walker is looked at
    where it turns, s = r / (r - w). Where several coordinates leave in one step, the earliest counts.
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
    when: object  # share of the step after which each coordinate left

    def crossings(self, theta):
        """Put walkers that touched an exit onto it.

        Returns whether any coordinate is out.
        """
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
            _, turn, spread = turning_point(self, previous[i], theta[i], velocity[i], r[i], i)
            # Near means that some draw could reach an exit: the rest need no number.
            spread *= MOST_NORMAL
            self.near[i] = (turn + spread >= above[i]) | (turn - spread <= below[i])
        # Each lane draws from its own walker's stream, so that no walker's numbers depend on others.
        draw_where(self.near, self.streams, self.high, self.low)
        for i in range(theta.size):
            x, y = previous[i], theta[i]
            s, turn, spread = turning_point(self, x, y, velocity[i], r[i], i)
            turn += spread * box_muller(self.high[i], self.low[i], F(0))[0]
            # a path that turns beyond one exit and ends beyond the other took the first of them
            turned_out = (turn >= above[i]) | (turn <= below[i])
            # Where a path ended outside without turning there, a straight line between its ends gives the
            # time.
            self.when[i] = s if turned_out else ((above[i] if y > x else below[i]) - x) / (y - x)
            y = max(y, above[i]) if turn >= above[i] else y
            theta[i] = min(y, below[i]) if turn <= below[i] else y
        return self.exits.crossings(theta)

    def passed(self, theta, l):
        """Return the exit that lane ``l`` took.

        The number is that of `Exits.passed`.
        """
        way, first = 0, math.inf
        for i in range(l, theta.size, LANES):
            up, down = theta[i] >= self.exits.above[i], theta[i] <= self.exits.below[i]
            if (up or down) and self.when[i] < first:
                first = self.when[i]
                # Coordinates count from 1 here, so that the sign tells above from below and 0 means none.
                way = i // LANES + 1 if up else -(i // LANES + 1)
        return way


def smooth(mover, landscape, exits, walls=None):
    """Return a function that binds a process and its exits.

    It binds them for one thread; see `diffusion.escape.first_passages`. With walls the exits are those of a path that
    goes on behind them (`diffusion.walls.exits_beside`): it is put back inside before the next step.
    """

    def bound(streams, state):
        dim, size = landscape.dim, landscape.dim * LANES
        scheme, edges = numbers(mover, dim), numbers(exits, dim)
        before = aligned_zeros(size), aligned_zeros(size)
        words = np.zeros(size, np.uint32), np.zeros(size, np.uint32)
        drawn = streams, np.zeros(size, np.bool_), *words, np.zeros(size)
        process = named_tuple(WatchedSmoothly)(scheme, numbers(landscape, dim), *before)
        if walls is not None:
            process = named_tuple(FoldedFirst)(process, numbers(walls, dim))
        boundary = named_tuple(SmoothExits)(edges, scheme, *before, state[0], *drawn)
        return process, boundary, fill_normals(), draws_of(mover) * dim

    return bound
