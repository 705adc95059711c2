"""Draw what a probe found.

Gradient noise is drawn against curvature, and the spread of SGD beside the predicted one.
"""

import numpy as np
from matplotlib.figure import Figure

from figures.look import styled

MEASURED, STATED, DOUBTFUL = "#3f90da", "0.25", "#bd1f01"


def draw(dataset) -> Figure:
    """Return the figure of a probe's spectrum and spread.

    It shows the spectrum with the noise along it, and measured over predicted spread.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `sims.probe.Probe.to_xarray` returns it.
    """
    with styled():
        figure = Figure(figsize=(9.5, 4.0))
        grid = figure.add_gridspec(1, 2, left=0.075, right=0.985, top=0.85, bottom=0.14, wspace=0.24)
        _noise(figure.add_subplot(grid[0, 0]), dataset)
        _spread(figure.add_subplot(grid[0, 1]), dataset)
        partial = " (stopped early: partial)" if dataset.attrs.get("partial") == "yes" else ""
        title = f"{dataset.attrs['model']}: curvature, gradient noise and what diffusion theory says{partial}"
        figure.suptitle(title, x=0.01, ha="left", weight="bold", y=0.97)
    return figure


def _noise(axes, dataset):
    H = dataset.curvature.values
    trusted = dataset.converged.values.astype(bool)
    axes.set(
        xlabel="curvature $H_i$ (eigenvalue of the Hessian)", ylabel="variance $C_i$ of one sample's gradient"
    )
    axes.set_title("Noise along the steepest directions")
    if "noise" not in dataset:
        return
    C, error = dataset.noise.values, 1.96 * dataset.noise_stderr.values
    shown = (H > 0) & dataset.noisy.values.astype(bool)
    for which, colour, label in (
        (shown & trusted, MEASURED, "measured"),
        (shown & ~trusted, DOUBTFUL, "not converged"),
    ):
        if which.any():
            low = np.minimum(error[which], 0.9 * C[which])  # a bar on a log axis ends above 0
            axes.errorbar(
                H[which], C[which], [low, error[which]], fmt="o", color=colour, markersize=4, label=label
            )
    if shown.any():
        ends = np.array([H[shown].min(), H[shown].max()])
        axes.plot(ends, ends, color=STATED, linewidth=0.9, label="$C_i=H_i$, as the paper assumes")
        axes.set(xscale="log", yscale="log")
        axes.legend(loc="best")


def _spread(axes, dataset):
    axes.axhline(1, color=STATED, linewidth=0.9)
    axes.set(xlabel="direction, steepest first", ylabel="measured / predicted variance")
    axes.set_title("Spread of the model's own iterations")
    if "walk_ratio" not in dataset:
        axes.text(0.5, 0.5, "not measured", transform=axes.transAxes, ha="center", color=STATED)
        return
    ratio = dataset.walk_ratio.values
    error = np.stack([ratio - dataset.walk_low.values, dataset.walk_high.values - ratio])
    place = np.arange(1, len(ratio) + 1)
    trusted, noisy = dataset.converged.values.astype(bool), dataset.noisy.values.astype(bool)
    for which, colour in ((trusted & noisy, MEASURED), (~trusted & noisy, DOUBTFUL)):
        axes.errorbar(place[which], ratio[which], error[:, which], fmt="o", color=colour, markersize=4)
    axes.set_ylim(bottom=0)
