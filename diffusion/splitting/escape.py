"""Escape times too long to wait for.

Adaptive multilevel splitting finds them.
"""

import itertools
import threading
import warnings

import numpy as np

from diffusion.boundary import Threshold, boundary_part
from diffusion.checks import require, seed_number, whole
from diffusion.contract import REACTION, form_of, gives, require_kind, require_parts, step_size
from diffusion.cost import foretell, require_memory
from diffusion.escape import warn_of_any_coordinate, way_out
from diffusion.jit import DoesNotCompile
from diffusion.splitting.estimate import Extinct, SplittingEstimate
from diffusion.splitting.levels import log_chance_out
from diffusion.splitting.reaction import Coasting, Position
from diffusion.splitting.walkers import PARTICLE, REPLICA, Walkers, stream_ids
from diffusion.starts import starts_of
from diffusion.stepper import running_parts
from diffusion.watch import FINISHED, Interrupted, given_watch, run_threads, worker_count

PILOT = 2**REPLICA - 1  # the replica whose streams find out between which levels climbs begin
# 1,024 loops: enough for two quantiles of the valley and a rough mean time of a loop.
PILOT_WALKERS, PILOT_LOOPS = 256, 4
LOOPS = 8  # whose times are averaged for each particle: the chance is less certain than their mean
INNER, OUTER = 0.5, 0.9  # shares of the time in the valley that is spent below `valley` and below `edge`
DROPPED = 8  # one in so many climbs, at least, is dropped at a level
FEWEST = 3  # replicas, for an interval
WIDE = 1.0  # standard deviation of log rate from which on a few replicas are no longer lognormal


