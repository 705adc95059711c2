"""Rotated saddles: isotropy is lost as the exact covariance says, and a changed factor turns a verdict."""

from dataclasses import replace

import numpy as np
import pytest

from diffusion import SGD, FrozenNoise, Momentum, Quadratic, evolve
from sims.experiments import rotated_saddle as experiment
from sims.judging.points import having
from theory.exact import coordinatewise_covariance, momentum_iteration_msd

SMALL = replace(experiment.QUICK, walkers=2**14, angles=(0.0, 45.0))
EXACT = "rotated saddle, every angle"


def outcomes(config=SMALL):
    return {(v.statement, v.form, v.regime): v.outcome for v in experiment.verdicts(experiment.run(config))}


@pytest.fixture(scope="module")
def dataset():
    return experiment.run(experiment.QUICK)


def test_isotropy_holds_along_the_axes_only(dataset):
    found = {(v.statement, v.form, v.regime): v for v in experiment.verdicts(dataset)}
    adam = {
        regime: v.outcome
        for (title, form, regime), v in found.items()
        if title == "Proposition 1" and form == "printed"
    }
    assert adam == {
        "isotropy, angle in degrees = 0": "holds",
        "isotropy, angle in degrees = 10": "fails",
        "isotropy, angle in degrees = 30": "fails",
        "isotropy, angle in degrees = 45": "fails",
    }
    assert found["Theorem 1", "exact", EXACT].outcome == "holds"
    assert found["Theorem 2", "exact", EXACT].outcome == "holds"
    # at 45 degrees both coordinates see the same noise: Adam is as anisotropic as the noise is, H = 1 and 0.1
    assert found["Proposition 1", "printed", "isotropy, angle in degrees = 45"].ratio == pytest.approx(
        10, rel=0.04
    )
    assert {v.outcome for v in found.values() if v.form == "control"} == {"rejected"}


def test_adai_drifts_ever_more_along_the_steep_direction(dataset):
    ratios = having(dataset, optimizer="Adai").measured.values
    assert np.all(np.diff(ratios) > 0)
    assert ratios[0] < 0.6
    assert ratios[-1] > 1.8


def test_turning_keeps_eigenvalues_and_directions():
    matrix, axes = experiment.turned(np.array([-3.0, 0.5]), 30.0)
    assert axes.T @ matrix @ axes == pytest.approx(np.diag([-3.0, 0.5]), abs=1e-12)
    assert np.rad2deg(np.arctan2(axes[1, 0], axes[0, 0])) == pytest.approx(30)


def test_covariance_by_coordinates_is_momentums_on_the_diagonal():
    C, T, eta = np.array([[2.0, -0.3], [-0.3, 1.0]]), 37, 0.01
    for corrected in (False, True):
        found = coordinatewise_covariance(C, T, eta=eta, beta1=[0.9, 0.5], bias_correction=corrected)
        each = [
            momentum_iteration_msd(0.0, T, eta=eta, C=c, beta1=b, beta3=1 - b, bias_correction=corrected)
            for c, b in zip(np.diag(C), (0.9, 0.5), strict=True)
        ]
        assert np.diag(found) == pytest.approx(np.array(each), rel=1e-12)


def test_covariance_by_coordinates_is_that_of_walkers_off_the_diagonal(seed):
    C = np.array([[1.0, 0.6], [0.6, 2.0]])
    momentum = Momentum(0.1, 0.8, 0.2, bias_correction=True)
    positions = evolve(
        Quadratic(np.zeros((2, 2))), FrozenNoise(C), momentum, 0.0, 20, walkers=20_000, seed=seed, keep="positions"
    ).positions[0]  # fmt: skip
    products = positions[:, 0] * positions[:, 1]
    exact = coordinatewise_covariance(C, 20, eta=0.1, beta1=0.8)[0, 1]
    error = products.std() / np.sqrt(products.size)
    assert abs(products.mean() - exact) < 4.5 * error
    assert abs(products.mean() - 1.1 * exact) > 4.5 * error


@pytest.mark.parametrize(
    ("C", "T", "beta1", "words"),
    [
        ([[1.0, 0.5], [0.4, 1.0]], 5, 0.9, "C must be symmetric"),
        ([[1.0]], 0, 0.9, "T must be a whole number"),
        ([[1.0]], 5, 1.0, r"beta1 must be in \[0, 1\)"),
        ([[np.nan]], 5, 0.9, "C must be finite"),
    ],
)
def test_bad_input_is_one_line(C, T, beta1, words):
    with pytest.raises(ValueError, match=words):
        coordinatewise_covariance(C, T, eta=0.1, beta1=beta1)


@pytest.mark.parametrize(
    ("name", "wrong", "statement"),
    [
        ("SGD", lambda eta: Momentum(eta, 0.5), "Theorem 1"),
        ("Momentum", lambda eta, beta1, beta3: SGD(eta), "Theorem 2"),
    ],
)
def test_another_rule_misses_the_exact_spread(monkeypatch, name, wrong, statement):
    monkeypatch.setattr(experiment, name, wrong)
    # along and across, both rules spread alike without force: the force must be felt
    assert outcomes(replace(SMALL, eta=1e-2, H=(2.0, 0.1)))[statement, "exact", EXACT] == "fails"


def test_a_noise_turned_the_other_way_misses_the_exact_spread(monkeypatch):
    def turned_back(C):
        C = np.asarray(C)
        return FrozenNoise(C * (2 * np.eye(2) - 1))

    monkeypatch.setattr(experiment, "FrozenNoise", turned_back)
    found = outcomes(replace(SMALL, angles=(10.0, 45.0)))
    assert found["Theorem 1", "exact", EXACT] == "fails"
    assert found["Proposition 1", "corrected", f"{EXACT}, v of each coordinate known"] == "fails"


def test_an_adam_that_does_not_scale_turns_its_verdict(monkeypatch):
    monkeypatch.setattr(experiment, "Adam", lambda eta, eps: SGD(eta))
    assert outcomes()["Proposition 1", "printed", "isotropy, angle in degrees = 0"] == "fails"
