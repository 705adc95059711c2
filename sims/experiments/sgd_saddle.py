"""Theorem 1: how far SGD spreads from a saddle.

The theorem is exact for the stochastic process; the question is how far the real iteration is from it. That is
decided by eta |H|: the same dynamical time is then reached by fewer, longer steps.
"""

from dataclasses import dataclass

import numpy as np

from diffusion import SGD, Estimate, FrozenNoise, Langevin, Quadratic, evolve, exact, integrate
from sims.experiments import Experiment
from sims.judging.claims import Claims
from sims.judging.points import Panel, along, as_dataset
from sims.storage.seeds import derived_seed
from theory.exact import sgd_iteration_msd
from theory.saddle import sgd_msd_leading, sgd_msd_printed

(STATEMENT,) = STATEMENTS = ("Theorem 1",)
UNIT = r"$\langle\Delta\theta^2\rangle\,B\,/\,\eta$"
PANELS = {
    "saddle": Panel("Saddle, $H < 0$", r"$\eta|H|T$", UNIT, lines=("steepness",)),
    "minimum": Panel("Minimum, $H > 0$", r"$\eta|H|T$", UNIT, lines=("steepness",)),
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
    """Return mean squared displacements beside Theorem 1."""
    size = {"walkers": config.walkers, "workers": workers, "watch": watch}
    points, steps = [], 0
    for steep in config.steepness:
        T = np.unique([max(1, round(reach / steep)) for reach in config.reach])
        H, landscape, noise = saddle(config, steep)
        seed = derived_seed(config.seed, "iteration", steep)
        msd = evolve(landscape, noise, SGD(config.eta), 0.0, T, seed=seed, **size).msd()
        at = {"of": "iteration", "steepness": steep}
        exactly = sgd_iteration_msd(H, T[:, None], eta=config.eta, C=np.abs(H) / config.B)
        points += beside(config, H, T, at, msd, exactly)
        steps += T[-1]
    # the process has no finite step: the exact propagator, looked at where the finest iteration was
    H, landscape, noise = saddle(config, config.steepness[0])
    T = np.array([round(reach / config.steepness[0]) for reach in config.reach])
    langevin, dt = Langevin.of(SGD(config.eta), landscape, noise), config.eta * T[0]
    seed = derived_seed(config.seed, "process")
    process = integrate(landscape, langevin, 0.0, config.eta * T, dt=dt, scheme=exact, seed=seed, **size)
    points += beside(config, H, T, {"of": "process"}, process.msd())
    between = np.unique(np.round(np.geomspace(config.reach[0], config.reach[-1], 60) / config.steepness[0]))
    runs = len(config.steepness) + 1
    return as_dataset(
        points + beside(config, H, between, {}), PANELS, config, walkers=config.walkers * runs,
        work=config.walkers * (steps + T[-1] / T[0]) * 2, noise="frozen, C = |H| / B", interpretation="Ito",
        time_unit="iterations T; t = eta T",
    )  # fmt: skip


def saddle(config, steep):
    """Return a saddle, its curvatures with eta |H| = ``steep``, and noise."""
    H = np.array([-1.0, 1.0]) * steep / config.eta
    return H, Quadratic(H), FrozenNoise(np.abs(H) / config.B)


def beside(config, H, T, at, msd=None, exactly=None):
    """Return measured points beside theorem and exact reference."""
    rule = {"eta": config.eta, "B": config.B}
    printed, leading = (form(H, T[:, None], **rule) for form in (sgd_msd_printed, sgd_msd_leading))
    forms = {"printed": printed, "leading": leading}
    if msd is not None:
        forms |= {"exact": printed if exactly is None else exactly}
    x, points = config.eta * np.abs(H) * T[:, None], []
    for j, panel in enumerate(PANELS):
        measured = None if msd is None else Estimate(msd.mean[:, j], msd.stderr[:, j], msd.n)
        stated = {form: values[:, j] for form, values in forms.items()}
        name = "SGD" if exactly is not None else ""
        points += along(panel, at, x[:, j], measured, optimizer=name, unit=config.eta / config.B, **stated)
    return points


def verdicts(dataset):
    """Return what the numbers say of Theorem 1."""
    on, process, iteration = Claims(STATEMENT, dataset), {"of": "process"}, {"of": "iteration"}
    steepest = float(dataset.steepness.max())
    limit = {"of": "iteration", "reach": 1.0, "limit": "eta|H| -> 0"}
    return [
        on.exact(),
        on.scaled(1.05),
        on.judge(process),
        on.judge(iteration | {"steepness": steepest}),
        on.order(limit, parameter="eta|H|", small="steepness", panel="saddle", x=1.0, **iteration),
        *(
            on.judge(process | {"reach": reach}, "leading", tolerance=0.02, x=reach, **process)
            for reach in (float(dataset.x.min()), 1.0)
        ),
    ]


EXPERIMENT = Experiment("sgd_saddle", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