def split_escape(
    landscape,
    noise,
    optimizer,
    *,
    start,
    boundary,
    particles=1000,
    replicas=8,
    reaction=None,
    settle=5000,
    max_iterations=10_000_000,
    seed,
    workers=None,
    stop="first",
    watch=None,
):
    r"""Return the mean time of a rare escape.

    It is for walkers too slow to wait for, and has an interval.

    .. math:: \tau = T_{loop} / p

    Walkers that wander in the valley, put back to the start whenever they get out, begin to climb every T_loop
    iterations; a climb leads out before it leads back with probability p. That is exact: the rate at which
    walkers get out is one over their mean time from the start (Hill's relation). T_loop is timed directly, p comes
    from `diffusion.splitting.levels`.

    Parameters
    ----------
    landscape, noise, optimizer
        Parts; in place of an optimizer the time step of a process (then ``noise`` is None).
    start : float or array_like, shape (dim,) or (particles, dim)
        Common start of all walkers, in the valley, or one start for each particle of a replica.
    boundary : float, compiled function or part
        As for `diffusion.escape_times`.
    particles : int
        Number of climbs in each replica, at least 16.
    replicas : int
        Number of independent repeats, at least 3: their scatter gives the interval.
    reaction : part, optional
        Reaction coordinate: `Position`, `Coasting`, `committor(...)`, or a part of your own with a kernel
        ``reaction(self, theta, state, l)``. Unless given, `Coasting` where the optimizer has inertia, else
        `Position`; a boundary that is no number needs one.
    settle : int
        Iterations after which a walker has forgotten its start: a few memory times of the optimizer
        (Adam's lasts 1 / (1 - beta2)) and a few relaxation times of the valley.
    max_iterations : int
        Longest climb, in iterations. A walker that is then neither back in the valley nor out is an error.
    seed : int
        The numbers depend on the seed alone, not on threads.
    workers : int, optional
        Number of threads. Default: the number of processors.
    stop : {"first", "committed"}
        As for `diffusion.escape_times`.
    watch : Watch, optional
        Shows progress, and stops the run from outside. A climb counts as finished with its replica.

    Returns
    -------
    SplittingEstimate
        Of the mean number of iterations from the start, as `EscapeTimes` counts them.

    Warns
    -----
    UserWarning
        If a replica died out, or they scatter too much for the interval: take more particles.

    Raises
    ------
    ValueError
        On bad arguments, one line each.
    Extinct
        If every climb of every replica died out.
    Stuck
        If a walker is neither back nor out after ``max_iterations``.
    Diverged
        If a walker is no longer finite, or absurdly far away.
    Interrupted
        On Ctrl-C or ``watch.stop()``; ``partial`` holds the replicas that are finished, if at least 3.

    References
    ----------
    Cerou and Guyader 2007; Brehier, Gazeau, Goudenege, Lelievre and Rousset 2016.

    Examples
    --------
    >>> from diffusion import SGD, FrozenNoise, StyblinskiTang, split_escape
    >>> valley = StyblinskiTang(dim=1, k=2.0)
    >>> run = split_escape(valley, FrozenNoise(100 * valley.H_a), SGD(1e-3), start=valley.minimum,
    ...                    boundary=valley.boundary, particles=200, settle=500, seed=0)
    >>> low, high = run.interval()
    >>> low < 15.7112 < high, high - low < 0.6, run.log_gain > 1  # exactly log(6.67 million); twice as good at least
    (True, True, True)
    """
    require_parts(landscape, noise, optimizer)
    # At least 16: one in `DROPPED` = 8 is dropped at a level, and that should be more than one climb.
    particles = whole(particles, "particles", 16, 2**PARTICLE)
    # Fewer than `PILOT`, whose number is in the pilot's own stream ids.
    replicas = whole(replicas, "replicas", FEWEST, PILOT)
    settle, horizon = whole(settle, "settle"), whole(max_iterations, "max_iterations")
    seed, workers, watch = seed_number(seed), worker_count(workers), given_watch(watch)
    boundary = way_out(landscape, boundary, stop)
    plain = form_of(landscape)
    mover, landscape, noise = running_parts(optimizer, landscape, noise)
    starts = starts_of(mover, landscape, start, particles, "start")
    edge, limit = boundary_part(boundary, starts.points)
    warn_of_any_coordinate(edge, plain)
    reaction = _reaction(reaction, mover, edge)
    _foresee(particles, replicas, settle, starts, workers)
    lost = threading.Event()

    def walkers():
        return Walkers(mover, landscape, noise, reaction, edge, limit, starts, horizon, seed, watch)

    def run_pilot():
        pilot = walkers()
        return *_levels(pilot, settle), pilot.steps

    watch.expected += replicas * particles
    pilot = run_threads(run_pilot, 1, watch)
    if watch.stopped:
        raise Interrupted(None)
    valley, begin, skip, steps = pilot[0]
    found, queue, lock = {}, itertools.count(), threading.Lock()

    def work():
        own = walkers()
        # Threads take one replica after another: some replicas need many more levels than others.
        while (replica := next(queue)) < replicas and not watch.stopped and not lost.is_set():
            own.steps = 0
            try:
                ids = stream_ids(replica, 0, range(particles))
                starts, loops = own.begin(ids, valley, begin, skip, LOOPS)
                chance, levels = log_chance_out(own, starts, valley, particles // DROPPED, replica, seed)
            except ArithmeticError:
                # The run fails with this error, so that the other threads need not finish theirs.
                lost.set()
                raise
            with lock:
                # A replica cut short by a stop has too small a chance: only finished ones count.
                if not watch.stopped:
                    found[replica] = chance, loops.mean(), levels, own.steps
                    watch.tally[FINISHED] += particles

    run_threads(work, min(workers, replicas), watch)
    if watch.stopped and len(found) < FEWEST:
        raise Interrupted(None)
    # In the order of the replicas, not that in which threads finished: sums keep the same bits.
    chance, loops, levels, each = np.array([found[replica] for replica in sorted(found)]).T
    if np.all(chance == -np.inf):
        raise Extinct(
            f"every climb of all {len(found)} replicas died out before it was out; raise particles, or choose "
            "another reaction coordinate"
        )
    eta = step_size(mover)
    steps += int(each.sum())
    run = SplittingEstimate(
        chance, loops, levels.astype(int), particles, eta, steps, valley, begin, seed, stop
    )
    if watch.stopped:
        raise Interrupted(run)
    _warn(run)
    return run


def _foresee(particles, replicas, settle, starts, workers):
    """Refuse a run that cannot end, or that does not fit the memory; say so of a long one."""
    size = int(np.prod(starts.common.shape))
    # Each thread holds the states of a replica's particles, and a copy of those that are cloned.
    threads = min(workers, replicas)
    require_memory(16.0 * particles * size * threads, "particles", particles)
    # The pilot and every particle wander for `settle` iterations before they climb.
    foretell(particles * replicas + PILOT_WALKERS, starts.common.shape[-1], settle, threads)


def _reaction(reaction, mover, edge):
    """Return the reaction coordinate that runs.

    None stands for the default one.
    """
    if reaction is None:
        # The default ones are largest coordinates, which say nothing of a boundary that is a function.
        known = isinstance(edge, Threshold)
        require(known, "reaction", "given where the boundary is no number", reaction)
        return Coasting(mover) if gives(mover, "coast") else Position()
    require_kind(reaction, REACTION, "reaction")
    return reaction


def _levels(pilot, settle):
    """Return where climbs end and begin, from a pilot.

    The numbers are where a walker is back in the valley, where it begins to climb, and the climbs in
    ``settle`` iterations.
    """
    everyone = range(PILOT_WALKERS)
    try:
        reached = pilot.settle(stream_ids(PILOT, 0, everyone), settle)
    except DoesNotCompile as error:
        raise ValueError(f"reaction must compile: {error}") from None
    if pilot.watch.stopped:
        return 0.0, 0.0, 0
    require(reached.size > 0, "reaction", "finite in the valley", "none that is")
    # Quantiles adapt to the valley, so that the user needs to give no length scale.
    valley, begin = np.quantile(reached, (INNER, OUTER))
    require(valley < begin, "reaction", "spread out in the valley", f"{valley:g} for most walkers")
    _, loops = pilot.begin(stream_ids(PILOT, 1, everyone), valley, begin, 0, PILOT_LOOPS)
    # Rounded up, so that on average a walker has wandered at least `settle` iterations before it is timed.
    return float(valley), float(begin), int(np.ceil(settle / max(loops.mean(), 1.0)))


def _warn(run):
    if run.extinct:
        text = f"{run.extinct} of {run.replicas} replicas died out: the interval is wide; raise particles"
        # Three calls up is the user's own line, which called `split_escape`.
        warnings.warn(text, stacklevel=3)
    elif run.spread > WIDE:
        text = (
            f"the replicas scatter by {run.spread:.1f} in log: the interval may be too short; raise particles, or choose "
            "another reaction coordinate"
        )
        warnings.warn(text, stacklevel=3)
