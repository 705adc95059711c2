"""Draw one experiment.

Lines are theory, markers with bars are walkers, and below each panel is their ratio.
"""

import json

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

from figures.look import COLOURS, MARKERS, shade, styled
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
ACROSS = 3  # panels in a row, at most: four would be illegible at the width of a page
COLUMN, ROW, LINE = 4.4, 5.2, 0.17  # width and height of a panel, height of a line of the legend, in inches
MANY = 8  # series, above which every panel has a legend of its own


def draw(dataset) -> Figure:
    """Return the figure of one experiment.

    Its panels stand in rows of at most three.

    Parameters
    ----------
    dataset : xarray.Dataset
        As the experiments return it: dimension ``point`` with panel, optimizer, coordinates, x, measured, stderr and the
        forms of the prediction; attribute ``panels`` says how each panel is labelled.
    """
    panels = json.loads(dataset.attrs["panels"])
    dataset = dataset.isel(point=np.flatnonzero(_shown(dataset, panels)))
    dataset = dataset.assign(series=("point", _labels(dataset, panels)))
    series = _series(dataset)
    points = {name: dataset.isel(point=np.flatnonzero(dataset.panel.values == name)) for name in panels}
    # a legend of many lines sends the eye to and fro: then each panel has its own looks, and its legend below it
    apart = len(series) > MANY
    looks = {name: _series(here) if apart else series for name, here in points.items()}
    own = {name: _series_handles(looks[name]) if apart else [] for name in panels}
    below = _form_handles(dataset) if apart else [*_series_handles(series), *_form_handles(dataset)]
    with styled():
        # fixed places in inches: a solver of layouts differs in its last digit from run to run, and so would the files
        down = -(-len(panels) // ACROSS)
        across = -(-len(panels) // down)  # four panels are two and two, not three and one
        rows = [list(panels)[first : first + across] for first in range(0, len(panels), across)]
        width = max(6.0, COLUMN * across)
        legend = _height(below, width) + 0.1
        beneath = [max(_height(own[name], COLUMN) for name in row) + 0.1 * apart for row in rows]
        height = legend + ROW * len(rows) + sum(beneath)
        figure = Figure(figsize=(width, height))
        floor = height
        for row, room in zip(rows, beneath, strict=True):
            top, floor = floor - 0.3, floor - ROW
            grid = figure.add_gridspec(
                2, across, height_ratios=[2.3, 1], hspace=0.07, wspace=0.36, left=0.95 / width,
                right=1 - 0.15 / width, bottom=(floor + 0.5) / height, top=top / height,
            )  # fmt: skip
            for column, name in enumerate(row):
                lowest = _panel(figure, grid, column, points[name], looks[name], panels[name])
                if apart:
                    box = lowest.get_position()
                    figure.legend(
                        handles=own[name], loc="upper center", ncols=_columns(own[name], COLUMN), fontsize=7.5,
                        bbox_to_anchor=((box.x0 + box.x1) / 2, (floor + 0.05) / height), borderaxespad=0,
                    )  # fmt: skip
            floor -= room
        columns = _columns(below, width)
        figure.legend(handles=below, loc="lower center", ncols=columns, fontsize=7.5, borderaxespad=0.3)
        return figure


def _shown(dataset, panels):
    """Return which points are drawn: those with the coordinates that their panel shows."""
    kept = np.ones(dataset.sizes["point"], bool)
    for name, panel in panels.items():
        for coordinate, values in panel.get("only", {}).items():
            there = (dataset.panel.values == name) & np.isfinite(dataset[coordinate].values)
            kept &= ~there | np.isin(dataset[coordinate].values, values)
    return kept


def _panel(figure, grid, column, points, series, panel):
    """Draw one panel, with ratios below it where there is something to divide by; return its lowest axes."""
    stated = points[panel["ratio_to"]].values
    if not np.any(np.isfinite(points.measured.values) & np.isfinite(stated)):
        alone = figure.add_subplot(grid[:, column])
        _values(alone, points, series, panel)
        alone.set_xlabel(panel["xlabel"])
        return alone
    above = figure.add_subplot(grid[0, column])
    below = figure.add_subplot(grid[1, column], sharex=above)
    _values(above, points, series, panel)
    above.tick_params(which="both", labelbottom=False)
    _ratios(below, points, series, panel)
    return below


def _columns(handles, width):
    """Return how many columns of a legend find room in a width, in inches."""
    longest = max((len(handle.get_label()) for handle in handles), default=0)
    return max(1, int(width / (0.45 + 0.06 * longest)))


def _height(handles, width):
    """Return the height of a legend, in inches."""
    return LINE * -(-len(handles) // _columns(handles, width))


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
            "color": shade(colour, nth),
            "marker": marker,
            "markerfacecolor": "none" if nth % 2 else None,
        }
        looks[name] = {key: value for key, value in looks[name].items() if value is not None}
    return looks


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


def _series_handles(series):
    """Return what markers mean."""
    return [Line2D([], [], linestyle="none", label=name, **look) for name, look in series.items()]


def _form_handles(dataset):
    """Return what lines mean."""
    return [
        Line2D([], [], color="0.2", label=WORDS[form], **style)
        for form, style in LINES.items()
        if np.isfinite(dataset[form].values).any()
    ]
