"""Theorem 2's experiment: the numbers of an independent audit, and that a changed factor turns a verdict."""

import numpy as np
import pytest

from diffusion import FrozenNoise, Momentum, evolve, part
from sims.experiments import momentum_saddle
from sims.experiments.momentum_saddle import QUICK, run, verdicts
from sims.experiments.shared import flight

# printed over exact in the flat limit, at u = 0.1, 1, 10, 100
AUDIT = {"from rest": (338, 7.1, 1.24, 1.02), "thermal start": (21.6, 3.3, 1.17, 1.015)}


@pytest.fixture(scope="module")
def dataset():
    return run(QUICK)


def outcomes(found):
    return {(v.form, v.regime): v.outcome for v in found}


def test_the_outcomes_are_those_expected(dataset):
    found = outcomes(verdicts(dataset))
    assert found["exact", "every point"] == "holds"
    assert {outcome for (form, _), outcome in found.items() if form == "control"} == {"rejected"}
    for words in AUDIT:
        regime = f"process, {words}, z = 0.0001"
        printed = [found["printed", f"{regime}, u = {u:g}"] for u in (0.1, 1, 10, 100)]
        assert printed == ["fails", "fails", "fails", "holds"]
        assert found["printed", f"{regime}, u -> infinity"] == "holds asymptotically"
        assert found["corrected", regime] == "holds"
    assert found["corrected", "iteration, from rest, u = 1, beta1 -> 1"] == "holds asymptotically"
    assert found["printed", "process, from rest, z = 1, u = 10"] == "fails"
    assert len(found) == len(verdicts(dataset))


@pytest.mark.parametrize("words", AUDIT)
def test_the_numbers_are_those_of_the_audit(dataset, words):
    found = {v.regime: v for v in verdicts(dataset) if v.form == "printed"}
    for u, stated in zip((0.1, 1, 10, 100), AUDIT[words], strict=True):
        verdict = found[f"process, {words}, z = 0.0001, u = {u:g}"]
        low, high = verdict.interval
        error = (high - low) / 3.92 + 0.006 * verdict.ratio  # the audit's last digit
        assert abs(verdict.ratio - 1 / stated) < 4.5 * error


def test_a_factor_in_the_theory_turns_a_verdict(monkeypatch):
    true = flight.momentum_iteration_msd
    monkeypatch.setattr(flight, "momentum_iteration_msd", lambda *a, **k: 1.05 * true(*a, **k))
    assert outcomes(verdicts(run(QUICK)))["exact", "every point"] == "fails"


def test_a_factor_in_the_noise_turns_a_verdict(monkeypatch):
    def louder(landscape, noise, *rest, **options):
        return evolve(landscape, FrozenNoise(1.05 * noise.C), *rest, **options)

    monkeypatch.setattr(momentum_saddle, "evolve", louder)
    assert outcomes(verdicts(run(QUICK)))["exact", "every point"] == "fails"


def test_an_update_rule_with_a_wrong_sign_turns_a_verdict(monkeypatch):
    @part
    class Forgetful:
        """The velocity of the step before is subtracted."""

        eta: float
        beta1: float
        beta3: float
        slots = (0.0,)

        def update(self, theta, state, gradient):
            (m,) = state
            for i in range(theta.size):
                m[i] = self.beta3 * gradient.draw(theta[i], i) - self.beta1 * m[i]
                theta[i] -= self.eta * m[i]

    def sabotaged(landscape, noise, optimizer, *rest, **options):
        if isinstance(optimizer, Momentum):
            optimizer = Forgetful(optimizer.eta, optimizer.beta1, optimizer.beta3)
        return evolve(landscape, noise, optimizer, *rest, **options)

    monkeypatch.setattr(momentum_saddle, "evolve", sabotaged)
    found = outcomes(verdicts(run(QUICK)))
    assert found["exact", "every point"] == "fails"
    assert found["corrected", "iteration, from rest, u = 1, beta1 -> 1"] == "fails"


def test_every_measured_point_has_its_exact_reference_and_every_run_its_own_normals(dataset):
    measured = np.isfinite(dataset.measured.values)
    assert np.isfinite(dataset.exact.values[measured]).all()
    assert np.unique(dataset.measured.values[measured]).size == measured.sum()
