"""Scaling identity: what the k-laws of Figure 6 rest on.

Making a valley sharper, f(sqrt(k) theta), is the same as raising the learning rate: k times for SGD, Momentum and Adai,
sqrt(k) times for Adam. With the same random numbers the walkers then make the same steps, to the last bit where k is a
power of 4. So the laws log tau ~ 1/k and k^(-1/2) follow from this and Arrhenius' law alone; they test neither the
noise model nor the barrier. It needs gradient noise that scales with the gradient. Two settings in which it does not
are the negative controls.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffusion import (
    SGD,
    Adai,
    Adam,
    FrozenNoise,
    MinibatchNoise,
    Momentum,
    StyblinskiTang,
    escape_times,
    evolve,
)
from sims.experiments import Experiment
from sims.judging.judges import judge_identity
from sims.judging.points import Panel, Point, as_dataset, having
from sims.storage.seeds import derived_seed
from theory.scaling import rescaled_learning_rate

(STATEMENT,) = STATEMENTS = ("Scaling identity",)
ROUNDING = 1e-12  # of the largest value, for a k that is no power of 4: Adam magnifies it, dividing by small gradients
EARLY = (1, 5)  # iterations at which positions are compared: rounding has not yet grown
LAST, UNIT = 400, float(np.finfo(float).eps)
PANELS = {
    "positions": Panel(
        "The same steps", "sharpness $k$", r"largest $|\phi_k-\phi_1|$ / largest $|\phi|$ [$2^{-52}$]",
        yscale="linear", lines=("noise", "decay"),
    ),
    "escape": Panel(
        "The same escape", "sharpness $k$", r"mean escape time $T$ [iterations]", yscale="linear", lines=("noise", "decay"),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class ScalingIdentity:
    """Settings.

    Parameters
    ----------
    walkers : of each run.
    seed : every optimizer derives its own from it; all its k share it, as the identity wants.
    k : sharpness, powers of 4 and others.
    dim, samples, B : coordinates; rows and batch size of minibatch noise.
    strength : covariance of frozen noise at k = 1.
    """

    walkers: int = 4096
    seed: int = 0
    k: tuple[float, ...] = (0.25, 3.0, 4.0, 16.0)
    dim: int = 3
    samples: int = 1000
    B: int = 3
    strength: float = 15000.0


FULL, QUICK = ScalingIdentity(), ScalingIdentity(walkers=512)


def optimizers(k) -> dict[str, Any]:
    """Return the optimizers that the scaling identity covers."""
    rate = {eta: eta**2 / float(rescaled_learning_rate(k, eta=eta)) for eta in (2e-3, 2e-4)}
    slow = 0.3**2 / float(rescaled_learning_rate(k, eta=0.3, adam=True))
    return {
        "SGD": SGD(rate[2e-3]),
        "Momentum": Momentum(rate[2e-4]),
        "Adam": Adam(slow, eps=1e-3 * k**0.5),
        "Adai": Adai(rate[2e-3]),
        "Adai, weight decay": Adai(rate[2e-3], weight_decay=0.5 * k),
    }


def noises(config) -> dict[str, Callable]:
    """Return the noises by name; the last two do not scale."""
    rng = np.random.default_rng(derived_seed(config.seed, "samples"))
    samples = rng.normal(0, 2, (config.samples, config.dim))
    return {
        "frozen": lambda k: FrozenNoise(k * config.strength),
        "minibatch": lambda k: MinibatchNoise(samples, config.B),
        "noise that does not know k": lambda k: FrozenNoise(config.strength),
        "data that stretch with theta": lambda k: MinibatchNoise(samples * k**0.5, config.B),
    }


TRIED = {
    "frozen": tuple(optimizers(1.0)),
    "minibatch": ("SGD", "Adam"),
}  # the noises that scale, and with which


def run(config: ScalingIdentity, *, workers=None, watch=None):
    """Return differences of positions and escape times from k = 1."""
    points, work = [], 0.0
    for noise, covariance in noises(config).items():
        for name in TRIED.get(noise, ("SGD",)):
            size = {"walkers": config.walkers, "seed": derived_seed(config.seed, name, noise)}
            size |= {"workers": workers, "watch": watch}
            first, begun = paths(config, covariance, name, 1.0, size)
            for k in (1.0, *config.k):
                phi, iterations = paths(config, covariance, name, k, size)
                optimizer = type(optimizers(k)[name]).__name__
                at = {"noise": noise} | ({"decay": "weight decay"} if name != optimizer else {})
                if noise in TRIED and k != 1:
                    apart = float(abs(phi - first).max() / abs(first).max())
                    points.append(Point("positions", at, k, apart / UNIT, 0.0, optimizer))
                mean, stderr = iterations.mean(), iterations.std(ddof=1) / np.sqrt(config.walkers)
                points.append(Point("escape", at, k, mean, stderr, optimizer, printed=begun.mean()))
                work += float(iterations.sum() + config.walkers * EARLY[-1]) * config.dim
    return as_dataset(
        points, PANELS, config, walkers=config.walkers, work=work, noise="as named", interpretation="Ito",
        stop=f"first passage of any coordinate, at most {LAST} iterations", time_unit="iterations T",
    )  # fmt: skip


def paths(config, covariance, name, k, size):
    """Return sqrt(k) theta at a few iterations, and when walkers left."""
    valley, optimizer = StyblinskiTang(config.dim, k), optimizers(k)[name]
    where = valley, covariance(k), optimizer
    early = evolve(*where, valley.minimum, EARLY, keep="positions", **size).positions
    place = {"start": valley.minimum, "boundary": valley.boundary, "max_iterations": LAST}
    return valley.stretch * early, escape_times(*where, **place, **size).iterations


def verdicts(dataset):
    """Judge whether runs agree, or differ, as they should."""
    found, walkers = [], int(dataset.walkers)
    for noise in dict.fromkeys(dataset.noise.values.tolist()):
        escapes = having(dataset, panel="escape", noise=noise)
        escapes = escapes.isel(point=escapes.x.values != 1)
        missed = float(np.max(np.abs(escapes.measured.values / escapes.printed.values - 1)))
        if noise not in TRIED:
            wrong = judge_identity(missed, 0.0, escapes.sizes["point"], wrong=True)
            found.append(wrong.on(STATEMENT, {"wrong": noise}))
            continue
        steps = having(dataset, panel="positions", noise=noise)
        bitwise = np.log2(steps.x.values) % 2 == 0
        for which, k, allowed in ((bitwise, "k a power of 4", 0.0), (~bitwise, "k no power of 4", ROUNDING)):
            one = steps.isel(point=which)
            numbers = one.sizes["point"] * walkers * len(EARLY)
            verdict = judge_identity(float(one.measured.max()) * UNIT, allowed, numbers)
            found.append(verdict.on(STATEMENT, {"what": "positions", "noise": noise, "k": k}))
        verdict = judge_identity(missed, 0.0, escapes.sizes["point"] * walkers)
        found.append(verdict.on(STATEMENT, {"what": "escape iterations", "noise": noise}))
    return found


EXPERIMENT = Experiment("scaling_identity", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
