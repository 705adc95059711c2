"""Draw Figure 6 from the dataset of sims.figure6: lines are theory or fits, markers are walkers."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from scipy import stats

from figures.look import COLOURS, MARKERS, styled

LAWS = {"1/k": (1.0, "$1/k$"), "k^-1/2": (0.5, r"$k^{-1/2}$")}
TITLES = {
    "kramers": "Escape from a valley: exact Styblinski-Tang function, Gaussian gradient noise ($\\kappa H_a / B$)",
    "literal": "The set-up as printed: minibatches of 10, averaged loss with one well (a level crossing, no valley)",
}


def draw(dataset) -> Figure:
    """Return Figure 6: both laws, residuals, survival, and what each mode adds.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `sims.figure6.run` returns it.
    """
    with styled():
        # fixed places: a solver of layouts differs in its last digit from run to run, and so would the files
        figure = Figure(figsize=(12.5, 8.6))
        widths = {"left": 0.052, "right": 0.99, "wspace": 0.23, "width_ratios": [1.15, 1, 1]}
        grid = figure.add_gridspec(2, 3, top=0.925, bottom=0.525, hspace=0.42, **widths)
        places = {"1/k": grid[:, 0], "k^-1/2": grid[:, 1], "from 1/k": grid[0, 2], "from k^-1/2": grid[1, 2]}
        upper = {name: figure.add_subplot(place) for name, place in places.items()}
        grid = figure.add_gridspec(1, 3, top=0.375, bottom=0.055, **widths)
        lower = [figure.add_subplot(grid[0, i]) for i in range(3)]
        main = _panel(dataset, "main")
        for law in LAWS:
            _law(upper[law], dataset, main, law)
            _residuals(upper[f"from {law}"], dataset, main, law)
        figure.legend(*_legend(dataset), loc="center left", bbox_to_anchor=(0.015, 0.44), ncols=3)
        literal = dataset.attrs["mode"] == "literal"
        if literal:
            _survival(lower[0], main, "middle")
            _data_sets(lower[1], dataset)
            _breakdown(lower[2], dataset)
        else:
            _survival(lower[0], main, "flattest")
            _survival(lower[1], main, "sharpest")
            _shape(lower[2], main)
        partial = " (stopped early: partial)" if dataset.attrs["partial"] == "yes" else ""
        figure.suptitle(TITLES[dataset.attrs["mode"]] + partial, x=0.01, ha="left", weight="bold")
    return figure


def _panel(dataset, *panels):
    """Return the judged points of some panels as {optimizer: dataset sorted by k}."""
    inside = np.isin(dataset.panel.values, panels) & np.isfinite(dataset.tau.values)
    found = {}
    for name in COLOURS:
        here = np.flatnonzero(inside & (dataset.optimizer.values == name))
        if here.size:
            found[name] = dataset.isel(point=here[np.argsort(dataset.k.values[here], kind="stable")])
    return found


def _bars(points):
    """Return the exact 95 % interval of log tau as the two lengths that errorbar wants."""
    log = np.log(points.tau.values)
    return np.stack([log - np.log(points.tau_low.values), np.log(points.tau_high.values) - log])


def _look(name):
    return {"color": COLOURS[name], "marker": MARKERS[name], "linestyle": "none", "markeredgewidth": 0}


def _law(axes, dataset, main, law):
    """Draw log tau against one law's abscissa, with that law's straight line and the theory, if any."""
    p, label = LAWS[law]
    for name, points in main.items():
        x = points.k.values**-p
        if "predicted_log_tau" in dataset:
            one = dataset.sel(predicted=name)
            shade = {"color": COLOURS[name], "linewidth": 0}
            over, under = one.predicted_log_tau.values, one.predicted_log_tau_underdamped.values
            axes.fill_between(one.predicted_k.values**-p, over, under, alpha=0.22, **shade)
            axes.plot(one.predicted_k.values**-p, over, color=COLOURS[name], linewidth=0.8, alpha=0.6)
        axes.errorbar(x, np.log(points.tau.values), _bars(points), **_look(name), zorder=3)
        if name in dataset.get("series", []):
            line = dataset.sel(series=name, points_used="main", prefactor="without", law=law)
            ends = np.array([x.min(), x.max()])
            axes.plot(ends, float(line.a) + float(line.b) * ends, "--", color=COLOURS[name], linewidth=1)
    axes.set(
        xlabel=f"{label}   (sharper $\\leftarrow$   $\\rightarrow$ flatter)",
        ylabel=r"$-\ln\Gamma$, $\Gamma$ per iteration",
    )
    axes.set_title(f"Straight here if the law is {label}")


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
            handles.append(Line2D([], [], **_look(name)))
            labels.append(f"{name}: free $p$ = {texts[0]}; for $\\tau {power}$, {texts[1]}")
    handles.append(Line2D([], [], color="0.4", linestyle="--", linewidth=1))
    labels.append("best straight line; $p$ with its 95 % interval")
    if "predicted_log_tau" in dataset:
        handles.append(Patch(color="0.4", alpha=0.3, linewidth=0))
        dim = int(dataset.attrs["dim"])
        labels.append(
            f"Kramers, first passage: $\\tau_K/{2 * dim}$ (line: strong friction) to $\\tau_K/{dim}$ (weak)"
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
            k * 1.012 ** (i - 1.5), left, _bars(points), **_look(name) | {"linestyle": "-", "linewidth": 0.6}
        )
    axes.set_xscale("log")
    ticks = [t for t in (0.35, 0.5, 1, 1.5, 2, 3, 4, 6, 10, 16) if _within(main, t)]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.minorticks_off()
    axes.set(ylabel=r"residual of $\ln\tau$")
    axes.set_title(f"What the law {label} misses")
    if law == "k^-1/2":
        axes.set_xlabel("sharpness $k$")


def _within(main, k):
    ks = np.concatenate([points.k.values for points in main.values()])
    return 0.9 * ks.min() <= k <= 1.1 * ks.max()


def _survival(axes, main, which):
    """Draw Kaplan-Meier survival against time in units of its mean, on a log axis, and where chance keeps it."""
    reach, fewest = 7.0, np.inf
    for name, points in main.items():
        point = points.isel(
            point={"flattest": 0, "middle": points.sizes["point"] // 2, "sharpest": -1}[which]
        )
        kept = point.iterations.values > int(point.cut)
        times = (point.iterations.values[kept] - int(point.cut)) / float(point.tau)
        curve = stats.ecdf(stats.CensoredData.right_censored(times, ~point.escaped.values[kept])).sf
        shown = curve.probabilities > 0  # the last walker's zero has no logarithm
        axes.step(
            curve.quantiles[shown],
            curve.probabilities[shown],
            where="post",
            color=COLOURS[name],
            label=f"{name}, $k$ = {float(point.k):g}",
        )
        fewest = min(fewest, kept.sum())
    t = np.linspace(0, reach, 200)
    low, high = stats.binom.ppf([[0.025], [0.975]], fewest, np.exp(-t)) / fewest
    axes.fill_between(t, np.maximum(low, 1e-4), high, color="0.88", linewidth=0, zorder=0)
    axes.plot(t, np.exp(-t), "k:", linewidth=1, label="exponential (95 % of samples)")
    axes.set(
        yscale="log", xlim=(0, reach), ylim=(8e-4, 1.3), xlabel=r"$(T - t_0)/\tau$, in mean escape times"
    )
    axes.set_ylabel("fraction not yet out")
    axes.set_title(f"Is the escape time exponential? The {which} minima")
    axes.legend(loc="upper right")


def _shape(axes, main):
    """Draw the coefficient of variation at every point; open where Anderson-Darling rejects."""
    for i, (name, points) in enumerate(main.items()):
        rejected = points.anderson_darling_p.values < 1e-3
        k = points.k.values * 1.012 ** (i - 1.5)
        spread = 1.96 / np.sqrt(points.events.values)
        axes.errorbar(k, points.cv.values, spread, **_look(name))
        axes.plot(k[rejected], points.cv.values[rejected], **_look(name) | {"color": "w", "markersize": 2})
    axes.axhline(1, color="0.4", linewidth=0.8)
    axes.set_xscale("log")
    ticks = [t for t in (0.35, 0.5, 1, 1.5, 2, 3, 4, 6, 10, 16) if _within(main, t)]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.minorticks_off()
    axes.set(xlabel="sharpness $k$", ylabel="standard deviation / mean")
    axes.set_title("1 if exponential (hollow: rejected, $p$ < 0.001)")


def _data_sets(axes, dataset):
    """Draw log tau of every data set, relative to their mean, at the k of the spread."""
    columns = []
    spread = dataset.panel.values == "spread"
    for name, points in _panel(dataset, "main", "spread").items():
        first = len(columns)
        for k in np.unique(dataset.k.values[spread & (dataset.optimizer.values == name)]):
            here = points.isel(point=np.flatnonzero(points.k.values == k))
            log = np.log(here.tau.values)
            x = len(columns) + np.linspace(-0.3, 0.3, log.size)
            axes.errorbar(x, log - log.mean(), _bars(here), **_look(name))
            columns.append(f"{k:g}")
        if len(columns) > first:
            middle = (first + len(columns) - 1) / 2
            axes.text(
                middle,
                0.99,
                name,
                color=COLOURS[name],
                ha="center",
                va="top",
                transform=axes.get_xaxis_transform(),
            )
    axes.axhline(0, color="0.4", linewidth=0.8)
    axes.margins(y=0.12)
    axes.set_xticks(range(len(columns)), columns)
    axes.grid(visible=False, axis="x")
    axes.set(xlabel="sharpness $k$", ylabel=r"$\ln\tau$ minus its mean over data sets")
    count = np.unique(dataset.data_seed.values).size
    axes.set_title(f"The same with {count} data sets, drawn alike")


def _breakdown(axes, dataset):
    """Draw how the line in 1/k breaks at the sharpest minima if the start-up is counted, as printed."""
    for name, points in _panel(dataset, "main", "breakdown").items():
        if "breakdown" not in points.panel.values:
            continue
        x = 1 / points.k.values
        counted = np.log(points.exposure_uncut.values / points.events_uncut.values)
        axes.plot(
            x,
            counted,
            **_look(name) | {"markerfacecolor": "none", "markeredgewidth": 1},
            label=f"{name}, as printed",
        )
        axes.errorbar(
            x, np.log(points.tau.values), _bars(points), **_look(name), label=f"{name}, start-up cut"
        )
        if name in dataset.get("series", []):
            line = dataset.sel(series=name, points_used="main", prefactor="without", law="1/k")
            ends = np.array([x.min(), x.max()])
            axes.plot(ends, float(line.a) + float(line.b) * ends, "--", color=COLOURS[name], linewidth=1)
    edge = dataset.k.values[dataset.panel.values == "breakdown"]
    if edge.size:
        left, right = axes.get_xlim()
        axes.axvspan(left, 1.08 / edge.min(), color="0.93", zorder=0)
        axes.set_xlim(left, right)
        axes.legend(loc="lower right", title="dashed: line through the others", alignment="left")
    axes.set(xlabel="$1/k$", ylabel=r"$\ln$ of the mean time")
    axes.set_title("Breakdown at the sharpest minima (grey)")
