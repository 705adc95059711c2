"""Theorem 2, term by term: the drift alone and the diffusion alone.

The drift is real as a difference: what a walker with thermal velocities travels beyond one that starts from rest. It
is measured on the same noise, each walker beside its mirror image and beside itself at rest: what noise and
velocity do together cancels between the images, and the drift is left. Its limit of long flights is Eq. (10).
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from diffusion import Estimate, Langevin, Momentum, evolve, exact, integrate
from sims.experiments import Experiment
from sims.experiments.shared import flight
from sims.experiments.shared.same_noise import drift
from sims.judging.claims import Claims
from sims.judging.points import Panel, along, as_dataset, groups, having, where
from sims.storage.seeds import derived_seed
from theory.saddle import momentum_diffusion_printed, momentum_drift_printed, momentum_total_drift_printed

DRIFT, DIFFUSION, TOTAL = STATEMENTS = ("Theorem 2 drift", "Theorem 2 diffusion", "Eq. 10")
X, SPREAD = r"$u = (1-\beta_1)T$", r"$\langle\Delta\theta^2\rangle\,\gamma^3M^2/D$"
PANELS = {
    "drift": Panel("Drift alone", X, r"drift$\,\cdot\,\gamma^3M^2/D$", lines=("z",)),
    "total": Panel(
        "Drift of the whole passage", r"$1-\beta_1$", r"drift$\,\cdot\,\gamma^3M^2/D$", yscale="linear"
    ),
    "diffusion": Panel("Spread from rest", X, SPREAD),
}


@dataclass(frozen=True)
class MomentumDrift:
    """Settings.

    Parameters
    ----------
    walkers : independent walkers in each run.
    seed : every run derives its own from it.
    eta, B : learning rate and batch size.
    z : 4 |H| / (gamma^2 M) along the directions of the saddle, from flat to steep.
    ages : u at which the process is looked at, multiples of the first.
    late : u at which the spread from rest is looked at, multiples of the first.
    beta1 : inertia of the iterations; the first is looked at more often.
    """

    walkers: int = 9 * 2**17
    seed: int = 0
    eta: float = 1e-3
    B: float = 10.0
    z: tuple[float, ...] = (1e-4, 0.003, 0.01, 0.03, 1.0)
    ages: tuple[float, ...] = (0.1, 1.0, 10.0)
    late: tuple[float, ...] = (10.0, 30.0, 100.0)
    beta1: tuple[float, ...] = (0.9, 0.95, 0.98, 0.99)


FULL, QUICK = MomentumDrift(), MomentumDrift(walkers=2**17)


def run(config: MomentumDrift, *, workers=None, watch=None):
    """Return drift and diffusion beside Theorem 2's terms."""
    how = {"workers": workers, "watch": watch}
    points = drift_of_process(config, how) + drift_of_iteration(config, how) + spread_from_rest(config, how)
    flights = sum(config.ages[-1] / (1 - beta1) for beta1 in config.beta1)
    short, long = config.ages[-2] / config.ages[0] + 1, config.late[-1] / (1 - config.beta1[0])
    return as_dataset(
        points + theory_lines(config), PANELS, config, walkers=config.walkers * (8 + 3 * len(config.beta1)),
        work=config.walkers * (3 * len(config.z) * short + 3 * flights + long), noise="frozen, C = |H| / B",
        time_unit="u = (1 - beta1) T",
    )  # fmt: skip


def drift_of_process(config, how):
    """Return the process's paired difference, from flat to steep directions."""
    points = []
    for ages in (config.ages[:-1], config.ages[-1:]):
        optimizer, landscape, noise = saddle(config, config.beta1[0], config.z)
        langevin = Langevin.of(optimizer, landscape, noise)
        T = np.rint(np.array(ages) / (1 - optimizer.beta1))
        clock = {"times": config.eta * T, "dt": config.eta * T[0], "scheme": exact}
        seed = derived_seed(config.seed, "process, drift", ages[0])
        walk = partial(integrate, landscape, langevin, 0.0, seed=seed, **clock, **how)
        measured = drift(walk, flight.thermal_speed(langevin), walkers=config.walkers)
        thermal, rest = (
            flight.process_msd(langevin, landscape.H, clock["times"], start) for start in ("thermal", "rest")
        )
        points += beside(config, optimizer, landscape.H, T, measured, thermal - rest, "drift", "process")
    return points


def drift_of_iteration(config, how):
    """Return the iteration's paired difference after the flight."""
    points = []
    for beta1 in config.beta1:
        optimizer, landscape, noise = saddle(config, beta1, config.z[:1], beta3=1 - beta1)
        T = np.rint(np.array(config.ages[-1:]) / (1 - beta1))
        seed = derived_seed(config.seed, "drift", beta1)
        walk = partial(evolve, landscape, noise, optimizer, theta0=0.0, iterations=T, seed=seed, **how)
        measured = drift(walk, flight.thermal_m(optimizer, noise.C), walkers=config.walkers)
        thermal, rest = (
            flight.iteration_msd(optimizer, landscape.H, noise.C, T, start) for start in ("thermal", "rest")
        )
        points += beside(config, optimizer, landscape.H, T, measured, thermal - rest, "total", "iteration")
    return points


