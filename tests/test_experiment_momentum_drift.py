"""The terms of Theorem 2, one by one: the numbers, and that a changed factor turns a verdict."""

import numpy as np
import pytest

from diffusion import FrozenNoise, evolve
from sims.experiments import momentum_drift
from sims.experiments.momentum_drift import DIFFUSION, DRIFT, QUICK, TOTAL, run, verdicts
from sims.experiments.shared import flight
from theory.exact import process_covariance


@pytest.fixture(scope="module")
def found():
    return verdicts(run(QUICK))


def test_the_outcomes_are_those_expected(found):
    outcome = {(v.statement, v.form, v.regime): v.outcome for v in found}
    assert len(outcome) == len(found)
    for statement in (DRIFT, DIFFUSION, TOTAL):
        assert outcome[statement, "exact", "every point"] == "holds"
    assert {o for (_, form, _), o in outcome.items() if form == "control"} == {"rejected"}
    assert outcome[DRIFT, "printed", "process, z = 0.0001"] == "holds"
    assert outcome[DRIFT, "printed", "process, u = 10, z -> 0"] == "holds asymptotically"
    assert outcome[DRIFT, "printed", "process, z = 1, u = 10"] == "fails"
    assert outcome[TOTAL, "printed", "iteration, beta1 -> 1"] == "holds asymptotically"
    assert outcome[TOTAL, "printed", "iteration, beta1 = 0.9"] == "fails"
    for what in ("process", "iteration"):
        regime = f"{what}, z = 0.0001, from rest"
        assert outcome[DIFFUSION, "printed", f"{regime}, u -> infinity"] == "holds asymptotically"
        assert outcome[DIFFUSION, "printed", f"{regime}, u = 10"] == "fails"


def test_the_sizes_are_those_of_closed_forms(found):
    """The force: (gamma G(t))^2 at z = 1; a finite memory: 2 beta1^2 / (1 + beta1); inertia: (2u - 3) / 2u."""
    closed = {
        "process, z = 1, u = 10": (2 * np.exp(-5) * np.sinh(10 / np.sqrt(2)) / np.sqrt(2)) ** 2,
        "iteration, beta1 = 0.9": 2 * 0.9**2 / 1.9,
        "process, z = 0.0001, from rest, u = 10": 17 / 20,
    }
    for regime, ratio in closed.items():
        (verdict,) = (v for v in found if v.regime == regime)
        low, high = verdict.interval
        assert abs(verdict.ratio - ratio) < 4.5 * (high - low) / 3.92 + 1e-3 * ratio


def test_a_factor_in_the_theory_turns_a_verdict(monkeypatch):
    true = momentum_drift.momentum_drift_printed
    monkeypatch.setattr(momentum_drift, "momentum_drift_printed", lambda *a, **k: 1.05 * true(*a, **k))
    outcome = {v.regime: v.outcome for v in verdicts(run(QUICK)) if v.statement == DRIFT}
    assert outcome["process, z = 0.0001"] == "fails"
    assert outcome["process, u = 10, z -> 0"] != "holds asymptotically"


def test_colder_velocities_turn_a_verdict(monkeypatch):
    """Without the sabotage the drift is exact; a speed 2.5 % too small makes it 5 % too small."""
    drift = momentum_drift.drift
    monkeypatch.setattr(
        momentum_drift, "drift", lambda walk, speed, **size: drift(walk, 0.975 * speed, **size)
    )
    outcome = {v.statement: v.outcome for v in verdicts(run(QUICK)) if v.form == "exact"}
    assert outcome == {DRIFT: "fails", TOTAL: "fails", DIFFUSION: "holds"}


def test_a_factor_in_the_noise_turns_the_verdict_of_the_diffusion(monkeypatch):
    def louder(landscape, noise, *rest, **options):
        return evolve(landscape, FrozenNoise(1.05 * noise.C), *rest, **options)

    monkeypatch.setattr(momentum_drift, "evolve", louder)
    outcome = {v.statement: v.outcome for v in verdicts(run(QUICK)) if v.form == "exact"}
    assert outcome[DIFFUSION] == "fails"


def test_the_drift_is_the_spread_of_what_a_velocity_alone_travels():
    """Without noise from rest: the paired difference is <r0^2> G^2, which the exact covariances give too."""
    config = QUICK
    optimizer, landscape, noise = momentum_drift.saddle(config, 0.9, config.z)
    langevin = momentum_drift.Langevin.of(optimizer, landscape, noise)
    times = config.eta * np.array([1.0, 10.0, 100.0])
    thermal, rest = (flight.process_msd(langevin, landscape.H, times, s) for s in ("thermal", "rest"))
    speed = np.zeros((landscape.dim, 2, 2))
    speed[:, 1, 1] = langevin.D / (langevin.damping * langevin.mass**2)
    alone = process_covariance(
        landscape.H, times[:, None], mass=langevin.mass, damping=langevin.damping, D=0.0, start=speed
    )
    np.testing.assert_allclose(thermal - rest, alone[..., 0, 0], rtol=1e-9)
