"""Proposition 2: how long Adam stays in a valley, and whether its v follows it up to the saddle.

The proposition takes Adam's second moment v for the gradient noise where the walker stands. The exponent then has the
root of the noise, once for the valley's part of the barrier and once for the saddle's. A v that remembers the valley
during the climb gives a longer exponent, with (1-s) sqrt(H_a) / |H_b| for (1-s) / sqrt|H_b|. The two differ by a third
here, where the noise falls from the valley's to the saddle's after a third of the barrier.

Three walkers tell them apart: the process whose v is the noise where it stands; a twin whose v is the valley's for
ever, which is momentum; and Adam itself, whose memory is 1 / (1 - beta2) iterations. A fourth, on ever sharper
landscapes, asks how log tau depends on the sharpness k: as k^(-1/2) for Adam, where SGD has 1 / k.

What is called corrected here is the proposition with v frozen in the valley.
"""

from dataclasses import dataclass

import numpy as np

from diffusion import Adam, FrozenNoise, Langevin, Momentum, StyblinskiTang, baoab
from sims.experiments import Experiment
from sims.experiments.shared import valley
from sims.experiments.shared.arrhenius import against_barrier, arrhenius, judged, slope_judged
from sims.judging.claims import Claims
from sims.judging.points import NAN, Panel, groups
from sims.storage.seeds import derived_seed
from theory.escape import (
    adam_log_time_frozen,
    adam_log_time_leading,
    adam_log_time_printed,
)

(STATEMENT,) = STATEMENTS = ("Proposition 2",)
SHARP = {"sharp": "sharpened by k", "beta2": 0.999}
SLOPE = 0.1  # tolerance: the law is for higher barriers than these
Y, LINES = r"mean escape time $T$ [iterations]", ("beta2", "v")
PANELS = {
    "constant": Panel("Constant noise", r"$E$, $v$ frozen", Y, "linear", "log", "corrected", LINES),
    "two": Panel("Two temperatures", r"$E$, $v$ frozen", Y, "linear", "log", lines=LINES),
    "sharp": Panel("Sharpened by $k$", r"$E = E_1\,k^{-1/2}$", Y, "linear", "log", "corrected", LINES),
}


@dataclass(frozen=True)
class AdamEscape:
    """Settings.

    Parameters
    ----------
    walkers : independent walkers for each mean time.
    seed : every run derives its own from it.
    steepness : eta v^(-1/2) H_a in the valley; Adam's eta follows from it.
    beta1 : of Adam and its twins.
    constant, barriers : values of E with v frozen, for constant noise and for two temperatures.
    s : share of the barrier that is climbed in the valley's noise.
    memories : values of beta2 for two temperatures; for constant noise the last.
    sharpness : values of k, the first 1, at which E is the highest of ``constant``.
    """

    walkers: int = 2**15
    seed: int = 0
    steepness: float = 0.1
    beta1: float = 0.5
    constant: tuple[float, ...] = (4.0, 5.0, 6.0)
    barriers: tuple[float, ...] = (4.0, 5.5, 7.0)
    s: float = 0.3
    memories: tuple[float, ...] = (0.9, 0.99, 0.999)
    sharpness: tuple[float, ...] = (1.0, 1.5, 2.25)


FULL, QUICK = AdamEscape(), AdamEscape(walkers=2**12)


