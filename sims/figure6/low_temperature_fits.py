"""The exponents of Figure 6 at low temperature: of what was measured, of the exact times, and of Kramers' formula."""

import numpy as np
import xarray as xr
from scipy.special import ndtri

from diffusion import StyblinskiTang
from sims.figure6.fits import CLAIMED, FEWEST, LEVEL
from sims.figure6.run import KRAMERS
from sims.figure6.scaling_law import fit_line, free_exponent
from sims.runs.kramers import kramers_log_iterations

EXACT = 1e6  # as many walkers as a number without error counts for in a fit


def as_walkers(points: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return events and exposure that say of log tau what its 95 % interval does.

    log tau of d exponential times has a standard error of d^-1/2. The interval is Student's, wider than two standard
    errors, and so are those of the fits.
    """
    half = (points.log_tau_high.values - points.log_tau_low.values) / 2
    events = (ndtri(0.975) / half) ** 2
    return events, events * np.exp(points.log_tau.values)


def kramers_slope(name: str, *, kappa: float, B: float) -> float:
    """Return b of log tau = a + b k^-p by Kramers' formula: the barrier at k = 1 over the temperature there."""
    unit = StyblinskiTang(1, 1.0)
    with_barrier, without = (
        kramers_log_iterations(
            KRAMERS[name].optimizer, np.array(unit.H_a), np.array(unit.H_b), barrier, B=B / kappa
        )
        for barrier in (unit.barrier, 0.0)
    )
    return float(np.squeeze(with_barrier) - np.squeeze(without))


def fit(points: xr.Dataset, name: str, *, kappa: float, B: float) -> dict:
    """Return the exponent of log(tau k^q) = a + b k^-p, q the exponent claimed, with its interval, and b at p = q.

    ``exact_exponent`` and ``kramers_exponent`` are those of the exact times, NaN where there are none, and of Kramers'
    formula at the same k, with the same weights.
    """
    claimed = CLAIMED[name]
    k, (events, exposure) = points.k.values, as_walkers(points)
    exponent = free_exponent(k, events, exposure, q=claimed, level=LEVEL)
    line = fit_line(k, events, exposure, p=claimed, q=claimed)

    def of(log_tau):
        weights = events / events.max() * EXACT
        return free_exponent(k, weights, weights * np.exp(log_tau), q=claimed).value

    unit = StyblinskiTang(1, 1.0)
    by_kramers = kramers_log_iterations(
        KRAMERS[name].optimizer, k * unit.H_a, k * unit.H_b, unit.barrier, B=B / kappa
    )
    exact = points.log_exact.values
    return {
        "claimed": claimed,
        "exponent": exponent.value,
        "exponent_low": exponent.low,
        "exponent_high": exponent.high,
        "a": line.a,
        "b": line.b,
        "b_stderr": line.b_stderr,
        "fit_probability": line.fits,
        "kramers_b": kramers_slope(name, kappa=kappa, B=B),
        "exact_exponent": of(exact) if np.isfinite(exact).all() else np.nan,
        "kramers_exponent": of(by_kramers),
    }


def fits(dataset: xr.Dataset, *, kappa: float, B: float) -> xr.Dataset:
    """Return the `fit` of every optimizer with at least 4 points whose interval is finite, along ``series``."""
    rows = {}
    for name in CLAIMED:
        here = (dataset.optimizer.values == name) & np.isfinite(dataset.log_tau_high.values)
        if here.sum() >= FEWEST:
            rows[name] = fit(dataset.isel(point=np.flatnonzero(here)), name, kappa=kappa, B=B)
    names = list(rows)
    if not names:
        return xr.Dataset(coords={"series": np.array([], str)})
    return xr.Dataset(
        {column: ("series", [rows[name][column] for name in names]) for column in rows[names[0]]},
        coords={"series": names},
    )
