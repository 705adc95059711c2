"""Streams and normals: published known answers, a slow twin, and the law of 2e8 normals in standard errors."""

import numpy as np
import pytest
from numba import njit
from scipy import stats

from diffusion import LANES
from diffusion.random import (
    STEPS,
    U,
    empty_streams,
    fill_normals,
    fill_words,
    philox4x32_10,
    seed_lane,
    xoshiro256pp,
)

ONES = 0xFFFFFFFF
KNOWN_ANSWERS = [  # Random123's kat_vectors: counter, key, answer
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@njit
def philox(counter, key):
    return philox4x32_10(counter[0], counter[1], counter[2], counter[3], key[0], key[1])


@njit
def next_word(s):
    return xoshiro256pp(s[0], s[1], s[2], s[3])


def slow_xoshiro(s):
    """Blackman & Vigna's reference code on Python's integers."""

    def turned(x, bits):
        return (x << bits | x >> (64 - bits)) % 2**64

    s0, s1, s2, s3 = s
    word = (turned((s0 + s3) % 2**64, 23) + s0) % 2**64
    t = s1 << 17
    s2, s3 = s2 ^ s0, s3 ^ s1
    s1, s0 = s1 ^ s2, s0 ^ s3
    return word, (s0, s1, (s2 ^ t) % 2**64, turned(s3, 45))


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS)
def test_philox_gives_its_published_answers(counter, key, answer):
    assert philox(np.array(counter, np.uint64), np.array(key, np.uint64)) == answer


def test_xoshiro_is_its_slow_twin():
    s = tuple(int(word) for word in np.random.default_rng(0).integers(2**64, size=4, dtype=np.uint64))
    for _ in range(1000):
        word, *compiled = next_word(np.array(s, np.uint64))
        expected, s = slow_xoshiro(s)
        assert (int(word), *map(int, compiled)) == (expected, *s)


@njit
def drawn(seed, walker, fill):
    streams, words, table = empty_streams(1)
    seed_lane(streams, 3, U(seed), U(walker), STEPS)
    fill(streams, words, table)
    return table


@pytest.mark.parametrize(("seed", "walker"), [(0, 0), (7, 2**33 + 1), (2**64 - 1, 5)])
def test_a_walkers_words_are_its_stream_started_by_philox(seed, walker):
    """Eighty 32-bit words: the upper halves of forty words of the stream, then the lower ones."""
    low, high = walker % 2**32, walker >> 32
    key = np.array([seed % 2**32, seed >> 32], np.uint64)
    state = []
    for half in range(2):
        a, b, c, d = map(int, philox(np.array([low, high, half, 0x5EED], np.uint64), key))
        state += [a << 32 | b, c << 32 | d | half]
    expected = []
    for _ in range(40):
        word, state = slow_xoshiro(state)
        expected.append(word)
    table = drawn(np.uint64(seed), np.uint64(walker), fill_words()).view(np.uint32).reshape(-1, LANES)[:, 3]
    assert table.tolist() == [w >> 32 for w in expected] + [w % 2**32 for w in expected]


