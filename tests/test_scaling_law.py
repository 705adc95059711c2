"""The fits of Figure 6: a known law is found again, the other one rejected, the intervals cover."""

import numpy as np
import pytest
from scipy.stats import chi2

from sims.judging.scaling_law import fit_line, free_exponent

K = np.array([2.5, 2.75, 3, 3.5, 4, 4.5, 5, 6])


def points(rng, p, q=0.0, a=3.0, b=12.0, n=1000, k=K):
    """Return events and exposure of n exponential times that follow log(tau k^q) = a + b k^-p."""
    tau = np.exp(a + b * k**-p - q * np.log(k))
    return np.full(k.size, n), tau * rng.gamma(n, size=k.size)


@pytest.mark.parametrize(("p", "q"), [(1.0, 0.0), (0.5, 0.0), (1.0, 1.0), (0.5, 0.5)])
def test_exact_times_give_the_law_back(p, q):
    events = np.full(K.size, 1000.0)
    exposure = events * np.exp(3 + 12 * K**-p - q * np.log(K))
    line = fit_line(K, events, exposure, p=p, q=q)
    assert (line.a, line.b) == pytest.approx((3, 12), abs=1e-6)
    assert abs(line.deviance) < 1e-6
    np.testing.assert_allclose(line.residuals(K, events, exposure), 0, atol=1e-6)
    assert free_exponent(K, events, exposure, q=q).value == pytest.approx(p, abs=1e-4)


@pytest.mark.parametrize("p", [1.0, 0.5])
def test_the_right_law_is_preferred_and_the_wrong_one_does_not_fit(p, seed):
    events, exposure = points(np.random.default_rng(seed), p, b=12 / p)
    right, wrong = (fit_line(K, events, exposure, p=law) for law in (p, 1.5 - p))
    assert wrong.aic - right.aic > 10
    assert wrong.deviance - right.deviance == pytest.approx(wrong.aic - right.aic)
    assert right.fits > 1e-5


def test_a_prefactor_left_out_bends_the_exponent(seed):
    """tau = exp(b / k) / k fitted without its prefactor gives p < 1, as it did in the measurements."""
    events, exposure = points(np.random.default_rng(seed), 1.0, q=1.0, b=22, n=100_000)
    with_prefactor, without = (free_exponent(K, events, exposure, q=q) for q in (1.0, 0.0))
    assert abs(with_prefactor.value - 1) < 4.5 * (with_prefactor.high - with_prefactor.low) / 3.92
    assert without.high < 0.97


def test_slope_and_exponent_intervals_cover(seed):
    rng, trials = np.random.default_rng(seed), 250
    slopes, hits, deviances = [], 0, []
    for _ in range(trials):
        events, exposure = points(rng, 0.5, n=200)
        line, exponent = fit_line(K, events, exposure, p=0.5), free_exponent(K, events, exposure)
        slopes.append((line.b - 12) / line.b_stderr)
        deviances.append(line.deviance)
        hits += exponent.low <= 0.5 <= exponent.high
    assert abs(np.mean(slopes)) < 4.5 / np.sqrt(trials)
    assert abs(np.var(slopes) - 1) < 4.5 * np.sqrt(2 / trials)
    assert abs(hits - 0.95 * trials) < 4.5 * np.sqrt(trials * 0.95 * 0.05)
    assert abs(np.mean(deviances) - 6) < 4.5 * np.sqrt(12 / trials)


def test_the_ends_of_the_profile_interval_lose_half_a_chi_squared(seed):
    events, exposure = points(np.random.default_rng(seed), 1.0)
    exponent = free_exponent(K, events, exposure, level=0.9)
    best, low, high = (
        fit_line(K, events, exposure, p=p).log_likelihood
        for p in (exponent.value, exponent.low, exponent.high)
    )
    assert (best - low, best - high) == pytest.approx((1.3528, 1.3528), abs=1e-3)  # chi2(1).ppf(.9) / 2


def test_censored_points_weigh_as_many_events_as_they_have():
    tau = np.exp(3 + 12 / K)
    few, many = np.where(K > 3, 1000.0, 10.0), np.full(K.size, 1000.0)
    line = fit_line(K, few, few * tau, p=1.0)
    assert line.b == pytest.approx(12, abs=1e-6)
    assert line.b_stderr > 1.5 * fit_line(K, many, many * tau, p=1.0).b_stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], [5, 5], [50, 50]), r"k must be of at least 3 points, got \(2,\)"),
        (([1, 2, 2], [5] * 3, [50] * 3), "k must be positive and distinct"),
        (([1, 2, -3], [5] * 3, [50] * 3), "k must be positive and distinct"),
        (([1, 2, 3], [5, 0, 5], [50] * 3), "events must be at least 1 at every k"),
        (([1, 2, 3], [5] * 3, [50, 50, np.nan]), "exposure must be at least one iteration an event"),
        (([1, 2, 3], [5] * 2, [50] * 3), r"events must be of shape \(3,\)"),
    ],
)
def test_bad_points_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        fit_line(*arguments, p=1.0)


def test_times_that_follow_no_such_law_are_refused():
    with pytest.raises(ValueError, match=r"p must be inside \(-4.0, 8.0\) at its best"):
        free_exponent(K, np.full(8, 1e5), 1e5 * np.exp(5 - np.arange(8) % 2))


def test_the_probability_of_a_fit_has_the_degrees_of_freedom_of_a_line():
    """Five points, two numbers fitted: chi-squared of 3."""
    k = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    events = np.full(5, 400.0)
    line = fit_line(k, events, events * np.exp(3 + 5 / k + np.array([0.1, -0.1, 0.05, 0, -0.1])), p=1.0)
    assert line.fits == pytest.approx(chi2.sf(line.deviance, 3), rel=1e-12)
    assert 0.001 < line.fits < 0.2
