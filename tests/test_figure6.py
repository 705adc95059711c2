"""Figure 6: its points and seeds, what a run returns, and sentences that follow the numbers."""

import json
import re
import threading
import time
from dataclasses import fields, replace

import numpy as np
import pytest
import xarray as xr

from diffusion import Interrupted, SignSGD, Watch
from diffusion.statistics import escape_rate
from sims.commands.reproduce_report import report
from sims.figure6.fits import estimate, fit
from sims.figure6.kramers_lines import prediction
from sims.figure6.run import (
    Figure6,
    Point,
    judged,
    measure,
    point_seed,
    points,
    run,
    samples,
    table,
)
from sims.figure6.sentences import on_data_sets, on_law, outcome, preference
from sims.figure6.series import KRAMERS, series
from sims.storage.netcdf import read_netcdf, write_netcdf

SMALL = Figure6(walkers=60)
CLAIMED = {"SGD": 1.0, "Momentum": 1.0, "Adai": 1.0, "Adam": 0.5}


@pytest.fixture(scope="module")
def small():
    """One small run in kramers mode, for all tests that only look at it."""
    return run(SMALL, workers=2)


def invented(rng, laws, n=2000, panel="main"):
    """Return walkers whose times are exponential and follow tau k^p = exp(4 + 20 k^-p), laws = {name: p}."""
    k = np.array([2.5, 3, 3.5, 4, 5, 6])
    cells = [(name, x, np.exp(4 + 20 * x**-p) / x**p) for name, p in laws.items() for x in k]
    times = np.stack([np.ceil(rng.exponential(tau, n)).astype(np.int64) for _, _, tau in cells])
    return xr.Dataset(
        {
            "iterations": (("point", "walker"), times),
            "escaped": (("point", "walker"), np.ones(times.shape, bool)),
            "optimizer": ("point", [name for name, _, _ in cells]),
            "k": ("point", [x for _, x, _ in cells]),
            "panel": ("point", [panel] * len(cells)),
            "data_seed": ("point", np.zeros(len(cells), int)),
            "seed": ("point", np.arange(len(cells))),
            "cut": ("point", np.zeros(len(cells), int)),
        },
        attrs={"mode": "kramers", "partial": "no", "dim": 10},
    )


def test_seeds_are_the_same_on_every_machine_and_differ_between_points():
    assert point_seed(0, "kramers", "SGD", 2.5, 0) == 6514312285606949014
    assert point_seed(0, "kramers", "SGD", 3, 0) == point_seed(0, "kramers", "SGD", 3.0, 0)
    seeds = [
        p.seed
        for mode in ("kramers", "literal")
        for seed in range(5)
        for p in points(Figure6(mode=mode, seed=seed))
    ]
    # the points of the main panel are those of the spread at the first data set
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_grid_is_the_one_of_the_figure():
    kramers, literal = points(Figure6()), points(Figure6(mode="literal"))
    assert len(kramers) == 3 * 8 + 9
    assert {p.panel for p in kramers} == {"main"}
    assert [p.k for p in literal if p.optimizer == "Adam" and p.panel == "main"] == [
        0.35,
        0.5,
        0.75,
        1,
        1.5,
        2,
        3,
        4,
    ]
    assert [p.k for p in literal if p.panel == "breakdown"] == [3, 3.5, 3, 3.5]
    for name, k in (("Momentum", 1.5), ("Adai", 2.0), ("Adam", 0.75)):
        sets = [p.data_seed for p in literal if (p.optimizer, p.k) == (name, k)]
        assert sorted(sets) == list(range(8))


def test_start_up_is_cut_where_the_scaling_of_the_iterations_puts_it():
    cuts = {(p.optimizer, p.k): p.cut for p in points(Figure6(mode="literal"))}
    assert (cuts["SGD", 2.0], cuts["Momentum", 2.5], cuts["Adai", 1.25]) == (200, 160, 320)
    assert (cuts["Adam", 1.0], cuts["Adam", 4.0]) == (500, 250)
    assert {p.cut for p in points(Figure6())} == {60}


