"""Valley of a network: how far SGD and Momentum spread around a real minimum.

A small network is trained on digits until no gradient is left, and its Hessian and the covariance of its gradients are
computed in full. Walkers start at the minimum and see minibatches, drawn anew each step or every row once an epoch.
Their variance along the Hessian's eigenvectors is set beside the paper's temperature and beside the exact variance of the
same iteration on the quadratic. The network is no quadratic: as eta goes to 0 the walkers stay where it is one.

In epochs the noise nearly cancels along flat directions: there the walkers have some thousandths of the
paper's variance.
"""

from dataclasses import dataclass

import numpy as np

from diffusion import Estimate, Minibatches, Momentum, evolve
from sims.experiments import Experiment
from sims.experiments.shared.small_network import ROWS, minimum
from sims.judging.claims import Claims
from sims.judging.points import Panel, Point, as_dataset, where
from sims.storage.seeds import derived_seed
from theory.exact import momentum_epoch_covariance, momentum_iteration_msd
from theory.stationary import epoch_variance_corrected, valley_variance_corrected, valley_variance_printed

TEMPERATURE, EPOCHS = STATEMENTS = ("Valley temperature", "Epoch order")
ORDERS = {"replacement": TEMPERATURE, "epochs": EPOCHS}
# curvature from and to; between 0.4 and 2 there is none
BANDS = {"flat": (0.0, 0.025), "middle": (0.025, 0.4), "steep": (2.0, 5.0)}
# 4 of 71 directions shift all logits or stay dark: weight decay alone acts there, and they have no noise at all
QUIET = 1e-8
ETA, SPREAD = r"learning rate $\eta\,/\,(1-\beta_1)$", r"variance $\,/\,(\eta C_i / 2 H_i)$"
PANELS = {
    "replacement": Panel("Rows drawn with replacement", ETA, SPREAD, ratio_to="corrected", lines=("curvature",)),
    "epochs": Panel("Every row once an epoch", ETA, SPREAD, ratio_to="corrected", lines=("curvature",)),
    "early": Panel("First steps", "iterations", r"variance / that with replacement", ratio_to="exact", lines=("order", "curvature")),
}  # fmt: skip


@dataclass(frozen=True)
class NetworkMinimum:
    """Settings.

    Parameters
    ----------
    walkers : independent walkers in each run.
    seed : every run derives its own from it.
    B : rows a step.
    eta : learning rates of SGD; Momentum's are 1 - beta1 times as large.
    beta1 : inertia of Momentum.
    time : eta T / (1 - beta1) at which the looks begin, and how long they last.
    looks : how often the walkers are looked at.
    early_walkers : walkers of the first steps.
    early : iterations of the first steps, within one epoch.
    early_eta : their learning rate, so small that the loss is a quadratic to a twentieth of a per cent.
    """

    walkers: int = 144
    seed: int = 0
    B: int = 10
    eta: tuple[float, ...] = (0.01, 0.02, 0.04, 0.08)
    beta1: float = 0.9
    time: float = 350.0
    looks: int = 40
    early_walkers: int = 8192
    early: tuple[int, ...] = (1, 5, 15)
    early_eta: float = 1e-3


FULL = NetworkMinimum()
QUICK = NetworkMinimum(eta=(0.02, 0.04, 0.08), early_walkers=4096)


def run(config: NetworkMinimum, *, workers=None, watch=None):
    """Return variances in the valley beside their predictions.

    They are means over the directions of a band of curvature, in units eta C_i / (2 H_i).
    """
    valley, how = minimum(), {"workers": workers, "watch": watch}
    points, work, walkers = [], 0.0, 0
    for order in ORDERS:
        for name, optimizer in optimizers(config):
            seed = derived_seed(config.seed, order, name, optimizer.eta)
            looks, spread = late(config, valley, order, optimizer, seed, how)
            points += bands(
                valley, order, name, optimizer, *compared(config, valley, order, optimizer, looks, spread)
            )
            work += looks[-1] * config.walkers * valley.network.dim
            walkers += config.walkers
        seed = derived_seed(config.seed, order, "early")
        points += first_steps(config, valley, order, Momentum(config.early_eta, 0.0), seed, how)
        work += config.early[-1] * config.early_walkers * valley.network.dim
        walkers += config.early_walkers
    return as_dataset(
        points, PANELS, config, walkers=walkers, work=work, noise=f"minibatches of {config.B} of {ROWS} rows of digits",
        time_unit="iterations",
    )  # fmt: skip


