"""One escape from a valley, beside Kramers' theory."""

import numpy as np
import xarray as xr

from diffusion import SGD, Adam, EscapeTimes, PassageTimes, StyblinskiTang, Watch, escape_times
from diffusion.checks import one_of, whole
from sims.options.escape import Escape, ValleyRun
from sims.options.parts import Parts, check_parts, parts_of
from sims.runs import time_step as passage
from sims.runs.kramers import PREDICTED, kramers_log_iterations
from sims.runs.regime import betas, conditions
from sims.runs.settings import attributes
from theory.regime import Flag, flags

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
}  # what `summary` finds, in words
HEADLINE = (  # columns that a sweep's table shows
    "escaped", "censored", "mean_iterations", "mean_iterations_low", "mean_iterations_high", "kramers_iterations",
)  # fmt: skip


def check(config: ValleyRun) -> None:
    """Validate the settings of a cell before a sweep.

    Raises
    ------
    ValueError
        As `run`, of names and ranges that can be seen without running.
    """
    _check_numbers(config)
    check_parts(config)
    if isinstance(config, Escape) and config.exits.halving:
        raise ValueError("halving does not work in a sweep; sweep dt instead: dt = [1e-3, 5e-4] under [grid]")


def _check_numbers(config: ValleyRun) -> None:
    counts = {"cut": 0} if isinstance(config, Escape) else {"particles": 16, "replicas": 3, "settle": 1}
    for name, least in (counts | {"max_iterations": 1}).items():
        whole(getattr(config, name), name, least)
    one_of(config.stop, "stop", ("first", "committed"))
    if isinstance(config, Escape):
        config.exits.checked(config.process)


def parts(config: ValleyRun) -> Parts:
    """Return a run's parts; raise as `check`."""
    _check_numbers(config)
    needs = ("boundary", "other_minimum") if config.stop == "committed" else ("boundary",)
    return parts_of(config, "escape", ("minimum",), *needs)


def run(
    config: Escape, built: Parts | None = None, *, workers: int | None = None, watch: Watch | None = None
) -> EscapeTimes:
    """Return a run's escape times; raise as `diffusion.escape_times`."""
    built = built or parts(config)
    if built.process is not None:
        return passage.run(config, built, workers, watch)
    how = arguments(config, built, workers, watch)
    return escape_times(built.landscape, built.noise, built.optimizer, walkers=config.walkers, **how)


def arguments(config: ValleyRun, built: Parts, workers: int | None, watch: Watch | None) -> dict:
    """Return the arguments that escapes share, waited for or split."""
    chosen = {name: getattr(config, name) for name in ("max_iterations", "seed", "stop")}
    place = {"start": built.start, "boundary": built.landscape.boundary}
    return place | chosen | {"workers": workers, "watch": watch}


def kramers_strength(config: ValleyRun, built: Parts) -> float | None:
    """Return B / kappa for Kramers' theory, None where it says nothing."""
    decay = getattr(built.optimizer, "weight_decay", 0.0) > 0  # weight decay moves the valley
    two_exits = isinstance(config, Escape) and config.exits.below is not None
    if config.noise.noise != "frozen" or config.noise.C is not None or decay or two_exits:
        return None
    known = isinstance(built.landscape, StyblinskiTang) and isinstance(built.optimizer, PREDICTED)
    return config.noise.B / config.noise.kappa if known and config.noise.kappa else None


def log_prediction(config: ValleyRun, built: Parts) -> float | None:
    """Return Kramers' log of the mean iterations, or None.

    For frozen noise of strength kappa H_a / B: Kramers' time of one coordinate over the number of
    coordinates, and over 2 for the first passage of the barrier's top. That is so where friction is strong;
    where it is weak no walker falls back, and with inertia the truth is between this and twice as much.
    """
    strength, valley = kramers_strength(config, built), built.landscape
    if strength is None:
        return None
    log_time = kramers_log_iterations(built.optimizer, valley.H_a, valley.H_b, valley.barrier, B=strength)
    ways = valley.dim * (2 if config.stop == "first" else 1)
    return float(np.squeeze(log_time)) - float(np.log(ways))


def regime(config: ValleyRun, built: Parts) -> list[Flag]:
    """Return the conditions of Kramers' theory, with values, where it applies."""
    strength, valley, optimizer = kramers_strength(config, built), built.landscape, built.optimizer
    if strength is None:
        return []
    numbers = {
        "H_a": valley.H_a,
        "H_b": valley.H_b,
        "barrier": valley.barrier,
        "eta": built.eta,
        "B": strength,
    }
    return list(flags(**numbers, **betas(optimizer), adam=isinstance(optimizer, Adam)))


