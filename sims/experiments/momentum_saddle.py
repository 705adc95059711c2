"""Theorem 2: how far Momentum spreads from a saddle.

The theorem adds a drift, the flight of a walker with the equilibrium velocity, to the diffusion of Theorem 1. What
decides is u = (1 - beta1) T, the age of the flight in memories of the velocity, and z = 4|H| / (gamma^2 M), the
force during it. A walker may start from rest, as an optimizer does, or from thermal velocities, as the derivation
assumes. The process starts so as it is; the iteration draws its m from <m^2> = beta3^2 C / (1 - beta1^2).
"""

from dataclasses import dataclass

import numpy as np

from diffusion import Estimate, Langevin, Momentum, evolve, exact, integrate
from sims.experiments import Experiment
from sims.experiments.shared import flight
from sims.judging.claims import Claims
from sims.judging.points import Panel, along, as_dataset, where
from sims.storage.seeds import derived_seed
from theory.exact import process_covariance
from theory.saddle import momentum_msd_leading, momentum_msd_printed

(STATEMENT,) = STATEMENTS = ("Theorem 2",)
STARTS = "rest", "thermal"
STYLES = {"SGD style": lambda beta1: 1.0, "Adam style": lambda beta1: 1 - beta1}
STEEP_AGE = 10.0  # the longest flight looked at where the force matters
X, UNIT = r"$u = (1-\beta_1)T$", r"$\langle\Delta\theta^2\rangle\,\gamma^3M^2/D$"
PANELS = {
    "rest": Panel("Flat, from rest", X, UNIT, lines=("beta1",)),
    "thermal": Panel("Flat, thermal start", X, UNIT, lines=("beta1",)),
    "steep": Panel("Steep, $z = 1$, from rest", X, UNIT, lines=("beta1",)),
}


@dataclass(frozen=True)
class MomentumSaddle:
    """Settings.

    Parameters
    ----------
    walkers : independent walkers in each run.
    seed : every run derives its own from it.
    eta, B : learning rate and batch size.
    z : 4 |H| / (gamma^2 M) along the two directions of the saddle: flat, and steep.
    ages : u at which the process is looked at, multiples of the first.
    flights : beta1, and the u at which the iteration is looked at.
    """

    walkers: int = 9 * 2**17
    seed: int = 0
    eta: float = 1e-3
    B: float = 10.0
    z: tuple[float, float] = (1e-4, 1.0)
    ages: tuple[float, ...] = (0.1, 1.0, 10.0, 30.0, 100.0)
    flights: tuple[tuple[float, tuple[float, ...]], ...] = (
        (0.9, (0.1, 1.0, 10.0, 100.0)), (0.95, (1.0,)), (0.98, (1.0,)), (0.99, (0.1, 1.0, 10.0)),
    )  # fmt: skip


FULL, QUICK = MomentumSaddle(), MomentumSaddle(walkers=2**17)


def run(config: MomentumSaddle, *, workers=None, watch=None):
    """Return mean squared displacements beside Theorem 2."""
    size = {"walkers": config.walkers, "workers": workers, "watch": watch}
    points, steps, runs = [], 0, 0
    for start in STARTS:
        for style, beta3 in STYLES.items():
            for beta1, ages in config.flights:
                optimizer = Momentum(config.eta, beta1, beta3(beta1))
                T = np.rint(np.array(ages) / (1 - beta1))
                H, C, landscape, noise = saddle(config, optimizer, start)
                chance = {"seed": derived_seed(config.seed, "iteration", start, style, beta1)}
                if start == "thermal":
                    chance["speed0"] = flight.thermal_m(optimizer, C)
                msd = evolve(landscape, noise, optimizer, 0.0, T, **chance, **size).msd()
                exactly = flight.iteration_msd(optimizer, H, C, T, start)
                at = {"style": style, "beta1": beta1, "start": start}
                points += beside(config, optimizer, T, msd, exactly, at)
                steps += T[-1] * H.size
                runs += 1
        # the propagator of the process is exact for any time step: a short one first, then a long one
        for ages in (config.ages[:2], config.ages[2:]):
            optimizer = Momentum(config.eta, config.flights[0][0])
            H, C, landscape, noise = saddle(config, optimizer, start)
            langevin = Langevin.of(optimizer, landscape, noise)
            T = np.array(ages) / (1 - optimizer.beta1)
            chance = {"seed": derived_seed(config.seed, "process", start, ages[0])}
            if start == "thermal":
                chance["speed0"] = flight.thermal_speed(langevin)
            times = {"times": config.eta * T, "dt": config.eta * T[0], "scheme": exact}
            msd = integrate(landscape, langevin, 0.0, **times, **chance, **size).msd()
            exactly = flight.process_msd(langevin, H, config.eta * T, start)
            at = {"of": "process", "start": start}
            points += beside(config, optimizer, np.rint(T), msd, exactly, at)
            steps += T[-1] / T[0] * H.size
            runs += 1
    return as_dataset(
        points + theory_lines(config), PANELS, config, walkers=config.walkers * runs, work=config.walkers * steps,
        noise="frozen, C = |H| / B", time_unit="u = (1 - beta1) T",
    )  # fmt: skip


