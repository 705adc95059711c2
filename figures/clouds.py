"""Draw several optimizers' walkers around a saddle.

The optimizers stand side by side.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from figures.look import COLOURS


def draw(clouds, ellipses=None, *, labels=(r"$\theta_1$", r"$\theta_2$")) -> Figure:
    """Return one panel of walkers per optimizer.

    Each is scaled by its own largest spread: what is compared is the shape.

    Parameters
    ----------
    clouds : dict of str -> ndarray, shape (walkers, 2)
        Displacements from the saddle, by optimizer; two or four of them.
    ellipses : dict of str -> array_like, shape (2,)
        Standard deviations that theory says, where it says any: drawn at two of them.
    labels : tuple of str
        Of the two directions.
    """
    columns = 2
    rows = -(-len(clouds) // columns)
    figure = Figure(figsize=(5.5, 0.35 + 2.45 * rows))
    panels = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    height = figure.get_figheight()
    figure.subplots_adjust(0.02, 0.3 / height, 0.98, 1 - 0.28 / height, wspace=0.06, hspace=0.2)
    for axes, (name, cloud) in zip(panels, clouds.items(), strict=False):
        spread = cloud.std(0)
        cloud = cloud / spread.max()
        axes.plot(*cloud.T, "o", color=COLOURS[name], markersize=2, markeredgewidth=0, alpha=0.6)
        if ellipses and name in ellipses:
            wide, high = 4 * np.asarray(ellipses[name]) / spread.max()
            axes.add_patch(Ellipse((0, 0), wide, high, fill=False, color="k", linewidth=1.2))
        axes.set(xlim=(-3.5, 3.5), ylim=(-3.5, 3.5), aspect="equal", xticks=[0], yticks=[0])
        axes.tick_params(length=0, labelbottom=False, labelleft=False)
        axes.set_title(f"{name}: spreads {spread[0] / spread[1]:.2f} : 1")
        axes.set_xlabel(labels[0], labelpad=1)
        axes.set_ylabel(labels[1], labelpad=1)
    for axes in panels[len(clouds) :]:
        axes.set_axis_off()
    return figure
