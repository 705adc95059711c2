"""The register: every statement evaluates, broadcasts, refuses nonsense and documents itself."""

import doctest
import importlib
import json
import pkgutil

import numpy as np
import pytest

import theory
from theory import labels
from theory.recorded import NOT_RECORDED, known, recorded_verdicts, verdict_id
from theory.statements import STATEMENTS, statement

VALUES = {
    "H": -0.3,
    "T": 20.0,
    "eta": 0.01,
    "B": 2.0,
    "beta0": 0.2,
    "beta1": 0.8,
    "beta3": 0.2,
    "H_a": 3.0,
    "H_b": -2.0,
    "barrier": 1.5,
    "s": 0.4,
    "H_b_spectrum": [-2.0, 3.0],
    "D": 0.5,
    "mass": 0.3,
    "damping": 2.0,
    "t": 9.0,
    "C": 0.1,
    "lipschitz": 2.0,
    "gradient_bound": 1.0,
    "noise_bound": 0.5,
    "gap": 3.0,
    "beta1_max": 0.9,
    "times": [1.0, 2.0, 4.0],
    "n": 30.0,
    "lag": 3.0,
    "k": 2.0,
    "H_steep": -2.0,
    "H_flat": 0.1,
    "power": 0.7,
    "h": 0.5,
    "d": 0.2,
    "batches": 30.0,
    "excess": 6.0,
    "gamma": 1.2,
    "C_1": 0.5,
    "sharpness": 0.5,
    "kurtosis": 7.0,
    "other": 0.4,
}
FORMS = [(s, form) for s in STATEMENTS for form in s.forms]
IDS = [f"{s.key}-{form}" for s, form in FORMS]


def arguments(which, form):
    """Return sample values of the parameters that the form requires."""
    return {name: VALUES[name] for name, p in which.parameters(form).items() if p.default is p.empty}


@pytest.mark.parametrize(("which", "form"), FORMS, ids=IDS)
def test_every_form_evaluates_to_a_finite_number(which, form):
    assert np.isfinite(which.forms[form](**arguments(which, form)))


@pytest.mark.parametrize(("which", "form"), FORMS, ids=IDS)
def test_every_form_broadcasts_every_parameter(which, form):
    kwargs = arguments(which, form)
    alone = np.asarray(which.forms[form](**kwargs))
    for name in set(kwargs) - which.vectors:
        both = which.forms[form](**(kwargs | {name: np.full((3, 1), kwargs[name])}))
        np.testing.assert_allclose(both, np.full((3, 1), alone), rtol=1e-13, err_msg=name)


@pytest.mark.parametrize(("which", "form"), FORMS, ids=IDS)
def test_every_form_refuses_what_is_not_a_number(which, form):
    kwargs = arguments(which, form)
    for name in kwargs:
        for bad in (np.nan, np.inf):
            with pytest.raises(ValueError, match=f"{name}|beta1"):
                which.forms[form](**(kwargs | {name: [1.0, 2.0, bad] if name in which.vectors else bad}))


@pytest.mark.parametrize(("which", "form"), FORMS, ids=IDS)
def test_every_form_explains_itself(which, form):
    assert len(which.forms[form].__doc__.strip()) > 60


def test_names_are_unique_and_findable_by_either_spelling():
    assert len({s.key for s in STATEMENTS}) == len(STATEMENTS)
    for s in STATEMENTS:
        assert statement(s.name) is s
        assert statement(s.key) is s
    with pytest.raises(ValueError, match="no statement is called 'theorem-9'"):
        statement("theorem-9")


def test_all_the_papers_statements_are_there():
    names = {s.name for s in STATEMENTS}
    assert {f"Theorem {i}" for i in (1, 2, 3, 4)} | {f"Proposition {i}" for i in (1, 2, 3, 4)} <= names


def entry(statement, form, outcome, **at):
    return {
        "id": verdict_id("test", statement, form, at), "experiment": "test", "statement": statement, "form": form,
        "at": at, "outcome": outcome,
    }  # fmt: skip


