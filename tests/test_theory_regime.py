"""Regime flags: each number, its level on either side of its limits, and what a set of parameters decides."""

import numpy as np
import pytest

from theory import saddle
from theory.dynamics import momentum_dynamics
from theory.regime import (
    adam_memory_flag,
    adam_reach_flag,
    barrier_flag,
    flags,
    flight_flag,
    friction_flag,
    step_flag,
)


@pytest.mark.parametrize(
    ("flag", "value", "level", "word"),
    [
        (flight_flag(T=50, beta1=0.9), 5, "fails", "inertia still rules"),
        (flight_flag(T=500, beta1=0.9), 50, "doubtful", "Theorem 2 is 4.1 % too large"),
        (flight_flag(T=5000, beta1=0.9), 500, "holds", "the drift term cannot be seen here"),
        (friction_flag(H_b=-0.01, mass=1, damping=1), 0.04, "holds", "overdamped"),
        (friction_flag(H_b=-1, mass=1, damping=1), 4, "holds", "Kramers"),
        (friction_flag(H_b=-10, mass=1, damping=1), 40, "doubtful", "weak friction"),
        (friction_flag(H_b=-100, mass=1, damping=1), 400, "fails", "turnover"),
        (barrier_flag(barrier=2, temperature=1), 2, "fails", "no obstacle"),
        (barrier_flag(barrier=5, temperature=1), 5, "doubtful", "low barrier"),
        (barrier_flag(barrier=8, temperature=1), 8, "holds", "high barrier"),
        (barrier_flag(barrier=37_800, temperature=1), 37_800, "holds", "nothing ever escapes"),
        (step_flag(H=-1, eta=1e-3), 1e-3, "holds", "within 2 %"),
        (step_flag(H=1, eta=0.05), 0.05, "doubtful", "finite learning rate"),
        (step_flag(H=1, eta=0.5), 0.5, "fails", "too long"),
        (step_flag(H=1, eta=3), 3, "fails", "does not converge"),
        (adam_reach_flag(H=-1, T=10, eta=1e-3, B=4), 0.02, "holds", "same in every direction"),
        (adam_reach_flag(H=-1, T=100, eta=1e-3, B=4), 0.2, "doubtful", "slope begins"),
        (adam_reach_flag(H=-1, T=1000, eta=1e-3, B=4), 2, "fails", "ten times too low"),
        (adam_memory_flag(H_a=4, eta=1e-5, B=1, beta2=0.999), 0.02, "holds", "keeps up"),
        (adam_memory_flag(H_a=4, eta=1e-3, B=1, beta2=0.999), 2, "doubtful", "lags"),
        (adam_memory_flag(H_a=4, eta=1e-1, B=1, beta2=0.999), 200, "fails", "frozen"),
    ],
)
def test_each_flag_knows_its_levels(flag, value, level, word):
    assert flag.value == pytest.approx(value)
    assert flag.level == level
    assert word in flag.sentence
    assert flag.as_dict() == {
        "name": flag.name,
        "value": flag.value,
        "level": level,
        "sentence": flag.sentence,
    }


def test_the_sentence_about_the_drift_is_true():
    # Beyond u = 100 the drift is below 1 % of the diffusion.
    physics = {"eta": 1e-3, "B": 10.0, "beta1": 0.9, "beta3": 0.1}
    drift = saddle.momentum_drift_printed(-1e-9, 1001, **physics)
    assert drift < 0.01 * saddle.momentum_diffusion_printed(-1e-9, 1001, **physics)
    assert saddle.momentum_drift_printed(-1e-9, 100, **physics) > 0.01 * saddle.momentum_diffusion_printed(
        -1e-9, 100, **physics
    )


@pytest.mark.parametrize("T", [101, 150, 200, 300, 1000])
def test_the_sentence_about_the_excess_is_true(T):
    physics = {"eta": 1e-3, "B": 10.0, "beta1": 0.9, "beta3": 0.1}
    printed = saddle.momentum_msd_printed(-1e-9, T, **physics)
    exact = saddle.momentum_msd_corrected(-1e-9, T, **physics)
    said = float(flight_flag(T=T, beta1=0.9).sentence.split()[3])  # "Theorem 2 is 24 % too large"
    assert said == pytest.approx(100 * (printed / exact - 1), rel=0.05)  # two digits are shown
    drift = saddle.momentum_drift_printed(-1e-9, T, **physics)
    assert drift / (printed - exact) == pytest.approx(1 / 4, abs=1e-3)


def test_the_sentence_about_the_step_is_true():
    for eta, most in ((0.01, 1.02), (0.1, 1.18)):
        excess = saddle.sgd_msd_printed(-1.0, 1 / eta, eta=eta, B=1) / saddle.sgd_msd_exact(
            -1.0, 1 / eta, eta=eta, B=1
        )
        assert 1 < excess < most


def test_parameters_decide_the_flags_they_can():
    names = [flag.name for flag in flags(H=-1.0, T=10, eta=0.1, beta1=0.9, beta3=1.0)]
    assert names == ["u", "|H| / (gamma^2 M)", "(eta H)^2 T (1 + beta1) / (1 - beta1)", "eta|H|"]
    assert flags() == ()
    named = {
        flag.name: flag.value
        for flag in flags(H_a=2.0, H_b=-1.0, barrier=3.0, eta=0.1, B=0.5, beta1=0.9, beta3=1.0)
    }
    physics = momentum_dynamics(2.0, eta=0.1, B=0.5, beta1=0.9, beta3=1.0)
    assert named["z"] == pytest.approx(4 / (physics.damping**2 * physics.mass))
    assert named["E"] == pytest.approx(3.0 / physics.temperature)
    assert named["eta|H|"] == pytest.approx(0.1 / 0.1 * 2.0)  # steps of SGD-style momentum are ten times eta


def test_adams_flags_use_its_own_learning_rate():
    named = {
        flag.name: flag.value
        for flag in flags(H_a=2.0, H_b=-1.0, barrier=3.0, eta=0.1, B=0.5, beta1=0.9, beta2=0.999, adam=True)
    }
    assert named["z"] == pytest.approx(4 * 0.1 * np.sqrt(0.5) / 0.1)  # as in Proposition 2
    assert named["E"] == pytest.approx(2 * 3.0 * np.sqrt(0.5 / 2.0) / 0.1)
    assert named["eta_hat H_a / (1 - beta2)"] == pytest.approx(0.1 * np.sqrt(0.5 / 2) * 2 / 1e-3)


def test_bad_arguments_have_a_sentence():
    with pytest.raises(ValueError, match="temperature must be positive"):
        barrier_flag(barrier=1, temperature=0)
    with pytest.raises(ValueError, match="T must be not negative"):
        flight_flag(T=-1, beta1=0.9)
    with pytest.raises(ValueError, match="beta2 must be in"):
        adam_memory_flag(H_a=1, eta=1, B=1, beta2=1.0)


def test_a_number_that_is_its_limit_but_for_rounding_counts_as_it():
    """The product 0.1 * 0.1 is 0.010000000000000002 in floats, and a barrier of 6 kT is high however it is divided."""
    assert step_flag(H=0.1, eta=0.1).level == "holds"
    assert step_flag(H=0.01, eta=1.0).level == "holds"
    assert barrier_flag(barrier=0.6, temperature=0.1).level == "holds"
    assert barrier_flag(barrier=6.0, temperature=1.0).level == "holds"
