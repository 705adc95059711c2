"""A mistake in the theory, in an update rule or in the noise turns a verdict: of experiments without a file of their own."""

from dataclasses import replace

import pytest

from sims.experiments import adai_escape, adai_saddle, degree_law, effective_diffusion, scaling_identity

SMALL = {
    adai_escape: replace(
        adai_escape.QUICK, walkers=4000, barriers=(4.0, 5.0, 6.0), memories=(1000.0, 10000.0)
    ),
    adai_saddle: replace(adai_saddle.QUICK, walkers=2**16),
    effective_diffusion: replace(effective_diffusion.QUICK, walkers=2**14),
    scaling_identity: replace(scaling_identity.QUICK, walkers=128),
    degree_law: replace(degree_law.QUICK, walkers=32, rules=("sgd",)),
}


def outcomes(experiment):
    return {(v.form, v.regime): v.outcome for v in experiment.verdicts(experiment.run(SMALL[experiment]))}


@pytest.fixture
def patch(monkeypatch):
    """Replace a function of an experiment by one made of it."""

    def patched(experiment, name, made):
        monkeypatch.setattr(experiment, name, made(getattr(experiment, name)))
        return outcomes(experiment)

    return patched


def test_a_factor_in_the_effective_diffusion_is_noticed(patch):
    regime = "printed", "leaving a saddle"
    assert outcomes(effective_diffusion)[regime] == "holds"
    found = patch(
        effective_diffusion, "effective_diffusion_printed", lambda f: lambda *a, **k: 1.03 * f(*a, **k)
    )
    assert found[regime] == "fails"


def test_a_mass_that_the_process_does_not_have_is_noticed(patch):
    heavier = patch(
        effective_diffusion, "PhaseSpace", lambda f: lambda mass, damping, D: f(1.2 * mass, damping, D)
    )
    assert heavier["exact", "every point"] == "fails"


def test_a_wrong_power_of_k_breaks_the_identity(patch):
    regime = "printed", "positions, frozen noise, k a power of 4"
    assert outcomes(scaling_identity)[regime] == "holds"
    found = patch(scaling_identity, "rescaled_learning_rate", lambda f: lambda k, **o: f(k**1.001, **o))
    assert found[regime] == "fails"
    assert found["printed", "positions, frozen noise, k no power of 4"] == "fails"


@pytest.mark.slow
def test_a_wrong_slope_and_another_rule_are_noticed_in_escapes(patch, monkeypatch):
    regime = "printed", "one coordinate"
    found = outcomes(adai_escape)
    assert found[regime] == "exponent holds, prefactor off"
    twin = "exact", "Adai is its momentum twin, one coordinate"
    assert found[twin] == "holds"
    with monkeypatch.context():
        steeper = patch(adai_escape, "adai_log_time_printed", lambda f: lambda *a, **k: 1.25 * f(*a, **k))
    assert steeper[regime] == "fails"
    other = patch(adai_escape, "Adai", lambda f: lambda eta, beta0, *rest: f(eta, 1.01 * beta0, *rest))
    assert other[twin] == "fails"


@pytest.mark.slow
def test_another_inertia_and_a_factor_in_the_excess_are_noticed(patch):
    exact, limit = ("exact", "inertia known, every point"), ("corrected", "excess, from rest, beta1 -> 1")
    found = outcomes(adai_saddle)
    assert found[exact] == "holds"
    assert found[limit] == "holds asymptotically"
    wrong = patch(adai_saddle, "adai_total_drift_corrected", lambda f: lambda *a, **k: 1.3 * f(*a, **k))
    assert wrong[limit] != "holds asymptotically"
    inert = patch(
        adai_saddle, "Momentum", lambda f: lambda eta, b1, b3, **k: f(eta, 1 - 1.1 * (1 - b1), 1.1 * b3, **k)
    )
    assert inert[exact] == "fails"


def test_directions_are_alike_in_the_limit_only(patch):
    found = outcomes(adai_saddle)
    assert found["printed", "isotropy, drift, beta0 = 0.02"] == "holds"
    for words in ("drift", "excess, bias correction"):
        assert found["printed", f"isotropy, {words}, beta0 = 0.1"] == "fails"


@pytest.mark.slow
def test_a_wrong_twin_a_wrong_exponent_and_a_wrong_temperature_break_the_degree_law(patch, monkeypatch):
    found = outcomes(degree_law)
    assert {found["printed", f"SGD, {what}"] for what in ("steps", "exponent", "slope")} == {"holds"}
    assert found["control", "SGD, Adam's exponent"] == "rejected"

    def altered(name, factor):
        return lambda run: lambda *a, **k: [row | {name: factor * row[name]} for row in run(*a, **k)]

    for what, name, made in (
        ("steps", "sharpened", lambda f: lambda o, k: f(o, k**1.001)),
        ("exponent", "escapes", altered("predicted", 1.5)),
        ("slope", "escapes", altered("exponent_predicted", 1.2)),
    ):
        assert patch(degree_law, name, made)["printed", f"SGD, {what}"] == "fails", what
        monkeypatch.undo()
