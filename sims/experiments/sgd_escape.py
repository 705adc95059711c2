"""Theorem 3 without inertia: how long SGD stays in a valley.

The theorem has an exponent, the barrier over the temperature, and a factor before it. The exponent takes the
gradient noise as that of the valley up to a height s of the barrier and as that of the saddle above; the walkers here
have just that noise, or the valley's all the way. Barriers of 4 to 7 temperatures let them escape while one waits.

The factor depends on three things that the theorem does not mention. A walker on top of the barrier falls back every
second time, so that reaching the top takes half as long as reaching the other minimum. Where the noise changes it
matters whether it is drawn where the walker stands (Ito, what SGD does) or read as Fick's, as the paper's equation
for the current does. And with constant noise the factor is Kramers'.
"""

from dataclasses import dataclass

from diffusion import SGD, Estimate, Overdamped, TwoTemperatureDiffusion, heun
from sims.experiments import Experiment
from sims.experiments.shared import valley
from sims.experiments.shared.arrhenius import judged, slope_judged
from sims.judging.claims import Claims
from sims.judging.points import Panel, groups, where
from sims.storage.seeds import derived_seed
from theory.escape import (
    eyring_kramers_log_time,
    sgd_log_time_corrected,
    sgd_log_time_leading,
    sgd_log_time_printed,
)
from theory.exact import mean_passage_time

(STATEMENT,) = STATEMENTS = ("Theorem 3 SGD",)
FICK = {"of": "process", "reading": "fick", "noise": "two"}
LINES = "steepness", "stop", "barrier", "s", "reading"
PANELS = {
    name: Panel(title, *valley.BARRIER_AXES, "linear", "log", lines=LINES)
    for name, title in (("constant", "Constant noise"), ("two", "Two temperatures"))
}


@dataclass(frozen=True)
class SgdEscape:
    """Settings.

    Parameters
    ----------
    walkers : independent walkers for each mean time.
    fick_walkers : the same for Fick's process, whose time steps must be short; 0 leaves it out.
    seed : every run derives its own from it.
    steepness : eta H_a, of most runs and of one with a coarse learning rate.
    barriers : values of E, increasing.
    low : values of E that are no barrier.
    splits : values of s.
    dt, fick_dt : time steps of the process, times H_a.
    """

    walkers: int = 2**15
    fick_walkers: int = 2**13
    seed: int = 0
    steepness: tuple[float, float] = (0.1, 1.0)
    barriers: tuple[float, ...] = (4.0, 5.0, 6.0, 7.0)
    low: tuple[float, ...] = (0.25, 0.5, 1.0)
    splits: tuple[float, ...] = (0.3, 0.5, 0.7)
    dt: float = 0.1
    fick_dt: float = 0.02


FULL, QUICK = SgdEscape(), SgdEscape(walkers=2**12, fick_walkers=0)


def run(config: SgdEscape, *, workers=None, watch=None):
    """Return mean escape iterations beside Theorem 3."""
    size = {"workers": workers, "watch": watch}
    points = []
    for regime in plan(config):
        for E, noise, measured in regime.times(config, walkers=config.walkers, **size):
            exactly = valley.exact_iterations(regime.optimizer, noise, stop=regime.stop)
            points.append(point(regime.at, E, regime.optimizer, noise, measured, exactly, "SGD"))
    constant = {"of": "process", "noise": "constant"}
    points += process(config, constant, "process, constant noise", 1.0, config.barriers, size)
    named = "process in Fick's reading, two temperatures"
    points += process(config, FICK, named, config.splits[1], config.barriers[:3], size)
    return valley.as_points(points, PANELS, config, interpretation="Ito, where not said otherwise")


