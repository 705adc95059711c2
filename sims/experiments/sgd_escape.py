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

import numpy as np

from diffusion import SGD, Estimate, Overdamped, TwoTemperatureDiffusion, heun, passage_times
from sims.experiments import Experiment
from sims.experiments.shared.arrhenius import against_barrier, arrhenius, judged
from sims.experiments.shared.valley import (
    BARRIER,
    H_A,
    START,
    STOPS,
    VALLEY,
    WAY_OUT,
    climb,
    exact_iterations,
    mean_iterations,
    slope,
)
from sims.judging.points import NAN, Panel, Point, as_dataset, regimes, where
from sims.judging.verdict import control, judge, judge_exact
from sims.storage.seeds import derived_seed
from theory.escape import (
    eyring_kramers_log_time,
    sgd_log_time_corrected,
    sgd_log_time_leading,
    sgd_log_time_printed,
)
from theory.exact import mean_passage_time

(STATEMENT,) = STATEMENTS = ("Theorem 3 SGD",)
FICK = "process in Fick's reading, two temperatures"
# tolerances: the law is for higher barriers than these, at which Kramers' own error is 7 %
SLOPE, TWO_SLOPES, PREFACTOR = 0.05, 0.1, 0.15
PANELS = {
    name: Panel(title, r"barrier $E = \Delta L / kT$", r"mean escape time $\tau\,/\,\eta$", "linear", "log")
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
    """Return mean escape iterations, and times of the process over eta, beside Theorem 3."""
    size = {"workers": workers, "watch": watch}
    fine, coarse = config.steepness
    sets = [
        (f"constant noise, eta|H| = {fine:g}", fine, 1.0, "committed", config.barriers),
        ("constant noise, first passage of the top", fine, 1.0, "first", config.barriers),
        (f"constant noise, E up to {config.low[-1]:g}", fine, 1.0, "committed", config.low),
        *((f"two temperatures, s = {s:g}", fine, s, "committed", config.barriers) for s in config.splits),
        (f"two temperatures, eta|H| = {coarse:g}", coarse, config.splits[1], "committed", config.barriers),
    ]
    points = []
    for regime, steepness, s, stop, barriers in sets:
        for E in barriers:
            optimizer = SGD(steepness / H_A)
            noise, seed = climb(E, s, eta=optimizer.eta), derived_seed(config.seed, regime, E)
            measured = mean_iterations(
                optimizer, noise.noise, stop=stop, walkers=config.walkers, seed=seed, **size
            )
            exactly = exact_iterations(optimizer, noise, stop=stop)
            series = f"SGD, {regime.partition(', ')[2].removesuffix(' of the top')}"
            points.append(point(regime, series, E, optimizer, noise, measured, exactly))
    points += process(config, "process, constant noise", 1.0, "ito", config.barriers, size)
    points += process(config, FICK, config.splits[1], "fick", config.barriers[:3], size)
    work = sum(p.measured for p in points if np.isfinite(p.measured)) * config.walkers
    return as_dataset(
        points,
        PANELS,
        config,
        walkers=config.walkers * sum(np.isfinite(p.measured) for p in points),
        work=work,
        stop="the other minimum, where not said otherwise",
        noise="C = H_a / B, and |H_b| / B above the height s",
        interpretation="Ito, where not said otherwise",
        time_unit="iterations T; t = eta T",
    )


def process(config, regime, s, reading, barriers, size):
    """Return the process's mean times in units of eta; without walkers, the exact ones alone."""
    eta = config.steepness[0] / H_A
    dt, walkers = (config.dt, config.walkers) if s == 1 else (config.fick_dt, config.fick_walkers)
    points = []
    for E in barriers:
        noise, measured = climb(E, s, eta=eta), None
        exactly = mean_passage_time(
            slope, lambda x, C=noise.covariance: eta / 2 * C(x), START, STOPS["committed"],
            interpretation=reading, jumps=noise.jumps,
        )  # fmt: skip
        if walkers:
            D = eta / 2 * noise.C_a
            if s < 1:
                D = TwoTemperatureDiffusion(D, eta / 2 * noise.C_b, noise.split)
            times = passage_times(
                VALLEY, Overdamped(D, reading), start=START, above=STOPS["committed"], dt=dt / H_A, max_time=1e9,
                scheme=heun if s == 1 else None, walkers=walkers, seed=derived_seed(config.seed, regime, E), **size,
            ).mean()  # fmt: skip
            measured = Estimate(times.mean / eta, times.stderr / eta, times.n)
        points.append(point(regime, regime, E, SGD(eta), noise, measured, exactly / eta))
    return points


def point(regime, series, E, optimizer, noise, measured, exactly):
    """Return a mean escape time in iterations beside what is said of it."""
    numbers = {"eta": optimizer.eta, "B": noise.B}
    split = numbers | {"s": noise.s, "unit": "iterations"}
    kramers = corrected = NAN  # logs
    if noise.constant:
        D = optimizer.eta * noise.C_a / 2
        kramers = eyring_kramers_log_time(*WAY_OUT, D=D, unit="iterations", eta=optimizer.eta)
    else:
        corrected = sgd_log_time_corrected(*WAY_OUT, **split)
    return Point(
        "constant" if noise.constant else "two", regime, series, E,
        NAN if measured is None else float(measured.mean), NAN if measured is None else float(measured.stderr),
        printed=float(np.exp(sgd_log_time_printed(*WAY_OUT, **split))),
        leading=float(np.exp(sgd_log_time_leading(H_A, BARRIER, **numbers))),
        corrected=float(np.exp(corrected)),
        kramers=float(np.exp(kramers)),
        exact=exactly,
    )  # fmt: skip


def verdicts(dataset):
    """Return what the numbers say of Theorem 3 for SGD."""
    is_fick = dataset.regime.values == FICK
    unbiased = dataset.isel(point=~is_fick)
    found = [judge_exact(*where(unbiased, "exact"), statement=STATEMENT, regime="every point")]
    rest = {"statement": STATEMENT, "prefactor_tolerance": PREFACTOR}
    for regime in regimes(dataset, "kramers"):
        found += [judged(dataset, regime, form, tolerance=SLOPE, **rest) for form in ("printed", "kramers")]
    for regime in regimes(dataset, "corrected"):
        forms = ("printed",) if regime == FICK else ("printed", "corrected")
        found += [judged(dataset, regime, form, tolerance=TWO_SLOPES, **rest) for form in forms]
    constant, half = regimes(dataset, "kramers")[0], regimes(dataset, "corrected")[1]
    for regime in (constant, half):
        slope_ratio, _ = arrhenius(*against_barrier(dataset, regime, "leading"))
        words = {"statement": STATEMENT, "regime": f"slope, {regime}", "form": "leading"}
        found.append(judge(slope_ratio, 1.0, tolerance=SLOPE, power=2 * SLOPE, **words))
    measured, _ = where(dataset, "exact", regime=half)
    fick = dataset.exact.values[is_fick]
    n = fick.size
    ito = Estimate(measured.mean[:n], measured.stderr[:n], measured.n)
    return [*found, control(ito, fick, statement=STATEMENT, regime="Fick's reading of SGD's noise")]


EXPERIMENT = Experiment("sgd_escape", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
