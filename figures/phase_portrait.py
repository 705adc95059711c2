"""Draw the flow of a walker with inertia.

The separatrix tells who crosses the saddle and who falls back.
"""

import numpy as np
from matplotlib.figure import Figure

from figures.look import COLOURS


def draw(x, velocity, flow, separatrix, *, walkers=None, path=None, saddle=None, title="") -> Figure:
    """Return the phase portrait of a walker.

    The walker obeys M x'' = -gamma M x' - L'(x).

    Parameters
    ----------
    x : ndarray, shape (n,)
        Positions, equally spaced.
    velocity : ndarray, shape (m,)
        Velocities, equally spaced.
    flow : tuple of ndarray, each of shape (m, n)
        dx/dt and d velocity/dt on the grid.
    separatrix : tuple of ndarray
        x and velocity along it (`theory.exact.separatrix`).
    walkers : ndarray, shape (walkers, 2), optional
        Positions and velocities.
    path : ndarray, shape (times, 2), optional
        Of one walker.
    saddle : float, optional
        Where it is, on the x axis.
    title : str
    """
    figure = Figure(figsize=(5.5, 3.9))
    axes = figure.subplots()
    figure.subplots_adjust(0.13, 0.13, 0.985, 0.93)
    # arrows of one length, seen as they stand on the page: what tells is where they point
    across, along = (
        flow[0] / np.ptp(x),
        flow[1] / np.ptp(velocity) * figure.get_figheight() / figure.get_figwidth(),
    )
    length = np.hypot(across, along)
    length[length == 0] = 1
    axes.quiver(
        x, velocity, across / length, along / length, color="0.65", scale=32, width=0.0025, pivot="mid"
    )
    axes.plot(*separatrix, color=COLOURS["Adai"], linewidth=2, label="separatrix")
    if walkers is not None:
        axes.plot(
            *walkers.T, "o", color=COLOURS["Momentum"], markersize=2.5, markeredgewidth=0, label="walkers"
        )
    if path is not None:
        axes.plot(*path.T, color=COLOURS["SGD"], linewidth=1.2, label="one walker's way")
    if saddle is not None:
        axes.plot([saddle], [0], "k+", markersize=10, label="saddle")
    axes.set(xlim=(x[0], x[-1]), ylim=(velocity[0], velocity[-1]), title=title)
    axes.set(xlabel=r"$\theta$", ylabel=r"velocity $d\theta/dt$")
    axes.grid(visible=False)
    axes.legend(loc="upper right", frameon=True)
    return figure
