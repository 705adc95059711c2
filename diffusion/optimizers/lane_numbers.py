"""Constants, powers and roundings that several update rules share."""

import numpy as np
from numba import njit

from diffusion.jit import LANES, OPTIONS

SMALLEST = 1e-150  # least divisor; a gradient below it has no square to be divided by, and moves nothing
TINY = 1e-30  # 1 - 1e-30 is 1: as a floor it changes no digit of 1 - x, and keeps slow subnormal numbers away


@njit(**OPTIONS)
def next_power(power, beta):
    """Advance beta**t of every lane by one step; lanes start their walkers at different times."""
    for l in range(LANES):
        power[l] = max(power[l] * beta, TINY)


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
