"""Gaussian twin: what of a network's SGD depends on its noise not being Gaussian.

The twin runs on the same network, with the gradient over all rows and Gaussian noise of the covariance that minibatches
have at the critical point. It differs from the real process in two ways: its noise has no tails, and does not change with
the place. Variances at a minimum and spreads at a saddle are compared; the kurtosis of the spread tells where tails are seen.

They are seen in the first steps and along steep directions only: a sum of many gradients forgets them.
"""

from dataclasses import dataclass

import numpy as np

from diffusion import Estimate, FrozenNoise, Minibatches, Momentum, evolve
from sims.experiments import Experiment
from sims.experiments.network_minimum import BANDS, in_bands
from sims.experiments.shared.small_network import ROWS, minimum, saddle
from sims.judging.claims import Claims
from sims.judging.points import Panel, Point, as_dataset, where
from sims.storage.seeds import derived_seed
from theory.exact import sgd_iteration_msd
from theory.stationary import kurtosis_corrected

(STATEMENT,) = STATEMENTS = ("Gaussian noise",)
WAYS = 4  # out of the saddle
KURTOSIS = r"$\langle x^4\rangle\,/\,\langle x^2\rangle^2$"
PANELS = {
    "tails": Panel("Tails of the spread", "iterations", KURTOSIS, yscale="linear", ratio_to="corrected",
                   lines=("curvature",)),
    "minimum": Panel("At the minimum", r"learning rate $\eta$", "variance, minibatches / Gaussian twin",
                     xscale="linear", yscale="linear", lines=("curvature",)),
    "saddle": Panel("At the saddle", r"learning rate $\eta$", "spread, minibatches / Gaussian twin", xscale="linear",
                    yscale="linear"),
}  # fmt: skip


@dataclass(frozen=True)
class NetworkTwin:
    """Settings.

    Parameters
    ----------
    walkers : of the minibatch process and of its twin, where they are compared.
    seed : every run derives its own from it.
    B : rows a step.
    eta : learning rates at which both are compared.
    time : eta T of the comparison at the minimum.
    age : eta |H| T of the comparison at the saddle, along its steepest way out.
    tail_walkers : walkers whose kurtosis is measured.
    tail_eta, tail_T : learning rate, and iterations, of that.
    """

    walkers: int = 1024
    seed: int = 0
    B: int = 10
    eta: tuple[float, ...] = (0.16,)
    time: float = 60.0
    age: float = 1.0
    tail_walkers: int = 2**15
    tail_eta: float = 0.02
    tail_T: tuple[int, ...] = (1, 3, 10, 30, 100, 300)


FULL = NetworkTwin()
QUICK = NetworkTwin(walkers=448, tail_walkers=2**13)


def run(config: NetworkTwin, *, workers=None, watch=None):
    """Return kurtoses beside Gaussian ones, and spreads beside the twin's."""
    how = {"workers": workers, "watch": watch}
    points, work = tails(config, minimum(), how), float(config.tail_walkers * config.tail_T[-1])
    for eta in config.eta:
        for place, point in (("minimum", minimum()), ("saddle", saddle())):
            T = round((config.time if place == "minimum" else config.age / abs(point.H[0])) / eta)
            real, twin = both(config, point, place, eta, T, how)
            points += compared(place, point, eta, real, twin)
            work += config.walkers * T * (1 + ROWS / config.B)
    return as_dataset(
        points, PANELS, config, walkers=config.tail_walkers + 4 * len(config.eta) * config.walkers,
        work=work * minimum().network.dim, noise=f"minibatches of {config.B} of {ROWS} rows of digits; frozen, of their C",
        time_unit="iterations",
    )  # fmt: skip


def moved(point, noise, eta, T, walkers, seed, how):
    """Return displacements from a critical point along its eigenvectors, shape (looks, walkers, P)."""
    run = evolve(
        point.network, noise, Momentum(eta, 0.0), point.theta, T, walkers=walkers, seed=seed, keep="positions", **how
    )  # fmt: skip
    return point.along(run.positions)


