"""Draw Figures 7 and 14: sharpness of the minima that optimizers find."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator
from scipy.stats import t as student

from figures.look import COLOURS, MARKERS, styled

TITLES = {"digits": "digits", "mnist14": "MNIST, 14 x 14"}
NAMES = {"momentum": "Momentum", "adam": "Adam", "adai": "Adai"}


def draw(dataset) -> Figure:
    """Return Figure 7 or 14, as the dataset's attribute ``measure`` says.

    Left: sharpness where training ends with the paper's rates. Right: sharpness at one training loss, against the epochs
    that it took, for several rates of each optimizer; the one of the left side is filled.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `sims.networks.geometry.flatness.summary` returns it.
    """
    data = list(dict.fromkeys(dataset.data.values.tolist()))
    top = dataset.attrs["measure"] == "top"
    with styled():
        figure = Figure(figsize=(9.5, 3.1 * len(data) + 0.5), layout="constrained")
        axes = figure.subplots(len(data), 2, squeeze=False)
        for (left, right), name in zip(axes, data, strict=True):
            _at_the_end(left, dataset, name, top)
            _at_one_loss(right, dataset, name, top)
            left.set_title(f"{TITLES.get(name, name)}: end of training, the paper's rates")
            right.set_title("at one training loss, several rates (filled: as left)")
        axes[0, 0].legend(loc="best")
        what = "Top eigenvalues of the Hessian" if top else "Rise of the loss under noise on the weights"
        figure.suptitle(f"{what} at the minima found; bars: 95 %", x=0.01, ha="left", weight="bold")
    return figure


def _runs(dataset, data, optimizer, where):
    """Return the numbers of the runs, by rising rate."""
    here = (dataset.data.values == data) & (dataset.optimizer.values == optimizer)
    here &= (dataset["where"].values == where) & (dataset.seed.values == int(dataset.attrs["seed"]))
    return sorted(np.flatnonzero(here).tolist(), key=lambda run: dataset.rate.values[run])


def _at_the_end(axes, dataset, data, top):
    x = dataset["rank" if top else "delta"].values
    for name, title in NAMES.items():
        # of two rates the smaller: with the paper's rate Adai does not train
        for run in _runs(dataset, data, name, "end")[:1]:
            mean, reach = _mean(dataset["top" if top else "rises"].values[run])
            axes.errorbar(x, mean, reach, color=COLOURS[title], fmt=MARKERS[title] + "-", label=title)
    axes.set(
        yscale="log", xlabel="rank" if top else r"standard deviation $\delta$ of the noise on the weights"
    )
    axes.set_ylabel("eigenvalue" if top else r"$E[L(\theta + \delta z) - L(\theta)]$")
    if not top:
        axes.set_xscale("log")


def _at_one_loss(axes, dataset, data, top):
    place = 0 if top else dataset.delta.values.tolist().index(dataset.attrs["scale"])
    for name, title in NAMES.items():
        found = _runs(dataset, data, name, "loss")
        end, *_ = _runs(dataset, data, name, "end")
        means = []
        for run in found:
            mean, reach = _mean(dataset["top" if top else "rises"].values[run][:, [place]])
            epoch, wide = _mean(dataset.epoch.values[run][:, None])
            paper = np.isclose(dataset.rate.values[run], dataset.rate.values[end])
            axes.errorbar(
                epoch, mean, reach, wide, color=COLOURS[title], fmt=MARKERS[title],
                markerfacecolor=None if paper else "white", label=f"{title}, {dataset.rate.values[run]:g}",
            )  # fmt: skip
            means.append((epoch[0], mean[0]))
        axes.plot(*zip(*means, strict=True), color=COLOURS[title], linewidth=0.8)
    loss = dataset.attrs[f"loss_{data}"]
    axes.set(xscale="log", yscale="log", xlabel=f"epochs until the training loss is {loss:g}")
    for axis in (axes.xaxis, axes.yaxis):  # less than a decade: plain numbers, few enough to stand apart
        axis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 4, 6)))
        axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        axis.set_minor_locator(NullLocator())
    axes.set_ylabel("top eigenvalue" if top else rf"rise at $\delta = {dataset.attrs['scale']:g}$")


def _mean(values):
    """Return mean over networks and half its 95 % interval, of what is there."""
    n = np.isfinite(values).sum(axis=0)
    error = np.nanstd(values, axis=0, ddof=1) / np.sqrt(n)
    return np.nanmean(values, axis=0), student.ppf(0.975, n - 1) * error
