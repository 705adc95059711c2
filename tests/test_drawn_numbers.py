"""Every figure carries the numbers it was given: bars end where intervals do, labels belong to their lines.

Invented intervals are asymmetric and differ from point to point, so that ends swapped, a wrong column or a wrong label
cannot pass.
"""

import json

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_rgb

from diffusion.statistics import survival as survival_curve
from figures import figure6, low_temperature, statement, survival, sweep, theory_curve
from figures.look import COLOURS, looks
from tests.drawn import bars, check_bars, legend, lying_bars

OPTIMIZERS = ("SGD", "Momentum", "Adai", "Adam", "Adam, eta = 0.05", "Lion")
K = np.array([2.0, 3.0, 4.0, 5.0])


def walkers(mode="kramers"):
    """Return the dataset of an invented run of Figure 6 with six optimizers."""
    rng = np.random.default_rng(5)
    rows = []
    for number, name in enumerate(OPTIMIZERS):
        for k in K:
            rows.append((name, k, "main", 0, 20 * np.exp(9 / k + 0.3 * number)))
        if mode == "literal" and number < 3:
            rows.append((name, 6.0, "breakdown", 0, 20 * np.exp(9 / 6 + 0.3 * number)))
            rows += [(name, 3.0, "spread", seed, 20 * np.exp(3 + 0.1 * seed)) for seed in (1, 2)]
    n, count = len(rows), 40
    optimizer, k, panel, data_seed, tau = (np.array(column) for column in zip(*rows, strict=True))
    iterations = np.ceil(rng.exponential(tau[:, None], (n, count))).astype(int) + 5
    ends = rng.uniform(0.1, 0.6, (2, n))
    fits = {
        name: (("points_used", "series", "prefactor", "law"), rng.uniform(1, 5, (1, 6, 2, 2)))
        for name in "ab"
    }
    exponents = {
        name: (("points_used", "series", "prefactor"), 0.4 + 0.3 * i + 0.1 * rng.uniform(0, 1, (1, 6, 2)))
        for i, name in enumerate(("exponent_low", "exponent", "exponent_high"))
    }
    settings = {"data_seed": 0, "kappa": 1000.0, "B": 10, "dim": 10}
    return xr.Dataset(
        {
            **{name: ("point", column) for name, column in zip(("optimizer", "k", "panel", "data_seed"), (optimizer, k, panel, data_seed), strict=True)},
            "iterations": (("point", "walker"), iterations), "escaped": (("point", "walker"), np.ones((n, count), bool)),
            "cut": ("point", np.full(n, 5)), "tau": ("point", tau),
            "tau_low": ("point", tau * np.exp(-ends[0])), "tau_high": ("point", tau * np.exp(ends[1])),
            "events": ("point", rng.integers(30, 40, n).astype(float)), "cv": ("point", rng.uniform(0.7, 1.3, n)),
            "anderson_darling_p": ("point", np.where(np.arange(n) % 3 == 0, 1e-4, 0.5)),
            "events_uncut": ("point", np.full(n, 40.0)), "exposure_uncut": ("point", 45.0 * tau),
            "claimed": (("points_used", "series"), [[1, 1, 1, 0.5, 0.5, np.nan]]),
            "predicted_k": (("predicted", "grid"), [[5.0, 4.0, 2.0]] * 2),
            "predicted_log_tau": (("predicted", "grid"), [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]]),
            "predicted_log_tau_underdamped": (("predicted", "grid"), [[1.0, 2.0, 3.0], [2.5, 4.5, 6.5]]),
            **fits, **exponents,
        },
        coords={"series": list(OPTIMIZERS), "points_used": ["main"], "prefactor": ["without", "with"],
                "law": ["1/k", "k^-1/2"], "predicted": ["SGD", "Momentum"]},
        attrs={"mode": mode, "noise": "frozen", "seed": "0", "dim": 10, "level": 0.9, "partial": "no",
               "interpretation": "Ito", "stop": "top", "settings": json.dumps(settings)},
    )  # fmt: skip


def of(dataset, name, panels=("main",)):
    here = np.isin(dataset.panel.values, panels) & (dataset.optimizer.values == name)
    found = dataset.isel(point=np.flatnonzero(here))
    return found.isel(point=np.argsort(found.k.values, kind="stable"))


