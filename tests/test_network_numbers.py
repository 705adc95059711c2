"""Figures and tables on networks: every number stands in its own column, and a verdict depends on its own numbers alone."""

import numpy as np
import pytest
from scipy.stats import t as student
from test_network_curves import invented

from figures import network_curves, network_table
from sims.networks.cells.tasks import RULES
from sims.networks.figure import Settings
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
from sims.networks.training.curves import Curve, curves_of, pick

QUICK = Settings(quick=True)
MODULES = (figure_2, figure_3, figure_5, figure_10, figure_11, figure_12, figure_13, table_2, table_3)


@pytest.fixture(scope="module")
def datasets():
    """Every figure's dataset of invented numbers, by name."""
    return {one.FIGURE.name: one.FIGURE.summary(invented("", one.FIGURE, QUICK), QUICK) for one in MODULES}


def half(values):
    """Return half of the 95 % interval of a mean."""
    return student.ppf(0.975, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size)


def errors_of(curve):
    return {
        "error_%": 100 * curve.error[-1].mean(),
        "error_%_95": 100 * half(curve.error[-1]),
        "loss": curve.loss[-1].mean(),
    }


def same(row, expected):
    """Assert that a row has these numbers and texts."""
    for name, value in expected.items():
        told = f"{name}: {row[name]}, not {value}"
        assert (row[name] == pytest.approx(value)) if isinstance(value, float) else row[name] == value, told


@pytest.mark.parametrize("figure", [figure_2, figure_3, figure_10, figure_11, figure_12])
def test_a_table_of_curves_has_the_numbers_of_every_curve(datasets, figure):
    dataset = datasets[figure.FIGURE.name]
    rows = figure.FIGURE.table(dataset)
    for row, curve in zip(rows, curves_of(dataset), strict=True):
        about = {name: curve.about[name] for name in ("data", "rate", "decay", "epochs")}
        same(row, errors_of(curve) | about | {"optimizer": curve.title})
        assert row["best_error_%"] == pytest.approx(100 * curve.error.min(axis=0).mean())


def test_table_2_and_table_3_have_the_numbers_of_every_run(datasets):
    curves = curves_of(datasets["table_2"])
    for row in table_2.FIGURE.table(datasets["table_2"]):
        name = next(key for key, rule in RULES.items() if rule.title == row["optimizer"])
        found = pick(curves, optimizer=name, rates="found")
        rates = "paper" if RULES[name].rate != RULES[name].found else "found"
        paper = pick(curves, optimizer=name, rates=rates)
        at_paper = {f"at_paper_rate_%{end}": errors_of(paper)[f"error_%{end}"] for end in ("", "_95")}
        rates = {"rate": RULES[name].found, "paper_rate": RULES[name].rate}
        same(row, errors_of(found) | at_paper | rates)
        assert row["best_epoch_error_%"] == pytest.approx(100 * found.error.min(axis=0).mean())
    # as the paper prints them, ResNet18 on CIFAR-10
    printed = {"Momentum": 5.58, "Adam": 6.08, "AMSGrad": 5.72, "AdamW": 5.33, "AdaBound": 6.87, "Padam": 5.83,
               "Yogi": 5.43, "RAdam": 5.81}  # fmt: skip
    curves = curves_of(datasets["table_3"])
    for row in table_3.FIGURE.table(datasets["table_3"]):
        name = next(key for key, rule in RULES.items() if rule.title == row["optimizer"])
        same(row, errors_of(pick(curves, optimizer=name, decay=row["decay"])))
        assert row["paper_%"] == (printed[row["optimizer"]] if row["decay"] == 1e-4 else None)


def test_figure_13_has_perplexities_of_test_and_training_apart(datasets):
    dataset = datasets["figure_13"]
    for row, curve in zip(figure_13.FIGURE.table(dataset), curves_of(dataset), strict=True):
        test, training = (np.exp(one.min(axis=0)) for one in (curve.test_loss, curve.loss))
        same(
            row,
            {"test_perplexity": test.mean(), "test_95": half(test), "training_perplexity": training.mean()},
        )
        assert row["training_95"] == pytest.approx(half(training))


