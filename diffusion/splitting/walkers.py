"""Walkers of one thread, bound to one process.

They run the kernels of splitting and raise their errors.
"""

import numpy as np

from diffusion.block import empty_block
from diffusion.cost import room
from diffusion.jit import numbers
from diffusion.splitting.crossings import Crossing, _crossings
from diffusion.splitting.excursions import Climb, Excursion, _excursions
from diffusion.stepper import bind
from diffusion.watch import Diverged

# 63 bits together: 134 million particles, a million stages, 65,536 replicas.
PARTICLE, STAGE, REPLICA = (
    27,
    20,
    16,
)  # bits of a stream's id; the highest bit keeps it apart from a walker's id


class Stuck(ArithmeticError):
    """Walkers neither came back to the valley nor left it."""


def stream_ids(replica, stage, particles):
    """Return the stream ids of particles at one stage.

    Replica, stage and particle have bits of their own, so that no two share an id.
    """
    first = 2**63 + (replica << (PARTICLE + STAGE)) + (stage << PARTICLE)
    return np.uint64(first) + np.asarray(particles, np.uint64)


class Walkers:
    """Walkers of one process on one thread.

    The object runs them and counts their steps.

    Attributes
    ----------
    steps : int
        Walker-steps so far.
    """

    def __init__(self, mover, landscape, noise, reaction, edge, limit, starts, horizon, seed, watch):
        process, fill, draws = bind(mover, landscape, noise)
        block, state = empty_block(*starts.common.shape)
        self.mover, self.starts, self.horizon, self.watch, self.steps = mover, starts, horizon, watch, 0
        self._excursions = None
        parts = numbers(reaction, landscape.dim), numbers(edge, landscape.dim), limit
        self._climb = Climb(*parts, seed, watch.tally, block, state, process, draws, fill)

    def settle(self, ids, iterations):
        """Return where walkers have come after some iterations.

        These are reaction coordinates, ``iterations`` from the start; walkers that get out are put back to it.
        """
        reached, *_ = self._cross(ids, -np.inf, np.inf, 0, iterations + 1, iterations)  # no climb ends it
        # Infinite are those that got out in the last iteration: they are not in the valley.
        return reached[np.isfinite(reached)]

    def begin(self, ids, valley, edge, skip, timed):
        """Return the states in which walkers begin to climb.

        Each begins its climb number ``skip + timed``. The mean time from one climb to the next comes second.

        Raises
        ------
        Stuck
            If they do not come back from a climb within ``horizon`` iterations.
        """
        _, ends, began, ended = self._cross(ids, valley, edge, skip, timed, self.horizon)
        if not self.watch.stopped and not ended.all():
            raise Stuck(
                f"{np.sum(ended == 0)} of {ended.size} walkers do not come back to the valley within {self.horizon} "
                "iterations; raise max_iterations, or choose another reaction coordinate"
            )
        # `timed` loops lie between the climbs number `skip` and `skip + timed`.
        return ends, (ended - began) / timed

    def climb(self, starts, origin, ids, valley, level=np.inf):
        """Return how high excursions come, and where they stand.

        Heights are infinite where out; the states are those of walkers above ``level``.

        Raises
        ------
        Stuck
            If one is still on its way after ``horizon`` iterations.
        """
        # Without a finite level no walker stops at one: the states then take no memory.
        n, kept = origin.size, np.isfinite(level)
        top, spent = np.empty(n), np.zeros(n, np.int64)
        ends = np.empty((n * kept, *self.starts.common.shape))
        window = float(valley), float(level), self.horizon
        excursion = Excursion(top, ends, spent, starts, origin, ids, *window, self._climb)
        if self._excursions is None:  # looked up once: the types stay, and the calls are short
            self._excursions = _excursions.code_for(excursion)
        self._check(self._excursions(excursion))
        self.steps += int(spent.sum())
        return top, ends

    def _cross(self, ids, valley, edge, skip, timed, horizon):
        n = len(ids)
        reached, ends = room(n, float, n), room((n, *self.starts.common.shape), float, n)
        began, ended, spent = (np.zeros(n, np.int64) for _ in range(3))
        window = float(valley), float(edge), skip, timed, horizon
        self._check(
            _crossings(Crossing(reached, ends, began, ended, spent, ids, self.starts, *window, self._climb))
        )
        self.steps += int(spent.sum())
        return reached, ends, began, ended

    def _check(self, code):
        # Kernels cannot raise with a message: they return the iteration, or -1 for a walker that is stuck.
        if code > 0:
            raise Diverged(code, self.mover)
        if code < 0:
            raise Stuck(
                f"a walker is still on its way after {self.horizon} iterations, neither back in the valley nor out; "
                "raise max_iterations, or choose another reaction coordinate"
            )
