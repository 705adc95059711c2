"""Draw one column of a sweep against another.

There is a line for every setting of what else was swept.
"""

import json
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures.look import COLOURS, MARKERS

MOST_LABELS = 12
NAMES = {name.lower(): name for name in COLOURS}  # of optimizers, on the command line and in pictures
THEORY: dict[
    str, tuple[str, Any]
] = {  # columns beside a measured one that are drawn as lines: what they are, and how
    "exact": ("exact", "-"),
    "printed": ("as printed", "--"),
    "kramers_iterations": ("Kramers' time", "-"),
}
BESIDE = {
    "msd": ("exact", "printed"),
    "measured": ("exact", "printed"),
    "mean_iterations": ("kramers_iterations",),
}


def draw(dataset, x: str, y: str, log: str | None = None) -> Figure:
    """Return a figure of two columns of a sweep.

    They are the columns ``x`` and ``y`` of its dataset.

    Bars are drawn where there are columns ``y_low`` and ``y_high``, or a standard error (1.96 of them):
    ``y_stderr``, or for ``msd`` and ``measured``, ``stderr``. Exact values, printed ones and Kramers' times are lines.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `sims.sweep.table.sweep_dataset` returns it.
    x, y : str
        Columns; ``x`` may be text, ``y`` may not.
    log : {"x", "y", "xy", "none"}, optional
        Logarithmic axes; by default those whose values are positive and span a factor of 30 or more.

    Raises
    ------
    ValueError
        If there is no such column, nothing known in it, or no logarithm of it.
    """
    columns = [str(name) for name in dataset.variables if dataset[name].dims == ("row",)]
    for name in (x, y):
        if name not in columns:
            raise ValueError(f"plot must be of two of {', '.join(columns)}, got {name!r}")
    if dataset[y].dtype.kind not in "biuf":
        raise ValueError(f"plot needs numbers upwards, and {y} is text")
    values = np.asarray(dataset[y], dtype=float)
    low, high = _bars(dataset, y, values)
    known = np.isfinite(values)
    if dataset[x].dtype.kind in "biuf":
        known &= np.isfinite(np.asarray(dataset[x], dtype=float))
    if not known.any():
        raise ValueError(f"plot needs values, and none of {y} is known")
    others = [name for name in json.loads(dataset.attrs["axes"]) if name not in (x, y, "seed")]
    series: dict[tuple, list[int]] = {}
    for row in np.flatnonzero(known).tolist():
        series.setdefault(tuple(_plain(dataset[name].values[row]) for name in others), []).append(row)
    several = [i for i in range(len(others)) if len({setting[i] for setting in series}) > 1]
    figure = Figure(figsize=(5.5, 3.8), layout="constrained")
    axes = figure.subplots()
    theory = [
        name
        for name in BESIDE.get(y, ())
        if name in columns and np.isfinite(dataset[name].values[known]).any()
    ]
    for number, (setting, rows) in enumerate(series.items()):
        optimizer = next((NAMES[one] for one in setting if isinstance(one, str) and one in NAMES), "")
        colour = COLOURS[optimizer] if optimizer and len(several) == 1 else f"C{number % 10}"
        rows = sorted(rows, key=lambda row: dataset[x].values[row])
        axes.errorbar(
            dataset[x].values[rows],
            values[rows],
            yerr=None if low is None else np.abs([values[rows] - low[rows], high[rows] - values[rows]]),
            label=", ".join(f"{others[i]} = {_text(setting[i])}" for i in several),
            color=colour,
            marker=MARKERS.get(optimizer, "o"),
            linewidth=0.8,
            linestyle="none" if theory else "-",
        )
        for name in theory:
            stated = np.asarray(dataset[name].values[rows], dtype=float)
            axes.plot(dataset[x].values[rows], stated, color=colour, linewidth=1.1, linestyle=THEORY[name][1])
    _scales(axes, x, y, dataset[x].values[known], values[known], log)
    title = dataset.attrs["experiment"]
    if dataset.attrs.get("partial") == "yes":
        title += " (partial: cells are missing)"
    handles, labels = axes.get_legend_handles_labels() if several else ([], [])
    if len(series) > MOST_LABELS:
        title += f": {len(series)} lines, one for each {', '.join(others[i] for i in several)}"
        handles, labels = [], []
    handles += [Line2D([], [], color="0.3", linewidth=1.1, linestyle=THEORY[name][1]) for name in theory]
    labels += [THEORY[name][0] for name in theory]
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    axes.set_title(title)
    return figure


def _scales(axes, x, y, along, upwards, log):
    """Set the scales of both axes, and their labels."""
    for letter, scale, found in (("y", axes.set_yscale, upwards), ("x", axes.set_xscale, along)):
        positive = found.dtype.kind in "iuf" and found.min() > 0
        if log is not None and letter in log.replace("none", "") and not positive:
            raise ValueError(
                f"{x if letter == 'x' else y} has no logarithm everywhere; leave {letter} out of log."
            )
        if positive and (
            found.max() >= 30 * found.min() if log is None else letter in log.replace("none", "")
        ):
            scale("log")
    axes.set(xlabel=x.replace("_", " "), ylabel=y.replace("_", " "))
    for axis in (axes.xaxis, axes.yaxis):
        low, high = axis.get_view_interval()
        if axis.get_scale() == "log" and high < 30 * low:  # powers of ten alone would label nothing
            axis.set_major_formatter(lambda value, _: f"{value:g}")
            axis.set_minor_formatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in "235" else "")


def _bars(dataset, y, values):
    """Return the ends of the bars of ``y``.

    They are None twice where there are no bars; a bar of unknown length has the length 0.
    """
    if f"{y}_low" in dataset and f"{y}_high" in dataset:
        ends = [np.asarray(dataset[f"{y}_{end}"], dtype=float) for end in ("low", "high")]
    elif (error := "stderr" if y in ("msd", "measured") else f"{y}_stderr") in dataset:
        ends = [values + side * 1.96 * np.asarray(dataset[error]) for side in (-1, 1)]
    else:
        return None, None
    return [np.where(np.isfinite(end), end, values) for end in ends]


def _plain(value):
    """Return one setting, with None in place of NaN.

    An option that is not used is NaN in a column of numbers, and NaN does not equal itself.
    """
    return None if isinstance(value, float | np.floating) and np.isnan(value) else value


def _text(value):
    return "default" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