def optimizers(config):
    """Return the optimizers by name, the smallest learning rate first.

    SGD is Momentum without inertia: the same iterates, and one compilation for both.
    """
    b = config.beta1
    sgd = [("SGD", Momentum(eta, 0.0)) for eta in config.eta]
    return sgd + [("Momentum", Momentum((1 - b) * eta, b)) for eta in config.eta]


def late(config, valley, order, optimizer, seed, how):
    """Return the iterations of the looks, and displacements.

    Looks come between epochs and in the middle of them, by turns.
    """
    M = ROWS // config.B
    T = int(config.time / optimizer.eta * (1 - optimizer.beta1)) // M * M
    looks = T + np.linspace(0, T, config.looks).astype(int) // M * M + np.arange(config.looks) % 2 * (M // 2)
    positions = evolve(
        valley.network, Minibatches(config.B, order), optimizer, valley.theta, looks, walkers=config.walkers, seed=seed,
        keep="positions", **how,
    ).positions  # fmt: skip
    return looks, valley.along(positions)


def compared(config, valley, order, optimizer, looks, x):
    """Return each walker's variance and the predicted one, in the paper's unit.

    The mean of the walkers is taken off: cubic terms of the loss push it away from the minimum.
    """
    n = x.shape[1]
    squares = np.mean((x - x.mean(axis=(0, 1))) ** 2, axis=0) * n / (n - 1)
    noisy = np.diag(valley.C) > QUIET
    unit = np.where(noisy, printed(config, valley, order, optimizer), 1.0)
    return squares / unit, stated(config, valley, order, optimizer, looks) / unit


def noise(config, valley, order):
    """Return the variance of a step's gradient along the directions."""
    C = np.maximum(np.diag(valley.C), QUIET) / config.B
    # of B different rows, out of all
    return C * (ROWS - config.B) / (ROWS - 1) if order == "epochs" else C


def printed(config, valley, order, optimizer):
    """Return the paper's variance: its noise is white, of the measured covariance."""
    rule = {"eta": optimizer.eta, "beta1": optimizer.beta1, "beta3": optimizer.beta3}
    return valley_variance_printed(valley.H, C=noise(config, valley, order), **rule)


def stated(config, valley, order, optimizer, looks):
    """Return the exact variance on the quadratic, averaged over the looks."""
    C, M = noise(config, valley, order), ROWS // config.B
    rule = {"eta": optimizer.eta, "beta1": optimizer.beta1, "beta3": optimizer.beta3}
    if order == "replacement":
        return valley_variance_corrected(valley.H, C=C, **rule)
    steps, counts = np.unique(looks % M, return_counts=True)
    if optimizer.beta1 == 0:
        each = [epoch_variance_corrected(valley.H, eta=optimizer.eta, C=C, batches=M, steps=k) for k in steps]
    else:
        each = [
            [momentum_epoch_covariance(h, C=c, batches=M, steps=k, **rule)[0, 0] for h, c in zip(valley.H, C, strict=True)]
            for k in steps
        ]  # fmt: skip
    return np.average(each, axis=0, weights=counts)


def bands(valley, order, name, optimizer, squares, exactly):
    """Return a point for each band of curvature."""
    points = []
    for band, chosen in in_bands(valley).items():
        measured = Estimate.of(squares[:, chosen].mean(axis=1))
        eta = optimizer.eta / (1 - optimizer.beta1)
        points.append(
            Point(
                order, {"curvature": band, "rate": round(eta, 6)}, round(eta, 6), measured.mean.item(),
                measured.stderr.item(), name, printed=1.0, corrected=exactly[chosen].mean(),
            )
        )  # fmt: skip
    return points


