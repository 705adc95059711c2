"""Theorem 4: whether Adai's gradient vanishes like 1 / sqrt(t + 1), and whether the bound says anything.

Adai runs for t + 1 iterations at the learning rate C / sqrt(t + 1) that belongs to them, on a loss with a bounded
gradient, log cosh in every coordinate. The smallest mean squared gradient on the way is set beside the bound. The
theorem prints "at most C / sqrt(t + 1)"; a rate far below that is tried too. Last, a step of the proof: it takes a
gradient for independent of earlier noise.
"""

from dataclasses import dataclass

import numpy as np

from diffusion import Adai, Estimate, FrozenNoise, Momentum, Quadratic, evolve
from sims.experiments import Experiment
from sims.experiments.shared.log_cosh import LogCosh
from sims.judging.claims import Claims
from sims.judging.judges import judge_bound
from sims.judging.points import Panel, Point, as_dataset, groups, where
from sims.storage.seeds import derived_seed
from theory.convergence import adai_gradient_bound_corrected, adai_gradient_bound_printed, adai_learning_rate
from theory.gradient_overlap import gradient_overlap_exact, gradient_overlap_printed

BOUND, PROOF = STATEMENTS = ("Theorem 4", "Eq. 84")
PANELS = {
    "bound": Panel("Smallest gradient", "iterations, $t + 1$", r"$\min_k E|\nabla L(\theta_k)|^2$", lines=("largest",)),
    "slow": Panel("A smaller learning rate", r"learning rate $\eta$", r"$\min_k E|\nabla L(\theta_k)|^2$"),
    "proof": Panel(
        "Gradient and earlier noise", "iterations between them, $t - k$", r"$E[\nabla L(\theta_t)\,g_k]$",
        xscale="linear", yscale="linear",
    ),
}  # fmt: skip
QUADRATIC = {"of": "moving average on a quadratic"}


@dataclass(frozen=True)
class Convergence:
    """Settings.

    Parameters
    ----------
    walkers : independent walkers of every run of the bound.
    seed : every run derives its own from it.
    C : eta sqrt(t + 1).
    steepness, noise : largest slope, and variance of the gradient noise, of each coordinate.
    start : every coordinate of theta_0.
    horizons : numbers of iterations t + 1.
    inertia : largest inertia 1 - eps of Adai.
    slow : learning rates below C / sqrt(t + 1) for the first horizon, in one coordinate with little noise.
    path_walkers : walkers for the step of the proof, on theta^2 / 2 with noise of variance 1.
    path_eta, path_beta, path_length : their learning rate, inertia, and number of iterations.
    """

    walkers: int = 2**15
    seed: int = 0
    C: float = 1.0
    steepness: tuple[float, ...] = (1.0, 0.3)
    noise: tuple[float, ...] = (1.0, 0.1)
    start: float = 3.0
    horizons: tuple[int, ...] = (100, 1000, 10_000)
    inertia: tuple[float, ...] = (0.0, 0.5, 0.9, 0.999)
    slow: tuple[float, ...] = (1e-6, 1e-4, 1e-2)
    path_walkers: int = 2**22
    path_eta: float = 0.1
    path_beta: float = 0.5
    path_length: int = 6


FULL, QUICK = Convergence(), Convergence(walkers=2**12, path_walkers=2**20)


def run(config: Convergence, *, workers=None, watch=None):
    """Return squared gradients beside Theorem 4's bound, and its proof's overlap."""
    size = {"walkers": config.walkers, "workers": workers, "watch": watch}
    valley, points = LogCosh(np.array(config.steepness)), []
    for beta in config.inertia:
        for n in config.horizons:
            eta = float(adai_learning_rate(n - 1, C=config.C))
            for name, optimizer in optimizers(eta, beta).items():
                seed = derived_seed(config.seed, name, beta, n)
                measured = smallest(config, valley, config.noise, optimizer, n, seed, size)
                at = {"who": name, "largest": beta}
                points.append(bounded(config, "bound", at, n, n, measured, valley, config.noise, beta))
    lone, little = LogCosh(np.array(config.steepness[:1])), (0.01,)
    for eta in config.slow:
        seed, n = derived_seed(config.seed, "slow", eta), config.horizons[0]
        # what Adai with eps = 1 is: a moving average of the last gradient alone
        measured = smallest(config, lone, little, Momentum(eta, 0.0, 1.0), n, seed, size)
        at = {"who": "Momentum", "eta": eta, "allowed": config.C / n**0.5}
        points.append(bounded(config, "slow", at, eta, n, measured, lone, little, 0.0))
    points += overlaps(config, workers, watch)
    runs = 2 * len(config.inertia) - 1
    steps = runs * sum(config.horizons) * valley.dim + len(config.slow) * config.horizons[0]
    return as_dataset(
        points, PANELS, config, work=config.walkers * steps + config.path_walkers * config.path_length,
        walkers=config.walkers * (runs * len(config.horizons) + len(config.slow)) + config.path_walkers,
        noise="frozen, Gaussian", time_unit="iterations",
    )  # fmt: skip


