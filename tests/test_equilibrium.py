"""`diffusion equilibrium`: what a physicist asks of a scheme, as numbers that a user sees."""

import json

import numpy as np
import pytest
from scipy.stats import norm
from test_cli import call

from diffusion import SCHEMES, Interrupted, Quadratic
from sims.options.process import scheme_names
from sims.runs import equilibrium
from sims.storage.netcdf import read_netcdf

SURPRISE = 4.5  # standard errors


def rows(capsys, *words):
    code, out, _ = call(capsys, "equilibrium", *words, "--json")
    assert code == 0
    return json.loads(out)["rows"]


@pytest.mark.slow
def test_temperatures_of_every_scheme_are_those_of_its_own_algebra(capsys):
    # held out from the defaults: H / M = 3, gamma = 1.5
    words = [
        "--H",
        2.4,
        "--mass",
        0.8,
        "--damping",
        1.5,
        "--kT",
        0.3,
        "--dt",
        "0.15,0.3",
        "--seed",
        3,
        "--walkers",
        40_000,
    ]
    for row in rows(capsys, "--schemes", ",".join(scheme_names()), *words):
        error = row["position_stderr"]
        assert abs(row["position"] - row["position_by_algebra"]) < SURPRISE * error, row
        assert abs(row["position"] - 1.1 * row["position_by_algebra"]) > SURPRISE * error
        w = 2.4 / 0.8 * row["dt"] ** 2
        right = {"baoab": 1.0, "gjf": 1.0, "exact": 1.0, "obabo": 1 / (1 - w / 4)}.get(row["scheme"])
        assert right is None or row["position_by_algebra"] == pytest.approx(right, rel=1e-9)
        slow = {"baoab": 1 - w / 4, "gjf": 1 - w / 4, "exact": 1.0, "obabo": 1.0}.get(row["scheme"])
        assert slow is None or abs(row["velocity"] - slow) < SURPRISE * row["velocity_stderr"]


@pytest.mark.parametrize("scheme", ["baoab", "obabo", "gjf"])
def test_walkers_settle_into_boltzmanns_density_and_a_wrong_temperature_is_noticed(capsys, scheme):
    words = [
        "--landscape",
        "styblinski-tang",
        "--schemes",
        scheme,
        "--dt",
        0.003,
        "--kT",
        24,
        "--damping",
        15,
    ]
    (row,) = rows(capsys, *words, "--seed", 4)
    assert row["boltzmann_p"] > 1e-5
    assert row["control_p"] < 1e-5  # at 1.2 kT
    for name in ("position", "velocity"):
        assert abs(row[name] - 1) < SURPRISE * row[f"{name}_stderr"]
        assert abs(row[name] - 1.2) > SURPRISE * row[f"{name}_stderr"]


def test_a_step_that_is_too_long_shows(capsys):
    row, gone = rows(
        capsys, "--landscape", "styblinski-tang", "--schemes", "euler-maruyama", "--dt", "0.004,0.02"
    )
    assert row["boltzmann_p"] < 1e-5
    assert gone["position"] is None


def test_the_density_of_a_quadratic_is_normal():
    at = np.array([-1.0, 0.0, 0.3, 2.0])
    share = equilibrium.boltzmann(Quadratic([2.4]), 0.3)(at)
    np.testing.assert_allclose(share, norm.cdf(at, scale=np.sqrt(0.3 / 2.4)), atol=1e-3)


def test_rows_are_saved_and_an_interruption_keeps_what_is_finished(capsys, monkeypatch, tmp_path):
    complete, runs = equilibrium.integrate, []

    def interrupted(*parts, **run):
        if runs:
            raise Interrupted(None)
        runs.append(run)
        return complete(*parts, **run)

    monkeypatch.setattr(equilibrium, "integrate", interrupted)
    code, out, _ = call(capsys, "equilibrium", "--walkers", 100, "--out", tmp_path)
    assert code == 130
    assert out.count("baoab\t0.1") == 1
    saved = read_netcdf(tmp_path / "equilibrium.nc")
    assert saved.partial == "yes"
    assert saved.scheme.values.tolist() == ["baoab"]
    assert (tmp_path / "equilibrium.csv").read_text().startswith("scheme,dt,position")
    assert call(capsys, "equilibrium", "--walkers", 100)[0] == 130  # nothing finished


def test_every_scheme_has_a_row_of_its_own_kind(capsys):
    found = rows(capsys, "--schemes", ",".join(scheme_names()), "--dt", 0.1, "--walkers", 100, "--time", 1)
    assert [row["scheme"] for row in found] == list(scheme_names())
    assert {row["scheme"] for row in found if row["velocity"] is None} == {"end-point", "heun"}
    assert len(SCHEMES) == len(found)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--landscape bowl", "bowl is not a landscape; there are quadratic, styblinski-tang"),
        ("--schemes leapfrog", "leapfrog is not a scheme; there are baoab"),
        ("--dt 0", "dt must be positive"),
        ("--dt=-1,2", "dt must be positive"),
        ("--dt x", "dt must be a number"),
        ("--kT 0", "kT must be positive"),
        ("--mass nan", "mass must be positive"),
        ("--damping=-1", "damping must be positive"),
        ("--H inf", "H must be positive"),
        ("--time 0", "time must be positive"),
        ("--walkers 3", "walkers must be a whole number from 8 on"),
    ],
)
def test_bad_input_is_one_line(capsys, words, message):
    code, out, err = call(capsys, "equilibrium", *words.split())
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert message in err
