"""What Kramers' theory predicts for the kramers mode of Figure 6."""

import numpy as np
import xarray as xr

from diffusion import SGD, Adai, Adam, Momentum, StyblinskiTang
from diffusion.checks import require
from theory.dynamics import (
    adai_dynamics,
    adam_dynamics,
    adam_learning_rate,
    momentum_dynamics,
    sgd_diffusion,
)
from theory.escape import eyring_kramers_log_time, kramers_log_time

GRID = 41  # sharpnesses at which a line is drawn


def kramers_log_iterations(optimizer, H_a, H_b, barrier, *, B):
    """Return log of Kramers' time of one coordinate in iterations, for gradient noise H_a / B everywhere.

    Parameters
    ----------
    optimizer : SGD, Momentum, Adai or Adam
    H_a, H_b, barrier : array_like
        Curvatures at the minimum and the saddle (its sign is not used), and the barrier between them.
    B : float
        Batch size; a noise kappa times as strong is B / kappa.

    Raises
    ------
    ValueError
        For any other optimizer.

    Notes
    -----
    Adam's second moment is taken as H_a / B throughout. Adai's inertia is 1 - beta0: with all curvatures
    the same, no coordinate is above their mean.
    """
    known = isinstance(optimizer, SGD | Momentum | Adai | Adam)
    require(known, "optimizer", "SGD, Momentum, Adai or Adam", optimizer)
    H_a, eta = np.asarray(H_a, float), optimizer.eta
    if isinstance(optimizer, SGD):
        D = sgd_diffusion(H_a, eta=eta, B=B)
        one = np.reshape(H_a, (-1, 1)), -np.reshape(np.abs(H_b), (-1, 1))
        return eyring_kramers_log_time(*one, barrier, D=D, unit="iterations", eta=eta)
    if isinstance(optimizer, Momentum):
        moving = momentum_dynamics(H_a, eta=eta, B=B, beta1=optimizer.beta1, beta3=optimizer.beta3)
    elif isinstance(optimizer, Adai):
        moving = adai_dynamics(H_a[..., None], eta=eta, B=B, beta0=optimizer.beta0)
        moving = type(moving)(moving.mass[..., 0], moving.damping[..., 0], moving.D[..., 0])
    else:
        moving = adam_dynamics(H_a, eta=eta, B=B, beta1=optimizer.beta1)
        eta = adam_learning_rate(H_a, eta=eta, B=B)
    rates = {"mass": moving.mass, "damping": moving.damping, "D": moving.D}
    return kramers_log_time(H_a, H_b, barrier, **rates, unit="iterations", eta=eta)


def prediction(series, *, dim, kappa, B) -> xr.Dataset:
    """Return the predicted log of the mean number of iterations, along ``predicted`` (optimizer) and ``grid``.

    First passage of the barrier's top by any of ``dim`` coordinates: Kramers' time, which counts those
    that do not come back, divided by ``2 dim`` where friction is strong ("overdamped", as SGD always is),
    and by ``dim`` where it is weak ("underdamped"). High barriers lie between the two; low ones, as at the sharpest minima, and
    steps of finite length take somewhat longer.

    Parameters
    ----------
    series : dict of str to Series
        The optimizers and their range of k.
    dim, kappa, B : coordinates, strength of the noise, batch size.
    """
    names = list(series)
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
