"""Crossings of walkers that wander in the valley.

They tell how often walkers start to climb, and in what state they do.
"""

from typing import Any, NamedTuple

import numpy as np

from diffusion.block import any_beyond, idle_lane, lane_beyond, store_lane
from diffusion.jit import LANES, kernel
from diffusion.random import U, empty_streams
from diffusion.starts import load_start, start_lane
from diffusion.watch import STOP

NOBODY = -1  # in place of a walker's number, which counts from 0


class Crossing(NamedTuple):
    """Arguments of `_crossings`.

    Attributes
    ----------
    reached, ends, began, ended, spent : ndarray
        Of each walker; written.
    keys : ndarray of uint64
        Ids of the walkers' streams.
    starts : Starts
    valley, edge : float
        Reaction coordinates below which a walker is back, and from which on it climbs.
    skip, timed, horizon : int
    climb : Climb
        What runs, and where it ends.
    """

    reached: Any
    ends: Any
    began: Any
    ended: Any
    spent: Any
    keys: Any
    starts: Any
    valley: Any
    edge: Any
    skip: Any
    timed: Any
    horizon: Any
    climb: Any


@kernel
def _crossings(run):
    """Run walkers from the start through their climbs.

    Each runs until it has begun to climb ``skip + timed`` times, or for ``horizon`` iterations.
    A climb begins when the reaction coordinate is at or above ``edge`` for the first time since the walker was below
    ``valley``; going out begins one too. A walker that is out goes on from the start. Writes the iterations of the
    climbs number ``skip`` and ``skip + timed`` into ``began`` and ``ended``, the state at the end into ``ends`` and
    its reaction coordinate (infinite: out) into ``reached``. Returns 0, or the iteration by which one had diverged.
    """
    climb, starts, keys, skip, timed = run.climb, run.starts, run.keys, run.skip, run.timed
    valley, edge, began, ended = run.valley, run.edge, run.began, run.ended
    reaction, boundary, limit, tally, seed = (
        climb.height,
        climb.boundary,
        climb.limit,
        climb.tally,
        climb.seed,
    )
    block, state, process, draws = climb.block, climb.state, climb.process, climb.draws
    streams, words, table = empty_streams(draws)
    theta = block[0]
    various = starts.each.shape[0]
    size = draws * LANES
    steps = table.size // size
    walker, age, climbs = np.full(LANES, NOBODY), np.zeros(LANES, np.int64), np.zeros(LANES, np.int64)
    inside = np.zeros(LANES, np.bool_)
    next_one, active = 0, 0
    # NaN marks lanes without a walker: it compares as false and so passes no boundary.
    theta[:] = np.nan
    while True:
        for l in range(LANES):
            if walker[l] == NOBODY and next_one < keys.size:
                walker[l] = next_one
                # Starts are taken in turn where there are several: the pilot's 256 may outnumber them.
                start_lane(block, streams, starts, l, next_one % max(various, 1), U(seed), keys[next_one])
                age[l], climbs[l], inside[l] = 0, 0, True
                next_one += 1
                active += 1
        # Looked at once for each table of draws, not at each step, where it would cost time.
        if active == 0 or tally[STOP]:
            return 0
        climb.fill(streams, words, table)
        for k in range(steps):
            process.step(theta, state, table[k * size : (k + 1) * size])
            crossed = boundary.crossings(theta) > 0
            for l in range(LANES):
                w = walker[l]
                if w < 0:
                    continue
                age[l] += 1
                out = crossed and boundary.passed(theta, l) != 0
                # A walker that diverged is beyond every boundary too, and must not count as out.
                if out and lane_beyond(theta, limit, l):
                    return age[l]
                # Out is above every level, whatever the reaction coordinate says there.
                x = np.inf if out else reaction.reaction(theta, state, l)
                # Counted once: only a return below `valley` makes the next climb possible. Otherwise
                # walkers that jitter about `edge` would begin one every few steps.
                if inside[l] and x >= edge:
                    inside[l] = False
                    climbs[l] += 1
                    if climbs[l] == skip:
                        began[w] = age[l]
                    if climbs[l] == skip + timed:
                        ended[w] = age[l]
                elif x < valley:
                    inside[l] = True
                # Ages count from 1, so that 0 means the walker has not begun its last climb yet.
                if ended[w] > 0 or age[l] >= run.horizon:
                    run.reached[w] = x
                    run.spent[w] = age[l]
                    store_lane(block, l, run.ends[w])
                    idle_lane(theta, l)
                    walker[l] = NOBODY
                    active -= 1
                elif out:
                    # Hill's relation needs a stationary flow: who gets out goes on from the start.
                    load_start(block, l, starts, w % max(various, 1))
                    inside[l] = True
        if any_beyond(theta, limit, LANES):  # true of an idle lane too: then look at each walker
            for l in range(LANES):
                if walker[l] >= 0 and lane_beyond(theta, limit, l):
                    return age[l]
