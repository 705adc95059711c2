"""Draw Figure 1: gradient noise against curvature.

Clouds are one network's directions; below them are slopes and ratios of all networks.
"""

import numpy as np
from matplotlib.figure import Figure

from figures.look import styled

PLACES = {"start": "random start", "labels of its own": "labels of its own"}
TITLES = {"digits": "digits", "mnist14": "MNIST, 14 x 14"}
BLUE, RED, GREY = "#3f90da", "#bd1f01", "0.55"
WINDOW = 1e-4, 0.5


def draw(dataset) -> Figure:
    """Return Figure 1.

    It has a row of clouds for each data set, and means over all networks at the bottom.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `sims.networks.geometry.figure_1.summary` returns it.
    """
    data = list(dict.fromkeys(dataset.drawn_data.values.tolist()))
    places = list(dict.fromkeys(dataset.drawn_place.values.tolist()))
    with styled():
        figure = Figure(figsize=(11, 2.6 * len(data) + 3.2), layout="constrained")
        grid = figure.add_gridspec(len(data) + 1, 2 * len(places), height_ratios=[1] * len(data) + [1.15])
        for row, name in enumerate(data):
            for column, place in enumerate(places):
                axes = figure.add_subplot(grid[row, 2 * column : 2 * column + 2])
                _cloud(axes, dataset, name, place, row == len(data) - 1, column == 0)
        half = len(places)
        _means(figure.add_subplot(grid[-1, :half]), dataset, "gamma", data, r"slope $\gamma$")
        _means(figure.add_subplot(grid[-1, half:]), dataset, "ratio", data, r"median of $B\,C\,/\,|H|$")
        figure.suptitle(
            r"Noise against curvature: the paper says $C = |H|\,/\,B$; clouds: one network; bars: 95 %",
            x=0.01,
            ha="left",
            weight="bold",
        )
    return figure


def _cloud(axes, dataset, data, place, lowest, first):
    here = (dataset.drawn_data.values == data) & (dataset.drawn_place.values == place)
    h, c = np.abs(dataset.drawn_H.values[here]), dataset.drawn_C.values[here]
    seen = (h > 0) & (c > 0)
    h, c = h[seen], c[seen]
    inside = (h >= WINDOW[0]) & (h <= WINDOW[1])
    axes.plot(h[~inside], c[~inside], ".", color=GREY, markersize=2.5)
    axes.plot(h[inside], c[inside], ".", color=BLUE, markersize=2.5)
    if len(h):
        span = np.array([h.min(), h.max()])
        axes.plot(span, span, color=RED, linewidth=1)
        axes.set(xscale="log", yscale="log")
    else:
        axes.text(0.5, 0.5, "no network got there", transform=axes.transAxes, ha="center", color=GREY)
        axes.set(xticks=[], yticks=[])
    title = PLACES.get(place, f"training {place}")
    axes.set_title(f"{TITLES.get(data, data)}: {title}" if first else title)
    if lowest:
        axes.set_xlabel(r"$|H|$ along an eigenvector")
    if first:
        axes.set_ylabel(r"$B\,C$")
    at = _at(dataset, "gamma", data, place), _at(dataset, "r", data, place)
    if all(at):
        (slope, slope_error), (r, _) = at
        axes.text(
            0.04, 0.96, f"$\\gamma = {slope:.2f} \\pm {slope_error:.2f}$\n$r = {r:.3f}$", transform=axes.transAxes,
            va="top", fontsize=8,
        )  # fmt: skip


def _at(dataset, panel, data, place):
    """Return mean and standard error of one panel's point; None if there is none."""
    here = (dataset.panel.values == panel) & (dataset.data.values == data) & (dataset.place.values == place)
    return (
        (float(dataset.measured.values[here][0]), float(dataset.stderr.values[here][0]))
        if here.any()
        else None
    )


def _means(axes, dataset, panel, data, ylabel):
    """Draw means over networks against the training loss, with 95 % intervals."""
    for number, name in enumerate(data):
        for all_, filled in (("", True), ("_all", False)):
            here = (dataset.panel.values == panel + all_) & (dataset.data.values == name)
            own = here & (dataset.place.values == "labels of its own")
            for points, marker in ((here & ~own, "os"[number]), (own, "*")):
                label = f"{TITLES.get(name, name)}{', all directions' if all_ else ''}"
                axes.errorbar(
                    dataset.x.values[points], dataset.measured.values[points], 1.96 * dataset.stderr.values[points],
                    fmt=marker, color=(BLUE, "#ffa90e")[number], markerfacecolor=None if filled else "white",
                    markersize=8 if marker == "*" else 5, label=None if marker == "*" else label,
                )  # fmt: skip
    axes.axhline(1, color=RED, linewidth=1)
    axes.set(xscale="log", xlabel="training loss (star: labels that the network itself draws)", ylabel=ylabel)
    axes.legend(loc="best")
