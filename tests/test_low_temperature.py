"""Figure 6 at low temperature: the points, what the fits and the verdict make of them, the picture, the files."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from matplotlib.text import Text
from scipy.special import ndtri

from diffusion import Interrupted, Watch
from figures.low_temperature import draw
from figures.save import save
from sims.commands import figure as command
from sims.figure6 import low_temperature
from sims.figure6.kramers_lines import prediction
from sims.figure6.low_temperature import LowTemperature, log_exact, measure, points
from sims.figure6.low_temperature_fits import as_walkers, fits, kramers_slope
from sims.figure6.low_temperature_sentences import reason, verdict
from sims.figure6.run import Figure6, run, table
from sims.figure6.series import KRAMERS, LOW_TEMPERATURE, MODES, Series
from sims.storage.netcdf import read_netcdf

ERROR = 0.05  # of invented log times


def invented(exponents, error=ERROR, rng=None):
    """Return the dataset of a run whose log(tau k^q) are a + b k^-p, with errors if there is a generator."""
    rows, config = [], LowTemperature()
    for point in points(config):
        q = 0.5 if point.optimizer == "Adam" else 1.0
        log_tau = 3 + 22.8 * point.k ** -exponents[point.optimizer] - q * np.log(point.k)
        seen = log_tau + (rng.normal(0, error) if rng else 0)
        half = error * ndtri(0.975)
        exact = log_tau if point.optimizer in ("SGD", "Momentum") else np.nan
        rows.append((point.optimizer, point.k, point.seed, seen, error, seen - half, seen + half, exact))
    names = ("optimizer", "k", "seed", "log_tau", "stderr", "log_tau_low", "log_tau_high", "log_exact")
    dataset = xr.Dataset(
        {name: ("point", list(column)) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    )
    zeros = np.zeros(len(rows))
    dataset = dataset.assign(
        extinct=("point", zeros), steps=("point", zeros + 1e8), log_gain=("point", zeros + 20)
    )
    return dataset.merge(fits(dataset, LOW_TEMPERATURE, kappa=1000, B=10))


CLAIMED = {"SGD": 1.0, "Momentum": 1.0, "Adai": 1.0, "Adam": 0.5}


def test_points_are_those_of_the_figure_each_with_its_own_seed():
    found = points(LowTemperature())
    assert len({point.seed for point in found}) == len(found) == 25
    grid = {name: tuple(point.k for point in found if point.optimizer == name) for name in CLAIMED}
    assert grid["SGD"] == grid["Momentum"] == (0.5, 0.6, 0.75, 1.0, 1.25, 1.5, 2.0)
    assert grid["Adai"] == (0.75, 1.0, 1.5, 2.0)
    assert grid["Adam"] == (0.12, 0.18, 0.25, 0.4, 0.6, 1.0, 1.5)
    assert {point.seed for point in points(LowTemperature(1))}.isdisjoint(point.seed for point in found)


def test_exact_times_are_a_tenth_of_those_of_one_coordinate():
    found = {(point.optimizer, point.k): point for point in points(LowTemperature())}
    config = LowTemperature()
    assert log_exact(config, found["SGD", 1.0]) == pytest.approx(27.745343417160047 - np.log(10), abs=1e-8)
    momentum = log_exact(config, found["Momentum", 1.0])
    assert momentum == pytest.approx(28.1233069 - np.log(10), abs=1e-6)
    assert np.isnan(log_exact(config, found["Adam", 1.0]))


def test_fits_find_the_exponents_and_the_slope():
    found = invented(CLAIMED)
    np.testing.assert_allclose(found.exponent, found.claimed, atol=1e-4)
    np.testing.assert_allclose(found.b, 22.8, rtol=1e-6)
    np.testing.assert_allclose(found.exact_exponent, [1, 1, np.nan, np.nan], atol=1e-4)


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_an_interval_counts_as_the_walkers_that_would_have_it(level):
    """log tau of 100 exponential times has a standard error of 0.1: 1.645 of them at 90 %, 1.96 at 95 %."""
    half = 0.1 * {0.9: 1.6448536269514722, 0.95: 1.959963984540054}[level]
    ends = {"log_tau": 7.0, "log_tau_low": 7 - half, "log_tau_high": 7 + half}
    points = xr.Dataset({name: ("point", [value]) for name, value in ends.items()})
    events, exposure = as_walkers(points, level)
    assert events[0] == pytest.approx(100, rel=1e-12)
    assert exposure[0] == pytest.approx(100 * np.exp(7.0), rel=1e-12)


def test_intervals_of_the_exponents_cover(seed):
    """48 nominal 95 % intervals."""
    rng = np.random.default_rng(seed)
    runs = [invented(CLAIMED, rng=rng) for _ in range(12)]
    inside = [(run.exponent_low <= run.claimed) & (run.claimed <= run.exponent_high) for run in runs]
    assert np.sum(inside) >= 38  # below it once in 1e5, if they are right


def test_slope_is_the_barrier_over_kT():
    """kT = eta C / 2 for the three, with eta M gamma = eta in the unit of SGD; Adam's has the root of C."""
    barrier, C = 39.360, 100 * 34.58
    assert kramers_slope(KRAMERS["SGD"].optimizer, kappa=1000, B=10) == pytest.approx(
        2 * barrier / (1e-3 * C), rel=1e-3
    )
    assert kramers_slope(KRAMERS["Momentum"].optimizer, kappa=1000, B=10) == pytest.approx(
        2 * barrier / (1e-3 * C), rel=1e-3
    )
    assert kramers_slope(KRAMERS["Adam"].optimizer, kappa=1000, B=10) == pytest.approx(
        2 * barrier / (0.1 * C**0.5), rel=1e-3
    )


