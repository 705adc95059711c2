"""Paired comparisons: false alarms, power, Holm's correction, and their words."""

import numpy as np
import pytest
from scipy.stats import binom, nct
from scipy.stats import t as student

from sims.networks import paired
from sims.networks.paired import (
    LEVEL,
    Claim,
    compare,
    compare_logs,
    detectable,
    holm,
    judge_claims,
    judge_same,
    judge_shifted,
)


@pytest.fixture
def few_signs(monkeypatch):
    monkeypatch.setattr(paired, "SIGNS", 2000)


def test_the_ratio_and_its_error_are_those_of_many_samples(few_signs):
    random = np.random.default_rng(0)
    common = random.normal(0, 0.5, (2000, 32))
    a, b = 3 + common + random.normal(0, 0.1, common.shape), 4 + common + random.normal(0, 0.1, common.shape)
    found = [compare(x, y) for x, y in zip(a[:200], b[:200], strict=True)]
    ratios = a.mean(axis=1) / b.mean(axis=1)
    error = ratios.std() / np.sqrt(2 * 2000)
    assert abs(np.mean([one.error for one in found]) - ratios.std()) < 5 * error + 0.03 * ratios.std()
    alone = np.hypot(a.std(ddof=1) / 3, b.std(ddof=1) / 4) / np.sqrt(32) * 0.75
    assert ratios.std() < 0.5 * alone  # pairing narrows it


def test_equal_optimizers_are_told_apart_no_oftener_than_chance_allows(few_signs):
    random = np.random.default_rng(1)
    # heavy tails, as of networks that never learned
    draws = np.where(random.random((2, 600, 32)) < 0.05, 0.9, random.normal(0.05, 0.01, (2, 600, 32)))
    alarms = sum(compare(a, b).chance < 0.05 for a, b in zip(*draws, strict=True))
    assert alarms <= binom.isf(1e-6, 600, 0.05)
    # negative control: a shift of 20 % of the good networks' error is seen far oftener
    seen = sum(
        compare(a[a < 0.5][:24] + 0.01, b[b < 0.5][:24]).chance < 0.05 for a, b in zip(*draws, strict=True)
    )
    assert seen > binom.isf(1e-6, 600, 0.05)


def test_holm_is_that_of_its_definition():
    assert holm([0.01, 0.04, 0.03]) == [0.03, 0.06, 0.06]
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_claims_hold_fail_or_stay_open():
    random = np.random.default_rng(2)
    base = random.normal(0.05, 0.01, 32)
    noise = random.normal(0, 0.002, (3, 32))
    claims = [
        Claim({"of": name}, base + shift + noise[i], base, ("A", "B"))
        for i, (name, shift) in enumerate((("less", -0.01), ("more", 0.01), ("equal", 0.0)))
    ]
    found = judge_claims("Table 2", claims)
    assert [one.outcome for one in found] == ["holds", "fails", "undecided"]
    assert all(one.comparisons == 3 for one in found)
    assert "3 comparisons counted" in found[0].sentence
    low, high = found[0].interval
    assert low < found[0].ratio < high < 1


def test_a_claim_that_holds_alone_is_undecided_among_many():
    random = np.random.default_rng(5)
    base = random.normal(0.05, 0.01, 32)
    noise = random.normal(0, 1, (11, 32))
    noise -= noise.mean(axis=1, keepdims=True)
    noise *= 0.002 / noise.std(axis=1, ddof=1, keepdims=True)
    shift = -3.0 * 0.002 / np.sqrt(32)  # three standard errors: p = 0.005
    first = Claim({"of": "first"}, base + noise[0] + shift, base, ("A", "B"))
    others = [Claim({"of": str(i)}, base + one, base, ("A", "B")) for i, one in enumerate(noise[1:])]
    assert judge_claims("Table 2", [first])[0].outcome == "holds"
    assert judge_claims("Table 2", [first, *others])[0].outcome == "undecided"


@pytest.mark.parametrize("comparisons", [1, 20])
def test_the_difference_that_would_have_been_seen_has_the_power_that_is_stated(comparisons):
    random = np.random.default_rng(6)
    one = compare(random.normal(3, 0.1, 32), random.normal(3, 0.1, 32))
    limit = student.isf(LEVEL / comparisons / 2, 31)  # of both sides together
    power = nct.sf(limit, 31, detectable(one, comparisons) / one.error)
    assert abs(power - 0.95) < 0.015  # seen more rarely by 0.04 if one side alone were counted


def test_the_error_of_a_geometric_ratio_is_that_of_its_log_times_the_ratio():
    random = np.random.default_rng(7)
    log = np.log(0.25) + random.normal(0, 0.3, 32)
    b = np.exp(random.normal(0, 1, 32))
    found = compare_logs(b * np.exp(log), b)
    assert found.ratio == pytest.approx(np.exp(log.mean()))
    assert found.error == pytest.approx(found.ratio * log.std(ddof=1) / np.sqrt(32))


def test_controls_do_as_they_must_and_can_fail():
    random = np.random.default_rng(3)
    a, b = random.normal(0.05, 0.01, (2, 32))
    claim = Claim({"control": "seeds"}, a, b, ("Adam", "Adam"))
    assert judge_same("Table 2", claim).outcome == "holds"
    assert judge_shifted("Table 2", claim, 0.5).outcome == "rejected"
    assert judge_shifted("Table 2", claim, 0.001).outcome == "not rejected"
    assert (
        judge_same("Table 2", Claim({"control": "seeds"}, a + 0.02, b, ("Adam", "Adam"))).outcome == "fails"
    )


def test_unpaired_shapes_are_refused():
    with pytest.raises(ValueError, match="of one shape"):
        compare([1.0, 2.0, 3.0], [1.0, 2.0])