def logs(points):
    return (np.log(points[name].values) for name in ("tau", "tau_low", "tau_high"))


@pytest.mark.parametrize("panels", ["all", 2])
@pytest.mark.parametrize("mode", ["kramers", "literal"])
def test_laws_of_figure_6_have_every_interval_and_the_line_of_their_own_fit(mode, panels):
    dataset = walkers(mode)
    figure = figure6.draw(dataset, panels)
    for axes, (law, p) in zip(figure.axes, (("1/k", 1.0), ("k^-1/2", 0.5)), strict=False):
        for name in OPTIMIZERS:
            points = of(dataset, name)
            y, low, high = logs(points)
            check_bars(axes, name, points.k.values**-p, y, low, high)
            one = dataset.sel(series=name, points_used="main", prefactor="without", law=law)
            x = points.k.values**-p
            ends = np.array([x.min(), x.max()])
            (line,) = [
                line
                for line in axes.lines
                if line.get_linestyle() == "--"
                and to_rgb(line.get_color()) == to_rgb(looks(OPTIMIZERS)[name]["color"])
            ]
            np.testing.assert_allclose(line.get_ydata(), float(one.a) + float(one.b) * ends)
        stated = axes.collections[0].get_paths()[0].vertices
        assert stated[:, 1].min() == 1.0
        assert [to_rgb(c.get_facecolor()[0][:3]) for c in axes.collections[:1]] == [to_rgb(COLOURS["SGD"])]


def test_residuals_of_figure_6_are_from_their_own_law():
    dataset = walkers()
    laws = [axes for axes in figure6.draw(dataset).axes if "Distance" in axes.get_title(loc="left")]
    for axes, (law, p) in zip(laws, (("1/k", 1.0), ("k^-1/2", 0.5)), strict=True):
        for i, name in enumerate(OPTIMIZERS):
            points = of(dataset, name)
            one = dataset.sel(series=name, points_used="main", prefactor="without", law=law)
            line = float(one.a) + float(one.b) * points.k.values**-p
            y, low, high = (end - line for end in logs(points))
            check_bars(axes, name, points.k.values * 1.012 ** (i - 1.5), y, low, high)


def titled(figure, words):
    (axes,) = [axes for axes in figure.axes if words in axes.get_title(loc="left")]
    return axes


def test_exponents_of_figure_6_are_shown_with_their_intervals():
    dataset = walkers()
    figure = figure6.draw(dataset)
    shown = lying_bars(titled(figure, "Exponents with 90 %"))
    names = [str(container.get_label()) for container in titled(figure, "Exponents").containers]
    assert names == [f"{name}, {prefactor}" for name in OPTIMIZERS for prefactor in ("without", "with")]
    for label, (x, _, low, high) in zip(names, shown, strict=True):
        name, _, prefactor = label.rpartition(", ")
        one = dataset.sel(series=name, points_used="main", prefactor=prefactor)
        expected = [float(one[v]) for v in ("exponent", "exponent_low", "exponent_high")]
        np.testing.assert_allclose([x[0], low[0], high[0]], expected)
    texts = legend(figure)
    for name in OPTIMIZERS:
        p = dataset.sel(series=name, points_used="main", prefactor="without")
        numbers = f"{float(p.exponent):.2f} [{float(p.exponent_low):.2f}, {float(p.exponent_high):.2f}]"
        (text,) = [text for text in texts if text.startswith(f"{name}: ")]
        assert numbers in text
        assert texts[text] == to_rgb(looks(OPTIMIZERS)[name]["color"])


def test_spread_of_the_times_is_the_coefficient_of_variation_and_hollow_where_rejected():
    dataset = walkers()
    axes = titled(figure6.draw(dataset), "Spread of the times")
    for i, name in enumerate(OPTIMIZERS):
        points = of(dataset, name)
        half = 1.96 / np.sqrt(points.events.values)
        cv, x = points.cv.values, points.k.values * 1.012 ** (i - 1.5)
        check_bars(axes, name, x, cv, cv - half, cv + half)
    white = np.concatenate([line.get_xydata() for line in axes.lines if line.get_color() == "w"])
    main = dataset.isel(point=dataset.panel.values == "main")
    assert (
        np.sort(white[:, 1]).tolist()
        == np.sort(main.cv.values[main.anderson_darling_p.values < 1e-3]).tolist()
    )


