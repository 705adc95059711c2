"""Draw learning curves of networks.

A row of panels for each data set or kind of rates: test error left, training loss right.
"""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from scipy.stats import t as student

from figures.look import COLOURS, styled

# AdaiW and AdamW are Adai and Adam with another weight decay: the same colour, dashed
OWN = {
    "AdaiW": (COLOURS["Adai"], "--"),
    "AdamW": (COLOURS["Adam"], "--"),
    "AMSGrad": ("#94a4a2", "-"),
    "AdaBound": ("#a96b59", "-"),
    "Padam": ("#e76300", "-"),
    "Yogi": ("#b9ac70", "-"),
    "RAdam": ("#92dadd", "-"),
}
MOST = 8.0  # times the lowest test error, where its axis ends
STYLES = ("-", "--", ":")  # of one optimizer's first, second and third rate
ROWS = {"paper": "the paper's rates", "found": "rates found by a search"}


def draw(dataset) -> Figure:
    """Return the learning curves; bands are 95 % intervals of the mean over networks.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `sims.networks.training.curves.summary` returns it. Its attribute ``rows_by`` names the variable that the rows of
        panels differ in; with ``perplexity`` perplexities are drawn.
    """
    drawn = dataset.isel(curve=np.flatnonzero(~dataset.control.values.astype(bool)))
    by = drawn[dataset.attrs["rows_by"]].values.tolist()
    rows = list(dict.fromkeys(by))
    perplexity = dataset.attrs.get("perplexity") == "yes"
    with styled():
        figure = Figure(figsize=(8.4, 2.75 * len(rows) + 0.75), layout="constrained")
        panels = figure.subplots(len(rows), 2, squeeze=False)
        handles = []  # of each row, by label
        for (left, right), row in zip(panels, rows, strict=True):
            here = drawn.isel(curve=[place for place, value in enumerate(by) if value == row])
            if perplexity:
                sides = (
                    (left, np.exp(here.test_loss), "test perplexity"),
                    (right, np.exp(here.loss), "training perplexity"),
                )
            else:
                sides = (left, 100 * here.error, "test error, %"), (right, here.loss, "training loss")
            for axes, values, label in sides:
                lines = _curves(axes, here, values.values, cut=axes is left)
                axes.set(yscale="log", ylabel=label, xlim=(0, float(np.nanmax(here.epoch.values))))
                axes.xaxis.set_major_locator(MaxNLocator(integer=True))
                plain_ticks(axes)
                if row == rows[-1]:
                    axes.set_xlabel("epoch")
            handles.append(lines)
            left.set_title(_title(here, row))
        if all(list(lines) == list(handles[0]) for lines in handles):
            lines = handles[0]
            figure.legend(
                lines.values(), lines, loc="outside lower center", ncols=min(5, len(lines)), handlelength=2.4
            )
        else:  # other rates in every row
            for (left, _), lines in zip(panels, handles, strict=True):
                left.legend(lines.values(), lines, loc="best", handlelength=2.4)
    return figure


def _curves(axes, dataset, values, cut) -> dict:
    """Draw mean and band of every curve; return the lines by label.

    With ``cut`` the axis ends at ``MOST`` times the lowest mean, or above the last points.
    """
    lines: dict = {}
    titles = dataset.title.values.tolist()
    lowest, highest, ends = np.inf, 0.0, 0.0
    for place, title in enumerate(titles):
        colour, style = look(title)
        rates = [dataset.rate.values[i] for i, other in enumerate(titles) if other == title]
        if len(rates) > 1:
            style = STYLES[rates.index(dataset.rate.values[place]) % len(STYLES)]
        seen = np.isfinite(dataset.epoch.values[place])
        x, y = dataset.epoch.values[place][seen], values[place][seen]
        mean, networks = y.mean(axis=1), y.shape[1]
        half = student.ppf(0.975, networks - 1) * y.std(axis=1, ddof=1) / np.sqrt(networks)
        label = f"{title}, {dataset.rate.values[place]:.3g}"
        (lines[label],) = axes.plot(x, mean, color=colour, linestyle=style, linewidth=1.4)
        low = np.maximum(mean - half, mean / 100)  # on a log axis a band cannot reach 0
        axes.fill_between(x, low, mean + half, color=colour, alpha=0.2, linewidth=0)
        lowest, highest, ends = min(lowest, mean.min()), max(highest, mean.max()), max(ends, mean[-1])
    # what the first epoch does to the test error would leave the ends no room
    highest = min(1.2 * highest, max(MOST * lowest, 1.2 * ends)) if cut else 1.2 * highest
    axes.set_ylim(0.8 * lowest, highest)
    return lines


def look(title: str) -> tuple:
    """Return an optimizer's colour and line style."""
    return OWN.get(title) or (COLOURS[title], "-")


def plain_ticks(axes):
    """Write 3, 5, 10 and not powers of ten; more of them where the axis spans little more than a decade."""
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7) if high < 20 * low else (1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _title(dataset, row) -> str:
    """Return a row's title: data, kind of rates where they differ, schedule."""
    parts = [data_name(dataset)]
    if row in ROWS:
        parts.append(ROWS[row])
    parts.append("rate divided by 10 twice" if dataset.scheduled.values.all() else "fixed rate")
    return ", ".join(parts)


def data_name(dataset) -> str:
    """Return the name of a dataset's data, with a capital letter."""
    name = str(dataset.data_title.values[0])
    return name[0].upper() + name[1:]
