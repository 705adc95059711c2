"""One escape from a valley of Styblinski-Tang: how long, how sure, and what Kramers' theory says."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np

from diffusion import SGD, EscapeTimes, PassageTimes, StyblinskiTang, Watch, escape_times
from diffusion.checks import one_of, require, whole
from sims.options.parts import FLAT, NoiseOptions, OptimizerOptions, Whole
from sims.runs import time_step as passage

LABELS = {
    "walkers": "walkers",
    "escaped": "escaped",
    "censored": "censored (still inside at max_iterations)",
    "cut": "start-up left out [iterations]",
    "mean_iterations": "mean escape time [iterations T]",
    "mean_iterations_low": "  exact 95 % interval, low",
    "mean_iterations_high": "  exact 95 % interval, high",
    "mean_time": "mean escape time [t = eta T]",
    "rate": "escape rate [1 / iteration]",
    "rate_low": "  exact 95 % interval, low",
    "rate_high": "  exact 95 % interval, high",
    "rate_printed": "escape rate, printed Eq. (119)",
    "rate_printed_low": "  printed interval Eq. (120), low",
    "rate_printed_high": "  printed interval Eq. (120), high",
    "cv": "standard deviation / mean (1 if exponential)",
    "anderson_darling_p": "Anderson-Darling p (exponential?)",
    "kramers_iterations": "Kramers' prediction [iterations T]",
    "kramers_iterations_high": "  if friction is weak",
    "stop": "stop rule",
    "noise": "gradient noise",
    "interpretation": "interpretation",
    "unit": "unit of time",
    **passage.HALVING_LABELS,
    "partial": "interrupted",
}  # of what `summary` finds, for people
HEADLINE = (
    "escaped",
    "censored",
    "mean_iterations",
    "mean_iterations_low",
    "mean_iterations_high",
    "kramers_iterations",
)  # of a sweep's table


@dataclass(frozen=True)
class Escape:
    """Settings of one run.

    Parameters
    ----------
    k
        Sharpness of the valley, positive: every curvature grows as k, the barrier stays.
    dim
        Coordinates; a walker is out when any of them passes the barrier's top.
    walkers
        Independent walkers.
    max_iterations
        A walker still inside then counts as censored.
    stop
        first: passage of the barrier's top. committed: passage of the other minimum, which takes about twice
        as long where friction is strong, because every second walker falls back from the top.
    cut
        Iterations of start-up to leave out: walkers that were gone by then are dropped.
    """

    optimizer: Annotated[OptimizerOptions, FLAT] = field(default_factory=OptimizerOptions)
    noise: Annotated[NoiseOptions, FLAT] = field(default_factory=NoiseOptions)
    process: Annotated[passage.PassageOptions, FLAT] = field(default_factory=passage.PassageOptions)
    k: float = 4.0
    dim: Whole = 10
    walkers: Whole = 1000
    max_iterations: Whole = 10_000_000
    stop: str = "first"
    cut: Whole = 0
    seed: Whole = 0


def check(config: Escape) -> None:
    """Look at the settings of a run before many are begun.

    Raises
    ------
    ValueError
        As `run`, of names and ranges that can be seen without running.
    """
    whole(config.cut, "cut", 0)
    StyblinskiTang(config.dim, config.k)
    whole(config.max_iterations, "max_iterations")
    one_of(config.stop, "stop", ("first", "committed"))
    config.optimizer.part()
    config.noise.checked()
    config.process.checked()
    rule = "left out of a sweep; sweep dt instead: dt = [1e-3, 5e-4] under [grid]"
    require(not config.process.halving, "halving", rule, True)


def run(config: Escape, *, workers: int | None = None, watch: Watch | None = None) -> EscapeTimes:
    """Return the escape times of a run; raises as `diffusion.escape_times` does."""
    whole(config.cut, "cut", 0)
    landscape = StyblinskiTang(config.dim, config.k)
    if config.process.checked().process:
        return passage.run(config, landscape, workers, watch)
    return escape_times(
        landscape,
        config.noise.part(landscape),
        config.optimizer.part(),
        start=landscape.minimum,
        boundary=landscape.boundary,
        max_iterations=config.max_iterations,
        walkers=config.walkers,
        seed=config.seed,
        stop=config.stop,
        workers=workers,
        watch=watch,
    )


def log_prediction(config) -> float | None:
    """Return log of the mean number of iterations by Kramers' theory, or None where it has no statement.

    For frozen noise of strength kappa H_a / B: Kramers' time of one coordinate over the number of
    coordinates, and over 2 for the first passage of the barrier's top. That is so where friction is strong;
    where it is weak no walker falls back, and with inertia the truth is between this and twice as much.
    ``config`` is `Escape`, or has the same options.
    """
    from sims.runs.kramers import PREDICTED, kramers_log_iterations

    optimizer = config.optimizer.part()
    decay = (config.optimizer.weight_decay or 0) > 0  # moves the valley
    two_exits = getattr(config.process, "below", None) is not None
    if config.noise.noise != "frozen" or config.noise.C is not None or decay or two_exits:
        return None
    if not isinstance(optimizer, PREDICTED):
        return None
    valley = StyblinskiTang(config.dim, config.k)
    config.noise.part(valley)  # bad settings are named as what they are
    noise = config.noise.B / config.noise.kappa
    log_time = kramers_log_iterations(optimizer, valley.H_a, valley.H_b, valley.barrier, B=noise)
    ways = config.dim * (2 if config.stop == "first" else 1)
    return float(np.squeeze(log_time)) - float(np.log(ways))


def summary(config: Escape, times: EscapeTimes, log_kramers: float | None, halved=None) -> dict:
    """Return the result, and `log_prediction`, as plain numbers by name; what cannot be known is None.

    ``halved`` are the times of the run with half the time step, if there was one.
    """
    step = times.eta / config.optimizer.part().eta  # iterations in one step: 1, or a process's dt / eta
    cut = round(config.cut / step)
    rate = times.rate(cut=cut)
    found = {
        "walkers": int(times.iterations.size),
        "escaped": int(times.escaped.sum()),
        "censored": int((~times.escaped).sum()),
        "cut": config.cut,
        "mean_iterations": _finite(step * rate.mean_time),
        "mean_iterations_low": _finite(step * rate.mean_time_low),
        "mean_iterations_high": _finite(step * rate.mean_time_high),
        "mean_time": _finite(times.eta * rate.mean_time),
        "rate": rate.value / step,
        "rate_low": rate.low / step,
        "rate_high": rate.high / step,
        "rate_printed": None if rate.printed is None else rate.printed / step,
        "rate_printed_low": None if rate.printed_low is None else rate.printed_low / step,
        "rate_printed_high": None if rate.printed_high is None else rate.printed_high / step,
        "cv": None,
        "anderson_darling_p": None,
        "kramers_iterations": None,
        "kramers_iterations_high": None,
        "stop": config.stop,
        "noise": config.noise.noise,
        "interpretation": config.process.interpretation.capitalize(),
        "unit": "iterations",
    }
    if config.process.halving:
        found |= passage.time_step(times, halved, config.optimizer.part().eta)
    if times.escaped.all() and (times.iterations > cut).sum() >= 8:
        shape = times.exponentiality(cut=cut)
        found |= {"cv": shape.cv, "anderson_darling_p": shape.p}
    return found | kramers_band(config, log_kramers)


def kramers_band(config, log_kramers: float | None) -> dict:
    """Return Kramers' time for strong and for weak friction, given `log_prediction`; None where there is none."""
    if log_kramers is None or log_kramers >= 700:
        return {"kramers_iterations": None, "kramers_iterations_high": None}
    falls_back = config.stop == "first" and not isinstance(config.optimizer.part(), SGD)
    strong = float(np.exp(log_kramers))
    return {"kramers_iterations": strong, "kramers_iterations_high": strong * (2 if falls_back else 1)}


