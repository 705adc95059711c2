"""Proposition 4: how long Adai stays in a valley, and whether its inertia follows it up to the saddle.

The proposition is Theorem 3 with gamma M = 1 and, in the factor before the exponential, the inertia that Adai would have
at the saddle. In one coordinate Adai has nothing to adapt: it is bias-corrected momentum with beta1 = 1 - beta0, to the
last iteration. In ten coordinates, one of which climbs, the saddle is half as sharp as the valley in that coordinate;
Adai would raise its inertia there if it had the time. Two twins whose inertia is frozen tell: one with the valley's,
one with the saddle's. They differ enough to tell at the long steps used here; at shorter ones, or at higher barriers,
the fluctuations of Adai's inertia matter as much, and Adai lies between the twins or beyond both.
"""

from dataclasses import dataclass

import numpy as np

from diffusion import Adai, Estimate, FrozenNoise, Momentum, StyblinskiTang, TwoTemperatureNoise, escape_times
from sims.experiments import Experiment
from sims.experiments.shared.arrhenius import against_barrier, arrhenius, judged
from sims.experiments.shared.isotropy import quotient
from sims.judging.claims import Claims
from sims.judging.judges import judge_identity
from sims.judging.points import Panel, along, as_dataset, having
from sims.storage.seeds import derived_seed
from theory.escape import adai_log_time_printed