def test_survival_of_figure_6_leaves_the_start_up_out():
    dataset = walkers()
    dataset.iterations.values[:, :9] = 3  # these left before the cut at 5
    axes = titled(figure6.draw(dataset), "flattest")
    for name in OPTIMIZERS:
        point = of(dataset, name).isel(point=0)
        (line,) = [line for line in axes.lines if line.get_label() == f"{name}, $k$ = 2"]
        times = np.sort(point.iterations.values[9:] - 5) / float(point.tau)
        np.testing.assert_allclose(line.get_xdata(), np.unique(times)[: line.get_xdata().size])
        assert line.get_ydata()[0] == pytest.approx(1 - np.mean(times == times[0]))


def test_data_sets_scatter_around_their_mean_and_the_breakdown_is_counted_as_printed():
    dataset = walkers("literal")
    figure = figure6.draw(dataset)
    every = of(dataset, "Momentum", ("main", "spread"))
    here = every.isel(point=np.flatnonzero(every.k.values == 3.0))
    y, low, high = logs(here)
    shown = bars(titled(figure, "data sets"))["Momentum"]
    for got, expected in zip(shown[1:], (y, low, high), strict=True):
        np.testing.assert_allclose(got, expected - y.mean())
    axes = titled(figure, "Grey")
    points = of(dataset, "Adai", ("main", "breakdown"))
    y, low, high = logs(points)
    check_bars(axes, "Adai, start-up cut", 1 / points.k.values, y, low, high)
    (counted,) = [line for line in axes.lines if line.get_label() == "Adai, as printed"]
    np.testing.assert_allclose(counted.get_ydata(), np.log(45 * points.tau.values / 40))


@pytest.fixture
def cold():
    """Return an invented run at low temperature of two optimizers, the predictions of both, and exact times of one."""
    rng = np.random.default_rng(2)
    k = np.array([0.5, 1.0, 2.0])
    rows = [(name, x) for name in ("SGD", "Adam") for x in k]
    log = np.array([20 / x**p for p in (1.0, 0.5) for x in k])
    ends = rng.uniform(0.1, 0.5, (2, 6))
    one = {
        name: ("series", rng.uniform(*between, 2))
        for name, between in (
            ("exponent", (0.9, 1)),
            ("exponent_low", (0.7, 0.8)),
            ("exponent_high", (1.2, 1.4)),
            ("kramers_exponent", (0.5, 0.6)),
            ("exact_exponent", (1.5, 1.6)),
        )
    }
    line = np.array([[0.5, 1.0, 2.0, 4.0]] * 2)
    return xr.Dataset(
        {
            "optimizer": ("point", [name for name, _ in rows]), "k": ("point", [x for _, x in rows]),
            "log_tau": ("point", log), "log_tau_low": ("point", log - ends[0]), "log_tau_high": ("point", log + ends[1]),
            "log_exact": ("point", np.where(np.arange(6) < 3, log + 0.2, np.nan)),
            "log_chance": (("point", "replica"), np.zeros((6, 3))),
            "predicted_k": (("predicted", "grid"), line),
            "predicted_log_tau": (("predicted", "grid"), [19 / line[0], 18 / line[1] ** 0.5]),
            "predicted_log_tau_underdamped": (("predicted", "grid"), [19 / line[0], 18.5 / line[1] ** 0.5]),
            "claimed": ("series", [1.0, 0.5]), **one,
        },
        coords={"series": ["SGD", "Adam"], "predicted": ["SGD", "Adam"]},
        attrs={"seed": "0", "dim": 10, "level": 0.95, "partial": "no", "interpretation": "Ito", "stop": "top"},
    )  # fmt: skip


