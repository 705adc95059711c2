"""Draw one column of a sweep against another: a line for every setting of what else was swept."""

import json

import numpy as np
from matplotlib.figure import Figure

from figures.look import COLOURS, MARKERS

MOST_LABELS = 12
NAMES = {name.lower(): name for name in COLOURS}  # of optimizers, on the command line and in pictures


def draw(dataset, x: str, y: str) -> Figure:
    """Return a figure of the columns ``x`` and ``y`` of a sweep's dataset.

    Bars are drawn where there are columns ``y_low`` and ``y_high``, or a standard error (1.96 of them):
    ``y_stderr``, or for ``msd`` and ``measured``, ``stderr``. Axes are logarithmic where all values are positive and span a factor of 30 or more.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `sims.sweep.table.sweep_dataset` returns it.
    x, y : str
        Columns; ``x`` may be text, ``y`` may not.

    Raises
    ------
    ValueError
        If there is no such column, or nothing known in it.
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
        series.setdefault(tuple(dataset[name].values[row] for name in others), []).append(row)
    figure = Figure(figsize=(5.5, 3.8), layout="constrained")
    axes = figure.subplots()
    for number, (setting, rows) in enumerate(series.items()):
        optimizer = next((NAMES[one] for one in setting if isinstance(one, str) and one in NAMES), "")
        rows = sorted(rows, key=lambda row: dataset[x].values[row])
        axes.errorbar(
            dataset[x].values[rows],
            values[rows],
            yerr=None if low is None else np.abs([values[rows] - low[rows], high[rows] - values[rows]]),
            label=", ".join(f"{name} = {_text(one)}" for name, one in zip(others, setting, strict=True)),
            color=COLOURS[optimizer] if optimizer and len(others) == 1 else f"C{number % 10}",
            marker=MARKERS.get(optimizer, "o"),
            linewidth=0.8,
        )
    for scale, found in ((axes.set_yscale, values[known]), (axes.set_xscale, dataset[x].values[known])):
        if found.dtype.kind in "iuf" and found.min() > 0 and found.max() >= 30 * found.min():
            scale("log")
    axes.set(xlabel=x.replace("_", " "), ylabel=y.replace("_", " "))
    title = dataset.attrs["experiment"]
    if others and len(series) <= MOST_LABELS:
        axes.legend(frameon=False)
    elif others:
        title += f": {len(series)} lines, one for each {', '.join(others)}"
    axes.set_title(title)
    return figure


def _bars(dataset, y, values):
    """Return the ends of the bars of ``y``, or None twice; one that is not known is no longer than nothing."""
    if f"{y}_low" in dataset and f"{y}_high" in dataset:
        ends = [np.asarray(dataset[f"{y}_{end}"], dtype=float) for end in ("low", "high")]
    elif (error := "stderr" if y in ("msd", "measured") else f"{y}_stderr") in dataset:
        ends = [values + side * 1.96 * np.asarray(dataset[error]) for side in (-1, 1)]
    else:
        return None, None
    return [np.where(np.isfinite(end), end, values) for end in ends]


def _text(value):
    return f"{value:g}" if isinstance(value, float) else str(value)
