"""`diffusion escape --process`: the bias of the time step, several exits, and what an interruption leaves."""

import json

import numpy as np
import pytest
from scipy.integrate import quad
from test_cli import call

from diffusion import Interrupted, StyblinskiTang
from sims.runs import time_step as passage
from sims.storage.netcdf import read_netcdf
from theory.exact import mean_passage_time

K, ETA, KAPPA, B = 2.0, 1e-3, 4000.0, 10
VALLEY = StyblinskiTang(1, K)
D = ETA / 2 * KAPPA / B * VALLEY.H_a
PROCESS = ["escape", "--process", "--k", K, "--dim", 1, "--kappa", KAPPA, "--eta", ETA, "--json"]


def slope(x):
    return x * (2 * K * K * x * x - 16 * K) + 2.5 * K**0.5


def test_halving_reports_the_bias_of_the_time_step_and_the_mean_without_it(capsys):
    right = mean_passage_time(slope, D, VALLEY.minimum[0], VALLEY.boundary) / ETA
    code, out, _ = call(capsys, *PROCESS, "--halving", "--dt", 4e-3, "--walkers", 20_000, "--seed", 1)
    found = json.loads(out)
    assert code == 0
    assert found["extrapolated_iterations_low"] < right < found["extrapolated_iterations_high"]
    assert found["step_bias_low"] < found["halved_mean_iterations"] - right < found["step_bias_high"]
    assert found["step_bias_high"] < 0  # these steps make walkers early
    assert not found["mean_iterations_low"] < right < found["mean_iterations_high"]
    # the printed words and the numbers are the same
    assert f"{found['extrapolated_iterations']:.5g}" in found["sentence"]
    _, table, _ = call(capsys, *PROCESS[:-1], "--halving", "--walkers", 500)
    for label in passage.HALVING_LABELS.values():
        assert label in table


def test_halving_with_walkers_inside_says_so(capsys):
    found = json.loads(call(capsys, *PROCESS, "--halving", "--walkers", 50, "--max-iterations", 800)[1])
    assert found["step_bias"] is None
    assert found["censored"] > 0
    assert "only when every walker" in found["sentence"]


def test_which_exit_was_taken_is_in_table_json_and_file(capsys, tmp_path):
    low = float(VALLEY.minimum[0]) - 0.6
    words = [*PROCESS, "--below", low, "--walkers", 4000, "--dt", 2e-4, "--out", tmp_path]
    code, out, _ = call(capsys, *words)
    found = json.loads(out)
    assert code == 0
    beside = json.loads((tmp_path / "escape_exits.csv-metadata.json").read_text())
    assert beside["provenance"]["settings"]["exits"]["below"] == pytest.approx(low)
    above, below = found["exits"]
    # P(above) = int_low^a e^(L/D) / int_low^b e^(L/D)
    up, whole = (
        quad(lambda x: np.exp((VALLEY.loss([x]) - VALLEY.loss([low])) / D), low, end)[0]
        for end in (VALLEY.minimum[0], VALLEY.boundary)
    )
    share = up / whole
    for row, right in ((above, share), (below, 1 - share)):
        assert abs(row["share"] - right) < 4.5 * np.sqrt(share * (1 - share) / 4000)
        assert row["share_low"] < row["share"] < row["share_high"]
    assert abs(above["share"] - share - 0.05) > 4.5 * np.sqrt(share * (1 - share) / 4000)
    assert found["kramers_iterations"] is None  # it knows one exit only
    saved = read_netcdf(tmp_path / "escape.nc")
    assert (saved.exit == 1).sum() == above["walkers"]
    assert (saved.exit == -1).sum() == below["walkers"]
    assert saved.attrs["dt"] == 2e-4
    assert float(saved.iterations.mean()) == pytest.approx(found["mean_iterations"])
    assert (tmp_path / "escape_exits.csv").read_text().startswith("exit,coordinate,walkers,share")
    _, table, _ = call(capsys, *[word for word in words if word != "--json"])
    assert f"below\t0\t{below['walkers']}" in table


def test_an_interruption_of_the_second_run_keeps_the_first(capsys, monkeypatch):
    complete = passage.passage_times

    def interrupted(*parts, dt, **run):
        if dt < ETA:
            raise Interrupted(None)
        return complete(*parts, dt=dt, **run)

    monkeypatch.setattr(passage, "passage_times", interrupted)
    code, out, _ = call(capsys, *PROCESS, "--halving", "--walkers", 100)
    found = json.loads(out)
    assert code == 130
    assert found["partial"] is True
    assert found["escaped"] == 100
    assert found["step_bias"] is None


@pytest.mark.parametrize("reading", ["ito", "stratonovich", "fick"])
def test_each_interpretation_has_its_own_mean_time(capsys, reading):
    at = VALLEY.split(0.3)
    rise = abs(VALLEY.H_b) / VALLEY.H_a
    right = {
        q: mean_passage_time(
            slope, lambda x: np.where(x < at, D, D * rise), VALLEY.minimum[0], VALLEY.boundary,
            interpretation=q, jumps=(at,),
        ) / ETA
        for q in ("ito", "fick")
    }  # fmt: skip
    words = ["--noise", "two-temperature", "--s", 0.3, "--interpretation", reading, "--dt", 1e-4]
    found = json.loads(call(capsys, *PROCESS, *words, "--walkers", 4000)[1])
    assert found["interpretation"] == reading.capitalize()
    if reading != "stratonovich":
        (wrong,) = (value for q, value in right.items() if q != reading)
        error = found["mean_iterations"] / np.sqrt(4000)
        assert abs(found["mean_iterations"] - right[reading]) < 4.5 * error
        assert abs(found["mean_iterations"] - wrong) > 4.5 * error


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["escape", "--halving"], "halving works only with --process"),
        (["escape", "--below", "-3"], "below works only with --process"),
        (["escape", "--frozen-v"], "frozen_v works only with --process"),
        (["escape", "--process", "--below", "nan"], "below must be a finite number"),
        (["escape", "--process", "--below", "0"], "start must be between the exits"),
        (["escape", "--process", "--halving", "--cut", "5"], "cut does not work with --halving"),
        (["escape", "--process", "--frozen-v"], "frozen_v works only with adam"),
        (["escape", "--process", "--interpretation", "mine"], "interpretation must be"),
        (
            ["escape", "--process", "--optimizer", "adam", "--interpretation", "fick"],
            "interpretation works only with sgd",
        ),
        (["saddle", "--halving"], "--halving"),
    ],
)
def test_bad_options_are_refused_in_one_line(capsys, words, message):
    code, out, err = call(capsys, *words, "--walkers", "9")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert message in err
