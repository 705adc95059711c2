"""Random streams, one for each walker.

Streams are keyed by (seed, walker) and fill tables of draws for a block of lanes.

A walker's numbers depend on its seed and its id alone: its stream (xoshiro256++) starts from a block of a
counter-based generator (Philox4x32-10), and every driver hands a walker its draws in the same order.
"""

import math
from functools import cache

import numpy as np
from numba import types

from diffusion.jit import LANES, Pointer, aligned_zeros, inline

# Short names: constants in kernels need their type, or Numba widens 32-bit arithmetic to 64 bits.
U, F, I32, U32 = np.uint64, np.float32, np.int32, np.uint32
# The low half of a 64-bit word, and the shift that brings the high half there.
LOW, HALF = U(0xFFFFFFFF), U(32)
FILL = types.void(types.uint64[::1], types.uint64[::1], types.float32[::1])
# The purpose enters the counter, so velocities never repeat the normals of the steps.
STEPS, VELOCITIES = U(0x5EED), U(0x5EEE)  # the purpose of a stream
# Fixed, so that the compiler knows every count in `advance_streams`.
WORDS = 40  # 64-bit words a lane draws at once: long enough to be fast, short enough for the nearest cache


@inline
def philox4x32_10(c0, c1, c2, c3, k0, k1):
    """Return the Philox4x32-10 block of a counter and key.

    See Salmon et al. (2011).

    All are uint64 of which the low 32 bits count: products need no widening, and lanes vectorise.
    """
    for _ in range(10):
        # The multipliers and the two increments below are those of the published generator.
        product0 = (c0 & LOW) * U(0xD2511F53)
        product1 = (c2 & LOW) * U(0xCD9E8D57)
        c0 = (product1 >> HALF) ^ c1 ^ k0
        c2 = (product0 >> HALF) ^ c3 ^ k1
        c1, c3 = product1, product0
        # The key may run past 32 bits: the low 32 bits are all that the result keeps.
        k0 += U(0x9E3779B9)
        k1 += U(0xBB67AE85)
    return c0 & LOW, c1 & LOW, c2 & LOW, c3 & LOW


@inline
def xoshiro256pp(s0, s1, s2, s3):
    """Return the next word and state of xoshiro256++.

    See Blackman & Vigna (2021).
    """
    # Rotations by 23 and 45 and the shift by 17 are those of the published generator.
    total = s0 + s3
    word = ((total << U(23)) | (total >> U(41))) + s0
    t = s1 << U(17)
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= t
    s3 = (s3 << U(45)) | (s3 >> U(19))
    return word, s0, s1, s2, s3


@inline
def seed_lane(streams, l, seed, walker, purpose):
    """Start the stream of ``walker`` in lane ``l``.

    Its 256 bits come from two Philox blocks.

    Each walker has a stream for every purpose: ``STEPS``, and ``VELOCITIES`` at the start.
    """
    # The counter holds walker, half and purpose, the key holds the seed: no two streams share a
    # block.
    for half in range(2):
        a, b, c, d = philox4x32_10(walker & LOW, walker >> HALF, U(half), purpose, seed & LOW, seed >> HALF)
        streams[2 * half * LANES + l] = (a << HALF) | b
        # the last bit set: xoshiro must not start at zero
        streams[(2 * half + 1) * LANES + l] = (c << HALF) | (d | U(half))


@inline
def as_bits(x):
    """Return the 32 bits of a float32."""
    return F(x).view(U32)


@inline
def as_float(bits):
    """Return the float32 of 32 bits."""
    return U32(bits).view(F)


