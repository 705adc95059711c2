"""The experiments on Theorem 3: the factors that an audit found, and that a changed factor turns a verdict."""

from dataclasses import replace

import numpy as np
import pytest

from diffusion import SGD, Estimate, FrozenNoise, Momentum, escape_times, part
from sims.experiments import momentum_escape, sgd_escape
from sims.experiments.shared import valley
from sims.experiments.shared.arrhenius import arrhenius
from sims.judging.points import where

SMALL = {
    sgd_escape: replace(sgd_escape.QUICK, walkers=2**10, barriers=(4.0, 5.0)),
    momentum_escape: replace(
        momentum_escape.QUICK, walkers=2**10, barriers=(4.0, 5.0), process_barriers=(3.0, 4.0)
    ),
}
PARAMETRIZED = pytest.mark.parametrize("experiment", SMALL, ids=lambda e: e.__name__.rpartition(".")[2])


def outcomes(experiment, dataset):
    return {(v.form, v.regime): v.outcome for v in experiment.verdicts(dataset)}


@pytest.fixture(scope="module")
def sgd():
    return sgd_escape.run(sgd_escape.QUICK)


@pytest.fixture(scope="module")
def momentum():
    return momentum_escape.run(momentum_escape.QUICK)


def last(dataset, form, **at):
    """Return measured over stated at the highest barrier, and its standard error."""
    measured, stated = where(dataset, form, **at)
    return measured.mean[-1] / stated[-1], measured.stderr[-1] / stated[-1]


# ---- what the outcomes are ----


def test_without_inertia_the_exponent_holds_and_the_factor_does_not(sgd):
    found = outcomes(sgd_escape, sgd)
    off = "exponent holds, prefactor off"
    assert found["exact", "every point"] == "holds"
    assert found["printed", "constant noise, eta|H| = 0.1"] == off
    assert found["kramers", "constant noise, eta|H| = 0.1"] == "holds"
    assert found["kramers", "constant noise, first passage of the top"] == off
    for s in ("0.3", "0.5", "0.7"):
        assert found["printed", f"two temperatures, s = {s}"] == off
        assert found["corrected", f"two temperatures, s = {s}"] == "holds"
    assert found["printed", "two temperatures, eta|H| = 1"] == "fails"
    assert found["printed", "constant noise, low barriers"] == "fails"
    assert found["leading", "slope, two temperatures, s = 0.5"] == "fails"
    assert {outcome for (form, _), outcome in found.items() if form == "control"} == {"rejected"}


def test_with_inertia_the_exponent_holds_where_friction_is_strong_or_noise_constant(momentum):
    found = outcomes(momentum_escape, momentum)
    off = "exponent holds, prefactor off"
    assert found["exact", "every point"] == "holds"
    for style in ("SGD style", "Adam style"):
        assert found["printed", f"{style}, constant noise, z = 10"] == off
        assert found["corrected", f"{style}, constant noise, z = 10"] == off
        assert found["kramers", f"{style}, constant noise, z = 10"] == "holds"
    assert found["printed", "SGD style over Adam style, same steps"] == "fails"
    assert found["corrected", "SGD style over Adam style, same steps"] == "holds"
    assert found["printed", "two temperatures, s = 0.5, z = 0.3"] == off
    assert found["printed", "two temperatures, s = 0.5, z = 3"] == "fails"
    assert found["kramers", "weak friction, constant noise, z = 300"] == "fails"
    assert found["kramers", "process, constant noise, z = 1"] == "holds"
    assert {outcome for (form, _), outcome in found.items() if form == "control"} == {"rejected"}


# ---- the factors ----


def test_the_printed_time_of_sgds_style_is_ten_times_that_of_adams_for_the_same_steps(momentum):
    measured, stated = momentum_escape.twins(momentum, "printed")
    np.testing.assert_allclose(stated, 10, rtol=1e-12)
    assert (np.abs(measured.mean - 1) < 5 * measured.stderr).all()


def test_with_constant_noise_the_corrected_time_is_1477_times_kramers(momentum):
    constant = momentum.isel(point=np.isfinite(momentum.kramers.values))
    np.testing.assert_allclose(constant.corrected / constant.kramers, 1.477, atol=5e-4)


