"""Eq. 42: whether finite inertia is a smaller diffusion coefficient.

The paper takes from Kalinay and Percus that a walker with inertia moves like one without whose diffusion coefficient,
and with it its drift, is D_hat = 2 D / (1 + sqrt(1 - z)), z = 4 H / (gamma^2 M). On a quadratic landscape this says how
fast a walker leaves a saddle (z < 0), or comes back to a minimum (0 < z < 1), once the first flight is forgotten: at
D_hat / D times the overdamped rate |H| / (gamma M). It cannot say what happens before: there the walker flies, and the
spread is far below 2 D_hat t. Above z = 1 the walker oscillates, and the formula is complex.
"""

from dataclasses import dataclass

import numpy as np

from diffusion import Estimate, PhaseSpace, Quadratic, exact, integrate
from sims.experiments import Experiment
from sims.judging.claims import Claims
from sims.judging.points import Panel, Point, along, as_dataset, having, where
from sims.storage.seeds import derived_seed
from theory.escape import effective_diffusion_printed
from theory.exact import process_covariance

(STATEMENT,) = STATEMENTS = ("Eq. 42",)
RATE = r"rate / ($|H|\,/\,\gamma M$)"
PANELS = {
    "saddle": Panel("Leaving a saddle, $z < 0$", r"$|z| = 4|H|/(\gamma^2 M)$", RATE),
    "minimum": Panel("Back to a minimum", r"$z = 4H/(\gamma^2 M)$", RATE, xscale="linear", yscale="linear"),
    "flight": Panel(
        "The first flight, $H = 0$", r"$\gamma t$", r"$\langle\Delta\theta^2\rangle\,\gamma\,/\,2D$"
    ),
}
CALM = 1e-8  # D where walkers come back to a minimum: small, so that the mean is seen for long


@dataclass(frozen=True)
class EffectiveDiffusion:
    """Settings; gamma = M = 1, so that time is counted in flights and kT = D.

    Parameters
    ----------
    walkers : of each run.
    seed : every run derives its own from it.
    saddle, minimum : values of |z| at a saddle and of z at a minimum, below 1.
    flight : times gamma t after a start at rest.
    """

    walkers: int = 2**20
    seed: int = 0
    saddle: tuple[float, ...] = (0.1, 1.0, 10.0, 100.0)
    minimum: tuple[float, ...] = (0.1, 0.25, 0.5)
    flight: tuple[float, ...] = (0.1, 1.0, 10.0, 100.0, 1000.0)


FULL, QUICK = EffectiveDiffusion(), EffectiveDiffusion(walkers=2**17)


def run(config: EffectiveDiffusion, *, workers=None, watch=None):
    """Return rates and the first flight beside Eq. (42)."""
    size = {"walkers": config.walkers, "workers": workers, "watch": watch, "scheme": exact}
    points = [leaving(z, size | {"seed": derived_seed(config.seed, "saddle", z)}) for z in config.saddle]
    points += [returning(z, size | {"seed": derived_seed(config.seed, "minimum", z)}) for z in config.minimum]
    points += flying(config, size | {"seed": derived_seed(config.seed, "flight")})
    return as_dataset(
        points + theory_lines(config), PANELS, config,
        walkers=config.walkers * (len(config.saddle) + len(config.minimum) + 1),
        work=config.walkers * (2 * len(config.saddle) + 2 * len(config.minimum) + 1e4),
        noise="constant D", interpretation="Ito", time_unit="gamma t",
    )  # fmt: skip


def rate(z):
    """Return the slow rate of M x'' = -gamma M x' - H x."""
    slow = np.roots([1.0, 1.0, z / 4]).real.max()
    return abs(slow) / (abs(z) / 4)


def leaving(z, size):
    """Return the growth rate at a saddle, by regression on earlier positions."""
    growth = rate(-z) * z / 4
    times = np.array([10.0, 12.0]) / growth
    run = integrate(
        Quadratic([-z / 4]), PhaseSpace(1.0, 1.0, 1.0), 0.0, times, dt=times[0] / 5, keep="positions", **size
    )
    before, after = run.positions[:, :, 0]
    share = Estimate.of(after * before).mean / Estimate.of(before * before).mean
    error = Estimate.of((after - share * before) * before).stderr / Estimate.of(before * before).mean
    return _point("saddle", z, -z, np.log(share), error / share, times)


def returning(z, size):
    """Return the mean's decay rate towards a minimum, from rest at 1."""
    times = np.array([20.0, 20.0 + 8 / z])
    landscape, process = Quadratic([z / 4]), PhaseSpace(1.0, 1.0, CALM)
    run = integrate(landscape, process, 1.0, times, dt=times[0] / 5, keep="positions", **size)
    before, after = Estimate.of(run.positions[0, :, 0]), Estimate.of(run.positions[1, :, 0])
    error = np.hypot(before.stderr / before.mean, after.stderr / after.mean)
    return _point("minimum", z, z, -np.log(after.mean / before.mean), error, times)


def _point(panel, x, z, exponent, error, times):
    unit = abs(z) / 4 * (times[1] - times[0])
    stated = float(effective_diffusion_printed(1.0, z / 4, mass=1.0, damping=1.0))
    return Point(panel, {"at": panel}, x, exponent / unit, error / unit, printed=stated, exact=rate(z))


def flying(config, size):
    """Return the spread from rest without a slope."""
    t = np.array(config.flight)
    msd = integrate(Quadratic([0.0]), PhaseSpace(1.0, 1.0, 1.0), 0.0, t, dt=t[0], **size).msd()
    known = process_covariance(0.0, t, mass=1.0, damping=1.0, D=1.0)[:, 0, 0]
    printed = effective_diffusion_printed(1.0, 0.0, mass=1.0, damping=1.0) * t
    measured = Estimate(msd.mean[:, 0] / 2, msd.stderr[:, 0] / 2, msd.n)
    return along("flight", {"of": "spread"}, t, measured, printed=printed, exact=known / 2)


def theory_lines(config):
    """Return Eq. (42) between the measured points."""
    z = np.geomspace(config.saddle[0], config.saddle[-1], 60)
    t = np.geomspace(config.flight[0], config.flight[-1], 60)
    known = np.array([process_covariance(0.0, one, mass=1.0, damping=1.0, D=1.0)[0, 0] for one in t])
    lines = []
    for panel, x, signed in (("saddle", z, -z), ("minimum", np.linspace(0, 1, 60), np.linspace(0, 1, 60))):
        printed = [effective_diffusion_printed(1.0, one / 4, mass=1.0, damping=1.0) for one in signed]
        lines += along(panel, {}, x, printed=printed)
    return lines + along("flight", {}, t, printed=t, exact=known / 2)


def verdicts(dataset):
    """Return what the numbers say of Eq. (42)."""
    on, found = Claims(STATEMENT, dataset), [Claims(STATEMENT, dataset).exact()]
    for panel in ("saddle", "minimum"):
        measured, printed = where(dataset, at=panel)
        found.append(on.judge({"at": panel}))
        found.append(on.wrong(measured, np.ones_like(printed), f"{panel}: no inertia, D_hat = D"))
    times = np.unique(having(dataset, panel="flight").x.values).tolist()
    return found + [on.judge({"of": "spread", "flight": t}, of="spread", x=t) for t in (times[1], times[-1])]


EXPERIMENT = Experiment("effective_diffusion", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
