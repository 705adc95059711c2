"""Optimizers on minibatches: which rows of the data a step sees, and the step itself."""

import math
from dataclasses import field
from typing import ClassVar

import numpy as np

from diffusion.contract import gives
from diffusion.gradient import recorded
from diffusion.jit import LANES, part
from diffusion.random import HALF, LOW, U, as_bits, inline


@inline
def row_of(count, word):
    """Return which of ``count`` rows 32 random bits (stored as float32) choose."""
    return np.int64((U(as_bits(word)) * U(count)) >> HALF)


@part
class DrawnRows:
    """Rows drawn anew each step, with replacement: ``z`` holds one random word for each row."""

    B: float
    count: float  # rows of the data

    @property
    def draws(self):
        """Random words that a walker takes a step."""
        return int(self.B)

    def pick(self, state, z, rows):
        """Write the rows of this step."""
        count = U(self.count)
        for i in range(rows.size):
            rows[i] = row_of(count, z[i])


@inline
def mixed(x, key_low, key_high, turn):
    """Return 32 bits that look random, from a number below 2**32, the 52 bits of a key, and the number of a round."""
    h = ((x ^ key_low) + turn * U(0x9E3779B1)) & LOW
    h = (h * U(0x85EBCA6B)) & LOW
    h = ((h ^ (h >> U(13)) ^ key_high) * U(0xC2B2AE35)) & LOW
    return h ^ (h >> U(16))


@inline
def rotated(y, x, low, high, turn, height, width):
    """Return a cell of the grid after its column was rotated, and then its row, by amounts that a key names."""
    y += (mixed(x, low, high, turn) * height) >> HALF
    y = y - height if y >= height else y
    x += (mixed(y, low, high, turn + U(1)) * width) >> HALF
    return y, x - width if x >= width else x


@part
class ShuffledRows:
    r"""Every row once an epoch, in an order of the walker's own.

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

    slots: ClassVar[tuple] = (0.0, 0.0)
    draws: ClassVar[int] = 2

    def __post_init__(self):
        count, B = int(self.count), int(self.B)
        height = math.isqrt(count - 1) + 1 if count > 1 else 1
        width = -(-count // height)
        # 2**-20 is left of what tells the permutation from a uniformly random one; tests count all 720 of 6 rows
        rounds = 2 if width == 1 else max(6, 2 * math.ceil(20 / math.log2(width)))
        for name, value in (
            ("height", height),
            ("width", width),
            ("rounds", rounds),
            ("batches", count // B),
        ):
            object.__setattr__(self, name, float(value))
        for name in ("across", "down", "low", "high"):
            object.__setattr__(self, name, np.zeros((1, B * LANES), np.uint64))

    def pick(self, state, z, rows):
        """Write the rows of this step."""
        batch, key, down, across = state[-2], state[-1], self.down[0], self.across[0]
        low, high = self.low[0], self.high[0]
        height, width, last = U(self.height), U(self.width), self.batches - 1
        for l in range(LANES):
            if batch[l] == 0:
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
            while U(rows[i]) >= count:
                for turn in range(0, int(self.rounds), 2):
                    down[i], across[i] = rotated(down[i], across[i], low[i], high[i], U(turn), height, width)
                rows[i] = np.int64(down[i] * width + across[i])
        for l in range(LANES):
            batch[l] = 0.0 if batch[l] >= last else batch[l] + 1.0


@part
class RowDescent:
    """An optimizer whose gradient is the mean over the rows of a step; ``z`` holds the words that choose them."""

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
    """An optimizer whose walkers remember their order of the rows, in two memory rows behind its own."""

    optimizer: object

    @property
    def eta(self):
        """Learning rate."""
        return self.optimizer.eta

    @property
    def slots(self):
        """Initial memory: that of the optimizer, the batch within the epoch, the key."""
        return (*self.optimizer.slots, *ShuffledRows.slots)

    def update(self, theta, state, gradient):
        """Advance by one iteration."""
        self.optimizer.update(theta, state[:-2], gradient)


@part
class ShufflingInertia:
    """The same for an optimizer with inertia."""

    optimizer: object

    @property
    def eta(self):
        """Learning rate."""
        return self.optimizer.eta

    @property
    def slots(self):
        """Initial memory: that of the optimizer, the batch within the epoch, the key."""
        return (*self.optimizer.slots, *ShuffledRows.slots)

    def update(self, theta, state, gradient):
        """Advance by one iteration."""
        self.optimizer.update(theta, state[:-2], gradient)

    def coast(self, state, i):
        """Return how far inertia alone would still carry coordinate ``i``."""
        return self.optimizer.coast(state[:-2], i)


def shuffling(optimizer):
    """Return the optimizer with room for the order of the rows."""
    return ShufflingInertia(optimizer) if gives(optimizer, "coast") else Shuffling(optimizer)
