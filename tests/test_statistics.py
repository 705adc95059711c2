"""Estimates and escape statistics: known values, coverage by simulation, and what must be refused."""

import numpy as np
import pytest
from scipy import stats

from diffusion.statistics import Estimate, escape_rate, exponentiality, survival


def exponential_times(rng, mean, size):
    """Whole numbers of iterations whose rounding is far below the spread of a sample's mean."""
    return np.ceil(rng.exponential(mean, size)).astype(np.int64)


def binomial_z(hits, trials, p):
    return (hits - trials * p) / np.sqrt(trials * p * (1 - p))


def covered(rng, n, trials, mean, censor=None):
    """Return how often the exact and the printed interval hold the true rate."""
    exact = printed = 0
    for _ in range(trials):
        times = exponential_times(rng, mean, n)
        escaped = np.ones(n, bool) if censor is None else times <= censor
        rate = escape_rate(times if censor is None else np.minimum(times, censor), escaped)
        exact += rate.low <= 1 / mean <= rate.high
        printed += rate.printed_low <= 1 / mean <= rate.printed_high
    return exact, printed


def test_estimate_of_samples(seed):
    samples = np.random.default_rng(seed).normal(3, 2, (1000, 2))
    estimate = Estimate.of(samples)
    np.testing.assert_allclose(estimate.mean, samples.mean(0))
    np.testing.assert_allclose(estimate.stderr, stats.sem(samples))
    low, high = estimate.interval(0.9)
    expected = stats.t.interval(0.9, 999, samples.mean(0), stats.sem(samples))
    np.testing.assert_allclose([low, high], expected)


def test_rate_of_a_complete_sample_has_the_gamma_interval():
    rate = escape_rate([10, 20, 30, 40], [True] * 4)
    assert rate.value == 0.04
    assert rate.mean_time == 25
    assert rate.low == pytest.approx(stats.chi2.ppf(0.025, 8) / 200)
    assert rate.high == pytest.approx(stats.chi2.ppf(0.975, 8) / 200)
    assert (rate.mean_time_low, rate.mean_time_high) == (1 / rate.high, 1 / rate.low)
    assert rate.printed == 2 / 100
    assert rate.printed_low == pytest.approx(0.02 * (1 - 0.98))
    assert rate.printed_high == pytest.approx(0.02 * (1 + 0.98))


def test_rate_of_a_censored_sample_has_one_event_more_in_its_upper_limit():
    rate = escape_rate([10, 20, 30, 40], [True, True, True, False])
    assert (rate.events, rate.exposure, rate.value) == (3, 100, 0.03)
    assert rate.low == pytest.approx(stats.chi2.ppf(0.025, 6) / 200)
    assert rate.high == pytest.approx(stats.chi2.ppf(0.975, 8) / 200)


def test_no_event_gives_an_upper_limit_of_the_rate_and_no_nan():
    rate = escape_rate([100, 100], [False, False])
    assert (rate.value, rate.low) == (0, 0)
    assert rate.high == pytest.approx(-np.log(0.025) / 200)
    assert rate.mean_time == rate.mean_time_high == np.inf
    assert rate.mean_time_low == pytest.approx(200 / -np.log(0.025))
    assert rate.printed is rate.printed_low is rate.printed_high is None


@pytest.mark.parametrize(("n", "printed_coverage"), [(10, 0.830), (30, 0.915), (100, 0.940), (1000, 0.949)])
def test_exact_interval_covers_95_percent_and_the_printed_one_does_not(n, printed_coverage, seed):
    trials = 4000
    exact, printed = covered(np.random.default_rng(seed + n), n, trials, 1e6)
    assert abs(binomial_z(exact, trials, 0.95)) < 4.5
    # three digits are known of the printed coverage: half a unit of the last is .15 standard errors
    assert abs(binomial_z(printed, trials, printed_coverage)) < 4.65
    if n == 10:
        assert binomial_z(printed, trials, 0.95) < -20  # negative control: the test can tell


@pytest.mark.parametrize("censor", [5e5, 2e6])
def test_censored_interval_covers_at_least_95_percent(censor, seed):
    trials = 4000
    exact, printed = covered(np.random.default_rng(seed), 30, trials, 1e6, int(censor))
    assert binomial_z(exact, trials, 0.95) > -4.5
    assert exact / trials < 0.975
    assert binomial_z(printed, trials, 0.95) < -4.5


def test_cut_drops_those_that_left_before_and_counts_from_there():
    kept = escape_rate([5, 60, 61, 100, 160], [True, True, True, False, True], cut=60)
    assert (kept.events, kept.exposure) == (2, 1 + 40 + 100)


def test_cut_removes_a_start_up_transient(seed):
    """A memoryless time after a delay: biased without the cut, right with it."""
    times = 300 + exponential_times(np.random.default_rng(seed), 1000, 10_000)
    left = np.ones(times.size, bool)
    cut = escape_rate(times, left, cut=300)
    assert abs(cut.mean_time - 1000) < 4.5 * 1000 / np.sqrt(times.size)
    assert escape_rate(times, left).mean_time_low > 1200
    assert exponentiality(times, left, cut=300).p > 1e-5 > exponentiality(times, left).p


