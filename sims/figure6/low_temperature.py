"""Figure 6 at low temperature, by splitting.

The statements on escape are limits of high barriers, which walkers that are only waited for never see. Splitting
follows the same lines, on the same landscape and noise as `sims.figure6.run` in its kramers mode, to where the barrier
is 45 times kT.
"""

from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np
import xarray as xr

from diffusion import SGD, Interrupted, Momentum, StyblinskiTang, split_escape
from diffusion.watch import Watch
from sims.figure6.kramers_lines import prediction
from sims.figure6.low_temperature_fits import fits
from sims.figure6.low_temperature_sentences import verdict
from sims.figure6.run import CONVENTIONS, Figure6, as_columns, attributes, gaussian_noise
from sims.figure6.series import Lines, Series, series
from sims.storage.seeds import derived_seed
from theory.exact import momentum_mean_escape_iterations, sgd_mean_escape_iterations

UNITS = {
    "log_tau": "log of iterations",
    "stderr": "standard error of log_tau",
    "log_tau_low": "{:g} % limit",
    "log_tau_high": "{:g} % limit",
    "spread": "standard deviation of log rate between replicas",
    "extinct": "replicas that died out",
    "steps": "walker-steps",
    "log_gain": "log of the walker-steps of direct simulation over these, for the same error",
    "log_exact": "log of iterations, of one coordinate, over the number of coordinates",
}


@dataclass(frozen=True)
class LowTemperature(Lines):
    """Settings of one run, besides those of `Lines`.

    Parameters
    ----------
    seed : every point derives its own seed from it.
    particles : climbs in each replica of a point.
    replicas : independent repeats of a point.
    settle : iterations after which a walker has forgotten its start.
    """

    mode: ClassVar[str] = "low temperature"
    seed: int = 0
    particles: int = 1000
    replicas: int = 8
    settle: int = 5000

    def __post_init__(self):
        self.check(particles=16, replicas=3, settle=1)


@dataclass(frozen=True)
class Point:
    """One optimizer at one sharpness."""

    optimizer: str
    k: float
    seed: int


def points(config: LowTemperature) -> list[Point]:
    """Return a run's points in the figure's order."""
    return [
        Point(name, k, derived_seed(config.seed, "low temperature", name, k))
        for name, one in config.series.items()
        for k in one.k
    ]


def log_exact(config: LowTemperature, point: Point) -> float:
    """Return the exact log iterations, NaN for Adam and Adai.

    Escapes are rare and independent: the first of ``dim`` coordinates takes 1 / dim of the time of one.
    """
    valley, optimizer = StyblinskiTang(1, point.k), config.series[point.optimizer].optimizer
    if type(optimizer) not in (SGD, Momentum):
        return np.nan
    ends = valley.minimum[0], valley.boundary
    C = config.kappa * valley.H_a / config.B

    def slope(x):
        return valley.slope(x, 0)

    if isinstance(optimizer, SGD):
        one = sgd_mean_escape_iterations(slope, *ends, eta=optimizer.eta, C=C, log=True)
    else:
        one = momentum_mean_escape_iterations(
            slope, *ends, eta=optimizer.eta, beta1=optimizer.beta1, beta3=optimizer.beta3, C=C, log=True
        )
    return float(one) - np.log(config.dim)


def measure(config: LowTemperature, point: Point, workers, watch: Watch):
    """Return the `SplittingEstimate` of one point."""
    landscape = StyblinskiTang(config.dim, point.k)
    return split_escape(
        landscape,
        gaussian_noise(Figure6(kappa=config.kappa, B=config.B), landscape),
        config.series[point.optimizer].optimizer,
        start=landscape.minimum,
        boundary=landscape.boundary,
        particles=config.particles,
        replicas=config.replicas,
        settle=config.settle,
        seed=point.seed,
        workers=workers,
        watch=watch,
    )


def row(config: LowTemperature, point: Point, estimate) -> dict:
    """Return one point's numbers, named as in ``UNITS``."""
    low, high = estimate.interval(config.level)
    names = ("log_tau", "stderr", "spread", "extinct", "steps", "log_gain")
    ends = {"log_tau_low": low, "log_tau_high": high, "log_exact": log_exact(config, point)}
    found = {name: getattr(estimate, name) for name in names} | ends
    return asdict(point) | {name: found[name] for name in UNITS}


def run(config: LowTemperature, *, workers: int | None = None, watch: Watch | None = None) -> xr.Dataset:
    """Return escape times beside theory, with fits and verdict.

    Arguments and errors are those of `sims.figure6.run.run`.

    Returns
    -------
    xarray.Dataset
        Dimension ``point``: optimizer, k, seed, and what ``UNITS`` names. ``(point, replica)``: log_chance,
        loop_time. ``(predicted, grid)``: Kramers' lines. ``series``: see `sims.figure6.low_temperature_fits`.
    """
    watch = watch or Watch()
    wanted, found = points(config), {}
    for point in wanted:
        try:
            found[point] = measure(config, point, workers, watch)
        except Interrupted:
            break
    if not found:
        raise Interrupted(None)
    rows = [row(config, point, estimate) for point, estimate in found.items()]
    replicas = {
        name: (("point", "replica"), np.stack([getattr(estimate, name) for estimate in found.values()]))
        for name in ("log_chance", "loop_time")
    }
    units = {name: unit.format(100 * config.level) for name, unit in UNITS.items()}
    dataset = xr.Dataset(
        as_columns(rows, units) | replicas,
        attrs=attributes(config, len(found) < len(wanted))
        | {"noise": "frozen", **CONVENTIONS, "time_unit": "iterations T; t = eta T"},
    )
    strength: dict = {"kappa": config.kappa, "B": config.B}
    warm = series("kramers", config.optimizers, config.k)  # Kramers' lines reach over both figures
    lines = {
        name: Series(one.optimizer, (*one.k, *(config.series[name].k if name in config.series else ())))
        for name, one in warm.items()
    }
    dataset = dataset.merge(prediction(lines, dim=config.dim, **strength))
    dataset = dataset.merge(fits(dataset, config.series, **strength))
    dataset = dataset.assign_attrs(verdict="\n".join(verdict(dataset)))
    if len(found) < len(wanted):
        raise Interrupted(dataset)
    return dataset
