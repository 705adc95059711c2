"""First passage times through a boundary.

A time is the iteration at which a walker first passes the boundary.
"""

import warnings
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from diffusion.block import any_beyond, empty_block, idle_lane, lane_beyond
from diffusion.boundary import Threshold, boundary_part
from diffusion.checks import one_of, require, seed_number, walker_ids, whole
from diffusion.contract import form_of, gives, require_parts, step_size
from diffusion.cost import foretell, room
from diffusion.jit import LANES, kernel, numbers
from diffusion.random import U, empty_table, streams_of_lanes
from diffusion.starts import start_lane, starts_of
from diffusion.statistics import escape_rate, exponentiality, survival
from diffusion.stepper import bind, running_parts
from diffusion.values import value
from diffusion.walls import walls_that_run
from diffusion.watch import (
    FINISHED,
    STOP,
    Diverged,
    Interrupted,
    fetch_add,
    given_watch,
    run_threads,
    worker_count,
)

# Places have names, because compiled code cannot index an array by a word.
NEXT, ABORT = 0, 1  # places in the queue that threads share: the next walker, and whether one diverged
RESULT_BYTES = 56  # of each walker: times, ids, exits, whether it escaped, and copies when they are sorted
# Negative, since walkers are numbered from 0.
NOBODY, IDLE = -1, -2  # in a lane: about to take the next walker; no walker is left


class Passage(NamedTuple):
    """Arguments of `_first_passage`, in one tuple.

    Attributes
    ----------
    times, exits : ndarray of int, shape (walkers,)
        Iteration at which a walker escaped, or minus the one at which it was last inside; and by which exit. Written.
    queue : ndarray of int
        The next walker, and whether one diverged: threads share it.
    boundary : part
    limit : float
        Where a walker counts as diverged.
    max_iterations : int
    first : int
        Id of the first walker.
    starts : Starts
    seed : int
    tally : ndarray
        Of the watch.
    block, state, streams
        Memory of a block; its rows after theta; memory of its lanes' streams.
    process, draws, fill
        What `bind` returned.
    """

    times: Any
    exits: Any
    queue: Any
    boundary: Any
    limit: Any
    max_iterations: Any
    first: Any
    starts: Any
    seed: Any
    tally: Any
    block: Any
    state: Any
    streams: Any
    process: Any
    draws: Any
    fill: Any


@kernel
def _first_passage(run):
    """Write when each walker escapes, and by which exit.

    A lane whose walker leaves takes the next from the queue. Returns 0, or the iteration by which a walker went
    beyond ``limit``.
    """
    times, queue, boundary, tally, limit = run.times, run.queue, run.boundary, run.tally, run.limit
    block, state, streams, process, draws = run.block, run.state, run.streams, run.process, run.draws
    words, table = empty_table(draws)
    theta = block[0]
    size = draws * LANES
    # One refill of the table lasts for this many steps.
    steps = table.size // size
    # Lanes run at different ages: a lane takes a new walker at the next refill, so none waits for
    # the slowest.
    walker, age = np.full(LANES, NOBODY), np.zeros(LANES, np.int64)
    free, active = LANES, 0
    while True:
        if free:
            for l in range(LANES):
                if walker[l] != NOBODY:
                    continue
                # Atomic: threads share the queue, and no walker may be taken twice.
                walker[l] = fetch_add(queue, NEXT, 1)
                if walker[l] < times.size:
                    start_lane(
                        block, streams, run.starts, l, walker[l], U(run.seed), U(run.first + walker[l])
                    )
                    age[l] = 0
                    active += 1
                else:
                    walker[l] = IDLE
            free = 0
        if active == 0:
            return 0
        # Looked at once a refill: a look at every step would slow the inner loop.
        if tally[STOP] or queue[ABORT]:
            for l in range(LANES):
                if walker[l] >= 0:
                    times[walker[l]] = -age[l]
            return 0
        run.fill(streams, words, table)
        for k in range(steps):
            process.step(theta, state, table[k * size : (k + 1) * size])
            # One vector test of the whole block comes first; lanes are looked at only when it says
            # yes.
            if boundary.crossings(theta) > 0:
                for l in range(LANES):
                    way = boundary.passed(theta, l) if walker[l] >= 0 else 0
                    if way:
                        # A walker that diverged is past the boundary too, but it did not escape.
                        if lane_beyond(theta, limit, l):
                            queue[ABORT] = 1
                            return age[l] + k + 1
                        # NaN: an idle lane never crosses again, whatever its last walker did.
                        idle_lane(theta, l)
                        times[walker[l]] = age[l] + k + 1
                        run.exits[walker[l]] = way
                        walker[l] = NOBODY
                        free += 1
        # Once a refill, in vector code, before any lane is looked at.
        far = any_beyond(theta, limit, LANES)  # an idle lane counts too, so a hit means: look at each walker
        for l in range(LANES):
            age[l] += steps
            if walker[l] >= 0:
                if far and lane_beyond(theta, limit, l):
                    queue[ABORT] = 1
                    return age[l]
                # Checked once a refill, so a walker may run some steps too long; `first_passages`
                # cuts its time.
                if age[l] >= run.max_iterations:
                    times[walker[l]] = -age[l]
                    idle_lane(theta, l)
                    walker[l] = NOBODY
                    free += 1
        active -= free
        fetch_add(tally, FINISHED, free)


