"""Draw Table 1 on a network: times to leave a saddle, and the minima found."""

import numpy as np
from matplotlib.figure import Figure

from figures.look import COLOURS, MARKERS, styled


def draw(dataset) -> Figure:
    """Return the picture of Table 1 on a network.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `sims.networks.geometry.table_1.summary` returns it.
    """
    with styled():
        figure = Figure(figsize=(10, 3.3), layout="constrained")
        leave, ratio, top = figure.subplots(1, 3)
        for number, name in enumerate(COLOURS):
            look = {"color": COLOURS[name], "fmt": MARKERS[name]}
            x, mean, error, stated = _points(dataset, "leave", name, "corrected")
            leave.errorbar(x, mean, 1.96 * error, **look, label=name)
            leave.plot(x, mean, color=COLOURS[name], linewidth=0.8)
            if np.isfinite(stated).all():
                leave.plot(x, stated, color="0.25", linewidth=1, label=r"SGD: $\ln 10\,/\,\eta |H|$")
            _, mean, error, stated = _points(dataset, "ratio", name, "printed")
            ratio.errorbar(mean, [number], xerr=1.96 * error, **look)
            ratio.plot(np.repeat(stated, 2), [number - 0.3, number + 0.3], color="0.25", linewidth=1.4)
            _, mean, error, _ = _points(dataset, "top", name, "printed")
            if len(mean):  # SGD without momentum is not trained to its end
                top.errorbar(mean, [number] * len(mean), xerr=1.96 * error, **look)
        leave.set(
            xscale="log", yscale="log", xlabel="curvature of the way out $|H|$", ylabel="epochs to leave"
        )
        curvatures = np.unique(dataset.x.values[dataset.panel.values == "leave"])
        leave.set_xticks(curvatures, [f"{value:.2g}" for value in curvatures])
        leave.set_xticks([], minor=True)
        leave.set_title("Leaving a saddle of a network")
        leave.legend(loc="best")
        for axes in (ratio, top):
            axes.set_yticks(range(len(COLOURS)), list(COLOURS))
            axes.set_ylim(len(COLOURS) - 0.5, -0.5)
        ratio.set(xlabel="time flat way / time steep way", xlim=(0, None))
        ratio.set_title("tick: the paper; bar: 95 %")
        top.set(xlabel="top eigenvalue of the Hessian", xscale="log")
        top.set_title("at the minima found")
    return figure


def _points(dataset, panel, optimizer, form):
    here = (dataset.panel.values == panel) & (dataset.optimizer.values == optimizer)
    return tuple(dataset[name].values[here] for name in ("x", "measured", "stderr", form))
