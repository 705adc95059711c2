"""First passages of a process.

They tell when a walker leaves, by which exit, and how much the time step biases that.
"""

from dataclasses import dataclass, replace

import numpy as np

from diffusion.boundary import Exits
from diffusion.checks import positive, require, seed_number, walker_ids, whole
from diffusion.contract import does_jump, gives, require_parts
from diffusion.escape import EscapeTimes, first_passages, unbridged
from diffusion.langevin.bridge import bridged
from diffusion.langevin.coefficients import check_shapes
from diffusion.langevin.overdamped import Overdamped
from diffusion.langevin.phase_space import PhaseSpace
from diffusion.langevin.schemes import time_step
from diffusion.langevin.smooth_exits import smooth
from diffusion.starts import starts_of
from diffusion.statistics import Estimate
from diffusion.stepper import running_parts
from diffusion.values import value
from diffusion.walls import exits_beside, walls_that_run
from diffusion.watch import Interrupted, given_watch, worker_count

FAR = 1e6  # times the largest exit or start: where a walker counts as diverged
EARLIER = 0.2  # share of fine - coarse by which the bias may be less than order 1 says
SLOWEST = 1 / (2**0.5 - 1)  # bias over fine - coarse where it shrinks as sqrt(dt)


@value
@dataclass(frozen=True, eq=False, repr=False)
class PassageTimes(EscapeTimes):
    """First-passage times of walkers, and their exits.

    The iterations are time steps of the process.

    Attributes
    ----------
    exits : ndarray of int, shape (n,)
        j + 1 for the exit above coordinate j (from 0), -(j + 1) for the one below it; 0 for a censored walker.
    order : float
        Power of dt that the bias of the mean shrinks with: 1, or 1/2 for an overdamped process without bridges or
        with a D that jumps.
    """

    exits: np.ndarray | None = None
    order: float = 1.0

    def mean(self):
        """Return the mean time as an `Estimate`.

        Every walker must have left.
        """
        # The mean of those that left early would be too short.
        require(bool(self.escaped.all()), "max_time", "long enough for all to leave", "censored walkers")
        return Estimate.of(self.times)

    def joined(self, other):
        """Return both runs as one.

        It has the same bits as one run over all the ids.
        """
        return replace(super().joined(other), exits=np.concatenate([self.exits, other.exits]))