def test_verdict_says_who_has_the_claimed_exponent():
    lines = verdict(invented(CLAIMED))
    assert "4 of 4 optimizers have the claimed exponent" in lines[0]
    assert lines[4].startswith("Adam, claimed p = 0.5: log(tau k^1/2) = a + b k^-p has p = 0.500 [0.4")
    assert "Exact times of SGD and Momentum: 14 of 14 intervals contain them" in lines[5]
    assert "direct simulation would take 1e9 times as many" in lines[6]


def test_verdict_says_why_an_exponent_is_another():
    """Negative control: Adai's times invented with an exponent of 1.3, and the exact ones of Momentum with 1.1."""
    lines = verdict(invented(CLAIMED | {"Adai": 1.3, "Momentum": 1.1}))
    assert "2 of 4 optimizers have the claimed exponent" in lines[0]
    assert "(By chance at least one of 4 misses in 19% of all runs.)" in lines[0]
    assert "which excludes 1." in lines[2]
    assert "The exact times at these k have p = 1.100" in lines[2]
    assert "which excludes 1." in lines[3]
    assert "that does not explain it." in lines[3]
    assert "misses the points by more than chance" in lines[3]


def between(low, high, claimed, exact, kramers):
    numbers = {"exponent_low": low, "exponent_high": high, "claimed": claimed}
    return xr.Dataset(numbers | {"exact_exponent": exact, "kramers_exponent": kramers})


def test_reason_is_what_theory_has_at_the_same_k():
    bent = "not chance alone: the prefactor is not exactly k^-p"
    assert reason(between(0.503, 0.518, 0.5, np.nan, 0.505)) == (
        f"Kramers' formula at these k has p = 0.505, not 0.5, so this is {bent} where friction is not strong."
    )
    assert reason(between(1.05, 1.2, 1.0, 1.1, 1.01)) == (
        f"The exact times at these k have p = 1.100, not 1, so this is {bent}, and still bends the line."
    )
    assert reason(between(1.2, 1.3, 1.0, 1.0, 1.05)) == (
        "Kramers' formula at these k has p = 1.050 and the exact times have p = 1.000: neither explains it."
    )
    assert reason(between(1.2, 1.3, 1.0, np.nan, 1.05)).endswith("p = 1.050: that does not explain it.")


def test_a_miss_that_theory_explains_is_not_put_down_to_chance():
    dataset = invented(CLAIMED | {"Momentum": 1.1})
    (first, *_) = verdict(dataset)
    assert "3 of 4 optimizers have the claimed exponent" in first
    assert "Theory has the same exponent at these k for Momentum" in first
    assert "chance" not in first


def test_times_that_miss_the_exact_ones_are_said_to():
    dataset = invented(CLAIMED)
    (line,) = [
        line for line in verdict(dataset.assign(log_exact=dataset.log_exact + 0.2)) if "Exact times" in line
    ]
    assert "0 of 14 intervals contain them, the worst miss is -0.20" in line
    assert "That is more than chance" in line


