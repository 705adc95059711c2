"""Exponents at low temperature: measured, exact and Kramers'."""

import numpy as np
import xarray as xr
from scipy.special import ndtri

from diffusion import StyblinskiTang
from sims.figure6.fits import FEWEST, LAWS, LEVEL, free
from sims.figure6.series import Series
from sims.judging.scaling_law import fit_line
from sims.runs.kramers import PREDICTED, kramers_log_iterations

EXACT = 1e6  # as many walkers as a number without error counts for in a fit


def as_walkers(points: xr.Dataset, level: float = LEVEL) -> tuple[np.ndarray, np.ndarray]:
    """Return the events and exposure that give log tau its interval.

    log tau of d exponential times has a standard error of d^-1/2. The interval is Student's, wider than that of a normal
    law, and so are those of the fits.
    """
    half = (points.log_tau_high.values - points.log_tau_low.values) / 2
    events = (ndtri((1 + level) / 2) / half) ** 2
    return events, events * np.exp(points.log_tau.values)


def kramers_log_tau(optimizer, k, barrier: float | None = None, *, kappa: float, B: float) -> np.ndarray:
    """Return Kramers' log iterations of one coordinate, NaN if it has none."""
    unit, k = StyblinskiTang(1, 1.0), np.asarray(k, float)
    if not isinstance(optimizer, PREDICTED):
        return np.full(k.shape, np.nan)
    barrier = unit.barrier if barrier is None else barrier
    return np.squeeze(kramers_log_iterations(optimizer, k * unit.H_a, k * unit.H_b, barrier, B=B / kappa))


def kramers_slope(optimizer, *, kappa: float, B: float) -> float:
    """Return Kramers' b, the barrier over the temperature at k = 1."""
    with_barrier, without = (kramers_log_tau(optimizer, 1.0, E, kappa=kappa, B=B) for E in (None, 0.0))
    return float(with_barrier - without)


def fit(points: xr.Dataset, one: Series, *, kappa: float, B: float, level: float = LEVEL) -> dict:
    """Fit log(tau k^q) = a + b k^-p with the claimed q.

    ``exact_exponent`` and ``kramers_exponent`` are those of the exact times and of Kramers' formula at the same k, with
    the same weights; NaN where there are none.
    """
    q = one.claimed if np.isfinite(one.claimed) else 1.0
    k, (events, exposure) = points.k.values, as_walkers(points, level)
    exponent = free(k, events, exposure, q, level)
    line = fit_line(k, events, exposure, p=q or LAWS["1/k"], q=q)

    def of(log_tau):
        if not np.isfinite(log_tau).all():
            return np.nan
        weights = events / events.max() * EXACT
        return free(k, weights, weights * np.exp(log_tau), q, level).value

    return {
        "claimed": one.claimed,
        "exponent": exponent.value,
        "exponent_low": exponent.low,
        "exponent_high": exponent.high,
        "a": line.a,
        "b": line.b,
        "b_stderr": line.b_stderr,
        "fit_probability": line.fits,
        "kramers_b": kramers_slope(one.optimizer, kappa=kappa, B=B),
        "exact_exponent": of(points.log_exact.values),
        "kramers_exponent": of(kramers_log_tau(one.optimizer, k, kappa=kappa, B=B)),
    }


def fits(dataset: xr.Dataset, lines: dict[str, Series], *, kappa: float, B: float) -> xr.Dataset:
    """Return the `fit` of every optimizer with 4 finite intervals."""
    rows, level = {}, dataset.attrs.get("level", LEVEL)
    for name, one in lines.items():
        here = (dataset.optimizer.values == name) & np.isfinite(dataset.log_tau_high.values)
        if here.sum() >= FEWEST:
            points = dataset.isel(point=np.flatnonzero(here))
            rows[name] = fit(points, one, kappa=kappa, B=B, level=level)
    names = list(rows)
    if not names:
        return xr.Dataset(coords={"series": np.array([], str)})
    return xr.Dataset(
        {column: ("series", [rows[name][column] for name in names]) for column in rows[names[0]]},
        coords={"series": names},
    )
