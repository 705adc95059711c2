"""Numbers that every coordinate of a walker shares: bias corrections, sums, norms, signs.

A row of memory holds one number for each coordinate and lane. A number that belongs to the walker stands in the
row's first LANES places and is copied to the other coordinates, so that the loop over coordinates stays one flat
loop, which vectorises. Copies and sums reach back by LANES places, farther than a vector is long.
"""

import numpy as np
from numba import njit

from diffusion.jit import LANES, OPTIONS

SMALLEST = 2.0**-1022  # normal number: a divisor that is not zero
TINY = 1e-30  # 1 - 1e-30 is 1: as a floor it changes no digit of 1 - x, and keeps slow subnormal numbers away


@njit(**OPTIONS)
def copy_to_coordinates(row):
    """Copy the first LANES numbers of a row to every coordinate."""
    for i in range(LANES, row.size):
        row[i] = row[i - LANES]


@njit(**OPTIONS)
def next_power(power, beta):
    """Advance beta**t of every lane by one step; lanes start their walkers at different times."""
    for l in range(LANES):
        power[l] = max(power[l] * beta, TINY)


@njit(**OPTIONS)
def bias_correction(power, beta, factor):
    """Advance ``power`` = beta**t by a step and write 1 / (1 - beta**t) into ``factor``, for every coordinate."""
    next_power(power, beta)
    for l in range(LANES):
        factor[l] = 1 / (1 - power[l])
    copy_to_coordinates(factor)


@njit(**OPTIONS)
def sum_to_lanes(row):
    """Sum a row over the coordinates of each walker; the sums stand in the first LANES places, the rest is spent."""
    for i in range(LANES, row.size):
        row[i] += row[i - LANES]
    last = row.size - LANES
    for l in range(LANES):
        row[l] = row[last + l]


@njit(forceinline=True, **OPTIONS)
def sign(x):
    """Return 1, 0 or -1; ``math.copysign`` has no 0."""
    return (1.0 if x > 0 else 0.0) - (1.0 if x < 0 else 0.0)


@njit(forceinline=True, **OPTIONS)
def single(x):
    """Round to single precision."""
    return np.float64(np.float32(x))


@njit(forceinline=True, **OPTIONS)
def bfloat16(x):
    """Round to single precision and then to bfloat16, eight significant bits, ties to even."""
    bits = np.int32(np.float32(x).view(np.int32))
    rounded = bits + np.int32(0x7FFF) + ((bits >> np.int32(16)) & np.int32(1))
    return np.float64(np.int32(rounded & np.int32(-0x10000)).view(np.float32))