@inline
def twice_log_uniform(word, zero):
    """Return 2 log((word + 1/2) / 2**32) in float32.

    The relative error is 1.7e-7.

    word + 1/2 = 2**exponent * (1 + t) with t in [-1/3, 1/3); log(1 + t) / t is a minimax polynomial.
    """
    # 0x3F2AAAAB are the bits of 2/3 in float32: subtracting them splits a number at 2/3, so that
    # the fraction lies in [2/3, 4/3), where the polynomial is best.
    bits = U32(as_bits(F(word) + F(0.5)) + U32(0x3F800000 - 0x3F2AAAAB))
    exponent = F(I32(bits >> U32(23))) - F(127 + 32)
    t = as_float(U32((bits & U32(0x7FFFFF)) + U32(0x3F2AAAAB))) - F(1)
    # Every coefficient is doubled, as the result is 2 log.
    p = F(2 * -0.15365700440678934) + zero
    p = p * t + (F(2 * 0.17111181949879392) + zero)
    p = p * t + (F(2 * -0.16420085163669) + zero)
    p = p * t + (F(2 * 0.1979503745623891) + zero)
    p = p * t + (F(2 * -0.2500762179198824) + zero)
    p = p * t + (F(2 * 0.3333798868410068) + zero)
    p = p * t + (F(2 * -0.4999993775952047) + zero)
    p = p * t + (F(2 * 0.9999998362155396) + zero)
    return exponent * F(2 * 0.6931471805599453) + t * p


@inline
def half_circle(word, zero):
    """Return cos and sin of pi/2 x in float32.

    x is the word as a signed fraction in [-1, 1); the error is 5e-9.
    """
    # A signed word times 2**-31 lies in [-1, 1): half a circle once it is multiplied by pi/2.
    x = F(I32(word)) * F(2.0**-31)
    z = x * x
    # Polynomials in x**2: s for sin(pi x / 2) / x, c for cos(pi x / 2) / (1 - x**2).
    s = F(0.00015148512981217363) + zero
    s = s * z + (F(-0.004673766611942984) + zero)
    s = s * z + (F(0.07968967894894946) + zero)
    s = s * z + (F(-0.6459637106006774) + zero)
    s = s * z + (F(1.570796318447791) + zero)
    c = F(2.358798449987322e-05)
    c = c * z + F(-0.0008935099280884613)
    c = c * z + F(0.01996859007946802)
    c = c * z + F(-0.2337005029853515)
    c = c * z + F(0.9999999990181015)
    # The factor 1 - x**2 makes the cosine exactly 0 at x = -1, and never negative.
    return c * (F(1) - z), s * x


@inline
def box_muller(a, b, zero):
    """Return two standard normals from two uint32.

    They are float32 with |z| <= 6.77.
    """
    radius = math.sqrt(-twice_log_uniform(a, zero))
    cosine, sine = half_circle(b, zero)
    # the angle covers half the circle; the lowest bit of b, else unused, gives the cosine its sign
    signed = as_float(U32(as_bits(radius) | U32(U32(b) << U32(31))))
    return signed * cosine, radius * sine


@inline
def advance_streams(streams, words):
    """Draw ``WORDS`` 64-bit words a lane.

    Both counts are constants: else the compiler cannot tell that no index is negative, and takes one lane at
    a time (nine times slower). Eight words a visit keep a stream's state in registers meanwhile.
    """
    for row in range(0, WORDS, 8):
        for l in range(LANES):
            s0, s1 = streams[l], streams[LANES + l]
            s2, s3 = streams[2 * LANES + l], streams[3 * LANES + l]
            for word in range(8):
                words[(row + word) * LANES + l], s0, s1, s2, s3 = xoshiro256pp(s0, s1, s2, s3)
            streams[l], streams[LANES + l] = s0, s1
            streams[2 * LANES + l], streams[3 * LANES + l] = s2, s3


def _fill_normals(streams, words, table):
    # A zero that the compiler cannot see through: coefficients it is added to stay in registers, where bare
    # constants are read from memory again for every 16 draws.
    zero = F(words.size >> 62)
    halves = words.view(U32)  # the lower half of each word, then the upper one
    for start in range(0, table.size, 2 * words.size):
        advance_streams(streams, words)
        first = table[start : start + words.size]
        second = table[start + words.size : start + 2 * words.size]
        for i in range(words.size):
            z1, z2 = box_muller(halves[2 * i + 1], halves[2 * i], zero)
            first[i] = z1
            second[i] = z2