def test_data_set_is_the_one_that_the_seed_means():
    np.testing.assert_array_equal(samples(3), np.random.default_rng(3).normal(0, 2, (50_000, 10)))


def logs(config, *cells):
    """Return the log of the iterations of some points, walker by walker."""
    chosen = [p for p in points(config) if (p.optimizer, p.k) in cells]
    return [np.log(measure(config, p, samples, Watch()).iterations) for p in chosen]


@pytest.mark.parametrize("cells", [(("SGD", 5.0), ("SGD", 4.5)), (("SGD", 5.0), ("Momentum", 5.0))])
def test_points_are_uncorrelated_unless_they_share_normals(cells):
    config = Figure6(walkers=2000)
    one, two = logs(config, *cells)
    assert abs(np.corrcoef(one, two)[0, 1]) < 4.5 / np.sqrt(one.size)
    one, two = logs(replace(config, shared_normals=True), *cells)
    assert np.corrcoef(one, two)[0, 1] > 10 / np.sqrt(one.size)


def test_run_returns_every_walker_and_what_follows(small):
    assert small.sizes["point"] == 33
    assert small.sizes["walker"] == 60
    assert small.escaped.all()
    np.testing.assert_array_equal(small.exposure_uncut, small.iterations.sum("walker"))
    for i in (0, 20, 32):
        one = small.isel(point=i)
        kept = one.iterations.values[one.iterations.values > 60] - 60
        assert (float(one.events), float(one.tau)) == (kept.size, kept.mean())
        printed = (kept.size - 2) / kept.sum()
        half = 1.96 / np.sqrt(kept.size)
        assert float(one.rate_printed) == pytest.approx(printed)
        assert float(one.rate_printed_low) == pytest.approx(printed * (1 - half))
        assert float(one.rate_printed_high) == pytest.approx(printed * (1 + half))
        assert float(one.tau_low) < float(one.tau) < float(one.tau_high)
    assert list(small.series.values) == list(CLAIMED)
    assert small.attrs["partial"] == "no"
    settings = json.loads(small.attrs["settings"])
    assert (settings["walkers"], settings["kappa"], small.attrs["seed"]) == (60, 1000.0, "0")


def test_walkers_leave_when_kramers_theory_says(small):
    """Between strong and weak friction, and at most .2 later where barriers are low."""
    for name in CLAIMED:
        here = small.isel(point=np.flatnonzero(small.optimizer.values == name))
        one = small.sel(predicted=name)
        low, high = (
            np.interp(np.log(here.k), np.log(one.predicted_k), one[line])
            for line in ("predicted_log_tau", "predicted_log_tau_underdamped")
        )
        chance = 4.5 / np.sqrt(here.events.values)
        assert np.all(np.log(here.tau.values) > low - chance)
        assert np.all(np.log(here.tau.values) < high + chance + (0.35 if name == "SGD" else 0.2))


def test_threads_do_not_change_the_numbers(small):
    again = run(SMALL, workers=1)
    for name in small.data_vars:
        np.testing.assert_array_equal(again[name], small[name])


def test_run_survives_its_file(small, tmp_path):
    read = read_netcdf(write_netcdf(small, tmp_path / "figure6.nc"))
    xr.testing.assert_equal(read, small)
    assert read.attrs == small.attrs
    for name in small.variables:  # the file adds names and units where a variable has none
        assert small[name].attrs.items() <= read[name].attrs.items()
    assert table(read) == table(small)


def test_table_has_a_row_for_every_point(small):
    rows = table(small)
    assert len(rows) == 33
    assert {
        "optimizer",
        "k",
        "events",
        "tau",
        "tau_low",
        "rate_printed_low",
        "cv",
        "anderson_darling_p",
    } <= set(rows[0])