def passage_times(
    landscape, langevin, *, start, dt, max_time, walkers, seed, above=np.inf, below=-np.inf, scheme=None,
    bridge=True, walls=None, workers=None, watch=None,
):  # fmt: skip
    """Run walkers until a coordinate reaches an exit.

    Returns when each walker of the process left, and by which exit.

    Parameters
    ----------
    landscape : part
    langevin : Overdamped or PhaseSpace
    start : float or array_like, shape (dim,) or (walkers, dim)
        Common start of all walkers, or one start for each; walkers start at rest.
    dt : float
        Time step, positive.
    max_time : float
        Time after which a walker that is still inside counts as censored.
    walkers : int or range
        Number of walkers, or their ids.
    seed : int
    above, below : float or array_like, shape (dim,)
        Exits: a walker leaves when a coordinate is at or above its ``above``, or at or below its ``below``.
        Infinite where there is none.
    scheme : callable, optional
        Scheme that makes the time step, such as `baoab`. Default: the scheme that `natural_scheme` returns.
    bridge : bool
        Also count walkers that touched an exit between two time steps. Without it an overdamped walker is late
        by O(sqrt(dt)).
    walls : Walls, optional
        Where walkers are reflected, or go on at the other side. Bridges see the image of an exit behind a reflecting
        wall, which is exact where slope and D are constant; elsewhere the bias of a wall is of order dt. Periodic walls
        are for coordinates without exits.
    workers, watch
        As for `diffusion.escape_times`.

    Returns
    -------
    PassageTimes
        A walker that left during a step is counted at its end. Which of two exits came first is decided by the
        exact law of a bridge between them; without bridges, by the first coordinate that is out.

    Raises
    ------
    ValueError
        On bad arguments, one line each; among them a start that is not between the exits.
    Diverged
        If a walker is no longer finite, or absurdly far away.
    Interrupted
        On Ctrl-C or ``watch.stop()``; ``partial`` holds the walkers begun, None if there are none.

    Examples
    --------
    >>> from diffusion import Overdamped, Quadratic, passage_times
    >>> run = passage_times(Quadratic([0.0]), Overdamped(0.5), start=0.0, above=1.0, below=-1.0, dt=0.01,
    ...                     max_time=100.0, walkers=10_000, seed=0)
    >>> 0.97 < float(run.mean().mean) < 1.03, 0.48 < float((run.exits == 1).mean()) < 0.52  # exactly 1 and 1/2
    (True, True)
    """
    positive(dt, "dt")
    positive(max_time, "max_time")
    step = time_step(langevin, dt, scheme)
    require_parts(landscape, None, step)
    check_shapes(langevin, landscape)
    # Capped at 2^62 so that round() gets a finite number; `whole` then refuses what is above 2^53, past which
    # floats no longer count every integer.
    steps = whole(max(1, round(min(max_time / dt, 2.0**62))), "max_time / dt", 1, 2**53)
    ids, seed, workers, watch = (
        walker_ids(walkers),
        seed_number(seed),
        worker_count(workers),
        given_watch(watch),
    )
    mover, landscape, _ = running_parts(step, landscape, None)
    # A bridge needs the noise's variance over the step, which only the scheme itself knows.
    known = not bridge or gives(mover, "path_variance")
    require(known, "bridge", "False for a scheme without path_variance", bridge)
    starts = starts_of(mover, landscape, start, len(ids), "start")
    points = starts.points
    exits = Exits(_edge(below, "below", landscape.dim), _edge(above, "above", landscape.dim))
    # A walker that starts on an exit would have left before its first step.
    outside = np.any((points >= exits.above) | (points <= exits.below), axis=1)
    require(not outside.any(), "start", "between the exits", points[np.argmax(outside)].tolist())
    edges = np.concatenate([exits.below, exits.above])
    require(np.isfinite(edges).any(), "above", "finite somewhere, or below", above)
    # Scaled with the exits and starts, so that walkers on a large landscape do not count as diverged.
    farthest = float(np.max(np.abs(edges[np.isfinite(edges)])))
    limit = FAR * max(1.0, farthest, float(np.max(np.abs(points))))

    images, imaged, folding = exits, np.zeros(landscape.dim, bool), None
    if walls is not None:
        folding = walls_that_run(walls, mover, landscape, points, "start")
        below_seen, above_seen, imaged = exits_beside(walls, exits.below, exits.above)
        images = Exits(below_seen, above_seen)
    # With inertia paths are smooth and are checked where they turn; overdamped ones are Brownian bridges.
    bound = unbridged(mover, landscape, None, exits, folding)
    if bridge:
        bound = (smooth if isinstance(langevin, PhaseSpace) else bridged)(mover, landscape, images, folding)
    found = first_passages(bound, mover, starts, limit, steps, ids, seed, workers, watch)
    iterations, escaped, begun, taken = found
    # Who left by an image left by the exit itself: the only one of its coordinate.
    side = np.where(np.isfinite(exits.above), 1, -1)[np.abs(taken) - 1]
    taken = np.where((taken != 0) & imaged[np.abs(taken) - 1], side * np.abs(taken), taken)
    # Without bridges walkers are late by O(sqrt(dt)); a D that jumps biases bridges to the same order.
    rough = isinstance(langevin, Overdamped) and (not bridge or does_jump(langevin.D))
    order = 0.5 if rough else 1.0
    run = PassageTimes(iterations, escaped, begun, float(dt), seed, "first", taken, order)
    if watch.stopped:
        raise Interrupted(run if iterations.size else None)
    return run


