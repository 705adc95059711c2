"""`diffusion theory`: what a researcher types, what comes back, and how bad input is answered."""

import json

import numpy as np
import pytest

from sims.commands.app import main
from sims.commands.theory import parse_value
from sims.runs.theory_grid import run
from theory import saddle
from theory.statements import STATEMENTS

SADDLE = "--H=-1e-3 --eta 0.01 --B 10 --beta1 0.9 --beta3 0.1"


@pytest.fixture
def diffusion(capsys):
    """Return a function that runs a command line and returns (exit code, output, errors)."""

    def call(line):
        with pytest.raises(SystemExit) as stop:
            main(line.split())
        captured = capsys.readouterr()
        return stop.value.code, captured.out, captured.err

    return call


def test_a_table_has_a_row_for_each_point(diffusion):
    code, out, _ = diffusion("theory theorem-1 --H=-1:1:9 --eta 1e-3 --B 10 --T 1000")
    assert code == 0
    assert len(out.splitlines()) >= 2 + 9
    assert out.count("\t") == 10
    assert f"{saddle.sgd_msd_printed(-0.75, 1000, eta=1e-3, B=10):.6g}" in out


def test_json_has_axes_values_and_regime(diffusion):
    code, out, _ = diffusion(f"theory theorem-2 {SADDLE} --T 1,10,100 --json")
    record = json.loads(out)
    assert code == 0
    assert record["axes"] == {"T": [1.0, 10.0, 100.0]}
    assert {"commit", "version_numpy", "machine"} <= set(record["provenance"])
    expected = saddle.momentum_msd_printed(-1e-3, [1, 10, 100], eta=0.01, B=10, beta1=0.9, beta3=0.1)
    np.testing.assert_array_equal(record["values"]["printed"], expected)
    assert {flag["level"] for flag in record["regime"] if flag["name"] == "u"} == {"fails"}


def test_compare_sets_the_forms_side_by_side_with_ratios(diffusion):
    code, out, _ = diffusion(f"theory compare theorem-2 {SADDLE} --T 1,1000")
    assert code == 0
    for words in ("printed", "leading", "corrected", "exact", "printed / corrected", "337.8"):
        assert words in out
    _, out, _ = diffusion("theory compare theorem-3 --H-a 34 --H-b -15 --barrier 39 --eta .001 --B .01 "
                          "--beta1 .9 --beta3 1 --s .5")  # fmt: skip
    assert "printed - corrected" in out
    assert "+2.303" in out  # log 10


def test_other_forms_and_word_options(diffusion):
    _, out, _ = diffusion(f"theory theorem-2 --form corrected --start thermal {SADDLE} --T 10 --json")
    expected = saddle.momentum_msd_corrected(-1e-3, 10, eta=0.01, B=10, beta1=0.9, beta3=0.1, start="thermal")
    assert json.loads(out)["values"]["corrected"] == expected


def test_vectors_are_not_swept(diffusion):
    _, out, _ = diffusion("theory proposition-3 --H .1,.2,-.3 --eta .01 --B 10 --beta0 .1 --json")
    assert json.loads(out)["values"]["printed"] == pytest.approx(1e-4 * 0.2 / (2 * 0.1 * 10))


def test_list_names_every_statement(diffusion):
    code, out, _ = diffusion("theory list")
    assert code == 0
    assert all(s.key in out for s in STATEMENTS)
    assert "not yet recorded" not in out
    _, out, _ = diffusion("theory list --json")
    assert [row["name"] for row in json.loads(out)] == [s.key for s in STATEMENTS]


def test_explain_shows_formula_and_conditions(diffusion):
    code, out, _ = diffusion("theory theorem-1 --explain")
    assert code == 0
    assert "Holds if" in out
    assert r"\sigma_i^2" in out


@pytest.mark.parametrize("suffix", ["svg", "png", "pdf"])
def test_plots_are_written(diffusion, tmp_path, suffix):
    path = tmp_path / f"curve.{suffix}"
    code, _, _ = diffusion(f"theory compare theorem-2 {SADDLE} --T 1:1000:5:log --plot {path}")
    assert code == 0
    assert path.stat().st_size > 1000


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("theorem-9 --H 1", "no statement is called 'theorem-9'; did you mean theorem-"),
        ("theorem-1 --H 1", "Theorem 1 (printed) also needs T, eta, B"),
        ("theorem-1 --H 1 --T 1 --B 1 --eta -1", "eta must be positive, got -1.0"),
        (
            "theorem-1 --H 1 --T 1 --B 1 --eta 1 --gamma 1",
            "Theorem 1 has no parameter 'gamma'; it takes H, T, eta, B",
        ),
        ("theorem-1 --H 1:2 --T 1 --B 1 --eta 1", "H must be a number, a list 1,2,3, or a range"),
        ("theorem-1 --H 1 --T 1 --B 1 --eta 1 --form best", "form must be one of printed, leading, exact"),
        ("theorem-1 --H 1 --T nan --B 1 --eta 1", "T must be finite, got nan"),
        ("theorem-1 --H 1 --T 1 --B 1,inf --eta 1", "B must be finite, got 1,inf"),
        (
            "theorem-3-sgd --form leading --H-a 1 --barrier 1 --eta .1 --B 1 --s .5",
            "s does not act on Theorem 3 SGD (leading); leave it out",
        ),
        ("theorem-1 --H steep --T 1 --B 1 --eta 1", "H must be a number or an array of numbers, got 'steep'"),
        (
            "theorem-1 --H 1 --T 1 --B 1 --eta 1 --plot x.png",
            "a plot needs a parameter that takes several values",
        ),
        ("compare theorem-1 --H 1", "Theorem 1 (printed) also needs"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(diffusion, line, message):
    code, _, err = diffusion(f"theory {line}")
    assert code == 2
    assert err.startswith("diffusion: ")
    assert err.count("\n") == 1
    assert message in err


def test_values_are_read_as_written():
    assert parse_value("H", "-1e-3") == -1e-3
    assert parse_value("H", "-1:1:3") == [-1, 0, 1]
    assert parse_value("H", "1,2.5") == [1, 2.5]
    assert parse_value("eta", "1e-3:1e-1:3:log") == pytest.approx([1e-3, 1e-2, 1e-1])
    assert parse_value("T", "1:1000:5:log") == [1, 6, 32, 178, 1000]
    assert parse_value("start", "bias-corrected") == "bias-corrected"
    assert parse_value("bias_correction", "true") == 1.0
    for bad in ("1:2", "0:1:3:log", "1:2:0", "1,x", "1:2:3:lin"):
        with pytest.raises(ValueError, match="H must be"):
            parse_value("H", bad)


def test_the_grid_is_labelled():
    grid = run("Theorem 1", {"H": [-1.0, 1.0], "T": [1.0, 2.0, 3.0], "eta": 0.1, "B": 2.0})
    assert dict(grid.sizes) == {"H": 2, "T": 3}
    assert list(grid.data_vars) == ["printed", "leading", "exact"]
    expected = saddle.sgd_msd_exact(1.0, 3, eta=0.1, B=2.0)
    assert float(grid["exact"].sel(H=1.0, T=3.0)) == pytest.approx(float(expected))
    assert grid.attrs["eta"] == 0.1