def test_figure_13_takes_adam_at_the_rate_with_the_lower_test_perplexity(datasets):
    dataset = datasets["figure_13"]
    first, second = np.flatnonzero(dataset.optimizer.values == "adam")
    better = np.ones((dataset.sizes["curve"], 1, 1))
    for good, learnt in ((first, second), (second, first)):
        test, training = better.copy(), better.copy()
        test[good], training[learnt] = 0.8, 0.8
        changed = dataset.assign(test_loss=dataset.test_loss * test, loss=dataset.loss * training)
        curves = curves_of(changed)
        adam, adai = curves[good], pick(curves, optimizer="adai")
        (judged,) = [
            one
            for one in figure_13.FIGURE.verdicts(changed)
            if one.at.get("of") == "training perplexity" and one.at["against"] == "below Adam"
        ]
        lowest = [np.exp(one.loss.min(axis=0)).mean() for one in (adai, adam)]
        assert judged.ratio == pytest.approx(lowest[0] / lowest[1])


ABOUT = {  # the numbers that a claim is about, by a word of its coordinates
    "equal epochs": {"error"}, "equal training loss": {"loss", "error"}, "epochs": {"loss"},
    "epochs to equal training loss": {"loss"}, "lowest loss": {"loss"}, "test perplexity": {"test_loss"},
    "training perplexity": {"loss"}, "paper's decay": {"error"}, "best decay": {"error"}, "best decay of each": {"error"},
}  # fmt: skip


@pytest.mark.parametrize("figure", [figure_2, figure_3, figure_10, figure_11, figure_12, figure_13])
def test_a_verdict_depends_on_its_own_numbers_alone(datasets, figure):
    dataset, random = datasets[figure.FIGURE.name], np.random.default_rng(3)
    if figure is figure_2:  # ten optimizers, of which three are compared
        kept = np.isin(dataset.optimizer.values, ["adai", "momentum", "adam"])
        dataset = dataset.isel(curve=np.flatnonzero(kept))

    def judged(data):
        return {str(one.at): one for one in figure.FIGURE.verdicts(data) if one.form == "printed"}

    before = judged(dataset)
    moved: dict[str, set] = {key: set() for key in before}
    for name in ("loss", "error", "test_loss"):
        # so little that no other curve becomes the best one
        factors = np.exp(1e-4 * random.normal(size=dataset[name].shape))
        after = judged(dataset.assign({name: dataset[name] * factors}))
        for key in before:
            if after[key].ratio != before[key].ratio:
                moved[key].add(name)
    assert before
    for key, one in before.items():
        (word,) = ABOUT.keys() & set(one.at.values())
        assert moved[key] == ABOUT[word], key


def test_errors_after_equal_epochs_are_the_last_ones(datasets):
    curves, found = curves_of(datasets["figure_2"]), figure_2.FIGURE.verdicts(datasets["figure_2"])
    adai, momentum = (pick(curves, optimizer=name) for name in ("adai", "momentum"))
    (judged,) = [
        one
        for one in found
        if one.at.get("matched") == "equal epochs" and one.at["against"] == "below Momentum"
    ]
    assert judged.ratio == pytest.approx(adai.error[-1].mean() / momentum.error[-1].mean())
    assert judged.ratio != pytest.approx(adai.error.min(axis=0).mean() / momentum.error.min(axis=0).mean())


def test_figure_10_takes_the_decay_with_the_lowest_error(datasets):
    dataset = datasets["figure_10"]
    turned = dataset.assign(loss=1 / dataset.error)  # the loss is lowest elsewhere
    ratios = [[one.ratio for one in figure_10.FIGURE.verdicts(data)] for data in (dataset, turned)]
    assert ratios[0] == ratios[1]


def test_figure_11_sets_each_rate_beside_the_papers_own(datasets):
    found = {
        (one.at["rate"], one.at["against"])
        for one in figure_11.FIGURE.verdicts(datasets["figure_11"])
        if one.form == "printed"
    }
    assert found == {(0.3, "below Momentum"), (0.15, "below Adam")}  # half of the rate beside Adam