@value
@dataclass(frozen=True, eq=False, repr=False)
class MeanPassage:
    """Mean passage time at two time steps, and extrapolated.

    The extrapolation is to a vanishing time step.

    Attributes
    ----------
    coarse, fine : Estimate
        At dt and dt / 2.
    extrapolated : Estimate
        fine + (fine - coarse) / (2^p - 1), p being the ``order`` of `PassageTimes`: the bias of order p is gone.
    bias : tuple of float
        Interval of the bias of ``fine``, which is fine minus the mean at a vanishing time step.
    interval : tuple of float
        Interval of the mean at a vanishing time step.

    Notes
    -----
    Both intervals are 95 % intervals of chance, widened for what two time steps cannot tell. A step that is not
    short shrinks the bias more slowly than its order says: an exit at 1.0 of theta^2 / 2 with D = .5 and dt = .2
    loses a third of it, not half, when the step is halved. So the bias may be anything from what order 1 says,
    less a fifth of |fine - coarse|, to what order 1/2 says.
    """

    coarse: Estimate
    fine: Estimate
    extrapolated: Estimate
    bias: tuple[float, float]
    interval: tuple[float, float]

    @classmethod
    def of(cls, at_dt, at_half):
        """Compare two independent runs, at dt and dt / 2.

        Both are `PassageTimes` of which every walker left.
        """
        for name, run in (("at_dt", at_dt), ("at_half", at_half)):
            require(isinstance(run, PassageTimes), name, "a run of passage_times", run)
        coarse, fine = at_dt.mean(), at_half.mean()
        shift = fine.mean - coarse.mean
        # Richardson: halving dt divides a bias of order p by 2^p; what is left is `gain` times the shift.
        gain = 1 / (2**at_dt.order - 1)
        # The extrapolated mean is (1 + gain) fine - gain coarse, and the two runs are independent.
        error = float(np.hypot((1 + gain) * fine.stderr, gain * coarse.stderr))
        extrapolated = Estimate(fine.mean + gain * shift, error, min(coarse.n, fine.n))
        # What is left of the bias, in units of the shift: between order 1, a fifth less, and order 1/2.
        left = shift * (1 - EARLIER), shift * SLOWEST
        # 1.96 standard errors: a two-sided 95 % interval of a normal mean.
        noise = 1.96 * gain * float(np.hypot(coarse.stderr, fine.stderr))
        bias = float(-max(left) - noise), float(-min(left) + noise)
        interval = float(fine.mean + min(left) - 1.96 * error), float(fine.mean + max(left) + 1.96 * error)
        return cls(coarse, fine, extrapolated, bias, interval)


def mean_passage(landscape, langevin, *, dt, seed, **run):
    """Return the mean passage time, extrapolated in dt.

    It comes from runs at dt and dt / 2, with the bias of the time step.

    Parameters
    ----------
    landscape, langevin, dt, seed, **run
        Those of `passage_times`; ``max_time`` must be long enough for every walker to leave. The two runs draw
        independent numbers.

    Returns
    -------
    MeanPassage
    """
    at_dt = passage_times(landscape, langevin, dt=dt, seed=seed, **run)
    at_half = passage_times(landscape, langevin, dt=dt / 2, seed=other_seed(seed), **run)
    return MeanPassage.of(at_dt, at_half)


def other_seed(seed):
    """Return a seed for a second, independent run."""
    # Half the range away: neighbouring seeds 0, 1, 2, ... of repeated runs never meet it.
    return (seed_number(seed) + 2**63) % 2**64


def _edge(value, name, dim):
    given = np.asarray(value)
    # Infinite exits are none at all; NaN would never be passed, and a boolean is a slip.
    ok = given.dtype.kind in "iuf" and given.shape in ((), (1,), (dim,)) and not np.any(np.isnan(given))
    require(ok, name, f"one number or {dim}, one per coordinate", value)
    return np.array(np.broadcast_to(given, dim), dtype=float)
