"""The documentation's own code: pages say of each statement what its recorded verdicts say."""

import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from figures import ratios
from theory.recorded import recorded_verdicts
from theory.statements import STATEMENTS, statement

FOLDER = Path(__file__).parents[1] / "docs" / "_ext"


def loaded(name):
    spec = importlib.util.spec_from_file_location(f"docs_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


erratum, statement_pages, plain_bars = map(loaded, ("erratum", "statement_pages", "plain_bars"))


def verdict(form, outcome, ratio, sentence, regime="T = 10"):
    return {"form": form, "outcome": outcome, "ratio": ratio, "interval": (ratio, ratio), "sentence": sentence, "regime": regime, "experiment": "sgd_saddle"}  # fmt: skip


@pytest.fixture
def invented(monkeypatch):
    """Give every statement the same invented verdicts."""
    known = (
        verdict("printed", "holds", 1.001, "One."),
        verdict("printed", "fails", 3.0, "Three.", "T = 3"),
        verdict("printed", "fails", 0.1, "A tenth.", "T = 7"),
        verdict("corrected", "fails", 50.0, "Fifty."),
        verdict("exact", "holds", 1.0, "Exact."),
    )
    for module in (erratum, statement_pages):
        monkeypatch.setattr(module, "recorded_verdicts", lambda name: known)
    return known


def test_how_much_it_matters_is_the_worst_of_the_printed_form(invented):
    told = erratum.matters(statement("theorem-1"))
    assert told.startswith("2 of 3 regimes tried are off. The worst, ")
    assert "A tenth." in told  # a tenth is farther off than three
    assert "Fifty." not in told
    assert erratum.counts(statement("theorem-1"), "printed") == "holds 1, fails 2"
    assert erratum.counts(statement("theorem-1"), "leading") == "-"
    assert len(erratum.judged(statement("theorem-1"))) == 4  # without the check of the simulator


def test_a_wrong_sign_is_the_worst_and_no_miss_is_said(monkeypatch):
    known = (verdict("printed", "fails", -0.9, "Wrong in sign."), verdict("printed", "fails", 40.0, "Forty."))
    monkeypatch.setattr(erratum, "recorded_verdicts", lambda name: known)
    assert "Wrong in sign." in erratum.matters(statement("theorem-1"))
    monkeypatch.setattr(erratum, "recorded_verdicts", lambda name: (verdict("printed", "holds", 1, "One."),))
    assert erratum.matters(statement("theorem-1")) == "It held in all 1 regimes tried."
    monkeypatch.setattr(erratum, "recorded_verdicts", lambda name: ())
    assert erratum.matters(statement("theorem-1")) == "Not judged yet."


def test_every_statement_has_a_card_with_both_formulas():
    assert {one.name for one in STATEMENTS} >= set(erratum.CORRECT)
    for one in STATEMENTS:
        card = "\n".join(erratum.card(one))
        correct, why = erratum.CORRECT.get(one.name, (None, ""))
        assert f"## {one.name}" in card
        assert why in card
        assert (correct is None) or f"**Correct**\n\n$${correct}$$" in card


def test_a_page_has_its_verdicts_row_by_row(invented):
    table = "\n".join(statement_pages.verdict_table(statement("theorem-1")))
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")][1:]
    assert [row[2] for row in rows] == [one["outcome"] for one in invented]
    assert [row[1] for row in rows] == [one["regime"] for one in invented]
    assert "as printed" in rows[0][0]


def test_a_promise_says_the_margin_in_per_cent():
    promised = [one for one in STATEMENTS if one.margin is not None]
    assert promised
    for one in promised:
        (told,) = statement_pages.promise(one)
        assert f"is within {100 * one.margin:.0f} % of the exact one" in told
        assert all(f"`{name}`" in told for name in one.checks)
    assert all(statement_pages.promise(one) == [] for one in STATEMENTS if one.margin is None)
    theorem = statement("theorem-1")
    assert "within 2 %" in statement_pages.promise(theorem)[0]


def test_every_page_links_the_notation_and_has_every_form():
    for one in STATEMENTS:
        page = statement_pages.page(one)
        assert page.startswith(f"# {one.name}\n")
        assert "[notation](../notation.md)" in page
        assert page.count("autofunction::") == len(one.forms)
        if recorded_verdicts(one.name):
            assert "## What was found" in page


def test_bars_are_escaped_in_prose_alone():
    lines = [
        "It is |H| and `a|b` here.", "", ".. math:: |H|", "   |H_b|", "", ">>> a | b", "1 | 2", "", "and |H| again",
    ]  # fmt: skip
    plain_bars.escape_bars(None, "function", "x", None, None, lines)
    assert lines == [
        r"It is \|H\| and `a|b` here.", "", ".. math:: |H|", "   |H_b|", "", ">>> a | b", "1 | 2", "", r"and \|H\| again",
    ]  # fmt: skip


def test_ratios_stand_on_a_log_axis_with_one_in_the_middle():
    svg = ratios.draw([verdict("printed", "holds", 1.0, "One.")])
    places = {
        float(text): float(x)
        for x, text in re.findall(r'<text x="([\d.]+)" [^>]*text-anchor="middle"[^>]*>([\d.]+)<', svg)
    }
    assert list(places) == [0.01, 0.1, 1, 10, 100]
    assert np.diff(list(places.values())) == pytest.approx(np.diff(list(places.values()))[0], abs=0.2)
    (dot,) = re.findall(r'<circle cx="([\d.]+)"', svg)
    assert float(dot) == pytest.approx(places[1], abs=0.1)
