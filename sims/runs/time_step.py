"""The escape of an optimizer's process: by which exit, and what the time step does to its mean time."""

from dataclasses import dataclass, replace

import numpy as np

from diffusion import MeanPassage, PassageTimes, passage_times
from diffusion.checks import one_of, require, require_number, whole
from diffusion.langevin.passage import other_seed
from sims.options.parts import ProcessOptions

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


@dataclass(frozen=True)
class PassageOptions(ProcessOptions):  # noqa: D101  (its text is taken over below)
    __doc__ = (
        (ProcessOptions.__doc__ or "").rstrip()
        + """
    below
        A second exit: a walker is out too when a coordinate is at or below it, in theta's own coordinates.
    halving
        Run again with half the time step, and report how much the time step biases the mean time.
    """
    )
    below: float | None = None
    halving: bool = False


def run(config, landscape, workers, watch) -> PassageTimes:
    """Return the first-passage times of the optimizer's process; ``max_iterations`` counts time eta each.

    Raises
    ------
    ValueError
        On bad settings, and as `diffusion.passage_times`.
    """
    optimizer, noise, process = config.optimizer.part(), config.noise.part(landscape), config.process
    whole(config.max_iterations, "max_iterations")
    one_of(config.stop, "stop", ("first", "committed"))
    if process.below is not None:
        require_number(process.below, "below")
    require(config.cut == 0 or not process.halving, "cut", "0 with --halving", config.cut)
    langevin, ground = process.of(optimizer, landscape, noise)
    above = landscape.boundary if config.stop == "first" else float(landscape.other_minimum[0])
    times = passage_times(
        ground,
        langevin,
        start=landscape.minimum,
        above=above,
        below=-np.inf if process.below is None else process.below,
        dt=process.dt or optimizer.eta,
        max_time=optimizer.eta * config.max_iterations,
        walkers=config.walkers,
        seed=config.seed,
        scheme=process.scheme_for(langevin),
        workers=workers,
        watch=watch,
    )
    return replace(times, stop=config.stop)


def halved(config):
    """Return the settings of the run with half the time step, whose numbers are independent."""
    dt = (config.process.dt or config.optimizer.part().eta) / 2
    return replace(config, process=replace(config.process, dt=dt), seed=other_seed(config.seed))


def time_step(at_dt, at_half, eta) -> dict:
    """Return what two runs say of the time step, in iterations; None for all if a walker did not leave."""
    if at_half is None or not (at_dt.escaped.all() and at_half.escaped.all()):
        return dict.fromkeys(HALVING_LABELS)
    found = MeanPassage.of(at_dt, at_half)
    values = [found.fine.mean, found.coarse.mean - found.fine.mean, *found.bias]
    values += [found.extrapolated.mean, *found.interval]
    return {name: float(value) / eta for name, value in zip(HALVING_LABELS, values, strict=True)}


def exits(config, times) -> list[dict]:
    """Return one row per exit: its coordinate (from 0), how many walkers took it, their share, its 95 % interval."""
    from scipy.stats import binomtest

    left, rows = int(times.escaped.sum()), []
    for side, sign in (("above", 1), ("below", -1)):
        for j in range(config.dim if side == "above" or config.process.below is not None else 0):
            count = int((times.exits == sign * (j + 1)).sum())
            row: dict = {"exit": side, "coordinate": j, "walkers": count}
            names = ("share", "share_low", "share_high")
            if left:
                low, high = binomtest(count, left).proportion_ci()
                row |= dict(zip(names, (count / left, float(low), float(high)), strict=True))
            rows.append(row | dict.fromkeys(() if left else names))
    return rows