def plan(config):
    """Return all regimes of the iteration."""
    fine, coarse = config.steepness
    every, half = config.barriers, config.splits[1]
    constant, two, rule = {"noise": "constant"}, {"noise": "two"}, SGD(fine / valley.H_A)
    rows: list[tuple] = [
        (f"constant noise, eta|H| = {fine:g}", constant | {"steepness": fine}, rule, every),
        ("constant noise, first passage of the top", constant | {"stop": "first"}, rule, every, 1.0, "first"),
        (f"constant noise, E up to {config.low[-1]:g}", constant | {"barrier": "low"}, rule, config.low),
        *((f"two temperatures, s = {s:g}", two | {"s": s}, rule, every, s) for s in config.splits),
    ]
    steep = f"two temperatures, eta|H| = {coarse:g}", two | {"steepness": coarse}, SGD(coarse / valley.H_A)
    return [valley.Regime(*row) for row in [*rows, (*steep, every, half)]]


def process(config, at, stream, s, barriers, size):
    """Return the process's mean times over eta, exact ones without walkers."""
    eta, reading = config.steepness[0] / valley.H_A, at.get("reading", "ito")
    dt, walkers = (config.dt, config.walkers) if s == 1 else (config.fick_dt, config.fick_walkers)
    points = []
    for E in barriers:
        noise, measured = valley.climb(E, s, eta=eta), None
        exactly = mean_passage_time(
            valley.slope, lambda x, C=noise.covariance: eta / 2 * C(x), valley.START, valley.STOPS["committed"],
            interpretation=reading, jumps=noise.jumps,
        )  # fmt: skip
        if walkers:
            D = eta / 2 * noise.C_a
            if s < 1:
                D = TwoTemperatureDiffusion(D, eta / 2 * noise.C_b, noise.split)
            measured = valley.process_iterations(
                Overdamped(D, reading), eta, dt=dt / valley.H_A, scheme=heun if s == 1 else None, walkers=walkers,
                seed=derived_seed(config.seed, stream, E), **size,
            )  # fmt: skip
        points.append(point(at, E, SGD(eta), noise, measured, exactly / eta))
    return points


def point(at, E, optimizer, noise, measured, exactly, name=""):
    """Return a mean escape time in iterations, beside its predictions."""
    numbers = {"eta": optimizer.eta, "B": noise.B}
    split = numbers | {"s": noise.s, "unit": "iterations"}
    logs = {
        "printed": sgd_log_time_printed(*valley.WAY_OUT, **split),
        "leading": sgd_log_time_leading(valley.H_A, valley.BARRIER, **numbers),
    }
    if noise.constant:
        D = optimizer.eta * noise.C_a / 2
        logs["kramers"] = eyring_kramers_log_time(*valley.WAY_OUT, D=D, unit="iterations", eta=optimizer.eta)
    else:
        logs["corrected"] = sgd_log_time_corrected(*valley.WAY_OUT, **split)
    return valley.escape_point(
        "constant" if noise.constant else "two", at, E, measured, name, exactly, **logs
    )


def verdicts(dataset):
    """Judge Theorem 3 for SGD by the numbers."""
    is_fick = dataset.reading.values == "fick"
    on = Claims(STATEMENT, dataset)
    found = [Claims(STATEMENT, dataset.isel(point=~is_fick)).exact()]
    constant, two = groups(dataset, "kramers"), groups(dataset, "corrected")
    for at in constant:
        rest = {"tolerance": valley.SLOPE, "prefactor_tolerance": valley.PREFACTOR}
        found += [judged(on, at, form, **rest) for form in ("printed", "kramers")]
    for at in two:
        rest = {"tolerance": valley.TWO_SLOPES, "prefactor_tolerance": valley.PREFACTOR}
        found += [judged(on, at, form, **rest) for form in ("printed", "corrected")[: 1 if at == FICK else 2]]
    found += [slope_judged(on, at, tolerance=valley.SLOPE) for at in (constant[0], two[1])]
    measured, _ = where(dataset, "exact", **two[1])
    fick = dataset.exact.values[is_fick]
    n = fick.size
    ito = Estimate(measured.mean[:n], measured.stderr[:n], measured.n)
    return [*found, on.wrong(ito, fick, "Fick's reading of SGD's noise")]


EXPERIMENT = Experiment("sgd_escape", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