def test_literal_mode_has_the_reference_time_of_momentum(seed):
    """Momentum at k = 2.5 on data set 0: 6.25, measured once with 1000 walkers of another program."""
    config = Figure6(mode="literal", walkers=400, seed=seed)
    (log_time,) = logs(replace(config, data_sets=1), ("Momentum", 2.5))
    assert abs(np.log(np.exp(log_time).mean()) - 6.25) < 4.5 * np.sqrt(1 / 400 + 1 / 1000)


def test_stopping_keeps_the_points_that_are_finished():
    config, watch = Figure6(walkers=4000), Watch()

    def stop_soon():
        while watch.finished < 3 * config.walkers:
            time.sleep(0.002)
        watch.stop()

    thread = threading.Thread(target=stop_soon)
    thread.start()
    start = time.process_time()
    with pytest.raises(Interrupted) as stopped:
        run(config, workers=2, watch=watch)
    partial = stopped.value.partial
    thread.join()
    assert partial.attrs["partial"] == "yes"
    assert 1 <= partial.sizes["point"] < 33
    assert partial.escaped.all()
    assert time.process_time() - start < 60


def test_stopping_before_anything_is_finished_is_an_interruption():
    watch = Watch()
    watch.stop()
    with pytest.raises(Interrupted):
        run(SMALL, watch=watch)


def test_verdict_follows_the_numbers(seed):
    rng = np.random.default_rng(seed)
    walkers = invented(rng, CLAIMED)
    right = judged(walkers, CLAIMED).attrs["verdict"]
    assert "holds for 4 of 4" in right
    swap = {"Momentum": "Adam", "Adam": "Momentum"}
    swapped = walkers.assign(optimizer=("point", [swap.get(o, o) for o in walkers.optimizer.values]))
    wrong = judged(swapped, CLAIMED).attrs["verdict"]
    assert "holds for 2, fails for 2 of 4" in wrong
    assert "Momentum, claimed 1/k: fails" in wrong
    similar = {"SGD": "Momentum", "Momentum": "SGD"}
    swapped = walkers.assign(optimizer=("point", [similar.get(o, o) for o in walkers.optimizer.values]))
    assert judged(swapped, CLAIMED).attrs["verdict"] != right


def test_fits_find_the_slope_once_each_law_has_its_own_prefactor(seed):
    dataset = judged(invented(np.random.default_rng(seed), CLAIMED), CLAIMED).sel(points_used="main")
    for name, p in CLAIMED.items():
        claimed, other = ("1/k", "k^-1/2") if p == 1 else ("k^-1/2", "1/k")
        divided = dataset.sel(series=name, law=claimed, prefactor="with")
        assert abs(divided.b - 20) < 4.5 * divided.b_stderr
        assert divided.fit_probability > 1e-5
        assert abs(dataset.b.sel(series=name, law=claimed, prefactor="without") - 20) > 4.5 * divided.b_stderr
        assert dataset.deviance.sel(series=name, law=other, prefactor="with") > divided.deviance + 10
        favour = float(dataset.aic_in_favour_of_inverse.sel(series=name, prefactor="with"))
        both = dataset.deviance.sel(series=name, prefactor="with")
        assert favour == pytest.approx(float(both.sel(law="k^-1/2") - both.sel(law="1/k")))


def test_verdict_says_who_is_faster():
    walkers = invented(np.random.default_rng(1), CLAIMED)
    assert "Adai leaves about as fast as Momentum" in judged(walkers, CLAIMED).attrs["verdict"]
    adai = (walkers.optimizer == "Adai").values
    for own, others, words in ((3, 1, "slower than Momentum"), (1, 2, "faster than Momentum")):
        times = walkers.iterations * np.where(adai, own, others)[:, None]
        text = judged(walkers.assign(iterations=times), CLAIMED).attrs["verdict"]
        ratio = float(text.partition("its time is ")[2].split()[0])
        assert f"Adai leaves {words}" in text
        assert abs(ratio - own / others) < 0.06 * own / others


