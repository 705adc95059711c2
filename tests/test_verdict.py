"""How statements are judged: false alarms, power, every outcome, and words that say what the numbers say."""

import json

import numpy as np
import pytest
from scipy.stats import binom, norm

from diffusion import Estimate
from sims.judging import order, ratio, verdict
from sims.judging.order import judge_order
from sims.judging.ratio import POWER, Ratio, amount, percent
from sims.judging.verdict import (
    OUTCOMES,
    Verdict,
    Z,
    control,
    judge,
    judge_bound,
    judge_escape,
    judge_exact,
    judge_identity,
)

HERE = {"statement": "Theorem 1", "regime": "here"}
LIMIT = {**HERE, "parameter": "h"}
SMALL = np.array([1e-3, 1e-2, 3e-2, 0.1])


def estimate(mean, stderr):
    mean = np.asarray(mean, float)
    return Estimate(mean, np.broadcast_to(np.asarray(stderr, float), mean.shape), 1000)


@pytest.fixture
def lax(monkeypatch):
    """Judge with chance up to 2 standard errors, so that errors are common enough to count."""
    monkeypatch.setattr(ratio, "Z", 2.0)
    monkeypatch.setattr(verdict, "Z", 2.0)
    monkeypatch.setattr(order, "Z", 2.0)
    return 2.0


def often(outcomes, wanted, probability, *, at_least=False):
    """Assert that an outcome is as frequent as it should be, within chance of 1e-6."""
    seen, n = outcomes.count(wanted), len(outcomes)
    low, high = binom.ppf([5e-7, 1 - 5e-7], n, probability)
    assert low <= seen, f"{wanted}: {seen} of {n}, expected {probability}"
    assert at_least or seen <= high, f"{wanted}: {seen} of {n}, expected {probability}"


# chance


def test_a_run_of_all_comparisons_raises_a_false_alarm_as_rarely_as_promised():
    assert verdict.COMPARISONS * 2 * norm.sf(Z) == pytest.approx(verdict.FALSE_ALARM)


@pytest.mark.parametrize("n", [1, 12])
def test_an_exact_reference_is_missed_by_chance_as_often_as_it_should_be(lax, n, seed):
    random = np.random.default_rng(seed)
    draws = 3 + 0.1 * random.standard_normal((3000, n))
    outcomes = [judge_exact(estimate(m, 0.1), np.full(n, 3.0), **HERE).outcome for m in draws]
    often(outcomes, "fails", 1 - (1 - 2 * norm.sf(lax)) ** n)
    outcomes = [control(estimate(m, 0.1), np.full(n, 3.0), **HERE).outcome for m in draws]
    often(outcomes, "rejected", 1 - (1 - 2 * norm.sf(lax)) ** n)


def test_a_deviation_at_the_tolerance_is_called_a_miss_by_chance_only(lax, seed):
    draws = 1.05 + 0.01 * np.random.default_rng(seed).standard_normal(3000)
    outcomes = [judge(estimate(m, 0.01), 1.0, tolerance=0.05, **HERE).outcome for m in draws]
    often(outcomes, "fails", norm.sf(lax))
    slopes = [judge_escape(estimate(m, 0.01), estimate(1, 0.01), **HERE).outcome for m in draws]
    often(slopes, "fails", norm.sf(lax))


@pytest.mark.parametrize("tolerance", [0.0, 0.05])
def test_a_deviation_as_large_as_stated_is_seen_with_probability_95(lax, tolerance, seed):
    detectable = judge(estimate(1, 0.02), 1.0, tolerance=tolerance, **HERE).detectable
    assert detectable == pytest.approx((lax + POWER) * 0.02)
    draws = 1 - tolerance - detectable + 0.02 * np.random.default_rng(seed).standard_normal(3000)
    often([judge(estimate(m, 0.02), 1.0, tolerance=tolerance, **HERE).outcome for m in draws], "fails", 0.95)