def summary(config: Escape, built: Parts, times: EscapeTimes, halved=None) -> dict:
    """Return the result beside Kramers' prediction, None for what is unknown.

    ``halved`` are the times of the run with half the time step, if there was one.
    """
    step = times.eta / built.eta  # iterations in one step: 1, or a process's dt / eta
    cut = round(config.cut / step)
    rate = times.rate(cut=cut)
    ends = {"": "", "_low": "low", "_high": "high"}
    found: dict = {
        "walkers": int(times.iterations.size),
        "escaped": int(times.escaped.sum()),
        "censored": int((~times.escaped).sum()),
        "cut": config.cut,
    }
    found |= {f"mean_iterations{end}": finite(step * getattr(rate, f"mean_time{end}")) for end in ends}
    found |= {"mean_time": finite(times.eta * rate.mean_time)}
    found |= {f"rate{end}": getattr(rate, name or "value") / step for end, name in ends.items()}
    for end in ends:
        printed = getattr(rate, f"printed{end}")
        found[f"rate_printed{end}"] = None if printed is None else printed / step
    found |= {"cv": None, "anderson_darling_p": None} | kramers_and_rules(config, built)
    if config.exits.halving:
        found |= passage.time_step(times, halved, built.eta)
    if times.escaped.all() and (times.iterations > cut).sum() >= 8:
        shape = times.exponentiality(cut=cut)
        found |= {"cv": shape.cv, "anderson_darling_p": shape.p}
    return found


def kramers_and_rules(config: ValleyRun, built: Parts) -> dict:
    """Return Kramers' times, for strong and weak friction, and a run's rules."""
    log_kramers = log_prediction(config, built)
    # exp overflows double precision from 710 on
    strong = None if log_kramers is None or log_kramers >= 700 else float(np.exp(log_kramers))
    falls_back = config.stop == "first" and not isinstance(built.optimizer, SGD)
    return {
        "kramers_iterations": strong,
        "kramers_iterations_high": None if strong is None else strong * (2 if falls_back else 1),
        "stop": config.stop,
        "noise": config.noise.noise,
        "interpretation": config.process.interpretation.capitalize(),
        "unit": "iterations",
    }


def rows(config: Escape, times: EscapeTimes) -> list[dict]:
    """Return a run's `summary` as a one-row table."""
    return [summary(config, parts(config), times)]


def beside_kramers(found: dict) -> str:
    """Compare a `summary`'s measured time with Kramers'."""
    strong = found["kramers_iterations"]
    if strong is None:
        return (
            "Kramers' theory has no prediction here: it speaks of SGD, Momentum, Adam and Adai on styblinski-tang, "
            "with frozen noise of strength kappa |H| / B and one exit."
        )
    weak = found["kramers_iterations_high"]
    measured, low, high = (found["mean_iterations" + end] for end in ("", "_low", "_high"))
    high = np.inf if high is None else high
    if weak > strong and strong < low and high < weak:
        words = "The measured time lies between Kramers' predictions for strong and for weak friction"
    elif low > weak or high < strong:
        words = f"The measured time is {'longer' if low > weak else 'shorter'} than Kramers predicts"
    else:
        words = "Chance could explain how far the measured time is from Kramers' prediction"
    beside = f", and {measured / weak:.3g} times that for weak friction" if weak > strong else ""
    return (
        f"{words}: it is {measured / strong:.3g} [{low / strong:.3g}, {high / strong:.3g}] times the value for "
        f"strong friction{beside}. The prediction is a limit for high barriers and small steps."
    )


def sentence(config: Escape, found: dict, met: list[Flag]) -> str:
    """Compare the measured time with Kramers', and say what to beware of."""
    if found["mean_iterations"] is None:
        return f"No walker left: the mean is above {found['mean_iterations_low']:.3g} iterations (95 %)."
    text = beside_kramers(found) + conditions(met)
    if found["anderson_darling_p"] is not None and found["anderson_darling_p"] < 1e-3:
        text += (
            f" Beware: the times are not exponential (p = {found['anderson_darling_p']:.1g}), so the intervals "
            "do not hold; leave the start-up out with --cut."
        )
    if not config.exits.halving:
        return text
    if found["step_bias"] is None:
        return (
            text
            + " The effect of the time step on the mean is known only when every walker of both runs has left."
        )
    return text + (
        " The time step changes the mean at dt / 2 by {step_bias:.3g} [{step_bias_low:.3g}, "
        "{step_bias_high:.3g}] iterations; without it the mean is {extrapolated_iterations:.5g} "
        "[{extrapolated_iterations_low:.5g}, {extrapolated_iterations_high:.5g}] (95 %)."
    ).format(**found)


def dataset(config: Escape, built: Parts, times: EscapeTimes, found: dict, halved=None) -> xr.Dataset:
    """Return every walker's escape time, with settings, seed and versions."""
    unit = {"units": "iterations", "long_name": "escape time"}
    variables: dict = {
        "iterations": ("walker", times.iterations, unit),
        "escaped": ("walker", times.escaped, {"long_name": "whether the walker left before the run ended"}),
    }
    coordinates = {"walker": times.ids}
    if isinstance(times, PassageTimes):  # the walkers of a process count time steps, of dt = times.eta
        variables["iterations"] = "walker", times.times / built.eta, unit
        variables["exit"] = "walker", times.exits, {"meaning": passage.EXIT}
    if halved is not None:
        variables["halved_iterations"] = "halved_walker", halved.times / built.eta, unit
        variables["halved_escaped"] = "halved_walker", halved.escaped
        coordinates["halved_walker"] = halved.ids
    attrs = attributes(config, built, found["partial"], dt=times.eta, stop=times.stop)
    mean = {
        name: found[name] for name in ("mean_iterations", "kramers_iterations", "kramers_iterations_high")
    }
    return xr.Dataset(
        variables,
        coords=coordinates,
        attrs=attrs | {name: value for name, value in mean.items() if value is not None},
    )


def finite(value):
    """Return a number, None if it is not finite."""
    return float(value) if np.isfinite(value) else None
