"""Draw one run's spread from a critical point.

It is drawn against the iterations, in a colour for each direction.
"""

import numpy as np
from matplotlib.figure import Figure

MOST = 6  # directions that are drawn: more cannot be told apart
BAR = 1.96  # standard errors on each side: 95 %


def draw(dataset) -> Figure:
    """Return the mean squared displacement's figure.

    `sims.runs.saddle.dataset` made the dataset.

    Parameters
    ----------
    dataset : xarray.Dataset
        Along ``T`` and ``H``: ``msd`` and ``stderr``, and ``printed`` and ``exact`` where they are known.
    """
    figure = Figure(figsize=(5.5, 3.8), layout="constrained")
    axes = figure.subplots()
    T, shown = np.asarray(dataset["T"], float), min(dataset.sizes["H"], MOST)
    for j in range(shown):
        one = dataset.isel(H=j)
        axes.errorbar(T, one.msd, BAR * one.stderr, fmt="o", color=f"C{j}", label=f"$H$ = {float(one.H):g}")
        for name, style in (("printed", "--"), ("exact", "-")):
            if name in one:
                # the last direction names the line style for all of them
                axes.plot(T, one[name], style, color=f"C{j}", label=name if j == shown - 1 else None)
    axes.set(xscale="log" if T.min() > 0 else "linear", yscale="log")
    axes.set(xlabel="iterations $T$", ylabel=r"mean squared displacement [$\theta^2$]")
    axes.set(title=dataset.attrs["optimizer"])
    axes.legend(frameon=False)
    return figure
