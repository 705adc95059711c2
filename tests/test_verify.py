"""`diffusion verify`: the runner, the record, the report. What each experiment finds is tested beside it."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from matplotlib.textpath import TextPath

from diffusion import Interrupted
from figures import formula, statement
from sims import experiments
from sims.commands import app as cli
from sims.experiments import every_experiment, sgd_saddle
from sims.judging.ratio import COMPARISONS
from sims.judging.verdict import OUTCOMES
from sims.networks.figure import NAMES as FIGURES
from sims.networks.figure import network_figure
from sims.verify import record as verify_record
from sims.verify import run as verify
from sims.verify.record import differences, record
from sims.verify.run import Finding, about
from theory.recorded import RECORDED, read_record, recorded_verdicts, verdict_id
from theory.statements import STATEMENTS

SMALL = replace(sgd_saddle.QUICK, walkers=2**15)
README = Path(__file__).parents[1] / "README.md"
BEFORE = Path(__file__).parent / "golden" / "verdicts_before_ids.txt"
NAMES = list(experiments.NAMES)
JUDGED = {name for experiment in every_experiment() for name in experiment.statements}


@pytest.fixture(scope="module")
def finding():
    dataset = sgd_saddle.run(SMALL)
    return Finding(sgd_saddle.EXPERIMENT, dataset, tuple(sgd_saddle.verdicts(dataset)), 1.0)


def run(*tokens):
    with pytest.raises(SystemExit) as stop:
        cli.main(["verify", *tokens])
    return stop.value.code


@pytest.fixture
def use(monkeypatch):
    """Let `diffusion verify` know some experiments only."""

    def only(*some):
        by_name = {one.name: one for one in some}
        monkeypatch.setattr(experiments, "NAMES", tuple(by_name))
        monkeypatch.setattr(experiments, "experiment", by_name.get)

    return only


@pytest.fixture
def small(use, monkeypatch, tmp_path):
    """A run of two small experiments, nothing recorded."""
    one = replace(sgd_saddle.EXPERIMENT, quick=SMALL)
    use(one, replace(one, name="again"))
    monkeypatch.setattr(verify_record, "RECORDED", tmp_path / "recorded")
    return tmp_path


def test_every_statement_of_the_register_is_judged():
    judged = JUDGED | {name for figure in FIGURES for name in network_figure(figure).statements}
    assert judged == {s.name for s in STATEMENTS}


def test_experiments_are_found_by_statement_and_by_name():
    assert about() == (every_experiment(), JUDGED)
    found, wanted = about("theorem-1")
    assert [one.name for one in found] == ["sgd_saddle", "rotated_saddle", "network_saddle"]
    assert wanted == {"Theorem 1"}
    assert about("Theorem 1") == (found, wanted)
    assert about("sgd-saddle") == about("sgd_saddle") == ((sgd_saddle.EXPERIMENT,), {"Theorem 1"})
    assert about("rotated-saddle", "eq-3")[1] == {
        "Theorem 1",
        "Theorem 2",
        "Proposition 1",
        "Proposition 3",
        "Eq. 3",
    }
    with pytest.raises(ValueError, match="no statement is called 'theorem-9'"):
        about("theorem-9")
    with pytest.raises(ValueError, match="figure-2 is judged by a figure or table on networks"):
        about("figure-2")


@pytest.mark.parametrize("size", experiments.SIZES)
def test_the_recorded_runs_cover_every_experiment_and_are_sound(size):
    found = read_record(RECORDED / f"{size}.json")
    figures = [name for name in FIGURES if network_figure(name).statements]
    recorded = list(dict.fromkeys(v["experiment"] for v in found))
    assert recorded[: len(NAMES)] == NAMES
    assert sorted(recorded[len(NAMES) :]) == sorted(figures)
    of_experiments = [v for v in found if v["experiment"] in NAMES]
    assert {v["outcome"] for v in of_experiments} <= set(OUTCOMES) - {"not rejected", "undecided"}
    assert {v["outcome"] for v in found} <= set(OUTCOMES) - {"not rejected"}
    assert sum(v["comparisons"] for v in of_experiments) <= COMPARISONS  # figures count their own, with Holm
    for name in NAMES + figures:
        forms = [v["form"] for v in found if v["experiment"] == name]
        assert "control" in forms, f"{name} has no negative control"
    assert all(v["outcome"] == "holds" for v in found if v["form"] == "exact")
    ids = [v["id"] for v in found]
    assert len(set(ids)) == len(ids)
    assert ids == [verdict_id(v["experiment"], v["statement"], v["form"], v["at"]) for v in found]


@pytest.mark.parametrize("size", experiments.SIZES)
def test_stable_ids_kept_every_outcome_of_the_records_before_them(size):
    """Those records had labels for keys; one experiment's verdicts come in the same order."""
    before: dict = {}
    for line in BEFORE.read_text(encoding="utf-8").splitlines()[1:]:
        of_size, name, title, form, _, outcome = line.split("\t")
        if of_size == size:
            before.setdefault(name, []).append((title, form, outcome))
    now = read_record(RECORDED / f"{size}.json")
    assert sum(map(len, before.values())) > 250
    for name, verdicts in before.items():
        mine = [(v["statement"], v["form"], v["outcome"]) for v in now if v["experiment"] == name]
        assert mine[: len(verdicts)] == verdicts


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_fresh_seed_gives_the_recorded_verdicts(name, seed):
    (found,) = verify.verify([experiments.experiment(name)], size="quick", seed=seed)
    assert differences([found], "quick") == []
    assert verify.sound([found])
    assert found.dataset.work > 0
    statement.draw(found.dataset)


