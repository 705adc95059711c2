"""Draw one experiment.

Lines are theory, markers with bars are walkers, and below each panel is their ratio.
"""

import json

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from figures.look import COLOURS, MARKERS, styled
from theory.labels import MATHTEXT, label

LINES: dict = {
    "printed": {"linestyle": "-", "linewidth": 1.6},
    "leading": {"linestyle": "-.", "linewidth": 0.9},
    "corrected": {"linestyle": "--", "linewidth": 1.3},
    "kramers": {"linestyle": (0, (5, 1, 1, 1, 1, 1)), "linewidth": 1.1},
    "exact": {"linestyle": (0, (1, 1)), "linewidth": 1.1},
}
WORDS = {
    "printed": "as printed",
    "leading": "leading order",
    "corrected": "corrected",
    "kramers": "Kramers' time",
    "exact": "exact reference",
}
INK = "0.35"  # what belongs to no optimizer
SHAPES = ("o", "s", "D", "^", "v", "P", "X", "p", "h", "<", ">", "*")
NINETY_FIVE = 1.96


def draw(dataset) -> Figure:
    """Return the figure of one experiment.

    It has a column for each panel.

    Parameters
    ----------
    dataset : xarray.Dataset
        As the experiments return it: dimension ``point`` with panel, optimizer, coordinates, x, measured, stderr and the
        forms of the prediction; attribute ``panels`` says how each panel is labelled.
    """
    panels = json.loads(dataset.attrs["panels"])
    dataset = dataset.assign(series=("point", _labels(dataset, panels)))
    series = _series(dataset)
    with styled():
        # fixed places in inches: a solver of layouts differs in its last digit from run to run, and so would the files
        handles = _legend(dataset, series)
        width = max(6.0, 4.4 * len(panels))
        columns = max(1, int(width / (0.45 + 0.06 * max(len(handle.get_label()) for handle in handles))))
        legend = 0.17 * -(-len(handles) // columns) + 0.1
        height = 5.2 + legend
        figure = Figure(figsize=(width, height))
        grid = figure.add_gridspec(
            2, len(panels), height_ratios=[2.3, 1], hspace=0.07, wspace=0.36,
            left=0.95 / width, right=1 - 0.15 / width, bottom=(legend + 0.5) / height, top=1 - 0.3 / height,
        )  # fmt: skip
        for column, (name, panel) in enumerate(panels.items()):
            points = dataset.isel(point=np.flatnonzero(dataset.panel.values == name))
            stated = points[panel["ratio_to"]].values
            if not np.any(np.isfinite(points.measured.values) & np.isfinite(stated)):  # nothing to divide by
                alone = figure.add_subplot(grid[:, column])
                _values(alone, points, series, panel)
                alone.set_xlabel(panel["xlabel"])
                continue
            above = figure.add_subplot(grid[0, column])
            below = figure.add_subplot(grid[1, column], sharex=above)
            _values(above, points, series, panel)
            above.tick_params(which="both", labelbottom=False)
            _ratios(below, points, series, panel)
        figure.legend(handles=handles, loc="lower center", ncols=columns, fontsize=7.5, borderaxespad=0.3)
        return figure


def _labels(dataset, panels):
    """Return every point's label in the legend.

    It is the point's optimizer, and the coordinates that its panel tells apart.
    """
    labels = []
    for point in dataset.to_dataframe().to_dict("records"):
        names = panels[point["panel"]]["lines"]
        at = {name: point[name] for name in names if point[name] != "" and point[name] == point[name]}
        who = point["optimizer"] or point.get("of", "")  # a process has no optimizer
        told = ", ".join(part for part in (who, label(at, MATHTEXT)) if part)
        labels.append(told or ("theory" if np.isnan(point["measured"]) else "walkers"))
    return labels


def _series(dataset):
    """Return the look of every measured series.

    It is the colour of the series' optimizer, and a marker and shade of its own.
    """
    measured = np.isfinite(dataset.measured.values)
    names = list(dict.fromkeys(dataset.series.values[measured].tolist()))
    looks, seen = {}, {}
    for name in names:
        optimizer = next(str(o) for o in dataset.optimizer.values[dataset.series.values == name])
        optimizer = optimizer if optimizer in COLOURS else None
        nth = seen[optimizer] = seen.get(optimizer, -1) + 1
        marker = (
            MARKERS[optimizer] if optimizer and nth == 0 else SHAPES[(len(looks) + 3 * nth) % len(SHAPES)]
        )
        colour = COLOURS.get(optimizer, INK)
        looks[name] = {
            "color": _shade(colour, nth),
            "marker": marker,
            "markerfacecolor": "none" if nth % 2 else None,
        }
        looks[name] = {key: value for key, value in looks[name].items() if value is not None}
    return looks


def _shade(colour, nth):
    """Return the colour of an optimizer's nth series.

    The first has the colour itself; then come darker, lighter, darkest.
    """
    towards, share = ((0, 0.0), (0, 0.45), (1, 0.4), (0, 0.7))[nth % 4]
    return tuple((1 - share) * channel + share * towards for channel in to_rgb(colour))


def _values(axes, points, series, panel):
    """Draw measured values and every form of the prediction."""
    for name in dict.fromkeys(points.series.values.tolist()):
        mine = points.isel(point=np.flatnonzero(points.series.values == name))
        mine = mine.isel(point=np.argsort(mine.x.values, kind="stable"))
        look = series.get(name, {"color": "0.2"})
        for form, style in LINES.items():
            known = np.isfinite(mine[form].values)
            lone = name in series and _has_theory_line(points, form)
            if known.any() and not lone:
                axes.plot(
                    mine.x.values[known], mine[form].values[known], color=look["color"], zorder=2, **style
                )
        known = np.isfinite(mine.measured.values)
        if known.any():
            axes.errorbar(
                mine.x.values[known], mine.measured.values[known], NINETY_FIVE * mine.stderr.values[known],
                linestyle="none", zorder=3, label=name, **look,
            )  # fmt: skip
    axes.set(xscale=panel["xscale"], yscale=panel["yscale"], ylabel=panel["ylabel"])
    axes.set_title(panel["title"])
    axes.xaxis.set_minor_formatter(NullFormatter())
    _plain_numbers(axes.yaxis, "235")
    _plain_numbers(axes.xaxis, "25")


def _plain_numbers(axis, leading):
    """Write plain numbers on a short log axis.

    On one that spans a decade or so it writes 0.5 for 5 x 10^-1, and numbers of some leading digits between.
    """
    low, high = axis.get_view_interval()
    if axis.get_scale() == "log" and high < 30 * low:
        axis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.set_minor_formatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in leading else "")