def test_verdict_says_when_times_are_not_exponential():
    walkers = invented(np.random.default_rng(1), {"SGD": 1.0})
    assert "not exponential" not in judged(walkers, CLAIMED).attrs["verdict"]
    walkers["iterations"] = walkers.iterations + walkers.iterations.mean("walker").astype(int)
    assert "SGD's times are not exponential at 6 of 6 k" in judged(walkers, CLAIMED).attrs["verdict"]


def test_one_misshapen_point_has_one_number_not_a_range():
    walkers = invented(np.random.default_rng(1), {"SGD": 1.0})
    late = np.where(np.arange(6) == 2, walkers.iterations.mean("walker"), 0).astype(int)
    text = judged(walkers.assign(iterations=walkers.iterations + late[:, None]), CLAIMED).attrs["verdict"]
    assert "not exponential at 1 of 6 k (standard deviation / mean 0.5" in text
    assert " to " not in text.partition("standard deviation / mean ")[2].partition(")")[0]


@pytest.mark.parametrize(
    ("name", "alone", "divided", "expected"),
    [
        (
            "SGD",
            (0.8, 1.1),
            (0.9, 1.2),
            "which includes 1, and p = 1.05 [0.90, 1.20] for tau k, which includes 1.",
        ),
        ("SGD", (0.8, 0.9), (0.9, 1.2), "tau alone, which excludes 1, and"),
        ("SGD", (0.8, 0.9), (0.9, 1.2), "So tau alone does not follow 1/k exactly: the prefactor bends it."),
        (
            "Adam",
            (0.3, 0.4),
            (0.4, 0.6),
            "for tau k^1/2, which includes 0.5. So tau alone does not follow k^-1/2",
        ),
        ("SGD", (0.5, 0.6), (0.7, 0.9), "which excludes 1. So neither has the claimed exponent."),
        ("SGD", (0.9, 1.1), (1.1, 1.3), "So only tau alone has the claimed exponent."),
        ("SGD", (0.8, 0.998), (0.9, 1.2), "p = 0.90 [0.80, 1.00] for tau alone, which just excludes 1,"),
        ("SGD", (0.8, 1.002), (0.9, 1.2), "p = 0.90 [0.80, 1.00] for tau alone, which just includes 1,"),
    ],
)
def test_law_is_judged_by_both_readings_of_the_free_exponent(name, alone, divided, expected):
    low, high = np.array([alone, divided]).T
    columns = {"exponent": (low + high) / 2, "exponent_low": low, "exponent_high": high}
    series = xr.Dataset(
        {n: ("prefactor", v) for n, v in columns.items()}
        | {"aic_in_favour_of_inverse": ("prefactor", [20.0, 20.0])}
        | {"fit_probability": (("prefactor", "law"), np.full((2, 2), 0.5)), "claimed": CLAIMED[name]},
        coords={"series": name, "prefactor": ["without", "with"], "law": ["1/k", "k^-1/2"]},
    )
    text = on_law(series)
    assert expected in text
    assert ("the prefactor bends it" in text) == (alone[1] < 1 <= divided[1] or name == "Adam")


def test_scatter_over_data_sets_is_one_sentence_in_units_of_chance():
    cells = [
        (name, k, panel, np.exp(width * sign), 100.0)
        for name, k, width in (("SGD", 1.5, 0.3), ("SGD", 2.0, 0.2), ("Adam", 2.0, 0.5))
        for panel, sign in (("main", 0), ("spread", -1), ("spread", 1))
    ]
    columns = zip(("optimizer", "k", "panel", "tau", "events"), zip(*cells, strict=True), strict=True)
    dataset = xr.Dataset({name: ("point", list(column)) for name, column in columns})
    assert on_data_sets(dataset) == (
        "Over 3 data sets log tau scatters 2.0 to 5.0 times as much as chance does: "
        "SGD 3.0 at k = 1.5, 2.0 at k = 2; Adam 5.0 at k = 2."
    )
    assert on_data_sets(dataset.isel(point=dataset.panel.values == "main")) is None