def test_a_normal_is_the_box_muller_of_its_two_words():
    bits = drawn(np.uint64(1), np.uint64(2), fill_words()).view(np.uint32).reshape(-1, LANES)[:, 3]
    radius = np.sqrt(-2 * np.log((bits[:40] + 0.5) / 2**32)) * np.where(bits[40:] & 1, -1, 1)
    angle = np.pi / 2 * (bits[40:].view(np.int32) / 2**31)
    z = drawn(np.uint64(1), np.uint64(2), fill_normals()).reshape(-1, LANES)[:, 3]
    np.testing.assert_allclose(z[:40], radius * np.cos(angle), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(z[40:], abs(radius) * np.sin(angle), rtol=1e-6, atol=1e-7)


BINS, EDGE = 4096, 8.0


@njit(error_model="numpy")
def survey(refills, scale, leak, fill):
    """Return sums of powers, counts on a grid, and sums of products with neighbours, of scaled normals.

    ``leak`` adds that share of the next lane to each lane, for the negative control.
    """
    streams, words, table = empty_streams(1)
    for l in range(LANES):
        seed_lane(streams, l, U(20220717), U(l), STEPS)
    powers, counts, products = np.zeros(6), np.zeros(BINS, np.int64), np.zeros(5)
    half, size = table.size // 2, table.size
    before = np.zeros(size)
    z = np.zeros(size + LANES)
    for _ in range(refills):
        fill(streams, words, table)
        for i in range(size):
            z[i] = scale * table[i]
        z[size:] = z[:LANES]
        for i in range(size):
            z[i] += leak * z[i + 1]
        p1 = p2 = p3 = p4 = p5 = p6 = 0.0
        for i in range(size):
            x, x2 = z[i], z[i] * z[i]
            p1, p2, p3, p4, p5, p6 = (
                p1 + x,
                p2 + x2,
                p3 + x2 * x,
                p4 + x2 * x2,
                p5 + x2 * x2 * x,
                p6 + x2 * x2 * x2,
            )
        powers += np.array([p1, p2, p3, p4, p5, p6])
        for i in range(size):
            counts[int((z[i] + EDGE) * (BINS / (2 * EDGE)))] += 1
        lane = row = pair = old = square = 0.0
        for i in range(half):
            lane += z[i] * z[i + 1]  # the next lane
            row += z[i] * z[i + LANES]  # the same walker's next draw
            pair += z[i] * z[i + half]  # the other one of the same radius
            old += z[i] * before[i]  # a refill ago
            square += (z[i] ** 2 - 1) * (z[i + half] ** 2 - 1)  # their common radius shows in the squares
        products += np.array([lane, row, pair, old, square])
        before[:] = z[:size]
    return powers, counts, products, half * refills


def scores(scale=1.0, leak=0.0, n=200_000_000):
    """Return standard scores by name; 5 is passed by chance once in 2e6."""
    refills = n // (80 * LANES)
    powers, counts, products, pairs = survey(refills, scale, leak, fill_normals())
    n = counts.sum()
    exact = [0, 1, 0, 3, 0, 15, 0, 105, 0, 945, 0, 10395]
    found = {
        f"moment {k}": (powers[k - 1] / n - exact[k - 1])
        / np.sqrt((exact[2 * k - 1] - exact[k - 1] ** 2) / n)
        for k in range(1, 7)
    }
    # products of independent normals have variance 1, (z^2 - 1)(w^2 - 1) has 4
    root = np.sqrt(pairs) * np.array([1, 1, 1, 1, 2])
    found |= dict(zip(("lane", "row", "pair", "refill", "squares"), products / root, strict=True))
    x = np.linspace(-EDGE, EDGE, BINS + 1)[1:-1]
    found["KS"] = np.sqrt(n) * abs(np.cumsum(counts)[:-1] / n - stats.norm.cdf(x)).max()
    for tail in (4, 5, 6):
        beyond = counts[: int((EDGE - tail) * BINS / (2 * EDGE))].sum()
        beyond += counts[int((EDGE + tail) * BINS / (2 * EDGE)) :].sum()
        law = stats.poisson(n * 2 * stats.norm.sf(tail))
        found[f"tail {tail}"] = stats.norm.isf(min(law.cdf(beyond), law.sf(beyond - 1), 0.5))
    return found


def test_two_hundred_million_normals_are_normal_and_independent():
    found = scores()
    kolmogorov = found.pop("KS")
    assert kolmogorov < stats.kstwobign.isf(1e-6)
    assert {name: z for name, z in found.items() if abs(z) > 5} == {}


def test_a_variance_of_1_001_and_a_correlation_of_a_thousandth_are_noticed():
    wide, mixed = scores(scale=1.001**0.5), scores(leak=1e-3)
    assert wide["moment 2"] > 5
    assert scores(scale=1.003**0.5)["KS"] > stats.kstwobign.isf(1e-6)
    assert mixed["lane"] > 5
    assert abs(mixed["row"]) < 5
