"""Options of commands reach the run that they are for: each run is caught at its door."""

import json
from types import SimpleNamespace

import pytest
import xarray as xr
from test_cli import call

import figures.sweep
from sims.commands import degree_run, network_run
from sims.networks.figure import Settings
from sims.sweep import table as sweep_table
from sims.verify import run as verify_run


class CaughtError(ValueError):
    """End a command once its run was called."""


def catch(monkeypatch, place, name):
    """Return a list that gets the arguments of every call of ``place.name``, which then ends the command."""
    calls = []

    def caught(*parts, **options):
        calls.append((parts, options))
        raise CaughtError("caught")

    monkeypatch.setattr(place, name, caught)
    return calls


def test_a_network_figure_gets_its_size_seed_and_place(capsys, monkeypatch, tmp_path):
    calls = catch(monkeypatch, network_run, "make")
    words = [
        "--quick",
        "--seed",
        7,
        "--out",
        tmp_path,
        "--workers",
        3,
        "--json",
        "--record",
        tmp_path / "mine.json",
    ]
    assert call(capsys, "figure", "2", *words)[0] == 2
    assert calls == [
        (
            ("figure_2", Settings(True, 7), tmp_path),
            {"workers": 3, "scheduler": None, "json": True, "to": tmp_path / "mine.json"},
        )
    ]
    assert call(capsys, "figure", "2", "--scheduler", "local:2", "--out", tmp_path)[0] == 2
    (_, settings, _), options = calls[1]
    assert (settings, options["scheduler"]) == (Settings(False, 0), "local:2")


def test_the_degree_law_gets_its_size_seed_and_rules(capsys, monkeypatch, tmp_path):
    calls = catch(monkeypatch, degree_run, "Sweep")
    assert (
        call(
            capsys,
            "figure",
            "degree",
            "--quick",
            "--seed",
            7,
            "--optimizers",
            "adam",
            "sgd",
            "--out",
            tmp_path,
        )[0]
        == 2
    )
    assert call(capsys, "figure", "degree", "--optimizers", "adam,sgd", "--out", tmp_path)[0] == 2
    ((_, quick, grids, seed), _), ((_, full, _, usual), _) = calls
    assert grids[0] == {"kind": ["line"], "optimizer": ["adam", "sgd"]}
    assert (seed, usual) == (7, 0)
    assert quick["particles"] == 100
    assert full == {}


def test_verify_gets_its_size_and_seed(capsys, monkeypatch, tmp_path):
    calls = catch(monkeypatch, verify_run, "verify")
    assert (
        call(capsys, "verify", "theorem-1", "--quick", "--seed", 7, "--workers", 2, "--out", tmp_path)[0] == 2
    )
    ((experiments,), options), *_ = calls
    assert {one.name for one in experiments} >= {"sgd_saddle"}
    assert (options["size"], options["seed"], options["workers"]) == ("quick", 7, 2)


@pytest.fixture
def swept(monkeypatch):
    """Two of three cells of a sweep, of which one failed."""
    dataset = xr.Dataset(
        {"cell": ("row", [0, 2]), "k": ("row", [2.0, 4.0]), "mean_iterations": ("row", [10.0, 30.0])},
        attrs={"axes": json.dumps(["k"]), "headline": json.dumps(["k", "mean_iterations"]), "experiment": "escape",
               "cells": 3, "partial": "yes", "settings": "{}"},
    )  # fmt: skip
    monkeypatch.setattr(sweep_table, "read_results", lambda path: (dataset, ["k=3: too steep"]))


def test_results_count_cells_and_take_rows_and_columns_that_are_asked_for(swept, capsys, tmp_path):
    code, out, err = call(capsys, "results", tmp_path, "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["cells"], found["finished"], found["partial"]) == (3, 2, True)
    assert found["failures"] == ["k=3: too steep"]
    assert "no result for k=3: too steep" in err
    _, out, _ = call(capsys, "results", tmp_path, "--where", "k=4", "--columns", "mean_iterations", "--json")
    assert json.loads(out)["rows"] == [{"mean_iterations": 30.0}]


@pytest.mark.parametrize("log", ["x", "y", "none", None])
def test_a_plot_of_results_gets_its_columns_and_its_scales(swept, capsys, monkeypatch, tmp_path, log):
    calls = catch(monkeypatch, figures.sweep, "draw")
    words = [] if log is None else ["--log", log]
    assert call(capsys, "results", tmp_path, "--plot", "k", "mean_iterations", *words)[0] == 2
    ((_, *rest), options), *_ = calls
    assert rest == ["k", "mean_iterations", log]
    assert options == {}


@pytest.mark.parametrize(
    ("interrupted", "failures", "code"), [(False, [], 0), (False, ["x"], 2), (True, ["x"], 130)]
)
def test_a_sweep_that_failed_or_was_stopped_says_so_by_its_exit_code(
    capsys, monkeypatch, tmp_path, interrupted, failures, code
):
    config = tmp_path / "sweep.toml"
    config.write_text('experiment = "saddle"\nwalkers = 20\n[grid]\neta = [0.01, 0.02]\n')
    ended = SimpleNamespace(failures=failures, interrupted=interrupted, finished=0, cells=2)
    monkeypatch.setattr("sims.sweep.run.run", lambda *parts, **how: ended)
    found, _, err = call(capsys, "sweep", config, "--out", tmp_path / "out")
    assert found == code, err
    assert ("no result for x" in err) == bool(failures)
    assert ("0 of 2 cells are finished" in err) == interrupted
