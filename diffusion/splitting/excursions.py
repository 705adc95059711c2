"""Excursions of walkers that have begun to climb.

They tell how high each walker comes before it falls back.
"""

from typing import Any, NamedTuple

import numpy as np

from diffusion.block import any_beyond, idle_lane, lane_beyond, load_lane, store_lane
from diffusion.jit import LANES, kernel
from diffusion.random import STEPS, U, empty_streams, seed_lane
from diffusion.watch import STOP

NOBODY = -1  # in place of a walker's number, which counts from 0


class Climb(NamedTuple):
    """Process that runs in splitting, and where it ends.

    It is the same for every call on one thread.

    Attributes
    ----------
    height, boundary : part
        The reaction coordinate (a field may not have a kernel's name), and where walkers are out.
    limit : float
        Where a walker counts as diverged.
    seed : int
    tally : ndarray
        Of the watch.
    block, state
        Memory of a block, and its rows behind theta.
    process, draws, fill
        What `bind` returned.
    """

    height: Any
    boundary: Any
    limit: Any
    seed: Any
    tally: Any
    block: Any
    state: Any
    process: Any
    draws: Any
    fill: Any


class Excursion(NamedTuple):
    """Arguments of `_excursions`.

    Attributes
    ----------
    top, ends, spent : ndarray
        Of each walker; written.
    starts : ndarray, shape (n, 1 + slots, dim)
        States in which climbs begin.
    origin : ndarray of int
        Which of them each walker takes.
    keys : ndarray of uint64
        Ids of the walkers' streams.
    valley, level : float
        Reaction coordinates below which a walker is back, and above which it stops.
    horizon : int
    climb : Climb
    """

    top: Any
    ends: Any
    spent: Any
    starts: Any
    origin: Any
    keys: Any
    valley: Any
    level: Any
    horizon: Any
    climb: Any


@kernel
def _excursions(run):
    """Run one walker for each of ``origin``.

    It runs from that row of ``starts`` until it is above ``level``, back, or out.
    Back is below ``valley``. Writes the largest reaction coordinate (infinite: out) into ``top``, and the state of a
    walker above ``level`` into ``ends``. Returns 0, or the iteration by which one had diverged, or minus one where
    one was still climbing after ``horizon`` iterations.
    """
    climb, starts, origin, keys, top, ends = run.climb, run.starts, run.origin, run.keys, run.top, run.ends
    valley, level, spent = run.valley, run.level, run.spent
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
    size = draws * LANES
    steps = table.size // size
    walker, age = np.full(LANES, NOBODY), np.zeros(LANES, np.int64)
    next_one, active = 0, 0
    # NaN marks lanes without a walker: it compares as false and so passes no boundary.
    theta[:] = np.nan
    while True:
        for l in range(LANES):
            while walker[l] == NOBODY and next_one < origin.size:
                w = next_one
                next_one += 1
                # The id alone decides the stream, so that a climb can be run again with its own numbers.
                seed_lane(streams, l, U(seed), keys[w], STEPS)
                load_lane(block, l, starts[origin[w]])
                # A climb may begin outside: crossing `edge` and the boundary in one step counts as both.
                out = boundary.crossings(theta) > 0 and boundary.passed(theta, l) != 0
                top[w] = np.inf if out else reaction.reaction(theta, state, l)
                if top[w] > level:  # where it starts already
                    ends[w] = starts[origin[w]]
                if out or top[w] > level:
                    idle_lane(theta, l)
                    continue
                walker[l], age[l] = w, 0
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
                x = np.inf if out else reaction.reaction(theta, state, l)
                # The largest so far, not the last: levels rank climbs by how high they ever came.
                top[w] = max(top[w], x)
                above = x > level
                if above:
                    store_lane(block, l, ends[w])
                if above or out or x < valley:
                    spent[w] = age[l]
                    idle_lane(theta, l)
                    walker[l] = NOBODY
                    active -= 1
        far = any_beyond(theta, limit, LANES)  # true of an idle lane too: then look at each walker
        for l in range(LANES):
            if walker[l] >= 0:
                if far and lane_beyond(theta, limit, l):
                    return age[l]
                # Also once for each table: the horizon stops walkers that are stuck, and need not be exact.
                if age[l] >= run.horizon:
                    return -1