def test_report_has_every_setting_in_words(small, tmp_path):
    text = report({"kramers": small}, tmp_path).read_text(encoding="utf-8")
    (settings,) = [line for line in text.splitlines() if line.startswith("Settings: ")]
    assert settings.startswith("Settings: mode kramers, walkers 60, seed 0, data seed 0, data sets 8,")
    assert settings.endswith(
        "max iterations 10000000, kappa 1000, B 10, dim 10, k of its own, optimizers of the paper, level 0.95."
    )
    assert "shared normals no, noise frozen, s 0.5, floor 0" in settings
    assert settings.count(",") + 1 == len(fields(Figure6))
    (versions,) = [line for line in text.splitlines() if " NumPy " in line]
    for package in ("optimizer-diffusion", "Python", "SciPy", "Numba", "xarray"):
        assert f" {package} " in versions
    for line in small.verdict.splitlines():
        assert f"- {line}" in text
    heads, *rows = (
        [cell.strip() for cell in line.strip("| ").split("|")]
        for line in text.splitlines()
        if line.startswith("| ")
    )
    points = {(row["optimizer"], f"{row['k']:.4g}"): row for row in table(small) if row["panel"] == "main"}
    assert len(rows) == len(points)
    columns = {"k": "k", "tau": "tau", "low": "tau_low", "high": "tau_high", "printed rate": "rate_printed",
               "printed low": "rate_printed_low", "printed high": "rate_printed_high", "CV": "cv", "n": "events"}  # fmt: skip
    for shown in rows:
        point = points[shown[heads.index("optimizer")], shown[heads.index("k")]]
        for head, name in columns.items():
            assert shown[heads.index(head)] == f"{point[name]:.4g}", head


@pytest.mark.parametrize(
    ("name", "favour", "expected"),
    [
        ("SGD", (12.0, 5.0), "holds"),
        ("SGD", (12.0, 3.0), "undecided"),
        ("SGD", (12.0, -12.0), "undecided"),
        ("SGD", (-5.0, -12.0), "fails"),
        ("Adam", (-12.0, -5.0), "holds"),
        ("Adam", (-12.0, 0.0), "undecided"),
        ("Adam", (5.0, 12.0), "fails"),
    ],
)
def test_outcome_needs_both_readings_of_the_law(name, favour, expected):
    series = xr.Dataset(
        {"aic_in_favour_of_inverse": ("prefactor", list(favour)), "claimed": CLAIMED[name]},
        coords={"series": name},
    )
    assert outcome(series) == expected


def test_too_few_points_give_no_law(seed):
    walkers = invented(np.random.default_rng(seed), {"SGD": 1.0}).isel(point=slice(3))
    assert judged(walkers, CLAIMED).attrs["verdict"] == "SGD: 3 of 3 k can be used, and a fit needs 4."


def test_walkers_that_leave_during_the_start_up_are_named(seed):
    walkers = invented(np.random.default_rng(seed), {"SGD": 1.0, "Adam": 0.5})
    adam = walkers.optimizer == "Adam"
    late = walkers.assign(cut=walkers.cut.where(~adam | (walkers.k < 4), 10**9))
    told = judged(late, CLAIMED).attrs["verdict"].splitlines()
    gone = ", ".join(f"{k:g}" for k in walkers.k.values[adam.values & (walkers.k.values >= 4)])
    assert sum("during the start-up" in line for line in told) == 1
    assert any(line.startswith("Adam: ") and f"At k = {gone} most walkers" in line for line in told)
    assert "for 1 of 1 optimizers" in told[0]