def test_low_temperature_shows_intervals_distances_and_exponents(cold):
    warm = walkers()
    figure = low_temperature.draw(cold, warm)
    inverse, root, miss, exponents = figure.axes[:4]
    for axes, name, p in ((inverse, "SGD", 1.0), (root, "Adam", 0.5)):
        points = cold.isel(point=np.flatnonzero(cold.optimizer.values == name))
        numbers = [points[v].values for v in ("log_tau", "log_tau_low", "log_tau_high")]
        check_bars(axes, f"{name}, splitting", points.k.values**-p, *numbers)
        counted = of(warm, name)
        check_bars(axes, f"{name}, counted", counted.k.values**-p, *logs(counted))
        stated = (19 if p == 1 else 18) * points.k.values**-p
        x, *shown = bars(miss)[f"{name}, splitting"]
        np.testing.assert_allclose(shown, [number - stated for number in numbers], atol=1e-9)
        shift = {"SGD": -1.5, "Adam": -0.5}[name]
        np.testing.assert_allclose(x, points.k.values * 1.012**shift)
    dotted = next(line for line in miss.lines if line.get_linestyle() == ":")
    np.testing.assert_allclose(dotted.get_ydata(), 20 / K_COLD + 0.2 - 19 / K_COLD)
    for name, (x, _, low, high) in zip(("SGD", "Adam"), lying_bars(exponents), strict=True):
        one = cold.sel(series=name)
        expected = [float(one[v] / one.claimed) for v in ("exponent", "exponent_low", "exponent_high")]
        np.testing.assert_allclose([x[0], low[0], high[0]], expected)
    for marker, column in (("|", "kramers_exponent"), ("x", "exact_exponent")):
        shown = [float(line.get_xdata()[0]) for line in exponents.lines if line.get_marker() == marker]
        np.testing.assert_allclose(shown, (cold[column] / cold.claimed).values)


K_COLD = np.array([0.5, 1.0, 2.0])


def swept(**columns):
    """Return the dataset of an invented sweep over the columns k and optimizer."""
    return xr.Dataset(
        {name: ("row", np.array(column)) for name, column in columns.items()},
        attrs={"experiment": "escape", "axes": json.dumps(["optimizer", "k"]), "headline": "[]"},
    )


def test_a_sweep_has_the_bars_of_its_own_columns():
    rng = np.random.default_rng(3)
    y = rng.uniform(2, 3, 4)
    low, high = y - rng.uniform(0.1, 0.4, 4), y + rng.uniform(0.5, 1, 4)
    names = ["adam", "adam", "sgd", "sgd"]
    dataset = swept(optimizer=names, k=[3.0, 2.0, 2.0, 3.0], y=y, y_low=low, y_high=high, msd=y, stderr=low)
    figure = sweep.draw(dataset, "k", "y")
    (axes,) = figure.axes
    check_bars(axes, "optimizer = adam", [2, 3], y[[1, 0]], low[[1, 0]], high[[1, 0]])
    check_bars(axes, "optimizer = sgd", [2, 3], y[2:], low[2:], high[2:])
    assert legend(figure)["optimizer = adam"] == to_rgb(COLOURS["Adam"])
    half = 1.96 * low[2:]
    check_bars(
        sweep.draw(dataset, "k", "msd").axes[0], "optimizer = sgd", [2, 3], y[2:], y[2:] - half, y[2:] + half
    )


def test_survival_has_its_band_and_the_stated_means():
    iterations = np.random.default_rng(4).exponential(50, 60).astype(int) + 1
    curve = survival_curve(iterations, np.arange(60) % 7 > 0)
    axes = survival.draw({"Adam": curve}, {"Kramers": 40.0, "exact": 60.0}).axes[0]
    band = axes.collections[0].get_paths()[0].vertices
    for value in (*curve.low[curve.low > 0.01], *curve.high):
        assert np.isclose(band[:, 1], value).any()
    by_label = {line.get_label(): line for line in axes.lines}
    for label, mean in (("Kramers", 40.0), ("exact", 60.0)):
        t, fraction = by_label[label].get_data()
        np.testing.assert_allclose(fraction, np.exp(-t / mean))
    np.testing.assert_allclose(by_label["Adam"].get_ydata()[:-1], curve.probability[:-1])


