"""Optimizers on minibatches.

This module chooses the rows that a step sees, and takes the step.
"""

import math
from dataclasses import field
from typing import ClassVar

import numpy as np

from diffusion.contract import gives
from diffusion.gradient import recorded
from diffusion.jit import LANES, inline, part
from diffusion.random import HALF, LOW, U, as_bits


@inline
def row_of(count, word):
    """Return the row that 32 random bits choose.

    The bits are stored as float32; there are ``count`` rows.
    """
    # A product and a shift instead of a remainder: no division. A row's probability is off by at
    # most count / 2**32 of itself.
    return np.int64((U(as_bits(word)) * U(count)) >> HALF)


@part
class DrawnRows:
    """Rows drawn anew each step, with replacement.

    ``z`` holds one random word for each row.
    """

    B: float
    count: float  # rows of the data

    @property
    def draws(self):
        """Random words for one step of a walker."""
        return int(self.B)

    def pick(self, state, z, rows):
        """Write the rows of this step."""
        count = U(self.count)
        for i in range(rows.size):
            rows[i] = row_of(count, z[i])


@inline
def mixed(x, key_low, key_high, turn):
    """Mix a number, a key and a round into 32 bits.

    The number is below 2**32, the key has 52 bits; the result looks random.
    """
    # The constants are the golden ratio in 32 bits and MurmurHash3's finalizer, odd and well
    # tested.
    h = ((x ^ key_low) + turn * U(0x9E3779B1)) & LOW
    h = (h * U(0x85EBCA6B)) & LOW
    h = ((h ^ (h >> U(13)) ^ key_high) * U(0xC2B2AE35)) & LOW
    return h ^ (h >> U(16))


@inline
def rotated(y, x, low, high, turn, height, width):
    """Rotate the column of a grid cell, then its row.

    The key names the amounts; the result is the cell's new place.
    """
    # A sum below 2 * height needs one subtraction, where a remainder would need a division.
    y += (mixed(x, low, high, turn) * height) >> HALF
    y = y - height if y >= height else y
    x += (mixed(y, low, high, turn + U(1)) * width) >> HALF
    return y, x - width if x >= width else x


