"""Schedules of the learning rate.

The displacement of each step is multiplied by a factor that changes with the iteration.
"""

import math

import numpy as np

from diffusion.checks import finite_array, positive, require, require_number, whole
from diffusion.contract import OPTIMIZER, gives, require_kind, variant_of
from diffusion.jit import LANES, inline, part
from diffusion.lane_loops import copy_to_coordinates


@part
class Schedule:
    """Optimizer with a schedule of its learning rate.

    ``theta += factor(t) (displacement of the optimizer)``.

    Parameters
    ----------
    optimizer : part
        Built-in or your own. Its memory is untouched by the factors.
    at : sequence of int
        Iterations from which on a factor holds, increasing, from 0 on: ``factors[n]`` multiplies step number
        ``at[n]`` and those after it, until the next. The first step is number 0. Before ``at[0]`` the factor is 1.
    factors : sequence of float
        One for each of ``at``; 0 or more. They do not multiply up.

    Notes
    -----
    For a rule ``theta -= eta u`` the factor is one of the learning rate; decoupled weight decay is scaled with it.

    Examples
    --------
    Divide the rate by 10 twice; let it fall as 1 / sqrt(t + 1):

    >>> from diffusion import SGD, Schedule, inverse_time, replay
    >>> twice = Schedule(SGD(0.5), at=(2, 4), factors=(0.1, 0.01))
    >>> replay(twice, [0.0], [[1.0]] * 5).ravel().round(4).tolist()
    [0.0, -0.5, -1.0, -1.05, -1.1, -1.105]
    >>> falling = Schedule(SGD(0.5), *inverse_time(1000, power=0.5))
    """

    optimizer: object
    at: tuple
    factors: tuple

    def __post_init__(self):
        require_kind(self.optimizer, OPTIMIZER)
        at, factors = finite_array(self.at, "at"), finite_array(self.factors, "factors")
        ok = (
            at.ndim == 1
            and np.all(at == np.floor(at))
            and at[0] >= 0
            # doubles count whole numbers exactly up to 2**53
            and at[-1] < 2**53
            and np.all(np.diff(at) > 0)
        )
        require(ok, "at", "increasing whole numbers from 0 on", self.at)
        require(factors.shape == at.shape, "factors", f"as many as at, {at.size}", factors.shape)
        # a negative factor would turn descent into ascent
        require(np.all(factors >= 0), "factors", "0 or more", self.factors)
        object.__setattr__(self, "at", tuple(int(t) for t in at))
        object.__setattr__(self, "factors", tuple(factors.tolist()))

    @property
    def eta(self):
        """Learning rate that the factors multiply.

        Dynamical time counts in it.
        """
        return self.optimizer.eta

    @property
    def slots(self):
        """Initial memory: that of the optimizer, and the schedule's."""
        return self.variant().slots

    def variant(self):
        """Return the optimizer whose kernels run."""
        inner = variant_of(self.optimizer)
        # before at[0] the factor is 1; behind the last place nothing changes any more
        table = np.array([[-1.0, *self.at, np.inf], [1.0, *self.factors, 1.0]])
        # splitting takes an optimizer with a ``coast`` for one with inertia, so only those may show one
        return (ScheduledInertia if gives(inner, "coast") else Scheduled)(inner, table)


@inline
def scaled_update(self, theta, state, gradient):
    """Advance by one iteration and scale its displacement.

    Every lane has its own step number.
    """
    before, factor, step, due, place = state[-5], state[-4], state[-3], state[-2], state[-1]
    some = False
    for l in range(LANES):
        some |= step[l] >= due[l]
    if some:  # rarely: a table is looked up lane by lane
        for l in range(LANES):
            if step[l] >= due[l]:
                place[l] += 1
                factor[l] = self.table[1, int(place[l])]
                due[l] = self.table[0, int(place[l]) + 1]
        copy_to_coordinates(factor)
    for l in range(LANES):
        # the counter is a row of doubles: a restarted walker starts at 0 again
        step[l] += 1
    for i in range(theta.size):
        # the displacement is scaled, not eta: this works for every rule, and leaves the rule's memory
        # untouched
        before[i] = theta[i]
    self.optimizer.update(theta, state[:-5], gradient)
    for i in range(theta.size):
        scaled = before[i] + factor[i] * (theta[i] - before[i])
        # a factor of 1 gives the bits of the optimizer without a schedule: before + (theta - before) rounds
        theta[i] = theta[i] if factor[i] == 1 else scaled


