"""Draw the degree law.

It shows predicted and measured exponents of every rule, their slopes, and the crossovers.
"""

import textwrap

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures.look import styled

# By exponent, not by optimizer: forty colours would tell nothing apart. Least exponent, colour, what it means.
GROUPS = (
    (1.05, "#e76300", "more than by SGD"),
    (0.95, "#3f90da", "as by SGD"),
    (0.55, "#94a4a2", "less"),
    (0.45, "#832db6", "half as much"),
    (-1.0, "#bd1f01", "hardly"),
)
ROW = 0.19  # inches for each rule
WIDTH, LEFT, GAP = 10.0, 1.55, 0.2  # inches: the figure, room for names, between panels
WIDE = {"exponents": 3.6, "slopes": 1.5, "ten": 1.75}  # inches
HEAD, AXIS, LOW = 1.05, 0.55, 2.45  # inches: titles, the axis below the rules, a row of crossovers
LINE = 0.15  # inches for a line of the note at the foot
NOTE_WIDTH = 165  # characters in such a line


def draw(dataset) -> Figure:
    """Return the figure of the degree law.

    It shows predicted beside measured exponents, slopes over prediction, local exponents of crossovers, and which rules
    stand apart.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `sims.degree.summary.summary` returns it.
    """
    rules, tens = dataset.sizes.get("rule", 0), dataset.sizes.get("ten", 0)
    crossovers = list(dict.fromkeys(dataset.local_crossover.values)) if "local" in dataset.sizes else []
    note = _note(dataset)
    tall = max(rules, tens, 4) * ROW
    foot = len(note) * LINE + 0.1
    height = HEAD + tall + AXIS + (LOW if crossovers else 0.0) + foot
    with styled():
        figure = Figure(figsize=(WIDTH, height))

        def panel(left, wide, rows):
            bottom = height - HEAD - rows * ROW
            return figure.add_axes((left / WIDTH, bottom / height, wide / WIDTH, rows * ROW / height))

        at_slopes = LEFT + WIDE["exponents"] + GAP
        at_ten = WIDTH - GAP - WIDE["ten"]
        exponents = panel(LEFT, WIDE["exponents"], max(rules, 4))
        slopes = panel(at_slopes, WIDE["slopes"], max(rules, 4))
        if rules:
            _exponents(exponents, dataset)
            _slopes(slopes, dataset)
        if tens:
            _in_ten(panel(at_ten, WIDE["ten"], max(tens, 4)), dataset, tens)
        for place, name in enumerate(crossovers):
            wide = (WIDTH - 0.75) / len(crossovers)
            box = 0.75 + place * wide, foot + 0.55, wide - 0.45, LOW - 1.0
            axes = figure.add_axes((box[0] / WIDTH, box[1] / height, box[2] / WIDTH, box[3] / height))
            _crossover(axes, dataset, name, first=place == 0)
        _head(figure, height, dataset)
        for number, line in enumerate(note):
            y = (foot - 0.05 - number * LINE) / height
            figure.text(0.01, y, line, va="top", fontsize=7.5, color="0.25")
    return figure


def colour(p) -> str:
    """Return the colour of an exponent's group."""
    return next(shade for least, shade, _ in GROUPS if p >= least)


def _head(figure, height, dataset):
    """Write the title, how to read the figure, and what the colours mean."""
    left: dict = {"x": 0.01, "ha": "left", "va": "top"}
    partial = " (stopped early: partial)" if dataset.attrs.get("partial") == "yes" else ""
    title = "How much each optimizer's escape time depends on sharpness"
    figure.suptitle(title + partial, y=1 - 0.08 / height, weight="bold", **left)
    words = r"$\log(\tau k^p)$ is linear in $k^{-p}$.  Tick: predicted, $p=(1+h-d)/2$.  Dot: measured; bar: 95 % interval."
    figure.text(y=1 - 0.32 / height, s=words, fontsize=8.5, color="0.25", **left)
    seen = {
        colour(p) for name in ("predicted", "ten_predicted") if name in dataset for p in dataset[name].values
    }
    shown = [(shade, words) for _, shade, words in GROUPS if shade in seen]
    dots = [Line2D([], [], color=shade, marker="o", linestyle="", markersize=4) for shade, _ in shown]
    if dots:
        figure.text(y=1 - 0.52 / height, s="Flat minima are preferred", fontsize=8.5, color="0.25", **left)
        figure.legend(
            dots, [words for _, words in shown], loc="upper left", bbox_to_anchor=(0.165, 1 - 0.49 / height), ncols=5,
            fontsize=8.5, handletextpad=0.2, columnspacing=1.2, borderaxespad=0.0, borderpad=0.1, labelcolor="0.25",
        )  # fmt: skip


def _note(dataset) -> list[str]:
    """Return the lines that say which rules are not measured, by reason."""
    reasons: dict[str, list[str]] = {}
    for title, reason in zip(dataset.apart_title.values, dataset.apart_reason.values, strict=True):
        reasons.setdefault(str(reason), []).append(str(title))
    told = [
        f"Not measured in one coordinate: {', '.join(names)} ({reason.rstrip('.')})."
        for reason, names in reasons.items()
    ]
    return [line for text in told for line in textwrap.wrap(text, NOTE_WIDTH, subsequent_indent="    ")]


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
    axes.set_title("One coordinate")


def _slopes(axes, dataset):
    for y, (p, slope, bottom, top) in enumerate(
        zip(*(dataset[n].values for n in ("predicted", "slope", "slope_low", "slope_high")), strict=True)
    ):
        axes.errorbar(
            slope, y, xerr=[[slope - bottom], [top - slope]], fmt="o", color=colour(p), markersize=4
        )
    axes.axvline(1, color="0.25", linewidth=0.9)
    _rows(axes, [""] * dataset.sizes["rule"], dataset.sizes["rule"])
    axes.set(xlabel="slope / predicted slope")
    axes.set_title(r"Slope of $\log\tau$")


def _in_ten(axes, dataset, tens):
    _dots(axes, *(dataset[f"ten_{name}"].values for name in ("predicted", "measured", "low", "high")))
    # what a title adds behind a comma would reach into the next panel
    _rows(axes, [str(title).partition(",")[0] for title in dataset.ten_title.values], tens)
    low, high = float(dataset.ten_low.min()), float(dataset.ten_high.max())
    axes.set(xlabel="exponent $p$", xlim=(min(0.0, low - 0.05), high + 0.05))
    axes.set_title("Ten coordinates (Table 2)")


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
