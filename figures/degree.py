"""Draw the degree law.

It shows predicted and measured exponents of every rule, their slopes, and the crossovers.
"""

import numpy as np
from matplotlib.figure import Figure

from figures.look import styled

# by exponent, not by optimizer: forty colours would tell nothing apart
GROUPS = ((0.95, "#3f90da"), (0.55, "#94a4a2"), (0.45, "#832db6"), (-1.0, "#bd1f01"))
ROW = 0.19  # inches for each rule


def draw(dataset) -> Figure:
    """Return the figure of the degree law.

    It shows predicted beside measured exponents, slopes over prediction, and local exponents of crossovers.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `sims.degree.summary.summary` returns it.
    """
    rules, tens = dataset.sizes.get("rule", 0), dataset.sizes.get("ten", 0)
    crossovers = list(dict.fromkeys(dataset.local_crossover.values)) if "local" in dataset.sizes else []
    tall = max(rules, 6) * ROW + 1.0
    low = 2.3 if crossovers else 0.0
    with styled():
        height = tall + low + 1.5
        figure = Figure(figsize=(10, height))
        top = (height - 0.85) / height
        grid = figure.add_gridspec(
            1, 3, left=0.16, right=0.985, top=top, bottom=(low + 1.1) / height, width_ratios=(2.2, 1.1, 1.5),
            wspace=0.12,
        )  # fmt: skip
        exponents, slopes, ten = (figure.add_subplot(grid[0, place]) for place in range(3))
        if rules:
            _exponents(exponents, dataset)
            _slopes(slopes, dataset)
        _in_ten(ten, dataset, tens)
        if crossovers:
            below = figure.add_gridspec(
                1,
                len(crossovers),
                left=0.06,
                right=0.985,
                top=(low + 0.25) / height,
                bottom=0.55 / height,
                wspace=0.22,
            )
            for place, name in enumerate(crossovers):
                _crossover(figure.add_subplot(below[0, place]), dataset, name, first=place == 0)
        partial = " (stopped early: partial)" if dataset.attrs.get("partial") == "yes" else ""
        left: dict = {"x": 0.01, "ha": "left"}
        figure.suptitle(
            "How much each optimizer's escape time depends on sharpness" + partial, y=1 - 0.12 / height,
            va="top", weight="bold", **left,
        )  # fmt: skip
        words = r"$\log(\tau k^p)$ is linear in $k^{-p}$; tick: predicted, $p=(1+h-d)/2$; dot: measured, bar: 95 %"
        figure.text(y=1 - 0.36 / height, s=words, va="top", fontsize=8.5, color="0.25", **left)
    return figure


def colour(p) -> str:
    """Return the colour of an exponent's group."""
    return next(shade for least, shade in GROUPS if p >= least)


def _rows(axes, titles, dataset_rows):
    axes.set_yticks(range(dataset_rows), titles)
    axes.set_ylim(dataset_rows - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")


def _dots(axes, predicted, measured, low, high):
    """Draw predicted and measured values, a row per rule.

    The predicted value is a tick; the measured one is a dot with its interval.
    """
    for y, values in enumerate(zip(predicted, measured, low, high, strict=True)):
        p, value, bottom, top = values
        axes.plot([p, p], [y - 0.36, y + 0.36], color="0.25", linewidth=1.4, zorder=2)
        axes.errorbar(
            value, y, xerr=[[max(value - bottom, 0)], [max(top - value, 0)]], fmt="o", color=colour(p), markersize=4,
            zorder=3,
        )  # fmt: skip


def _exponents(axes, dataset):
    names = ("predicted", "measured", "low", "high")
    _dots(axes, *(dataset[name].values for name in names))
    _rows(axes, dataset.title.values, dataset.sizes["rule"])
    axes.set(
        xlabel="exponent $p$",
        xlim=(min(0.0, float(dataset.low.min()) - 0.05), float(dataset.high.max()) + 0.05),
    )
    axes.set_title("One coordinate, by splitting")


def _slopes(axes, dataset):
    for y, (p, slope, bottom, top) in enumerate(
        zip(*(dataset[n].values for n in ("predicted", "slope", "slope_low", "slope_high")), strict=True)
    ):
        axes.errorbar(
            slope, y, xerr=[[slope - bottom], [top - slope]], fmt="o", color=colour(p), markersize=4
        )
    axes.axvline(1, color="0.25", linewidth=0.9)
    _rows(axes, [""] * dataset.sizes["rule"], dataset.sizes["rule"])
    axes.set(xlabel="slope / predicted")
    axes.set_title("No free parameter")


def _in_ten(axes, dataset, tens):
    if tens:
        _dots(axes, *(dataset[f"ten_{name}"].values for name in ("predicted", "measured", "low", "high")))
        _rows(axes, dataset.ten_title.values, tens)
        axes.yaxis.tick_right()
        axes.tick_params(axis="y", length=0, pad=-4, labelsize=7.5)
        for label in axes.get_yticklabels():
            label.set(ha="right")
    axes.set(xlabel="exponent $p$")
    axes.set_title("Table 2's ten in ten coordinates")


def _crossover(axes, dataset, name, first):
    here = dataset.local_crossover.values == name
    x, p = dataset.local_x.values[here], dataset.local_exponent.values[here]
    exact = dataset.local_exact.values[here]
    axes.plot(x, p, "o", color="#e76300", markersize=4, label="measured")
    if np.isfinite(exact).all():
        axes.plot(x, exact, color="0.25", linewidth=1, label="exact")
        axes.legend(loc="best")
    axes.set(
        xscale="log", xlabel=dataset.attrs[f"xlabel_{name}"], ylim=(-0.1, 1.65 if p.max() > 1.1 else 1.1)
    )
    if first:
        axes.set_ylabel("local exponent $p$")
    axes.set_title(dataset.attrs[f"title_{name}"])