def test_a_bound_is_violated_by_chance_as_rarely_as_it_should_be(lax, seed):
    draws = 1 + 0.01 * np.random.default_rng(seed).standard_normal(3000)
    often([judge_bound(estimate(m, 0.01), 1.0, **HERE).outcome for m in draws], "fails", norm.sf(lax))
    detectable = judge_bound(estimate(1.0, 0.01), 1.0, **HERE).detectable
    often([judge_bound(estimate(m + detectable, 0.01), 1.0, **HERE).outcome for m in draws], "fails", 0.95)


def test_a_deviation_that_stays_vanishes_by_chance_only(lax, seed):
    random = np.random.default_rng(seed)
    draws = 1.2 + 0.01 * random.standard_normal((400, 4))
    outcomes = [judge_order(SMALL, estimate(m, 0.01), np.ones(4), **LIMIT).outcome for m in draws]
    often(outcomes, "holds asymptotically", norm.sf(lax))
    often(outcomes, "fails", 1 - norm.sf(lax))


# outcomes


@pytest.mark.parametrize(
    ("measured", "error", "outcome"),
    [
        ([1.0, 1.004], 1e-3, "holds"),
        ([1.0, 1.009], 1e-4, "holds"),
        ([1.0, 1.0101], 1e-4, "holds"),
        ([1.0, 1.02], 1e-3, "fails"),
        ([-1.0, 1.0], 1e-3, "fails"),
        ([1.0, 1.02], 0.02, "undecided"),
    ],
)
def test_values_are_judged(measured, error, outcome):
    found = judge(estimate(measured, error), np.ones(2), **HERE)
    assert found.outcome == outcome
    assert found.comparisons == 2


def test_the_point_that_misses_most_is_shown():
    measured = Estimate(np.array([1.03, 1.5, 0.999]), np.array([1e-4, 1e-2, 1e-3]), 10)
    assert judge(measured, np.ones(3), **HERE).ratio == 1.5
    measured = Estimate(np.array([1.0001, 1.05, 1.0]), np.array([1e-5, 0.05, 1e-3]), 10)
    assert judge(measured, np.ones(3), power=1.0, **HERE).ratio == pytest.approx(1.0001)


def test_negative_values_are_judged_like_positive_ones():
    found = judge(estimate([-3.0], 0.001), [-3.0], **HERE)
    assert (found.outcome, found.ratio) == ("holds", 1.0)
    assert judge(estimate([-3.0], 0.001), [-2.0], **HERE).z > 0


@pytest.mark.parametrize(
    ("deviation", "error", "outcome"),
    [
        (SMALL, 1e-4, "holds asymptotically"),
        (-3 * SMALL**0.5, 1e-3, "holds asymptotically"),
        (SMALL + 3 * SMALL**2, 1e-6, "holds asymptotically"),
        (0 * SMALL, 1e-3, "holds"),
        (0 * SMALL, 0.1, "undecided"),
        (0 * SMALL + 0.2, 1e-3, "fails"),
        (0.02 + SMALL, 1e-5, "fails"),  # falls at first, towards a constant
        (0.1 * SMALL**-0.3, 1e-3, "fails"),
        (SMALL, 0.012, "undecided"),  # only the largest deviation is seen
    ],
)
def test_orders_are_judged(deviation, error, outcome):
    found = judge_order(SMALL, estimate(1 + deviation, error), np.ones(4), **LIMIT)
    assert found.outcome == outcome, found.sentence
    assert found.ratio == pytest.approx(1 + deviation[0])


def test_the_order_is_told_with_its_interval_whatever_the_order_of_the_points():
    turned = SMALL[::-1]
    found = judge_order(turned, estimate(1 + 2 * turned**2, 1e-6), np.ones(4), **LIMIT)
    assert found.sentence.startswith(
        "The deviation falls as h^2.00 (+- 0.00): measured over stated is 1.00000 ["
    )
    assert "at h = 0.001 and 1.0200" in found.sentence