(STATEMENT,) = STATEMENTS = ("Proposition 4",)
ALONE, TEN = {"coordinates": "one coordinate"}, {"coordinates": "ten coordinates"}
PANELS = {
    "barrier": Panel("One coordinate", r"$E = \Delta L / kT$", r"mean escape time $T$ [iterations]", "linear"),
    "inertia": Panel(
        "Ten coordinates, one climbs", r"memory of Adai's $v$, $1/(1-\beta_2)$ [iterations]",
        "Adai's time / twin's time", yscale="linear", lines=("twin",),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class AdaiEscape:
    """Settings.

    Parameters
    ----------
    walkers : independent walkers at each barrier in one coordinate; in ten there are ten times as many.
    seed : every run derives its own from it.
    eta, beta0 : of Adai in one coordinate.
    barriers : E = dL / kT there, with frozen noise.
    coarse_eta, E, s : of Adai in ten coordinates, and the two-temperature noise there.
    memories : 1 / (1 - beta2) in ten coordinates.
    cut : iterations of start-up left out in ten coordinates: bias correction makes early steps long.
    """

    walkers: int = 80_000
    seed: int = 0
    eta: float = 1e-3
    beta0: float = 0.1
    barriers: tuple[float, ...] = (4.0, 4.75, 5.5, 6.25)
    coarse_eta: float = 1e-2
    E: float = 6.0
    s: float = 0.5
    memories: tuple[float, ...] = (100.0, 1000.0, 10000.0)
    cut: int = 200


FULL, QUICK = AdaiEscape(), AdaiEscape(walkers=8_000)


def run(config: AdaiEscape, *, workers=None, watch=None):
    """Return escape times of Adai and its twins, beside Proposition 4."""
    size = {"workers": workers, "watch": watch}
    alone, work = one_coordinate(config, size)
    climb, more = ten_coordinates(config, size)
    return as_dataset(
        alone + climb, PANELS, config, work=work + more,
        walkers=config.walkers * (len(config.barriers) + 10 * (len(config.memories) + 2)),
        noise="frozen in one coordinate, two-temperature in ten", interpretation="Ito",
        stop="first passage of the barrier's top by any coordinate", time_unit="iterations T",
    )  # fmt: skip


def one_coordinate(config, size):
    """Return mean times beside the twin's, on the same random numbers."""
    valley, points, work = StyblinskiTang(dim=1), [], 0.0
    twin = Momentum(config.eta, 1 - config.beta0, config.beta0, bias_correction=True)
    for E in config.barriers:
        B = E * config.eta * valley.H_a / (2 * valley.barrier)  # E = 2 B dL / (eta H_a)
        one = {"walkers": config.walkers, "seed": derived_seed(config.seed, "one", E)}
        adai, momentum = (
            escape(valley, FrozenNoise(valley.H_a / B), optimizer, one | size).iterations
            for optimizer in (Adai(config.eta, config.beta0), twin)
        )
        stated = adai_log_time_printed(
            valley.H_a, valley.H_b, valley.barrier, eta=config.eta, B=B, beta0=config.beta0,
            H_b_spectrum=[valley.H_b], s=1.0, unit="iterations",
        )  # fmt: skip
        printed = np.exp(float(stated))
        points += along("barrier", ALONE, E, Estimate.of(adai), optimizer="Adai", printed=printed)
        points += along("barrier", ALONE, E, Estimate.of(momentum), optimizer="Momentum")
        work += float(adai.sum() + momentum.sum())
    return points, work


def ten_coordinates(config, size):
    """Return Adai's mean time over its twins'."""
    valley = StyblinskiTang(dim=10)
    eta, beta0 = config.coarse_eta, config.beta0
    climb = config.s / valley.H_a + (1 - config.s) / abs(valley.H_b)
    strength = 2 * valley.barrier * climb / (config.E * eta)  # 1 / B: E = (2 B dL / eta) climb
    noise = TwoTemperatureNoise(strength * valley.H_a, strength * abs(valley.H_b), valley.split(config.s))
    sharpness = np.abs(np.diag(valley.hessian(valley.saddle)))
    gaps = {"corrected": beta0, "printed": beta0 * sharpness[0] / sharpness.mean()}  # 1 - beta1
    found, work = {}, 0.0
    optimizers = {form: Momentum(eta, 1 - gap, gap, bias_correction=True) for form, gap in gaps.items()}
    optimizers |= {memory: Adai(eta, beta0, 1 - 1 / memory) for memory in config.memories}
    for name, optimizer in optimizers.items():
        many = {"walkers": 10 * config.walkers, "seed": derived_seed(config.seed, "ten", name)}
        iterations = escape(valley, noise, optimizer, many | size).iterations
        found[name] = Estimate.of(iterations[iterations > config.cut] - config.cut)
        work += 10.0 * float(iterations.sum())
    points = []
    for form, twin in (("corrected", "valley's inertia"), ("printed", "saddle's inertia")):
        for memory in config.memories:
            ratio = quotient(found[memory], found[form])
            points += along("inertia", TEN | {"twin": twin}, memory, ratio, optimizer="Adai", **{form: 1.0})
    return points, work


def escape(valley, noise, optimizer, size):
    """Return a run's escape times; every walker has to leave."""
    place = {"start": valley.minimum, "boundary": valley.boundary, "max_iterations": 10**7}
    times = escape_times(valley, noise, optimizer, **place, **size)
    if not times.escaped.all():
        raise ValueError("barriers must be low enough for every walker to leave within 10 million iterations")
    return times


def verdicts(dataset):
    """Return what the numbers say of Proposition 4."""
    on = Claims(STATEMENT, dataset)
    E, alone, stated = against_barrier(dataset, "printed", ALONE)
    momentum = having(dataset, panel="barrier", optimizer="Momentum").measured.values
    apart = float(np.max(np.abs(alone.mean / momentum - 1)))
    slope, _ = arrhenius(E, alone, stated**1.25)
    same = {"what": "Adai is its momentum twin"} | ALONE
    memories = tuple(sorted(set(having(dataset, panel="inertia").x.values)))
    found = [
        judge_identity(apart, 0.0, momentum.size).on(STATEMENT, same, "exact"),
        judged(on, ALONE, "printed", tolerance=0.05, prefactor_tolerance=0.1),
        on.wrong(slope, np.ones_like(slope.mean), "slope of log tau 1.25 times as steep"),
    ]
    for form, twin in (("printed", "saddle's inertia"), ("corrected", "valley's inertia")):
        at = TEN | {"twin": twin}
        found.append(on.judge(at, form, tolerance=0.07, power=0.1, x=memories[:-1], **at))
    late = at | {"memory": memories[-1]}
    return [*found, on.judge(late, "corrected", tolerance=0.03, power=0.1, x=memories[-1], **at)]


EXPERIMENT = Experiment("adai_escape", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
