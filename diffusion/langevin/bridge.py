"""Brownian bridges between steps of an overdamped process.

They tell whether a walker touched an exit between two steps. Only a walker that passes near an exit needs a
random number to decide it, and takes it from its own stream then:
its numbers still depend on its seed and id alone. A walker that did touch is put on the exit.
"""

import math

import numpy as np

from diffusion.contract import draws_of
from diffusion.jit import LANES, aligned_zeros, helper, inline, named_tuple, numbers, part
from diffusion.random import F, draw_where, fill_normals, twice_log_uniform
from diffusion.stepper import FoldedFirst

MOST_CHANCE = 11.5  # -log(u) / 2 is at most 33 log(2) / 2 = 11.44 for a u of 32 bits
WIDE = 1000.0  # squared widths: a bridge of more variance has left long before its end pulls it
MOST_TOUCHES = 200  # at a variance of WIDE squared widths the 150th term of the series is below 1e-18


@part
class Watched:
    """Scheme on a landscape that remembers where the step began."""

    scheme: object
    landscape: object
    previous: object

    def step(self, theta, state, z):
        """Advance by one time step."""
        # A scheme overwrites theta; a bridge needs both ends of the step.
        for i in range(theta.size):
            self.previous[i] = theta[i]
        self.scheme.advance(theta, state, self.landscape, z)


@inline
def reach(self, x, y, i, chance):
    """Return whether a bridge reaches each of two exits.

    They are the exit above and the exit below. The bridge goes from x to y; ``chance`` is -log(u) / 2, see `BridgedExits`.
    """
    above, below = self.exits.above[i], self.exits.below[i]
    # Multiplied out: a variance of 0 would divide by zero, and an infinite exit compares as out of reach.
    up = self.scheme.path_variance(x, y, above, i) * chance > (above - x) * (above - y)
    down = self.scheme.path_variance(x, y, below, i) * chance > (x - below) * (y - below)
    return up, down


@helper
def first_exit_shares(x, y, below, above, up_variance, down_variance):
    """Return the shares of bridges leaving by each exit.

    They are the bridges from x to y that leave (below, above) first above, and those that leave first below.
    Paths that touch the exits in turn, such as above, below, above, are counted by reflecting the end once for
    each touch (Anderson 1960). "Above first" is A - BA + ABA - BABA + ..., where BA are the paths that touch below
    and later above. Those of n touches that unfold to the length d have the share exp(-(d^2 - (y - x)^2) / 2 v).
    The variance is a little different towards either exit where D varies: the first term takes its exit's own,
    the rest their geometric mean.
    """
    width = above - below
    variance = math.sqrt(up_variance * down_variance)
    if variance > WIDE * width * width:
        # So wide a bridge leaves at once, as free motion with the drift y - x in the time v does.
        pull = 2 * (y - x) / variance
        # Without drift the formula below is 0 / 0; its limit is right to about 1e-9.
        if abs(pull * width) < 1e-9:
            up = (x - below) / width
        else:
            up = math.expm1(-pull * (x - below)) / math.expm1(-pull * width)
        return up, 1 - up
    # Every share is measured against the direct path, whose density a bridge is conditioned on.
    direct = (y - x) ** 2
    up = _first_touches(above - x, abs(above - y), x - below, width, direct, up_variance, variance)
    down = _first_touches(x - below, abs(y - below), above - x, width, direct, down_variance, variance)
    if y >= above:  # the path has left for certain: above unless below came first
        return 1 - down, down
    if y <= below:
        return up, 1 - up
    return up, down


@helper
def _first_touches(to_exit, back, to_other, width, direct, own_variance, variance):
    """Sum the series of `first_exit_shares` for one exit."""
    # Where y is beyond this exit the exponent is 0 but for rounding, which may make it positive.
    total = math.exp(-max((to_exit + back) ** 2 - direct, 0.0) / (2 * own_variance))
    for n in range(1, MOST_TOUCHES):
        even = to_other + (2 * n - 1) * width + back
        odd = to_exit + 2 * n * width + back
        other_first = math.exp(-(even * even - direct) / (2 * variance))
        total += math.exp(-(odd * odd - direct) / (2 * variance)) - other_first
        # The terms fall from here on, and a double near 1 resolves 1e-16 only.
        if other_first < 1e-18:
            break
    # The sum alternates: rounding can leave a share slightly outside [0, 1].
    return min(max(total, 0.0), 1.0)