def test_the_same_seed_gives_the_same_dataset_for_any_number_of_threads():
    one, two = (sgd_saddle.run(SMALL, workers=workers) for workers in (1, 2))
    xr.testing.assert_identical(one.drop_attrs(), two.drop_attrs())
    other = sgd_saddle.run(replace(SMALL, seed=1))
    assert np.mean(one.measured.values == other.measured.values) < 0.1


def test_a_changed_outcome_is_a_difference(finding, monkeypatch, tmp_path):
    monkeypatch.setattr(verify_record, "RECORDED", tmp_path)
    assert differences([finding], "quick") == ["no quick run of sgd_saddle is recorded"]
    path = record([finding], tmp_path / "quick.json")
    assert differences([finding], "quick") == []
    written = json.loads(path.read_text())
    written[2]["outcome"] = "vacuous"
    del written[3]
    path.write_text(json.dumps(written))
    changed = differences([finding], "quick")
    assert len(changed) == 2
    assert "recorded as 'vacuous', now" in changed[0]
    assert "recorded as 'not recorded'" in changed[1]
    assert recorded_verdicts("Theorem 1", path)[0]["form"] == "exact"


def test_the_command_writes_report_pictures_and_data(small, capsys):
    assert run("--quick", "--out", str(small)) == 1  # nothing is recorded
    folder = small / "verify"
    page = (folder / "report.html").read_text()
    assert not re.findall(r"(?:src|href)=\"(?!data:|#)", page)
    assert page.count('alt="Theorem 1 as printed"') == 2
    assert page.count('alt="Figure: ') == 2
    assert '<h2 id="theorem-1-how-far-sgd-spreads-from-a-saddle">' in page
    assert 'href="#theorem-1-how-far-sgd-spreads-from-a-saddle">Theorem 1</a>' in page
    assert '<code class="bad">fails: ' in page
    assert '<code class="between">undecided 4</code>' in page
    dataset = xr.open_dataset(folder / "sgd_saddle.nc", engine="h5netcdf").load()
    assert json.loads(dataset.settings)["walkers"] == 2**15
    assert (folder / "sgd_saddle.png").stat().st_size > 10_000
    text = (folder / "report.md").read_text()
    assert "![Figure: Theorem 1: how far SGD spreads from a saddle](sgd_saddle.png)" in text
    out = capsys.readouterr()
    assert "The simulator met all the references" in out.out
    assert "1/2 Theorem 1" in out.err
    assert run("--quick", "--out", str(small), "--record", str(small / "recorded" / "quick.json")) == 1
    capsys.readouterr()
    assert run("--quick", "--out", str(small), "--json") == 0
    assert json.loads(capsys.readouterr().out)["changed"] == []


