"""Draw Figure 6 at low temperature.

Filled markers are counted walkers, open ones splitting; lines are theory.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from figures.figure6_panels import bars, confidence, panel
from figures.look import looks, styled

DOTS = {"linestyle": ":", "linewidth": 1.2}  # of exact times
LABELS = {1.0: "$1/k$", 0.5: r"$1/\sqrt{k}$"}


def draw(dataset, direct=None) -> Figure:
    """Return the figure of both laws at low temperature.

    It also shows what Kramers' formula misses, and the exponents.

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
    steep = [name for name in cold | warm if _power(dataset, name) == 0.5]
    with styled():
        # fixed places: a solver of layouts differs in its last digit from run to run, and so would the files
        handles, labels = _legend(dataset, cold, warm)
        height = 8.35 + 0.2 * -(-len(handles) // 2)
        figure = Figure(figsize=(7.4, height))
        grid = figure.add_gridspec(
            2, 2, left=0.08, right=0.925, top=1 - 1.05 / height, bottom=(0.2 * -(-len(handles) // 2) + 0.6) / height,
            hspace=0.32, wspace=0.42,
        )  # fmt: skip
        axes = [figure.add_subplot(grid[place]) for place in ((0, 0), (0, 1), (1, 0), (1, 1))]
        _law(axes[0], dataset, cold, warm, [name for name in cold | warm if name not in steep], 1.0)
        _law(axes[1], dataset, cold, warm, steep, 0.5)
        _against_kramers(axes[2], dataset, cold, warm)
        _exponents(axes[3], dataset, cold)
        place: dict = {"loc": "lower left", "bbox_to_anchor": (0.02, 0.004), "ncols": 2}
        figure.legend(handles, labels, fontsize=7.5, **place)
        partial = " (stopped early: partial)" if dataset.attrs["partial"] == "yes" else ""
        side: dict = {"x": 0.01, "ha": "left", "va": "top"}
        title = "Low temperature: the lines of Figure 6, carried on by rare-event sampling"
        figure.suptitle(title + partial, y=1 - 0.08 / height, weight="bold", fontsize=10.5, **side)
        figure.text(y=1 - 0.32 / height, s=conditions(dataset), fontsize=7.5, color="0.25", **side)
    return figure


def conditions(dataset) -> str:
    """Return the run's conditions in two lines.

    They say how the walkers were run and stopped.
    """
    return (
        f"{dataset.sizes['replica']} replicas of splitting at each point, seed {dataset.attrs['seed']}; Styblinski-Tang "
        f"in {dataset.attrs['dim']} dimensions, frozen noise, {dataset.attrs['interpretation']};\nstopped at the "
        f"{dataset.attrs['stop']}; bars: {confidence(dataset)} intervals"
    )


def _power(dataset, name):
    """Return the power of k on an optimizer's axis.

    It is 0.5 for an optimizer whose line is straight against 1/sqrt(k), 1 for the others.
    """
    known = name in dataset.get("series", [])
    kind = name.partition(",")[0]
    claimed = float(dataset.claimed.sel(series=name)) if known else 0.5 if kind == "Adam" else 1.0
    return 0.5 if claimed == 0.5 else 1.0


def _open(look):
    """Return how an optimizer's points by splitting are drawn."""
    return look | {"markerfacecolor": "none", "markeredgewidth": 1.1, "markeredgecolor": look["color"]}


def _limits(points):
    """Return the two lengths of an error bar.

    They span the interval of log tau, as errorbar wants them; there is no end where the interval has none.
    """
    log = points.log_tau.values
    up = points.log_tau_high.values - log
    return np.stack([log - points.log_tau_low.values, np.where(np.isfinite(up), up, 0)])


def _kramers(dataset, name):
    """Return k and Kramers' log times.

    The times are for strong and for weak friction, and None where Kramers has none.
    """
    if name not in dataset.get("predicted", []):
        return None
    one = dataset.sel(predicted=name)
    return one.predicted_k.values, one.predicted_log_tau.values, one.predicted_log_tau_underdamped.values


def _law(axes, dataset, cold, warm, names, p):
    """Draw log tau against one law's abscissa.

    The optimizers are those of which the law is claimed.
    """
    for name, look in looks(cold | warm).items():
        if name not in names:
            continue
        if lines := _kramers(dataset, name):
            k, strong, weak = lines
            axes.fill_between(k**-p, strong, weak, color=look["color"], linewidth=0, alpha=0.22)
            axes.plot(k**-p, strong, color=look["color"], linewidth=0.8, alpha=0.7)
        if name in warm:
            x, log = warm[name].k.values ** -p, np.log(warm[name].tau.values)
            axes.errorbar(x, log, bars(warm[name]), **look, zorder=3, label=f"{name}, counted")
        if name in cold:
            x, log = cold[name].k.values ** -p, cold[name].log_tau.values
            axes.errorbar(x, log, _limits(cold[name]), **_open(look), zorder=4, label=f"{name}, splitting")
    axes.set_xlabel(f"{LABELS[p]}   (sharper $\\leftarrow$   $\\rightarrow$ flatter)")
    axes.set_ylabel(r"log of the mean time, $-\ln\Gamma$")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    decades = axes.secondary_yaxis("right", functions=(lambda y: y / np.log(10), lambda d: d * np.log(10)))
    decades.set_ylabel("decades of iterations")
    axes.set_title(f"{', '.join(names)}:\na straight line if the law is {LABELS[p]}")


def _against_kramers(axes, dataset, cold, warm):
    """Draw log tau less Kramers' for strong friction.

    In this difference the error bars, and what theory misses, can be seen.
    """
    axes.axhline(0, color="0.4", linewidth=0.8)
    axes.axhspan(0, np.log(2), color="0.93", linewidth=0, zorder=0)
    for i, (name, look) in enumerate(looks(cold | warm).items()):
        if not (lines := _kramers(dataset, name)):
            continue
        (k, strong, _), shift, p = lines, 1.012 ** (i - 1.5), _power(dataset, name)

        def above(points, log, p=p, k=k, strong=strong):  # in k^-p the curve is nearly straight
            return log - np.interp(-(points.k.values**-p), -(k**-p), strong)

        if name in cold:
            points = cold[name]
            over = above(points, points.log_tau.values)
            label = f"{name}, splitting"
            axes.errorbar(
                points.k.values * shift, over, _limits(points), **_open(look), zorder=4, label=label
            )
            exact = above(points, points.log_exact.values)  # NaN draws nothing
            axes.plot(points.k.values, exact, color=look["color"], **DOTS)
        if name in warm:
            points = warm[name]
            over = above(points, np.log(points.tau.values))
            label = f"{name}, counted"
            axes.errorbar(points.k.values * shift, over, bars(points), **look, zorder=3, label=label)
    ticks = [0.12, 0.25, 0.5, 1, 2, 4, 8, 16]
    axes.set_xscale("log")
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.invert_xaxis()
    axes.set_xlabel("sharpness $k$   (flatter, colder $\\rightarrow$)")
    axes.set_ylabel(f"$\\ln\\tau - \\ln(\\tau_K/{2 * int(dataset.attrs['dim'])})$", labelpad=2)
    axes.set_title("Distance from Kramers' time\n(grey: from strong to weak friction)")


def _exponents(axes, dataset, cold):
    """Draw the fitted exponents over the claimed ones.

    Beside them stand those of exact times and of Kramers' formula.
    """
    axes.axvline(1, color="0.4", linewidth=0.8)
    names, every = [str(name) for name in dataset.series.values], looks(cold)
    for y, name in enumerate(names):
        one = dataset.sel(series=name)
        unit = float(one.claimed) or 1.0 if np.isfinite(one.claimed) else 1.0
        p, low, high = (float(one[v]) / unit for v in ("exponent", "exponent_low", "exponent_high"))
        axes.errorbar(p, y, xerr=[[p - low], [high - p]], **_open(every[name]), zorder=3, label=name)
        axes.plot(float(one.kramers_exponent) / unit, y + 0.19, "|", color="0.35", markersize=11)
        axes.plot(float(one.exact_exponent) / unit, y - 0.17, "x", color="k", markersize=5)
        power = r"k^{1/2}" if unit == 0.5 else "k"
        text = f"{name}: $p$ = {float(one.exponent):.3f} [{float(one.exponent_low):.3f}, {float(one.exponent_high):.3f}]"
        axes.annotate(
            f"{text} of $\\tau {power}$",
            (0.01, y - 0.38),
            xycoords=("axes fraction", "data"),
            fontsize=7.5,
            color="0.2",
            va="center",
            bbox={"facecolor": "w", "edgecolor": "none", "pad": 0.5},
        )
    axes.set_yticks([])
    axes.set_ylim(max(len(names), 1) - 0.55, -0.65)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("exponent $p$ over the one claimed")
    axes.set_title("Exponents of the open points,\neach over the one claimed")


def _legend(dataset, cold, warm):
    """Return the handles and labels of the legend.

    The optimizers come first, then what markers and lines mean.
    """
    every = looks(cold | warm)
    handles = [Line2D([], [], **_open(look)) for look in every.values()]
    labels = list(every)
    if warm:
        handles.append(Line2D([], [], color="0.3", marker="o", linestyle="none"))
        labels.append("filled: direct simulation")
    handles.append(Line2D([], [], color="0.3", marker="o", markerfacecolor="w", linestyle="none"))
    labels.append("open: splitting")
    handles.append(Patch(color="0.4", alpha=0.3, linewidth=0))
    dim = int(dataset.attrs["dim"])
    labels.append(f"Kramers, from $\\tau_K/{2 * dim}$ (line: strong friction) to $\\tau_K/{dim}$")
    handles.append(Line2D([], [], color="0.3", **DOTS))
    labels.append(f"exact times of one coordinate over {dim} (SGD, Momentum)")
    handles.append(Line2D([], [], color="k", marker="x", markersize=5, linestyle="none"))
    labels.append("exponent of the exact times")
    handles.append(Line2D([], [], color="0.35", marker="|", markersize=11, linestyle="none"))
    labels.append("exponent of Kramers' formula at the same $k$")
    return handles, labels
