"""Rotated saddles: what is left of Propositions 1 and 3 where the loss is not aligned with the coordinates.

Adam and Adai are isotropic by treating each coordinate by its own gradients, and the propositions take the
coordinates for the directions of the Hessian. Here the saddle is turned by an angle, and the spreads along its steep
and its flat direction are compared. SGD and Momentum do not care: theirs stay what they were, exactly.
"""

from dataclasses import dataclass

import numpy as np

from diffusion import SGD, Adai, Adam, FrozenNoise, Momentum, Quadratic, evolve
from sims.experiments import Experiment
from sims.experiments.shared.isotropy import ratio_of_means
from sims.judging.claims import Claims
from sims.judging.points import Panel, Point, as_dataset, groups, having, where
from sims.storage.seeds import derived_seed
from theory.dynamics import adai_beta1
from theory.exact import coordinatewise_covariance, momentum_iteration_msd, sgd_iteration_msd

STATEMENTS = ("Theorem 1", "Theorem 2", "Proposition 1", "Proposition 3")
ANGLE = "angle to the axes, degrees"
PANELS = {
    "spread": Panel(
        "Spread, steep over flat", ANGLE, r"$\langle\Delta\theta^2\rangle$, steep / flat", xscale="linear"
    ),
    "drift": Panel("Excess over SGD, steep over flat", ANGLE, "excess, steep / flat", xscale="linear"),
}


@dataclass(frozen=True)
class RotatedSaddle:
    """Settings.

    Parameters
    ----------
    walkers : independent walkers in each run.
    seed : every run derives its own from it.
    eta, B : learning rate of SGD and Momentum, and batch size.
    adam_eta : learning rate of Adam, so small that there is no force to speak of.
    H : |H| along the steep and the flat direction, where spreads are compared.
    adai_H : the same for Adai; without force, as the excess asks for.
    angles : between the directions and the axes, degrees.
    T : iterations; the flights are over by then.
    """

    walkers: int = 2**20
    seed: int = 0
    eta: float = 1e-3
    B: float = 10.0
    adam_eta: float = 1e-7
    H: tuple[float, float] = (1.0, 0.1)
    adai_H: tuple[float, float] = (1.6, 0.4)
    angles: tuple[float, ...] = (0.0, 10.0, 30.0, 45.0)
    T: int = 300


FULL, QUICK = RotatedSaddle(), RotatedSaddle(walkers=3 * 2**16)


def run(config: RotatedSaddle, *, workers=None, watch=None):
    """Return ratios of steep to flat, of spread and excess, by angle."""
    how = {"walkers": config.walkers, "workers": workers, "watch": watch}
    points = []
    for angle in config.angles:
        points += [*spreads(config, angle, how), excess(config, angle, how)]
    return as_dataset(
        points + curves(config), PANELS, config, walkers=5 * len(config.angles) * config.walkers,
        work=2 * len(config.angles) * config.walkers * 5 * config.T, noise="frozen, C = |H| / B, a matrix",
        time_unit="iterations T",
    )  # fmt: skip


def turned(values, angle):
    """Return a turned matrix with these eigenvalues, and its directions."""
    c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    axes = np.array([[c, -s], [s, c]])
    matrix = axes * np.asarray(values) @ axes.T
    return (matrix + matrix.T) / 2, axes


def along(axes, landscape, noise, optimizer, T, **how):
    """Return displacements along a saddle's directions, shape (2, walkers)."""
    positions = evolve(landscape, noise, optimizer, 0.0, T, keep="positions", **how).positions[0]
    return (positions @ axes).T


