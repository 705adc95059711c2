"""Draw the smaller panels of Figure 6.

They ask whether the times are exponential, whether data sets differ, and where the law breaks.
"""

import numpy as np
from scipy import stats

from figures.look import COLOURS, looks

REJECTED = 1e-3  # probability by chance below which times are not exponential


def panel(dataset, *panels):
    """Return the judged points of some panels.

    They are {optimizer: dataset sorted by k}, the paper's optimizers first.
    """
    inside = np.isin(dataset.panel.values, panels) & np.isfinite(dataset.tau.values)
    found = {}
    for name in dict.fromkeys([*COLOURS, *dataset.optimizer.values.tolist()]):
        here = np.flatnonzero(inside & (dataset.optimizer.values == name))
        if here.size:
            found[name] = dataset.isel(point=here[np.argsort(dataset.k.values[here], kind="stable")])
    return found


def bars(points):
    """Return the two lengths of an error bar.

    They span the exact interval of log tau, as errorbar wants them.
    """
    log = np.log(points.tau.values)
    return np.stack([log - np.log(points.tau_low.values), np.log(points.tau_high.values) - log])


def confidence(dataset) -> str:
    """Return the confidence of a dataset's intervals: "95 %"."""
    return f"{100 * dataset.attrs.get('level', 0.95):g} %"


def sharpness_axis(axes, main):
    """Make the x axis that of k.

    It is logarithmic, with the grid's own round numbers as ticks.
    """
    ks = np.concatenate([points.k.values for points in main.values()])
    ticks = [t for t in (0.35, 0.5, 1, 1.5, 2, 3, 4, 6, 10, 16) if 0.9 * ks.min() <= t <= 1.1 * ks.max()]
    axes.set_xscale("log")
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.minorticks_off()


def survival(axes, main, which):
    """Draw Kaplan-Meier survival against scaled time.

    Time is in units of its mean and the axis is logarithmic. A band shows where chance keeps the survival.
    """
    reach, fewest = 7.0, np.inf
    for name, look in looks(main).items():
        points = main[name]
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
            color=look["color"],
            label=f"{name}, $k$ = {float(point.k):g}",
        )
        fewest = min(fewest, kept.sum())
    t = np.linspace(0, reach, 200)
    low, high = stats.binom.ppf([[0.025], [0.975]], fewest, np.exp(-t)) / fewest
    axes.fill_between(t, np.maximum(low, 1e-4), high, color="0.88", linewidth=0, zorder=0)
    axes.plot(t, np.exp(-t), "k:", linewidth=1, label="exponential, 95 %")
    axes.set(
        yscale="log", xlim=(0, reach), ylim=(8e-4, 1.3), xlabel=r"$(T - t_0)/\tau$, in mean escape times"
    )
    axes.set_ylabel("fraction of walkers")
    axes.set_title(f"Walkers not yet out: {which} minima")
    axes.legend(loc="upper right")


def shape(axes, main):
    """Draw the coefficient of variation at every point.

    Markers are open where Anderson-Darling rejects.
    """
    for i, (name, look) in enumerate(looks(main).items()):
        points = main[name]
        rejected = points.anderson_darling_p.values < REJECTED
        k = points.k.values * 1.012 ** (i - 1.5)
        spread = 1.96 / np.sqrt(points.events.values)
        axes.errorbar(k, points.cv.values, spread, **look, label=name)
        axes.plot(
            k[rejected],
            points.cv.values[rejected],
            **look | {"color": "w", "markersize": 0.6 * look["markersize"], "zorder": 4},
        )
    axes.axhline(1, color="0.4", linewidth=0.8)
    sharpness_axis(axes, main)
    axes.set(
        xlabel="sharpness $k$   (hollow: surely not exponential)",
        ylabel="standard deviation / mean",
    )
    axes.set_title("Spread of the times: 1 if exponential")


def data_sets(axes, dataset):
    """Draw log tau of every data set.

    It is drawn relative to their mean, at the k of the spread.
    """
    columns = []
    spread = dataset.panel.values == "spread"
    every = panel(dataset, "main", "spread")
    for name, look in looks(every).items():
        points = every[name]
        first = len(columns)
        for k in np.unique(dataset.k.values[spread & (dataset.optimizer.values == name)]):
            here = points.isel(point=np.flatnonzero(points.k.values == k))
            log = np.log(here.tau.values)
            x = len(columns) + np.linspace(-0.3, 0.3, log.size)
            axes.errorbar(x, log - log.mean(), bars(here), **look | {"markersize": 4}, label=name)
            columns.append(f"{k:g}")
        if len(columns) > first:
            middle = (first + len(columns) - 1) / 2
            axes.text(
                middle,
                0.99,
                name,
                color=look["color"],
                ha="center",
                va="top",
                fontsize=8,
                transform=axes.get_xaxis_transform(),
            )
    axes.axhline(0, color="0.4", linewidth=0.8)
    axes.margins(y=0.12)
    axes.set_xticks(range(len(columns)), columns)
    axes.grid(visible=False, axis="x")
    axes.set(xlabel="sharpness $k$", ylabel=r"$\ln\tau$ minus its mean")
    count = np.unique(dataset.data_seed.values).size
    axes.set_title(f"{count} data sets of one law: how $\\tau$ scatters")


def breakdown(axes, dataset):
    """Draw how the line in 1/k breaks.

    It breaks at the sharpest minima if the start-up is counted, as printed.
    """
    every = panel(dataset, "main", "breakdown")
    for name, look in looks(every).items():
        points = every[name]
        if "breakdown" not in points.panel.values:
            continue
        x = 1 / points.k.values
        counted = np.log(points.exposure_uncut.values / points.events_uncut.values)
        axes.plot(
            x,
            counted,
            **look | {"markerfacecolor": "none", "markeredgewidth": 1},
            label=f"{name}, as printed",
        )
        axes.errorbar(x, np.log(points.tau.values), bars(points), **look, label=f"{name}, start-up cut")
        if name in dataset.get("series", []):
            line = dataset.sel(series=name, points_used="main", prefactor="without", law="1/k")
            ends = np.array([x.min(), x.max()])
            axes.plot(ends, float(line.a) + float(line.b) * ends, "--", color=look["color"], linewidth=1)
    edge = dataset.k.values[dataset.panel.values == "breakdown"]
    if edge.size:
        left, right = axes.get_xlim()
        axes.axvspan(left, 1.08 / edge.min(), color="0.93", zorder=0)
        axes.set_xlim(left, right)
        axes.legend(
            loc="lower right",
            title="lines: fitted without the grey",
            title_fontsize=8,
            alignment="left",
            handlelength=1,
        )
    axes.set(xlabel="$1/k$", ylabel="log of the mean time")
    axes.set_title("Grey: too sharp for the law")
