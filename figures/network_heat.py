"""Draw test error over learning rate and weight decay, a map for each optimizer."""

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from figures.look import styled

MOST = 5.0  # times the lowest error: whatever is worse has the last colour
DARK = 0.55  # of the colour scale: numbers on darker cells are white


def draw(dataset) -> Figure:
    """Return the heat maps; red lines enclose each basin.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `sims.networks.training.figure_5.summary` returns it.
    """
    means = 100 * dataset.error.mean("network").values
    scale = LogNorm(means.min(), MOST * means.min())
    decays, threshold = dataset.decay.values, 100 * dataset.attrs["threshold"]
    with styled():
        figure = Figure(figsize=(8.6, 3.5), layout="constrained")
        panels = figure.subplots(1, len(means), sharey=True, squeeze=False)[0]
        for n, axes in enumerate(panels):
            image = axes.imshow(
                means[n].T,
                norm=scale,
                origin="lower",
                aspect="auto",
                cmap="viridis_r",
                interpolation="nearest",
            )
            for (i, j), value in np.ndenumerate(means[n]):
                colour = "white" if scale(value) > DARK else "black"
                axes.text(
                    i, j, f"{value:.1f}" if value < 10 else f"{value:.0f}", ha="center", va="center", fontsize=7,
                    color=colour,
                )  # fmt: skip
            axes.contour(np.log(means[n].T), levels=[np.log(threshold)], colors="#bd1f01", linewidths=1.4)
            axes.set_xticks(
                range(len(dataset.factor)), [f"{rate:.3g}" for rate in dataset.rate.values[n]], rotation=45
            )
            axes.set_yticks(range(len(decays)), [f"{decay:g}" for decay in decays])
            axes.grid(visible=False)
            axes.set_xlabel("learning rate")
            width, low, high = (
                float(dataset[name].values[n]) for name in ("width", "width_low", "width_high")
            )
            axes.set_title(
                f"{dataset.title.values[n]}: width {width:.2f} [{low:.2f}, {high:.2f}]", fontsize=8.5
            )
        panels[0].set_ylabel("weight decay (L2)")
        bar = figure.colorbar(image, ax=list(panels), label="test error, %", extend="max", pad=0.01)
        shown = [m for m in (2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50) if means.min() <= m <= MOST * means.min()]
        bar.set_ticks(shown, labels=[f"{m:g}" for m in shown])
        bar.ax.minorticks_off()
        figure.suptitle(
            f"Red line: error {threshold:.2f} %, {dataset.attrs['threshold'] / (means.min() / 100):.2f} times the lowest",
            x=0.01, ha="left", fontsize=9,
        )  # fmt: skip
    return figure