@pytest.mark.parametrize(
    ("slope", "prefactor", "outcome"),
    [
        ((1.0, 0.005), (1.0, 0.03), "holds"),
        ((1.0, 0.005), (10.0, 0.03), "exponent holds, prefactor off"),
        ((1.2, 0.005), (1.0, 0.03), "fails"),
        ((1.2, 0.05), (1.0, 0.03), "undecided"),
        ((1.0, 0.005), (1.3, 0.2), "undecided"),
    ],
)
def test_escape_times_are_judged(slope, prefactor, outcome):
    found = judge_escape(estimate(*slope), estimate(*prefactor), **HERE)
    assert found.outcome == outcome
    by_prefactor = outcome == "exponent holds, prefactor off" or prefactor[1] > 0.1
    assert found.ratio == (prefactor if by_prefactor else slope)[0]
    assert found.comparisons == 2


@pytest.mark.parametrize(
    ("measured", "error", "outcome", "ratio"),
    [
        ([0.5, 0.2], 0.01, "holds", 0.5),
        ([1.0, 0.2], 0.001, "holds", 1.0),
        ([0.9, 0.2], 0.1, "undecided", 0.9),
        ([1e-5, 1e-3], 1e-6, "vacuous", 1e-3),
        ([1e-5, 1e-3], 1e-2, "holds", 1e-3),  # chance could hide that it says something
        ([3.0, 0.2], 0.1, "fails", 3.0),
    ],
)
def test_bounds_are_judged(measured, error, outcome, ratio):
    found = judge_bound(estimate(measured, error), np.ones(2), **HERE)
    assert (found.outcome, found.ratio) == (outcome, pytest.approx(ratio))


def test_a_violated_bound_shows_the_violation_and_not_an_uncertain_value():
    measured = Estimate(np.array([1.5, 2.0]), np.array([0.01, 1.0]), 10)
    found = judge_bound(measured, np.ones(2), **HERE)
    assert (found.outcome, found.ratio) == ("fails", 1.5)


@pytest.mark.parametrize(
    ("difference", "rounding", "form", "outcome"),
    [
        (0.0, 0.0, "printed", "holds"),
        (1e-16, 0.0, "printed", "fails"),
        (1e-16, 1.4e-15, "printed", "holds"),
        (0.1, 0.0, "control", "rejected"),
        (0.0, 0.0, "control", "not rejected"),
    ],
)
def test_identities_are_judged(difference, rounding, form, outcome):
    found = judge_identity(difference, rounding, 1200, form=form, **HERE)
    assert found.outcome == outcome
    assert ("1,200" in found.sentence) == (form != "control")


def test_controls_and_exact_references_say_what_they_found():
    close, far = estimate([1.0, 1.0], 0.01), estimate([1.0, 1.2], 0.01)
    assert judge_exact(close, np.ones(2), **HERE).sentence == (
        "Walkers meet the exact reference: the largest of 2 deviations is 0 standard errors."
    )
    assert "MISS" in judge_exact(far, np.ones(2), **HERE).sentence
    assert control(far, np.ones(2), **HERE).outcome == "rejected"
    found = control(close, np.ones(2), **HERE)
    assert found.outcome == "not rejected"
    assert "NOT rejected" in found.sentence


# words


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (1.003, 0.0025, "1.0030 [0.9981, 1.0079]"),
        (1.17, 0.01, "1.170 [1.150, 1.190]"),
        (57.0, 7.0, "57.0 [43.3, 70.7]"),
        (338.0, 0.5, "338 [337, 339]"),
        (2.9e-7, 1e-9, "2.9e-07 [2.88e-07, 2.92e-07]"),
    ],
)
def test_ratios_are_told_with_the_digits_they_are_worth(value, error, text):
    assert Ratio(value, error).text() == text


def test_amounts_and_percentages():
    assert amount(1 / 7.1) == "7.1 times too high"
    assert amount(1.25) == "20 % too low"
    assert amount(-0.3) == "wrong in sign"
    assert [percent(x) for x in (0.0063, 0.05, 1.2, 25.0)] == ["0.63 %", "5 %", "120 %", "2500 %"]