def spread_from_rest(config, how):
    """Return the spread from rest, which the second term is to describe."""
    optimizer, landscape, noise = saddle(config, config.beta1[0], config.z[:1])
    langevin = Langevin.of(optimizer, landscape, noise)
    T = np.rint(np.array(config.late) / (1 - optimizer.beta1))
    how = {"walkers": config.walkers, **how}
    clock = {"times": config.eta * T, "dt": config.eta * T[0], "scheme": exact}
    seed = derived_seed(config.seed, "process, diffusion")
    spread = integrate(landscape, langevin, 0.0, seed=seed, **clock, **how).msd()
    stated = flight.process_msd(langevin, landscape.H, clock["times"], "rest")
    points = beside(config, optimizer, landscape.H, T, spread, stated, "diffusion", "process")
    spread = evolve(
        landscape, noise, optimizer, 0.0, T, seed=derived_seed(config.seed, "diffusion"), **how
    ).msd()
    stated = flight.iteration_msd(optimizer, landscape.H, noise.C, T, "rest")
    return points + beside(config, optimizer, landscape.H, T, spread, stated, "diffusion", "iteration")


def saddle(config, beta1, z, beta3=1.0):
    """Return Momentum, a saddle with these z, and its noise."""
    optimizer = Momentum(config.eta, beta1, beta3)
    return optimizer, *flight.saddle(z, optimizer, config.B)[2:]


def beside(config, optimizer, H, T, measured, exactly, panel, what):
    """Return measured points beside theorem and exact reference."""
    rule = {"eta": config.eta, "B": config.B, "beta1": optimizer.beta1}
    C, slow = np.abs(H) / config.B, 1 - optimizer.beta1
    unit = (config.eta * optimizer.beta3) ** 2 * C / (2 * slow**3)
    if panel == "total":
        printed = np.broadcast_to(momentum_total_drift_printed(H, **rule), exactly.shape)
    else:
        term = momentum_drift_printed if panel == "drift" else momentum_diffusion_printed
        printed = term(H, T[:, None], beta3=optimizer.beta3, **rule)
    points, beta1 = [], round(optimizer.beta1, 6)
    for j, h in enumerate(H):
        z = float(f"{-4 * config.eta * optimizer.beta3 * h / slow**2:.3g}")
        at = {"of": what, "z": z} | ({"start": "rest"} if panel == "diffusion" else {})
        at |= {"beta1": beta1} if panel == "total" else {}
        x = np.round(np.full(T.size, slow) if panel == "total" else slow * T, 6)
        seen = Estimate(measured.mean[:, j], measured.stderr[:, j], measured.n)
        name = "Momentum" if what == "iteration" else ""
        points += along(
            panel, at, x, seen, optimizer=name, unit=unit[j], printed=printed[:, j], exact=exactly[:, j]
        )
    return points


def theory_lines(config):
    """Return the printed terms between the measured points."""
    optimizer, landscape, noise = saddle(config, 1 - 1e-3, config.z[:1], beta3=1e-3)
    unit, lines = config.eta**2 * noise.C[0] / (2 * 1e-3), []
    rule = {"eta": config.eta, "B": config.B, "beta1": optimizer.beta1, "beta3": optimizer.beta3}
    for panel, term, ages in (
        ("drift", momentum_drift_printed, config.ages), ("diffusion", momentum_diffusion_printed, config.late),
    ):  # fmt: skip
        T = np.unique(np.rint(np.geomspace(ages[0], ages[-1], 40) / 1e-3))
        lines += along(panel, {}, 1e-3 * T, printed=term(landscape.H[0], T, **rule), unit=unit)
    return lines


def verdicts(dataset):
    """Judge the terms of Theorem 2 and Eq. (10)."""
    alone, total = having(dataset, panel="drift"), having(dataset, panel="total")
    drift, whole = Claims(DRIFT, alone), Claims(TOTAL, total)
    flat, *between, steep = groups(alone)
    end, some = float(alone.x.max()), tuple(at["z"] for at in between)
    limit = {"of": "process", "u": end, "limit": "z -> 0"}
    found = [
        drift.exact(),
        drift.wrong(where(alone, x=1.0, **flat)[0], [1.0], "no friction, u^2 at u = 1"),
        drift.judge(flat),
        drift.order(limit, parameter="z", small="z", x=end, z=some),
        drift.judge(steep | {"u": end}, x=end, **steep),
        whole.exact(),
        whole.scaled(1.05),
        whole.order({"of": "iteration", "limit": "beta1 -> 1"}, parameter="(1 - beta1)"),
        whole.judge({"of": "iteration", "beta1": 0.9}),
    ]
    spread = Claims(DIFFUSION, having(dataset, panel="diffusion"))
    found += [spread.exact(), spread.wrong(*where(spread.dataset), "no inertia")]
    for at in groups(spread.dataset):
        found.append(spread.order(at | {"limit": "u -> infinity"}, parameter="1 / u", inverse=True, **at))
        found.append(spread.judge(at | {"u": 10.0}, x=10.0, **at))
    return found


EXPERIMENT = Experiment("momentum_drift", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
