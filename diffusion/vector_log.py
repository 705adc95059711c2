"""Logarithm, powers and cube roots that stay one vector loop.

They serve inside kernels, as `diffusion.vector_exp` does for exp.
"""

import numpy as np

from diffusion.jit import inline
from diffusion.vector_exp import LN2_HIGH, LN2_LOW, exp

FRACTION = np.int64(0x000FFFFFFFFFFFFF)  # mask of a double's fraction
ONE = np.int64(0x3FF0000000000000)  # bits of 1.0
# A double's exponent starts at bit 52.
EXPONENT = np.int64(52)
# Adding it to a whole number below 2**51 puts that number into the lowest bits: integers to doubles by subtraction.
WHOLE = np.int64(0x4338000000000000)
ROUNDER = 6755399441055744.0  # the double of those bits, 1.5 * 2**52
ROOT_2 = 1.4142135623730951
# A number's upper 32 bits, as an integer, are about its logarithm: a third of them, taken from this, are those of
# the inverse cube root. 4/3 of the bits of 1.0 would be right at 1; this one makes the largest error least, 3.4 %.
INVERSE_CUBE_ROOT = 1430186644.0
UPPER = np.int64(32)


@inline
def log(x):
    """Return the natural logarithm of a positive normal number.

    The relative error is below 1e-15.

    Notes
    -----
    With x = 2**n m and m between sqrt(1/2) and sqrt(2): log x = n log 2 + 2 artanh(s), s = (m - 1) / (m + 1).
    |s| is at most 0.172, so that the series of artanh ends below 1e-17 after twelve terms.

    Examples
    --------
    >>> round(log(10.0), 12)
    2.302585092994
    """
    bits = np.float64(x).view(np.int64)
    # The fraction's bits with the exponent of 1.0 make a number in [1, 2).
    m = np.int64((bits & FRACTION) | ONE).view(np.float64)
    n = np.int64(((bits - ONE) >> EXPONENT) + WHOLE).view(np.float64) - ROUNDER
    # Halved above sqrt(2), so that m is near 1 on both sides and the series is short.
    high = m > ROOT_2
    m = 0.5 * m if high else m
    n = n + 1.0 if high else n
    s = (m - 1) / (m + 1)
    q = s * s
    # artanh(s) = s + s**3 / 3 + s**5 / 5 + ..., summed from the smallest term.
    p = 1 / 23
    p = p * q + 1 / 21
    p = p * q + 1 / 19
    p = p * q + 1 / 17
    p = p * q + 1 / 15
    p = p * q + 1 / 13
    p = p * q + 1 / 11
    p = p * q + 1 / 9
    p = p * q + 1 / 7
    p = p * q + 1 / 5
    p = p * q + 1 / 3
    # The exact part is added last: then only one rounding touches the leading digits.
    return n * LN2_HIGH + (2 * s * (p * q + 1) + n * LN2_LOW)


@inline
def power(x, y):
    """Return x**y of a positive normal number.

    The relative error is below 1e-15 times 1 + |y log x|.

    Examples
    --------
    >>> round(power(2.0, 0.5), 12)
    1.414213562373
    """
    return exp(y * log(x))


@inline
def cube_root(x):
    """Return the cube root of a positive normal number.

    The relative error is below 1e-15.

    Notes
    -----
    The inverse root r is guessed from the bits of x. With e = 1 - x r^3 it is r (1 - e)^(-1/3), which is
    r (1 + e/3 + 2 e^2/9 + 14 e^3/81) but for e^4. The guess has |e| < 0.11; after one such step it is 5e-5, after two
    nothing but rounding. There is no division, which takes as long as a dozen products.

    Examples
    --------
    >>> round(cube_root(8.0), 12)
    2.0
    """
    upper = np.int64((np.float64(x).view(np.int64) >> UPPER) + WHOLE).view(np.float64) - ROUNDER
    bits = np.float64(INVERSE_CUBE_ROOT - upper / 3 + ROUNDER).view(np.int64)
    r = np.int64((bits - WHOLE) << UPPER).view(np.float64)
    e = 1 - x * r * r * r
    r += r * e * (1 / 3 + e * (2 / 9 + e * (14 / 81)))
    e = 1 - x * r * r * r
    r += r * e * (1 / 3 + e * (2 / 9 + e * (14 / 81)))
    # x r^2 = x^(1 - 2/3)
    return x * r * r
