"""One escape from a valley of Styblinski-Tang: how long, how sure, and what Kramers' theory says."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import numpy as np

from diffusion import EscapeTimes, Langevin, PassageTimes, StyblinskiTang, Watch, escape_times, passage_times
from diffusion.checks import one_of, whole
from sims.parts import FLAT, NoiseOptions, OptimizerOptions, ProcessOptions, Whole

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
    "stop": "stop rule",
    "noise": "gradient noise",
    "interpretation": "interpretation",
    "unit": "unit of time",
    "partial": "interrupted",
}  # of what `summary` finds, for people


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
    process: Annotated[ProcessOptions, FLAT] = field(default_factory=ProcessOptions)
    k: float = 4.0
    dim: Whole = 10
    walkers: Whole = 1000
    max_iterations: Whole = 10_000_000
    stop: str = "first"
    cut: Whole = 0
    seed: Whole = 0


def run(config: Escape, *, workers: int | None = None, watch: Watch | None = None) -> EscapeTimes:
    """Return the escape times of a run; raises as `diffusion.escape_times` does."""
    whole(config.cut, "cut", 0)
    landscape = StyblinskiTang(config.dim, config.k)
    if config.process.checked().process:
        return _process_run(config, landscape, workers, watch)
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


def _process_run(config, landscape, workers, watch) -> PassageTimes:
    """Return the first-passage times of the optimizer's process; ``max_iterations`` counts time eta each."""
    optimizer = config.optimizer.part()
    whole(config.max_iterations, "max_iterations")
    one_of(config.stop, "stop", ("first", "committed"))
    langevin = Langevin.of(optimizer, landscape, config.noise.part(landscape))
    above = landscape.boundary if config.stop == "first" else float(landscape.other_minimum[0])
    times = passage_times(
        landscape,
        langevin,
        start=landscape.minimum,
        above=above,
        dt=config.process.dt or optimizer.eta,
        max_time=optimizer.eta * config.max_iterations,
        walkers=config.walkers,
        seed=config.seed,
        scheme=config.process.scheme_for(langevin),
        workers=workers,
        watch=watch,
    )
    return replace(times, stop=config.stop)


def log_prediction(config: Escape) -> float | None:
    """Return log of the mean number of iterations by Kramers' theory, or None where it has no statement.

    For frozen noise of strength kappa H_a / B: Kramers' time of one coordinate over the number of
    coordinates, and over 2 for the first passage of the barrier's top (exact where friction is strong).
    """
    from sims.kramers import kramers_log_iterations

    if config.noise.noise != "frozen" or config.noise.C is not None:
        return None
    valley = StyblinskiTang(config.dim, config.k)
    config.noise.part(valley)  # bad settings are named as what they are
    noise = config.noise.B / config.noise.kappa
    log_time = kramers_log_iterations(
        config.optimizer.part(), valley.H_a, valley.H_b, valley.barrier, B=noise
    )
    ways = config.dim * (2 if config.stop == "first" else 1)
    return float(np.squeeze(log_time)) - float(np.log(ways))


def summary(config: Escape, times: EscapeTimes, log_kramers: float | None) -> dict:
    """Return the result, and `log_prediction`, as plain numbers by name; what cannot be known is None."""
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
        "stop": config.stop,
        "noise": config.noise.noise,
        "interpretation": "Ito",
        "unit": "iterations",
    }
    if times.escaped.all() and (times.iterations > cut).sum() >= 8:
        shape = times.exponentiality(cut=cut)
        found |= {"cv": shape.cv, "anderson_darling_p": shape.p}
    if log_kramers is not None and log_kramers < 700:
        found["kramers_iterations"] = float(np.exp(log_kramers))
    return found


def sentence(found: dict) -> str:
    """Return in plain words how the measured time compares with Kramers'."""
    measured, theory = found["mean_iterations"], found["kramers_iterations"]
    if measured is None:
        return f"No walker left: the mean is above {found['mean_iterations_low']:.3g} iterations (95 %)."
    if theory is None:
        return "Kramers' theory has no statement for this noise."
    low, high = (found[f"mean_iterations_{end}"] / theory for end in ("low", "high"))
    words = "agrees with" if low <= 1 <= high else "is longer than" if low > 1 else "is shorter than"
    return (
        f"The measured time {words} Kramers' prediction: ratio {measured / theory:.3g} "
        f"[{low:.3g}, {high:.3g}]. The prediction is a limit for high barriers and small steps."
    )


def save(config: Escape, times: EscapeTimes, found: dict, out) -> None:
    """Write escape.nc, with every walker, and escape.csv into the folder ``out``."""
    import xarray as xr

    from sims.files import write_csv
    from sims.store import provenance, write_netcdf

    dataset = xr.Dataset(
        {"iterations": ("walker", times.iterations), "escaped": ("walker", times.escaped)},
        coords={"walker": times.ids},
        attrs=provenance(config, config.seed)
        | {"eta": times.eta, "stop": times.stop, "partial": str(found["partial"])},
    )
    write_netcdf(dataset, Path(out) / "escape.nc")
    write_csv([found], Path(out) / "escape.csv")


def _finite(value):
    return float(value) if np.isfinite(value) else None
