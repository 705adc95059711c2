"""How statements are judged: false alarms, power, every outcome, and words that say what the numbers say."""

import doctest
import json

import numpy as np
import pytest
from scipy.stats import binom, norm

import sims.judging
from diffusion import Estimate
from sims.judging import (
    OUTCOMES,
    Verdict,
    control,
    judge,
    judge_bound,
    judge_escape,
    judge_exact,
    judge_identity,
    judge_order,
    judges,
    order,
    ratio,
)
from sims.judging.ratio import COMPARISONS, FALSE_ALARM, POWER, Ratio, Z, amount, percent

LIMIT = {"parameter": "h"}
SMALL = np.array([1e-3, 1e-2, 3e-2, 0.1])


def estimate(mean, stderr):
    mean = np.asarray(mean, float)
    return Estimate(mean, np.broadcast_to(np.asarray(stderr, float), mean.shape), 1000)


@pytest.fixture
def lax(monkeypatch):
    """Judge with chance up to 2 standard errors, so that errors are common enough to count."""
    monkeypatch.setattr(ratio, "Z", 2.0)
    monkeypatch.setattr(judges, "Z", 2.0)
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
    assert COMPARISONS * 2 * norm.sf(Z) == pytest.approx(FALSE_ALARM)


@pytest.mark.parametrize("n", [1, 12])
def test_an_exact_reference_is_missed_by_chance_as_often_as_it_should_be(lax, n, seed):
    random = np.random.default_rng(seed)
    draws = 3 + 0.1 * random.standard_normal((3000, n))
    outcomes = [judge_exact(estimate(m, 0.1), np.full(n, 3.0)).outcome for m in draws]
    often(outcomes, "fails", 1 - (1 - 2 * norm.sf(lax)) ** n)
    outcomes = [control(estimate(m, 0.1), np.full(n, 3.0)).outcome for m in draws]
    often(outcomes, "rejected", 1 - (1 - 2 * norm.sf(lax)) ** n)


def test_a_deviation_at_the_tolerance_is_called_a_miss_by_chance_only(lax, seed):
    draws = 1.05 + 0.01 * np.random.default_rng(seed).standard_normal(3000)
    outcomes = [judge(estimate(m, 0.01), 1.0, tolerance=0.05).outcome for m in draws]
    often(outcomes, "fails", norm.sf(lax))
    slopes = [judge_escape(estimate(m, 0.01), estimate(1, 0.01)).outcome for m in draws]
    often(slopes, "fails", norm.sf(lax))


@pytest.mark.parametrize("tolerance", [0.0, 0.05])
def test_a_deviation_as_large_as_stated_is_seen_with_probability_95(lax, tolerance, seed):
    detectable = judge(estimate(1, 0.02), 1.0, tolerance=tolerance).detectable
    assert detectable == pytest.approx((lax + POWER) * 0.02)
    draws = 1 - tolerance - detectable + 0.02 * np.random.default_rng(seed).standard_normal(3000)
    often([judge(estimate(m, 0.02), 1.0, tolerance=tolerance).outcome for m in draws], "fails", 0.95)


def test_a_bound_is_violated_by_chance_as_rarely_as_it_should_be(lax, seed):
    draws = 1 + 0.01 * np.random.default_rng(seed).standard_normal(3000)
    often([judge_bound(estimate(m, 0.01), 1.0).outcome for m in draws], "fails", norm.sf(lax))
    detectable = judge_bound(estimate(1.0, 0.01), 1.0).detectable
    often([judge_bound(estimate(m + detectable, 0.01), 1.0).outcome for m in draws], "fails", 0.95)


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
    found = judge(estimate(measured, error), np.ones(2))
    assert found.outcome == outcome
    assert found.comparisons == 2


def test_the_point_that_misses_most_is_shown():
    measured = Estimate(np.array([1.03, 1.5, 0.999]), np.array([1e-4, 1e-2, 1e-3]), 10)
    assert judge(measured, np.ones(3)).ratio == 1.5
    measured = Estimate(np.array([1.0001, 1.05, 1.0]), np.array([1e-5, 0.05, 1e-3]), 10)
    assert judge(measured, np.ones(3), power=1.0).ratio == pytest.approx(1.0001)


