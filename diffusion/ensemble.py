"""Evolve many independent walkers.

They move by iterations of an optimizer or by time steps of a stochastic process.
"""

import itertools
import threading
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from diffusion.block import add_velocities, any_beyond, empty_block, point_on
from diffusion.checks import finite_array, one_of, require, seed_number, walker_ids
from diffusion.contract import gives, require_parts, step_size
from diffusion.cost import foretell, room
from diffusion.jit import LANES, kernel
from diffusion.moments import MomentTree
from diffusion.random import U, empty_streams, inline, load_streams, store_streams
from diffusion.starts import Starts, start_block, starts_of
from diffusion.statistics import Estimate
from diffusion.stepper import bind, running_parts
from diffusion.values import shown, value
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

# Runs can be split only at multiples of this: then every block is summed by one run.
BLOCK = 64  # walkers whose moments are summed in a row: blocks, not threads or lanes, fix the rounding
# The moments need fourth powers: 1e70**4 = 1e280 is still a double.
FAR = 1e70  # where a walker counts as diverged: the fourth power of more would not be a number
# Threads take small chunks from a common counter, so none waits long for the last one.
CHUNK_WORK = 40_000_000  # walkers * steps * coordinates that a thread takes at a time: some 20 ms


class Walk(NamedTuple):
    """Arguments of `_evolve`, in one tuple.

    Attributes
    ----------
    moments : ndarray, shape (blocks, times, dim, 2, 3)
        Of the displacement and of its square, each as `merged` has them; written.
    kept : ndarray, shape (times, rows, walkers, dim)
        States of all walkers, or no rows; written.
    streams_kept : ndarray, shape (walkers, 4)
        Where each stream is at the end, or no walkers; written.
    save_at : ndarray
        Iterations to look at.
    origin, first, last : int
        First id of the run; ids to walk now.
    starts : Starts
    homes : ndarray, shape (walkers or 1, dim)
        What displacements are measured from.
    begun : int
        Iteration at which walkers start: 0, or where another run ended.
    streams : ndarray, shape (walkers, 4)
        Where their streams were then, or no walkers.
    speeds : ndarray, shape (dim,)
    seed : int
    tally : ndarray
        Of the watch.
    block, state
        Memory of a block; its rows after theta.
    process, draws, fill
        What `bind` returned.
    """

    moments: Any
    kept: Any
    streams_kept: Any
    save_at: Any
    origin: Any
    first: Any
    last: Any
    starts: Any
    homes: Any
    begun: Any
    streams: Any
    speeds: Any
    seed: Any
    tally: Any
    block: Any
    state: Any
    process: Any
    draws: Any
    fill: Any


@inline
def accumulate(moments, before, x, home, lanes):
    """Add lanes of one coordinate to its moments.

    ``moments``, shape (2, 3), are those of the displacement and of its square (Welford 1962).
    """
    # Running means, not sums of squares: these would cancel where the spread is small beside the
    # mean.
    mean, squares, mean2, squares2 = moments[0, 1], moments[0, 2], moments[1, 1], moments[1, 2]
    for l in range(lanes):
        moved = x[l] - home[l]
        share = 1 / (before + l + 1)
        apart = moved - mean
        mean += apart * share
        squares += apart * (moved - mean)
        apart = moved * moved - mean2
        mean2 += apart * share
        squares2 += apart * (moved * moved - mean2)
    moments[0, 0] = moments[1, 0] = before + lanes
    moments[0, 1], moments[0, 2], moments[1, 1], moments[1, 2] = mean, squares, mean2, squares2