def test_prediction_is_kramers_time_over_twice_the_coordinates():
    facts = prediction(KRAMERS, dim=10, kappa=1000, B=10).sel(predicted="SGD")
    k = facts.predicted_k.values
    H_a, H_b, barrier = 34.58305910255069 * k, 15.85261187888833 * k, 39.36177806282677
    D = 1e-3 * 1000 * H_a / 10 / 2
    tau = 2 * np.pi / np.sqrt(H_a * H_b) * np.exp(barrier / D) / 1e-3 / 20
    np.testing.assert_allclose(facts.predicted_log_tau, np.log(tau), rtol=1e-12)
    np.testing.assert_array_equal(facts.predicted_log_tau_underdamped, facts.predicted_log_tau)


def test_prediction_of_momentum_is_that_of_its_twin():
    """In one dimension Adai is averaged momentum, whose iterates SGD-style momentum repeats at eta / 10."""
    facts = prediction(KRAMERS, dim=10, kappa=1000, B=10)
    for name in ("predicted_log_tau", "predicted_log_tau_underdamped"):
        np.testing.assert_allclose(
            facts[name].sel(predicted="Adai"), facts[name].sel(predicted="Momentum"), rtol=1e-12
        )


def test_prediction_of_adam_has_the_slope_of_its_law():
    facts = prediction(KRAMERS, dim=10, kappa=1000, B=10).sel(predicted="Adam")
    k = facts.predicted_k.values
    eta_hat = 0.1 / np.sqrt(3458.305910255069 * k)
    z = 4 * 15.85261187888833 * k * eta_hat / 0.1
    prefactor = np.pi * (1 + np.sqrt(1 + z)) / np.sqrt(34.58305910255069 * 15.85261187888833) / k
    # 13.388 = 2 sqrt(B / kappa H_a) barrier / eta
    np.testing.assert_allclose(
        facts.predicted_log_tau, np.log(prefactor / eta_hat / 20) + 13.38655 / np.sqrt(k), rtol=1e-5
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mode": "Kramers"}, "mode must be one of kramers, literal, got 'Kramers'"),
        ({"walkers": 7}, "walkers must be a whole number from 8 on, got 7"),
        ({"walkers": float("nan")}, "walkers must be a whole number from 8 on, got nan"),
        ({"kappa": 0}, "kappa must be positive and finite, got 0"),
        ({"kappa": float("inf")}, "kappa must be positive and finite, got inf"),
        ({"B": 0}, "B must be a whole number from 1 on, got 0"),
        ({"data_seed": -1}, "data_seed must be a whole number from 0 on, got -1"),
        ({"max_iterations": 0}, "max_iterations must be a whole number from 1 on, got 0"),
    ],
)
def test_bad_settings_are_one_clear_line(settings, message):
    with pytest.raises(ValueError, match=message):
        Figure6(**settings)


REFERENCE = [
    ("Momentum", 1.0, 11.57),
    ("Momentum", 2.0, 7.18),
    ("Momentum", 2.5, 6.25),
    ("Adai", 1.0, 11.36),
    ("Adai", 2.0, 7.06),
    ("Adai", 2.5, 6.07),
    ("SGD", 1.0, 10.74),
    ("SGD", 2.0, 6.61),
    ("SGD", 2.5, 5.85),
    ("Adam", 0.25, 11.25),
    ("Adam", 1.0, 7.81),
    ("Adam", 2.0, 6.92),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "k", "log_time"), REFERENCE)
def test_literal_reference_points(name, k, log_time, seed):
    """Another program's log of the mean time, data set 0, nothing cut, 1000 walkers each."""
    config = Figure6(mode="literal", seed=seed)
    point = Point(name, k, "main", 0, point_seed(seed, "literal", name, k, 0), 0)
    times = measure(config, point, samples, Watch())
    assert times.escaped.all()
    assert abs(np.log(times.iterations.mean()) - log_time) < 4.5 * np.sqrt(2 / 1000)


@pytest.mark.slow
def test_kramers_mode_prefers_the_claimed_law_for_all_four():
    assert "holds for 4 of 4 optimizers" in run(Figure6()).attrs["verdict"]


