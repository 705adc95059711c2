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

from diffusion import Estimate, Momentum, PhaseSpace, gjf, passage_times
from sims.experiments import Experiment
from sims.experiments.shared.arrhenius import against_barrier, arrhenius, judged
from sims.experiments.shared.valley import (
    BARRIER,
    H_A,
    H_B,
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
    momentum_log_time_corrected,
    momentum_log_time_kramers,
    momentum_log_time_leading,
    momentum_log_time_printed,
)
from theory.exact import phase_space_passage_time

(STATEMENT,) = STATEMENTS = ("Theorem 3",)
# tolerances: the law is for higher barriers than these, at which Kramers' own error is 7 %
SLOPE, TWO_SLOPES, PREFACTOR = 0.05, 0.1, 0.15
PROCESS = "process, constant noise, z = 1"
SGD_STYLE, ADAM_STYLE = "SGD style", "Adam style"
X, Y = r"barrier $E = \Delta L / kT$", r"mean escape time $\tau\,/\,\eta$"
PANELS = {
    "constant": Panel("Constant noise", X, Y, "linear", "log", ratio_to="kramers"),
    "two": Panel("Two temperatures", X, Y, "linear", "log"),
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


@dataclass(frozen=True)
class Runs:
    """One regime: beta1 and z of an optimizer, its style, the noise's s, the stop rule, and the barriers."""

    regime: str
    beta1: float
    z: float
    barriers: tuple[float, ...]
    style: str = ADAM_STYLE
    s: float = 1.0
    stop: str = "committed"

    @property
    def series(self) -> str:
        """The regime without what its panel says."""
        words = self.regime
        for said in ("constant noise, ", "two temperatures, ", "weak friction, ", " of the top"):
            words = words.replace(said, "")
        return f"Momentum, {words}"

    @property
    def optimizer(self) -> Momentum:
        """The one whose steps eta beta3 give this z."""
        kick = self.z * (1 - self.beta1) ** 2 / (4 * abs(H_B))
        beta3 = 1.0 if self.style == SGD_STYLE else 1 - self.beta1
        return Momentum(kick / beta3, self.beta1, beta3)


def plan(config):
    """Return all regimes of the iteration."""
    every = config.barriers
    return [
        Runs(f"{SGD_STYLE}, constant noise, z = 10", 0.9, 10.0, every, SGD_STYLE),
        Runs(f"{ADAM_STYLE}, constant noise, z = 10", 0.9, 10.0, every),
        Runs("first passage of the top, constant noise, z = 1", 0.7, 1.0, every, stop="first"),
        Runs(f"constant noise, E up to {config.low[-1]:g}, z = 1", 0.7, 1.0, config.low),
        Runs("weak friction, constant noise, z = 300", 0.96, 300.0, every),
        *(Runs(f"two temperatures, s = {s:g}, z = 0.3", 0.5, 0.3, every, s=s) for s in config.splits),
        Runs(f"two temperatures, s = {config.splits[1]:g}, z = 3", 0.7, 3.0, every, s=config.splits[1]),
    ]


def run(config: MomentumEscape, *, workers=None, watch=None):
    """Return mean escape iterations, and times of the process over eta, beside Theorem 3."""
    size = {"walkers": config.walkers, "workers": workers, "watch": watch}
    points, known = [], {}
    for runs in plan(config):
        references = config.weak_references if runs.regime.startswith("weak") else len(runs.barriers)
        optimizer = runs.optimizer
        for nth, E in enumerate(runs.barriers):
            noise = climb(E, runs.s, eta=optimizer.eta, friction=(1 - runs.beta1) / optimizer.beta3)
            seed = derived_seed(config.seed, runs.regime, E)
            measured = mean_iterations(optimizer, noise.noise, stop=runs.stop, seed=seed, **size)
            same_steps = runs.beta1, runs.z, runs.s, runs.stop, E  # in either style
            if nth < references and same_steps not in known:
                known[same_steps] = exact_iterations(optimizer, noise, stop=runs.stop)
            exactly = known.get(same_steps, NAN)
            points.append(point(runs.regime, runs.series, E, optimizer, noise, measured, exactly))
    points += process(config, size)
    return as_dataset(
        points,
        PANELS,
        config,
        walkers=config.walkers * len(points),
        work=config.walkers * sum(p.measured for p in points),
        stop="the other minimum, where not said otherwise",
        noise="C = H_a / B, and |H_b| / B above the height s",
        interpretation="Ito",
        time_unit="iterations T; t = eta T",
    )


def process(config, size):
    """Return mean times of the process with constant noise in units of eta."""
    optimizer = Runs(PROCESS, 0.9, 1.0, ()).optimizer
    mass, damping = optimizer.eta / optimizer.beta3, (1 - optimizer.beta1) / optimizer.eta
    points = []
    for E in config.process_barriers:
        noise = climb(E, eta=optimizer.eta)
        D = optimizer.eta * noise.C_a / 2
        exactly = phase_space_passage_time(slope, START, STOPS["committed"], mass=mass, damping=damping, D=D)
        times = passage_times(
            VALLEY, PhaseSpace(mass, damping, D), start=START, above=STOPS["committed"], scheme=gjf,
            dt=0.2 * np.sqrt(mass / H_A), max_time=1e9, seed=derived_seed(config.seed, PROCESS, E), **size,
        ).mean()  # fmt: skip
        measured = Estimate(times.mean / optimizer.eta, times.stderr / optimizer.eta, times.n)
        points.append(
            point(PROCESS, "process, z = 1", E, optimizer, noise, measured, exactly / optimizer.eta)
        )
    return points


def point(regime, series, E, optimizer, noise, measured, exactly):
    """Return a mean escape time in iterations beside what is said of it."""
    numbers = {"eta": optimizer.eta, "B": noise.B, "beta1": optimizer.beta1, "beta3": optimizer.beta3}
    unit = {"unit": "iterations"}
    kramers = momentum_log_time_kramers(*WAY_OUT, **numbers, **unit) if noise.constant else NAN
    return Point(
        "constant" if noise.constant else "two", regime, series, E, float(measured.mean), float(measured.stderr),
        printed=float(np.exp(momentum_log_time_printed(*WAY_OUT, s=noise.s, **numbers, **unit))),
        leading=float(np.exp(momentum_log_time_leading(H_A, BARRIER, **numbers))),
        corrected=float(np.exp(momentum_log_time_corrected(*WAY_OUT, s=noise.s, **numbers, **unit))),
        kramers=float(np.exp(kramers)),
        exact=exactly,
    )  # fmt: skip


def verdicts(dataset):
    """Return what the numbers say of Theorem 3."""
    found = [judge_exact(*where(dataset, "exact"), statement=STATEMENT, regime="every point")]
    constant = regimes(dataset, "kramers")
    for regime in regimes(dataset):
        forms = ("printed", "corrected", "kramers") if regime in constant else ("printed", "corrected")
        tolerance = SLOPE if regime in constant and regime != PROCESS else TWO_SLOPES
        rest = {"statement": STATEMENT, "tolerance": tolerance, "prefactor_tolerance": PREFACTOR}
        found += [judged(dataset, regime, form, **rest) for form in forms]
    for regime in (constant[0], "two temperatures, s = 0.5, z = 0.3"):
        ratio, _ = arrhenius(*against_barrier(dataset, regime, "leading"))
        words = {"statement": STATEMENT, "regime": f"slope, {regime}", "form": "leading"}
        found.append(judge(ratio, 1.0, tolerance=SLOPE, power=2 * SLOPE, **words))
    for form in ("printed", "corrected"):
        words = {"statement": STATEMENT, "regime": f"{SGD_STYLE} over {ADAM_STYLE}, same steps", "form": form}
        found.append(judge(*twins(dataset, form), tolerance=0.05, power=0.2, **words))
    measured, exactly = where(dataset, "exact", regime=constant[1])
    wrong = exactly * 2 / (1 + np.sqrt(1 + 10.0))
    found.append(control(measured, wrong, statement=STATEMENT, regime="inertia left out of Kramers' factor"))
    return found


def twins(dataset, form):
    """Return iterations in SGD's style over those in Adam's, as measured and as stated."""
    style = [f"{name}, constant noise, z = 10" for name in (SGD_STYLE, ADAM_STYLE)]
    (sgd, said_of_sgd), (adam, said_of_adam) = (where(dataset, form, regime=regime) for regime in style)
    ratio = sgd.mean / adam.mean
    error = ratio * np.hypot(sgd.stderr / sgd.mean, adam.stderr / adam.mean)
    return Estimate(ratio, error, sgd.n), said_of_sgd / said_of_adam


EXPERIMENT = Experiment("momentum_escape", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
