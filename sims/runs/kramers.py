"""Kramers' theory of each optimizer's mean number of iterations."""

import numpy as np

from diffusion import SGD, Adai, Adam, Momentum
from diffusion.checks import require
from theory.dynamics import (
    adai_dynamics,
    adam_dynamics,
    adam_learning_rate,
    momentum_dynamics,
    sgd_diffusion,
)
from theory.escape import eyring_kramers_log_time, kramers_log_time

PREDICTED = SGD | Momentum | Adai | Adam  # optimizers that the theory covers


def kramers_log_iterations(optimizer, H_a, H_b, barrier, *, B):
    """Return Kramers' log iterations of one coordinate, for noise H_a / B.

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
    require(isinstance(optimizer, PREDICTED), "optimizer", "SGD, Momentum, Adai or Adam", optimizer)
    H_a, eta = np.asarray(H_a, float), optimizer.eta
    if isinstance(optimizer, SGD):
        D = sgd_diffusion(H_a, eta=eta, B=B)
        one = np.reshape(H_a, (-1, 1)), -np.reshape(np.abs(H_b), (-1, 1))
        return eyring_kramers_log_time(*one, barrier, D=D, unit="iterations", eta=eta)
    if isinstance(optimizer, Momentum):
        moving = momentum_dynamics(H_a, eta=eta, B=B, beta1=optimizer.beta1, beta3=optimizer.beta3)
    elif isinstance(optimizer, Adai):
        moving = adai_dynamics(H_a[..., None], eta=eta, B=B, beta0=optimizer.beta0, eps=optimizer.eps)
        moving = type(moving)(moving.mass[..., 0], moving.damping[..., 0], moving.D[..., 0])
    else:
        moving = adam_dynamics(H_a, eta=eta, B=B, beta1=optimizer.beta1)
        eta = adam_learning_rate(H_a, eta=eta, B=B)
    rates = {"mass": moving.mass, "damping": moving.damping, "D": moving.D}
    return kramers_log_time(H_a, H_b, barrier, **rates, unit="iterations", eta=eta)
