"""Simulations for pictures of documentation and README.

Each function returns the arguments of the ``draw`` of its figure.
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
    Momentum,
    PhaseSpace,
    Quadratic,
    StyblinskiTang,
    baoab,
    escape_times,
    evolve,
    integrate,
)
from sims.runs.kramers import kramers_log_iterations
from theory.exact import separatrix
from theory.saddle import adai_msd_exact, adam_msd_exact, momentum_msd_exact, sgd_msd_exact

ETA, B = 1e-4, 1.0  # learning rate and batch size of the clouds
AROUND_A_SADDLE = {"SGD": SGD(ETA), "Momentum": Momentum(ETA), "Adam": Adam(ETA), "Adai": Adai(ETA)}
# the learning rates that the command line takes in a valley
IN_A_VALLEY = {"SGD": SGD(1e-3), "Momentum": Momentum(1e-4), "Adai": Adai(1e-3)}
STRENGTH = 100.0  # gradient noise over |H| in the valley


@dataclass(frozen=True)
class Picture:
    """One picture: its module of `figures`, its data, and what it shows."""

    figure: str
    data: Callable[[], dict[str, Any]]
    shows: str


def landscape(*, surface: bool = False) -> dict[str, Any]:
    """Return walkers of SGD that were released on a pass."""
    valleys = StyblinskiTang(dim=2)
    start = [valleys.minimum[0], valleys.boundary]
    run = evolve(
        valleys, FrozenNoise(np.array(16_000.0)), SGD(1e-3), start, 600, walkers=600, seed=0, keep="positions"
    )
    x = np.linspace(-4.2, 4.2, 120)
    loss = StyblinskiTang(dim=1).loss(x[:, None])
    return {"x": x, "loss": loss, "walkers": run.positions[0], "surface": surface}


def saddle_msd(name, H, T):
    """Return an optimizer's exact spread from rest, v and inertia ideal."""
    if name == "SGD":
        return sgd_msd_exact(H, T, eta=ETA, B=B)
    if name == "Momentum":
        return momentum_msd_exact(H, T, eta=ETA, B=B, beta1=0.9, beta3=1.0)
    if name == "Adam":
        return adam_msd_exact(H, T, eta=ETA, B=B, beta1=0.9)
    return np.squeeze(adai_msd_exact(H, np.ravel(T), eta=ETA, B=B, beta0=0.1))


def saddle_walkers(name, H, T, walkers):
    """Return an optimizer's walkers, shape (times, walkers, len(H))."""
    noise = FrozenNoise(np.abs(np.asarray(H)) / B)
    run = evolve(
        Quadratic(H), noise, AROUND_A_SADDLE[name], 0.0, T, walkers=walkers, seed=3, keep="positions"
    )
    return run.positions


def clouds(ratio: float = 20, T: int = 100) -> dict[str, Any]:
    """Return walkers after T iterations, one way down ``ratio`` times as steep."""
    H = np.array([-1.0, -1.0 / ratio])
    return {
        "clouds": {name: saddle_walkers(name, H, T, 1000)[0] for name in AROUND_A_SADDLE},
        "ellipses": {name: np.sqrt(saddle_msd(name, H, T)) for name in AROUND_A_SADDLE},
    }


def survival(k: float = 5.0, walkers: int = 2000) -> dict[str, Any]:
    """Return the walkers left in a valley over time, and Kramers' times."""
    valley = StyblinskiTang(dim=1, k=k)
    curves, means = {}, {}
    for name, optimizer in IN_A_VALLEY.items():
        curves[name] = escape_times(
            valley,
            FrozenNoise(STRENGTH * valley.H_a),
            optimizer,
            start=valley.minimum,
            boundary=valley.boundary,
            max_iterations=1_000_000,
            walkers=walkers,
            seed=7,
        ).survival()
        log_time = kramers_log_iterations(optimizer, valley.H_a, valley.H_b, valley.barrier, B=1 / STRENGTH)
        means[name] = float(np.squeeze(np.exp(log_time)))
    same = "Kramers, Momentum and Adai"  # bias correction apart, Adai is Momentum in one dimension
    return {"curves": curves, "means": {"Kramers, SGD": means["SGD"], same: means["Adai"]}}


def phase_portrait(damping: float = 2.0, kT: float = 10.0) -> dict[str, Any]:
    """Return flow without noise, separatrix, and walkers from rest."""
    valley, mass = StyblinskiTang(dim=1), 1.0

    def slope(x):
        return valley.slope(x, 0)

    process = PhaseSpace(mass, damping, D=damping * mass * kT)
    run = integrate(
        valley, process, valley.minimum, 8.0, dt=0.005, scheme=baoab, walkers=2000, seed=8, keep="states"
    )
    x, velocity = np.linspace(-4.4, 4.0, 24), np.linspace(-16, 16, 19)
    X, V = np.meshgrid(x, velocity)
    return {
        "x": x,
        "velocity": velocity,
        "flow": (V, -damping * V - slope(X) / mass),
        "separatrix": separatrix(slope, valley.boundary, valley.H_b, mass=mass, damping=damping, reach=2.6),
        "walkers": run.states[0, :2, :, 0].T,
        "saddle": valley.boundary,
    }


def averaged_loss(x, variance):
    """Return Styblinski-Tang averaged over data, up to a constant."""
    return 0.5 * (x**4 + (6 * variance - 16) * x**2 + 5 * x)


def effective_potential(variances=(1.0, 4.0)) -> dict[str, Any]:
    """Return the function beside its averages; variance 4 is the paper's."""
    valley, x = StyblinskiTang(dim=1), np.linspace(-4, 3.8, 300)
    averages = {f"averaged over data of variance {v:g}": averaged_loss(x, v) for v in variances}
    return {
        "x": x,
        "potentials": {"bare function": valley.loss(x[:, None]), **averages},
        "minimum": float(valley.minimum[0]),
        "boundary": valley.boundary,
    }


PICTURES = {
    "landscape": Picture("landscape", landscape, "walkers on the Styblinski-Tang function, from above"),
    "landscape-3d": Picture("landscape", lambda: landscape(surface=True), "the same as a surface"),
    "clouds": Picture("clouds", clouds, "four optimizers around one saddle, side by side"),
    "survival": Picture("survival", survival, "how many walkers have not yet escaped, beside Kramers"),
    "phase-portrait": Picture("phase_portrait", phase_portrait, "the flow with inertia, and its separatrix"),
    "effective-potential": Picture(
        "effective_potential", effective_potential, "what minibatches of data average to: no valley"
    ),
}
