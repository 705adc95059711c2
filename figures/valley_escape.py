"""Draw Figure 9: escape from a valley, an illustration."""

import numpy as np
from matplotlib.figure import Figure

from figures.look import COLOURS, styled

INK = "0.25"


def draw(dataset) -> Figure:
    """Return the illustration: valleys and barrier in one dimension, and in two with a walker's path.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `sims.networks.geometry.figure_9.summary` returns it.
    """
    x, f = dataset.x.values, dataset.f.values
    with styled():
        figure = Figure(figsize=(10, 3.6), layout="constrained")
        line, plane = figure.subplots(1, 2)
        line.plot(x, f, color=INK, linewidth=1.4)
        path = dataset.path_1.values
        depth = np.linspace(f.max() * 0.9, f.max() * 0.35, path.size)
        line.plot(
            path, depth, color=COLOURS["SGD"], linewidth=0.5, label="a walker of SGD; time runs downwards"
        )
        for name, place in (("a1", "$a_1$ (sharp)"), ("b", "$b$"), ("a2", "$a_2$ (flat)")):
            at = dataset.attrs[name]
            value = float(np.interp(at, x, f))
            line.plot([at], [value], "o", color=COLOURS["Adai"])
            line.annotate(
                place, (at, value), (0, -13 if name != "b" else 6), textcoords="offset points", ha="center"
            )
        low, high = (float(np.interp(dataset.attrs[name], x, f)) for name in ("a1", "b"))
        line.annotate("", (-1.1, low), (-1.1, high), arrowprops={"arrowstyle": "<->", "color": INK})
        line.text(-1.0, (low + high) / 2, r"$\Delta L$", va="center")
        line.plot([dataset.attrs["a1"], -1.1], [low, low], ":", color=INK, linewidth=0.8)
        line.plot([-1.1, dataset.attrs["b"]], [high, high], ":", color=INK, linewidth=0.8)
        line.set(xlabel=r"$\theta$", ylabel=r"$L(\theta)$", ylim=(low - 18, f.max()))
        line.set_title("In one dimension")
        line.legend(loc="lower right", fontsize=7)
        plane.contour(
            x, x, f[:, None] + f[None, :], levels=18, colors="0.7", linewidths=0.7, linestyles="solid"
        )
        plane.plot(*dataset.path_2.values.T, color=COLOURS["SGD"], linewidth=0.5)
        start, end = dataset.path_2.values[0], dataset.path_2.values[-1]
        plane.plot(*start, "o", color=COLOURS["Adai"], label="start")
        plane.plot(*end, "s", color=COLOURS["Adai"], label="end")
        plane.axvline(dataset.attrs["b"], color=INK, linestyle="--", linewidth=0.9)
        plane.axhline(dataset.attrs["b"], color=INK, linestyle="--", linewidth=0.9)
        plane.set(xlabel=r"$\theta_1$", ylabel=r"$\theta_2$", aspect="equal")
        plane.set_title("In two dimensions; dashed: the valley's boundary")
        plane.legend(loc="upper right", fontsize=7)
    return figure
