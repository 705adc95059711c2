"""Eq. (10): by how much momentum spreads further than plain diffusion.

The paper adds a drift to the diffusion: once the flight is over, momentum should have spread by
eta^2 C / (2 (1 - beta1)) more than SGD. Here the forces are off and each walker runs beside an SGD walker on the
same noise: their common diffusion cancels, and the small excess stands out with a hundredth of the walkers that
the two spreads apart would need.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from diffusion import SGD, FrozenNoise, Momentum, Quadratic, evolve
from sims.experiments import Experiment
from sims.experiments.shared.flight import thermal_m
from sims.experiments.shared.same_noise import beyond
from sims.judging.claims import Claims
from sims.judging.points import Panel, Point, along, as_dataset, where
from sims.storage.seeds import derived_seed
from theory.exact import momentum_iteration_msd
from theory.saddle import momentum_total_drift_corrected, momentum_total_drift_printed

(STATEMENT,) = STATEMENTS = ("Eq. 10",)
STARTS = "rest", "thermal", "bias-corrected"
PANELS = {
    "excess": Panel(
        "Spread beyond that of SGD, no force", r"$1-\beta_1$", r"excess$\,\cdot\,2(1-\beta_1)/(\eta^2C)$",
        yscale="linear", ratio_to="corrected", lines=("start",),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class MomentumExcess:
    """Settings.

    Parameters
    ----------
    walkers : independent walkers in each run.
    seed : every run derives its own from it.
    eta, C : learning rate and variance of the gradient noise.
    beta1 : inertia, Adam's style (beta3 = 1 - beta1).
    age : u = (1 - beta1) T at which the walkers are looked at: the flight is over by then.
    """

    walkers: int = 2**21
    seed: int = 0
    eta: float = 1e-3
    C: float = 1.0
    beta1: tuple[float, ...] = (0.8, 0.9, 0.95, 0.98)
    age: float = 7.0


FULL, QUICK = MomentumExcess(), MomentumExcess(walkers=9 * 2**16)


def run(config: MomentumExcess, *, workers=None, watch=None):
    """Return the excess spread over SGD's, over the printed drift."""
    points, steps = [], 0
    for beta1 in config.beta1:
        T = round(config.age / (1 - beta1))
        for start in STARTS:
            corrected = start == "bias-corrected"
            optimizer = Momentum(config.eta, beta1, 1 - beta1, bias_correction=corrected)
            walk = partial(
                evolve, Quadratic(np.zeros(1)), FrozenNoise(np.array(config.C)), theta0=0.0, iterations=T, workers=workers,
                seed=derived_seed(config.seed, start, beta1), watch=watch,
            )  # fmt: skip
            speed = thermal_m(optimizer, config.C) if start == "thermal" else 0.0
            excess = beyond(
                partial(walk, optimizer=optimizer, speed0=speed),
                partial(walk, optimizer=SGD(config.eta)),
                walkers=config.walkers,
            )
            points.append(beside(config, beta1, T, start, excess))
            steps += 2 * T
    line = along(
        "excess", {}, 1 - np.array(config.beta1), printed=1.0
    )  # the same for every beta1 in its own unit
    return as_dataset(
        points + line, PANELS, config, walkers=config.walkers * 2 * len(points), work=config.walkers * steps,
        noise="frozen, no force", time_unit="u = (1 - beta1) T",
    )  # fmt: skip


def beside(config, beta1, T, start, excess):
    """Return the measured point beside theory and exact reference."""
    rule = {"eta": config.eta, "B": 1.0, "beta1": beta1}  # gradient noise |H| / B = C
    unit = momentum_total_drift_printed(config.C, **rule)
    exactly = momentum_iteration_msd(
        0.0, T, eta=config.eta, C=config.C, beta1=beta1, beta3=1 - beta1,
        start="thermal" if start == "thermal" else "rest", bias_correction=start == "bias-corrected",
    )  # fmt: skip
    corrected = momentum_total_drift_corrected(config.C, start=start, **rule)
    return Point(
        "excess", {"start": start}, round(1 - beta1, 6), excess.mean.item() / unit, excess.stderr.item() / unit,
        "Momentum", printed=1.0, corrected=corrected / unit, exact=(exactly - config.eta**2 * config.C * T) / unit,
    )  # fmt: skip


def verdicts(dataset):
    """Judge Eq. (10) as an excess over diffusion."""
    on, excess = Claims(STATEMENT, dataset), {"what": "excess over SGD"}
    (corrected, _), (rest, no_bias) = (
        where(dataset, start="bias-corrected"),
        where(dataset, "exact", start="rest"),
    )
    found = [
        on.exact({"what": "excess", "points": "every"}),
        on.wrong(corrected, no_bias, "no bias correction"),
        on.wrong(rest, where(dataset, "exact", start="thermal")[1], "thermal for rest"),
    ]
    slowest = float(dataset.x.min())
    for start in STARTS:
        at = excess | {"start": start}
        near = at | {"beta1": 1 - slowest}
        found.append(on.judge(near, start=start, x=slowest))
        if start != "bias-corrected":  # whose limit is far away: 7 % at beta1 = 0.98
            found.append(on.judge(near, "corrected", tolerance=0.04, start=start, x=slowest))
        limit = at | {"limit": "beta1 -> 1"}
        found.append(on.order(limit, "corrected", parameter="(1 - beta1)", start=start))
    return found


EXPERIMENT = Experiment("momentum_excess", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