@pytest.fixture(scope="module")
def small():
    """Five sharp points of two optimizers, few particles; and the directly counted ones beside them."""
    with pytest.MonkeyPatch.context() as patch:
        few = {"SGD": (1.0, 1.25, 1.5, 2.0), "Adam": (1.5,)}
        cold = {name: replace(KRAMERS[name], k=k) for name, k in few.items()}
        patch.setitem(MODES, "low temperature", cold)
        cold = low_temperature.run(LowTemperature(particles=64, replicas=4, settle=500, dim=2))
    return cold, run(Figure6(walkers=40, dim=2))


def test_run_returns_every_point_with_theory_beside_it(small, tmp_path):
    cold, _ = small
    assert cold.sizes == {"point": 5, "replica": 4, "predicted": 4, "grid": 41, "series": 1}
    assert cold.partial == "no"
    assert np.all(cold.log_tau_low < cold.log_tau)
    assert np.all(cold.log_tau < cold.log_tau_high)
    miss = (cold.log_tau - cold.log_exact) / cold.stderr
    assert (
        np.nanmax(np.abs(miss)) < 8
    )  # Student's t of 3 degrees, four of them, at 1e-2; they share no numbers
    assert [row["k"] for row in table(cold)] == cold.k.values.tolist()
    assert np.diff(cold.log_tau.values[:4]).max() < -1


def test_picture_shows_every_point_and_is_the_same_to_the_byte(small, tmp_path):
    cold, warm = small
    one, two = (save(draw(cold, warm), tmp_path / name / "low") for name in "ab")
    for a, b in zip(one, two, strict=True):
        assert a.read_bytes() == b.read_bytes()
    figure = draw(cold, warm)
    figure.draw_without_rendering()
    inverse, root, miss, exponents = figure.axes
    counted = np.isfinite(warm.tau.values) & (warm.panel.values == "main")
    shown = {axes: sum(c.lines[0].get_xdata().size for c in axes.containers) for axes in figure.axes}
    adam = int(np.sum(counted & (warm.optimizer.values == "Adam")))
    assert (shown[inverse], shown[root]) == (4 + counted.sum() - adam, 1 + adam)
    assert shown[miss] == 5 + counted.sum()
    assert shown[exponents] == 1
    for axes in figure.axes:
        title = next(t for t in axes.findobj(Text) if t.get_text() == axes.get_title(loc="left") != "")
        assert title.get_window_extent().x1 <= axes.get_window_extent().x1, title.get_text()
    for axes in (inverse, root, miss):
        axes.set_ylim(-0.25, None)  # the widest numbers: the label has room beside them
    figure.draw_without_rendering()
    for axes in (inverse, root, miss):
        assert axes.yaxis.label.get_window_extent().x0 >= 0
    for artist in (*figure.texts, *figure.legends):
        assert artist.get_window_extent().x1 <= figure.bbox.x1
    assert len(draw(cold).axes) == 4  # alone too


def test_points_stand_on_kramers_line_less_what_theory_misses(small):
    """The third panel interpolates Kramers' line: at points of the line itself it must be right to a thousandth."""
    cold, _ = small
    miss = draw(cold).axes[2]
    lines = {name: series for name, series in KRAMERS.items() if name == "SGD"}
    at = prediction({"SGD": Series(lines["SGD"].optimizer, (1.25, 2.0))}, dim=2, kappa=1000, B=10)
    stated = at.predicted_log_tau.values[0, [0, -1]]
    sgd = cold.isel(point=np.flatnonzero(cold.optimizer.values == "SGD"))
    shown = miss.containers[0].lines[0].get_ydata()[[1, 3]]
    np.testing.assert_allclose(shown, sgd.log_tau.values[[1, 3]] - stated, atol=1e-3)


def test_what_is_finished_when_a_run_is_stopped_is_partial(monkeypatch):
    calls = []

    def one_point(config, point, workers, watch):
        calls.append(point)
        if len(calls) > 1:
            raise Interrupted(None)
        return measure(config, replace(point, k=2.0), workers, watch)

    monkeypatch.setattr(low_temperature, "measure", one_point)
    with pytest.raises(Interrupted) as stopped:
        low_temperature.run(LowTemperature(particles=16, replicas=3, settle=200, dim=1))
    assert stopped.value.partial.attrs["partial"] == "yes"
    assert stopped.value.partial.sizes["point"] == 1
    assert "too few points were finished for any exponent." in stopped.value.partial.verdict


