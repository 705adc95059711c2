"""Kramers' theory for Figure 6's kramers mode."""

import numpy as np
import xarray as xr

from diffusion import SGD, StyblinskiTang
from sims.runs.kramers import PREDICTED, kramers_log_iterations

GRID = 41  # sharpnesses at which a line is drawn


def prediction(series, *, dim, kappa, B) -> xr.Dataset:
    """Return Kramers' log of the mean iterations, along ``predicted`` and ``grid``.

    First passage of the barrier's top by any of ``dim`` coordinates: Kramers' time, which counts those
    that do not come back, divided by ``2 dim`` where friction is strong ("overdamped", as SGD always is),
    and by ``dim`` where it is weak ("underdamped"). High barriers lie between the two; low ones, as at the
    sharpest minima, and steps of finite length take somewhat longer.

    Parameters
    ----------
    series : dict of str to Series
        The optimizers and their range of k.
    dim, kappa, B : coordinates, strength of the noise, batch size.
    """
    names = [name for name, one in series.items() if isinstance(one.optimizer, PREDICTED)]
    if not names:
        return xr.Dataset()
    k = np.array([np.geomspace(min(series[name].k), max(series[name].k), GRID) for name in names])
    unit = StyblinskiTang(dim=dim, k=1.0)
    log_time = np.array(
        [
            kramers_log_iterations(
                series[name].optimizer, k * unit.H_a, k * unit.H_b, unit.barrier, B=B / kappa
            )
            for name, k in zip(names, k, strict=True)
        ]
    )
    heavy = np.array([[not isinstance(series[name].optimizer, SGD)] for name in names])
    along = ("predicted", "grid")
    return xr.Dataset(
        {
            "predicted_k": (along, k),
            "predicted_log_tau": (along, log_time - np.log(2 * dim)),
            "predicted_log_tau_underdamped": (along, log_time - np.log(np.where(heavy, dim, 2 * dim))),
        },
        coords={"predicted": names},
    )