def test_figures_of_the_same_runs_share_their_cells():
    assert figure_2.grids(QUICK) == table_2.grids(QUICK)[:2]
    assert figure_3.grids(QUICK)[0].fixed == figure_2.grids(QUICK)[0].fixed
    assert figure_10.grids(QUICK)[0].fixed == figure_5.grids(QUICK)[0].fixed


def test_figure_5_has_both_widths_in_its_table_and_in_its_sentences(datasets):
    dataset = datasets["figure_5"]
    names = [f"{which}width{end}" for which in ("", "own_") for end in ("", "_low", "_high")]
    assert len({float(dataset[name][1]) for name in names}) > 3  # Momentum's own basin is another
    for n, row in enumerate(figure_5.FIGURE.table(dataset)):
        means = dataset.error.values[n].mean(axis=-1)
        i, j = np.unravel_index(means.argmin(), means.shape)
        at = {"at_rate": float(dataset.rate[n, i]), "at_decay": float(dataset.decay[j])}
        same(row, {name: float(dataset[name][n]) for name in names} | at)
        assert row["lowest_error_%_95"] == pytest.approx(100 * half(dataset.error.values[n, i, j]))
    found = {
        one.at["of"]: one.sentence
        for one in figure_5.FIGURE.verdicts(dataset)
        if one.at.get("against") == "above Momentum"
    }
    assert len(found) == 2
    for of, sentence in found.items():
        mine, other = dataset["own_width" if "its own" in of else "width"].values[:2]
        assert f" has {mine:.2f} " in sentence
        assert f"Momentum's {other:.2f}:" in sentence


def test_a_chance_of_resampled_differences_counts_both_sides():
    assert figure_5.two_sided(np.array([-1.0] * 10 + [1.0] * 990)) == pytest.approx(22 / 1001)
    assert figure_5.two_sided(np.array([1.0] * 10 + [-1.0] * 990)) == pytest.approx(22 / 1001)
    assert figure_5.two_sided(np.zeros(10)) == 1


def test_an_order_that_other_networks_would_change_is_undecided():
    random = np.random.default_rng(1)
    noise = random.normal(0, 0.05, (10, 8))
    noise -= noise.mean(axis=1, keepdims=True)  # the means have the paper's order exactly
    curves = {
        name: Curve({}, np.ones(1), np.ones((1, 8)), error / 100 + own[None], np.ones((1, 8)))
        for name, error, own in zip(RULES, table_2.PAPER["digits"], noise, strict=True)
    }
    found = table_2.judge_ranks("digits", "found", curves)
    assert found.ratio == pytest.approx(1)
    assert found.interval[0] < 0 < found.interval[1]
    assert found.outcome == "undecided"


def test_bands_are_intervals_of_the_mean(datasets):
    axes = network_curves.draw(datasets["figure_3"]).axes
    curves = [one for one in curves_of(datasets["figure_3"]) if not one.about["control"]]
    for row, rates in ((0, "found"), (2, "paper")):
        here = [one for one in curves if one.about["rates"] == rates]
        for panel, name, factor in ((row, "error", 100), (row + 1, "loss", 1)):
            for band, curve in zip(axes[panel].collections, here, strict=True):
                ends = band.get_paths()[0].vertices
                last = ends[ends[:, 0] == curve.epoch[-1], 1]
                values = factor * getattr(curve, name)[-1]
                assert (last.min() + last.max()) / 2 == pytest.approx(values.mean())
                assert (last.max() - last.min()) / 2 == pytest.approx(half(values))


def test_hollow_points_are_those_of_the_papers_rates(datasets):
    dataset = datasets["table_2"]
    (axes,) = network_table.draw(dataset).axes
    hollow = {
        round(float(one.lines[0].get_xdata()[0]), 9): one.lines[0].get_markerfacecolor() == "white"
        for one in axes.containers
    }
    curves = [one for one in curves_of(dataset) if not one.about["control"]]
    assert hollow == {round(100 * one.error[-1].mean(), 9): one.about["rates"] == "paper" for one in curves}
    assert 0 < sum(hollow.values()) < len(hollow)