def optimizers(eta, beta):
    """Return Adai and a moving average of largest inertia ``beta``."""
    both = {"Adai": Adai(eta, eps=1 - beta), "Momentum": Momentum(eta, beta, 1 - beta)}
    return both if beta > 0 else {"Adai": both["Adai"]}  # without inertia the two are one


def smallest(config, valley, noise, optimizer, n, seed, size):
    """Return the smallest mean squared gradient of some twenty iterations."""
    at = np.unique(np.rint(np.concatenate([[0], np.geomspace(1, n - 1, 20)])))
    run = evolve(valley, FrozenNoise(noise), optimizer, config.start, at, seed=seed, keep="positions", **size)
    squared = Estimate.of(np.sum(valley.gradients(run.positions) ** 2, axis=-1), axis=1)
    least = int(np.argmin(squared.mean))
    return Estimate(squared.mean[least], squared.stderr[least], squared.n)


def bounded(config, panel, at, x, n, measured, valley, noise, beta):
    """Return a measured point beside the printed and the repaired bound."""
    facts = {
        "C": config.C,
        "lipschitz": valley.lipschitz,
        "gradient_bound": valley.gradient_bound,
        "noise_bound": np.sqrt(sum(noise)),
        "gap": valley.loss(np.full(valley.dim, config.start)),
        "beta1_max": beta,
    }
    forms = {"printed": float(adai_gradient_bound_printed(n - 1, **facts))}
    if panel != "slow":
        forms["corrected"] = float(adai_gradient_bound_corrected(n - 1, **facts))
    return Point(panel, at, x, float(measured.mean), float(measured.stderr), at["who"], **forms)


def overlaps(config, workers, watch):
    """Return a moving average's overlap E[grad L(theta_t) g_k] on theta^2 / 2."""
    eta, beta, T = config.path_eta, config.path_beta, config.path_length
    run = evolve(
        Quadratic([1.0]), FrozenNoise(1.0), Momentum(eta, beta, 1 - beta), 0.0, range(T + 1),
        walkers=config.path_walkers, seed=derived_seed(config.seed, "proof"), keep="positions",
        workers=workers, watch=watch,
    )  # fmt: skip
    theta = run.positions[:, :, 0]
    m = -np.diff(theta, axis=0) / eta
    g = (m - beta * np.concatenate([np.zeros_like(m[:1]), m[:-1]])) / (1 - beta)
    points, settings = [], {"eta": eta, "C": 1.0, "beta1": beta, "beta3": 1 - beta}
    for lag in range(1, T):
        measured = Estimate.of(theta[T] * g[T - lag])
        points.append(
            Point(
                "proof", QUADRATIC, lag, measured.mean, measured.stderr, "Momentum",
                printed=float(gradient_overlap_printed(1.0, T, lag, **settings)),
                exact=float(gradient_overlap_exact(1.0, T, lag, **settings)),
            )
        )  # fmt: skip
    return points


def verdicts(dataset):
    """Judge Theorem 4 and its proof by the numbers."""
    found = [
        judge_bound(*where(dataset, form, **at)).on(BOUND, at, form)
        for form in (
            "printed",
            "corrected",
        )  # the corrected bound knows one learning rate, and no smaller one
        for at in groups(dataset, form)
        if at != QUADRATIC
    ]
    on = Claims(PROOF, dataset)
    return [*found, on.exact(QUADRATIC), on.judge(QUADRATIC), on.scaled(1.05)]


EXPERIMENT = Experiment("convergence", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
