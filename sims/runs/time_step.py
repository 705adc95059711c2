"""The escape of an optimizer's process, and what its time step does."""

from dataclasses import replace

import numpy as np

from diffusion import MeanPassage, PassageTimes, passage_times
from diffusion.langevin.passage import other_seed
from sims.options.escape import Escape
from sims.options.parts import Parts

EXIT = "j + 1 for above coordinate j (from 0), -(j + 1) for below it, 0 for none yet"
HALVING_LABELS = {
    "halved_mean_iterations": "mean escape time at dt / 2",
    "step_bias": "bias of that by the time step",
    "step_bias_low": "  95 % interval, low",
    "step_bias_high": "  95 % interval, high",
    "extrapolated_iterations": "mean escape time at a vanishing time step",
    "extrapolated_iterations_low": "  95 % interval, low",
    "extrapolated_iterations_high": "  95 % interval, high",
}


def run(config: Escape, built: Parts, workers, watch) -> PassageTimes:
    """Return first-passage times of a process; an iteration lasts a time eta.

    Raises
    ------
    ValueError
        On bad settings, and as `diffusion.passage_times`.
    """
    if config.exits.halving and config.cut:
        raise ValueError("cut does not work with --halving: the two runs would lose different walkers.")
    process = built.process
    assert process is not None
    first = config.stop == "first"
    times = passage_times(
        process.landscape,
        process.langevin,
        start=built.start,
        above=built.landscape.boundary if first else float(built.landscape.other_minimum[0]),
        below=-np.inf if config.exits.below is None else config.exits.below,
        dt=process.dt,
        max_time=built.eta * config.max_iterations,
        walkers=config.walkers,
        seed=config.seed,
        scheme=process.scheme,
        workers=workers,
        watch=watch,
    )
    return replace(times, stop=config.stop)


def halved(config: Escape, built: Parts) -> tuple[Escape, Parts]:
    """Return an independent run's settings and parts at half the step."""
    assert built.process is not None
    process = replace(built.process, dt=built.process.dt / 2)
    return replace(config, seed=other_seed(config.seed)), replace(built, process=process)


def time_step(at_dt, at_half, eta) -> dict:
    """Return what two runs say of the time step."""
    if at_half is None or not (at_dt.escaped.all() and at_half.escaped.all()):
        return dict.fromkeys(HALVING_LABELS)
    found = MeanPassage.of(at_dt, at_half)
    values = [found.fine.mean, found.coarse.mean - found.fine.mean, *found.bias]
    values += [found.extrapolated.mean, *found.interval]
    return {name: float(value) / eta for name, value in zip(HALVING_LABELS, values, strict=True)}


def exits(config: Escape, built: Parts, times) -> list[dict]:
    """Return one row per exit: its walkers, their share and its interval."""
    from scipy.stats import binomtest

    left, rows = int(times.escaped.sum()), []
    for side, sign in (("above", 1), ("below", -1)):
        for j in range(built.landscape.dim if side == "above" or config.exits.below is not None else 0):
            count = int((times.exits == sign * (j + 1)).sum())
            row: dict = {"exit": side, "coordinate": j, "walkers": count}
            names = ("share", "share_low", "share_high")
            if left:
                low, high = binomtest(count, left).proportion_ci()
                row |= dict(zip(names, (count / left, float(low), float(high)), strict=True))
            rows.append(row | dict.fromkeys(() if left else names))
    return rows
