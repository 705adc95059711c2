"""Theorem 2: how far Momentum spreads from a saddle.

The theorem adds a drift, the flight of a walker with the equilibrium velocity, to the diffusion of Theorem 1. What
decides is u = (1 - beta1) T, the age of the flight in memories of the velocity, and z = 4|H| / (gamma^2 M), the
force during it. A walker may start from rest, as an optimizer does, or from thermal velocities, as the derivation
assumes. The process starts so as it is; the iteration draws its m from <m^2> = beta3^2 C / (1 - beta1^2).
"""

from dataclasses import dataclass

import numpy as np

from diffusion import FrozenNoise, Langevin, Momentum, Quadratic, evolve, exact, integrate
from sims.experiments import Experiment
from sims.judging.order import judge_order
from sims.judging.points import Panel, Point, as_dataset, having, where
from sims.judging.verdict import control, judge, judge_exact
from sims.storage.seeds import derived_seed
from theory.exact import momentum_iteration_msd, process_covariance
from theory.saddle import momentum_msd_leading, momentum_msd_printed

(STATEMENT,) = STATEMENTS = ("Theorem 2",)
STARTS = {"rest": "from rest", "thermal": "thermal start"}
STYLES = {"SGD style": lambda beta1: 1.0, "Adam style": lambda beta1: 1 - beta1}
STEEP_AGE = 10.0  # the longest flight looked at where the force matters
X, UNIT = r"$u = (1-\beta_1)T$", r"$\langle\Delta\theta^2\rangle\,\gamma^3M^2/D$"
PANELS = {
    "rest": Panel("Flat, from rest", X, UNIT),
    "thermal": Panel("Flat, thermal start", X, UNIT),
    "steep": Panel("Steep, $z = 1$, from rest", X, UNIT),
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
    """Return the mean squared displacement of iteration and process beside Theorem 2, in units D / (gamma^3 M^2)."""
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
                    chance["speed0"] = optimizer.beta3 * np.sqrt(C / (1 - beta1**2))
                msd = evolve(landscape, noise, optimizer, 0.0, T, **chance, **size).msd()
                exactly = momentum_iteration_msd(
                    H, T[:, None], eta=config.eta, C=C, beta1=beta1, beta3=optimizer.beta3, start=start
                )
                series = f"Momentum, $\\beta_1$ = {beta1:g}"
                points += beside(
                    config, optimizer, T, msd, exactly, start, f"{style}, beta1 = {beta1:g}", series
                )
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
                chance["speed0"] = np.sqrt(langevin.D / langevin.damping) / langevin.mass
            times = {"times": config.eta * T, "dt": config.eta * T[0], "scheme": exact}
            msd = integrate(landscape, langevin, 0.0, **times, **chance, **size).msd()
            physics = {"mass": langevin.mass, "damping": langevin.damping, "D": langevin.D}
            covariance = process_covariance(H, config.eta * T[:, None], start=start, **physics)
            points += beside(
                config, optimizer, np.rint(T), msd, covariance[..., 0, 0], start, "process", "process (7)"
            )
            steps += T[-1] / T[0] * H.size
            runs += 1
    return as_dataset(
        points + theory_lines(config),
        PANELS,
        config,
        walkers=config.walkers * runs,
        work=config.walkers * steps,
        noise="frozen, C = |H| / B",
        time_unit="u = (1 - beta1) T",
    )


def saddle(config, optimizer, start):
    """Return the curvatures at a start, their noise, and both as parts; from thermal velocities the flat one alone."""
    z = np.array(config.z if start == "rest" else config.z[:1])
    H = -z * (1 - optimizer.beta1) ** 2 / (4 * optimizer.eta * optimizer.beta3)
    C = np.abs(H) / config.B
    return H, C, Quadratic(H), FrozenNoise(C)


def predictions(config, optimizer, H, T, start):
    """Return the unit, and Theorem 2 as printed, to leading order and as corrected, in it, shape (times, directions)."""
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


def beside(config, optimizer, T, msd, exactly, start, what, series):
    """Return measured points beside what theorem and exact reference say of them."""
    H = saddle(config, optimizer, start)[0]
    unit, stated = predictions(config, optimizer, H, T, start)
    points = []
    for j, z in enumerate(config.z[: H.size]):
        panel = start if j == 0 else "steep"
        for t, age in enumerate((1 - optimizer.beta1) * T):
            if panel == "steep" and age > STEEP_AGE:  # e^40 away
                continue
            numbers = {form: float(values[t, j]) for form, values in stated.items()}
            points.append(
                Point(
                    panel, f"{what}, {STARTS[start]}, z = {z:g}", series, round(float(age), 6),
                    msd.mean[t, j] / unit[j], msd.stderr[t, j] / unit[j],
                    exact=exactly[t, j] / unit[j], **numbers,
                )
            )  # fmt: skip
    return points


def theory_lines(config):
    """Return what is stated between the measured points."""
    optimizer = Momentum(config.eta, 1 - 1e-3)
    lines = []
    for panel, j in (("rest", 0), ("thermal", 0), ("steep", 1)):
        start, last = ("rest", STEEP_AGE) if panel == "steep" else (panel, config.ages[-1])
        T = np.unique(np.rint(np.geomspace(config.ages[0], last, 60) / 1e-3))
        _, stated = predictions(config, optimizer, saddle(config, optimizer, "rest")[0], T, start)
        lines += [
            Point(panel, "", "theory", float(1e-3 * T[t]), **{form: v[t, j] for form, v in stated.items()})
            for t in range(T.size)
        ]
    return lines


def verdicts(dataset):
    """Return what the numbers say of Theorem 2."""
    flat, steep = sorted({r.rpartition(", ")[2] for r in dataset.regime.values if r})
    rest, thermal = (f"process, {words}, {flat}" for words in STARTS.values())
    measured, exactly = where(dataset, "exact", regime=rest)
    found = [
        judge_exact(*where(dataset, "exact"), statement=STATEMENT, regime="every point"),
        _control(where(dataset, regime=thermal)[0], exactly, "rest for thermal"),
        _control(measured, 1.05 * exactly, "exact times 1.05"),
    ]
    for regime in (rest, thermal):
        for u in (0.1, 1.0, 10.0, 100.0):
            found.append(_at(dataset, regime, u, tolerance=0.05))
        late = having(dataset, regime=regime)
        late = late.isel(point=late.x >= 10)
        limit = {"parameter": "1 / u", "regime": f"{regime}, u -> infinity"}
        found.append(judge_order(1 / late.x.values, *where(late), statement=STATEMENT, **limit))
        corrected = where(dataset, "corrected", regime=regime)
        found.append(judge(*corrected, statement=STATEMENT, regime=regime, form="corrected"))
    for style in STYLES:
        found.append(_at(dataset, f"{style}, beta1 = 0.99, from rest, {flat}", 1.0))
    near = having(dataset, panel="rest", x=1.0)
    near = near.isel(point=np.char.startswith(near.regime.values.astype(str), "Adam style"))
    slow = [1 - float(r.split(", ")[1].removeprefix("beta1 = ")) for r in near.regime.values]
    limit = {"parameter": "(1 - beta1)", "regime": "iteration, from rest, u = 1, beta1 -> 1"}
    found.append(judge_order(slow, *where(near, "corrected"), statement=STATEMENT, form="corrected", **limit))
    for form in ("printed", "leading"):
        found.append(_at(dataset, f"process, from rest, {steep}", 10.0, form=form))
    return found


def _control(measured, wrong, regime):
    return control(measured, wrong, statement=STATEMENT, regime=regime)


def _at(dataset, regime, u, form="printed", tolerance=0.01):
    """Return the verdict at one age."""
    chosen = where(dataset, form, regime=regime, x=u)
    return judge(*chosen, statement=STATEMENT, regime=f"{regime}, u = {u:g}", form=form, tolerance=tolerance)


EXPERIMENT = Experiment("momentum_saddle", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
