"""`diffusion escape --splitting`: the numbers belong together, bad input is one line, Ctrl-C keeps what is finished."""

import json

import numpy as np
import pytest

from diffusion import SGD, FrozenNoise, Interrupted, StyblinskiTang, split_escape
from sims.commands.app import main
from sims.options.escape import Escape, Splitting, SplittingOptions
from sims.options.noise import NoiseOptions
from sims.options.optimizer import OptimizerOptions
from sims.runs import splitting
from sims.storage.netcdf import read_netcdf
from sims.sweep.registry import experiment

FEW = {"dim": 1, "k": 2, "particles": 64, "replicas": 4, "settle": 300}


def words(**changes):
    return ["escape", "--splitting", *(f"--{name}={value}" for name, value in (FEW | changes).items())]


def call(capsys, *words):
    """Return exit code, standard output and standard error of one call."""
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    out, err = capsys.readouterr()
    return stop.value.code, out, err


def test_it_prints_the_numbers_it_saves(capsys, tmp_path):
    code, out, _ = call(capsys, *words(), "--json", "--out", tmp_path)
    found = json.loads(out)
    assert (code, found["partial"], found["replicas"], found["particles"]) == (0, False, 4, 64)
    ends = [found[f"log_mean_iterations{end}"] for end in ("_low", "", "_high")]
    assert ends == sorted(ends)
    np.testing.assert_allclose(
        np.log([found[f"mean_iterations{end}"] for end in ("_low", "", "_high")]), ends
    )
    np.testing.assert_allclose(
        [found[f"rate{end}"] for end in ("_high", "", "_low")], np.exp(-np.array(ends))
    )
    assert found["mean_time"] == pytest.approx(1e-3 * found["mean_iterations"])
    tau = found["loop_iterations"] / np.exp(found["log_chance"])
    assert tau == pytest.approx(found["mean_iterations"], rel=0.05)
    assert abs(ends[1] - 15.711) < 1.5
    assert 1 < found["mean_iterations"] / found["kramers_iterations"] < 5 or ends[0] < 15.711
    assert f"Direct simulation would take {found['gain']:.2g} times as many" in found["sentence"]
    saved = read_netcdf(tmp_path / "splitting.nc")
    assert saved.log_chance.shape == (4,)
    assert json.loads(saved.settings)["particles"] == 64
    assert (tmp_path / "splitting.csv").read_text().startswith("replicas,particles,extinct,log_mean_it")
    written = ["splitting.csv", "splitting.csv-metadata.json", "splitting.nc"]
    assert sorted(path.name for path in tmp_path.iterdir()) == written


def test_the_same_seed_gives_the_same_table_on_any_threads(capsys):
    one, two, other = (
        call(capsys, *words(seed=seed, workers=workers))[1] for seed, workers in ((1, 1), (1, 2), (2, 2))
    )
    assert one == two != other
    assert one.splitlines()[:3] == ["# Escape by splitting", "\tvalue", "replicas\t4"]


def test_every_option_reaches_the_run():
    config = Splitting(
        OptimizerOptions("sgd", eta=2e-3),
        NoiseOptions("frozen", kappa=900.0),
        k=2.5,
        dim=1,
        particles=32,
        replicas=3,
        settle=150,
        stop="committed",
        seed=5,
    )
    found = splitting.run(config)
    valley = StyblinskiTang(1, 2.5)
    stated = split_escape(
        valley,
        FrozenNoise(90 * valley.H_a),
        SGD(2e-3),
        start=valley.minimum,
        boundary=valley.boundary,
        particles=32,
        replicas=3,
        settle=150,
        stop="committed",
        seed=5,
    )
    np.testing.assert_array_equal(found.log_chance, stated.log_chance)
    assert splitting.summary(config, splitting.parts(config), found)["kramers_iterations"] > 0


def test_a_sweep_knows_it():
    known = experiment("splitting")
    assert known.config is Splitting
    estimate = splitting.run(Splitting(k=3.0, dim=1, particles=64, replicas=3, settle=100))
    (row,) = known.rows(Splitting(k=3.0, dim=1), estimate)
    assert set(known.headline) <= set(row)
    json.dumps(row, allow_nan=False)
    known.check(Splitting())
    for bad in ({"particles": 15}, {"replicas": 2}, {"stop": "later"}, {"k": 0.0}):
        with pytest.raises(ValueError, match=f"{next(iter(bad))} must be"):
            known.check(Splitting(**bad))


def test_of_a_time_beyond_all_numbers_the_log_is_told():
    config = Splitting(k=2.0, dim=1)
    run = splitting.run(Splitting(k=2.0, dim=1, particles=64, replicas=3, settle=100))
    object.__setattr__(run, "log_chance", run.log_chance - 2000)
    found = splitting.summary(config, splitting.parts(config), run)
    assert found["mean_iterations"] is None
    assert found["rate"] == 0
    assert found["log_mean_iterations"] > 2000
    assert "its log is in the table" in splitting.sentence(config, found, [])
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"walkers": 200}, "walkers does not work with --splitting; it has particles"),
        ({"cut": 5}, "cut does not work with --splitting"),
        ({"below": -4}, "below works only with --process"),
        ({"particles": 15}, "particles must be a whole number from 16 on"),
        ({"replicas": 2}, "replicas must be a whole number from 3 on"),
        ({"settle": 0}, "settle must be"),
        ({"stop": "later"}, "stop must be"),
        ({"k": 0}, "k must be from 1e-150 to 1e150"),
        ({"eta": -1}, "eta must be positive"),
        ({"scheme": "gjf"}, "scheme works only with --process"),
        ({"max-iterations": 3}, "walkers do not come back to the valley within 3 iterations"),
        ({"eta": 1.0}, "walkers diverged by iteration"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_bad_input_is_one_line_and_exit_code_2(capsys, changes, message):
    code, out, err = call(capsys, *words(**changes))
    assert (code, out) == (2, "")
    assert err.startswith("diffusion: ")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("option", ["--particles 64", "--replicas 4", "--settle 9"])
def test_options_of_splitting_need_it(capsys, option):
    code, _, err = call(capsys, "escape", *option.split())
    assert (code, err.count("\n")) == (2, 1)
    assert "works only with --splitting" in err


def test_an_interrupted_run_prints_and_keeps_its_replicas(capsys, tmp_path, monkeypatch):
    whole = splitting.run(SplittingOptions(True, 64, 4, 300).of(Escape(k=2.0, dim=1)))

    def interrupted(config, built, *, workers, watch):
        raise Interrupted(whole)

    monkeypatch.setattr(splitting, "run", interrupted)
    code, out, _ = call(capsys, *words(), "--json", "--out", tmp_path)
    assert code == 130
    assert json.loads(out)["partial"] is True
    assert read_netcdf(tmp_path / "splitting.nc").partial == "yes"


def test_before_three_replicas_nothing_is_finished(capsys, monkeypatch):
    def stopped(config, built, *, workers, watch):
        watch.stop()
        return split(config, built, workers=workers, watch=watch)

    split = splitting.run
    monkeypatch.setattr(splitting, "run", stopped)
    code, out, err = call(capsys, *words())
    assert (code, out) == (130, "")
    assert "interrupted before anything was finished" in err