def test_survival_is_one_minus_the_fraction_that_left():
    curve = survival([3, 5, 5, 9], [True] * 4)
    np.testing.assert_array_equal(curve.iterations, [0, 3, 5, 9])
    np.testing.assert_allclose(curve.probability, [1, 0.75, 0.25, 0])
    assert np.all((curve.low <= curve.probability) & (curve.probability <= curve.high))
    assert np.all(np.diff(curve.high) <= 0)


def test_survival_redistributes_censored_walkers():
    curve = survival([3, 5, 6, 9], [True, False, True, False])
    np.testing.assert_array_equal(curve.iterations, [0, 3, 6])
    np.testing.assert_allclose(curve.probability, [1, 3 / 4, 3 / 4 * 1 / 2])


def test_survival_of_nobody_leaving_is_one():
    curve = survival([50, 50], [False, False])
    assert [list(a) for a in (curve.iterations, curve.probability, curve.low, curve.high)] == [
        [0],
        [1],
        [pytest.approx(0.025**0.5)],  # both of two walkers stay with that chance in one run of forty
        [1],
    ]


@pytest.mark.parametrize("censored", [False, True])
def test_survival_band_covers_95_percent_at_a_point(censored, seed):
    rng, trials, n, hits = np.random.default_rng(seed), 1500, 100, 0
    for _ in range(trials):
        times = exponential_times(rng, 1e6, n)
        seen = exponential_times(rng, 2e6, n) if censored else np.full(n, 10**9)
        curve = survival(np.minimum(times, seen), times <= seen)
        at = np.searchsorted(curve.iterations, 1_000_000, side="right") - 1
        hits += curve.low[at] <= np.exp(-1) <= curve.high[at]
    # the band is asymptotic: at n = 100 it may miss by a point on top of chance
    assert 0.94 - 4.5 * 0.0056 < hits / trials < 0.96 + 4.5 * 0.0056


@pytest.mark.parametrize(("n", "mean"), [(10, 1e6), (100, 1e6), (1000, 300), (10_000, 60)])
def test_exponential_times_pass_at_the_stated_rate(n, mean, seed):
    rng, trials = np.random.default_rng(seed), 2000
    p = np.array([exponentiality(rng.geometric(1 / mean, n), np.ones(n, bool)).p for _ in range(trials)])
    for size in (0.01, 0.05, 0.5):
        allowance = 0.1 * size * trials  # the fitted tail is good to a tenth of itself
        spread = np.sqrt(trials * size * (1 - size))
        assert abs(np.sum(p < size) - size * trials) < allowance + 4.5 * spread


def test_anderson_darling_statistic_is_scipys(seed):
    times = np.random.default_rng(seed).exponential(1e9, 200)
    ours = exponentiality(np.ceil(times).astype(np.int64), np.ones(200, bool)).anderson_darling
    critical = stats.goodness_of_fit(
        stats.expon,
        times,
        known_params={"loc": 0},
        statistic="ad",
        n_mc_samples=99,
        rng=np.random.default_rng(seed),
    )
    assert ours == pytest.approx(critical.statistic, rel=1e-6)


@pytest.mark.parametrize("shape", [0.8, 1.25])
def test_weibull_times_fail(shape, seed):
    times = np.ceil(1e6 * np.random.default_rng(seed).weibull(shape, 1000)).astype(np.int64)
    verdict = exponentiality(times, np.ones(1000, bool))
    assert verdict.p < 1e-5
    assert (verdict.cv - 1) * (1 - shape) > 4 * verdict.cv_stderr * abs(1 - shape)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: escape_rate([], []), r"iterations must be of shape \(n,\), got \(0,\)"),
        (lambda: escape_rate([3, 4], [True]), r"escaped must be of shape \(2,\), got \(1,\)"),
        (lambda: escape_rate([3.0], [True]), "iterations must be integers, got 'float64'"),
        (lambda: escape_rate([3], [1]), "escaped must be boolean, got 'int64'"),
        (lambda: escape_rate([0], [True]), "iterations must be at least 1, got 0"),
        (lambda: escape_rate([3], [True], cut=-1), "cut must be a whole number from 0 on, got -1"),
        (lambda: escape_rate([3], [True], cut=3), "cut must be below the longest time, 3 iterations, got 3"),
        (lambda: escape_rate([3], [True], level=95), "level must be between 0 and 1, got 95"),
        (lambda: survival([3], [True], level=float("nan")), "level must be between 0 and 1, got nan"),
        (lambda: exponentiality([3] * 7, [True] * 7), "walkers must be at least 8 to test"),
        (lambda: exponentiality([3] * 9, [True] * 8 + [False]), "1 walkers still inside"),
        (lambda: Estimate.of(np.ones((1, 3))), "walkers must be at least 2"),
        (lambda: Estimate(np.ones(3), np.ones(3), 5).interval(1), "level must be between 0 and 1, got 1"),
    ],
)
def test_bad_input_is_one_clear_line(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "\n" not in str(error.value)
