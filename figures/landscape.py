"""Draw a landscape of two coordinates with walkers.

It is seen from above, or as a surface.
"""

import numpy as np
from matplotlib.figure import Figure

from figures.look import COLOURS

LEVELS = 14


def draw(x, loss, walkers, *, optimizer="SGD", title="", surface=False) -> Figure:
    """Return a picture of a landscape with walkers.

    The landscape is L(theta_1, theta_2) = f(theta_1) + f(theta_2).

    Parameters
    ----------
    x : ndarray, shape (n,)
        Range of either coordinate, increasing.
    loss : ndarray, shape (n,)
        f on it.
    walkers : ndarray, shape (walkers, 2)
        Their positions.
    optimizer : str
        Whose colour the walkers have.
    title : str
        What is seen.
    surface : bool
        In three dimensions.
    """
    height = loss[:, None] + loss[None, :]
    inside = walkers[np.all((walkers >= x[0]) & (walkers <= x[-1]), axis=1)]
    if surface:
        return _surface(x, height, inside, np.interp(inside, x, loss).sum(1), optimizer, title)
    figure = Figure(figsize=(4.6, 4.2))
    axes = figure.subplots()
    figure.subplots_adjust(0.11, 0.11, 0.98, 0.93)
    axes.contourf(x, x, height.T, LEVELS, cmap="Greys", alpha=0.55)
    axes.contour(x, x, height.T, LEVELS, colors="0.45", linewidths=0.5, linestyles="solid")
    axes.plot(*inside.T, "o", color=COLOURS[optimizer], markersize=2.5, markeredgewidth=0)
    axes.set(xlabel=r"$\theta_1$", ylabel=r"$\theta_2$", title=title, aspect="equal")
    axes.grid(visible=False)
    return figure


def _surface(x, height, walkers, standing, optimizer, title):
    """Return the surface, seen from above its front corner."""
    figure = Figure(figsize=(5.5, 4.2))
    axes = figure.add_subplot(projection="3d", computed_zorder=False)
    figure.subplots_adjust(0, 0.02, 0.97, 0.98)
    axes.plot_surface(
        x[:, None], x[None, :], height, cmap="Greys", alpha=0.75, rcount=60, ccount=60, linewidth=0
    )
    lift = 0.01 * np.ptp(height)
    axes.scatter(*walkers.T, standing + lift, color=COLOURS[optimizer], s=5, depthshade=False)
    axes.view_init(elev=48, azim=-125)
    axes.set_box_aspect((1, 1, 0.7), zoom=0.92)
    axes.set(xlabel=r"$\theta_1$", ylabel=r"$\theta_2$", zlabel="$L$")
    figure.text(0.02, 0.95, title)
    return figure
