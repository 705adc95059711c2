"""The command line: results, bad input in one line, and what an interrupted run leaves behind."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import MISSING, fields, replace
from functools import cache
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diffusion import Interrupted, part
from diffusion.optimizers import OPTIMIZERS
from sims import experiments
from sims.commands.app import main
from sims.experiments import sgd_saddle
from sims.figure6 import run as figure6
from sims.figure6 import series as figure6_series
from sims.options.fields import field_help, fields_of
from sims.options.optimizer import OptimizerOptions
from sims.options.process import scheme_names
from sims.options.registry import LANDSCAPES, NOISES, part_class
from sims.storage.netcdf import read_netcdf
from sims.verify import record

SMALL = ["--walkers", "40", "--k", "6", "--workers", "1"]


@part
class Newcomer:
    """SGD under another name: an optimizer that no prediction knows."""

    eta: float
    slots: ClassVar[tuple] = ()

    def update(self, theta, state, gradient):
        for i in range(theta.size):
            theta[i] -= self.eta * gradient.draw(theta[i], i)


def call(capsys, *words):
    """Return exit code, standard output and standard error of one call."""
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    out, err = capsys.readouterr()
    return stop.value.code, out, err


def test_escape_prints_the_numbers_it_saves(capsys, tmp_path):
    code, out, _ = call(capsys, "escape", *SMALL, "--json", "--out", tmp_path)
    found = json.loads(out)
    assert code == 0
    assert found["escaped"] == 40
    assert found["mean_iterations_low"] < found["mean_iterations"] < found["mean_iterations_high"]
    saved = read_netcdf(tmp_path / "escape.nc")
    assert saved.iterations.mean() == pytest.approx(found["mean_iterations"])
    assert json.loads(saved.settings)["k"] == 6
    assert (tmp_path / "escape.csv").read_text().startswith("walkers,escaped")


def test_the_numbers_of_an_escape_belong_together(capsys):
    found = json.loads(call(capsys, "escape", "--walkers", "2000", "--k", "5", "--dim", "1", "--json")[1])
    assert found["mean_time"] == pytest.approx(1e-3 * found["mean_iterations"])
    assert found["rate"] * found["mean_iterations"] == pytest.approx(1)
    # first passage of the top takes half of Kramers' time; at this step and barrier a quarter more
    assert 1 < found["mean_iterations"] / found["kramers_iterations"] < 1.5
    committed = json.loads(
        call(capsys, "escape", "--walkers", "9", "--k", "5", "--stop", "committed", "--json", "--dim", "1")[1]
    )
    assert committed["kramers_iterations"] == pytest.approx(2 * found["kramers_iterations"])


def test_times_that_are_not_exponential_are_said_to_be_so(capsys):
    words = ["escape", "--optimizer", "adai", "--k", "4", "--walkers", "1000"]
    assert "Beware: the times are not exponential" in call(capsys, *words)[1]
    assert "Beware" not in call(capsys, *words, "--cut", "60")[1]


def test_z_of_a_saddle_is_in_standard_errors(capsys):
    table = json.loads(call(capsys, "saddle", "--walkers", "500", "--json")[1])["rows"]
    for row in table:
        assert row["z_exact"] == pytest.approx((row["msd"] - row["exact"]) / row["stderr"])


def test_a_users_file_is_left_alone(capsys, tmp_path):
    (tmp_path / "probe").write_text("mine")
    assert call(capsys, "escape", *SMALL, "--out", tmp_path)[0] == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "escape.csv",
        "escape.csv-metadata.json",
        "escape.nc",
        "probe",
    ]


def test_the_same_seed_gives_the_same_times_and_another_others(capsys):
    runs = [call(capsys, "escape", *SMALL, "--json", "--seed", seed)[1] for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]


PAPER = ("sgd", "momentum", "adam", "adai")


@pytest.mark.parametrize(
    "words",
    [
        *PAPER,
        "padam --set partial=.125",
        "lion",
        "aggmo --set betas=0,.5,.9",
        "clipped --set optimizer=adam --set norm=3",
    ],
)
def test_every_optimizer_runs_by_name(capsys, words):
    eta = [] if words in PAPER else ["--eta", 0.01]
    code, out, err = call(
        capsys, "escape", *SMALL, "--optimizer", *words.split(), *eta, "--max-iterations", 5000, "--json"
    )
    assert (code, err) == (0, "")
    assert json.loads(out)["walkers"] == 40


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_is_made_by_name_with_its_own_defaults(name):
    """Fields that must be given are given as texts, as the command line has them."""
    cls = part_class("optimizer", name)
    texts = {"optimizer": "sgd", "shape": "2,3"}
    needed = {n: texts[n] for n, f in fields_of(cls).items() if f.default is MISSING and n in texts}
    made = OptimizerOptions(name, eta=0.25).part(needed)
    assert type(made) is cls
    assert made.eta == 0.25
    for field in fields_of(cls).values():
        filled = field.default in (MISSING, None) or field.name == "eta"  # None: made of the others
        assert filled or getattr(made, field.name) == field.default
    assert set(field_help(cls)) >= set(fields_of(cls)), "the docstring says what each field is"


def test_an_optimizer_that_is_added_runs_by_name_without_a_prediction(capsys, monkeypatch):
    monkeypatch.setitem(OPTIMIZERS, "newcomer", Newcomer)
    code, out, err = call(capsys, "escape", *SMALL, "--optimizer", "newcomer")
    assert (code, err.strip()) == (2, "diffusion: newcomer needs eta: add --eta VALUE")
    code, out, _ = call(capsys, "escape", *SMALL, "--optimizer", "newcomer", "--eta", 1e-3, "--json")
    assert code == 0
    assert json.loads(out)["escaped"] == 40
    assert json.loads(out)["kramers_iterations"] is None


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.filterwarnings("ignore:HessianNoise")
def test_every_noise_runs_by_name(capsys, noise):
    code, out, _ = call(capsys, "escape", *SMALL, "--noise", noise, "--max-iterations", 20, "--json")
    assert code == 0
    assert json.loads(out)["walkers"] == 40


def test_saddle_agrees_with_the_exact_iteration(capsys):
    code, out, _ = call(
        capsys, "saddle", "--optimizer", "momentum", "--eta", 0.01, "--walkers", 4000, "--json"
    )
    table = json.loads(out)
    assert code == 0
    assert len(table["rows"]) == 12
    assert max(abs(row["z_exact"]) for row in table["rows"]) < 5
    # the printed theorem adds a drift that walkers at rest do not have, a factor 4 at T = 10
    assert max(abs(row["z_printed"]) for row in table["rows"]) > 10
    assert table["sentence"].startswith("Theorem 2, printed form: fails")


@pytest.mark.parametrize(
    ("optimizer", "scheme", "dt"),
    [
        ("sgd", [], []),
        ("momentum", [], []),
        ("momentum", ["--scheme", "exact"], ["--dt", 0.05]),
        ("adam", ["--scheme", "gjf"], ["--dt", 0.005]),
        ("adai", [], ["--dt", 0.002]),
    ],
)
def test_saddle_agrees_with_the_exact_process(capsys, optimizer, scheme, dt):
    words = ["--optimizer", optimizer, "--eta", 0.01, "--walkers", 4000, "--process", *scheme, *dt, "--json"]
    code, out, _ = call(capsys, "saddle", *words, "--iterations", "100,500")
    table = json.loads(out)["rows"]
    assert code == 0
    assert [row["T"] for row in table] == [100] * 4 + [500] * 4
    if optimizer != "adai":  # the theorems have no full form for it
        assert max(abs(row["z_exact"]) for row in table) < 5


@pytest.mark.parametrize("scheme", ["baoab", "obabo", "gjf", "euler-maruyama"])
def test_escape_of_a_process_agrees_with_that_of_its_iteration(capsys, scheme):
    words = ["--k", 6, "--dim", 1, "--walkers", 1000, "--optimizer", "momentum", "--kappa", 10_000, "--json"]
    runs = [
        json.loads(call(capsys, "escape", *words, "--seed", seed, *more)[1])
        for seed, more in ((1, []), (2, ["--process", "--scheme", scheme, "--dt", 5e-5]))
    ]
    iteration, process = (run["mean_iterations"] for run in runs)
    assert process == pytest.approx(iteration, rel=4.5 * np.sqrt(2 / 1000))
    assert runs[1]["mean_time"] == pytest.approx(1e-4 * process)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--dt", "1"], "dt works only with --process"),
        (["--process", "--dt", "0"], "dt must be positive"),
        (
            ["--process", "--scheme", "leapfrog"],
            "leapfrog is not a scheme; there are baoab, end-point, euler-maruyama",
        ),
        (
            ["--process", "--scheme", "baoab"],
            "baoab does not fit a process that is overdamped; end-point, euler-maruyama, exact, heun do",
        ),
        (["--process", "--scheme", "exact"], "landscape must be Quadratic"),
        (["--process", "--noise", "minibatch", "--C", "-1"], "C works only with frozen or isotropic noise"),
    ],
)
def test_a_process_with_bad_options_is_refused_in_one_line(capsys, words, message):
    code, out, err = call(capsys, "escape", *SMALL, *words)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert message in err


def test_list_names_every_part(capsys):
    _, out, _ = call(capsys, "list")
    for name in scheme_names():
        assert name in out
    for kind, registry in (("optimizer", OPTIMIZERS), ("landscape", LANDSCAPES), ("noise", NOISES)):
        for name in registry:
            cls = part_class(kind, name)
            assert name in out
            assert all(field.name in out for field in fields(cls) if field.init)


@pytest.mark.parametrize(
    "command",
    ["reproduce", "figure 6", "figure degree", "escape", "saddle", "equilibrium", "list", "theory", "check"],
)
def test_help_has_a_sentence_for_every_option(capsys, command):
    code, out, _ = call(capsys, *command.split(), "--help")
    assert code == 0
    assert "--json" in out


BAD = [
    ("escape --dim=1 --k 9 --kappa 1e308", "kappa must be so small that kappa |H| / B is finite"),
    ("escape --dim=1 --k 9 --kappa 1e308 --noise two-temperature", "kappa must be so small"),
    (
        "escape --optimizer adamq",
        "adamq is not an optimizer",
    ),
    ("figure 6 --k 4 5", "nothing takes the value '5'; several values of one option are joined by commas"),
    ("probe LICENSE:make", "LICENSE must be a file of Python, FILE.py"),
    ("escape --noise pink", "pink is not a noise; there are frozen"),
    ("escape --eta -1", "eta must be positive"),
    ("escape --eta nan", "eta must be positive"),
    ("escape --eta inf", "eta must be positive"),
    ("escape --k 0", "k must be from 1e-150 to 1e150"),
    ("escape --kappa=-3", "kappa must be positive"),
    ("escape --B 0", "B must be a whole number from 1 on"),
    ("escape --walkers 0", "walkers must be"),
    ("escape --walkers 1.5", "--walkers"),
    ("escape --max-iterations 0", "max_iterations must be"),
    ("escape --seed=-1", "seed must be"),
    ("escape --dim 0", "dim must be"),
    ("escape --cut=-1", "cut must be"),
    ("escape --stop later", "stop must be"),
    ("escape --optimizer momentum --beta1 1", "beta1 must be in [0, 1)"),
    ("escape --optimizer adai --eps 2", "eps must be in [2**-53, 1]"),
    ("escape --beta1 0.5", "beta1 is not an option of sgd, which has eta"),
    ("escape --noise two-temperature --s 1", "s must be in (0, 1)"),
    ("escape --noise hessian --floor=-1", "floor must be"),
    ("escape --noise frozen --C=-1", "C must be 0 or more"),
    ("escape --noise minibatch --variance 0", "variance must be positive"),
    ("escape --eta 1", "walkers diverged by iteration"),
    ("escape --colour red", "--colour"),
    ("escape --workers 0", "workers must be"),
    ("saddle --H=1,x", "H must be a number, a list 1,2,3"),
    ("saddle --H=nan", "H must be"),
    ("saddle --iterations 5,3", "iterations must be increasing whole numbers"),
    ("saddle --walkers 1", "walkers must be at least 2"),
    (
        "saddle --noise two-temperature",
        "Two-temperature noise needs a landscape with barrier; Quadratic has none",
    ),
    ("figure 15", "15"),
    ("figure 6 --mode other", "kramers"),
    ("figure 6 --walkers 1", "walkers must be"),
    ("reproduce --walkers 0 --out /proc/nowhere", "walkers must be"),
    ("reproduce --out /proc/nowhere", "out must be a folder that can be written"),
    ("escape --out /proc/nowhere", "out must be a folder that can be written"),
    ("nonsense", "nonsense"),
]


@pytest.mark.parametrize(("words", "message"), BAD, ids=[words for words, _ in BAD])
def test_bad_input_is_one_line_and_exit_code_2(capsys, words, message):
    code, out, err = call(capsys, *words.split())
    assert code == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert message in err


number = st.one_of(st.floats(), st.integers(), st.sampled_from(["", "x", "1e999", "None", "0", "-0.0"]))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    options=st.dictionaries(
        st.sampled_from(["--eta", "--beta1", "--beta2", "--eps", "--kappa", "--B", "--C", "--seed", "--cut"]),
        number,
        max_size=4,
    ),
    optimizer=st.sampled_from([*PAPER, "none"]),
)
def test_no_option_gives_a_traceback_or_nan(options, optimizer, capsys):
    words = [f"{name}={value}" for name, value in options.items()]
    run = [
        "escape",
        "--optimizer",
        optimizer,
        "--walkers=9",
        "--max-iterations=50",
        "--k=6",
        "--json",
        *words,
    ]
    code, out, err = call(capsys, *run)
    if code == 0:
        assert "NaN" not in out
    else:
        assert code == 2
        assert len(err.strip().splitlines()) == 1


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_keeps_what_is_finished(tmp_path):  # test_interrupt.py times how soon it stops
    run = [sys.executable, "-m", "sims", "escape", "--k=1.9", "--walkers=2000", "--json", f"--out={tmp_path}"]
    for patience in (6, 20, 60):  # a busy machine may still be starting the program
        with subprocess.Popen(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            time.sleep(patience)
            assert process.poll() is None, "finished too early to test this"
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        if out:
            break
    assert process.returncode == 130, err
    found = json.loads(out)
    assert found["partial"] is True
    assert 0 < found["censored"] < found["walkers"] <= 2000
    saved = read_netcdf(tmp_path / "escape.nc")
    assert saved.partial == "yes"
    assert np.all(saved.iterations > 0)


@pytest.fixture(scope="module")
def figures_of_few_points():
    """Return Figure 6 at four sharpnesses, run once for each of its readings."""
    return cache(figure6.run)


@pytest.fixture
def tiny(monkeypatch, figures_of_few_points):
    """Figure 6 at four sharpnesses, and one experiment on the statements."""
    few = {
        mode: {name: replace(s, k=s.k[-4:], spread=(), breakdown=()) for name, s in grid.items()}
        for mode, grid in figure6_series.MODES.items()
    }
    monkeypatch.setattr(figure6_series, "MODES", few)
    monkeypatch.setattr(figure6, "run", lambda config, **how: figures_of_few_points(config))
    monkeypatch.setattr(experiments, "NAMES", ("sgd_saddle",))


def test_reproduce_writes_figure_6_in_both_readings_and_the_verdicts(capsys, tmp_path, tiny):
    code, out, err = call(capsys, "reproduce", "--walkers", 8, "--out", tmp_path)
    assert code == 0
    report = (tmp_path / "report.md").read_text()
    assert report in out
    assert (
        report.index("## Kramers mode")
        < report.index("## Literal mode")
        < report.index("# Does each statement")
    )
    assert "| Theorem 1 | " in report
    assert "The simulator met all the references" in report
    for name in ("figure6_kramers.png", "figure6_literal.csv", "verify/report.html", "verify/sgd_saddle.png"):
        assert (tmp_path / name).stat().st_size > 0
    assert f"Written to {tmp_path / 'report.md'}" in err
    page = (tmp_path / "report.html").read_text()
    assert (
        page.index("Does each statement hold?")
        < page.index('id="kramers-mode"')
        < page.index('id="literal-mode"')
    )
    for target in re.findall(r'href="#([^"]*)"', page):
        assert f'id="{target}"' in page
    assert 'aria-label="Measured over stated, by regime: as printed' in page
    assert page.count("data:image/svg+xml;base64,") == 2
    assert "figure6_kramers.png" not in page


def test_reproduce_says_when_a_verdict_has_changed(capsys, tmp_path, tiny, monkeypatch):
    monkeypatch.setattr(record, "RECORDED", tmp_path)  # nothing is recorded there
    code, out, _ = call(capsys, "reproduce", "--walkers", 8, "--out", tmp_path, "--json")
    found = json.loads(out)
    assert code == 1
    assert found["statements"]["changed"] == ["no quick run of sgd_saddle is recorded"]
    assert set(found) == {"kramers", "literal", "statements", "settings", "partial", "provenance"}
    assert {mode: found["settings"][mode]["walkers"] for mode in ("kramers", "literal")} == {
        "kramers": 8,
        "literal": 8,
    }
    assert (found["partial"], found["statements"]["settings"]["sgd_saddle"]["seed"] >= 0) == (False, True)
    assert found["provenance"] == found["statements"]["provenance"]


def test_reproduce_interrupted_among_the_verdicts_keeps_figure_6(capsys, tmp_path, tiny, monkeypatch):
    def stopped(*args, **options):
        raise Interrupted(None)

    monkeypatch.setattr(experiments, "experiment", lambda name: replace(sgd_saddle.EXPERIMENT, run=stopped))
    code, _, _ = call(capsys, "reproduce", "--walkers", 8, "--out", tmp_path)
    assert code == 130
    report = (tmp_path / "report.md").read_text()
    assert "## Literal mode" in report
    assert "Interrupted before a statement was judged" in report
