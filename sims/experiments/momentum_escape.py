"""Theorem 3: how long Momentum stays in a valley.

What decides is gamma M = (1 - beta1) / beta3, 1 in Adam's style and 1 - beta1 in SGD's, and
z = 4|H_b| / (gamma^2 M), small where friction is strong. The same steps are made in both styles if the learning rates
are right for it, so that escape takes as many iterations; the theorem, as printed, lacks the factor gamma M that it
takes for that.

With noise of one strength the standard result is Kramers'; it fails where friction is weak, since a walker then gains
energy too slowly. With the theorem's noise, of the valley up to a height s of the barrier and of the saddle above, a
walker with inertia carries the warmth of the valley into the cold part. The exponent then is not the sum of two
parts, except where friction is strong.
"""

from dataclasses import dataclass

import numpy as np

from diffusion import Momentum, PhaseSpace, gjf
from sims.experiments import Experiment
from sims.experiments.shared import valley
from sims.experiments.shared.arrhenius import judged, slope_judged
from sims.experiments.shared.isotropy import quotient
from sims.judging.claims import Claims
from sims.judging.judges import judge
from sims.judging.points import NAN, Panel, groups, where
from sims.storage.seeds import derived_seed
from theory.escape import (
    momentum_log_time_corrected,
    momentum_log_time_kramers,
    momentum_log_time_leading,
    momentum_log_time_printed,
)
from theory.exact import phase_space_passage_time

(STATEMENT,) = STATEMENTS = ("Theorem 3",)
PROCESS = {"of": "process", "noise": "constant", "z": 1.0}
SGD_STYLE, ADAM_STYLE = "SGD style", "Adam style"
LINES = "style", "stop", "barrier", "s", "z"
PANELS = {
    "constant": Panel(
        "Constant noise", *valley.BARRIER_AXES, "linear", "log", ratio_to="kramers", lines=LINES
    ),
    "two": Panel("Two temperatures", *valley.BARRIER_AXES, "linear", "log", lines=LINES),
}


@dataclass(frozen=True)
class MomentumEscape:
    """Settings.

    Parameters
    ----------
    walkers : independent walkers for each mean time.
    seed : every run derives its own from it.
    barriers : values of E, increasing.
    process_barriers : the same for the process.
    low : values of E that are no barrier.
    splits : values of s where friction is strong.
    weak_references : at how many barriers the exact chain is solved where friction is weak, which takes a second each.
    """

    walkers: int = 2**15
    seed: int = 0
    barriers: tuple[float, ...] = (4.0, 5.5, 7.0)
    process_barriers: tuple[float, ...] = (4.0, 5.5, 7.0)
    low: tuple[float, ...] = (0.25, 0.5, 1.0)
    splits: tuple[float, ...] = (0.3, 0.5, 0.7)
    weak_references: int = 3


FULL = MomentumEscape()
QUICK = MomentumEscape(walkers=2**12, process_barriers=(4.0, 5.5), weak_references=1)


def momentum(beta1, z, style=ADAM_STYLE):
    """Return the Momentum with eta beta3 for this z."""
    beta3 = 1.0 if style == SGD_STYLE else 1 - beta1
    return Momentum(z * (1 - beta1) ** 2 / (4 * abs(valley.H_B)) / beta3, beta1, beta3)


def plan(config):
    """Return all regimes of the iteration."""
    every, half = config.barriers, config.splits[1]
    constant, two = {"noise": "constant"}, {"noise": "two"}
    top, low = (
        "first passage of the top, constant noise, z = 1",
        f"constant noise, E up to {config.low[-1]:g}, z = 1",
    )
    rows: list[tuple] = [
        (
            f"{style}, constant noise, z = 10",
            {"style": style} | constant | {"z": 10.0},
            momentum(0.9, 10.0, style),
            every,
        )
        for style in (SGD_STYLE, ADAM_STYLE)
    ]
    rows += [
        (top, {"stop": "first"} | constant | {"z": 1.0}, momentum(0.7, 1.0), every, 1.0, "first"),
        (low, constant | {"barrier": "low", "z": 1.0}, momentum(0.7, 1.0), config.low),
        (
            "weak friction, constant noise, z = 300",
            {"friction": "weak friction"} | constant | {"z": 300.0},
            momentum(0.96, 300.0),
            every,
        ),
    ]
    for s, z, beta1 in (*((s, 0.3, 0.5) for s in config.splits), (half, 3.0, 0.7)):
        name = f"two temperatures, s = {s:g}, z = {z:g}"
        rows.append((name, two | {"s": s, "z": z}, momentum(beta1, z), every, s))
    return [valley.Regime(*row) for row in rows]