def saddle(config, optimizer, start):
    """Return the curvatures at a start, C, landscape and noise; thermal is flat."""
    return flight.saddle(config.z if start == "rest" else config.z[:1], optimizer, config.B)


def predictions(config, optimizer, H, T, start):
    """Return the unit, and Theorem 2 in it, shape (times, directions)."""
    rule = {"eta": config.eta, "B": config.B, "beta1": optimizer.beta1, "beta3": optimizer.beta3}
    C = np.abs(H) / config.B
    unit = (config.eta * optimizer.beta3) ** 2 * C / (2 * (1 - optimizer.beta1) ** 3)
    physics = {"mass": config.eta / optimizer.beta3, "damping": (1 - optimizer.beta1) / config.eta}
    corrected = process_covariance(H, config.eta * T[:, None], D=config.eta * C / 2, start=start, **physics)[
        ..., 0, 0
    ]
    printed, leading = (
        theorem(H, T[:, None], **rule) / unit for theorem in (momentum_msd_printed, momentum_msd_leading)
    )
    return unit, {"printed": printed, "leading": leading, "corrected": corrected / unit}


def beside(config, optimizer, T, msd, exactly, at):
    """Return measured points beside theorem and exact reference."""
    H, age, points = saddle(config, optimizer, at["start"])[0], (1 - optimizer.beta1) * T, []
    unit, stated = predictions(config, optimizer, H, T, at["start"])
    stated["exact"] = exactly / unit
    for j, z in enumerate(config.z[: H.size]):
        seen = age <= STEEP_AGE if j else age <= np.inf  # where it is steep, later walkers are e^40 away
        measured = Estimate(msd.mean[seen, j] / unit[j], msd.stderr[seen, j] / unit[j], msd.n)
        forms = {form: values[seen, j] for form, values in stated.items()}
        name = "Momentum" if "style" in at else ""
        panel = "steep" if j else at["start"]
        points += along(panel, at | {"z": z}, np.round(age[seen], 6), measured, optimizer=name, **forms)
    return points


def theory_lines(config):
    """Return what is stated between the measured points."""
    optimizer, lines = Momentum(config.eta, 1 - 1e-3), []
    for panel, j in (("rest", 0), ("thermal", 0), ("steep", 1)):
        start, last = ("rest", STEEP_AGE) if panel == "steep" else (panel, config.ages[-1])
        T = np.unique(np.rint(np.geomspace(config.ages[0], last, 60) / 1e-3))
        _, stated = predictions(config, optimizer, saddle(config, optimizer, "rest")[0], T, start)
        lines += along(panel, {}, 1e-3 * T, **{form: values[:, j] for form, values in stated.items()})
    return lines


def verdicts(dataset):
    """Return what the numbers say of Theorem 2."""
    on, (flat, steep) = Claims(STATEMENT, dataset), sorted(set(dataset.z.values[np.isfinite(dataset.z)]))
    rest, thermal = ({"of": "process", "start": start, "z": float(flat)} for start in STARTS)
    measured, exactly = where(dataset, "exact", **rest)

    def after(at, u, form="printed", tolerance=0.01):
        return on.judge(at | {"u": u}, form, tolerance=tolerance, x=u, **at)

    found = [
        on.exact(),
        on.wrong(where(dataset, **thermal)[0], exactly, "rest for thermal"),
        on.wrong(measured, 1.05 * exactly, "exact times 1.05"),
    ]
    for at in (rest, thermal):
        found += [after(at, u, tolerance=0.05) for u in (0.1, 1.0, 10.0, 100.0)]
        limit, late = at | {"limit": "u -> infinity"}, tuple(dataset.x.values[dataset.x.values >= 10])
        found.append(on.order(limit, parameter="1 / u", inverse=True, x=late, **at))
        found.append(on.judge(at, "corrected"))
    slow = {"beta1": 0.99, "start": "rest", "z": float(flat)}
    found += [after({"style": style} | slow, 1.0) for style in STYLES]
    limit = {"of": "iteration", "start": "rest", "u": 1.0, "limit": "beta1 -> 1"}
    near = {"parameter": "(1 - beta1)", "small": "slow", "panel": "rest", "x": 1.0, "style": "Adam style"}
    both = Claims(STATEMENT, dataset.assign(slow=1 - dataset.beta1))
    found.append(both.order(limit, "corrected", **near))
    return found + [after(rest | {"z": float(steep)}, 10.0, form) for form in ("printed", "leading")]


EXPERIMENT = Experiment("momentum_saddle", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