def spreads(config, angle, how):
    """Return points of optimizers with compared spread."""
    H = np.array(config.H)
    matrix, axes = turned(-H, angle)
    C, _ = turned(H / config.B, angle)
    rule = {"eta": config.eta, "C": H / config.B}
    betas = {"beta1": 0.9, "beta3": 1.0}
    stated = {
        "SGD": {"exact": sgd_iteration_msd(-H, config.T, **rule)},
        "Momentum": {"exact": momentum_iteration_msd(-H, config.T, **betas, **rule)},
        "Adam": {"printed": np.ones(2), "corrected": knowing_adam(config, angle)},
    }
    optimizers = {
        "SGD": SGD(config.eta),
        "Momentum": Momentum(config.eta, **betas),
        "Adam": Adam(config.adam_eta, eps=0.0),
    }
    points = []
    for name, optimizer in optimizers.items():
        seed = derived_seed(config.seed, name, angle)
        steep, flat = along(axes, Quadratic(matrix), FrozenNoise(C), optimizer, config.T, seed=seed, **how)
        points.append(beside("spread", name, angle, ratio_of_means(steep**2, flat**2), stated[name]))
    return points


def excess(config, angle, how):
    """Return Adai's excess over SGD, on the same noise, as a point."""
    H = np.array(config.adai_H)
    C, axes = turned(H / config.B, angle)
    noise, level, T = FrozenNoise(C), Quadratic(np.zeros((2, 2))), config.T
    seed = derived_seed(config.seed, "Adai", angle)
    adai, sgd = (
        along(axes, level, noise, optimizer, T, seed=seed, **how)
        for optimizer in (Adai(config.eta), SGD(config.eta))
    )
    stated = {"printed": np.ones(2), "corrected": knowing_adai(config, angle)}
    return beside("drift", "Adai", angle, ratio_of_means(*(adai**2 - sgd**2)), stated)


def knowing_adam(config, angle):
    """Return the spread of Adam that knows v, steep and flat."""
    C, axes = turned(np.array(config.H) / config.B, angle)
    spread = coordinatewise_covariance(C, config.T, eta=config.adam_eta, beta1=0.9, scale=np.diag(C) ** -0.5)
    return np.diag(axes.T @ spread @ axes)


def knowing_adai(config, angle):
    """Return the excess of Adai that knows its inertia, steep and flat."""
    C, axes = turned(np.array(config.adai_H) / config.B, angle)
    beta1 = adai_beta1(np.diag(C), beta0=0.1)
    spread = coordinatewise_covariance(C, config.T, eta=config.eta, beta1=beta1)
    return np.diag(axes.T @ (spread - config.eta**2 * C * config.T) @ axes)


def curves(config):
    """Return the corrected ratios between the measured angles."""
    known = {"Adam": ("spread", knowing_adam), "Adai": ("drift", knowing_adai)}
    return [
        Point(panel, {}, float(angle), optimizer=name, corrected=float(np.divide(*values(config, angle))))
        for name, (panel, values) in known.items()
        for angle in np.linspace(min(config.angles), max(config.angles), 31)
    ]


def beside(panel, name, angle, measured, stated):
    """Return a measured ratio beside the stated ones, (steep, flat) pairs."""
    forms = {form: float(steep / flat) for form, (steep, flat) in stated.items()}
    mean, stderr = float(measured.mean), float(measured.stderr)
    return Point(panel, {"degrees": angle}, angle, mean, stderr, name, **forms)


def verdicts(dataset):
    """Judge isotropy on rotated saddles."""
    one, two, adam, adai = (Claims(statement, dataset) for statement in STATEMENTS)
    turned, alike = {"saddle": "rotated saddle", "angle": "every angle"}, {"isotropy": "isotropy"}
    every = having(dataset, optimizer="Adam")
    measured, _ = where(every)
    found = [
        one.exact(turned, optimizer="SGD"),
        two.exact(turned, optimizer="Momentum"),
        adam.wrong(
            measured, where(every)[1] * every.corrected.values[::-1], "the angle counted from the other axis"
        ),
    ]
    angles = groups(every)
    found += [adam.judge(alike | at, tolerance=0.03, power=0.1, optimizer="Adam", **at) for at in angles]
    known = turned | {"v": "v of each coordinate known"}
    found.append(adam.judge(known, "corrected", tolerance=0.05, power=0.1, optimizer="Adam"))
    return found + [adai.judge(alike | at, optimizer="Adai", **at) for at in angles]


EXPERIMENT = Experiment("rotated_saddle", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