def test_a_preference_is_told_from_its_limits_on():
    told = {favour: preference(favour) for favour in (3.99, 4.01, 9.99, 10.01, -4.01)}
    assert told == {
        3.99: "AIC does not tell 1/k from k^-1/2 (by 4.0)",
        4.01: "AIC moderately prefers 1/k to k^-1/2 (by 4.0)",
        9.99: "AIC moderately prefers 1/k to k^-1/2 (by 10.0)",
        10.01: "AIC decisively prefers 1/k to k^-1/2 (by 10.0)",
        -4.01: "AIC moderately prefers k^-1/2 to 1/k (by 4.0)",
    }
    assert preference(4.0) == told[4.01]  # the limit itself counts as told apart, as in `outcome`
    assert preference(10.0) == told[10.01]
    assert outcome(invented_fit("SGD", 1.0, (1, 1, 1), (1, 1, 1), favour=(4.0, 4.0))) == "holds"


def invented_fit(name, claimed, plain, divided, favour=(12.0, 5.0), probability=0.5):
    columns = {"exponent_low": 0, "exponent": 1, "exponent_high": 2}
    return xr.Dataset(
        {n: ("prefactor", [plain[i], divided[i]]) for n, i in columns.items()}
        | {"aic_in_favour_of_inverse": ("prefactor", list(favour)), "claimed": claimed}
        | {"fit_probability": (("prefactor", "law"), [[0.1, 0.2], [probability, 0.3]])},
        coords={"series": name, "prefactor": ["without", "with"], "law": ["1/k", "k^-1/2"]},
    )


def test_the_whole_sentence_on_a_law():
    assert on_law(invented_fit("SGD", 1.0, (0.77, 0.87, 0.97), (0.9, 1.02, 1.13), probability=2e-4)) == (
        "SGD, claimed 1/k: holds. For tau alone AIC decisively prefers 1/k to k^-1/2 (by 12.0), with the prefactor AIC "
        "moderately prefers 1/k to k^-1/2 (by 5.0). The free exponent is p = 0.87 [0.77, 0.97] for tau alone, which "
        "excludes 1, and p = 1.02 [0.90, 1.13] for tau k, which includes 1. So tau alone does not follow 1/k exactly: the "
        "prefactor bends it. Even so a straight line misses the points by more than chance (p = 2e-04)."
    )
    assert on_law(invented_fit("Lion, eta = 1e-3", 0.5, (0.4, 0.5, 0.6), (0.45, 0.55, 0.65), (-12, -5))) == (
        "Lion, eta = 1e-3, by the degree law k^-1/2: holds. For tau alone AIC decisively prefers k^-1/2 to 1/k (by 12.0), "
        "with the prefactor AIC moderately prefers k^-1/2 to 1/k (by 5.0). The free exponent is p = 0.50 [0.40, 0.60] for "
        "tau alone, which includes 0.5, and p = 0.55 [0.45, 0.65] for tau k^1/2, which includes 0.5."
    )
    assert on_law(invented_fit("Padam", 0.75, (0.6, 0.7, 0.72), (0.7, 0.8, 0.9))) == (
        "Padam, by the degree law k^-0.75. The free exponent is p = 0.70 [0.60, 0.72] for tau alone, which excludes 0.75, "
        "and p = 0.80 [0.70, 0.90] for tau k^0.75, which includes 0.75."
    )
    unknown = on_law(invented_fit("SGD", 1.0, (-np.inf, np.nan, np.inf), (0.9, 1.02, 1.13)))
    assert "p = undetermined for tau alone, which excludes nothing, and p = 1.02" in unknown
    assert on_law(invented_fit("Mine", np.nan, (0.6, 0.7, 0.8), (0.7, 0.8, 0.9))) == (
        "Mine: no law is claimed for it. The free exponent is p = 0.70 [0.60, 0.80] for tau alone, and p = 0.80 "
        "[0.70, 0.90] for tau k."
    )


