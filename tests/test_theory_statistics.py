"""Eqs. (119) and (120): what the interval covers, and what an exact one does."""

import numpy as np
import pytest

from theory.statistics import (
    escape_rate_corrected,
    escape_rate_interval_corrected,
    escape_rate_interval_printed,
    escape_rate_printed,
    nominal_coverage,
    printed_coverage,
)


def test_rates_in_plain_numbers():
    assert escape_rate_printed([1.0, 2.0, 3.0, 4.0]) == 0.2
    assert escape_rate_corrected([1.0, 2.0, 3.0, 4.0]) == pytest.approx(0.3)
    assert escape_rate_interval_printed([1.0, 2.0, 3.0, 4.0]) == pytest.approx((0.2 * 0.02, 0.2 * 1.98))


def test_true_coverage_of_the_printed_interval():
    np.testing.assert_allclose(printed_coverage([10, 30, 100, 1000]), [0.830, 0.915, 0.940, 0.949], atol=5e-4)
    assert nominal_coverage(10) == 0.95
    # n = 3: the lower end is below 0, so every small rate is held; P(X < x) for a Gamma(3) variable X.
    x = 1 + 1.96 / np.sqrt(3)
    assert printed_coverage(3) == pytest.approx(1 - np.exp(-x) * (1 + x + x**2 / 2), rel=1e-12, abs=0)


def test_coverages_are_what_many_experiments_see(seed):
    n, experiments, rate = 10, 4000, 0.7
    times = np.random.default_rng(seed).exponential(1 / rate, (experiments, n))
    for interval, coverage in (
        (escape_rate_interval_printed, float(printed_coverage(n))),
        (escape_rate_interval_corrected, 0.95),
    ):
        ends = np.array([interval(row) for row in times])
        held = np.mean((ends[:, 0] <= rate) & (rate <= ends[:, 1]))
        stderr = np.sqrt(coverage * (1 - coverage) / experiments)
        assert abs(held - coverage) < 4.5 * stderr
    printed = np.array([escape_rate_interval_printed(row) for row in times])
    held = np.mean((printed[:, 0] <= rate) & (rate <= printed[:, 1]))
    assert abs(held - 0.95) > 4.5 * np.sqrt(0.95 * 0.05 / experiments)  # the claim fails


def test_the_corrected_rate_is_unbiased_and_the_printed_one_is_not(seed):
    times = np.random.default_rng(seed).exponential(1.0, (20_000, 8))
    corrected = np.array([escape_rate_corrected(row) for row in times])
    stderr = corrected.std() / np.sqrt(corrected.size)
    assert abs(corrected.mean() - 1) < 4.5 * stderr
    assert abs(corrected.mean() * 6 / 7 - 1) > 4.5 * stderr


def test_the_printed_rate_has_the_smaller_mean_squared_error():
    # E[1/S] = 1/(n-1), E[1/S^2] = 1/((n-1)(n-2)): minimise over a the error of a / S.
    n = 8
    a = np.linspace(3, 8, 501)
    error = a**2 / ((n - 1) * (n - 2)) - 2 * a / (n - 1) + 1
    assert a[np.argmin(error)] == pytest.approx(n - 2)


def test_bad_arguments_have_a_sentence():
    with pytest.raises(ValueError, match="at least 3 escape times"):
        escape_rate_printed([1.0, 2.0])
    with pytest.raises(ValueError, match=r"times must be positive, got 0\.0"):
        escape_rate_printed([1.0, 2.0, 0.0])
    with pytest.raises(ValueError, match="n must be a whole number, at least 3"):
        printed_coverage(2)
    with pytest.raises(ValueError, match="level must be in"):
        escape_rate_interval_corrected([1.0, 2.0, 3.0], level=1.0)