@pytest.mark.parametrize(
    ("found", "short", "words"),
    [
        (judge(estimate([0.5], 1e-3), [1.0], **HERE), "fails: 2 times too high", "The stated value is 2 times too"),
        (judge(estimate([-1.0], 1e-3), [1.0], **HERE), "fails: wrong in sign", "Wrong in sign"),
        (judge(estimate([1.0], 1e-3), [1.0], **HERE), "holds", "would have been seen."),
        (judge(estimate([1.0], 0.2), [1.0], **HERE), "undecided", "too few walkers, 148 % could go unseen."),
        (judge_bound(estimate([1e-6], 1e-9), [1.0], **HERE), "vacuous: 1e+06 times too weak", "says nothing"),
        (control(estimate([1.5], 1e-3), [1.0], **HERE), "rejected", "as it must be (500 standard errors)"),
    ],
)  # fmt: skip
def test_what_a_reader_sees(found, short, words):
    assert found.short == short
    assert words in found.sentence
    assert found.sentence[0].isupper()
    assert found.sentence.endswith(".")


def test_a_value_that_misses_a_little_beyond_doubt_is_said_to_be_allowed():
    found = judge(estimate([1.008, 1.0], 1e-4), np.ones(2), **HERE)
    assert found.sentence == (
        "Measured over stated is 1.00800 [1.00780, 1.00820] at the most telling of 2 points, within the 1 % allowed; "
        "a deviation of 0.074 % would have been seen."
    )


def test_a_verdict_survives_being_written_down():
    found = judge(estimate([1.0], 1e-3), [1.0], **HERE)
    back = json.loads(json.dumps(found.as_dict()))
    assert Verdict(**back | {"interval": tuple(back["interval"])}) == found
    assert set(OUTCOMES) >= {found.outcome}


# bad input


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: judge(estimate([1, 2], 0.1), [1.0], **HERE), "stated must be of shape (2,), got (1,)"),
        (lambda: judge(estimate([1.0], 0), [1.0], **HERE), "stderr must be positive and finite, got [0.0]"),
        (lambda: judge(estimate([1.0], np.nan), [1.0], **HERE), "stderr must be positive and finite"),
        (lambda: judge(estimate([np.nan], 0.1), [1.0], **HERE), "measured must be finite, got [nan]"),
        (lambda: judge(estimate([1.0], 0.1), [np.inf], **HERE), "stated must be finite, got [inf]"),
        (lambda: judge(estimate([1.0], 0.1), [0.0], **HERE), "stated must be not zero, got [0.0]"),
        (lambda: judge(estimate([], 0.1), [], **HERE), "measured must be not empty, got []"),
        (lambda: judge(estimate([1.0], 0.1), [1.0], tolerance=-1, **HERE), "tolerance must be 0 or more"),
        (lambda: judge_order([1, 2], estimate([1, 1], 0.1), [1, 1], **LIMIT), "small must be at least 3 different"),
        (lambda: judge_order([1, 2, 2], estimate([1] * 3, 0.1), [1] * 3, **LIMIT), "small must be at least 3"),
        (lambda: judge_order([0, 1, 2], estimate([1] * 3, 0.1), [1] * 3, **LIMIT), "small must be at least 3"),
        (lambda: judge_order([1, 2, 3, 4], estimate([1] * 3, 0.1), [1] * 3, **LIMIT), "small must be of shape (3,)"),
        (lambda: judge_bound(estimate([1.0], 0.1), [-1.0], **HERE), "bound must be positive, got [-1.0]"),
        (lambda: judge_bound(estimate([-1.0], 0.1), [1.0], **HERE), "measured must be positive, got [-1.0]"),
        (lambda: judge_identity(-1, 0, 5, **HERE), "difference must be 0 or more and finite, got -1"),
        (lambda: judge_identity(0, np.inf, 5, **HERE), "rounding must be 0 or more and finite"),
        (lambda: Verdict("a", "b", "c", "perhaps", 1, (1, 1), 0, 0, 1, ""), "outcome must be one of holds"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line(call, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011  the words are compared below
        call()
    assert words in str(error.value)
    assert "\n" not in str(error.value)