@kernel
def _evolve(walk):
    """Walk the ids from ``first`` to ``last``.

    The moments of their displacement are gathered block by block.

    Returns how many blocks are finished, or minus the iteration by which a walker had diverged.
    """
    draws, fill, save_at, process = walk.draws, walk.fill, walk.save_at, walk.process
    block, state, tally, moments = walk.block, walk.state, walk.tally, walk.moments
    streams, words, table = empty_streams(draws)
    # Streams run ahead of the steps by a refill; resuming needs their state before the last refill.
    before_fill = streams.copy()
    theta = block[0]
    home = np.empty_like(theta)
    dim, size = theta.size // LANES, draws * LANES
    # One refill of the table lasts for this many steps.
    per_fill = table.size // size
    for walker in range(walk.first, walk.last, LANES):
        lanes, which = min(LANES, walk.last - walker), walker - walk.origin
        start_block(block, streams, walk.starts, which, U(walk.seed), U(walker))
        for l in range(LANES):
            # One home serves all walkers; lanes behind the last walker repeat the last home,
            # unread.
            own = min(which + l, walk.homes.shape[0] - 1)
            for j in range(dim):
                home[j * LANES + l] = walk.homes[own, j]
        # Without velocities their streams are never drawn, which saves a refill for each block.
        if walk.speeds.any():
            add_velocities(block, streams, walk.speeds, U(walk.seed), U(walker), fill, words, table)
        # `used` at the end of the table makes the first step draw new numbers.
        t, used = walk.begun, table.size
        if walk.streams.shape[0]:
            load_streams(streams, walk.streams, which)
            if t % per_fill:  # the other run ended within a refill: draw it again, and go on where it stopped
                before_fill[:] = streams
                fill(streams, words, table)
                used = (t % per_fill) * size
        for s in range(save_at.size):
            while t < save_at[s]:
                if used + size > table.size:
                    # Looked at once a refill: a look at every step would slow the inner loop.
                    if tally[STOP]:
                        return (walker - walk.first) // BLOCK
                    # Before the refill, so a diverged walker costs one table of steps at most.
                    if any_beyond(theta, FAR, lanes):
                        return -t
                    before_fill[:] = streams
                    fill(streams, words, table)
                    used = 0
                # a loop without a call: the fields of the process that a step reads stay in registers
                until = min(save_at[s], t + (table.size - used) // size)
                while t < until:
                    process.step(theta, state, table[used : used + size])
                    used += size
                    t += 1
            if any_beyond(theta, FAR, lanes):
                return -t
            # A block of moments may span several blocks of lanes: `before` walkers are in it
            # already.
            place, before = moments[(walker - walk.first) // BLOCK, s], (walker - walk.first) % BLOCK
            for j in range(dim):
                row = slice(j * LANES, (j + 1) * LANES)
                accumulate(place[j], before, theta[row], home[row], lanes)
            for slot in range(walk.kept.shape[1]):
                for l in range(lanes):
                    for j in range(dim):
                        walk.kept[s, slot, which + l, j] = block[slot, j * LANES + l]
        if walk.streams_kept.shape[0]:
            store_streams(before_fill if t % per_fill else streams, walk.streams_kept, which, lanes)
        # Atomic, since all threads count into the same tally while a progress bar reads it.
        fetch_add(tally, FINISHED, lanes)
    return moments.shape[0]


@value
@dataclass(frozen=True, eq=False, repr=False)
class Ensemble:
    """Walkers at chosen iterations.

    An ensemble holds the moments of their displacement, and on request their positions or states.

    Attributes
    ----------
    iterations : ndarray of int, shape (times,)
        Iterations (for a process: time steps) at which the walkers were looked at.
    eta : float
        Learning rate, or the time step: ``times = eta * iterations``.
    ids : range
        Which walkers.
    start : ndarray, shape (dim,) or (walkers, dim)
        Where the walkers started.
    speed0 : ndarray, shape (dim,)
        Standard deviation of their velocities there.
    seed : int
    states : ndarray, shape (times, rows, walkers, dim), or None
        With ``keep="positions"`` one row, theta; with ``keep="states"`` the optimizer's memory too.
    streams : ndarray of uint64, shape (walkers, 4), or None
        With ``keep="states"``: where the walkers' random numbers go on, for ``evolve(..., resume=ensemble)``.
    """

    iterations: np.ndarray
    eta: float
    ids: range
    start: np.ndarray
    speed0: np.ndarray
    seed: int
    states: np.ndarray | None = None
    moments: MomentTree = field(default_factory=MomentTree, repr=False)
    streams: np.ndarray | None = field(default=None, repr=False)

    def summary(self):
        """Return the fields worth showing."""
        kept = "moments" if self.states is None else "positions" if self.states.shape[1] == 1 else "states"
        return {
            "walkers": f"{self.walkers} of {self.start.shape[-1]} coordinates (ids {self.ids.start} to {self.ids.stop - 1})",
            "iterations": shown(self.iterations),
            "eta": f"{self.eta:g}",
            "start": shown(self.start),
            "seed": str(self.seed),
            "keep": kept,
        }

    @property
    def walkers(self):
        """Number of walkers."""
        return len(self.ids)

    @property
    def times(self):
        """Dynamical time ``eta * T``, shape (times,)."""
        return self.eta * self.iterations

    @property
    def positions(self):
        """Theta of every walker, shape (times, walkers, dim)."""
        require(self.states is not None, "keep", '"positions" or "states" to have positions', "moments")
        return self.states[:, 0]

    def displacement(self):
        """Return the mean displacement as an `Estimate`.

        It is the mean of theta - theta_0, shape (times, dim).
        """
        return self._estimate(0)

    def msd(self, along=None):
        """Return the mean squared displacement as an `Estimate`.

        It is measured from theta_0 and has the shape (times, dim).

        Parameters
        ----------
        along : array_like, shape (dim, n), optional
            Directions in its columns, such as the eigenvectors of a Hessian; the shape is then (times, n). It needs a
            run with ``keep="positions"`` or ``"states"``: moments are kept along the coordinates alone.
        """
        if along is None:
            return self._estimate(1)
        directions, dim = finite_array(along, "along"), self.start.shape[-1]
        ok = directions.ndim == 2 and len(directions) == dim
        require(ok, "along", f"directions in the columns of a ({dim}, n) matrix", directions.shape)
        require(self.walkers >= 2, "walkers", "at least 2 for a standard error", self.walkers)
        squared = ((self.positions - self.start) @ directions) ** 2
        error = squared.std(axis=1, ddof=1) / np.sqrt(self.walkers)
        return Estimate(squared.mean(axis=1), error, self.walkers)

    def _estimate(self, power):
        n = self.walkers
        require(n >= 2, "walkers", "at least 2 for a standard error", n)
        # The last axis holds count, mean and summed squared deviation.
        _, mean, squares = np.moveaxis(self.moments.total()[:, :, power], -1, 0)
        return Estimate(mean, np.sqrt(squares / (n - 1) / n), n)

    def joined(self, other):
        """Join two ensembles into one.

        The ids of ``other`` must continue these, at a multiple of 64.

        The result is the same to the last bit as that of one run over all the ids.
        """
        require(isinstance(other, Ensemble), "other", "an Ensemble", other)
        # With one start for each walker the starts differ; they are joined like the positions.
        alike = ["iterations", "speed0"] + (["start"] if self.start.ndim == 1 else [])
        same = (self.seed, self.eta, self.start.ndim) == (other.seed, other.eta, other.start.ndim)
        same = same and all(np.array_equal(getattr(self, n), getattr(other, n)) for n in alike)
        require(same, "other", "of the same iterations, eta, start, speed0 and seed", other)
        require(other.ids.start == self.ids.stop, "other.ids", f"from {self.ids.stop} on", other.ids)

        def both(name, axis):
            mine, its = getattr(self, name), getattr(other, name)
            return None if mine is None or its is None else np.concatenate([mine, its], axis=axis)

        return replace(
            self,
            ids=range(self.ids.start, other.ids.stop),
            start=self.start if self.start.ndim == 1 else both("start", 0),
            states=both("states", 2),
            streams=both("streams", 0),
            moments=self.moments.joined(other.moments),
        )


def evolve(
    landscape,
    noise,
    optimizer,
    theta0=None,
    iterations=None,
    *,
    walkers=None,
    seed=None,
    speed0=0.0,
    walls=None,
    resume=None,
    workers=None,
    keep="moments",
    watch=None,
):
    """Run many walkers and return them at chosen iterations.

    Parameters
    ----------
    landscape, noise, optimizer
        Parts; in place of an optimizer the time step of a process (then ``noise`` is None).
    theta0 : float or array_like, shape (dim,) or (walkers, dim)
        Where every walker starts, or each of them.
    iterations : int or increasing sequence of int
        When to look; 0 is the start.
    walkers : int or range
        How many; or which ids, from a multiple of 64 on (a run split over machines, see `Ensemble.joined`).
    seed : int
        The numbers depend on the seed and each walker's id alone, not on threads.
    speed0 : float or array_like, shape (dim,)
        Standard deviation of the velocities at the start (an optimizer's m, a process's r), which are normal with
        mean 0; 0 is rest. Runs of one seed that differ in ``speed0`` alone see the same noise; where it is
        negative, the mirror images of the same velocities.
    walls : Walls, optional
        Where walkers are reflected, or go on at the other side.
    resume : Ensemble, optional
        A run of the same parts with ``keep="states"`` that this one goes on with, from its last iteration on: the
        numbers are those of one run through. ``theta0``, ``walkers``, ``seed`` and ``speed0`` are then its own, and
        ``iterations`` count from its start.
    workers : int, optional
        Threads; as many as processors unless given.
    keep : {"moments", "positions", "states"}
        Memory with "moments" does not grow with the walkers.
    watch : Watch, optional
        To show progress, or stop, from outside.

    Returns
    -------
    Ensemble

    Raises
    ------
    ValueError
        On bad arguments, one line each.
    Diverged
        If a walker is not finite, or beyond 1e70.
    Interrupted
        On Ctrl-C or ``watch.stop()``; ``partial`` is an ensemble of the first walkers, or None.

    Examples
    --------
    >>> from diffusion import SGD, FrozenNoise, Quadratic, evolve
    >>> saddle = Quadratic([1.0, -1.0])
    >>> msd = evolve(saddle, FrozenNoise(1.0), SGD(0.01), 0.0, [100], walkers=1000, seed=0).msd()
    >>> bool(msd.mean[0, 1] > msd.mean[0, 0])
    True
    """
    require_parts(landscape, noise, optimizer)
    one_of(keep, "keep", ("moments", "positions", "states"))
    workers, watch = worker_count(workers), given_watch(watch)
    if resume is None:
        ids, seed = walker_ids(walkers), seed_number(seed)
        require(theta0 is not None, "theta0", "where the walkers start", theta0)
    else:
        _require_resumable(resume, theta0, walkers, seed, speed0)
        ids, seed, theta0 = resume.ids, resume.seed, resume.start
    # Blocks are counted from id 0, so a run that started inside one could not be joined to the bit.
    require(ids.start % BLOCK == 0, "walkers.start", f"a multiple of {BLOCK}", ids.start)
    # Checked early: a wrong argument is reported before anything is compiled.
    save_at = _save_at(iterations)
    mover, landscape, noise = running_parts(optimizer, landscape, noise)
    starts = starts_of(mover, landscape, theta0, len(ids))
    # No streams means that walkers start from their seed.
    homes, begun, streams, rows_in_all = starts.points, 0, np.zeros((0, 4), np.uint64), len(starts.common)
    if resume is not None:
        shape = (rows_in_all, len(ids), landscape.dim)
        require(
            resume.states.shape[1:] == shape, "resume", "a run of the same optimizer and landscape", resume
        )
        # The states of the other run are starts with every memory row of each walker's own.
        starts = Starts(starts.common, np.ascontiguousarray(resume.states[-1].swapaxes(0, 1)))
        begun, streams = int(resume.iterations[-1]), resume.streams
        require(
            save_at[0] > begun, "iterations", f"after {begun}, where the other run ended", save_at.tolist()
        )
    speeds = np.array(point_on(landscape, speed0, "speed0"))
    # Velocities are drawn as normals; a minibatch's streams hold words that choose rows.
    ok = not speeds.any() or (rows_in_all > 1 and (noise is None or not gives(noise, "pick")))
    require(ok, "speed0", "0 where nothing has a velocity, and for minibatches", speeds.tolist())
    if walls is not None:
        walls = walls_that_run(walls, mover, landscape, homes)
    rows = {"moments": 0, "positions": 1, "states": rows_in_all}[keep]
    steps = max(1, int(save_at[-1]) - begun)
    kept = room((save_at.size, rows, len(ids), landscape.dim), float, len(ids))
    foretell(len(ids), landscape.dim, steps, workers)
    # 32 bytes a walker, kept only where the run can be resumed.
    streams_kept = np.zeros((len(ids) if keep == "states" else 0, 4), np.uint64)
    # Small enough for the memory and for a fair share of the work, whichever is less.
    chunk = _chunk(len(ids), steps * landscape.dim, landscape.dim * save_at.size, workers)
    # next() on a counter is atomic in CPython, so threads take chunks without the lock.
    total, lock, chunks = MomentTree(), threading.Lock(), itertools.count(ids.start, chunk)
    # One diverged walker stops the other threads, whose results would be thrown away.
    lost = threading.Event()
    watch.expected += len(ids)

    def work():
        # Bound in the thread: a process owns scratch memory, which threads must not share.
        process, fill, draws = bind(mover, landscape, noise, walls)
        block, state = empty_block(rows_in_all, landscape.dim)
        while (first := next(chunks)) < ids.stop and not watch.stopped and not lost.is_set():
            last = min(first + chunk, ids.stop)
            moments = np.zeros((-(-(last - first) // BLOCK), save_at.size, landscape.dim, 2, 3))
            walk = Walk(
                moments, kept, streams_kept, save_at, ids.start, first, last, starts, homes, begun, streams, speeds,
                seed, watch.tally, block, state, process, draws, fill,
            )  # fmt: skip
            done = _evolve(walk)
            if done < 0:
                lost.set()
                return -done
            with lock:
                total.add_all(first // BLOCK, moments[:done])
        return 0

    # Threads may find different walkers; any of their iterations describes the divergence.
    diverged = max(run_threads(work, workers, watch), default=0)
    if diverged:
        raise Diverged(diverged, mover)
    # The start keeps the shape in which it was given.
    home = homes if np.ndim(theta0) == 2 else homes[0]
    speeds = speeds if resume is None else resume.speed0
    whole_run = Ensemble(
        save_at, step_size(mover), ids, home, speeds, seed, kept if rows else None, total,
        streams_kept if keep == "states" else None,
    )  # fmt: skip
    if watch.stopped:
        raise Interrupted(_finished(whole_run))
    return whole_run


def _require_resumable(resume, theta0, walkers, seed, speed0):
    """Raise ``ValueError`` unless ``resume`` can go on.

    Arguments that are given as well must not contradict it.
    """
    require(isinstance(resume, Ensemble), "resume", "an Ensemble", resume)
    require(resume.streams is not None, "resume", 'a run with keep="states"', "one without states")
    own = theta0 is None or np.array_equal(np.broadcast_to(theta0, resume.start.shape), resume.start)
    require(own, "theta0", "left out with resume, or the other run's", theta0)
    ids = resume.ids if walkers is None else walker_ids(walkers)
    require(ids == resume.ids, "walkers", f"left out with resume, or {resume.ids}", walkers)
    require(seed is None or seed == resume.seed, "seed", f"left out with resume, or {resume.seed}", seed)
    moving = np.any(np.asarray(speed0) != 0)
    require(not moving, "speed0", "left out with resume: the walkers have their velocities", speed0)


def _save_at(iterations):
    given = np.atleast_1d(finite_array(iterations, "iterations"))
    # Above 2**53 not every whole number is a double, and iterations could no longer be told apart.
    ok = given.ndim == 1 and np.all(given == np.floor(given)) and given[0] >= 0 and given[-1] < 2**53
    ok = ok and np.all(np.diff(given) > 0)
    require(ok, "iterations", "increasing whole numbers from 0 on", given.tolist())
    return given.astype(np.int64)


def _chunk(walkers, work_each, numbers_each, workers):
    """Return the walkers in one chunk of a thread.

    This is a multiple of BLOCK.
    """
    by_work = CHUNK_WORK // work_each
    by_share = -(-walkers // workers)
    by_memory = BLOCK * 2**20 // numbers_each  # moments of one chunk: at most 48 MB
    return max(1, min(by_work, by_share, by_memory, 2**16) // BLOCK) * BLOCK


def _finished(run):
    """Return the ensemble of the finished leading blocks.

    The run was stopped; the result is None if not even the first block was finished.
    """
    # Threads finish chunks in any order; only the blocks without a gap are an ensemble of known
    # ids.
    blocks = run.moments.leading(run.ids.start // BLOCK)
    stop = min(run.ids.start + blocks * BLOCK, run.ids.stop)
    if not blocks:
        return None
    n = stop - run.ids.start
    states = None if run.states is None else run.states[:, :, :n]
    streams = None if run.streams is None else run.streams[:n]
    start = run.start if run.start.ndim == 1 else run.start[:n]
    moments = run.moments.cut(run.ids.start // BLOCK + blocks)
    ids = range(run.ids.start, stop)
    return replace(run, ids=ids, start=start, states=states, streams=streams, moments=moments)