def in_bands(valley):
    """Return the directions of each band, those without noise left out."""
    noisy = np.diag(valley.C) > QUIET
    return {
        band: np.flatnonzero(noisy & (low < valley.H) & (high >= valley.H))
        for band, (low, high) in BANDS.items()
    }


def first_steps(config, valley, order, optimizer, seed, how):
    """Return the variance after a few steps, where the loss is a quadratic to rounding of the measurement.

    Walkers start at rest in the minimum: within an epoch the variance is that of `sgd_epoch_covariance` without a past.
    """
    positions = evolve(
        valley.network, Minibatches(config.B, order), optimizer, valley.theta, config.early,
        walkers=config.early_walkers, seed=seed, keep="positions", **how,
    ).positions  # fmt: skip
    x, C = valley.along(positions), noise(config, valley, order)
    points = []
    for T, moved in zip(config.early, x, strict=True):
        white = momentum_iteration_msd(valley.H, T, eta=optimizer.eta, C=C, beta1=0.0, beta3=1.0)
        exactly = white
        if order == "epochs":
            # steps of an epoch have the covariance -C / (M - 1), which adds |sum of their weights|^2
            a, shared = 1 - optimizer.eta * valley.H, C / (ROWS // config.B - 1)
            together = optimizer.eta * np.sum(a ** np.arange(T)[:, None], axis=0)
            exactly = white * (1 + shared / C) - together**2 * shared
        for band, chosen in in_bands(valley).items():
            measured = Estimate.of(np.mean(moved[:, chosen] ** 2 / white[chosen], axis=1))
            points.append(
                Point(
                    "early", {"order": order, "curvature": band}, T, measured.mean.item(), measured.stderr.item(), "SGD",
                    printed=1.0, exact=np.mean(exactly[chosen] / white[chosen]),
                )
            )  # fmt: skip
    return points


def verdicts(dataset):
    """Return what the numbers say of temperature and order."""
    etas = np.unique(dataset.rate.values[np.isfinite(dataset.rate)])
    slowest, fastest = float(etas[0]), float(etas[-1])
    found, small = [], {"tolerance": 0.05, "power": 0.15}
    for order, statement in ORDERS.items():
        on = Claims(statement, dataset)
        found.append(on.exact({"points": "first steps"}, panel="early", order=order))
        for name, curvatures in (("SGD", BANDS), ("Momentum", ("middle",))):
            for band in curvatures:
                chosen = {"panel": order, "optimizer": name, "curvature": band}
                at = {"valley": "network", "optimizer": name, "curvature": band}
                found.append(on.judge(at, tolerance=0.1, power=0.15, x=slowest, **chosen))
                if (
                    order == "epochs" and band != "steep"
                ):  # noise so small that other terms show until eta is tiny
                    limit = at | {"limit": "eta -> 0"}
                    found.append(on.order(limit, "corrected", parameter="eta", **chosen))
                else:
                    found.append(on.judge(at, "corrected", x=slowest, **small, **chosen))
    steep = {"panel": "replacement", "optimizer": "SGD", "curvature": "steep", "x": fastest}
    at = {"valley": "network", "optimizer": "SGD", "curvature": "steep", "rate": fastest}
    found += [
        Claims(TEMPERATURE, dataset).judge(at, form, **small, **steep) for form in ("printed", "corrected")
    ]
    on, (measured, _) = Claims(EPOCHS, dataset), where(dataset, "exact", panel="early", order="epochs")
    found.append(on.wrong(measured, np.ones(measured.mean.shape), "epochs taken for rows with replacement"))
    on, (measured, _) = (
        Claims(TEMPERATURE, dataset),
        where(dataset, panel="replacement", curvature="steep", x=slowest),
    )
    found.append(on.wrong(measured, np.full(measured.mean.shape, 2.0), "eta C / H, without the 2"))
    return found


EXPERIMENT = Experiment("network_minimum", STATEMENTS, PANELS, FULL, QUICK, run, verdicts, needs="sklearn")
