"""What `diffusion verify` says, whole sentences from invented numbers, and what a record keeps."""

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest
import xarray as xr

from diffusion import Estimate
from sims import experiments
from sims.commands.verify import Judging
from sims.experiments import Experiment
from sims.judging import control, judge, judge_escape, judge_exact
from sims.verify import record as verify_record
from sims.verify import report
from sims.verify.record import differences, record, records
from sims.verify.run import Finding
from theory import labels
from theory.recorded import read_record


@dataclass(frozen=True)
class Settings:
    walkers: int = 10
    seed: int = 0


def number(mean, stderr=1e-3):
    return Estimate(np.array(mean), np.array(stderr), 1000)


HOLDS, FAILS = judge(number(1.0), 1.0), judge(number(0.5), 1.0)
UNSURE = judge(number(1.0, 0.2), 1.0)
OFF = judge_escape(number(1.0), number(10.0))
VACUOUS = replace(HOLDS, outcome="vacuous")
MET, MISSED = (
    judge_exact(number([1.0, 1.002], [1e-3, 1e-3]), [1.0, 1.0]),
    judge_exact(number(1.5, 0.01), 1.0),
)
REJECTED, PASSED = control(number(1.5), 1.0), control(number(1.001), 1.0)
DATA = xr.Dataset(
    attrs={
        "walkers": 12_000, "work": 2e9, "seed": "7", "settings": "{}", "noise": "frozen", "stop": "first passage",
        "commit": "abc", "commit_dirty": "no",
    } | {f"version_{n}": "1" for n in ("optimizer_diffusion", "python", "numpy", "scipy", "numba", "xarray")}
)  # fmt: skip


def finding(name, *verdicts, statements=()):
    """Return a finding with verdicts (statement, verdict), each in a regime of its own."""
    about = tuple(dict.fromkeys([*(title for title, _ in verdicts), *statements]))
    placed = tuple(v.on(title, {"k": float(i)}) for i, (title, v) in enumerate(verdicts))
    one = Experiment(name, about, {}, Settings(), Settings(), finding, lambda dataset: [])
    return Finding(one, DATA, placed, 4.0)


@pytest.fixture
def use(monkeypatch):
    """Let these findings be all that there is."""

    def only(*some):
        by_name = {one.name: one.experiment for one in some}
        monkeypatch.setattr(experiments, "NAMES", tuple(by_name))
        monkeypatch.setattr(experiments, "experiment", by_name.get)
        return list(some)

    return only


# headline


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        ([HOLDS, replace(HOLDS, outcome="holds asymptotically")], "1 wherever they were tried"),
        ([HOLDS, FAILS], "1 in some of the regimes tried"),
        ([HOLDS, UNSURE], "1 in some of the regimes tried"),
        ([OFF, FAILS], "1 in the exponent only"),
        ([VACUOUS, FAILS], "1 only where they are too weak to say anything"),
        ([UNSURE, FAILS], "1 nowhere so far, with too few walkers to tell"),
        ([FAILS], "1 in none of the regimes tried"),
    ],
)
def test_the_first_sentence_of_a_report(use, verdicts, words):
    found = use(finding("a", *(("Theorem 1", v) for v in verdicts)))
    assert report.headline(found) == f"As printed, the statements hold: {words} (Theorem 1)."


def test_the_first_sentence_counts_statements_and_only_their_printed_form(use):
    found = use(
        finding("a", ("Theorem 1", HOLDS), ("Theorem 2", FAILS), ("Theorem 2", replace(HOLDS, form="corrected"))),
        finding("b", ("Eq. 3", HOLDS), ("Theorem 4", replace(HOLDS, form="leading"))),
    )  # fmt: skip
    assert report.headline(found) == (
        "As printed, the statements hold: 2 wherever they were tried (Eq. 3, Theorem 1); "
        "1 in none of the regimes tried (Theorem 2)."
    )
    assert report.headline(found, {"Theorem 2"}) == (
        "As printed, the statements hold: 1 in none of the regimes tried (Theorem 2)."
    )
    assert report.headline(found, {"Theorem 4"}) == "No statement was judged as printed."


