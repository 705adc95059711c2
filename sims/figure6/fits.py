"""Estimates at every point of Figure 6, and fits of both laws."""

import numpy as np
import xarray as xr

from diffusion.statistics import escape_rate, exponentiality
from sims.judging.scaling_law import Exponent, fit_line, free_exponent

# log tau is claimed to be linear in k^-p: p = 1 for SGD, Momentum and Adai, 1/2 for Adam. The exact scaling of the
# iterations, with eta k^p, gives tau a prefactor k^-p with the same p: the law is tau k^p = exp(a + b k^-p), which the
# figure's axes flatten to log tau = a + b k^-p.
LAWS = {"1/k": 1.0, "k^-1/2": 0.5}
PREFACTORS = ("without", "with")
POINTS = {  # behind a fit: their panels, and whether the start-up is cut or counted, as the paper counts it
    "main": (("main",), ""),
    "main, uncut": (("main",), "_uncut"),
    "extended": (("main", "breakdown"), ""),
    "extended, uncut": (("main", "breakdown"), "_uncut"),
}
LEVEL = 0.95  # confidence level of all intervals, unless a run sets its own
ENOUGH = 8  # walkers that left after the cut, for a point to be judged
FEWEST = 4  # points, for a free exponent
UNITS = {
    "events": "walkers that left after the cut",
    "exposure": "iterations of all walkers together, after the cut",
    "events_uncut": "walkers that left",
    "exposure_uncut": "iterations of all walkers together",
    "tau": "iterations",
    "tau_low": "iterations, exact {:g} % limit",
    "tau_high": "iterations, exact {:g} % limit",
    "rate_printed": "1/iteration, Eq. (119)",
    "rate_printed_low": "1/iteration, Eq. (120)",
    "rate_printed_high": "1/iteration, Eq. (120)",
    "cv": "coefficient of variation, 1 if exponential",
    "anderson_darling_p": "probability of a larger deviation from exponential times by chance",
}


def estimate(iterations, escaped, cut, level=LEVEL) -> dict:
    """Return one point's numbers, named as in ``UNITS``.

    NaN marks what its walkers cannot tell: everything if fewer than 8 left after the cut, the test of
    exponentiality if some are still inside.
    """
    if np.sum(escaped & (iterations > cut)) < ENOUGH:
        return dict.fromkeys(UNITS, np.nan)
    rate = escape_rate(iterations, escaped, cut=cut, level=level)
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
    """Add every point's numbers to a dataset of walkers."""
    cells = zip(walkers.iterations.values, walkers.escaped.values, walkers.cut.values, strict=True)
    level = walkers.attrs.get("level", LEVEL)
    rows = [estimate(iterations, escaped, int(cut), level) for iterations, escaped, cut in cells]
    columns = {
        name: ("point", np.array([row[name] for row in rows], float), {"units": unit.format(100 * level)})
        for name, unit in UNITS.items()
    }
    return walkers.assign(columns)


def free(k, events, exposure, q: float, level: float) -> Exponent:
    """Return the free exponent, NaN if -4 to 8 has none."""
    try:
        return free_exponent(k, events, exposure, q=q, level=level)
    except ValueError:  # few walkers, or times that follow no such law: the rest of the figure is still right
        return Exponent(np.nan, -np.inf, np.inf, level)


def fit(k, events, exposure, claimed: float, level: float = LEVEL) -> xr.Dataset:
    """Return the fits of both laws and of a free exponent.

    Along ``law``: 1/k, k^-1/2. Along ``prefactor``: log tau linear in k^-p ("without"), and log(tau k^p)
    ("with"), where each law has its own p, and the free exponent keeps the p that is ``claimed`` (1 if none is).
    ``aic_in_favour_of_inverse`` is AIC(k^-1/2) - AIC(1/k).
    """
    lines = [[fit_line(k, events, exposure, p=p, q=p * own) for p in LAWS.values()] for own in (0, 1)]
    powers = 0.0, claimed if np.isfinite(claimed) else 1.0
    exponents = [free(k, events, exposure, q, level) for q in powers]

    def each(attribute):
        return ("prefactor", "law"), [[getattr(line, attribute) for line in row] for row in lines]

    return xr.Dataset(
        {
            "claimed": claimed,
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
        coords={"prefactor": list(PREFACTORS), "law": list(LAWS)},
    )


def fits(dataset: xr.Dataset, claimed: dict[str, float]) -> xr.Dataset:
    """Return the `fit` of every optimizer with at least 4 judged points.

    ``points_used`` is one of ``POINTS``; "extended" is NaN for optimizers without a breakdown panel.
    """
    layers = []
    for used, (panels, counted) in POINTS.items():
        inside = np.isin(dataset.panel.values, panels) & np.isfinite(dataset.events.values)
        rows = []
        for name, p in claimed.items():
            points = dataset.isel(point=np.flatnonzero(inside & (dataset.optimizer.values == name)))
            if points.sizes["point"] >= FEWEST and set(panels) <= set(points.panel.values):
                k, events, exposure = (
                    points[v].values for v in ("k", "events" + counted, "exposure" + counted)
                )
                found = fit(k, events, exposure, p, dataset.attrs.get("level", LEVEL))
                rows.append(found.assign_coords(series=name))
        if rows:
            layers.append(xr.concat(rows, "series").expand_dims(points_used=[used]))
    if not layers:
        return xr.Dataset(coords={"series": np.array([], str)})
    names = layers[0].series.values
    return xr.concat([layer.reindex(series=names) for layer in layers], "points_used")
