"""Draw Figure 6 from its dataset.

sims.figure6.run made the dataset. Lines are theory or fits, markers are walkers.
"""

import json

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from figures.figure6_panels import (
    bars,
    breakdown,
    confidence,
    data_sets,
    panel,
    shape,
    sharpness_axis,
    survival,
)
from figures.look import looks, styled

LAWS = {"1/k": (1.0, "$1/k$"), "k^-1/2": (0.5, "$1/\\sqrt{k}$")}
TITLES = {
    "kramers": "Escape from a valley: exact Styblinski-Tang function, Gaussian noise",
    "literal": "The set-up as printed: minibatches of 10, a single well on average (no valley)",
}
WIDTH, COLUMN = 7.4, 3.35  # inches: of a page of the documentation, and of a column of a paper


def draw(dataset, panels="all") -> Figure:
    """Return Figure 6.

    It shows both laws, residuals, survival, and what each mode adds.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `sims.figure6.run.run` returns it.
    panels : "all" or 2
        2 draws both laws alone, at the width of a column.
    """
    return _column(dataset) if panels == 2 else _page(dataset)


def _page(dataset):
    with styled():
        # fixed places: a solver of layouts differs in its last digit from run to run, and so would the files
        handles, labels = _legend(dataset)
        lines = sum(1 + label.count("\n") for label in labels)
        inches = {"title": 0.85, "laws": 3.3, "residuals": 1.5, "legend": 0.18 * lines + 0.2, "lower": 5.6}
        height = sum(inches.values()) + 1.75
        figure = Figure(figsize=(WIDTH, height))
        grid: dict = {"left": 0.1, "right": 0.985, "wspace": 0.26}
        top = 1 - inches["title"] / height
        bottom = top - (inches["laws"] + inches["residuals"] + 0.7) / height
        ratios = [inches["laws"], inches["residuals"]]
        upper = figure.add_gridspec(2, 2, top=top, bottom=bottom, hspace=0.34, height_ratios=ratios, **grid)
        laws = [figure.add_subplot(upper[0, i]) for i in range(2)]
        left = figure.add_subplot(upper[1, 0])
        right = figure.add_subplot(upper[1, 1], sharey=left)
        main = panel(dataset, "main")
        for law, above, below in zip(LAWS, laws, (left, right), strict=True):
            _law(above, dataset, main, law)
            _residuals(below, dataset, main, law)
        if dataset.attrs["mode"] == "literal":
            _wide_others(laws[0], dataset, main)
        middle = bottom - (0.5 + 0.5 * inches["legend"]) / height
        figure.legend(handles, labels, loc="center left", bbox_to_anchor=(0.065, middle))
        lower = figure.add_gridspec(
            2, 2, top=(inches["lower"] + 0.2) / height, bottom=0.45 / height, hspace=0.42, **grid
        )
        places = [figure.add_subplot(lower[i // 2, i % 2]) for i in range(4)]
        if dataset.attrs["mode"] == "literal":
            survival(places[0], main, "middle")
            shape(places[1], main)
            data_sets(places[2], dataset)
            breakdown(places[3], dataset)
        else:
            survival(places[0], main, "flattest")
            survival(places[1], main, "sharpest")
            shape(places[2], main)
            _exponents(places[3], dataset)
        partial = " (stopped early: partial)" if dataset.attrs["partial"] == "yes" else ""
        side: dict = {"x": 0.01, "ha": "left", "va": "top"}
        title = TITLES[dataset.attrs["mode"]] + partial
        figure.suptitle(title, y=1 - 0.08 / height, weight="bold", fontsize=10.5, **side)
        figure.text(y=1 - 0.3 / height, s=conditions(dataset), fontsize=7.5, color="0.25", **side)
    return figure


def _column(dataset):
    """Return both laws side by side, one column wide."""
    with styled():
        figure = Figure(figsize=(COLUMN, 2.55))
        grid = figure.add_gridspec(1, 2, left=0.115, right=0.99, top=0.91, bottom=0.34, wspace=0.12)
        left = figure.add_subplot(grid[0])
        axes = left, figure.add_subplot(grid[1], sharey=left)
        main = panel(dataset, "main")
        for law, one in zip(LAWS, axes, strict=True):
            _law(one, dataset, main, law)
            one.set_title(f"straight if the law is {LAWS[law][1]}", fontsize=7.5, pad=3)
            one.set_xlabel(f"{LAWS[law][1]}  (flatter $\\rightarrow$)", fontsize=7.5, labelpad=1)
            one.tick_params(labelsize=7, pad=2)
        axes[0].set_ylabel(r"$-\ln\Gamma$  (per iteration)", fontsize=7.5, labelpad=2)
        axes[1].set_ylabel("")
        axes[1].tick_params(labelleft=False)
        handles, labels = [], []
        for name, look in looks(main).items():
            handles.append(Line2D([], [], **look))
            labels.append(f"{name} {_exponent(dataset, name)}")
        handles.append(Line2D([], [], color="0.4", linestyle="--", linewidth=1))
        labels.append("best straight line")
        figure.legend(
            handles, labels, loc="lower center", ncols=2, fontsize=6.5, columnspacing=1, borderaxespad=0.2,
            handletextpad=0.4,
        )  # fmt: skip
    return figure


def conditions(dataset) -> str:
    """Return the run's conditions in two lines.

    They say how the walkers were run, stopped and counted.
    """
    settings = json.loads(dataset.attrs["settings"])
    if dataset.attrs["mode"] == "literal":
        noise = f"data set {settings['data_seed']}"
    else:
        noise = f"{dataset.attrs['noise']} noise, $\\kappa$ = {settings['kappa']:g}, $B$ = {settings['B']}"
    return (
        f"{dataset.sizes['walker']} walkers per point, seed {dataset.attrs['seed']}; {noise}, {settings['dim']} coordinates, "
        f"{dataset.attrs['interpretation']}; bars on $\\ln\\tau$: exact {confidence(dataset)} intervals;\n"
        f"stopped at the {dataset.attrs['stop']}; times from the cut $t_0$"
    )


def _law(axes, dataset, main, law):
    """Draw log tau against one law's abscissa.

    The law's straight line is drawn too, and the theory, if there is any.
    """
    p, label = LAWS[law]
    for name, look in looks(main).items():
        if name in dataset.get("predicted", []):
            one = dataset.sel(predicted=name)
            over, under = one.predicted_log_tau.values, one.predicted_log_tau_underdamped.values
            x, colour = one.predicted_k.values**-p, look["color"]
            axes.fill_between(x, over, under, alpha=0.22, color=colour, linewidth=0)
            axes.plot(x, over, color=colour, linewidth=0.8, alpha=0.6)
        _points(axes, dataset, name, main[name], law, look)
    axes.set_xlabel(f"{label}   (sharper $\\leftarrow$   $\\rightarrow$ flatter)")
    axes.set_ylabel(r"log of the mean time, $-\ln\Gamma$")
    axes.set_title(f"A straight line if the law is {label}")


def _points(axes, dataset, name, points, law, look):
    """Draw one optimizer's points under one law.

    Their best straight line goes with them.
    """
    x = points.k.values ** -LAWS[law][0]
    axes.errorbar(x, np.log(points.tau.values), bars(points), **look, zorder=3, label=name)
    if name in dataset.get("series", []):
        line = dataset.sel(series=name, points_used="main", prefactor="without", law=law)
        ends = np.array([x.min(), x.max()])
        axes.plot(ends, float(line.a) + float(line.b) * ends, "--", color=look["color"], linewidth=1)


def _wide_others(axes, dataset, main):
    """Fit the 1/k panel to all but the widest.

    It does so where the widest optimizer's range is much longer than the others', and draws the widest in an
    inset.
    """
    reach = {name: 1 / points.k.values.min() for name, points in main.items()}
    widest = max(reach, key=reach.__getitem__)
    others = [end for name, end in reach.items() if name != widest]
    if not others or max(others) > 0.6 * reach[widest]:
        return
    axes.set_xlim(right=1.05 * max(others))
    low, high = axes.get_ylim()
    axes.set_ylim(low, high + 0.3 * (high - low))
    inset = axes.inset_axes((0.1, 0.66, 0.42, 0.29))
    _points(inset, dataset, widest, main[widest], "1/k", looks(main)[widest])
    inset.set_title(f"all of {widest}", fontsize=8)
    inset.tick_params(labelsize=7)


def _exponent(dataset, name, prefactor="without"):
    """Return one optimizer's exponent as text.

    It reads "p = 1.02 [0.90, 1.13]", and is empty if the optimizer was not fitted.
    """
    if name not in dataset.get("series", []):
        return ""
    one = dataset.sel(series=name, points_used="main", prefactor=prefactor)
    value, low, high = (float(one[v]) for v in ("exponent", "exponent_low", "exponent_high"))
    return f"$p$ = {value:.2f} [{low:.2f}, {high:.2f}]"


def _power(dataset, name):
    """Return the prefactor's claimed power of k, in mathtext."""
    claimed = float(dataset.claimed.sel(series=name, points_used="main"))
    return {0.5: "k^{1/2}"}.get(claimed, "k" if claimed == 1 or np.isnan(claimed) else f"k^{{{claimed:g}}}")


def _legend(dataset):
    """Return the handles and labels of the legend.

    The optimizers with their exponents come first, then what lines mean.
    """
    handles, labels = [], []
    for name, look in looks(panel(dataset, "main")).items():
        handles.append(Line2D([], [], **look))
        labels.append(name)
        if text := _exponent(dataset, name):
            with_prefactor = _exponent(dataset, name, "with")
            labels[-1] += f": {text} of $\\tau$, {with_prefactor} of $\\tau {_power(dataset, name)}$"
    handles.append(Line2D([], [], color="0.4", linestyle="--", linewidth=1))
    labels.append(f"best straight line; $p$ with its {confidence(dataset)} interval")
    if "predicted_log_tau" in dataset:
        handles.append(Patch(color="0.4", alpha=0.3, linewidth=0))
        dim = int(dataset.attrs["dim"])
        labels.append(
            f"Kramers' time $\\tau_K$, first of {dim} coordinates to reach the top: from $\\tau_K/{2 * dim}$ (line:\n"
            f"strong friction, half of the walkers fall back) to $\\tau_K/{dim}$ (weak friction, none do)"
        )
    return handles, labels


def _residuals(axes, dataset, main, law):
    """Draw the residuals of log tau under one law.

    They are what is left after each optimizer's best line.
    """
    p, label = LAWS[law]
    axes.axhline(0, color="0.4", linewidth=0.8)
    for i, (name, look) in enumerate(looks(main).items()):
        if name not in dataset.get("series", []):
            continue
        points = main[name]
        line = dataset.sel(series=name, points_used="main", prefactor="without", law=law)
        k = points.k.values
        left = np.log(points.tau.values) - float(line.a) - float(line.b) * k**-p
        joined = look | {"linestyle": "-", "linewidth": 0.6, "label": name}
        axes.errorbar(k * 1.012 ** (i - 1.5), left, bars(points), **joined)
    sharpness_axis(axes, main)
    axes.set_xlabel("sharpness $k$")
    axes.set_ylabel(r"$\ln\tau$ minus line", labelpad=1)
    axes.set_title(f"Distance from the best {label} line")


def _exponents(axes, dataset):
    """Draw the free exponents with their intervals.

    They are those of tau alone and of tau with its prefactor.
    """
    names = dataset.series.values.tolist() if "series" in dataset else []
    every = looks([*panel(dataset, "main"), *names])
    for y, name in enumerate(names):
        for prefactor, shift in (("without", -0.15), ("with", 0.15)):
            one = dataset.sel(series=name, points_used="main", prefactor=prefactor)
            p, low, high = (float(one[v]) for v in ("exponent", "exponent_low", "exponent_high"))
            hollow: dict = {"markerfacecolor": "none", "markeredgewidth": 1.1} if prefactor == "with" else {}
            axes.errorbar(
                p,
                y + shift,
                xerr=[[p - low], [high - p]],
                **every[name] | hollow,
                label=f"{name}, {prefactor}",
            )
    for p in (0.5, 1.0):
        axes.axvline(p, color="0.4", linewidth=0.8, linestyle=":")
    axes.set_yticks(range(len(names)), names, rotation=90, va="center", fontsize=8)
    axes.set_ylim(max(len(names), 1) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("$p$ of $\\tau$ (filled) and of $\\tau k^q$, $q$ as claimed (hollow)")
    axes.set_title(f"Exponents with {confidence(dataset)} intervals")
