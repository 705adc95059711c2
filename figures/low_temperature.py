"""Draw Figure 6 at low temperature: filled markers are counted walkers, open ones splitting, lines theory."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from figures.figure6_panels import bars, confidence, panel
from figures.look import looks, styled

DOTS = {"linestyle": ":", "linewidth": 1.2}  # of exact times


def draw(dataset, direct=None) -> Figure:
    """Return both laws down to low temperature, what Kramers' formula misses, and the exponents.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `sims.figure6.low_temperature.run` returns it.
    direct : xarray.Dataset, optional
        As `sims.figure6.run.run` returns it in kramers mode: sharper minima, left by walkers that were waited for.
    """
    names = dict.fromkeys(dataset.optimizer.values.tolist())
    cold = {name: dataset.isel(point=np.flatnonzero(dataset.optimizer.values == name)) for name in names}
    warm = {} if direct is None else panel(direct, "main")
    laws = {name: _power(dataset, name) for name in cold | warm}
    with styled():
        # fixed places: a solver of layouts differs in its last digit from run to run, and so would the files
        figure = Figure(figsize=(11, 9))
        grid = figure.add_gridspec(
            2, 2, left=0.065, right=0.945, top=0.9, bottom=0.165, hspace=0.3, wspace=0.27
        )
        inverse, root, miss, exponents = (
            figure.add_subplot(grid[place]) for place in ((0, 0), (0, 1), (1, 0), (1, 1))
        )
        _law(inverse, dataset, cold, warm, ("SGD", "Momentum", "Adai"), 1.0, "$1/k$")
        _law(root, dataset, cold, warm, ("Adam",), 0.5, "$k^{-1/2}$")
        _against_kramers(miss, dataset, cold, warm)
        _exponents(exponents, dataset)
        figure.legend(*_legend(dataset, warm), loc="lower left", bbox_to_anchor=(0.03, 0.008), ncols=3)
        partial = " (stopped early: partial)" if dataset.attrs["partial"] == "yes" else ""
        left: dict = {"x": 0.01, "ha": "left"}
        title = "Low temperature: the lines of Figure 6, carried on by rare-event sampling"
        figure.suptitle(title + partial, y=0.985, weight="bold", **left)
        figure.text(y=0.947, s=conditions(dataset), fontsize=8.5, color="0.25", **left)
    return figure


def conditions(dataset) -> str:
    """Return in one line how the walkers were run and stopped."""
    return (
        f"{dataset.sizes['replica']} replicas of splitting at each point, seed {dataset.attrs['seed']}; Styblinski-Tang "
        f"in {dataset.attrs['dim']} dimensions, frozen noise, {dataset.attrs['interpretation']}; stopped at the "
        f"{dataset.attrs['stop']}; bars: 95 %"
    )


def _open(name):
    """Return how an optimizer's points by splitting are drawn."""
    return look(name) | {"markerfacecolor": "none", "markeredgewidth": 1.1, "markeredgecolor": COLOURS[name]}


def _limits(points):
    """Return the 95 % interval of log tau as the two lengths that errorbar wants; no end where there is none."""
    log = points.log_tau.values
    up = points.log_tau_high.values - log
    return np.stack([log - points.log_tau_low.values, np.where(np.isfinite(up), up, 0)])


def _kramers(dataset, name):
    """Return k, and Kramers' log times for strong and for weak friction."""
    one = dataset.sel(predicted=name)
    return one.predicted_k.values, one.predicted_log_tau.values, one.predicted_log_tau_underdamped.values


def _law(axes, dataset, cold, warm, names, p, label):
    """Draw log tau against the abscissa of one law for the optimizers of which it is claimed."""
    for name in names:
        k, strong, weak = _kramers(dataset, name)
        axes.fill_between(k**-p, strong, weak, color=COLOURS[name], linewidth=0, alpha=0.22)
        axes.plot(k**-p, strong, color=COLOURS[name], linewidth=0.8, alpha=0.7)
        if name in warm:
            points = warm[name]
            axes.errorbar(
                points.k.values**-p, np.log(points.tau.values), bars(points), **look(name), zorder=3
            )
        if name in cold:
            points = cold[name]
            axes.errorbar(
                points.k.values**-p, points.log_tau.values, _limits(points), **_open(name), zorder=4
            )
    axes.set(
        xlabel=f"{label}   (sharper $\\leftarrow$   $\\rightarrow$ flatter)",
        ylabel=r"$-\ln\Gamma$, $\Gamma$ per iteration",
    )
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    decades = axes.secondary_yaxis("right", functions=(lambda y: y / np.log(10), lambda d: d * np.log(10)))
    decades.set_ylabel(r"$\log_{10}$ of the mean escape time")
    axes.set_title(f"{', '.join(names)}: straight here if the law is {label}")