def rows(config: Escape, times: EscapeTimes) -> list[dict]:
    """Return the `summary` of a run beside Kramers' prediction as a table of one row."""
    return [summary(config, times, log_prediction(config))]


def beside_kramers(found: dict) -> str:
    """Return how the measured time of a `summary` compares with Kramers'."""
    theory = found["kramers_iterations"]
    if theory is None:
        return (
            "There is no prediction by Kramers' theory here: it is for SGD, Momentum, Adam and Adai with frozen noise of "
            "strength kappa H_a / B, one exit."
        )
    band = theory, found["kramers_iterations_high"]
    measured, low, high = (found["mean_iterations" + end] for end in ("", "_low", "_high"))
    high = np.inf if high is None else high
    words = "is longer than" if low > band[1] else "is shorter than" if high < band[0] else "agrees with"
    if words == "agrees with" and high > 1.5 * low:
        words = "does not contradict"
    weak = f", and {measured / band[1]:.3g} times that for weak friction" if band[1] > band[0] else ""
    return (
        f"The measured time {words} Kramers' prediction: it is {measured / theory:.3g} "
        f"[{low / theory:.3g}, {high / theory:.3g}] times the value for strong friction"
        f"{weak}. "
        "The prediction is a limit for high barriers and small steps."
    )