def test_a_part_of_the_experiments_never_says_nowhere(use):
    one, other = use(
        finding("a", ("Theorem 1", FAILS), ("Theorem 2", FAILS)), finding("b", ("Theorem 2", HOLDS))
    )
    assert report.headline([one]) == (
        "As printed, the statements hold: 1 in none of the regimes tried (Theorem 1). "
        "Tried in part only, so not counted: Theorem 2 (1 of 2 experiments)."
    )
    assert report.headline([other]) == "Tried in part only, so not counted: Theorem 2 (1 of 2 experiments)."


# checks


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        ([MET, REJECTED, HOLDS],
         "Numbers compared with exact references: 2. Predictions wrong on purpose: 1. The simulator met all the references within chance. Every wrong prediction was rejected."),
        ([HOLDS], "Numbers compared with exact references: 0. Predictions wrong on purpose: 0. The simulator was not checked."),
        ([REJECTED],
         "Numbers compared with exact references: 0. Predictions wrong on purpose: 1. The simulator was not checked. Every wrong prediction was rejected."),
        ([MISSED, PASSED, REJECTED],
         "Numbers compared with exact references: 1. Predictions wrong on purpose: 2. BEWARE: 2 of these checks failed: Walkers MISS the exact reference: the deviation is 50 standard errors. A prediction wrong on purpose was NOT rejected: this experiment cannot see it (1 standard errors)."),
    ],
)  # fmt: skip
def test_what_is_said_of_the_simulator(verdicts, sentence):
    assert report.checks([finding("a", *(("Theorem 1", v) for v in verdicts))]) == sentence


# tables and facts


def test_a_row_and_a_summary_say_what_the_verdicts_are():
    found = finding("a", ("Theorem 1", MET), ("Theorem 1", FAILS), ("Theorem 1", HOLDS), ("Theorem 1", FAILS))
    (row,) = report.rows([found.verdicts[1]])
    assert row == {
        "what": "Theorem 1, as printed",
        "regime": "k = 1",
        "verdict": "fails: 2 times too high",
        "measured / stated": "0.5 [0.498, 0.502]",
        "visible": "0.74 %",
        "z": "-500",
        "in words": "The stated value is 2 times too high: measured over stated is 0.5000 [0.4980, 0.5020].",
    }
    assert [r["what"] for r in report.rows(found.verdicts)] == 3 * ["Theorem 1, as printed"] + [
        "Theorem 1, simulator"
    ]
    assert report.summary(found.verdicts) == [
        {
            "statement": "Theorem 1",
            "says": "SGD escapes saddles by diffusion, slowly where the loss is flat",
            "as printed": "fails 2; holds 1",
            "corrected": "-",
        }
    ]


def test_how_a_run_was_made_is_told():
    found = finding("a", ("Theorem 1", HOLDS))
    assert report.run_facts(found) == (
        "12,000 walkers, 2e+09 walker-steps times coordinates, 4.0 s (2 ns each, everything included), seed 7. "
        "Noise: frozen; stop rule: first passage. Settings: {}"
    )
    assert report.provenance(found.dataset) == (
        "Commit abc (files changed since: no); optimizer-diffusion 1, Python 1, NumPy 1, SciPy 1, Numba 1, xarray 1."
    )


def test_the_report_is_one_text_and_its_page_stands_alone(use, tmp_path):
    found = use(finding("a", ("Theorem 1", FAILS), ("Theorem 1", HOLDS)))
    (tmp_path / "a.svg").write_bytes(b"<svg/>")
    page = report.write(
        found, tmp_path, ["one | two"], {"Theorem 1": b"<svg>formula</svg>"}, "Interrupted: x."
    )
    text, html = (tmp_path / "report.md").read_text(), page.read_text()
    assert "| `fails 1` `holds 1` | - |" in text
    assert (
        "![Figure: What `diffusion verify` says, whole sentences from invented numbers, and what a record keeps"
        in text
    )
    for part in ("Interrupted: x.", "Differs from the recorded run:", "- one | two", "$$"):
        assert part in text
    assert '<code class="bad">fails: 2 times too high</code>' in html
    assert '<code class="good">holds</code>' in html
    assert html.count("data:image/svg+xml;base64,") == 2
    assert ".png" not in html
    assert "$$" not in html
    assert "<li>one | two</li>" in html


# the command