def test_negative_values_are_judged_like_positive_ones():
    found = judge(estimate([-3.0], 0.001), [-3.0])
    assert (found.outcome, found.ratio) == ("holds", 1.0)
    assert judge(estimate([-3.0], 0.001), [-2.0]).z > 0


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
        # a deviation of twice the tolerance of a slope would be seen, and one of five times that of a prefactor
        ((1.0, 0.99 * 0.1 / (Z + POWER)), (1.0, 0.03), "holds"),
        ((1.0, 1.01 * 0.1 / (Z + POWER)), (1.0, 0.03), "undecided"),
        ((1.0, 0.005), (1.0, 0.99 * 0.5 / (Z + POWER)), "holds"),
        ((1.0, 0.005), (1.0, 1.01 * 0.5 / (Z + POWER)), "undecided"),
    ],
)
def test_escape_times_are_judged(slope, prefactor, outcome):
    found = judge_escape(estimate(*slope), estimate(*prefactor))
    assert found.outcome == outcome
    by_prefactor = outcome == "exponent holds, prefactor off" or (
        outcome == "undecided" and slope[1] < 0.1 / (Z + POWER)
    )
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
    found = judge_bound(estimate(measured, error), np.ones(2))
    assert (found.outcome, found.ratio) == (outcome, pytest.approx(ratio))


def test_a_violated_bound_shows_the_violation_and_not_an_uncertain_value():
    measured = Estimate(np.array([1.5, 2.0]), np.array([0.01, 1.0]), 10)
    found = judge_bound(measured, np.ones(2))
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
    found = judge_identity(difference, rounding, 1200, wrong=form == "control")
    assert (found.outcome, found.form) == (outcome, form)
    assert ("1,200" in found.sentence) == (form != "control")


def test_controls_and_exact_references_say_what_they_found():
    close, far = estimate([1.0, 1.0], 0.01), estimate([1.0, 1.2], 0.01)
    assert judge_exact(close, np.ones(2)).sentence == (
        "Walkers meet the exact reference: the largest of 2 deviations is 0 standard errors."
    )
    assert "MISS" in judge_exact(far, np.ones(2)).sentence
    assert control(far, np.ones(2)).outcome == "rejected"
    found = control(close, np.ones(2))
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


