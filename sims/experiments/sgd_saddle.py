"""Theorem 1: how far SGD spreads from a saddle.

The theorem is exact for the stochastic process; the question is how far the real iteration is from it. That is
decided by eta |H|: the same dynamical time is then reached by fewer, longer steps.
"""

from dataclasses import dataclass

import numpy as np

from diffusion import SGD, FrozenNoise, Langevin, Quadratic, evolve, exact, integrate
from sims.experiments import Experiment
from sims.judging.order import judge_order
from sims.judging.points import Panel, Point, as_dataset, where
from sims.judging.verdict import control, judge, judge_exact
from sims.storage.seeds import derived_seed
from theory.exact import sgd_iteration_msd
from theory.saddle import sgd_msd_leading, sgd_msd_printed

(STATEMENT,) = STATEMENTS = ("Theorem 1",)
UNIT = r"$\langle\Delta\theta^2\rangle\,B\,/\,\eta$"
PANELS = {
    "saddle": Panel("Saddle, $H < 0$", r"$\eta|H|T$", UNIT),
    "minimum": Panel("Minimum, $H > 0$", r"$\eta|H|T$", UNIT),
}


@dataclass(frozen=True)
class SgdSaddle:
    """Settings.

    Parameters
    ----------
    walkers : independent walkers at each steepness.
    seed : every run derives its own from it.
    eta, B : learning rate and batch size.
    steepness : values of eta |H|, increasing.
    reach : times eta |H| T at which the walkers are looked at.
    """

    walkers: int = 2**20
    seed: int = 0
    eta: float = 1e-3
    B: float = 10.0
    steepness: tuple[float, ...] = (1e-3, 1e-2, 3e-2, 0.1)
    reach: tuple[float, ...] = (0.01, 0.1, 0.3, 1.0, 2.0)


FULL, QUICK = SgdSaddle(), SgdSaddle(walkers=2**17)


def run(config: SgdSaddle, *, workers=None, watch=None):
    """Return the mean squared displacement of iteration and process beside Theorem 1, in units eta / B."""
    size = {"walkers": config.walkers, "workers": workers, "watch": watch}
    points, steps = [], 0
    for steep in config.steepness:
        T = np.unique([max(1, round(reach / steep)) for reach in config.reach])
        H, landscape, noise = saddle(config, steep)
        seed = derived_seed(config.seed, "iteration", steep)
        msd = evolve(landscape, noise, SGD(config.eta), 0.0, T, seed=seed, **size).msd()
        points += beside(config, H, T, msd, f"iteration, eta|H| = {steep:g}", f"SGD, $\\eta|H|$ = {steep:g}")
        steps += T[-1]
    # the process has no finite step: the exact propagator, looked at where the finest iteration was
    H, landscape, noise = saddle(config, config.steepness[0])
    T = np.array([round(reach / config.steepness[0]) for reach in config.reach])
    langevin, dt = Langevin.of(SGD(config.eta), landscape, noise), config.eta * T[0]
    seed = derived_seed(config.seed, "process")
    process = integrate(landscape, langevin, 0.0, config.eta * T, dt=dt, scheme=exact, seed=seed, **size)
    points += beside(config, H, T, process.msd(), "process", "process (1)")
    runs = len(config.steepness) + 1
    return as_dataset(
        points + theory_line(config),
        PANELS,
        config,
        walkers=config.walkers * runs,
        work=config.walkers * (steps + T[-1] / T[0]) * 2,
        noise="frozen, C = |H| / B",
        interpretation="Ito",
        time_unit="iterations T; t = eta T",
    )


def saddle(config, steep):
    """Return the curvatures of a saddle with eta |H| = ``steep``, the saddle, and its noise."""
    H = np.array([-1.0, 1.0]) * steep / config.eta
    return H, Quadratic(H), FrozenNoise(np.abs(H) / config.B)


def beside(config, H, T, msd, regime, series):
    """Return measured points beside what theorem and exact reference say of them."""
    unit = config.eta / config.B
    printed = sgd_msd_printed(H, T[:, None], eta=config.eta, B=config.B) / unit
    leading = sgd_msd_leading(H, T[:, None], eta=config.eta, B=config.B) / unit
    exactly = sgd_iteration_msd(H, T[:, None], eta=config.eta, C=np.abs(H) / config.B) / unit
    if regime == "process":
        exactly = printed
    x, mean, stderr = config.eta * np.abs(H) * T[:, None], msd.mean / unit, msd.stderr / unit
    return [
        Point(
            panel, regime, series, float(x[t, j]), mean[t, j], stderr[t, j],
            printed=printed[t, j], leading=leading[t, j], exact=exactly[t, j],
        )
        for j, panel in enumerate(PANELS)
        for t in range(T.size)
    ]  # fmt: skip


def theory_line(config):
    """Return the theorem between the measured points."""
    steep, unit = config.steepness[0], config.eta / config.B
    T = np.unique(np.round(np.geomspace(config.reach[0], config.reach[-1], 60) / steep))
    H = np.array([-1.0, 1.0]) * steep / config.eta
    printed = sgd_msd_printed(H, T[:, None], eta=config.eta, B=config.B) / unit
    leading = sgd_msd_leading(H, T[:, None], eta=config.eta, B=config.B) / unit
    return [
        Point(panel, "", "theory", float(steep * T[t]), printed=printed[t, j], leading=leading[t, j])
        for j, panel in enumerate(PANELS)
        for t in range(T.size)
    ]


def verdicts(dataset):
    """Return what the numbers say of Theorem 1."""
    every, exactly = where(dataset, "exact")
    found = [
        judge_exact(every, exactly, statement=STATEMENT, regime="every point"),
        control(every, 1.05 * exactly, statement=STATEMENT, regime="exact times 1.05"),
        judge(*where(dataset, regime="process"), statement=STATEMENT, regime="the process"),
    ]
    steepest = [r for r in dict.fromkeys(dataset.regime.values) if r.startswith("iteration")][-1]
    found.append(judge(*where(dataset, regime=steepest), statement=STATEMENT, regime=steepest))
    at_one = dataset.isel(point=np.isclose(dataset.x, 1.0) & (dataset.panel == "saddle"))
    at_one = at_one.isel(point=np.char.startswith(at_one.regime.values.astype(str), "iteration"))
    steep = [float(r.rpartition(" ")[2]) for r in at_one.regime.values]
    measured, printed = where(at_one)
    limit = {"parameter": "eta|H|", "regime": "iteration as eta|H| -> 0, at eta|H|T = 1"}
    found.append(judge_order(steep, measured, printed, statement=STATEMENT, **limit))
    for reach, tolerance in ((min(dataset.x.values), 0.02), (1.0, 0.02)):
        near = dataset.isel(point=np.isclose(dataset.x, reach) & (dataset.regime == "process"))
        regime = f"the process at eta|H|T = {reach:g}"
        found.append(
            judge(
                *where(near, "leading"),
                statement=STATEMENT,
                regime=regime,
                form="leading",
                tolerance=tolerance,
            )
        )
    return found


EXPERIMENT = Experiment("sgd_saddle", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
