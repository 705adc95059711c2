"""Draw how many walkers have not yet escaped.

The axis is logarithmic: exponential times fall along a straight line.
"""

import numpy as np
from matplotlib.figure import Figure

from figures.look import COLOURS, MARKERS, SIZES

STYLES = ("-", "--", "-.", ":")


def draw(curves, means, *, title="") -> Figure:
    """Return survival curves with their bands.

    They stand beside exponentials of stated mean times.

    Parameters
    ----------
    curves : dict of str -> Survival
        By optimizer: `diffusion.EscapeTimes.survival`, or anything with ``iterations``, ``probability``, ``low``
        and ``high``.
    means : dict of str -> float
        Mean times in iterations that theory says, by the name that the legend gives them.
    title : str
    """
    figure = Figure(figsize=(5.5, 3.6))
    axes = figure.subplots()
    figure.subplots_adjust(0.12, 0.14, 0.985, 0.92)
    lowest = min(curve.probability[curve.probability > 0].min() for curve in curves.values())
    least = 3 * lowest  # the band of the last walkers is as wide as the picture
    last = max(curve.iterations[curve.probability >= least][-1] for curve in curves.values())
    for name, curve in curves.items():
        axes.fill_between(
            curve.iterations,
            np.maximum(curve.low, lowest / 10),
            curve.high,
            step="post",
            color=COLOURS[name],
            alpha=0.2,
            linewidth=0,
        )
        # the last walker's zero has no logarithm: let it end below the picture
        fraction = np.maximum(curve.probability, lowest / 10)
        mark: dict = {"marker": MARKERS[name], "markersize": SIZES[name], "markevery": 0.07}
        axes.step(curve.iterations, fraction, where="post", color=COLOURS[name], label=name, **mark)
    t = np.linspace(0, last, 100)
    for (name, mean), style in zip(means.items(), STYLES * len(means), strict=False):
        axes.plot(t, np.exp(-t / mean), style, color="0.2", label=name)
    axes.set(yscale="log", ylim=(least, 1.3), xlim=(0, last), title=title)
    axes.set(xlabel="iterations $T$", ylabel="fraction not yet out")
    axes.legend(loc="upper right")
    return figure