def test_a_theory_curve_is_labelled_as_what_it_is():
    T = np.array([1.0, 10.0, 100.0, 1000.0])
    H = np.array([1.0, 2.0])
    forms = {"printed": np.add.outer(T, H), "corrected": np.multiply.outer(T, H)}
    dataset = xr.Dataset(
        {name: (("T", "H"), values) for name, values in forms.items()},
        coords={"T": T, "H": H},
        attrs={"quantity": "theta^2", "statement": "Theorem 1"},
    )
    axes = theory_curve.draw(dataset).axes[0]
    for line in axes.lines:
        form, _, h = line.get_label().partition(", H = ")
        np.testing.assert_array_equal(line.get_ydata(), forms[form][:, list(H).index(float(h))])
    assert set(legend(axes)) == {f"{form}, H = {h}" for form in forms for h in (1, 2)}


def test_many_theory_curves_have_a_legend_of_forms_and_say_what_the_lines_are():
    T, H = np.array([1.0, 10.0, 100.0] * 4), np.arange(1.0, 8.0)
    dataset = xr.Dataset(
        {name: (("T", "H"), np.add.outer(T, H) + i) for i, name in enumerate(("printed", "exact"))},
        coords={"T": np.arange(12.0), "H": H},
        attrs={"quantity": "theta^2", "statement": "Theorem 1"},
    )
    axes = theory_curve.draw(dataset).axes[0]
    assert len(axes.lines) == 14
    shown = axes.get_legend()
    assert shown.get_title().get_text() == "a line for each of 7 values of $H$"
    styles = {line.get_label(): line.get_linestyle() for line in shown.get_lines()}
    assert list(styles) == ["printed", "exact"]
    for line in axes.lines:
        assert line.get_linestyle() == styles[line.get_label().partition(",")[0]]


FORMS = ("printed", "leading", "corrected", "kramers", "exact")


@pytest.mark.parametrize("ratio_to", ["printed", "corrected"])
def test_a_statement_has_its_bars_its_lines_and_the_ratio_to_its_own_form(ratio_to):
    rng = np.random.default_rng(6)
    names = ["SGD, Ito", "Adam"]
    series, x = np.repeat(names, 3), np.tile([3.0, 1.0, 2.0], 2)
    numbers = {name: rng.uniform(1 + i, 2 + i, 6) for i, name in enumerate(("measured", *FORMS))}
    stderr = rng.uniform(0.1, 0.3, 6)
    panel = {
        "title": "t",
        "xlabel": "x",
        "ylabel": "y",
        "xscale": "linear",
        "yscale": "linear",
        "ratio_to": ratio_to,
        "lines": ["reading"],
    }
    optimizers = [name.partition(", ")[0] for name in series]
    readings = [name.partition(", ")[2] for name in series]
    dataset = xr.Dataset(
        {name: ("point", column) for name, column in (numbers | {"stderr": stderr, "x": x}).items()}
        | {
            "panel": ("point", ["one"] * 6),
            "optimizer": ("point", optimizers),
            "reading": ("point", readings),
        },
        attrs={"panels": json.dumps({"one": panel})},
    )
    figure = statement.draw(dataset)
    above, below = figure.axes
    for name in names:
        here = np.flatnonzero(series == name)
        ordered = here[np.argsort(x[here])]
        y, half = numbers["measured"], 1.96 * stderr
        check_bars(above, name, x[ordered], y[ordered], (y - half)[ordered], (y + half)[ordered])
        form = numbers[ratio_to]
        check_bars(
            below, name, x[here], (y / form)[here], ((y - half) / form)[here], ((y + half) / form)[here]
        )
        colour = to_rgb(above.containers[names.index(name)].lines[0].get_color())
        assert legend(figure)[name] == colour
        drawn = [line.get_ydata() for line in above.lines if to_rgb(line.get_color()) == colour]
        for form in FORMS:
            assert any(np.array_equal(line, numbers[form][ordered]) for line in drawn), form
    styles = {line.get_label(): line.get_linestyle() for line in figure.legends[0].get_lines()}
    for form in FORMS:
        (one,) = {
            line.get_linestyle() for line in above.lines if np.isin(line.get_ydata(), numbers[form]).all()
        }
        assert styles[statement.WORDS[form]] == one