def run(config: MomentumEscape, *, workers=None, watch=None):
    """Return mean escape iterations beside Theorem 3."""
    size = {"walkers": config.walkers, "workers": workers, "watch": watch}
    points, known = [], {}
    for regime in plan(config):
        optimizer = regime.optimizer
        references = config.weak_references if "friction" in regime.at else len(regime.barriers)
        for nth, (E, noise, measured) in enumerate(regime.times(config, **size)):
            same_steps = optimizer.beta1, regime.at["z"], regime.s, regime.stop, E  # in either style
            if nth < references and same_steps not in known:
                known[same_steps] = valley.exact_iterations(optimizer, noise, stop=regime.stop)
            exactly = known.get(same_steps, NAN)
            points.append(point(regime.at, E, optimizer, noise, measured, exactly, "Momentum"))
    points += process(config, size)
    return valley.as_points(points, PANELS, config)


def process(config, size):
    """Return the process's mean times over eta, under constant noise."""
    optimizer = momentum(0.9, 1.0)
    mass, damping = optimizer.eta / optimizer.beta3, (1 - optimizer.beta1) / optimizer.eta
    points = []
    for E in config.process_barriers:
        noise = valley.climb(E, eta=optimizer.eta)
        D = optimizer.eta * noise.C_a / 2
        exactly = phase_space_passage_time(
            valley.slope, valley.START, valley.STOPS["committed"], mass=mass, damping=damping, D=D
        )
        measured = valley.process_iterations(
            PhaseSpace(mass, damping, D), optimizer.eta, scheme=gjf, dt=0.2 * np.sqrt(mass / valley.H_A), **size,
            seed=derived_seed(config.seed, "process, constant noise, z = 1", E),
        )  # fmt: skip
        points.append(point(PROCESS, E, optimizer, noise, measured, exactly / optimizer.eta))
    return points


def point(at, E, optimizer, noise, measured, exactly, name=""):
    """Return a mean escape time in iterations, beside its predictions."""
    numbers = {"eta": optimizer.eta, "B": noise.B, "beta1": optimizer.beta1, "beta3": optimizer.beta3}
    split = numbers | {"s": noise.s, "unit": "iterations"}
    logs = {
        "printed": momentum_log_time_printed(*valley.WAY_OUT, **split),
        "leading": momentum_log_time_leading(valley.H_A, valley.BARRIER, **numbers),
        "corrected": momentum_log_time_corrected(*valley.WAY_OUT, **split),
    }
    if noise.constant:
        logs["kramers"] = momentum_log_time_kramers(*valley.WAY_OUT, **numbers, unit="iterations")
    return valley.escape_point(
        "constant" if noise.constant else "two", at, E, measured, name, exactly, **logs
    )


def verdicts(dataset):
    """Return what the numbers say of Theorem 3."""
    on, constant = Claims(STATEMENT, dataset), groups(dataset, "kramers")
    found = [on.exact()]
    for at in groups(dataset):
        forms = ("printed", "corrected", "kramers") if at in constant else ("printed", "corrected")
        tolerance = valley.SLOPE if at in constant and at != PROCESS else valley.TWO_SLOPES
        found += [
            judged(on, at, form, tolerance=tolerance, prefactor_tolerance=valley.PREFACTOR) for form in forms
        ]
    for at in (constant[0], {"noise": "two", "s": 0.5, "z": 0.3}):
        found.append(slope_judged(on, at, tolerance=valley.SLOPE))
    over = {"what": "SGD style over Adam style, same steps"}
    for form in ("printed", "corrected"):
        found.append(judge(*twins(dataset, form), tolerance=0.05, power=0.2).on(STATEMENT, over, form))
    measured, exactly = where(dataset, "exact", **constant[1])
    wrong = exactly * 2 / (1 + np.sqrt(1 + 10.0))
    return [*found, on.wrong(measured, wrong, "inertia left out of Kramers' factor")]


def twins(dataset, form):
    """Return SGD-style over Adam-style iterations, beside the stated ratio."""
    (sgd, said_of_sgd), (adam, said_of_adam) = (
        where(dataset, form, style=style) for style in (SGD_STYLE, ADAM_STYLE)
    )
    return quotient(sgd, adam), said_of_sgd / said_of_adam


EXPERIMENT = Experiment("momentum_escape", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