def test_the_command_says_which_statements_it_prints(use, capsys, tmp_path):
    found = use(
        finding("momentum_saddle", ("Theorem 2", FAILS), ("Theorem 2", REJECTED)),
        finding("rotated_saddle", ("Theorem 1", HOLDS), ("Theorem 2", MET)),
        finding("sgd_saddle", ("Theorem 1", FAILS)),
    )
    Judging(found[:2], [], "", tmp_path, frozenset({"Theorem 2"})).show()
    out = capsys.readouterr().out
    assert "Theorem 1, as printed" not in out
    assert "Theorem 1\t" not in out
    assert out.splitlines()[-3:] == [
        "As printed, the statements hold: 1 in none of the regimes tried (Theorem 2).",
        "Numbers compared with exact references: 2. Predictions wrong on purpose: 1. The simulator met all the references within chance. Every wrong prediction was rejected.",
        "rotated_saddle also judges Theorem 1: see the report.",
    ]  # fmt: skip
    (one, *_) = Judging(found[:2], [], "", tmp_path, frozenset({"Theorem 2"})).as_dict()["verdicts"]
    assert (one["id"], one["regime"]) == ("momentum_saddle/theorem-2/printed/k=0", "k = 0")


# records


def test_recording_some_experiments_keeps_the_others_and_their_order(use, monkeypatch, tmp_path):
    use(
        finding("a", ("Theorem 1", HOLDS)), finding("b", ("Theorem 2", FAILS)), finding("c", ("Eq. 3", HOLDS))
    )
    path = tmp_path / "record.json"
    record([finding("c", ("Eq. 3", HOLDS)), finding("a", ("Theorem 1", HOLDS), ("Theorem 1", FAILS))], path)
    record([finding("b", ("Theorem 2", FAILS))], path)
    before = json.loads(path.read_text())
    assert [v["id"] for v in before] == [
        "a/theorem-1/printed/k=0", "a/theorem-1/printed/k=1", "b/theorem-2/printed/k=0", "c/eq-3/printed/k=0",
    ]  # fmt: skip
    assert "regime" not in before[0]
    record([finding("a", ("Theorem 1", FAILS))], path)
    after = json.loads(path.read_text())
    assert [v["outcome"] for v in after] == ["fails", "fails", "holds"]
    assert after[1:] == before[2:]
    monkeypatch.setitem(labels.NAMES, "k", "sharpness")  # in other words
    assert [v["regime"] for v in read_record(path)] == 3 * ["sharpness = 0"]
    record([finding("a", ("Theorem 1", FAILS))], path)
    assert json.loads(path.read_text()) == after


def test_rewording_a_label_is_no_difference(use, monkeypatch, tmp_path):
    (found,) = use(finding("a", ("Theorem 1", HOLDS)))
    monkeypatch.setattr(verify_record, "RECORDED", tmp_path)
    record([found], tmp_path / "full.json")
    monkeypatch.setitem(labels.NAMES, "k", "sharpness")
    assert differences([found], "full") == []
    failed = finding("a", ("Theorem 1", FAILS))
    assert differences([failed], "full") == [
        "Theorem 1, printed, sharpness = 0: recorded as 'holds', now 'fails'"
    ]
    assert records([found])[0]["id"] == records([failed])[0]["id"]


def test_the_full_record_of_the_project_writes_the_readme_between_its_markers(use, monkeypatch, tmp_path):
    (found,) = use(finding("a", ("Theorem 1", HOLDS)))
    monkeypatch.setattr(verify_record, "RECORDED", tmp_path / "theory" / "verdicts")
    readme = tmp_path / "README.md"
    readme.write_text("above\n<!-- verdicts -->\nold\n<!-- /verdicts -->\nbelow\n")
    record([found], tmp_path / "theory" / "verdicts" / "quick.json")
    assert "old" in readme.read_text()
    record([found], tmp_path / "theory" / "verdicts" / "full.json")
    assert readme.read_text() == (
        f"above\n<!-- verdicts -->\n{verify_record.readme_table()}\n<!-- /verdicts -->\nbelow\n"
    )
    assert "| holds 1 | - |" in readme.read_text()
    readme.write_text("no markers\n")
    record([found], tmp_path / "theory" / "verdicts" / "full.json")
    assert readme.read_text() == "no markers\n"