def test_a_simulator_that_misses_or_a_control_that_passes_is_an_error(finding, use, small, capsys):
    exact, wrong, *rest = finding.verdicts
    passed = replace(wrong, outcome="not rejected")
    assert verify.sound([finding])
    for bad in ([replace(exact, outcome="fails"), wrong, *rest], [exact, passed, *rest]):
        use(replace(sgd_saddle.EXPERIMENT, quick=SMALL, verdicts=lambda dataset, bad=bad: bad))
        assert run("--quick", "--out", str(small), "--record", str(small / "recorded" / "quick.json")) == 1
        assert run("--quick", "--out", str(small)) == 1
        assert "BEWARE" in capsys.readouterr().out


def test_what_was_finished_before_an_interruption_is_reported(use, small, capsys):
    calls = []

    def stopped(config, **rest):
        calls.append(config)
        if len(calls) == 2:
            raise Interrupted(None)
        return sgd_saddle.run(config, **rest)

    one = replace(sgd_saddle.EXPERIMENT, quick=SMALL, run=stopped)
    use(one, replace(one, name="again"))
    assert run("--quick", "--out", str(small)) == 130
    assert "Interrupted: 1 of 2 experiments finished." in capsys.readouterr().out
    assert "Interrupted: 1 of 2" in (small / "verify" / "report.html").read_text()


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (["theorem-9"], "no statement is called"),
        (["--seed", "-1"], "seed must be"),
        (["--workers", "0"], "workers must be"),
        (["--record", "full.json"], "full.json holds the verdicts of full runs: leave out --quick."),
        (["--out", "/dev/null/x"], "out must be a folder"),
    ],
)
def test_bad_input_is_one_line(tokens, words, small, capsys):
    assert run(*(["--out", str(small)] if "--out" not in tokens else []), "--quick", *tokens) == 2
    error = capsys.readouterr().err.strip().splitlines()
    assert len(error) == 1
    assert words in error[0]


def test_the_readme_shows_the_recorded_full_run():
    text = README.read_text(encoding="utf-8")
    shown = text.partition("<!-- verdicts -->\n")[2].partition("\n<!-- /verdicts -->")[0]
    assert shown == verify_record.readme_table()


def test_settings_take_the_seed():
    assert sgd_saddle.EXPERIMENT.settings("quick", 7) == replace(sgd_saddle.QUICK, seed=7)
    assert sgd_saddle.EXPERIMENT.settings("full", 7) == replace(sgd_saddle.FULL, seed=7)


@pytest.mark.parametrize("printed", STATEMENTS, ids=lambda printed: printed.key)
def test_every_printed_formula_can_be_drawn(printed):
    latex = printed.formula
    assert latex, f"{printed.name} states no formula"
    drawn = formula.drawn(latex)
    assert drawn == formula.drawn(latex)
    width, height = map(float, re.search(rb'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawn.svg).groups())
    ink = TextPath(
        (0, 0), f"${latex.replace(chr(92) + 'frac', chr(92) + 'dfrac')}$", size=formula.SIZE
    ).get_extents()
    assert formula.PAD + ink.x1 <= width < ink.width + 8  # points: neither cut off nor with room to spare
    assert ink.height <= height
    assert b"<path" in formula.drawn(latex).svg


def test_parts_of_ones_own_are_refused_with_the_reason():
    with pytest.raises(ValueError, match="verify judges statements about built-in parts"):
        about("my_rule.py:Lion")
