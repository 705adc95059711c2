"""Draw a table of test errors: a row for each run, a panel for each data set."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from scipy.stats import t as student

from figures.look import styled
from figures.network_curves import data_name, look

ROW = 0.27  # inches
NARROW = 3.0  # largest over smallest error up to which the axis is linear


def draw(dataset) -> Figure:
    """Return mean test errors with 95 % intervals over networks.

    Filled: the rates found by the search; hollow: the paper's rates. Where a table has several decays, each has rows.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `sims.networks.training.table_2.summary` or that of Table 3 returns it.
    """
    kept = dataset.isel(curve=np.flatnonzero(~dataset.control.values.astype(bool)))
    data = list(dict.fromkeys(kept.data.values.tolist()))
    decays = sorted(set(kept.decay.values.tolist()), reverse=True)
    rows = list(dict.fromkeys(zip(kept.title.values.tolist(), kept.decay.values.tolist(), strict=True)))
    rows.sort(key=lambda row: -row[1])
    names = [f"{title}, {decay:g}" if len(decays) > 1 else title for title, decay in rows]
    with styled():
        figure = Figure(figsize=(8.4, ROW * len(rows) + 1.3), layout="constrained")
        for axes, name in zip(
            figure.subplots(1, len(data), sharey=True, squeeze=False)[0], data, strict=True
        ):
            here = kept.isel(curve=np.flatnonzero(kept.data.values == name))
            for place in range(here.sizes["curve"]):
                _run(axes, here, place, rows)
            axes.set_yticks(range(len(rows)), names)
            axes.set_ylim(len(rows) - 0.4, -0.6)
            axes.set_xlabel("test error, %")
            low, high = axes.get_xlim()
            if high > NARROW * max(low, 1e-9):
                axes.set_xscale("log")
                axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
                axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
                axes.xaxis.set_minor_formatter(NullFormatter())
            axes.tick_params(axis="y", length=0)
            axes.set_title(data_name(here))
        if "paper" in kept.rates.values.tolist():
            figure.suptitle(
                "Filled: rate found by a search; hollow: the paper's rate", x=0.01, ha="left", fontsize=9
            )
    return figure


def _run(axes, dataset, place, rows):
    """Draw one run's point and its bar."""
    look_ = int(np.flatnonzero(np.isfinite(dataset.epoch.values[place]))[-1])
    errors = 100 * dataset.error.values[place, look_]
    mean, n = errors.mean(), errors.size
    half = student.ppf(0.975, n - 1) * errors.std(ddof=1) / np.sqrt(n)
    title = str(dataset.title.values[place])
    colour, _ = look(title)
    hollow = dataset.rates.values[place] == "paper"
    axes.errorbar(
        mean, rows.index((title, float(dataset.decay.values[place]))), xerr=[[min(half, 0.99 * mean)], [half]],
        fmt="o", color=colour, markerfacecolor="white" if hollow else colour, markersize=5, zorder=2 if hollow else 3,
    )  # fmt: skip
