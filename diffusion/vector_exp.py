"""Exponential that stays one vector loop inside a kernel.

``math.exp`` is a call into the C library for every number: a loop that contains it runs lane by lane. What is
here is plain arithmetic on one number, inlined into the loop that uses it.
"""

import numpy as np

from diffusion.jit import inline

# ln 2 in two parts: n * LN2_HIGH is exact, and LN2_LOW adds the digits that are missing there.
INVERSE_LN2 = 1.4426950408889634
LN2_HIGH, LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10  # the first ends in zero bits: n * it is exact
ROUNDER = 6755399441055744.0  # 1.5 * 2**52: adding it rounds to a whole number, held in the lowest bits
BIAS, EXPONENT = (
    np.int64(1023 - 1),
    np.int64(52),
)  # layout of a double's bits; the bias is one less, since half of 2**n is built
# Below -708 the result would be subnormal, above 709.79 it would exceed the largest double.
LOWEST, HIGHEST = -708.0, 709.79


@inline
def exp(x):
    """Return e**x of one number.

    Kernels call it in place of ``math.exp``; the relative error is below 4e-16.

    Infinity above 709.78 and NaN for NaN, as there, but 0 below -708: smaller numbers would be subnormal,
    which processors handle slowly.

    Notes
    -----
    With n = round(x / ln 2), x = n ln 2 + r and |r| < 0.35: e**x = 2**n e**r. The polynomial interpolates e**r at
    Chebyshev points to 2e-17, and the bits of 2**(n - 1) are put together (2**1024 would not fit).

    Examples
    --------
    >>> round(exp(1.0), 12)
    2.718281828459
    """
    # Adding and subtracting 1.5 * 2**52 rounds to a whole number without a call, and vectorises.
    rounded = x * INVERSE_LN2 + ROUNDER
    n = rounded - ROUNDER
    r = (x - n * LN2_HIGH) - n * LN2_LOW
    # Coefficients near 1 / k!, from k = 11 down; they differ from it in the digits that
    # interpolation needs.
    p = 2.5100424157005067e-08
    p = p * r + 2.7620138719733994e-07
    p = p * r + 2.7557268378684192e-06
    p = p * r + 2.480152119021773e-05
    p = p * r + 0.00019841269863105968
    p = p * r + 0.0013888888917281794
    p = p * r + 0.008333333333330051
    p = p * r + 0.04166666666662399
    p = p * r + 0.16666666666666669
    p = p * r + 0.5000000000000001
    p = p * r * r + r + 1.0
    # The lowest bits of `rounded` hold n: shifted into the exponent's place they make a power of
    # two.
    half = np.int64((np.float64(rounded).view(np.int64) + BIAS) << EXPONENT).view(np.float64)
    # Twice p times half of 2**n: for n = 1024 the power itself would overflow though e**x does not.
    e = (p + p) * half
    # Selections, not branches: both sides are computed, so the loop stays vector code.
    e = 0.0 if x < LOWEST else e
    return np.inf if x > HIGHEST else e
