"""The user's own SGD from the probed point.

Its spread along each direction is measured and predicted.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from diffusion import SGD, Momentum
from diffusion.checks import one_of, require, whole
from sims.probe.model import Model
from theory.exact import momentum_epoch_msd, momentum_iteration_msd, sgd_iteration_msd

LOOKS = 8  # times at which the spread is compared, evenly spread over the second half of the run
ORDERS = "replacement", "epochs"
FLATTEST = 1e-12  # relative to the largest curvature: below it a direction counts as free


@dataclass(frozen=True)
class Walk:
    """Spread of an optimizer's walkers along directions.

    The measured spread is divided by the predicted one.

    Attributes
    ----------
    predicted : ndarray, shape (k,)
        Variance along each direction at the last iteration, on the quadratic with this curvature and noise.
    stationary : ndarray, shape (k,)
        Where it ends up with rows drawn with replacement: eta C_i / (B H_i (2 - eta H_i)) for SGD; infinite where the
        curvature is not positive.
    measured : ndarray, shape (k,)
        Variance of the walkers at the last iteration.
    ratio, low, high : ndarray, shape (k,)
        Measured over predicted, the mean over several times, and its 95 % interval; see `interval`.
    iterations, walkers : int
    white : ndarray, shape (k,)
        Variance predicted for rows drawn with replacement, which is ``predicted`` unless the rows come in epochs.
    """

    predicted: np.ndarray
    stationary: np.ndarray
    measured: np.ndarray
    ratio: np.ndarray
    low: np.ndarray
    high: np.ndarray
    iterations: int
    walkers: int
    white: np.ndarray


def walk(
    model: Model, directions, H, C, optimizer, *, B, iterations, walkers, order="replacement", seed=0,
    told=lambda done: None,
) -> Walk:  # fmt: skip
    """Run SGD or Momentum on the model's own data.

    It draws minibatches, many times from the same point.

    Parameters
    ----------
    model : Model
    directions : ndarray, shape (P, k)
        Unit vectors, eigenvectors of the Hessian.
    H, C : ndarray, shape (k,)
        Curvature, and variance of one sample's gradient, along them.
    optimizer : SGD or Momentum
    B : int
        Batch size.
    iterations, walkers : int
    order : {"replacement", "epochs"}
        Rows drawn anew each step, or every row once an epoch, in a new order each time; rows that do not fill the last
        batch sit the epoch out.
    seed : int
    told : callable
        Called with the iterations that are finished, of all walkers together.

    Returns
    -------
    Walk
        The mean path, which the gradient at the point pushes along, is subtracted: only the spread is compared.
    """
    B = whole(B, "B", 1, model.rows)
    iterations, walkers = whole(iterations, "iterations", LOOKS), whole(walkers, "walkers", 4)
    one_of(order, "order", ORDERS)
    beta1, beta3 = _inertia(optimizer)
    looks = np.unique(np.linspace(iterations / 2, iterations, LOOKS).round().astype(int))
    found = np.empty((walkers, len(looks), directions.shape[1]))
    for walker in range(walkers):
        rng = np.random.default_rng(
            [seed, walker]
        )  # its own stream: more walkers do not change the first ones
        batches = _batches(rng, model.rows, B, order)
        theta, momentum, place = model.theta.copy(), np.zeros(model.dim), 0
        for t in range(1, iterations + 1):
            gradient = model.mean_gradient(next(batches), theta)
            momentum = beta1 * momentum + beta3 * gradient
            theta -= optimizer.eta * momentum
            if t == looks[place]:
                found[walker, place] = (theta - model.theta) @ directions
                place = min(place + 1, len(looks) - 1)
            if t % 50 == 0 or t == iterations:
                told(walker * iterations + t)
        require(
            bool(np.all(np.isfinite(theta))),
            "eta",
            "small enough for the model's own SGD not to diverge",
            optimizer.eta,
        )
    white = _msd(H[None, :], looks[:, None], optimizer, C / B)
    predicted = white if order == "replacement" else _epoch_msd(H, looks, optimizer, C, B, model.rows)
    squares = (found - found.mean(axis=0)) ** 2 * walkers / (walkers - 1)
    ratio, low, high = interval(found, predicted)
    return Walk(
        predicted[-1],
        stationary_variance(H, C / B, optimizer),
        squares[:, -1].mean(axis=0),
        ratio,
        low,
        high,
        iterations,
        walkers,
        white[-1],
    )


def interval(found, predicted):
    """Return measured over predicted variance, with its interval.

    The interval is that of chi squared, whose degrees of freedom follow from the scatter of walkers, or from how much their
    looks are correlated if that says less: of a few walkers the scatter alone is too narrow.

    Parameters
    ----------
    found : ndarray, shape (walkers, looks, k)
    predicted : ndarray, shape (looks, k)

    Returns
    -------
    ratio, low, high : ndarray, shape (k,)
    """
    walkers, looks, _ = found.shape
    with np.errstate(invalid="ignore", divide="ignore"):
        x = (found - found.mean(axis=0)) / np.sqrt(predicted)
        each = np.mean(x**2, axis=1) * walkers / (walkers - 1)
        ratio = each.mean(axis=0)
        scatter = each.var(axis=0, ddof=1) / walkers
        together = np.einsum("nak,nbk->abk", x, x) / (walkers - 1)
        # variance of the mean of squares of normal numbers with this covariance
        normal = 2 * np.sum(together**2, axis=(0, 1)) / looks**2 / (walkers - 1)
        freedom = np.maximum(2 * ratio**2 / np.maximum(scatter, normal), 1.0)
        return ratio, ratio * freedom / chi2.ppf(0.975, freedom), ratio * freedom / chi2.ppf(0.025, freedom)


def _batches(rng, rows, B, order):
    """Yield the rows of one batch after the other, without end."""
    while True:
        if order == "replacement":
            yield rng.integers(rows, size=B)
        else:
            yield from rng.permutation(rows)[: rows // B * B].reshape(-1, B)


def _epoch_msd(H, T, optimizer, C, B, rows):
    """Return the variance after T steps in epochs, exact on a quadratic, from rest."""
    beta1, beta3 = _inertia(optimizer)
    # B of n different rows, and two batches that share no row
    own, between = C * (rows - B) / (B * (rows - 1)), -C / (rows - 1)
    # a batch of all rows has no noise, but for rounding; the smallest float keeps the ratio a number
    return np.maximum(
        momentum_epoch_msd(
            H, T, eta=optimizer.eta, C=own, beta1=beta1, beta3=beta3, batches=rows // B, between=between
        ),
        np.finfo(float).tiny,
    )


def _inertia(optimizer):
    """Return beta1 and beta3 of Eq. (4)."""
    if isinstance(optimizer, SGD):
        return 0.0, 1.0
    known = isinstance(optimizer, Momentum) and not optimizer.bias_correction
    require(
        known,
        "optimizer",
        "SGD or Momentum without bias correction: others are no linear recurrence",
        optimizer,
    )
    return optimizer.beta1, optimizer.beta3


def _msd(H, T, optimizer, C):
    """Return the iteration's exact mean squared displacement.

    It is on a quadratic, from rest.
    """
    beta1, beta3 = _inertia(optimizer)
    if beta1 == 0:
        return sgd_iteration_msd(H, T, eta=optimizer.eta * beta3, C=C)
    return momentum_iteration_msd(H, T, eta=optimizer.eta, beta1=beta1, beta3=beta3, C=C)


def stationary_variance(H, C, optimizer):
    """Return the stationary variance along directions.

    Their curvature is H, their noise variance C; infinite where there is none.

    Heavy ball with step eta' = eta beta3: eta' C (1 + beta1) / (H (1 - beta1) (2 (1 + beta1) - eta' H)); beta1 = 0 is
    SGD. It has the limit eta C / (2 H) for small eta.
    """
    beta1, beta3 = _inertia(optimizer)
    step = optimizer.eta * beta3
    H = np.asarray(H, float)
    curved = np.max(np.abs(H), initial=0.0) * FLATTEST < H
    stable = curved & (step * H < 2 * (1 + beta1))
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = step * C * (1 + beta1) / (H * (1 - beta1) * (2 * (1 + beta1) - step * H))
    return np.where(stable, variance, np.inf)