@part
class BridgedExits:
    """Exits of an overdamped scheme, watched along Brownian bridges.

    A bridge of variance v from x to y reaches the edge e with probability P = exp(-2 (e - x)(e - y) / v): that of
    -log(u) / 2 exceeding (e - x)(e - y) / v, with u uniform. Where both exits of a coordinate are in reach, the
    exit taken first is drawn from `first_exit_shares`. Where several coordinates leave in one step, the one whose
    u / P is smallest counts: u / P is uniform for each of them, so none is preferred.
    """

    exits: object
    scheme: object
    previous: object
    streams: object
    near: object
    high: object
    low: object
    chance: object
    settled: object  # where each walker is after a look at its exits
    surplus: object  # -log(u / P) / 2 of each coordinate that left

    def crossings(self, theta):
        """Put walkers that touched an exit onto it.

        Returns whether any coordinate is out.
        """
        previous, near, chance, settled = self.previous, self.near, self.chance, self.settled
        above, below, scheme = self.exits.above, self.exits.below, self.scheme
        some, both = False, False
        # With the largest chance possible. On most steps no walker passes this, and no number is drawn.
        for i in range(theta.size):
            up, down = reach(self, previous[i], theta[i], i, MOST_CHANCE)
            some |= up | down
            both |= up & down
        if not some:
            return False
        for i in range(theta.size):
            up, down = reach(self, previous[i], theta[i], i, MOST_CHANCE)
            near[i] = up | down
        # Only lanes near an exit draw, each from its own stream: no walker's numbers depend on others.
        draw_where(near, self.streams, self.high, self.low)
        for i in range(theta.size):
            # Twice the logarithm times -1/4 is -log(u) / 2.
            chance[i] = F(-0.25) * twice_log_uniform(self.high[i], F(0))
        for i in range(theta.size):
            x, y = previous[i], theta[i]
            up, down = reach(self, x, y, i, chance[i])
            # Below zero where the step ended outside: that path left for certain, P = 1.
            inside = max((above[i] - x) * (above[i] - y) if up else (x - below[i]) * (y - below[i]), 0.0)
            # log(P) / 2 is -inside / v, hence -log(u / P) / 2; `passed` compares it between coordinates.
            self.surplus[i] = chance[i] - inside / scheme.path_variance(x, y, above[i] if up else below[i], i)
            y = max(y, above[i]) if up else y
            settled[i] = min(y, below[i]) if down else y
        if both:  # rare, unless a step is about as long as the exits are apart
            for i in range(theta.size):
                x, y = previous[i], theta[i]
                up, down = reach(self, x, y, i, MOST_CHANCE)
                if up and down:
                    to_above = scheme.path_variance(x, y, above[i], i)
                    to_below = scheme.path_variance(x, y, below[i], i)
                    rise, fall = first_exit_shares(x, y, below[i], above[i], to_above, to_below)
                    # One uniform decides three ways: above first, below first, or neither.
                    u = math.exp(-2 * chance[i])
                    # The loop above took each exit by itself: with both in reach its answer is replaced.
                    settled[i] = y
                    if u < rise:
                        settled[i] = max(y, above[i])
                        self.surplus[i] = chance[i] + 0.5 * math.log(rise)
                    elif u < rise + fall:
                        settled[i] = min(y, below[i])
                        # Given rise < u < rise + fall, the share (u - rise) / fall is uniform again.
                        self.surplus[i] = -0.5 * math.log((u - rise) / fall)
        # Written last: the loops above need both ends of the step as the scheme left them.
        for i in range(theta.size):
            theta[i] = settled[i]
        return self.exits.crossings(theta)

    def passed(self, theta, l):
        """Return the exit that lane ``l`` took.

        The number is that of `Exits.passed`.
        """
        way, most = 0, -math.inf
        for i in range(l, theta.size, LANES):
            up, down = theta[i] >= self.exits.above[i], theta[i] <= self.exits.below[i]
            if (up or down) and self.surplus[i] > most:
                most = self.surplus[i]
                # Coordinates count from 1 here, so that the sign tells above from below and 0 means none.
                way = i // LANES + 1 if up else -(i // LANES + 1)
        return way


def bridged(mover, landscape, exits, walls=None):
    """Return a function that binds a process and its exits.

    It binds them for one thread; see `diffusion.escape.first_passages`. With walls the exits are those of a path that
    goes on behind them (`diffusion.walls.exits_beside`): it is put back inside before the next step.
    """

    def bound(streams, state):
        dim, size = landscape.dim, landscape.dim * LANES
        scheme, edges, previous = numbers(mover, dim), numbers(exits, dim), aligned_zeros(size)
        # A draw is a 64-bit word, split in two of 32 bits; a bridge uses the high one.
        words = np.zeros(size, np.uint32), np.zeros(size, np.uint32)
        drawn = streams, np.zeros(size, np.bool_), *words, np.zeros(size, np.float32)
        process = named_tuple(Watched)(scheme, numbers(landscape, dim), previous)
        if walls is not None:
            process = named_tuple(FoldedFirst)(process, numbers(walls, dim))
        boundary = named_tuple(BridgedExits)(edges, scheme, previous, *drawn, np.zeros(size), np.zeros(size))
        return process, boundary, fill_normals(), draws_of(mover) * dim

    return bound