def test_truth_comes_from_recorded_runs_only(tmp_path):
    path = tmp_path / "verdicts.json"
    assert known("Theorem 2", path) == NOT_RECORDED
    verdicts = [
        entry("Theorem 2", "printed", "fails", u=1.0),
        entry("theorem-2", "printed", "holds", u=100.0),
        entry("Theorem 2", "printed", "fails", u=0.1),
        entry("Theorem 2", "leading", "holds", u=0.1),
        entry("Theorem 2", "corrected", "holds", start="rest"),
        entry("Theorem 2", "kramers", "fails"),
        entry("Theorem 2", "exact", "holds", points="every"),
        entry("Theorem 2", "control", "rejected", wrong="exact times 1.05"),
        entry("Theorem 1", "printed", "holds"),
    ]
    path.write_text(json.dumps(verdicts))
    assert known("theorem-2", path) == "printed: fails 2, holds 1; leading: holds 1; corrected: holds 1"
    assert recorded_verdicts("Theorem 1", path) == (verdicts[-1] | {"regime": ""},)
    assert [v["regime"] for v in recorded_verdicts("Theorem 2", path)[3:7]] == [
        "u = 0.1", "from rest", "", "every point",
    ]  # fmt: skip
    assert known("Theorem 3", path) == NOT_RECORDED
    path.write_text(json.dumps([{"statement": "Theorem 2"}]))
    with pytest.raises(ValueError, match=r"A verdict in .* lacks at, experiment, form, id, outcome"):
        known("Theorem 2", path)
    path.write_text("{")
    with pytest.raises(ValueError, match="is not a record of verdicts"):
        known("Theorem 2", path)


def test_an_identity_depends_on_coordinates_and_not_on_words_or_order(monkeypatch):
    at = {"of": "process", "start": "rest", "z": 1e-4}
    before = verdict_id("momentum_saddle", "Theorem 2", "printed", at)
    assert before == "momentum_saddle/theorem-2/printed/of=process,start=rest,z=0.0001"
    monkeypatch.setitem(labels.WORDS, "rest", "without velocity")
    assert labels.label(at) == "process, without velocity, z = 0.0001"
    assert verdict_id("momentum_saddle", "theorem-2", "printed", dict(reversed(at.items()))) == before
    assert verdict_id("momentum_saddle", "Theorem 2", "printed", at | {"z": 1e-3}) != before


def test_flags_of_a_statement_take_what_they_know():
    found = statement("Theorem 3").flags(**{k: v for k, v in VALUES.items() if isinstance(v, float)})
    assert {"z", "E"} <= {flag.name for flag in found}
    adam = statement("Proposition 2").flags(H_b=-2.0, eta=0.01, B=2.0, beta1=0.8)
    assert adam[0].value == pytest.approx(4 * 0.01 * np.sqrt(2.0 * 2.0) / 0.2)


def modules():
    return [m.name for m in pkgutil.walk_packages(theory.__path__, "theory.")]


@pytest.mark.parametrize("name", modules())
def test_examples_in_docstrings_are_true(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_public_names_exist():
    for name in ("theory.exact", "theory.saddle", "theory.escape"):
        package = importlib.import_module(name)
        assert all(hasattr(package, public) for public in package.__all__)
    assert all(importlib.import_module(f"theory.{name}") for name in theory.__all__)


@pytest.mark.parametrize("name", [s.name for s in STATEMENTS if s.log])
def test_the_leading_form_is_the_exponent_of_its_own_printed_form(name):
    """Ten times the barrier adds nine times the leading form, where the climb is all at a's temperature."""
    which = statement(name)
    given = {key: VALUES[key] for key, p in which.parameters().items() if p.default is p.empty} | {"s": 1.0}

    def value(form, barrier):
        taken = {key: v for key, v in (given | {"barrier": barrier}).items() if key in which.parameters(form)}
        return which.forms[form](**taken)

    added = value("printed", 15.0) - value("printed", 1.5)
    assert value("leading", 15.0) - value("leading", 1.5) == pytest.approx(added, rel=1e-12)
    assert value("leading", 1.5) == pytest.approx(added / 9, rel=1e-12)
