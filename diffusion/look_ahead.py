"""Optimizers that ask for the gradient away from theta.

They may also ask more than once a step.

Where coordinates are not coupled, ``gradient.draw(x, i)`` is the gradient at x as it stands. Where they are, it
needs every coordinate of the point that is asked for, and these are known only after the update has asked for all
of them. So the update first runs on a copy, to learn where it asks; the gradient is taken there. This is repeated
for every further time that it asks; then the update runs on theta itself. Every gradient of a step sees the same
sample: the same normals, the same rows.
"""

from functools import cache
from typing import Any

import numpy as np
from numba.extending import overload

from diffusion.contract import gives
from diffusion.gradient import asked
from diffusion.jit import LANES, OPTIONS, is_own_class, kernel, named_tuple, numbers, part

MOST = 8  # gradients a step: extragradient and SAM take two


@part
class PlainSource:
    """Gradient and noise, written for a whole block."""

    landscape: object
    noise: object

    def sample(self, theta, state, z, first, g):
        """Write the stochastic gradient at ``theta``.

        It is the one that this step's draws give.
        """
        self.landscape.gradient(theta, g)
        self.noise.add_noise(theta, z, g)


@part
class RowSource:
    """Mean gradient of the rows that a step sees."""

    landscape: object
    noise: object
    rows: object

    def sample(self, theta, state, z, first, g):
        """Write the stochastic gradient at ``theta``.

        The rows are picked once a step.
        """
        # All gradients of a step see the same rows, or their difference would be sampling noise.
        if first:
            self.noise.pick(state, z, self.rows)
        self.landscape.row_gradients(theta, self.rows, g)


def copy_rows(state, memory):
    """Copy every memory row."""
    for k in range(len(state)):
        for i in range(state[k].size):
            memory[k][i] = state[k][i]


COPYING: Any = {
    "_nrt": False,
    **OPTIONS,
}  # called within a step, which borrows its arrays: no reference counting


@overload(copy_rows, jit_options=COPYING)
def _copy_rows(state, memory):
    # Numba cannot index a tuple without entries, not even in a loop of no rounds
    return copy_rows if len(state) else lambda state, memory: None


@part
class LookAheadDescent:
    """Optimizer that asks ``rounds`` times a step, anywhere."""

    optimizer: object
    source: object
    g: object
    places: object
    count: object
    block: object  # a copy of theta and memory

    def step(self, theta, state, z):
        """Advance by one iteration."""
        rounds, copy, memory = self.g.shape[0], self.block[0], self.block[1]
        for turn in range(rounds + 1):
            for i in range(theta.size):
                self.count[i] = 0.0
            gradient = asked(self.g, self.places, self.count, float(turn))
            if turn == rounds:
                self.optimizer.update(theta, state, gradient)
                return
            for i in range(theta.size):
                copy[i] = theta[i]
            # A trial run changes the memory too, so it works on a copy.
            copy_rows(state, memory)
            self.optimizer.update(copy, memory, gradient)
            # With this gradient known, the next turn learns where the update asks afterwards.
            self.source.sample(self.places[turn], state, z, turn == 0, self.g[turn])


@kernel
def _ask(theta, state, optimizer, gradient):
    optimizer.update(theta, state, gradient)


@cache
def _rounds(cls):
    """Return the memory of what was found for a class."""
    return {}


def rounds_of(mover):
    """Return how often an optimizer asks in a step.

    The result is 0 if it asks once, at theta.

    It is tried on numbers. Optimizers of this package ask once, at theta, unless they say ``looks_ahead``.

    Raises
    ------
    ValueError
        If it asks more than 8 times.
    """
    inner = mover
    while gives(inner, "optimizer"):
        inner = inner.optimizer
    if is_own_class(type(inner)) and not gives(inner, "looks_ahead"):
        return 0
    found = _rounds(type(inner))
    if "rounds" in found:
        return found["rounds"]
    # Two coordinates suffice: every coordinate runs the same update.
    dim = 2
    size, rng = dim * LANES, np.random.default_rng(0)
    # Random numbers, so that asking at theta is not mistaken for asking at another point by chance.
    theta = np.repeat(rng.normal(size=dim), LANES)
    state = tuple(np.repeat(rng.uniform(0.5, 1, dim), LANES) for _ in inner.slots)
    g, places, count = rng.normal(size=(MOST, size)), np.full((MOST, size), np.nan), np.zeros(size)
    before = theta.copy()
    _ask(theta, state, numbers(inner, dim), asked(g, places, count, float(MOST)))
    most = int(count.max())
    if most > MOST:
        raise ValueError(
            f"{type(inner).__name__} must ask for the gradient at most {MOST} times a step, got {most}"
        )
    # Once, at theta: the plain stepper does, and it does not run the update twice.
    found["rounds"] = 0 if most <= 1 and np.array_equal(places[0], before) else most
    return found["rounds"]


def looking_ahead(mover, slots, source, rounds, dim):
    """Return the stepper of an optimizer that looks ahead.

    It asks ``rounds`` times a step; optimizer and source are as kernels see them.
    """
    size = dim * LANES
    memory = tuple(np.zeros(size) for _ in range(slots))
    g, places = np.zeros((rounds, size)), np.zeros((rounds, size))
    return named_tuple(LookAheadDescent)(mover, source, g, places, np.zeros(size), (np.zeros(size), memory))