@part
class Scheduled:
    """Compiled form of `Schedule`."""

    optimizer: object
    table: np.ndarray  # steps from which on factors hold, and these factors

    @property
    def eta(self):
        """Learning rate."""
        return self.optimizer.eta

    @property
    def slots(self):
        """Initial memory of optimizer and schedule."""
        return memory(self)

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        scaled_update(self, theta, state, gradient)


@part
class ScheduledInertia:
    """Compiled form of `Schedule` with inertia.

    A class of its own, since ``coast`` marks an optimizer that has inertia.
    """

    optimizer: object
    table: np.ndarray

    @property
    def eta(self):
        """Learning rate."""
        return self.optimizer.eta

    @property
    def slots(self):
        """Initial memory of optimizer and schedule."""
        return memory(self)

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        scaled_update(self, theta, state, gradient)

    def coast(self, state, i):
        """Return how far inertia alone would carry coordinate ``i``.

        The factor of the schedule keeps its present value.
        """
        # row -4 is the factor; a linear rescaling of steps rescales their sum
        return state[-4][i] * self.optimizer.coast(state[:-5], i)


def memory(scheduled):
    """Return the initial value of each memory row.

    The optimizer's rows, then theta before the step, factor, step, step when due, place.
    """
    # the counter is due at the first entry of ``at``; until then the factor is 1
    return (*scheduled.optimizer.slots, 0.0, 1.0, 0.0, float(scheduled.table[0, 1]), 0.0)


LONGEST = 10_000_000  # steps that a helper writes down one by one


def warm_up(steps):
    """Return ``at`` and ``factors`` of a linear warm-up.

    The factor is (t + 1) / steps at step t, then 1.

    Examples
    --------
    >>> warm_up(4)
    ((0, 1, 2, 3), (0.25, 0.5, 0.75, 1.0))
    """
    steps = whole(steps, "steps", 1, LONGEST)
    return tuple(range(steps)), tuple(((np.arange(steps) + 1) / steps).tolist())


def cosine(steps, *, last=0.0, after=0):
    """Return ``at`` and ``factors`` of a cosine schedule.

    They fall from 1 to ``last`` along half a cosine.

    Parameters
    ----------
    steps : int
        Length of the fall.
    last : float
        Factor from then on, 0 or more.
    after : int
        Step at which the fall starts, behind a warm-up for instance.

    Examples
    --------
    A warm-up and the fall behind it:

    >>> (at, rising), (later, falling) = warm_up(100), cosine(900, after=100)
    >>> from diffusion import Adam, Schedule
    >>> both = Schedule(Adam(1e-3), at + later, rising + falling)
    """
    # 2**52 leaves room: after + steps stays below 2**53, up to which doubles count exactly
    steps, after = whole(steps, "steps", 1, LONGEST), whole(after, "after", 0, 2**52)
    require_number(last, "last", "0 or more and finite", 0)
    t = np.arange(steps + 1)
    # steps + 1 points: the first is 1, the last is the constant that stays
    factors = last + (1 - last) * (1 + np.cos(math.pi * t / steps)) / 2
    # the factor that stays for ever is put in as asked, free of rounding
    return tuple((after + t).tolist()), (*factors[:-1].tolist(), float(last))


def inverse_time(steps, *, scale=1.0, power=1.0, after=0):
    """Return ``at`` and ``factors`` of an inverse-time schedule.

    They fall as ``(1 + t / scale)**-power``, t = 0 at step ``after``.

    With ``power=0.5`` and ``scale=1`` the rate is that of Theorem 4, 1 / sqrt(t + 1).

    Parameters
    ----------
    steps : int
        How many are written down; then the factor stays.
    scale : float
        Steps over which it falls at first, positive.
    power : float
        Positive.
    after : int
        Step at which the fall starts.
    """
    steps, after = whole(steps, "steps", 1, LONGEST), whole(after, "after", 0, 2**52)
    positive(scale, "scale")
    positive(power, "power")
    # a factor for every step; behind the last one the factor stays
    t = np.arange(steps)
    return tuple((after + t).tolist()), tuple(((1 + t / scale) ** -power).tolist())