SENTENCES = [
    (judge(estimate([0.5], 1e-3), [1.0]), "fails: 2 times too high",
     "The stated value is 2 times too high: measured over stated is 0.5000 [0.4980, 0.5020]."),
    (judge(estimate([1.25], 1e-2), [1.0]), "fails: 20 % too low",
     "The stated value is 20 % too low: measured over stated is 1.250 [1.230, 1.270]."),
    (judge(estimate([-1.0], 1e-3), [1.0]), "fails: wrong in sign",
     "Wrong in sign: measured over stated is -1.0000 [-1.0020, -0.9980]."),
    (judge(estimate([1.0], 1e-3), [1.0]), "holds",
     "Measured over stated is 1.0000 [0.9980, 1.0020]; a deviation of 0.74 % would have been seen."),
    (judge(estimate([1.0], 0.2), [1.0]), "undecided",
     "Measured over stated is 1.00 [0.61, 1.39]: too few walkers, 148 % could go unseen."),
    (judge(Estimate(np.array([1.0, 1.0]), np.array([1e-3, 0.2]), 10), [1.0, 1.0]), "undecided",
     "Measured over stated is 1.0000 [0.9980, 1.0020]: too few walkers, 148 % could go unseen."),  # one point is blind
    (judge_exact(estimate([1.0, 1.02], 0.01), [1.0, 1.0]), "holds",
     "Walkers meet the exact reference: the largest of 2 deviations is 2 standard errors."),
    (judge_exact(estimate([1.5], 0.01), [1.0]), "fails",
     "Walkers MISS the exact reference: the deviation is 50 standard errors."),
    (control(estimate([1.5], 1e-3), [1.0]), "rejected",
     "A prediction wrong on purpose was rejected, as it must be (500 standard errors)."),
    (control(estimate([1.001], 1e-3), [1.0]), "not rejected",
     "A prediction wrong on purpose was NOT rejected: this experiment cannot see it (1 standard errors)."),
    (judge_escape(estimate(1.01, 5e-3), estimate(1.1, 0.03), tolerance=0.05, prefactor_tolerance=0.15), "holds",
     "Slope and prefactor hold within 5 % and 15 %: 1.010 [1.000, 1.020] and 1.10 [1.04, 1.16] times the stated ones; chance alone would hide no more than 3.7 % of the slope."),
    (judge_escape(estimate(1.098, 0.0036), estimate(10.0, 0.3), tolerance=0.1),
     "exponent holds, prefactor off: 10 times too low",
     "The exponent holds within 10 % (slope 1.098 [1.091, 1.105] times the stated one), the time is 10.0 [9.4, 10.6] times as long; chance alone would hide no more than 2.7 % of the slope."),
    (judge_escape(estimate(1.0, 5e-3), estimate(1.3, 0.2)), "undecided",
     "The exponent holds within 5 % (slope 1.000 [0.990, 1.010] times the stated one), the time is 1.30 [0.91, 1.69] times as long: too uncertain to tell; chance alone would hide no more than 3.7 % of the slope."),
    (judge_escape(estimate(1.2, 5e-3), estimate(1.0, 0.03)), "fails: 17 % too low",
     "The slope of log tau is 1.200 [1.190, 1.210] times the stated one; chance alone would hide no more than 3.7 % of the slope."),
    (judge_escape(estimate(1.2, 0.05), estimate(1.0, 0.03)), "undecided",
     "The slope of log tau is 1.20 [1.10, 1.30] times the stated one: too uncertain to tell; chance alone would hide no more than 37 % of the slope."),
    (judge_bound(estimate([1e-6], 1e-9), [1.0]), "vacuous: 1e+06 times too weak",
     "The bound is true and says nothing: at its tightest it is 1e+06 times too high."),
    (judge_bound(estimate([0.5, 0.2], 0.01), [1.0, 1.0]), "holds",
     "The bound holds: at its tightest it is 2 times as high as what is measured."),
    (judge_bound(estimate([1.0], 1e-3), [1.0]), "holds",
     "The bound holds and is reached: the measured value is 1.0000 [0.9980, 1.0020] of it."),
    (judge_bound(estimate([0.9], 0.1), [1.0]), "undecided",
     "The measured value is 0.90 [0.70, 1.10] of the bound: too few walkers to tell."),
    (judge_bound(estimate([3.0], 0.1), [1.0]), "fails: 3 times too low",
     "The bound is violated: the measured value is 3.00 [2.80, 3.20] times as large."),
    (judge_identity(0.0, 0.0, 1200), "holds", "The same to the last bit, all of 1,200 numbers."),
    (judge_identity(1e-15, 2e-15, 1200), "holds",
     "The same but for rounding: the largest of 1,200 differences is 1e-15 of the largest value."),
    (judge_identity(1e-3, 2e-15, 1200), "fails",
     "Not the same: the largest of 1,200 differences is 0.001 of the largest value."),
    (judge_identity(0.1, 0.0, 5, wrong=True), "rejected",
     "A prediction wrong on purpose was rejected, as it must be (by 0.1 of the largest value)."),
    (judge_order(SMALL, estimate(1 + 0 * SMALL, 1e-3), np.ones(4), **LIMIT), "holds",
     "No deviation is seen: measured over stated is 1.0000 [0.9980, 1.0020] at h = 0.001 and 1.0000 [0.9980, 1.0020] at 0.1."),
    (judge_order(SMALL, estimate(1.2 + 0 * SMALL, 1e-3), np.ones(4), **LIMIT), "fails: 17 % too low",
     "The deviation does not vanish with h: it falls as h^-0.00 (+- 0.00): measured over stated is 1.2000 [1.1980, 1.2020] at h = 0.001 and 1.2000 [1.1980, 1.2020] at 0.1."),
    (judge_order(SMALL, estimate(1.02 + SMALL, 1e-5), np.ones(4), **LIMIT), "fails: 2.1 % too low",
     "The deviation falls at first, but does not vanish with h: measured over stated is 1.02100 [1.02098, 1.02102] at h = 0.001 and 1.12000 [1.11998, 1.12002] at 0.1."),
    (judge_order(SMALL, estimate(1 + SMALL, 0.012), np.ones(4), **LIMIT), "undecided",
     "There is a deviation; too few walkers to tell whether it vanishes with h: measured over stated is 1.001 [0.977, 1.025] at h = 0.001 and 1.100 [1.076, 1.124] at 0.1."),
]  # fmt: skip


