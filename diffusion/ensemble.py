"""Evolve many independent walkers, as iterations of an optimizer or time steps of a stochastic process."""

import itertools
import threading
from dataclasses import dataclass, field, replace

import numpy as np

from diffusion.block import add_velocities, any_beyond, empty_block, initial, point_on, start_block
from diffusion.checks import finite_array, one_of, require, room, seed_number, walker_ids
from diffusion.contract import gives, require_parts, step_size
from diffusion.jit import LANES, kernel
from diffusion.moments import MomentTree
from diffusion.random import U, empty_streams, inline
from diffusion.statistics import Estimate
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

BLOCK = 64  # walkers whose moments are summed in a row: blocks, not threads or lanes, fix the rounding
FAR = 1e70  # where a walker counts as diverged: the fourth power of more would not be a number
CHUNK_WORK = 40_000_000  # walkers * steps * coordinates that a thread takes at a time: some 20 ms


@inline
def accumulate(moments, before, x, start, lanes):
    """Add lanes of one coordinate to the moments (2, 3) of its displacement and of that squared (Welford 1962)."""
    mean, squares, mean2, squares2 = moments[0, 1], moments[0, 2], moments[1, 1], moments[1, 2]
    for l in range(lanes):
        moved = x[l] - start
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
def _evolve(
    moments, kept, save_at, origin, first, last, start, speeds, seed, tally, block, state, process, draws, fill,
):  # fmt: skip
    """Walk the ids from ``first`` to ``last`` and gather the moments of their displacement, block by block.

    ``moments`` has the shape (blocks, times, dim, 2, 3): of the displacement and of its square, each as `merged`
    has them. ``kept`` holds the states of all ids from ``origin`` on, or has no rows. Returns how many blocks are
    finished, or minus the iteration by which a walker had diverged.
    """
    streams, words, table = empty_streams(draws)
    theta = block[0]
    dim, size = start.shape[1], draws * LANES
    for walker in range(first, last, LANES):
        lanes = min(LANES, last - walker)
        start_block(block, streams, start, U(seed), U(walker))
        if speeds.any():
            add_velocities(block, streams, speeds, U(seed), U(walker), fill, words, table)
        t, used = 0, table.size
        for s in range(save_at.size):
            while t < save_at[s]:
                if used + size > table.size:
                    if tally[STOP]:
                        return (walker - first) // BLOCK
                    if any_beyond(theta, FAR, lanes):
                        return -t
                    fill(streams, words, table)
                    used = 0
                # a loop without a call: what a step reads of the process stays in registers
                until = min(save_at[s], t + (table.size - used) // size)
                while t < until:
                    process.step(theta, state, table[used : used + size])
                    used += size
                    t += 1
            if any_beyond(theta, FAR, lanes):
                return -t
            place, before = moments[(walker - first) // BLOCK, s], (walker - first) % BLOCK
            for j in range(dim):
                accumulate(place[j], before, theta[j * LANES : (j + 1) * LANES], start[0, j], lanes)
            for slot in range(kept.shape[1]):
                for l in range(lanes):
                    for j in range(dim):
                        kept[s, slot, walker + l - origin, j] = block[slot, j * LANES + l]
        fetch_add(tally, FINISHED, lanes)
    return moments.shape[0]


@dataclass(frozen=True)
class Ensemble:
    """Walkers at chosen iterations: moments of their displacement, or their positions too.

    Attributes
    ----------
    iterations : ndarray of int, shape (times,)
        Iterations (for a process: time steps) at which the walkers were looked at.
    eta : float
        Learning rate, or the time step: ``times = eta * iterations``.
    ids : range
        Which walkers.
    start, speed0 : ndarray, shape (dim,)
        Where the walkers started, and the standard deviation of their velocities there.
    seed : int
    states : ndarray, shape (times, rows, walkers, dim), or None
        With ``keep="positions"`` one row, theta; with ``keep="states"`` the optimizer's memory too.
    """

    iterations: np.ndarray
    eta: float
    ids: range
    start: np.ndarray
    speed0: np.ndarray
    seed: int
    states: np.ndarray | None = None
    moments: MomentTree = field(default_factory=MomentTree, repr=False)

    @property
    def walkers(self):
        """How many walkers there are."""
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
        """Return the mean of theta - theta_0 as an `Estimate` of shape (times, dim)."""
        return self._estimate(0)

    def msd(self):
        """Return the mean squared displacement from theta_0 as an `Estimate` of shape (times, dim)."""
        return self._estimate(1)

    def _estimate(self, power):
        n = self.walkers
        require(n >= 2, "walkers", "at least 2 for a standard error", n)
        _, mean, squares = np.moveaxis(self.moments.total()[:, :, power], -1, 0)
        return Estimate(mean, np.sqrt(squares / (n - 1) / n), n)

    def joined(self, other):
        """Return both ensembles as one: ``other`` must continue the ids, at a multiple of 64.

        The result is the same to the last bit as that of one run over all the ids.
        """
        same = (self.seed, self.eta) == (other.seed, other.eta)
        same = same and all(
            np.array_equal(getattr(self, n), getattr(other, n)) for n in ("iterations", "start", "speed0")
        )
        require(same, "other", "of the same iterations, eta, start, speed0 and seed", other)
        require(other.ids.start == self.ids.stop, "other.ids", f"from {self.ids.stop} on", other.ids)
        states = None
        if self.states is not None and other.states is not None:
            states = np.concatenate([self.states, other.states], axis=2)
        ids = range(self.ids.start, other.ids.stop)
        return replace(self, ids=ids, states=states, moments=self.moments.joined(other.moments))


def evolve(
    landscape,
    noise,
    optimizer,
    theta0,
    iterations,
    *,
    walkers,
    seed,
    speed0=0.0,
    workers=None,
    keep="moments",
    watch=None,
):
    """Run many walkers from one point and look at them at chosen iterations.

    Parameters
    ----------
    landscape, noise, optimizer
        Parts; in place of an optimizer the time step of a process (then ``noise`` is None).
    theta0 : float or array_like, shape (dim,)
        Where every walker starts.
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
    ids = walker_ids(walkers)
    require(ids.start % BLOCK == 0, "walkers.start", f"a multiple of {BLOCK}", ids.start)
    one_of(keep, "keep", ("moments", "positions", "states"))
    seed, workers, watch = seed_number(seed), worker_count(workers), given_watch(watch)
    save_at = _save_at(iterations)
    mover, landscape, noise = running_parts(optimizer, landscape, noise)
    start = initial(mover, landscape, theta0)
    speeds = np.array(point_on(landscape, speed0, "speed0"))
    ok = not speeds.any() or (len(start) > 1 and (noise is None or not gives(noise, "pick")))
    require(ok, "speed0", "0 where nothing has a velocity, and for minibatches", speeds.tolist())
    rows = {"moments": 0, "positions": 1, "states": len(start)}[keep]
    kept = room((save_at.size, rows, len(ids), landscape.dim), float, len(ids))
    chunk = _chunk(len(ids), max(1, int(save_at[-1])) * landscape.dim, start[0].size * save_at.size, workers)
    total, lock, chunks = MomentTree(), threading.Lock(), itertools.count(ids.start, chunk)
    lost = threading.Event()
    watch.expected += len(ids)

    def work():
        process, fill, draws = bind(mover, landscape, noise)
        block, state = empty_block(start)
        while (first := next(chunks)) < ids.stop and not watch.stopped and not lost.is_set():
            last = min(first + chunk, ids.stop)
            moments = np.zeros((-(-(last - first) // BLOCK), save_at.size, landscape.dim, 2, 3))
            span = ids.start, first, last
            given = save_at, *span, start, speeds, seed, watch.tally
            done = _evolve(moments, kept, *given, block, state, process, draws, fill)
            if done < 0:
                lost.set()
                return -done
            with lock:
                total.add_all(first // BLOCK, moments[:done])
        return 0

    diverged = max(run_threads(work, workers, watch), default=0)
    if diverged:
        raise Diverged(diverged, mover)
    eta = step_size(mover)
    whole_run = Ensemble(save_at, eta, ids, start[0], speeds, seed, kept if rows else None, total)
    if watch.stopped:
        raise Interrupted(_finished(whole_run))
    return whole_run


def _save_at(iterations):
    given = np.atleast_1d(finite_array(iterations, "iterations"))
    ok = given.ndim == 1 and np.all(given == np.floor(given)) and given[0] >= 0 and given[-1] < 2**53
    ok = ok and np.all(np.diff(given) > 0)
    require(ok, "iterations", "increasing whole numbers from 0 on", given.tolist())
    return given.astype(np.int64)


def _chunk(walkers, work_each, numbers_each, workers):
    """Return how many walkers a thread takes at a time, a multiple of BLOCK."""
    by_work = CHUNK_WORK // work_each
    by_share = -(-walkers // workers)
    by_memory = BLOCK * 2**20 // numbers_each  # moments of one chunk: at most 48 MB
    return max(1, min(by_work, by_share, by_memory, 2**16) // BLOCK) * BLOCK


def _finished(run):
    """Return the ensemble of the blocks from the first on that a stopped run finished, or None."""
    blocks = run.moments.leading(run.ids.start // BLOCK)
    stop = min(run.ids.start + blocks * BLOCK, run.ids.stop)
    if not blocks:
        return None
    states = None if run.states is None else run.states[:, :, : stop - run.ids.start]
    moments = run.moments.cut(run.ids.start // BLOCK + blocks)
    return replace(run, ids=range(run.ids.start, stop), states=states, moments=moments)