def tails(config, point, how):
    """Return the kurtosis of SGD's spread for each band of curvature.

    It is the fourth moment over the square of the exact variance, averaged over the directions of the band.
    """
    seed = derived_seed(config.seed, "tails")
    x = moved(point, Minibatches(config.B), config.tail_eta, config.tail_T, config.tail_walkers, seed, how)
    C, points = np.diag(point.C), []
    g = point.gradients - point.gradients.mean(axis=0)
    quiet = np.maximum(C, 1e-8)  # directions without noise are in no band
    excess = np.mean(g**4, axis=0) / quiet**2 - 3
    for T, place in zip(config.tail_T, x, strict=True):
        variance = sgd_iteration_msd(point.H, T, eta=config.tail_eta, C=quiet / config.B)
        stated = kurtosis_corrected(point.H, T, eta=config.tail_eta, B=config.B, excess=excess)
        for band, chosen in in_bands(point).items():
            measured = Estimate.of(np.mean(place[:, chosen] ** 4 / variance[chosen] ** 2, axis=1))
            # after one step the loss plays no part: these numbers are exact
            form = "exact" if T == 1 else "corrected"
            points.append(
                Point(
                    "tails", {"curvature": band, "T": float(T)}, T, measured.mean.item(), measured.stderr.item(), "SGD",
                    printed=3.0, **{form: float(np.mean(stated[chosen]))},
                )
            )  # fmt: skip
    return points


def both(config, point, place, eta, T, how):
    """Return displacements of the minibatch process and of its Gaussian twin."""
    C = point.directions @ point.C @ point.directions.T / config.B
    noises = {"real": Minibatches(config.B), "twin": FrozenNoise((C + C.T) / 2)}
    return (
        moved(point, noise, eta, [T], config.walkers, derived_seed(config.seed, place, kind, eta), how)[0]
        for kind, noise in noises.items()
    )


def compared(place, point, eta, real, twin):
    """Return real spread over the twin's, a point for each band of curvature or for all ways out."""
    chosen = in_bands(point) if place == "minimum" else {"negative": np.arange(WAYS)}
    points = []
    for band, which in chosen.items():
        unit = twin[:, which].var(axis=0)
        above, below = (
            Estimate.of(np.mean((x[:, which] - x[:, which].mean(axis=0)) ** 2 / unit, axis=1))
            for x in (real, twin)
        )
        ratio = above.mean / below.mean
        error = ratio * np.hypot(above.stderr / above.mean, below.stderr / below.mean)
        at = {"curvature": band, "rate": eta}
        points.append(Point(place, at, eta, ratio.item(), error.item(), "SGD", printed=1.0))
    return points


def verdicts(dataset):
    """Return where Gaussian noise will do."""
    on, late = Claims(STATEMENT, dataset), float(np.nanmax(dataset["T"].values))
    found = [on.exact({"points": "first step"}, panel="tails")]
    for T in (1.0, 30.0, late):
        at = {"moment": "kurtosis", "T": T}
        found.append(
            on.judge(
                at | {"curvature": "middle"},
                tolerance=0.05,
                power=0.15,
                panel="tails",
                x=T,
                curvature="middle",
            )
        )
    chosen = {"panel": "tails", "x": 10.0}
    found.append(
        on.judge({"moment": "kurtosis", "T": 10.0}, "corrected", tolerance=0.05, power=0.2, **chosen)
    )
    hot = float(np.nanmax(dataset.rate.values))
    for band in BANDS:
        chosen = {"panel": "minimum", "curvature": band, "rate": hot}
        at = {"valley": "network", "moment": "variance", "curvature": band}
        found.append(on.judge(at, tolerance=0.1, power=0.5, **chosen))
    at = {"saddle": "network", "moment": "variance"}
    found.append(on.judge(at, tolerance=0.1, power=0.6, panel="saddle", rate=hot))
    measured, exactly = where(dataset, "exact", panel="tails")
    return [*found, on.wrong(measured, np.full(exactly.shape, 3.0), "Gaussian gradients")]


EXPERIMENT = Experiment("network_twin", STATEMENTS, PANELS, FULL, QUICK, run, verdicts, needs="sklearn")