@value
@dataclass(frozen=True, eq=False, repr=False)
class EscapeTimes:
    """Escape times of walkers, in iterations.

    A walker that was last seen inside is right-censored.

    Attributes
    ----------
    iterations : ndarray of int, shape (n,)
        Iteration after which a walker was first outside; where it was not, the last one it was seen inside.
    escaped : ndarray of bool, shape (n,)
    ids : ndarray of int, shape (n,)
        The walkers' ids.
    eta : float
        Learning rate, or time step: ``times = eta * iterations``.
    seed : int
    stop : str
        "first": first passage of the boundary; "committed": of the other minimum.
    """

    iterations: np.ndarray
    escaped: np.ndarray
    ids: np.ndarray
    eta: float
    seed: int
    stop: str = "first"

    def summary(self):
        """Return the fields worth showing."""
        rate = self.rate()
        limits = f"{rate.mean_time_low:.6g} to {rate.mean_time_high:.6g} at {rate.level:g}"
        return {
            "walkers": f"{self.iterations.size}, {int(self.escaped.sum())} escaped",
            "mean_time": f"{rate.mean_time:.6g} iterations ({limits})",
            "eta": f"{self.eta:g}",
            "seed": str(self.seed),
            "stop": self.stop,
        }

    @property
    def times(self):
        """Dynamical time ``eta * T``, shape (n,)."""
        return self.eta * self.iterations

    def rate(self, *, cut=0, level=0.95):
        """Return the rate per iteration with its exact interval.

        See `diffusion.statistics.escape_rate`.
        """
        return escape_rate(self.iterations, self.escaped, cut=cut, level=level)

    def survival(self, *, cut=0, level=0.95):
        """Return the Kaplan-Meier survival curve.

        See `diffusion.statistics.survival`.
        """
        return survival(self.iterations, self.escaped, cut=cut, level=level)

    def exponentiality(self, *, cut=0):
        """Test whether the times are exponential.

        See `diffusion.statistics.exponentiality`.
        """
        return exponentiality(self.iterations, self.escaped, cut=cut)

    def joined(self, other):
        """Join two runs into one.

        The result has the same bits as one run over all the ids.
        """
        require(isinstance(other, EscapeTimes), "other", "a run of escape_times", other)
        alike = (self.seed, self.eta, self.stop) == (other.seed, other.eta, other.stop)
        require(alike, "other", "of the same seed, eta and stop rule", (other.seed, other.eta, other.stop))
        # A walker counted twice would narrow every interval without adding information.
        require(not np.isin(other.ids, self.ids).any(), "other.ids", "different walkers", "walkers in common")
        both = (
            np.concatenate([getattr(self, n), getattr(other, n)]) for n in ("iterations", "escaped", "ids")
        )
        return replace(self, **dict(zip(("iterations", "escaped", "ids"), both, strict=True)))


