"""Theorem 4: the bound holds, says nothing for real inertia, is violated by "<="; and its proof has a gap."""

from dataclasses import replace

import numpy as np
import pytest

from diffusion import FrozenNoise, Momentum
from sims.experiments import convergence as experiment
from theory.exact import momentum_iteration_msd
from theory.gradient_overlap import gradient_overlap_exact, gradient_overlap_printed, noise_overlap

SMALL = replace(experiment.QUICK, walkers=2**10, horizons=(100, 1000), path_walkers=2**18)
PATH = ("Eq. 84", "exact", "moving average on a quadratic")


def outcomes(config=SMALL):
    dataset = experiment.run(config)
    return {(v.statement, v.form, v.regime): v for v in experiment.verdicts(dataset)}, dataset


@pytest.fixture(scope="module")
def ran():
    return outcomes()


@pytest.mark.parametrize("form", ["printed", "corrected"])
def test_the_bound_holds_and_is_vacuous_for_real_inertia(ran, form):
    for beta, outcome in ((0, "holds"), (0.5, "holds"), (0.9, "vacuous"), (0.999, "vacuous")):
        assert ran[0]["Theorem 4", form, f"Adai, largest inertia = {beta:g}"].outcome == outcome
    slack = 1 / ran[0]["Theorem 4", form, "Adai, largest inertia = 0.999"].ratio
    assert 1e6 < slack < 1e7


def test_the_printed_smaller_learning_rate_violates_it(ran):
    _, dataset = ran
    for eta in ("1e-06", "0.0001", "0.01"):
        verdict = ran[0]["Theorem 4", "printed", f"Momentum, eta = {eta}, C / sqrt(t + 1) = 0.1"]
        assert verdict.outcome == "fails"
    slowest = dataset.isel(point=np.flatnonzero(np.isclose(dataset.x, 1e-6, rtol=1e-9)))
    assert slowest.measured.item() == pytest.approx(np.tanh(3) ** 2, abs=1e-4)
    assert slowest.measured.item() == pytest.approx(0.990, abs=5e-4)
    assert slowest.printed.item() == pytest.approx(0.281, abs=1e-3)


def test_the_proof_is_wrong_in_sign_there(ran):
    assert ran[0][PATH].outcome == "holds"
    assert ran[0]["Eq. 84", "printed", PATH[2]].short == "fails: wrong in sign"
    assert ran[0]["Eq. 84", "control", "exact times 1.05"].outcome == "rejected"


def test_a_gradient_and_the_noise_before_it_are_correlated_as_predicted():
    assert noise_overlap(1.0, 1, eta=0.1, C=1.0, beta1=0.5, beta3=0.5) == pytest.approx(-0.05)
    settings = {"eta": 0.1, "C": 2.0, "beta1": 0.8, "beta3": 0.3}
    lag = np.arange(1, 8)
    both = [f(0.7, 9, lag, **settings) for f in (gradient_overlap_printed, gradient_overlap_exact)]
    np.testing.assert_allclose(both[1] - both[0], noise_overlap(0.7, lag, **settings), rtol=1e-12)
    # what E[theta_T g_k] must sum up to: theta_T^2 is (theta_T - eta sum of ...) of all the gradients before
    T = 7
    k_weights = (
        0.3 * (1 - 0.8 ** np.arange(1, T + 1)) / (1 - 0.8)
    )  # of g_k in theta_T, if gradients were inputs
    overlap = gradient_overlap_exact(0.7, T, np.arange(1, T + 1), **settings) / 0.7
    msd = momentum_iteration_msd(0.7, T, eta=0.1, C=2.0, beta1=0.8, beta3=0.3)
    assert -0.1 * np.sum(k_weights * overlap) == pytest.approx(float(msd), rel=1e-12)


@pytest.mark.parametrize(("lag", "words"), [(0, "lag must be"), (7, "lag must be"), (1.5, "lag must be")])
def test_a_lag_that_cannot_be_is_refused(lag, words):
    with pytest.raises(ValueError, match=words):
        gradient_overlap_printed(1.0, 6, lag, eta=0.1, C=1.0, beta1=0.5, beta3=0.5)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("Momentum", lambda eta, *rest: Momentum(1.05 * eta, *rest)),
        ("FrozenNoise", lambda C: FrozenNoise(1.1 * np.asarray(C))),
        ("gradient_overlap_exact", lambda *a, **b: 1.05 * gradient_overlap_exact(*a, **b)),
    ],
)
def test_a_wrong_factor_misses_the_exact_reference(monkeypatch, name, wrong):
    monkeypatch.setattr(experiment, name, wrong)
    config = replace(SMALL, horizons=(100,), inertia=(0.0,), path_walkers=2**20)
    assert outcomes(config)[0][PATH].outcome == "fails"


def test_a_bound_a_thousand_times_lower_is_violated(monkeypatch):
    right = experiment.adai_gradient_bound_printed
    monkeypatch.setattr(experiment, "adai_gradient_bound_printed", lambda *a, **b: right(*a, **b) / 1000)
    found, _ = outcomes(replace(SMALL, horizons=(100,), inertia=(0.0, 0.9)))
    assert found["Theorem 4", "printed", "Adai, largest inertia = 0"].outcome == "fails"
    assert found["Theorem 4", "printed", "Adai, largest inertia = 0.9"].outcome == "fails"