@pytest.mark.parametrize(
    "settings", [{"kappa": 500.0}, {"B": 20}, {"dim": 3}, {"particles": 17}, {"settle": 77}]
)
def test_every_setting_reaches_the_walkers(settings, monkeypatch):
    given = {}
    monkeypatch.setattr(
        low_temperature, "split_escape", lambda *parts, **rest: given.update(rest, parts=parts)
    )
    config = LowTemperature(**settings)
    measure(config, points(config)[0], 1, Watch())
    landscape, noise, _ = given["parts"]
    np.testing.assert_allclose(noise.C, config.kappa * landscape.H_a / config.B)
    assert landscape.dim == config.dim
    assert (given["particles"], given["settle"], given["replicas"]) == (config.particles, config.settle, 8)


def test_a_run_that_is_stopped_says_so():
    watch = Watch()
    watch.stop()
    with pytest.raises(Interrupted):
        low_temperature.run(LowTemperature(particles=16, replicas=3), watch=watch)


def test_files_have_the_points_the_verdict_and_the_picture(small, tmp_path, capsys, monkeypatch):
    cold, warm = small
    monkeypatch.setattr(low_temperature, "run", lambda config, workers, watch: cold)
    command.run_low_temperature(LowTemperature(), warm, tmp_path)
    (expected, _) = save(draw(cold, warm), tmp_path / "expected")
    assert (tmp_path / "figure6_low_temperature.png").read_bytes() == expected.read_bytes()
    assert read_netcdf(tmp_path / "figure6_low_temperature.nc").verdict == cold.verdict
    assert (
        (tmp_path / "figure6_low_temperature.csv").read_text().startswith("optimizer,k,seed,log_tau,stderr")
    )
    assert capsys.readouterr().out.splitlines() == cold.verdict.splitlines()
    monkeypatch.setattr(
        low_temperature, "run", lambda config, workers, watch: cold.assign_attrs(partial="yes")
    )
    command.run_low_temperature(LowTemperature(), warm, tmp_path, quiet=True)
    assert (tmp_path / "figure6_low_temperature_partial.nc").exists()
    assert "5 of 25 points finished, no picture drawn" in capsys.readouterr().err


def test_low_temperature_takes_over_the_settings_beside_it():
    cold = command.at_low_temperature(Figure6(seed=3, kappa=900.0, B=9), True, 64)
    assert cold == LowTemperature(3, 64, kappa=900.0, B=9)
    assert command.at_low_temperature(Figure6(), False, None) is None


@pytest.mark.parametrize(
    "beside",
    [{"mode": "literal"}, {"noise": "hessian"}, {"shared_normals": True}],
    ids=lambda one: next(iter(one)),
)
def test_low_temperature_is_refused_beside_another_mode_or_noise(beside):
    with pytest.raises(ValueError, match="--low-temperature works only with --mode kramers, --noise frozen"):
        command.at_low_temperature(Figure6(**beside), True, None)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"particles": 15}, "particles must be a whole number from 16 on"),
        ({"replicas": 2}, "replicas must be"),
        ({"kappa": 0}, "kappa must be positive"),
    ],
)
def test_bad_settings_are_one_clear_line(settings, message):
    with pytest.raises(ValueError, match=message):
        LowTemperature(**settings)


@pytest.mark.slow
def test_all_four_have_their_claimed_exponents():
    """The whole picture's numbers; within 4.5 standard errors, where the other law is far away."""
    dataset = low_temperature.run(LowTemperature())
    assert dataset.log_tau.max() > np.log(1e20)
    error = (dataset.exponent_high - dataset.exponent_low) / 2 / ndtri(0.975)
    assert np.all(np.abs(dataset.exponent - dataset.claimed) < 4.5 * error)
    assert np.all(np.abs(dataset.exponent - (1.5 - dataset.claimed)) > 10 * error)  # negative control
    exact = dataset.sel(series=["SGD", "Momentum"])
    assert np.all(np.abs(exact.exponent - exact.exact_exponent) < 4.5 * error.sel(series=["SGD", "Momentum"]))