def escape_times(
    landscape,
    noise,
    optimizer,
    *,
    start,
    boundary,
    max_iterations,
    walkers,
    seed,
    workers=None,
    stop="first",
    walls=None,
    watch=None,
):
    """Run walkers until they exit and return their times.

    Parameters
    ----------
    landscape, noise, optimizer
        Parts; in place of an optimizer the time step of a process (then ``noise`` is None).
    start : float or array_like, shape (dim,) or (walkers, dim)
        Where every walker starts, or each of them.
    boundary : float, array_like of shape (dim,), compiled function or part
        A walker is out when any coordinate exceeds the number; when a coordinate is at or above its own number,
        infinite where it has none; or when ``boundary(theta)``, compiled by
        ``numba.njit``, is true of its position, shape (dim,); or as a part says, such as
        ``Exits(below, above)`` with exits of its own for every coordinate.
    max_iterations : int
        A walker still inside then is censored.
    walkers : int or range
        How many, or which ids.
    seed : int
        The numbers depend on the seed and each walker's id alone, not on threads.
    workers : int, optional
        Threads; as many as processors unless given.
    stop : {"first", "committed"}
        "committed" waits for the other minimum (``landscape.other_minimum``) instead of the boundary: first
        passage of a barrier's top takes half of Kramers' time where friction is strong, because every second
        walker falls back.
    walls : Walls, optional
        Where walkers are reflected, or go on at the other side.
    watch : Watch, optional
        To show progress, or stop, from outside.

    Returns
    -------
    EscapeTimes

    Raises
    ------
    ValueError
        On bad arguments, one line each; among them a start past the boundary.
    Diverged
        If a walker is no longer finite, or absurdly far away.
    Interrupted
        On Ctrl-C or ``watch.stop()``; ``partial`` holds the walkers begun, those still inside as censored;
        None if there are none.

    Examples
    --------
    >>> from diffusion import SGD, FrozenNoise, StyblinskiTang, escape_times
    >>> valley = StyblinskiTang(dim=1, k=6.0)
    >>> noise = FrozenNoise(100 * valley.H_a)
    >>> run = escape_times(valley, noise, SGD(1e-3), start=valley.minimum, boundary=valley.boundary,
    ...                    max_iterations=100_000, walkers=200, seed=0)
    >>> bool(run.escaped.all()), 1000 < run.rate().mean_time < 1600
    (True, True)
    """
    require_parts(landscape, noise, optimizer)
    ids = walker_ids(walkers)
    max_iterations = whole(max_iterations, "max_iterations")
    # Arguments are checked before anything is compiled.
    seed, workers, watch = seed_number(seed), worker_count(workers), given_watch(watch)
    boundary = way_out(landscape, boundary, stop)
    plain = form_of(landscape)  # noise may replace the landscape by another, with the same couplings
    mover, landscape, noise = running_parts(optimizer, landscape, noise)
    starts = starts_of(mover, landscape, start, len(ids), "start")
    # The boundary is checked against the starts: a walker already outside would escape at iteration
    # 1.
    edge, limit = boundary_part(boundary, starts.points)
    warn_of_any_coordinate(edge, plain)
    if walls is not None:
        walls = walls_that_run(walls, mover, landscape, starts.points, "start")
    bound = unbridged(mover, landscape, noise, edge, walls)
    found = first_passages(bound, mover, starts, limit, max_iterations, ids, seed, workers, watch)
    iterations, escaped, begun, _ = found
    run = EscapeTimes(iterations, escaped, begun, step_size(mover), seed, stop)
    if watch.stopped:
        raise Interrupted(run if iterations.size else None)
    return run


def way_out(landscape, boundary, stop):
    """Return the boundary that a stop rule uses.

    It is ``boundary`` itself, or the other minimum.
    """
    one_of(stop, "stop", ("first", "committed"))
    if stop == "first":
        return boundary
    known = gives(landscape, "other_minimum")
    # Only landscapes with two minima know where a walker has committed itself.
    require(known, "stop", '"first" where the landscape knows no other minimum', stop)
    return float(np.max(landscape.other_minimum))


def warn_of_any_coordinate(edge, landscape):
    """Warn where one boundary holds for coupled coordinates.

    One number is then the boundary of every coordinate, which is rarely meant.
    """
    if isinstance(edge, Threshold) and landscape.dim > 1 and not gives(landscape, "slope"):
        warnings.warn(
            f"a boundary of one number, {edge.value:g}, holds for every coordinate, and the coordinates of this "
            "landscape are coupled; give one per coordinate, such as [0, inf], or a compiled function",
            stacklevel=3,
        )


def unbridged(mover, landscape, noise, edge, walls=None):
    """Return a function that binds a process for one thread.

    The boundary is looked at only where steps end.
    """

    def bound(streams, state):
        process, fill, draws = bind(mover, landscape, noise, walls)
        return process, numbers(edge, landscape.dim), fill, draws

    return bound


def first_passages(bound, mover, starts, limit, max_iterations, ids, seed, workers, watch):
    """Run the walkers ``ids`` until they exit.

    Return iterations, whether they left, their ids, and exits of those that started.

    ``bound(streams, state)`` makes what one thread needs: process, boundary, refill, and draws a step.
    ``starts`` are where they start (`diffusion.starts`).
    """
    # Zero means not started: a time is positive after an escape and negative while inside.
    times, queue = room(len(ids), np.int64, len(ids), len(ids) * RESULT_BYTES), np.zeros(2, np.int64)
    # Allocated before the run: too many walkers fail at once and not after hours.
    exits = room(len(ids), np.int64, len(ids))
    # Every walker makes a step at least; how many more, the run itself finds out.
    foretell(len(ids), starts.common.shape[-1], 1, min(workers, len(ids)))
    watch.expected += len(ids)

    def work():
        (block, state), streams = empty_block(*starts.common.shape), streams_of_lanes()
        process, boundary, fill, draws = bound(streams, state)
        run = Passage(
            times, exits, queue, boundary, limit, max_iterations, ids.start, starts, seed, watch.tally, block, state,
            streams, process, draws, fill,
        )  # fmt: skip
        return _first_passage(run)

    diverged = max(run_threads(work, min(workers, len(ids)), watch), default=0)
    if diverged:
        raise Diverged(diverged, mover)
    begun = times != 0
    # A walker may have left between `max_iterations` and the next check; it then counts as inside.
    escaped = (times > 0) & (times <= max_iterations)
    iterations = np.minimum(np.abs(times), max_iterations)
    return (
        iterations[begun],
        escaped[begun],
        np.arange(ids.start, ids.stop)[begun],
        np.where(escaped, exits, 0)[begun],
    )