def _against_kramers(axes, dataset, cold, warm):
    """Draw log tau less Kramers' for strong friction: where the error bars, and what theory misses, can be seen."""
    axes.axhline(0, color="0.4", linewidth=0.8)
    axes.axhspan(0, np.log(2), color="0.93", linewidth=0, zorder=0)
    for i, name in enumerate(COLOURS):
        k, strong, _ = _kramers(dataset, name)
        shift = 1.012 ** (i - 1.5)

        def above(points, log, p=POWERS[name], k=k, strong=strong):  # in k^-p the curve is nearly straight
            return log - np.interp(-(points.k.values**-p), -(k**-p), strong)

        if name in cold:
            points = cold[name]
            over = above(points, points.log_tau.values)
            axes.errorbar(points.k.values * shift, over, _limits(points), **_open(name), zorder=4)
            exact = above(points, points.log_exact.values)  # NaN draws nothing
            axes.plot(points.k.values, exact, color=COLOURS[name], **DOTS)
        if name in warm:
            points = warm[name]
            over = above(points, np.log(points.tau.values))
            axes.errorbar(points.k.values * shift, over, bars(points), **look(name), zorder=3)
    ticks = [0.12, 0.25, 0.5, 1, 2, 4, 8, 16]
    axes.set_xscale("log")
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.invert_xaxis()
    axes.set(
        xlabel="sharpness $k$   (sharper $\\leftarrow$   $\\rightarrow$ flatter, colder)",
        ylabel=f"$\\ln\\tau - \\ln(\\tau_K/{2 * int(dataset.attrs['dim'])})$",
    )
    axes.set_title("Beside Kramers' time (grey: from strong to weak friction)")


def _exponents(axes, dataset):
    """Draw the fitted exponents over the claimed ones, beside those of exact times and of Kramers' formula."""
    axes.axvline(1, color="0.4", linewidth=0.8)
    names = [str(name) for name in dataset.series.values]
    for y, name in enumerate(names):
        one = dataset.sel(series=name)
        p, low, high = (float(one[v] / one.claimed) for v in ("exponent", "exponent_low", "exponent_high"))
        axes.errorbar(p, y, xerr=[[p - low], [high - p]], **_open(name), zorder=3)
        axes.plot(float(one.kramers_exponent / one.claimed), y + 0.19, "|", color="0.35", markersize=11)
        if np.isfinite(float(one.exact_exponent)):
            axes.plot(float(one.exact_exponent / one.claimed), y - 0.17, "x", color="k", markersize=5)
        power = r"k^{1/2}" if float(one.claimed) == 0.5 else "k"
        text = (
            f"$p$ = {float(one.exponent):.3f} [{float(one.exponent_low):.3f}, {float(one.exponent_high):.3f}], "
            f"claimed {float(one.claimed):g}"
        )
        axes.annotate(
            f"{name}, $\\ln(\\tau {power}) = a + b\\,k^{{-p}}$: {text}",
            (0.01, y - 0.38),
            xycoords=("axes fraction", "data"),
            fontsize=8,
            color="0.2",
            va="center",
            bbox={"facecolor": "w", "edgecolor": "none", "pad": 0.5},
        )
    axes.set_yticks([])
    axes.set_ylim(max(len(names), 1) - 0.55, -0.65)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("$p$ over the exponent claimed")
    axes.set_title("Exponents, open points only")


def _legend(dataset, warm):
    """Return handles and labels: the optimizers, then what markers and lines mean."""
    handles = [Line2D([], [], **_open(name)) for name in COLOURS]
    labels = list(COLOURS)
    if warm:
        handles.append(Line2D([], [], color="0.3", marker="o", linestyle="none"))
        labels.append("filled: direct simulation")
    handles.append(Line2D([], [], color="0.3", marker="o", markerfacecolor="w", linestyle="none"))
    labels.append("open: splitting")
    handles.append(Patch(color="0.4", alpha=0.3, linewidth=0))
    dim = int(dataset.attrs["dim"])
    labels.append(f"Kramers, from $\\tau_K/{2 * dim}$ (line: strong friction) to $\\tau_K/{dim}$ (weak)")
    handles.append(Line2D([], [], color="0.3", **DOTS))
    labels.append(f"exact times of one coordinate over {dim} (SGD, Momentum)")
    handles.append(Line2D([], [], color="k", marker="x", markersize=5, linestyle="none"))
    labels.append("exponent of the exact times")
    handles.append(Line2D([], [], color="0.35", marker="|", markersize=11, linestyle="none"))
    labels.append("exponent of Kramers' formula at the same $k$")
    return handles, labels
