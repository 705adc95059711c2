"""Constants, powers and roundings that several update rules share."""

import numpy as np

from diffusion.jit import LANES, helper, inline

# its square, 1e-300, is still a normal number (the smallest is 2.2e-308)
SMALLEST = 1e-150  # least divisor; a gradient below it has no square to be divided by, and moves nothing
TINY = 1e-30  # 1 - 1e-30 is 1: as a floor it changes no digit of 1 - x, and keeps slow subnormal numbers away


@helper
def next_power(power, beta):
    """Advance beta**t of every lane by one step.

    Each lane has its own t: lanes start their walkers at different times.
    """
    for l in range(LANES):
        # 0.9**t would be subnormal from t = 6,724 on, and every product with it slow
        power[l] = max(power[l] * beta, TINY)


@inline
def sign(x):
    """Return 1, 0 or -1, the sign of x.

    ``math.copysign`` has no 0.
    """
    # without a branch, so that loops that call it stay vector loops
    return (1.0 if x > 0 else 0.0) - (1.0 if x < 0 else 0.0)


@inline
def single(x):
    """Round to single precision."""
    return np.float64(np.float32(x))


@inline
def bfloat16(x):
    """Round to single precision, then to bfloat16.

    bfloat16 has eight significant bits; ties go to even.
    """
    bits = np.int32(np.float32(x).view(np.int32))
    # 0x7FFF plus the lowest bit kept is half a unit: exactly half rounds to even
    rounded = bits + np.int32(0x7FFF) + ((bits >> np.int32(16)) & np.int32(1))
    # -0x10000 clears the 16 low bits that bfloat16 lacks
    return np.float64(np.int32(rounded & np.int32(-0x10000)).view(np.float32))
