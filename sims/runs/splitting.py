"""One escape too rare to wait for, by splitting: how long, how sure, what it cost, and what Kramers' theory says."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np

from diffusion import SplittingEstimate, StyblinskiTang, Watch, split_escape
from diffusion.checks import one_of, require, whole
from sims.options.parts import FLAT, NoiseOptions, OptimizerOptions, ProcessOptions, Whole
from sims.runs import escape

LABELS = escape.LABELS | {
    "replicas": "replicas",
    "particles": "particles in each",
    "extinct": "replicas that died out",
    "log_mean_iterations": "log of the mean escape time [iterations T]",
    "log_mean_iterations_low": "  95 % interval, low",
    "log_mean_iterations_high": "  95 % interval, high",
    "mean_iterations_low": "  95 % interval, low",
    "mean_iterations_high": "  95 % interval, high",
    "rate_low": "  95 % interval, low",
    "rate_high": "  95 % interval, high",
    "loop_iterations": "from one climb to the next [iterations T]",
    "log_chance": "log of the chance that a climb leads out",
    "spread": "standard deviation of log rate between replicas",
    "levels": "levels on the way out (mean)",
    "walker_steps": "walker-steps taken",
    "gain": "walker-steps of direct simulation over these",
}  # of what `summary` finds, for people
HEADLINE = (
    "log_mean_iterations",
    "log_mean_iterations_low",
    "log_mean_iterations_high",
    "gain",
    "kramers_iterations",
)  # of a sweep's table


@dataclass(frozen=True)
class Splitting:
    """Settings of one run; see `diffusion.split_escape`.

    Parameters
    ----------
    k
        Sharpness of the valley, positive.
    dim
        Coordinates; a walker is out when any of them passes the barrier's top.
    particles
        Climbs in each replica.
    replicas
        Independent repeats; their scatter gives the interval.
    settle
        Iterations after which walkers have forgotten their start.
    max_iterations
        A walker that is longer on its way, neither back in the valley nor out, is an error.
    stop
        first: passage of the barrier's top. committed: passage of the other minimum.
    """

    optimizer: Annotated[OptimizerOptions, FLAT] = field(default_factory=OptimizerOptions)
    noise: Annotated[NoiseOptions, FLAT] = field(default_factory=NoiseOptions)
    process: Annotated[ProcessOptions, FLAT] = field(default_factory=ProcessOptions)
    k: float = 4.0
    dim: Whole = 10
    particles: Whole = 1000
    replicas: Whole = 8
    settle: Whole = 5000
    max_iterations: Whole = 10_000_000
    stop: str = "first"
    seed: Whole = 0


@dataclass(frozen=True)
class SplittingOptions:
    """Rare escapes.

    Parameters
    ----------
    splitting
        Time an escape that is too rare to wait for, by splitting: walkers that climb are cloned, those that fall
        back are dropped.
    particles
        Climbs in each replica, of splitting. [default: 1000]
    replicas
        Independent repeats, of splitting: their scatter gives the interval. [default: 8]
    settle
        Iterations after which walkers have forgotten their start, of splitting. [default: 5000]
    """

    splitting: bool = False
    particles: Whole | None = None
    replicas: Whole | None = None
    settle: Whole | None = None

    def checked(self):
        """Return these options after a look at them.

        Raises
        ------
        ValueError
            If one is given without --splitting.
        """
        for name in ("particles", "replicas", "settle"):
            given = getattr(self, name)
            require(self.splitting or given is None, name, "given with --splitting only", given)
        return self

    def of(self, config: escape.Escape) -> Splitting:
        """Return the settings of the run by splitting that `diffusion escape` was asked for.

        Raises
        ------
        ValueError
            If an option is given that only counted walkers have.
        """
        plain = escape.Escape()
        unused = [(name, getattr(config, name), getattr(plain, name)) for name in ("walkers", "cut")]
        unused += [
            (name, getattr(config.process, name), getattr(plain.process, name))
            for name in ("below", "halving")
        ]
        for name, given, default in unused:
            rule = "left out with --splitting" + (", which has particles" if name == "walkers" else "")
            require(given == default, name, rule, given)
        process = ProcessOptions(
            **{name: getattr(config.process, name) for name in ProcessOptions.__dataclass_fields__}
        )
        own = ("particles", "replicas", "settle")
        chosen = {name: getattr(self, name) for name in own if getattr(self, name) is not None}
        shared = ("optimizer", "noise", "k", "dim", "max_iterations", "stop", "seed")
        return Splitting(process=process, **{name: getattr(config, name) for name in shared}, **chosen)


def check(config: Splitting) -> None:
    """Look at the settings of a run before many are begun.

    Raises
    ------
    ValueError
        As `run`, of names and ranges that can be seen without running.
    """
    StyblinskiTang(config.dim, config.k)
    for name, least in {"particles": 16, "replicas": 3, "settle": 1, "max_iterations": 1}.items():
        whole(getattr(config, name), name, least)
    one_of(config.stop, "stop", ("first", "committed"))
    config.optimizer.part()
    config.noise.checked()
    config.process.checked()


def run(config: Splitting, *, workers: int | None = None, watch: Watch | None = None) -> SplittingEstimate:
    """Return the estimate of a run; raises as `diffusion.split_escape` does."""
    landscape = ground = StyblinskiTang(config.dim, config.k)
    optimizer, noise = config.optimizer.part(), config.noise.part(landscape)
    mover, running = optimizer, noise
    process = config.process.checked()
    if process.process:
        langevin, ground = process.of(optimizer, landscape, noise)
        mover, running = process.scheme_for(langevin)(langevin, process.dt or optimizer.eta), None
    return split_escape(
        ground,
        running,
        mover,
        start=landscape.minimum,
        boundary=landscape.boundary,
        particles=config.particles,
        replicas=config.replicas,
        settle=config.settle,
        max_iterations=config.max_iterations,
        seed=config.seed,
        stop=config.stop,
        workers=workers,
        watch=watch,
    )


def summary(config: Splitting, estimate: SplittingEstimate) -> dict:
    """Return the result, beside Kramers' time, as plain numbers by name; what cannot be known is None."""
    step = estimate.eta / config.optimizer.part().eta  # iterations in one step: 1, or a process's dt / eta
    log_tau = np.array([estimate.log_tau, *estimate.interval()]) + np.log(step)
    with np.errstate(over="ignore", under="ignore"):
        tau, rate, gain = np.exp(log_tau), np.exp(-log_tau), np.exp(estimate.log_gain)
    ends = ("", "_low", "_high")
    found: dict = {
        "replicas": estimate.replicas,
        "particles": estimate.particles,
        "extinct": estimate.extinct,
    }
    found |= {f"log_mean_iterations{end}": _finite(x) for end, x in zip(ends, log_tau, strict=True)}
    found |= {f"mean_iterations{end}": _finite(x) for end, x in zip(ends, tau, strict=True)}
    found |= {"mean_time": _finite(tau[0] * config.optimizer.part().eta)}
    found |= {f"rate{end}": float(x) for end, x in zip(ends, rate[[0, 2, 1]], strict=True)}
    found |= {
        "loop_iterations": float(estimate.loop_time.mean() * step),
        "log_chance": float(np.logaddexp.reduce(estimate.log_chance) - np.log(estimate.replicas)),
        "spread": estimate.spread,
        "levels": float(estimate.levels.mean()),
        "walker_steps": estimate.steps,
        "gain": _finite(gain),
    }
    found |= escape.kramers_band(config, escape.log_prediction(config))
    return found | {
        "stop": config.stop,
        "noise": config.noise.noise,
        "interpretation": config.process.interpretation.capitalize(),
        "unit": "iterations",
    }


