"""Draw Figure 6 from the dataset of sims.figure6.run: lines are theory or fits, markers are walkers."""

import json

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from figures.figure6_panels import bars, breakdown, data_sets, look, panel, shape, sharpness_axis, survival
from figures.look import COLOURS, styled

LAWS = {"1/k": (1.0, "$1/k$"), "k^-1/2": (0.5, r"$k^{-1/2}$")}
TITLES = {
    "kramers": "Escape from a valley: exact Styblinski-Tang function, Gaussian gradient noise",
    "literal": "The set-up as printed: minibatches of 10, averaged loss with one well (a level crossing, no valley)",
}


def draw(dataset) -> Figure:
    """Return Figure 6: both laws, residuals, survival, and what each mode adds.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `sims.figure6.run.run` returns it.
    """
    with styled():
        # fixed places: a solver of layouts differs in its last digit from run to run, and so would the files
        figure = Figure(figsize=(12.5, 8.9))
        literal = dataset.attrs["mode"] == "literal"
        sides: dict = {"left": 0.052, "right": 0.99}
        three: dict = {"wspace": 0.23, "width_ratios": [1.15, 1, 1]}
        grid = figure.add_gridspec(2, 3, top=0.905, bottom=0.515, hspace=0.42, **sides, **three)
        upper = {"1/k": figure.add_subplot(grid[:, 0]), "k^-1/2": figure.add_subplot(grid[:, 1])}
        upper["from 1/k"] = figure.add_subplot(grid[0, 2])
        upper["from k^-1/2"] = figure.add_subplot(grid[1, 2], sharey=upper["from 1/k"])
        columns: dict = {"ncols": 4, "wspace": 0.27} if literal else {"ncols": 3, **three}
        grid = figure.add_gridspec(1, top=0.36, bottom=0.055, **sides, **columns)
        lower = [figure.add_subplot(grid[0, i]) for i in range(columns["ncols"])]
        main = panel(dataset, "main")
        for law in LAWS:
            _law(upper[law], dataset, main, law)
            _residuals(upper[f"from {law}"], dataset, main, law)
        if literal:
            _wide_adam(upper["1/k"], dataset, main)
        figure.legend(*_legend(dataset), loc="center left", bbox_to_anchor=(0.015, 0.428), ncols=3)
        if literal:
            survival(lower[0], main, "middle")
            shape(lower[1], main)
            data_sets(lower[2], dataset)
            breakdown(lower[3], dataset)
        else:
            survival(lower[0], main, "flattest")
            survival(lower[1], main, "sharpest")
            shape(lower[2], main)
        partial = " (stopped early: partial)" if dataset.attrs["partial"] == "yes" else ""
        left: dict = {"x": 0.01, "ha": "left"}
        figure.suptitle(TITLES[dataset.attrs["mode"]] + partial, y=0.985, weight="bold", **left)
        figure.text(y=0.945, s=conditions(dataset), fontsize=8.5, color="0.25", **left)
    return figure


def conditions(dataset) -> str:
    """Return in one line how the walkers were run, stopped and counted."""
    settings = json.loads(dataset.attrs["settings"])
    if dataset.attrs["mode"] == "literal":
        noise = f"data set {settings['data_seed']}"
    else:
        noise = f"{dataset.attrs['noise']} noise, $\\kappa$ = {settings['kappa']:g}, $B$ = {settings['B']}"
    return (
        f"{dataset.sizes['walker']} walkers per point, seed {dataset.attrs['seed']}; {noise}, "
        f"{dataset.attrs['interpretation']}; stopped at the {dataset.attrs['stop']}; "
        "times from the cut $t_0$; bars on $\\ln\\tau$: exact 95 % intervals"
    )