def _fill_words(streams, words, table):
    # Words are stored as float32 so that normals and words share one kind of table.
    halves = words.view(F)
    for start in range(0, table.size, 2 * words.size):
        advance_streams(streams, words)
        first = table[start : start + words.size]
        second = table[start + words.size : start + 2 * words.size]
        for i in range(words.size):
            first[i] = halves[2 * i + 1]
            second[i] = halves[2 * i]


@cache
def fill_normals():
    """Return the compiled refill of standard normals.

    It writes a row of ``LANES`` normals for each draw.
    """
    return Pointer(_fill_normals, FILL)


@cache
def fill_words():
    """Return the compiled refill of raw 32-bit words.

    They are stored as float32 and pick rows of data.
    """
    return Pointer(_fill_words, FILL)


@inline
def draw_where(wanted, streams, high, low):
    """Draw a word in some lanes and split it in two.

    The numbers of the other lanes have no use.
    """
    for first in range(0, wanted.size, LANES):
        end = first + LANES
        draw, upper, lower = wanted[first:end], high[first:end], low[first:end]
        for l in range(LANES):
            s0, s1 = streams[l], streams[LANES + l]
            s2, s3 = streams[2 * LANES + l], streams[3 * LANES + l]
            word, t0, t1, t2, t3 = xoshiro256pp(s0, s1, s2, s3)
            upper[l], lower[l] = U32(word >> HALF), U32(word)
            # Every lane draws and the unwanted ones keep their state: a branch would stop vector
            # code.
            streams[l] = t0 if draw[l] else s0
            streams[LANES + l] = t1 if draw[l] else s1
            streams[2 * LANES + l] = t2 if draw[l] else s2
            streams[3 * LANES + l] = t3 if draw[l] else s3


@inline
def copy_streams(streams, other):
    """Copy the state of all streams.

    An assignment of slices would compile two seconds of messages about shapes.
    """
    for i in range(streams.size):
        other[i] = streams[i]


@inline
def load_streams(streams, kept, first):
    """Load the streams of walkers into the lanes.

    ``kept`` has the shape (walkers, 4); the first walker loaded is number ``first``.
    """
    for l in range(LANES):
        # Lanes behind the last walker repeat its stream; their numbers are never used.
        which = min(first + l, kept.shape[0] - 1)
        for word in range(4):
            streams[word * LANES + l] = kept[which, word]


@inline
def store_streams(streams, kept, first, lanes):
    """Store the streams of some lanes.

    ``kept`` has the shape (walkers, 4).
    """
    for l in range(lanes):
        for word in range(4):
            kept[first + l, word] = streams[word * LANES + l]


def streams_of_lanes():
    """Return the memory of the lanes' streams."""
    return aligned_zeros(4 * LANES).view(np.uint64)


@inline
def empty_streams(draws):
    """Return the memory of a refill.

    It holds streams, words and the table, for steps of ``draws`` draws.
    """
    return uint64_zeros(4 * LANES), *empty_table(draws)


@inline
def empty_table(draws):
    """Return the memory of a refill without streams.

    It holds ``WORDS`` words a lane and, behind them, the table.

    The table holds a multiple of ``2 * WORDS`` draws a lane: several steps, or one step of many coordinates.
    """
    # One refill turns WORDS words into 2 * WORDS draws, so a table is a whole number of refills.
    rows = -(-draws // (2 * WORDS)) * WORDS
    both = uint64_zeros((WORDS + rows) * LANES)
    return both[: WORDS * LANES], both[WORDS * LANES :].view(F)


@inline
def uint64_zeros(size):
    """Return zeros that start at a cache line.

    Loads of 64 bytes across two cache lines cost twice.
    """
    spare = np.zeros(size + 8, U)
    first = (-spare.ctypes.data) % 64 // 8
    return spare[first : first + size]
