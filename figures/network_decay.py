"""Draw test error over weight decay, a panel for each data set."""

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import t as student

from figures.look import looks, styled
from figures.network_curves import data_name, plain_ticks


def draw(dataset) -> Figure:
    """Return the errors at the last epoch, with 95 % intervals of the mean over networks.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `sims.networks.training.figure_10.summary` returns it.
    """
    kept = dataset.isel(curve=np.flatnonzero(~dataset.control.values.astype(bool)))
    data = list(dict.fromkeys(kept.data.values.tolist()))
    with styled():
        figure = Figure(figsize=(4.2 * max(len(data), 1.4), 3.1), layout="constrained")
        for axes, name in zip(figure.subplots(1, len(data), squeeze=False)[0], data, strict=True):
            here = kept.isel(curve=np.flatnonzero(kept.data.values == name))
            for title, style in looks(here.title.values.tolist()).items():
                mine = np.flatnonzero(here.title.values == title)
                mine = mine[np.argsort(here.decay.values[mine])]
                errors = 100 * np.array([_last(here, place) for place in mine])
                n = errors.shape[1]
                half = student.ppf(0.975, n - 1) * errors.std(axis=1, ddof=1) / np.sqrt(n)
                label = f"{title}, rate {here.rate.values[mine[0]]:g}"
                axes.errorbar(
                    here.decay.values[mine],
                    errors.mean(axis=1),
                    half,
                    label=label,
                    **style | {"linestyle": "-"},
                )
            # at the largest decays nothing is learned: they are cut off, or the minimum could not be seen
            lowest = min(100 * _last(here, place).mean() for place in range(here.sizes["curve"]))
            axes.set(xscale="log", yscale="log", xlabel="weight decay (L2)", ylim=(0.85 * lowest, 4 * lowest))
            axes.axvline(5e-4, color="0.6", linewidth=0.9, linestyle=":")
            plain_ticks(axes)
            axes.set_title(data_name(here))
            axes.legend(loc="upper center")
        figure.axes[0].set_ylabel("test error, %")
    return figure


def _last(dataset, place):
    """Return the errors of one curve at its last look."""
    look = int(np.flatnonzero(np.isfinite(dataset.epoch.values[place]))[-1])
    return dataset.error.values[place, look]