def _law(axes, dataset, main, law):
    """Draw log tau against one law's abscissa, with that law's straight line and the theory, if any."""
    p, label = LAWS[law]
    for name, points in main.items():
        if "predicted_log_tau" in dataset:
            one = dataset.sel(predicted=name)
            shade = {"color": COLOURS[name], "linewidth": 0}
            over, under = one.predicted_log_tau.values, one.predicted_log_tau_underdamped.values
            axes.fill_between(one.predicted_k.values**-p, over, under, alpha=0.22, **shade)
            axes.plot(one.predicted_k.values**-p, over, color=COLOURS[name], linewidth=0.8, alpha=0.6)
        _points(axes, dataset, name, points, law)
    axes.set(
        xlabel=f"{label}   (sharper $\\leftarrow$   $\\rightarrow$ flatter)",
        ylabel=r"$-\ln\Gamma$, $\Gamma$ per iteration",
    )
    axes.set_title(f"Straight here if the law is {label}")


def _points(axes, dataset, name, points, law):
    """Draw one optimizer's points with their best straight line under one law."""
    x = points.k.values ** -LAWS[law][0]
    axes.errorbar(x, np.log(points.tau.values), bars(points), **look(name), zorder=3)
    if name in dataset.get("series", []):
        line = dataset.sel(series=name, points_used="main", prefactor="without", law=law)
        ends = np.array([x.min(), x.max()])
        axes.plot(ends, float(line.a) + float(line.b) * ends, "--", color=COLOURS[name], linewidth=1)


def _wide_adam(axes, dataset, main):
    """Give the panel of 1/k to the other three, whose range is a third of Adam's, and Adam an inset."""
    others = [1 / points.k.values.min() for name, points in main.items() if name != "Adam"]
    if not others or "Adam" not in main:
        return
    axes.set_xlim(right=1.05 * max(others))
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.12 * (high - low))
    inset = axes.inset_axes((0.1, 0.6, 0.44, 0.33))
    _points(inset, dataset, "Adam", main["Adam"], "1/k")
    inset.set_title("all of Adam", fontsize=8)
    inset.tick_params(labelsize=7)


def _legend(dataset):
    """Return handles and labels: the optimizers with their exponents, then what lines mean."""
    handles, labels = [], []
    for name in COLOURS:
        if name in dataset.get("series", []):
            fits = dataset.sel(series=name, points_used="main")
            texts = [
                f"{float(one.exponent):.2f} [{float(one.exponent_low):.2f}, {float(one.exponent_high):.2f}]"
                for one in (fits.sel(prefactor="without"), fits.sel(prefactor="with"))
            ]
            power = r"k^{1/2}" if name == "Adam" else "k"
            handles.append(Line2D([], [], **look(name)))
            labels.append(f"{name}: free $p$ = {texts[0]}; for $\\tau {power}$, {texts[1]}")
    handles.append(Line2D([], [], color="0.4", linestyle="--", linewidth=1))
    labels.append("best straight line; $p$ with its 95 % interval")
    if "predicted_log_tau" in dataset:
        handles.append(Patch(color="0.4", alpha=0.3, linewidth=0))
        dim = int(dataset.attrs["dim"])
        labels.append(
            f"Kramers' time $\\tau_K$, first of {dim} coordinates to reach the top: $\\tau_K/{2 * dim}$\n"
            f"(line: strong friction, half fall back) to $\\tau_K/{dim}$ (weak: none)"
        )
    return handles, labels


def _residuals(axes, dataset, main, law):
    """Draw what is left of log tau after each optimizer's best line under one law."""
    p, label = LAWS[law]
    axes.axhline(0, color="0.4", linewidth=0.8)
    for i, (name, points) in enumerate(main.items()):
        if name not in dataset.get("series", []):
            continue
        line = dataset.sel(series=name, points_used="main", prefactor="without", law=law)
        k = points.k.values
        left = np.log(points.tau.values) - float(line.a) - float(line.b) * k**-p
        axes.errorbar(
            k * 1.012 ** (i - 1.5), left, bars(points), **look(name) | {"linestyle": "-", "linewidth": 0.6}
        )
    sharpness_axis(axes, main)
    axes.set(ylabel=r"residual of $\ln\tau$")
    axes.set_title(f"What the law {label} misses")
    if law == "k^-1/2":
        axes.set_xlabel("sharpness $k$")
