"""Draw one run's walkers still in the valley.

The axis is logarithmic; Kramers' times stand beside the walkers.
"""

import numpy as np
from matplotlib.figure import Figure


def draw(dataset) -> Figure:
    """Return the survival curve of an escape dataset.

    `sims.runs.escape.dataset` made the dataset.

    Parameters
    ----------
    dataset : xarray.Dataset
        Along ``walker``: ``iterations`` and ``escaped``. Attributes: ``mean_iterations``, ``kramers_iterations`` and
        ``kramers_iterations_high`` where they are known.

    Notes
    -----
    Walkers still inside when the run ended count until then (the estimate of Kaplan and Meier).
    """
    figure = Figure(figsize=(5.5, 3.6), layout="constrained")
    axes = figure.subplots()
    times, escaped = np.asarray(dataset.iterations, float), np.asarray(dataset.escaped, bool)
    order = np.argsort(times, kind="stable")
    times, escaped = times[order], escaped[order]
    inside = np.arange(times.size, 0, -1)  # just before each time
    share = np.cumprod(1 - escaped / inside)
    axes.step(np.r_[0, times], np.r_[1, share], where="post", color="C0", label=f"{times.size:,} walkers")
    # the last walker's zero has no logarithm: the curve ends below the picture
    least = 0.5 / times.size
    t = np.linspace(0, times[-1], 200)
    for name, label, style in (
        ("mean_iterations", "exponential with the measured mean", "-"),
        ("kramers_iterations", "Kramers, strong friction", "--"),
        ("kramers_iterations_high", "Kramers, weak friction", ":"),
    ):
        mean = dataset.attrs.get(name)
        if mean is None or (name.endswith("high") and mean == dataset.attrs["kramers_iterations"]):
            continue
        axes.plot(t, np.exp(-t / mean), style, color="0.2", label=label)
    axes.set(yscale="log", ylim=(least, 1.3), xlim=(0, times[-1]))
    axes.set(xlabel="iterations $T$", ylabel="fraction not yet out", title=dataset.attrs["optimizer"])
    axes.legend(loc="best", frameon=False)
    return figure
