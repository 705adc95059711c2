"""Draw Figure 8: tails of gradient noise."""

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import norm

from figures.look import styled
from figures.network_curves import plain_ticks

TITLES = {"digits": "digits", "mnist14": "MNIST, 14 x 14"}
PLACES = {"start": "random start", "trained": "trained"}
BLUE, ORANGE, RED, GREY, INK = "#3f90da", "#ffa90e", "#bd1f01", "0.55", "0.2"
CONTROLS = {"Gaussian twin": "x", "normal, lognormal scale": "+", "Levy, index 1.5": "*"}


def draw(dataset) -> Figure:
    """Return Figure 8: tail indices, fourth moments and histograms.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `sims.networks.geometry.figure_8.summary` returns it.
    """
    data = list(dict.fromkeys(dataset.drawn_data.values.tolist()))
    with styled():
        figure = Figure(figsize=(12.5, 3.0 * len(data) + 0.5), layout="constrained")
        axes = figure.subplots(len(data), 4, squeeze=False)
        for row, name in zip(axes, data, strict=True):
            _indices(row[0], dataset, name, "parameters", "across parameters")
            _indices(row[1], dataset, name, "minibatches", "across minibatches")
            _fourth(row[2], dataset, name)
            _histogram(row[3], dataset, name)
            row[0].set_ylabel(f"{TITLES.get(name, name)}\ntail index")
        lines, names = axes[0, 0].get_legend_handles_labels()
        figure.legend(lines, names, loc="outside lower center", ncols=len(names))
        figure.suptitle(
            "Across parameters even Gaussian noise looks heavy-tailed; across minibatches it turns normal as B grows; bars: 95 %",
            x=0.01, ha="left", weight="bold",
        )  # fmt: skip
    return figure


def _points(dataset, panel, data, place, noise):
    here = (dataset.panel.values == panel) & (dataset.data.values == data)
    here &= (dataset.place.values == place) & (dataset.noise.values == noise)
    return tuple(dataset[name].values[here] for name in ("x", "measured", "stderr", "exact"))


def _indices(axes, dataset, data, panel, title):
    for place, colour in zip(PLACES, (BLUE, ORANGE), strict=True):
        x, mean, error, _ = _points(dataset, panel, data, place, "network")
        label = f"network, {PLACES[place]}"
        axes.errorbar(x, mean, 1.96 * error, fmt="o-", color=colour, label=label)
        for number, (noise, marker) in enumerate(CONTROLS.items()):
            _, mean, error, _ = _points(dataset, panel, data, place, noise)
            # invented noise has no minibatches: it stands to the right
            at = [190 * 1.35**number]
            axes.errorbar(at, mean, 1.96 * error, fmt=marker, color=colour)
            if colour == ORANGE:  # a marker stands for both places, so it has neither's colour in the legend
                axes.plot([], [], marker, color=INK, label=f"control: {noise}")
    axes.axhline(2, color=RED, linewidth=1)
    axes.set(xscale="log", xlabel="samples of a minibatch, B", ylim=(0, 2.3))
    # the largest size stands too near to the controls for a label
    _sizes(axes, [*x, 190 * 1.35], [*(f"{B:g}" for B in x[:-1]), "", "controls"])
    axes.set_title(title)


def _fourth(axes, dataset, data):
    for place, colour in zip(PLACES, (BLUE, ORANGE), strict=True):
        x, mean, error, exact = _points(dataset, "fourth", data, place, "network")
        axes.errorbar(x, mean, 1.96 * error, fmt="o", color=colour, label=PLACES[place])
        axes.plot(x, exact, color=colour, linewidth=0.9)
    axes.axhline(1, color=RED, linewidth=1)
    axes.set(xscale="log", yscale="log", xlabel="samples of a minibatch, B")
    _sizes(axes, x, [f"{B:g}" for B in x])
    plain_ticks(axes)
    axes.set_title("fourth moment / that of normal noise")


def _sizes(axes, places, names):
    """Write minibatch sizes under a log axis."""
    axes.set_xticks(places, names)
    axes.set_xticks([], minor=True)


def _histogram(axes, dataset, data):
    edges = np.linspace(-5, 5, 41)
    for number in range(dataset.sizes["drawn"]):
        one = dataset.isel(drawn=number)
        if one.drawn_data != data or one.drawn_place != "trained":
            continue
        values, B = one.seen.values, int(one.drawn_B)
        share = np.histogram(np.clip(values, -5, 5), edges)[0] / values.size / np.diff(edges)
        axes.stairs(share, edges, color=GREY if B == 1 else ORANGE, label=f"trained, B = {B}")
    x = np.linspace(-5, 5, 201)
    axes.plot(x, norm.pdf(x), color=RED, linewidth=1, label="normal")
    axes.set(yscale="log", ylim=(1e-3, 8), xlabel="noise / standard deviation")
    axes.set_title("probability density, leading directions")
    axes.legend(loc="upper right", ncols=2)
