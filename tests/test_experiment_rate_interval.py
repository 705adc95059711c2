"""Eqs. (119), (120): the known coverage, bias and error come out, and a wrong factor anywhere is noticed."""

from dataclasses import replace

import numpy as np
import pytest

from diffusion import SGD, escape_rate
from sims.experiments import rate_interval as experiment
from theory.statistics import printed_coverage, printed_misses, rate_mean, rate_squared_error

SMALL = replace(experiment.QUICK, walkers=2**17, estimates=40_000)


def outcomes(config=SMALL):
    dataset = experiment.run(config)
    return {(v.statement, v.form, v.regime): v for v in experiment.verdicts(dataset)}, dataset


@pytest.fixture(scope="module")
def ran():
    return outcomes()


def test_the_outcomes_are_those_expected(ran):
    found, _ = ran
    for n, estimate, interval, low in (
        (10, "fails", "fails", "fails"), (30, "fails", "fails", "fails"),
        (100, "holds", "holds", "fails"), (1000, "holds", "holds", "fails"),
    ):  # fmt: skip
        assert found["Eq. 119", "printed", f"n = {n}"].outcome == estimate
        assert found["Eq. 119", "corrected", f"n = {n}"].outcome == "holds"
        assert found["Eq. 120", "printed", f"n = {n}"].outcome == interval
        assert found["Eq. 120", "printed", f"misses on the low side, n = {n}"].outcome == low
    for regime in ("any n", "any n, a third censored", "SGD's times"):
        assert found["Eq. 120", "corrected", regime].outcome == "holds"
    assert found["Eq. 120", "printed", "SGD's times, n = 10"].outcome == "fails"
    assert {v.outcome for key, v in found.items() if key[1] == "exact"} == {"holds"}
    assert {v.outcome for key, v in found.items() if key[1] == "control"} == {"rejected"}


def test_the_known_coverages_are_reproduced(ran):
    found, dataset = ran
    for n, coverage in ((10, 0.830), (30, 0.915), (100, 0.940), (1000, 0.949)):
        verdict = found["Eq. 120", "printed", f"n = {n}"]
        error = (verdict.interval[1] - verdict.interval[0]) / 3.92
        assert abs(verdict.ratio - coverage / 0.95) < 4.5 * error + 6e-4
    censored = dataset.measured.values[dataset.interval.values == experiment.CENSORED]
    assert np.all((censored > 0.945) & (censored < 0.975))


def test_sgd_leaves_almost_exponentially(ran):
    assert 0.97 < ran[1].deviation_over_mean < 1.0


def test_the_closed_forms_are_those_of_the_gamma_distribution(seed):
    sums = np.random.default_rng(seed).gamma(12, size=400_000)
    rate, half = 10 / sums, 1.96 / np.sqrt(12)
    below, above = printed_misses(12)
    assert np.mean(rate * (1 + half) < 1) == pytest.approx(below, abs=0.003)
    assert np.mean(rate * (1 - half) > 1) == pytest.approx(above, abs=0.0005)
    assert printed_coverage(12) == pytest.approx(1 - below - above, abs=1e-15)
    for less in (0, 1, 2, 3):
        estimate = (12 - less) / sums
        assert rate_mean(12, less=less) == pytest.approx(estimate.mean(), rel=0.003)
        assert rate_squared_error(12, less=less) == pytest.approx(np.mean((estimate - 1) ** 2), rel=0.03)
    errors = [rate_squared_error(12, less=less) for less in (1.9, 2, 2.1)]
    assert min(errors) == errors[1]


@pytest.mark.parametrize("n", [2, 3.5, np.nan])
def test_too_few_times_are_refused(n):
    with pytest.raises(ValueError, match="n must be"):
        rate_mean(n, less=2)


RIGHT = experiment.escape_rate_interval_corrected
SABOTAGE = {
    "escape_rate_printed": (lambda times: 1.05 * (times.size - 2) / times.sum(), ("Eq. 119", "exact")),
    "escape_rate_interval_corrected": (lambda times: (RIGHT(times)[0], 0.95 * RIGHT(times)[1]), ("Eq. 120", "exact")),
    "printed_coverage": (lambda n: 1.05 * printed_coverage(n), ("Eq. 120", "exact")),
}  # fmt: skip


@pytest.mark.parametrize("name", SABOTAGE)
def test_a_wrong_formula_turns_verdicts(monkeypatch, name):
    wrong, (statement, form) = SABOTAGE[name]
    monkeypatch.setattr(experiment, name, wrong)
    found, _ = outcomes(replace(SMALL, walkers=2**12))
    assert found[statement, form, "exponential times"].outcome == "fails"


def test_a_wrong_update_rule_turns_the_verdict_on_real_times(monkeypatch):
    monkeypatch.setattr(experiment, "SGD", lambda eta: SGD(1.05 * eta))
    found, _ = outcomes()
    assert found["Eq. 120", "corrected", "SGD's times"].outcome == "fails"


def test_censored_times_taken_for_escapes_turn_the_verdict(monkeypatch):
    monkeypatch.setattr(experiment, "escape_rate", lambda times, left: escape_rate(times, left | True))
    found, _ = outcomes(replace(SMALL, walkers=2**12))
    assert found["Eq. 120", "corrected", "any n, a third censored"].outcome == "fails"