def run(config: AdamEscape, *, workers=None, watch=None):
    """Return mean escape iterations beside Proposition 2."""
    size = {"walkers": config.walkers, "workers": workers, "watch": watch}
    points = []
    for panel, words, s, barriers, memories in (
        ("constant", "constant noise", 1.0, config.constant, (config.memories[0], config.memories[-1])),
        ("two", "two temperatures", config.s, config.barriers, config.memories),
    ):
        for E in barriers:
            step = config.steepness / valley.H_A  # eta v^(-1/2) in the valley
            noise = valley.climb(E, s, eta=step)
            eta = step * np.sqrt(noise.C_a)
            twin = Momentum(step, config.beta1, 1 - config.beta1)
            # the names are parts of seeds: others give other numbers
            runs: list[tuple[str, dict, Momentum | Adam]] = [(f"{words}, v frozen", {"v": "v frozen"}, twin)]
            for beta2 in memories:
                adam = Adam(eta, config.beta1, beta2, eps=0.0)
                runs.append((f"{words}, beta2 = {beta2:g}", {"beta2": beta2}, adam))
            said, where = forms(config, E, eta, noise), {"noise": panel}
            for stream, at, optimizer in runs:
                seed = derived_seed(config.seed, stream, E)
                measured = valley.mean_iterations(optimizer, noise.noise, seed=seed, **size)
                exactly = valley.exact_iterations(twin, noise) if optimizer is twin else NAN
                name = type(optimizer).__name__
                points.append(valley.escape_point(panel, where | at, E, measured, name, exactly, **said))
            if s < 1:
                measured = follower(config, eta, noise, derived_seed(config.seed, "follower", E), size)
                points.append(valley.escape_point(panel, where | {"v": "v follows"}, E, measured, **said))
    points += sharpened(config, size)
    return valley.as_points(points, PANELS, config, stop="the other minimum", time_unit="iterations T")


def forms(config, E, eta, noise, k=1.0):
    """Return logs of the stated mean iterations, for a barrier E."""
    way = k * valley.H_A, k * valley.WAY_OUT[1], valley.BARRIER
    rule = {"eta": eta, "B": noise.B, "beta1": config.beta1, "s": noise.s, "unit": "iterations"}
    return {
        "printed": adam_log_time_printed(*way, **rule),
        "corrected": adam_log_time_frozen(*way, **rule),
        "leading": adam_log_time_leading(k * valley.H_A, valley.BARRIER, eta=eta, B=noise.B),
    }


def follower(config, eta, noise, seed, size):
    """Return mean iterations with v equal to the noise at the walker."""
    process = Langevin.of(Adam(eta, config.beta1), valley.VALLEY, noise.noise)
    return valley.process_iterations(
        process, eta, dt=eta / 2, max_time=1e9 * eta, scheme=baoab, seed=seed, **size
    )


def sharpened(config, size):
    """Return mean iterations with all curvatures and noises times k."""
    step, top = config.steepness / valley.H_A, config.constant[-1]
    noise = valley.climb(top, eta=step)
    adam = Adam(step * np.sqrt(noise.C_a), config.beta1, config.memories[-1], eps=0.0)
    points = []
    for k in config.sharpness:
        measured = valley.mean_iterations(
            adam, FrozenNoise(k * noise.C_a), landscape=StyblinskiTang(1, k), **size,
            seed=derived_seed(config.seed, "sharpened by k, beta2 = 0.999", k),
        )  # fmt: skip
        said = forms(config, top, adam.eta, noise, k)
        points.append(valley.escape_point("sharp", SHARP, top / np.sqrt(k), measured, "Adam", **said))
    return points


def verdicts(dataset):
    """Return what the numbers say of Proposition 2."""
    on = Claims(STATEMENT, dataset)
    rest = {"tolerance": SLOPE, "prefactor_tolerance": valley.PREFACTOR}
    found = [on.exact({"v": "v frozen", "points": "every"})]
    for at in groups(dataset):
        if at.get("v") != "v frozen":  # the twin: no Adam, but what Adam with a long memory should be
            found += [judged(on, at, form, **rest) for form in ("printed", "corrected")]
    found.append(judged(on, {"noise": "two", "v": "v frozen"}, "corrected", **rest))
    for at in ({"noise": "constant", "beta2": 0.999}, {"noise": "two", "v": "v follows"}):
        found.append(slope_judged(on, at, tolerance=SLOPE))
    E, measured, stated = against_barrier(dataset, "corrected", SHARP)
    as_sgd = stated * np.exp(E**2 / E.max() - E)  # E = E_1 / k in the exponent
    ratio, _ = arrhenius(E, measured, as_sgd)
    return [*found, on.wrong(ratio, 1.0, "log tau ~ 1/k, as SGD has it")]


EXPERIMENT = Experiment("adam_escape", STATEMENTS, PANELS, FULL, QUICK, run, verdicts)
