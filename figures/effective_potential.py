"""Draw the loss that minibatches average to.

It is drawn coordinate by coordinate: with the printed data it has no valley.
"""

import numpy as np
from matplotlib.figure import Figure

from figures.look import COLOURS


def draw(x, potentials, *, minimum=None, boundary=None) -> Figure:
    """Return the figure of the averaged losses.

    Each is drawn from its own lowest point.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Positions.
    potentials : dict of str -> ndarray, shape (n,)
        Averaged losses by label; the first is the bare one.
    minimum, boundary : float, optional
        Where walkers start, and where they count as escaped.
    """
    figure = Figure(figsize=(5.5, 3.6))
    axes = figure.subplots()
    figure.subplots_adjust(0.12, 0.14, 0.985, 0.97)
    styles = ("-", "--", "-.", ":")
    colours = ("0.3", COLOURS["SGD"], COLOURS["Adai"], COLOURS["Adam"])
    for (label, loss), style, colour in zip(potentials.items(), styles, colours, strict=False):
        axes.plot(x, loss - loss.min(), style, color=colour, linewidth=1.6, label=label)
    highest = float(np.ptp(next(iter(potentials.values()))))
    for place, text in ((minimum, "start"), (boundary, "escaped")):
        if place is not None:
            axes.axvline(place, color="0.6", linewidth=0.8)
            clear: dict = {"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.9}
            axes.text(place, 0.65 * highest, f" {text}", color="0.35", fontsize=8, bbox=clear)
    axes.set(ylim=(-3, 1.55 * highest), xlim=(x[0], x[-1]))
    axes.set(xlabel=r"$\sqrt{k}\,\theta$", ylabel="averaged loss, from its lowest point")
    axes.legend(loc="upper center", ncols=2, frameon=True, framealpha=1, edgecolor="none")
    return figure
