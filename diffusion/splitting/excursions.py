"""Walkers that have begun to climb: how high each comes before it falls back."""

import numpy as np

from diffusion.block import any_beyond, idle_lane, lane_beyond, load_lane, store_lane
from diffusion.jit import LANES, kernel
from diffusion.random import STEPS, U, empty_streams, seed_lane
from diffusion.watch import STOP

NOBODY = -1


@kernel
def _excursions(
    top, ends, spent, reaction, boundary, limit, valley, level, horizon, starts, origin, keys, seed, tally, block,
    state, process, draws, fill,
):  # fmt: skip
    """Run a walker for each of ``origin`` from that row of ``starts`` until it is above ``level``, back, or out.

    Back is below ``valley``. Writes the largest reaction coordinate (infinite: out) into ``top``, and the state of a
    walker above ``level`` into ``ends``. Returns 0, or the iteration by which one had diverged, or minus one where
    one was still climbing after ``horizon`` iterations.
    """
    streams, words, table = empty_streams(draws)
    theta = block[0]
    size = draws * LANES
    steps = table.size // size
    walker, age = np.full(LANES, NOBODY), np.zeros(LANES, np.int64)
    next_one, active = 0, 0
    theta[:] = np.nan
    while True:
        for l in range(LANES):
            while walker[l] == NOBODY and next_one < origin.size:
                w = next_one
                next_one += 1
                seed_lane(streams, l, U(seed), keys[w], STEPS)
                load_lane(block, l, starts[origin[w]])
                out = boundary.crossings(theta) > 0 and boundary.passed(theta, l) != 0
                top[w] = np.inf if out else reaction.reaction(theta, state, l)
                if top[w] > level:  # where it starts already
                    ends[w] = starts[origin[w]]
                if out or top[w] > level:
                    idle_lane(theta, l)
                    continue
                walker[l], age[l] = w, 0
                active += 1
        if active == 0 or tally[STOP]:
            return 0
        fill(streams, words, table)
        for k in range(steps):
            process.step(theta, state, table[k * size : (k + 1) * size])
            crossed = boundary.crossings(theta) > 0
            for l in range(LANES):
                w = walker[l]
                if w < 0:
                    continue
                age[l] += 1
                out = crossed and boundary.passed(theta, l) != 0
                if out and lane_beyond(theta, limit, l):
                    return age[l]
                x = np.inf if out else reaction.reaction(theta, state, l)
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
                if age[l] >= horizon:
                    return -1