@part
class ShuffledRows:
    r"""Every row once an epoch, in random order.

    Each walker has an order of its own.

    The order is a permutation that a key of 52 bits names, drawn from the walker's stream when an epoch starts, so
    nothing is kept for each row. Place p stands in a grid of height x width cells, at (p // width, p % width). A
    round rotates every column by a random amount, another every row; each pair of them brings the permutation nearer
    to a uniformly random one by a factor of about ``width``. A place that lands beyond the rows goes through the
    rounds again, which leaves a permutation of the rows (Black and Rogaway 2002).

    The two last memory rows of a walker are the number of its batch within the epoch, and the key.
    """

    B: float
    count: float
    height: float = field(init=False)
    width: float = field(init=False)
    rounds: float = field(init=False)
    batches: float = field(init=False)
    across: np.ndarray = field(init=False, repr=False)
    down: np.ndarray = field(init=False, repr=False)
    low: np.ndarray = field(init=False, repr=False)
    high: np.ndarray = field(init=False, repr=False)

    # A walker starts at batch 0, which makes it draw its first key.
    slots: ClassVar[tuple] = (0.0, 0.0)
    # Two words of 32 bits make a key of 52: memory rows are doubles, exact up to 2**53.
    draws: ClassVar[int] = 2

    def __post_init__(self):
        count, B = int(self.count), int(self.B)
        # A nearly square grid, with fewer than `height` empty cells: few places land beyond the
        # rows.
        height = math.isqrt(count - 1) + 1 if count > 1 else 1
        width = -(-count // height)
        # The distance from a uniformly random permutation falls to 2**-20; tests count all 720
        # orders of 6 rows
        rounds = 2 if width == 1 else max(6, 2 * math.ceil(20 / math.log2(width)))
        for name, value in (
            ("height", height),
            ("width", width),
            ("rounds", rounds),
            ("batches", count // B),
        ):
            object.__setattr__(self, name, float(value))
        # Shape (1, n): each thread gets its own copy of a 2-D array.
        for name in ("across", "down", "low", "high"):
            object.__setattr__(self, name, np.zeros((1, B * LANES), np.uint64))

    def pick(self, state, z, rows):
        """Write the rows of this step."""
        batch, key, down, across = state[-2], state[-1], self.down[0], self.across[0]
        low, high = self.low[0], self.high[0]
        height, width, last = U(self.height), U(self.width), self.batches - 1
        for l in range(LANES):
            if batch[l] == 0:
                # 32 bits of one word and the upper 20 of the other.
                key[l] = np.float64((U(as_bits(z[l])) << U(20)) | (U(as_bits(z[LANES + l])) >> U(12)))
        inverse = 1 / self.width
        for first in range(0, rows.size, LANES):
            for l in range(LANES):
                place, k = batch[l] * self.B + first // LANES, U(key[l])
                row = np.int64((place + 0.5) * inverse)  # exact: places are whole numbers below 2**32
                down[first + l], across[first + l] = U(row), U(place) - U(row) * width
                low[first + l], high[first + l] = k & LOW, k >> HALF
        for turn in range(0, int(self.rounds), 2):
            for i in range(rows.size):  # one long loop: loops of 32 lanes would not become vector code here
                down[i], across[i] = rotated(down[i], across[i], low[i], high[i], U(turn), height, width)
        count = U(self.count)
        for i in range(rows.size):
            rows[i] = np.int64(down[i] * width + across[i])
        for i in range(rows.size):
            # Places beyond the rows walk on along their cycle; it ends, as every cycle returns to
            # its start.
            while U(rows[i]) >= count:
                for turn in range(0, int(self.rounds), 2):
                    down[i], across[i] = rotated(down[i], across[i], low[i], high[i], U(turn), height, width)
                rows[i] = np.int64(down[i] * width + across[i])
        for l in range(LANES):
            batch[l] = 0.0 if batch[l] >= last else batch[l] + 1.0


@part
class RowDescent:
    """Optimizer whose gradient is a mean over rows.

    ``z`` holds the words that choose the rows of a step.
    """

    optimizer: object
    landscape: object
    noise: object
    g: object
    rows: object

    def step(self, theta, state, z):
        """Advance by one iteration."""
        self.noise.pick(state, z, self.rows)
        self.landscape.row_gradients(theta, self.rows, self.g)
        self.optimizer.update(theta, state, recorded(self.g))


@part
class Shuffling:
    """Optimizer whose walkers remember their order of rows.

    The order takes two memory rows behind the optimizer's own.
    """

    optimizer: object

    @property
    def eta(self):
        """Learning rate."""
        return self.optimizer.eta

    @property
    def slots(self):
        """Initial memory of the optimizer, then batch and key."""
        return (*self.optimizer.slots, *ShuffledRows.slots)

    def update(self, theta, state, gradient):
        """Advance by one iteration."""
        self.optimizer.update(theta, state[:-2], gradient)


@part
class ShufflingInertia:
    """`Shuffling` for an optimizer with inertia."""

    optimizer: object

    @property
    def eta(self):
        """Learning rate."""
        return self.optimizer.eta

    @property
    def slots(self):
        """Initial memory of the optimizer, then batch and key."""
        return (*self.optimizer.slots, *ShuffledRows.slots)

    def update(self, theta, state, gradient):
        """Advance by one iteration."""
        self.optimizer.update(theta, state[:-2], gradient)

    def coast(self, state, i):
        """Return how far inertia alone carries a coordinate."""
        return self.optimizer.coast(state[:-2], i)


def shuffling(optimizer):
    """Return the optimizer with memory for the order of rows."""
    return ShufflingInertia(optimizer) if gives(optimizer, "coast") else Shuffling(optimizer)