def sentence(found: dict) -> str:
    """Return in plain words how the measured time compares with Kramers', and what to beware of."""
    if found["mean_iterations"] is None:
        return f"No walker left: the mean is above {found['mean_iterations_low']:.3g} iterations (95 %)."
    text = beside_kramers(found)
    if found["anderson_darling_p"] is not None and found["anderson_darling_p"] < 1e-3:
        text += (
            f" Beware: the times are not exponential (p = {found['anderson_darling_p']:.1g}), so the intervals "
            "do not hold; leave the start-up out with --cut."
        )
    if found.get("step_bias") is not None:
        text += (
            " The time step changes the mean at dt / 2 by {step_bias:.3g} [{step_bias_low:.3g}, "
            "{step_bias_high:.3g}] iterations; without it the mean is {extrapolated_iterations:.5g} "
            "[{extrapolated_iterations_low:.5g}, {extrapolated_iterations_high:.5g}] (95 %)."
        ).format(**found)
    elif "step_bias" in found:
        text += " What the time step does to the mean is known only when every walker of both runs has left."
    return text


def save(config: Escape, times: EscapeTimes, found: dict, out, halved=None) -> None:
    """Write escape.nc, with every walker, and escape.csv into the folder ``out``."""
    import xarray as xr

    from sims.storage.files import write_csv
    from sims.storage.netcdf import provenance, write_netcdf

    eta = config.optimizer.part().eta
    variables: dict = {"iterations": ("walker", times.iterations), "escaped": ("walker", times.escaped)}
    coordinates = {"walker": times.ids}
    if isinstance(times, PassageTimes):  # the walkers of a process count time steps, of dt = times.eta
        variables["iterations"] = "walker", times.times / eta
        variables["exit"] = "walker", times.exits, {"meaning": passage.EXIT}
    if halved is not None:
        variables["halved_iterations"] = "halved_walker", halved.times / eta
        variables["halved_escaped"] = "halved_walker", halved.escaped
        coordinates["halved_walker"] = halved.ids
    dataset = xr.Dataset(
        variables,
        coords=coordinates,
        attrs=provenance(config, config.seed)
        | {"eta": eta, "dt": times.eta, "partial": "yes" if found["partial"] else "no"}
        | {"optimizer": repr(config.optimizer.part()), "noise": config.noise.noise, "stop": times.stop}
        | {"interpretation": found["interpretation"], "time_unit": "iterations T; t = eta T"},
    )
    write_netcdf(dataset, Path(out) / "escape.nc")
    write_csv([found], Path(out) / "escape.csv")
    if isinstance(times, PassageTimes):
        write_csv(passage.exits(config, times), Path(out) / "escape_exits.csv")


def _finite(value):
    return float(value) if np.isfinite(value) else None