def test_ito_and_fick_differ_by_the_ratio_of_the_curvatures(sgd):
    two = sgd.isel(point=np.isfinite(sgd.corrected.values))
    np.testing.assert_allclose(two.printed / two.corrected, 2.18, atol=5e-3)
    fick = sgd.isel(point=sgd.reading.values == "fick")
    assert (np.abs(fick.exact / fick.printed - 1) < 0.12).all()  # the printed time is that of Fick's process
    value, error = last(sgd, "printed", noise="two", s=0.5)
    assert abs(value * 2.18 - 1) < 0.12 + 5 * error  # and SGD's is Ito's


def test_first_passage_takes_half_as_long(sgd):
    value, error = last(sgd, "kramers", noise="constant", stop="first")
    assert (
        0.5 - 5 * error < value < 0.5 * (1 + 0.583 * np.sqrt(2 * 0.1)) + 5 * error
    )  # and a step's overshoot


def test_slope_and_prefactor_of_an_arrhenius_law():
    E = np.array([4.0, 5.0, 7.0])
    times = 2 * np.exp(0.9 * E)
    slope, prefactor = arrhenius(E, Estimate(times, 0.01 * times, 10_000), np.exp(E))
    assert slope.mean == pytest.approx(0.9, rel=1e-12)
    assert slope.stderr == pytest.approx(0.01 / np.sqrt(np.sum((E - E.mean()) ** 2)), rel=1e-9)
    assert prefactor.mean == pytest.approx(2 * np.exp(-0.7), rel=1e-12)
    with pytest.raises(ValueError, match="barrier must be at least 2 different heights"):
        arrhenius([4.0, 4.0], Estimate(times[:2], times[:2], 2), times[:2])


# ---- sabotage ----


@PARAMETRIZED
def test_a_factor_in_the_noise_turns_the_verdict(experiment, monkeypatch):
    def louder(landscape, noise, *rest, **options):
        if isinstance(noise, FrozenNoise):
            noise = FrozenNoise(1.05 * noise.C)
        return escape_times(landscape, noise, *rest, **options)

    monkeypatch.setattr(valley, "escape_times", louder)
    found = outcomes(experiment, experiment.run(SMALL[experiment]))
    assert found["exact", "every point"] == "fails"


@PARAMETRIZED
def test_a_factor_in_the_theory_turns_the_verdict(experiment, monkeypatch):
    for name in ("sgd_mean_escape_iterations", "momentum_mean_escape_iterations"):
        true = getattr(valley, name)
        monkeypatch.setattr(valley, name, lambda *a, true=true, **k: 1.3 * true(*a, **k))
    found = outcomes(experiment, experiment.run(SMALL[experiment]))
    assert found["exact", "every point"] == "fails"


@part
class Hasty:
    """SGD, or heavy ball, with a gradient ten percent too strong."""

    eta: float
    beta1: float
    beta3: float
    slots = (0.0,)

    def update(self, theta, state, gradient):
        (m,) = state
        for i in range(theta.size):
            m[i] = self.beta1 * m[i] + 1.1 * self.beta3 * gradient.draw(theta[i], i)
            theta[i] -= self.eta * m[i]


@PARAMETRIZED
def test_a_factor_in_the_update_rule_turns_the_verdict(experiment, monkeypatch):
    def hasty(landscape, noise, optimizer, **options):
        rule = (0.0, 1.0) if isinstance(optimizer, SGD) else (optimizer.beta1, optimizer.beta3)
        return escape_times(landscape, noise, Hasty(optimizer.eta, *rule), **options)

    monkeypatch.setattr(valley, "escape_times", hasty)
    found = outcomes(experiment, experiment.run(SMALL[experiment]))
    assert found["exact", "every point"] == "fails"


def test_the_exact_reference_is_that_of_sgd_for_heavy_ball_without_memory():
    noise = valley.climb(4.0, 0.5, eta=0.1 / valley.H_A)
    eta = 0.1 / valley.H_A
    both = [valley.exact_iterations(o, noise) for o in (SGD(eta), Momentum(eta, 0.0, 1.0))]
    assert both[0] == pytest.approx(both[1], rel=1e-5)
    with pytest.raises(ValueError, match="stop must be"):
        valley.exact_iterations(SGD(eta), noise, stop="late")