def test_times_without_any_law_leave_the_rest_of_the_fit():
    k, events = np.array([1.0, 2.0, 3.0, 4.0]), np.full(4, 50.0)
    found = fit(k, events, events * np.array([100.0, 5.0, 90.0, 4000.0]), 1.0)
    assert np.isnan(found.exponent).all()
    assert (found.exponent_low.values == -np.inf).all()
    assert np.isfinite(found.b).all()


def test_eight_walkers_judge_a_point_and_seven_do_not():
    iterations, escaped = np.arange(1, 11) * 100, np.ones(10, bool)
    assert np.isfinite(estimate(iterations, escaped, 200)["tau"])
    assert np.isnan(estimate(iterations, escaped, 300)["tau"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"data_seed": 3}, "data_seed works only with mode literal; kramers mode has no data."),
        ({"data_sets": 3}, "data_sets works only with mode literal"),
        ({"mode": "literal", "kappa": 900.0}, "kappa works only with mode kramers"),
        (
            {"noise": "data", "kappa": 900.0},
            "kappa works only with mode kramers and a noise other than data.",
        ),
        ({"mode": "literal", "noise": "hessian"}, "noise works only with mode kramers"),
        ({"s": 0.4}, "s works only with noise two-temperature."),
        ({"floor": 1.0}, "floor works only with noise hessian."),
        ({"level": 1.0}, "level must be in (0, 1), got 1.0"),
        ({"k": (2.0, -1.0)}, "k must be positive and finite, got -1.0"),
        ({"k": (2.0, 2.0)}, "k must be different values"),
        ({"optimizers": ("adm",)}, "adm is not an optimizer"),
        ({"optimizers": ("adam:lr=3",)}, "lr"),
        (
            {"optimizers": ("adam:eta",)},
            "optimizers must be NAME or NAME:FIELD=VALUE,FIELD=VALUE, got 'adam:eta'",
        ),
        ({"optimizers": ("padam",)}, "padam needs eta: write padam:eta=VALUE"),
        ({"optimizers": ("adam", "adam")}, "optimizers must be different"),
    ],
)
def test_an_option_that_cannot_act_or_be_is_refused(settings, message):
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        Figure6(**settings)
    assert "\n" not in str(error.value)


def test_lines_are_those_that_were_asked_for():
    found = series("kramers", ("sgd", "adam:eta=0.05", "beta2=0.9", SignSGD(1e-3)), (5.0, 3.0))
    assert list(found) == ["SGD", "Adam, eta = 0.05, beta2 = 0.9", "SignSGD, eta = 0.001"]
    assert [one.claimed for one in found.values()] == [1.0, 0.5, 0.5]
    assert {one.k for one in found.values()} == {(3.0, 5.0)}
    adam = found["Adam, eta = 0.05, beta2 = 0.9"].optimizer
    assert (adam.eta, adam.beta1, adam.beta2) == (0.05, 0.9, 0.9)
    assert series("literal", ("adam",))["Adam"].optimizer.eta == 3e-2
    assert series("literal", ("momentum",))["Momentum"].breakdown == (3.0, 3.5)
    assert series("literal", ("momentum",), (1.0, 2.0))["Momentum"].breakdown == ()


def test_a_small_figure_of_other_optimizers_has_their_points_fits_and_level():
    config = Figure6(walkers=24, dim=1, k=(6.0, 7.0, 8.0, 9.0), optimizers=("sgd", "adam:eta=0.2"), level=0.8)
    dataset = run(config)
    assert dataset.series.values.tolist() == ["SGD", "Adam, eta = 0.2"]
    assert dataset.sizes["point"] == 8
    assert dataset.predicted.values.tolist() == ["SGD", "Adam, eta = 0.2"]
    wide = run(replace(config, level=0.99))
    assert np.all(dataset.tau_high < wide.tau_high)
    rate = escape_rate(dataset.iterations.values[0], dataset.escaped.values[0], cut=60, level=0.8)
    assert float(dataset.tau_high[0]) == rate.mean_time_high
    assert json.loads(dataset.settings)["optimizers"] == ["sgd", "adam:eta=0.2"]
