"""Schedules against the recurrence of a quadratic, for rules with and without memory."""

import numpy as np
import pytest

from diffusion import (
    SGD,
    Adam,
    FrozenNoise,
    Momentum,
    Quadratic,
    Schedule,
    cosine,
    escape_times,
    evolve,
    inverse_time,
    replay,
    warm_up,
)

GRADIENTS = np.random.default_rng(1).normal(size=(40, 3))
FACTORS = np.repeat([1.0, 0.1, 3.0, 0.0], [5, 10, 10, 15])  # of each step
STEPPED = {"at": (5, 15, 25), "factors": (0.1, 3.0, 0.0)}


def test_steps_of_sgd_on_a_quadratic_follow_the_recurrence():
    H, eta = 0.7, 0.3
    run = evolve(
        Quadratic([H]), FrozenNoise(0.0), Schedule(SGD(eta), **STEPPED), 2.0, range(41), walkers=3, seed=0,
        keep="positions",
    )  # fmt: skip
    exact = 2.0 * np.cumprod(np.concatenate([[1.0], 1 - eta * FACTORS * H]))
    np.testing.assert_allclose(run.positions[:, 2, 0], exact, rtol=1e-13)


def test_variance_on_a_quadratic_follows_the_recurrence(seed):
    H, eta, variance = 0.7, 0.3, [0.0]
    rates = eta / np.sqrt(np.arange(60) + 1)  # that of Theorem 4
    for rate in rates:
        variance.append((1 - rate * H) ** 2 * variance[-1] + rate**2)
    schedule = Schedule(SGD(eta), *inverse_time(60, power=0.5))
    at = [1, 10, 60]
    msd = evolve(Quadratic([H]), FrozenNoise(1.0), schedule, 0.0, at, walkers=40_000, seed=seed).msd()
    assert np.abs((msd.mean[:, 0] - np.array(variance)[at]) / msd.stderr[:, 0]).max() < 4.5
    fixed = eta**2 * (1 - (1 - eta * H) ** 120) / (1 - (1 - eta * H) ** 2)
    assert abs(msd.mean[2, 0] - fixed) / msd.stderr[2, 0] > 10  # negative control: the rate does fall


@pytest.mark.parametrize("optimizer", [Momentum(0.2), Adam(0.2)], ids=lambda o: type(o).__name__)
def test_the_memory_does_not_see_the_factors(optimizer):
    plain, scaled = (
        replay(rule, np.zeros(3), GRADIENTS) for rule in (optimizer, Schedule(optimizer, **STEPPED))
    )
    np.testing.assert_allclose(np.diff(scaled, axis=0), FACTORS[:, None] * np.diff(plain, axis=0), atol=1e-14)
    np.testing.assert_array_equal(scaled[:6], plain[:6])  # a factor of 1 changes no bit


def test_every_lane_counts_its_own_steps():
    """A walker that takes the lane of one that left begins with its own step 0."""
    rule = Schedule(SGD(0.5), (3,), (0.0,))
    how = {"start": 0.0, "boundary": 1.0, "max_iterations": 10, "seed": 2}
    flat = Quadratic([0.0])
    many = escape_times(flat, FrozenNoise(1.0), rule, walkers=400, **how)
    assert many.iterations[many.escaped].max() <= 3
    assert 20 < many.escaped.sum() < 200
    later = escape_times(flat, FrozenNoise(1.0), rule, walkers=range(300, 400), **how)
    np.testing.assert_array_equal(later.iterations, many.iterations[300:])


def test_helpers_make_the_factors_they_say():
    at, factors = cosine(4, last=0.2, after=10)
    assert at == (10, 11, 12, 13, 14)
    np.testing.assert_allclose(factors, 0.2 + 0.4 * (1 + np.cos(np.pi * np.arange(5) / 4)), atol=1e-15)
    assert inverse_time(3, scale=2.0) == ((0, 1, 2), (1.0, 1 / 1.5, 0.5))
    assert warm_up(2) == ((0, 1), (0.5, 1.0))


@pytest.mark.parametrize(
    ("at", "factors", "said"),
    [
        ((3, 3), (1.0, 2.0), "at must be increasing whole numbers"),
        ((1.5,), (1.0,), "at must be increasing whole numbers"),
        ((1,), (1.0, 2.0), "factors must be as many as at, 1"),
        ((1,), (-1.0,), "factors must be 0 or more"),
    ],
)
def test_bad_schedules_are_refused(at, factors, said):
    with pytest.raises(ValueError, match=said):
        Schedule(SGD(0.1), at, factors)