@pytest.mark.parametrize(("found", "short", "sentence"), SENTENCES)
def test_what_a_reader_sees(found, short, sentence):
    assert found.sentence == sentence
    assert found.short == short


def test_a_verdict_belongs_to_a_statement_at_coordinates_that_are_shown_in_words():
    found = judge(estimate([1.0], 1e-3), [1.0]).on("Theorem 2", {"start": "rest", "z": 1e-4}, "leading")
    assert (found.statement, found.form, found.regime) == ("Theorem 2", "leading", "from rest, z = 0.0001")
    assert judge_exact(estimate([1.0], 1e-3), [1.0]).on("Theorem 2", {}).form == "exact"


def test_public_judges_exist_and_their_examples_are_true():
    assert all(hasattr(sims.judging, name) for name in sims.judging.__all__)
    assert doctest.testmod(judges).failed == 0


def test_a_value_that_misses_a_little_beyond_doubt_is_said_to_be_allowed():
    found = judge(estimate([1.008, 1.0], 1e-4), np.ones(2))
    assert found.sentence == (
        "Measured over stated is 1.00800 [1.00780, 1.00820] at the most telling of 2 points, within the 1 % allowed; "
        "a deviation of 0.074 % would have been seen."
    )


def test_a_verdict_survives_being_written_down():
    found = judge(estimate([1.0], 1e-3), [1.0])
    back = json.loads(json.dumps(found.as_dict()))
    assert Verdict(**back | {"interval": tuple(back["interval"])}) == found
    assert set(OUTCOMES) >= {found.outcome}


# bad input


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: judge(estimate([1, 2], 0.1), [1.0]), "stated must be of shape (2,), got (1,)"),
        (lambda: judge(estimate([1.0], 0), [1.0]), "stderr must be positive and finite, got [0.0]"),
        (lambda: judge(estimate([1.0], np.nan), [1.0]), "stderr must be positive and finite"),
        (lambda: judge(estimate([np.nan], 0.1), [1.0]), "measured must be finite, got [nan]"),
        (lambda: judge(estimate([1.0], 0.1), [np.inf]), "stated must be finite, got [inf]"),
        (lambda: judge(estimate([1.0], 0.1), [0.0]), "stated must be not zero, got [0.0]"),
        (lambda: judge(estimate([], 0.1), []), "measured must be not empty, got []"),
        (lambda: judge(estimate([1.0], 0.1), [1.0], tolerance=-1), "tolerance must be 0 or more"),
        (lambda: judge_order([1, 2], estimate([1, 1], 0.1), [1, 1], **LIMIT), "small must be at least 3 different"),
        (lambda: judge_order([1, 2, 2], estimate([1] * 3, 0.1), [1] * 3, **LIMIT), "small must be at least 3"),
        (lambda: judge_order([0, 1, 2], estimate([1] * 3, 0.1), [1] * 3, **LIMIT), "small must be at least 3"),
        (lambda: judge_order([1, 2, 3, 4], estimate([1] * 3, 0.1), [1] * 3, **LIMIT), "small must be of shape (3,)"),
        (lambda: judge_bound(estimate([1.0], 0.1), [-1.0]), "bound must be positive, got [-1.0]"),
        (lambda: judge_bound(estimate([-1.0], 0.1), [1.0]), "measured must be positive, got [-1.0]"),
        (lambda: judge_identity(-1, 0, 5), "difference must be 0 or more and finite, got -1"),
        (lambda: judge_identity(0, np.inf, 5), "rounding must be 0 or more and finite"),
        (lambda: Verdict("perhaps", 1, (1, 1), 0, 0, 1, ""), "outcome must be one of holds"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line(call, words):
    with pytest.raises(ValueError) as error:  # noqa: PT011  the words are compared below
        call()
    assert words in str(error.value)
    assert "\n" not in str(error.value)
