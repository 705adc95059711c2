"""First passage: the iteration at which a walker first passes the boundary."""

from dataclasses import dataclass, replace

import numpy as np

from diffusion.block import any_beyond, empty_block, idle_lane, initial, lane_beyond, start_lane
from diffusion.boundary import boundary_part
from diffusion.checks import one_of, require, room, seed_number, walker_ids, whole
from diffusion.contract import gives, require_parts, step_size
from diffusion.jit import LANES, kernel, numbers
from diffusion.random import U, empty_table, streams_of_lanes
from diffusion.statistics import escape_rate, exponentiality, survival
from diffusion.stepper import bind, running_parts
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

NEXT, ABORT = 0, 1  # places in the queue that threads share: the next walker, and whether one diverged
NOBODY, IDLE = -1, -2  # in a lane: about to take the next walker; no walker is left


@kernel
def _first_passage(
    times,
    exits,
    queue,
    boundary,
    limit,
    max_iterations,
    first,
    start,
    seed,
    tally,
    block,
    state,
    streams,
    process,
    draws,
    fill,
):
    """Write each walker's escape iteration into ``times``, or minus the iteration at which it was last inside.

    What the boundary says of its way out goes into ``exits``. A lane whose walker leaves takes the next from the
    queue. Returns 0, or the iteration by which a walker went beyond ``limit``.
    """
    words, table = empty_table(draws)
    theta = block[0]
    size = draws * LANES
    steps = table.size // size
    walker, age = np.full(LANES, NOBODY), np.zeros(LANES, np.int64)
    free, active = LANES, 0
    while True:
        if free:
            for l in range(LANES):
                if walker[l] != NOBODY:
                    continue
                walker[l] = fetch_add(queue, NEXT, 1)
                if walker[l] < times.size:
                    start_lane(block, streams, start, l, U(seed), U(first + walker[l]))
                    age[l] = 0
                    active += 1
                else:
                    walker[l] = IDLE
            free = 0
        if active == 0:
            return 0
        if tally[STOP] or queue[ABORT]:
            for l in range(LANES):
                if walker[l] >= 0:
                    times[walker[l]] = -age[l]
            return 0
        fill(streams, words, table)
        for k in range(steps):
            process.step(theta, state, table[k * size : (k + 1) * size])
            if boundary.crossings(theta) > 0:
                for l in range(LANES):
                    way = boundary.passed(theta, l) if walker[l] >= 0 else 0
                    if way:
                        if lane_beyond(theta, limit, l):
                            queue[ABORT] = 1
                            return age[l] + k + 1
                        idle_lane(theta, l)
                        times[walker[l]] = age[l] + k + 1
                        exits[walker[l]] = way
                        walker[l] = NOBODY
                        free += 1
        far = any_beyond(theta, limit, LANES)  # true of an idle lane too: then look at each walker
        for l in range(LANES):
            age[l] += steps
            if walker[l] >= 0:
                if far and lane_beyond(theta, limit, l):
                    queue[ABORT] = 1
                    return age[l]
                if age[l] >= max_iterations:
                    times[walker[l]] = -age[l]
                    idle_lane(theta, l)
                    walker[l] = NOBODY
                    free += 1
        active -= free
        fetch_add(tally, FINISHED, free)


@dataclass(frozen=True)
class EscapeTimes:
    """When walkers left, in iterations; a walker that was last seen inside is right-censored.

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

    @property
    def times(self):
        """Dynamical time ``eta * T``, shape (n,)."""
        return self.eta * self.iterations

    def rate(self, *, cut=0, level=0.95):
        """Return the rate per iteration with its exact interval; see `diffusion.statistics.escape_rate`."""
        return escape_rate(self.iterations, self.escaped, cut=cut, level=level)

    def survival(self, *, cut=0, level=0.95):
        """Return the Kaplan-Meier survival curve; see `diffusion.statistics.survival`."""
        return survival(self.iterations, self.escaped, cut=cut, level=level)

    def exponentiality(self, *, cut=0):
        """Test whether the times are exponential; see `diffusion.statistics.exponentiality`."""
        return exponentiality(self.iterations, self.escaped, cut=cut)

    def joined(self, other):
        """Return both runs as one: the same bits as one run over all the ids."""
        alike = (self.seed, self.eta, self.stop) == (other.seed, other.eta, other.stop)
        require(alike, "other", "of the same seed, eta and stop rule", (other.seed, other.eta, other.stop))
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
    watch=None,
):
    """Run walkers until they pass a boundary and return when.

    Parameters
    ----------
    landscape, noise, optimizer
        Parts; in place of an optimizer the time step of a process (then ``noise`` is None).
    start : float or array_like, shape (dim,)
        Where every walker starts.
    boundary : float, compiled function or part
        A walker is out when any coordinate exceeds the number, or when ``boundary(theta)``, compiled by
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
    seed, workers, watch = seed_number(seed), worker_count(workers), given_watch(watch)
    boundary = way_out(landscape, boundary, stop)
    mover, landscape, noise = running_parts(optimizer, landscape, noise)
    rows = initial(mover, landscape, start, "start")
    edge, limit = boundary_part(boundary, rows[0])
    bound = unbridged(mover, landscape, noise, edge)
    found = first_passages(bound, mover, rows, limit, max_iterations, ids, seed, workers, watch)
    iterations, escaped, begun, _ = found
    run = EscapeTimes(iterations, escaped, begun, step_size(mover), seed, stop)
    if watch.stopped:
        raise Interrupted(run if iterations.size else None)
    return run


def way_out(landscape, boundary, stop):
    """Return where a walker counts as gone under a stop rule: at ``boundary``, or at the other minimum."""
    one_of(stop, "stop", ("first", "committed"))
    if stop == "first":
        return boundary
    known = gives(landscape, "other_minimum")
    require(known, "stop", '"first" where the landscape knows no other minimum', stop)
    return float(np.max(landscape.other_minimum))


def unbridged(mover, landscape, noise, edge):
    """Return a function that binds a process, and a boundary that is looked at where steps end, for one thread."""

    def bound(streams, state):
        process, fill, draws = bind(mover, landscape, noise)
        return process, numbers(edge, landscape.dim), fill, draws

    return bound


def first_passages(bound, mover, rows, limit, max_iterations, ids, seed, workers, watch):
    """Run the walkers ``ids`` and return iterations, whether they left, their ids, and exits of those begun.

    ``bound(streams, state)`` makes what one thread needs: process, boundary, refill, and draws a step.
    ``rows`` are where a walker starts (`diffusion.block.initial`).
    """
    times, queue = room(len(ids), np.int64, len(ids)), np.zeros(2, np.int64)
    exits = room(len(ids), np.int64, len(ids))
    watch.expected += len(ids)

    def work():
        (block, state), streams = empty_block(rows), streams_of_lanes()
        process, boundary, fill, draws = bound(streams, state)
        settings = boundary, limit, max_iterations, ids.start, rows, seed, watch.tally
        return _first_passage(times, exits, queue, *settings, block, state, streams, process, draws, fill)

    diverged = max(run_threads(work, min(workers, len(ids)), watch), default=0)
    if diverged:
        raise Diverged(diverged, mover)
    begun = times != 0
    escaped = (times > 0) & (times <= max_iterations)
    iterations = np.minimum(np.abs(times), max_iterations)
    return (
        iterations[begun],
        escaped[begun],
        np.arange(ids.start, ids.stop)[begun],
        np.where(escaped, exits, 0)[begun],
    )
