"""Learning curves, heat maps and tables on networks: claims on invented numbers, and what the pictures show."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from drawn import bars, lying_bars

from figures import network_curves, network_decay, network_heat, network_table
from sims.commands import network_run as command
from sims.networks.cells.tasks import RULES, TASKS
from sims.networks.figure import Settings
from sims.networks.training import curves as shared
from sims.networks.training import (
    figure_2,
    figure_3,
    figure_5,
    figure_10,
    figure_11,
    figure_12,
    figure_13,
    table_2,
    table_3,
)
from sims.networks.training.curves import common_loss, curves_of, pick, reached

NETWORKS = 16
BETTER = {"adai": 0.6, "adaiw": 0.5}  # times the error of the others, in invented numbers


def invented(name, figure, settings, seed=0):
    """Return rows as the cells of a figure would give them, with numbers whose order is known."""
    found = []
    for grid in figure.grids(settings):
        values = {"seed": [settings.seed]} | {k: [v] for k, v in grid.fixed.items()} | dict(grid.values)
        names = list(values)
        for number, combination in enumerate(np.ndindex(*(len(values[n]) for n in names))):
            swept = {n: values[n][i] for n, i in zip(names, combination, strict=True)}
            config = {"data": "digits", "rates": "found", "factor": 1.0, "rate": 0.0, "decay": 5e-4} | swept
            rule = RULES[config["optimizer"]]
            base = rule.rate if config["rates"] == "paper" else rule.found
            config["rate"] = config["rate"] or float(f"{base * config['factor']:.6g}")
            config["epochs"] = config.get("epochs") or TASKS[config["data"]].epochs
            # networks are paired: their common part depends on the seed alone
            common = np.random.default_rng(config["seed"]).normal(0, 0.001, NETWORKS)
            own = np.random.default_rng([seed, number]).normal(0, 0.0005, (3, NETWORKS))
            off = abs(np.log10(config["factor"])) + 0.5 * abs(np.log10(config["decay"] / 5e-4))
            end = 0.04 * BETTER.get(config["optimizer"], 1.0) * (1 + off)
            looks = config.get("looks") or [0, config["epochs"] // 2, config["epochs"]]
            for place, epoch in enumerate(looks):
                left = len(looks) - 1 - place
                # the last error is not the lowest, the last training loss is
                error = end * (0.97 if left == 1 else 1 + left) + common + own[0]
                row = {"epoch": epoch, "diverged": False, "error": error.tolist()}
                row["loss"] = (3 * (end * (1 + left) + common) + own[1]).tolist()
                row["test_loss"] = (4 * (end * (1 + left) + common) + own[2]).tolist()
                found.append(config | row | {"scheduled": bool(config.get("scheduled"))})
    return found


@pytest.mark.parametrize(
    "figure", [figure_2.FIGURE, figure_3.FIGURE, figure_11.FIGURE, table_2.FIGURE, table_3.FIGURE]
)
def test_a_better_adai_is_found_better_and_equal_runs_equal(figure):
    dataset = figure.summary(invented("", figure, Settings()), Settings())
    found = figure.verdicts(dataset)
    claims = [one for one in found if one.form == "printed" and "equal epochs" in one.at.values()]
    assert {one.statement for one in found} == set(figure.statements)
    assert all(
        one.outcome == "holds" for one in claims if one.at.get("optimizer", "Adai") != "Momentum at 0.0001"
    )
    assert {one.outcome for one in found if one.form == "exact"} == {"holds"}
    assert {one.outcome for one in found if one.form == "control"} == {"rejected"}
    assert len({str(sorted(one.at.items())) for one in found}) == len(
        found
    )  # every verdict has an id of its own


def test_a_worse_adai_is_found_worse(monkeypatch):
    monkeypatch.setitem(BETTER, "adai", 1.2)
    figure = figure_2.FIGURE
    found = figure.verdicts(figure.summary(invented("", figure, Settings()), Settings()))
    assert {one.outcome for one in found if one.at.get("matched") == "equal epochs"} == {"fails"}


def test_where_a_loss_is_reached_is_interpolated():
    curve = shared.Curve(
        {"title": "A"}, np.array([0.0, 10.0, 20.0]), np.array([[1.0, 1.0], [0.1, 0.5], [0.01, 0.25]]),
        np.array([[0.9, 0.9], [0.3, 0.5], [0.1, 0.4]]), np.zeros((3, 2)),
    )  # fmt: skip
    epochs, errors = reached(curve, np.array([np.sqrt(0.1 * 0.01), 0.5]))
    np.testing.assert_allclose(epochs, [15, 10])
    np.testing.assert_allclose(errors, [0.2, 0.5])
    other = replace(curve, loss=curve.loss * 2)
    np.testing.assert_allclose(common_loss(curve, other), [0.02, 0.5])


def test_the_area_of_a_basin_is_that_of_a_known_one():
    factors, decays = 10.0 ** np.arange(-1, 2), 10.0 ** np.arange(-4, -1)
    # log error grows linearly with the distance from the middle rate: below 1.1 on both sides of it
    slope = np.log(1.1) / 0.5
    one = np.exp(slope * np.abs(np.log10(factors)))[:, None] * np.ones(3)
    found = figure_5.basins(np.array([0.04 * one, 0.08 * one]), factors, decays)
    assert abs(found["own"][0] - 1.0 * 2.0) < 0.1
    assert abs(found["own"][1] - 1.0 * 2.0) < 0.1
    assert found["common"].tolist() == [found["own"][0], 0.0]


def test_the_search_names_every_rate_that_is_as_good_as_the_best():
    rows = invented("", table_2.FIGURE, Settings())
    mine = [row for row in rows if row["seed"] == table_2.SEARCH_SEED and row["epoch"] == row["epochs"]]
    errors = {row["factor"]: row for row in mine if row["optimizer"] == "adam"}
    # three times the best rate differs from it by chance alone, in this way and that
    by_chance = 1e-3 * (-1.0) ** np.arange(NETWORKS)
    errors[3.0]["error"] = (np.array(errors[1.0]["error"]) + by_chance + 1e-6).tolist()
    dataset = table_2.FIGURE.summary(rows, Settings())
    good = {
        name: dataset.search_rate.values[(dataset.search_optimizer == name) & dataset.search_as_good].tolist()
        for name in RULES
    }
    assert good == {name: [0.001, 0.003] if name == "adam" else [rule.rate] for name, rule in RULES.items()}
    notes = {
        row["optimizer"]: row["note"] for row in table_2.FIGURE.table(dataset) if row["data"] == "digits"
    }
    assert "the search finds 0.001; there 0.001 and 0.003 are as good" in notes["Adam"]
    assert "as good" not in notes["Adai"]


def test_the_ranks_of_the_paper_are_told_from_random_ones():
    paper = np.array(table_2.PAPER["digits"])
    curves = {
        name: shared.Curve({}, np.array([1.0]), np.ones((1, 8)), np.full((1, 8), error / 100) + 1e-6 * np.arange(8), np.ones((1, 8)))
        for name, error in zip(RULES, paper, strict=True)
    }  # fmt: skip
    assert table_2.judge_ranks("digits", "found", curves).outcome == "holds"
    backwards = dict(zip(curves, reversed(list(curves.values())), strict=True))
    turned = table_2.judge_ranks("digits", "found", backwards)
    assert turned.outcome == "fails"
    assert turned.ratio < 0


def test_curves_show_means_and_bands():
    figure = figure_3.FIGURE
    dataset = figure.summary(invented("", figure, Settings(quick=True)), Settings(quick=True))
    drawn = network_curves.draw(dataset)
    assert len(drawn.axes) == 4  # two kinds of rates, error and loss
    curve = pick(curves_of(dataset), optimizer="adai", rates="found")
    (line,) = [one for one in drawn.axes[0].lines if one.get_color() == network_curves.look("Adai")[0]]
    np.testing.assert_array_equal(line.get_xdata(), curve.epoch)
    np.testing.assert_allclose(line.get_ydata(), 100 * curve.error.mean(axis=1))
    (right,) = [one for one in drawn.axes[1].lines if one.get_color() == network_curves.look("Adai")[0]]
    np.testing.assert_allclose(right.get_ydata(), curve.loss.mean(axis=1))
    labels = [[text.get_text() for text in drawn.axes[row].get_legend().get_texts()] for row in (0, 2)]
    assert labels == [
        ["Adai, 0.3", "Momentum, 0.1", "Adam, 0.03"],
        ["Adai, 1", "Momentum, 0.1", "Adam, 0.001"],
    ]


def test_ten_curves_have_their_names_at_their_ends_and_none_on_another():
    figure = figure_2.FIGURE
    dataset = figure.summary(invented("", figure, Settings(quick=True)), Settings(quick=True))
    drawn = network_curves.draw(dataset)
    drawn.draw_without_rendering()
    assert not drawn.legends
    for axes in drawn.axes:
        names = {text.get_text().partition(",")[0]: text for text in axes.texts}
        assert list(names.keys() ^ {rule.title for rule in RULES.values()}) == []
        boxes = sorted((text.get_window_extent() for text in names.values()), key=lambda box: box.y0)
        assert all(low.y1 <= high.y0 for low, high in pairwise(boxes))
        assert len(axes.collections) == 3  # bands of Momentum, Adai and Adam


def test_perplexities_are_exponentials_of_losses():
    figure = figure_13.FIGURE
    dataset = figure.summary(invented("", figure, Settings()), Settings())
    drawn = network_curves.draw(dataset)
    curve = pick(curves_of(dataset), optimizer="momentum")
    (line,) = [one for one in drawn.axes[0].lines if one.get_color() == network_curves.look("Momentum")[0]]
    np.testing.assert_allclose(line.get_ydata(), np.exp(curve.test_loss).mean(axis=1))
    outcomes = {(one.at["of"], one.at["optimizer"]): one.outcome for one in figure.verdicts(dataset)[:3]}
    assert outcomes["test perplexity", "Adai"] == "holds"
    assert outcomes["test perplexity", "Adam"] != "holds"  # invented Adam is no better than Momentum


def test_heat_maps_show_every_cell_and_every_width():
    figure = figure_5.FIGURE
    dataset = figure.summary(invented("", figure, Settings()), Settings())
    drawn = network_heat.draw(dataset)
    maps = [axes for axes in drawn.axes if axes.images]
    assert [axes.get_title(loc="left").partition(":")[0] for axes in maps] == ["Adai", "Momentum", "Adam"]
    for n, axes in enumerate(maps):
        means = 100 * dataset.error.values[n].mean(axis=-1)
        np.testing.assert_allclose(axes.images[0].get_array(), means.T)
        texts = {text.get_position(): text.get_text() for text in axes.texts}
        assert texts[2, 1] == f"{means[2, 1]:.1f}"
        assert axes.get_xticklabels()[2].get_text() == f"{dataset.rate.values[n, 2]:.3g}"
        width = [f"{float(dataset[name][n]):.2f}" for name in ("width", "width_low", "width_high")]
        assert axes.get_title(loc="left").endswith(f"width {width[0]} [{width[1]}, {width[2]}]")
    assert not np.array_equal(dataset.width, dataset.own_width)
    outcomes = {tuple(one.at.values()): one.outcome for one in figure.verdicts(dataset)}
    assert outcomes["lowest test error", "below Momentum"] == "holds"
    common = "width of the basin, within 1.1 times the lowest error of all"
    assert outcomes[common, "above Adam"] == "holds"  # only Adai comes near its own lowest error
    own = "width of the basin, within 1.1 times its own lowest error"
    assert outcomes[own, "above Adam"] == "undecided"  # the basins have one shape


def test_errors_over_decay_have_their_bars():
    figure = figure_10.FIGURE
    dataset = figure.summary(invented("", figure, Settings()), Settings())
    drawn = network_decay.draw(dataset)
    shown = bars(drawn.axes[0])
    curve = pick(curves_of(dataset), data="digits", optimizer="adai", decay=2.5e-3)
    x, y, low, high = shown["Adai, rate 0.3"]
    place = int(np.argmin(np.abs(x - 2.5e-3)))
    assert y[place] == pytest.approx(100 * curve.error[-1].mean())
    assert high[place] - low[place] == pytest.approx(200 * shared.half_interval(curve.error[-1]))
    best = {
        one.at["decay"]: one.outcome
        for one in figure.verdicts(dataset)
        if one.at.get("optimizer") == "Adai" and one.at["data"] == "digits"
    }
    assert set(best.values()) == {"holds"}  # 5e-4 is the best of invented numbers


def test_tables_show_every_run_with_its_bar():
    figure = table_2.FIGURE
    dataset = figure.summary(invented("", figure, Settings()), Settings())
    drawn = network_table.draw(dataset)
    assert [text.get_text() for text in drawn.axes[0].get_yticklabels()][:2] == ["AdaiW", "Adai"]
    rows = figure.table(dataset)
    row = next(one for one in rows if one["data"] == "digits" and one["optimizer"] == "Yogi")
    points = {
        (float(x[0]), float(y[0])): (float(low[0]), float(high[0]))
        for x, y, low, high in lying_bars(drawn.axes[0])
    }
    low, high = points[row["error_%"], 8.0]
    assert high - low == pytest.approx(2 * row["error_%_95"])
    assert row["paper_%"] == 5.87
    lower = table_3.FIGURE.table(table_3.FIGURE.summary(invented("", table_3.FIGURE, Settings()), Settings()))
    assert {one["paper_%"] for one in lower if one["decay"] == 1e-4 and one["data"] == "mnist14"} == set(
        table_3.PAPER["mnist14"]
    )


def test_figure_12_runs_on_tiny_settings(monkeypatch, tmp_path, capsys):
    pytest.importorskip("sklearn")
    monkeypatch.setattr(figure_12, "LONG", {"scheduled": False, "quick_epochs": 1})

    def grids(settings):
        few = {"networks": [4], "optimizer": ["momentum"], "data": ["digits"], "epochs": [1]}
        return [
            shared.Grid(shared.CELLS, {}, few | {"factor": [1.0, 0.3]}),
            shared.Grid(shared.CELLS, {}, few | {"seed": [1]}),
        ]

    tiny = replace(
        figure_12.FIGURE,
        grids=grids,
        verdicts=lambda dataset: shared.controls("Figure 12", curves_of(dataset)),
    )
    monkeypatch.setattr(command, "network_figure", lambda name: tiny)
    assert command.make("figure_12", Settings(quick=True), tmp_path) == 0
    assert (tmp_path / "figure_12.png").exists()
    assert "At a fixed rate Adai" in capsys.readouterr().out
