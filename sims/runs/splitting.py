"""One escape too rare to wait for, by splitting."""

import numpy as np
import xarray as xr

from diffusion import SplittingEstimate, Watch, split_escape
from sims.options.escape import Splitting
from sims.options.parts import Parts
from sims.runs import escape
from sims.runs.escape import finite
from sims.runs.regime import conditions
from sims.runs.settings import attributes
from theory.regime import Flag

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
}  # what `summary` finds, in words
HEADLINE = (  # columns that a sweep's table shows
    "log_mean_iterations", "log_mean_iterations_low", "log_mean_iterations_high", "gain", "kramers_iterations",
)  # fmt: skip


check, parts = escape.check, escape.parts


def run(
    config: Splitting, built: Parts | None = None, *, workers: int | None = None, watch: Watch | None = None
) -> SplittingEstimate:
    """Return a run's estimate; raise as `diffusion.split_escape`."""
    built = built or parts(config)
    landscape, noise, mover = built.landscape, built.noise, built.optimizer
    if (process := built.process) is not None:
        landscape, noise, mover = process.landscape, None, process.scheme(process.langevin, process.dt)
    size = {name: getattr(config, name) for name in ("particles", "replicas", "settle")}
    return split_escape(landscape, noise, mover, **size, **escape.arguments(config, built, workers, watch))


def summary(config: Splitting, built: Parts, estimate: SplittingEstimate) -> dict:
    """Return the result beside Kramers' time, None for what is unknown."""
    step = estimate.eta / built.eta  # iterations in one step: 1, or a process's dt / eta
    log_tau = np.array([estimate.log_tau, *estimate.interval()]) + np.log(step)
    with np.errstate(over="ignore", under="ignore"):
        tau, rate, gain = np.exp(log_tau), np.exp(-log_tau), np.exp(estimate.log_gain)
        mean_time = tau[0] * built.eta
    ends = ("", "_low", "_high")
    found: dict = {
        "replicas": estimate.replicas,
        "particles": estimate.particles,
        "extinct": estimate.extinct,
    }
    found |= {f"log_mean_iterations{end}": finite(x) for end, x in zip(ends, log_tau, strict=True)}
    found |= {f"mean_iterations{end}": finite(x) for end, x in zip(ends, tau, strict=True)}
    found |= {"mean_time": finite(mean_time)}
    found |= {f"rate{end}": float(x) for end, x in zip(ends, rate[[0, 2, 1]], strict=True)}
    return (
        found
        | {
            "loop_iterations": float(estimate.loop_time.mean() * step),
            "log_chance": float(np.logaddexp.reduce(estimate.log_chance) - np.log(estimate.replicas)),
            "spread": estimate.spread,
            "levels": float(estimate.levels.mean()),
            "walker_steps": estimate.steps,
            "gain": finite(gain),
        }
        | escape.kramers_and_rules(config, built)
    )


def rows(config: Splitting, estimate: SplittingEstimate) -> list[dict]:
    """Return a run's `summary` as a one-row table."""
    return [summary(config, parts(config), estimate)]


def sentence(config: Splitting, found: dict, met: list[Flag]) -> str:
    """Compare the time with Kramers', and say what splitting saved."""
    text = "The mean time is too long to be written as a number; its log is in the table."
    if found["mean_iterations"] is not None:
        text = escape.beside_kramers(found) + conditions(met)
    if found["gain"] is not None:
        text += f" Direct simulation would take {found['gain']:.2g} times as many walker-steps for the same error."
    if found["extinct"]:
        text += (
            f" Beware: {found['extinct']} of {found['replicas']} replicas died out; take more --particles."
        )
    if config.process.process:
        text += " The process is looked at only after each time step, so walkers seem to leave a little late."
    return text


def dataset(config: Splitting, built: Parts, estimate: SplittingEstimate, found: dict) -> xr.Dataset:
    """Return every replica, with settings, seed and versions."""
    return xr.Dataset(
        {
            "log_chance": (
                "replica",
                estimate.log_chance,
                {"long_name": "log of the chance that a climb leads out"},
            ),
            "loop_time": ("replica", estimate.loop_time, {"units": "steps"}),
            "levels": ("replica", estimate.levels, {"long_name": "levels on the way out"}),
        },
        attrs=attributes(
            config,
            built,
            found["partial"],
            dt=estimate.eta,
            stop=estimate.stop,
            particles=estimate.particles,
            log_mean_iterations=found["log_mean_iterations"],
        ),
    )