def _has_theory_line(points, form):
    """Return whether a "theory" series draws this form.

    That series then draws it for all the others.
    """
    return bool(np.any(np.isfinite(points[form].values) & (points.series.values == "theory")))


def _ratios(axes, points, series, panel):
    """Draw measured over stated values.

    Walkers on the line at 1 agree.
    """
    form = panel["ratio_to"]
    known = np.isfinite(points.measured.values) & np.isfinite(points[form].values)
    axes.axhline(1, color="0.2", linewidth=0.9, zorder=1)
    spread = [1.0]
    for name, look in series.items():
        here = known & (points.series.values == name)
        if here.any():
            mine = points.isel(point=np.flatnonzero(here))
            stated = mine[form].values
            ratio = mine.measured.values / stated
            axes.errorbar(
                mine.x.values,
                ratio,
                NINETY_FIVE * np.abs(mine.stderr.values / stated),
                linestyle="none",
                label=name,
                **look,
            )
            spread += ratio.tolist()
            exactly = np.argsort(mine.x.values, kind="stable")
            if form != "exact" and np.isfinite(mine.exact.values).any():
                line = (mine.exact.values / stated)[exactly]
                axes.plot(mine.x.values[exactly], line, color=look["color"], zorder=2, **LINES["exact"])
    if min(spread) > 0 and max(spread) / min(spread) > 4:
        axes.set_yscale("log")
        _plain_numbers(axes.yaxis, "235")
    elif max(spread) - min(spread) < 0.01:  # a range of its own would show nothing but rounding
        axes.set_ylim(min(0.99, 2 * min(spread) - 1), max(1.01, 2 * max(spread) - 1))
    if axes.get_yscale() == "linear":
        axes.ticklabel_format(axis="y", useOffset=False)
    axes.set(xlabel=panel["xlabel"], ylabel=f"measured /\n{WORDS[form].removeprefix('as ')}")
    axes.xaxis.set_minor_formatter(NullFormatter())
    _plain_numbers(axes.xaxis, "25")


def _legend(dataset, series):
    """Return what markers and lines mean."""
    handles = [Line2D([], [], linestyle="none", label=name, **look) for name, look in series.items()]
    for form, style in LINES.items():
        if np.isfinite(dataset[form].values).any():
            handles.append(Line2D([], [], color="0.2", label=WORDS[form], **style))
    return handles