def rows(config: Splitting, estimate: SplittingEstimate) -> list[dict]:
    """Return the `summary` of a run as a table of one row."""
    return [summary(config, estimate)]


def sentence(config: Splitting, found: dict) -> str:
    """Return in plain words how the time compares with Kramers', what splitting saved, and what to beware of."""
    text = "It is too long to be written as a number; its log is in the table."
    if found["mean_iterations"] is not None:
        text = escape.beside_kramers(found)
    if found["gain"] is not None:
        text += f" Direct simulation would take {found['gain']:.2g} times as many walker-steps for the same error."
    if found["extinct"]:
        text += (
            f" Beware: {found['extinct']} of {found['replicas']} replicas died out; take more --particles."
        )
    if config.process.process:
        text += " The process is looked at where its steps end, so that it leaves a little late."
    return text


def report(config: Splitting, estimate: SplittingEstimate, partial: bool, out, as_json: bool) -> int:
    """Print what was found, write it into the folder ``out`` if there is one, and return the exit code."""
    import json

    from sims.storage.rows import show

    found = summary(config, estimate) | {"partial": partial}
    text = sentence(config, found)
    if out is not None:
        save(config, estimate, found, out)
    if as_json:
        print(json.dumps(found | {"sentence": text}, indent=1))
    else:
        table = [{"": LABELS[name], "value": value} for name, value in found.items()]
        show("Escape by splitting" + ", partial" * partial, table)
        print(text)
    return 130 if partial else 0


def save(config: Splitting, estimate: SplittingEstimate, found: dict, out) -> None:
    """Write splitting.nc, with every replica, and splitting.csv into the folder ``out``."""
    import xarray as xr

    from sims.storage.files import write_csv
    from sims.storage.netcdf import provenance, write_netcdf

    dataset = xr.Dataset(
        {
            "log_chance": ("replica", estimate.log_chance),
            "loop_time": ("replica", estimate.loop_time, {"units": "steps"}),
            "levels": ("replica", estimate.levels),
        },
        attrs=provenance(config, config.seed)
        | {"eta": config.optimizer.part().eta, "dt": estimate.eta, "particles": estimate.particles}
        | {
            "log_mean_iterations": found["log_mean_iterations"],
            "partial": "yes" if found["partial"] else "no",
        }
        | {"optimizer": repr(config.optimizer.part()), "noise": config.noise.noise, "stop": estimate.stop}
        | {"interpretation": found["interpretation"], "time_unit": "iterations T; t = eta T"},
    )
    write_netcdf(dataset, Path(out) / "splitting.nc")
    write_csv([found], Path(out) / "splitting.csv")


def _finite(value):
    return float(value) if np.isfinite(value) else None
