"""From walkers to the numbers of Figure 6: estimates at every point, fits of both laws to every optimizer."""

import numpy as np
import xarray as xr

from diffusion.statistics import escape_rate, exponentiality
from sims.figure6.scaling_law import fit_line, free_exponent

# log tau is claimed to be linear in k^-p. The exact scaling of the iterations, with k eta for the first
# three and sqrt(k) eta for Adam, gives tau a prefactor k^-p with the same p: the law is
# tau k^p = exp(a + b k^-p), which the figure's axes flatten to log tau = a + b k^-p.
CLAIMED = {"SGD": 1.0, "Momentum": 1.0, "Adai": 1.0, "Adam": 0.5}
LAWS = {"1/k": 1.0, "k^-1/2": 0.5}
PREFACTORS = ("without", "with")
POINTS = {  # behind a fit: their panels, and whether the start-up is cut or counted, as the paper counts it
    "main": (("main",), ""),
    "main, uncut": (("main",), "_uncut"),
    "extended": (("main", "breakdown"), ""),
    "extended, uncut": (("main", "breakdown"), "_uncut"),
}
LEVEL = 0.95
ENOUGH = 8  # walkers that left after the cut, for a point to be judged
FEWEST = 4  # points, for a free exponent
UNITS = {
    "events": "walkers that left after the cut",
    "exposure": "iterations of all walkers together, after the cut",
    "events_uncut": "walkers that left",
    "exposure_uncut": "iterations of all walkers together",
    "tau": "iterations",
    "tau_low": "iterations, exact 95 % limit",
    "tau_high": "iterations, exact 95 % limit",
    "rate_printed": "1/iteration, Eq. (119)",
    "rate_printed_low": "1/iteration, Eq. (120)",
    "rate_printed_high": "1/iteration, Eq. (120)",
    "cv": "coefficient of variation, 1 if exponential",
    "anderson_darling_p": "probability of a larger deviation from exponential times by chance",
}


def estimate(iterations, escaped, cut) -> dict:
    """Return the numbers of one point, named as in ``UNITS``; NaN marks what its walkers cannot tell.

    That is everything if fewer than 8 left after the cut, and the test of exponentiality if some are
    still inside.
    """
    if np.sum(escaped & (iterations > cut)) < ENOUGH:
        return dict.fromkeys(UNITS, np.nan)
    rate = escape_rate(iterations, escaped, cut=cut, level=LEVEL)
    uncut = escape_rate(iterations, escaped)
    left = exponentiality(iterations, escaped, cut=cut) if escaped.all() else None
    return {
        "events": rate.events,
        "exposure": rate.exposure,
        "events_uncut": uncut.events,
        "exposure_uncut": uncut.exposure,
        "tau": rate.mean_time,
        "tau_low": rate.mean_time_low,
        "tau_high": rate.mean_time_high,
        "rate_printed": rate.printed,
        "rate_printed_low": rate.printed_low,
        "rate_printed_high": rate.printed_high,
        "cv": left.cv if left else np.nan,
        "anderson_darling_p": left.p if left else np.nan,
    }


def with_estimates(walkers: xr.Dataset) -> xr.Dataset:
    """Return the dataset of all walkers (iterations, escaped, cut) with the numbers of every point added."""
    cells = zip(walkers.iterations.values, walkers.escaped.values, walkers.cut.values, strict=True)
    rows = [estimate(iterations, escaped, int(cut)) for iterations, escaped, cut in cells]
    columns = {
        name: ("point", np.array([row[name] for row in rows], float), {"units": unit})
        for name, unit in UNITS.items()
    }
    return walkers.assign(columns)


def fit(points: xr.Dataset, name: str, counted: str = "") -> xr.Dataset:
    """Return the fits of both laws, and of a free exponent, to the points of one optimizer.

    Along ``law``: 1/k, k^-1/2. Along ``prefactor``: log tau linear in k^-p ("without"), and log(tau k^p)
    ("with"), where each law has its own p, and the free exponent keeps the p claimed for the optimizer.
    ``aic_in_favour_of_inverse`` is AIC(k^-1/2) - AIC(1/k).
    """
    measured = [points[v].values for v in ("k", "events" + counted, "exposure" + counted)]
    lines = [[fit_line(*measured, p=p, q=p * own) for p in LAWS.values()] for own in (0, 1)]
    exponents = [free_exponent(*measured, q=q, level=LEVEL) for q in (0.0, CLAIMED[name])]

    def each(attribute):
        return ("prefactor", "law"), [[getattr(line, attribute) for line in row] for row in lines]

    return xr.Dataset(
        {
            "a": each("a"),
            "b": each("b"),
            "b_stderr": each("b_stderr"),
            "deviance": each("deviance"),
            "fit_probability": each("fits"),
            "exponent": ("prefactor", [e.value for e in exponents]),
            "exponent_low": ("prefactor", [e.low for e in exponents]),
            "exponent_high": ("prefactor", [e.high for e in exponents]),
            "aic_in_favour_of_inverse": ("prefactor", [root.aic - inverse.aic for inverse, root in lines]),
        },
        coords={"prefactor": list(PREFACTORS), "law": list(LAWS), "series": name},
    )


def fits(dataset: xr.Dataset) -> xr.Dataset:
    """Return the `fit` of every optimizer with at least 4 judged points, along ``series`` and ``points_used``.

    ``points_used`` is one of ``POINTS``; "extended" is NaN for optimizers without a breakdown panel.
    """
    layers = []
    for used, (panels, counted) in POINTS.items():
        inside = np.isin(dataset.panel.values, panels) & np.isfinite(dataset.events.values)
        rows = []
        for name in CLAIMED:
            here = inside & (dataset.optimizer.values == name)
            points = dataset.isel(point=np.flatnonzero(here))
            if points.sizes["point"] >= FEWEST and set(panels) <= set(points.panel.values):
                rows.append(fit(points, name, counted))
        if rows:
            layers.append(xr.concat(rows, "series").expand_dims(points_used=[used]))
    if not layers:
        return xr.Dataset(coords={"series": np.array([], str)})
    names = layers[0].series.values
    return xr.concat([layer.reindex(series=names) for layer in layers], "points_used")
