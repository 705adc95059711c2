"""Figure 6: how the mean escape time depends on the sharpness k, for four optimizers.

Two readings of the paper's set-up:

- ``kramers``: the exact Styblinski-Tang function with Gaussian gradient noise of covariance
  kappa H_a / B, the setting of the theorems. Walkers start in valley a.
- ``literal``: the set-up as printed, minibatches of 10 of 50000 samples x ~ N(0, 4 I) and the loss
  f(sqrt(k) theta - x). Averaged over such samples the loss has a single well, so no valley is left
  behind: what is timed is the passage of a level.
"""

import contextlib
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np
import xarray as xr

from diffusion import (
    SGD,
    Adai,
    Adam,
    Interrupted,
    MinibatchNoise,
    Momentum,
    StyblinskiTang,
    escape_times,
)
from diffusion.checks import positive, require, require_number, whole
from diffusion.watch import Watch, worker_count
from sims.figure6.fits import fits, with_estimates
from sims.figure6.kramers_lines import prediction
from sims.figure6.sentences import verdict
from sims.options.parts import NoiseOptions
from sims.storage.netcdf import provenance
from sims.storage.rows import columns_along
from sims.storage.seeds import derived_seed

HEADLINE = ("optimizer", "k", "panel", "events", "tau", "tau_low", "tau_high")  # of a sweep's table
SAMPLES, VARIANCE = 50_000, 4.0  # the data set of literal mode


@dataclass(frozen=True)
class Series:
    """One optimizer of the figure and the sharpnesses it runs at."""

    optimizer: Any
    k: tuple[float, ...]
    cut: float  # iterations of start-up transient at k = 1 ...
    cut_power: float = 0.0  # ... and at k: cut / k^cut_power
    breakdown: tuple[float, ...] = ()  # sharper minima, where the law fails: a panel of its own
    spread: tuple[float, ...] = ()  # where other data sets are tried

    def cut_at(self, k):
        """Return the iterations to drop at sharpness ``k``."""
        return round(self.cut / k**self.cut_power)


MOMENTUM = Momentum(1e-4, beta1=0.9, beta3=1.0)
ADAI = Adai(1e-3, beta0=0.1, beta2=0.99, eps=1e-3)
K = (2.5, 2.75, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0)
KRAMERS = {
    "SGD": Series(SGD(1e-3), K, cut=60),
    "Momentum": Series(MOMENTUM, K, cut=60),
    "Adai": Series(ADAI, K, cut=60),
    "Adam": Series(Adam(0.1), (2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 16.0), cut=60),
}
# From -2.9 the walkers first have to come to the only minimum, at -0.3. That takes a fixed number of
# eta k iterations (of eta sqrt k with Adam), and the times are not exponential before.
LITERAL = {
    name: Series(optimizer, (1.125, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5), 400, 1.0, breakdown, (1.5, 2.0))
    for name, optimizer, breakdown in (
        ("SGD", SGD(1e-3), ()),
        ("Momentum", MOMENTUM, (3.0, 3.5)),
        ("Adai", ADAI, (3.0, 3.5)),
    )
} | {"Adam": Series(Adam(3e-2), (0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0), 500, 0.5, (), (0.75, 2.0))}
MODES = {"kramers": KRAMERS, "literal": LITERAL}


GAUSSIAN = ("frozen", "two-temperature", "hessian", "data", "isotropic")
CONVENTIONS = {
    "stop": "first passage of the barrier's top by any coordinate",
    "interpretation": "Ito",
    "time_unit": "iterations T, counted from the cut; t = eta T",
}
LEAST = {"walkers": 8, "seed": 0, "data_seed": 0, "data_sets": 1, "B": 1, "dim": 1, "max_iterations": 1}


@dataclass(frozen=True)
class Figure6:
    """Settings of one run.

    Parameters
    ----------
    mode : "kramers" or "literal"
    walkers : independent repeats at each point; the paper has 100.
    seed : every point derives its own seed from it.
    data_seed : the data set of literal mode is ``numpy.random.default_rng(data_seed).normal(0, 2, (50000, 10))``.
    data_sets : data sets in the spread of literal mode, ``data_seed`` and those that follow it.
    shared_normals : give every point the same random numbers. For paired comparisons only: neighbouring
        points then go up and down together, and the intervals of the fits are wrong.
    noise : of kramers mode: "frozen"; "two-temperature", with the share ``s`` of the barrier at the valley's;
        "hessian", pointwise with a ``floor``; "data", the closed form of literal mode's, drift untouched;
        "isotropic", the same at every k, for which no law is claimed.
    kappa : noise of kramers mode over |H_a| / B; with 1, no walker would ever leave.
    B : batch size.
    dim : coordinates.
    max_iterations : a walker still inside then counts as censored.
    """

    mode: str = "kramers"
    walkers: int = 1000
    seed: int = 0
    data_seed: int = 0
    data_sets: int = 8
    shared_normals: bool = False
    noise: str = "frozen"
    s: float = 0.5
    floor: float = 0.0
    kappa: float = 1000.0
    B: int = 10
    dim: int = 10
    max_iterations: int = 10_000_000

    def __post_init__(self):
        require(self.mode in MODES, "mode", f"one of {', '.join(MODES)}", self.mode)
        require(self.noise in GAUSSIAN, "noise", f"one of {', '.join(GAUSSIAN)}", self.noise)
        frozen = self.mode == "kramers" or self.noise == "frozen"
        require(frozen, "noise", "left alone in literal mode, which has minibatches", self.noise)
        require_number(self.s, "s", "in (0, 1)", 0, 1, strict=True)
        require_number(self.floor, "floor", "0 or more and finite", 0)
        for name, least in LEAST.items():
            whole(getattr(self, name), name, least)
        positive(self.kappa, "kappa")


@dataclass(frozen=True)
class Point:
    """One optimizer at one sharpness and one data set."""

    optimizer: str
    k: float
    panel: str  # "main", "breakdown" or "spread"
    data_seed: int
    seed: int
    cut: int


def point_seed(seed, mode, name, k, data_seed):
    """Return a seed below 2^63 that depends on every argument, the same on every machine."""
    return derived_seed(seed, mode, name, float(k), int(data_seed))


def points(config: Figure6) -> list[Point]:
    """Return the points of a run, in the order of the figure."""
    found = []
    for name, series in MODES[config.mode].items():
        wanted = [(k, "main", config.data_seed) for k in series.k]
        wanted += [(k, "breakdown", config.data_seed) for k in series.breakdown]
        others = range(config.data_seed + 1, config.data_seed + config.data_sets)
        wanted += [(k, "spread", other) for k in series.spread for other in others]
        for k, panel, data_seed in wanted:
            own = point_seed(config.seed, config.mode, name, k, data_seed)
            seed = config.seed if config.shared_normals else own
            found.append(Point(name, k, panel, data_seed, seed, series.cut_at(k)))
    return found


def samples(data_seed, dim=10):
    """Return the data set of literal mode, shape (50000, dim)."""
    return np.random.default_rng(data_seed).normal(0, np.sqrt(VARIANCE), (SAMPLES, dim))


def gaussian_noise(config: Figure6, landscape):
    """Return the noise of kramers mode on one landscape."""
    C = config.kappa * StyblinskiTang().H_a / config.B if config.noise == "isotropic" else None
    options = NoiseOptions(
        config.noise,
        C,
        kappa=config.kappa,
        B=config.B,
        s=config.s,
        floor=config.floor,
        variance=VARIANCE,
        drift="bare",
    )
    return options.part(landscape)


def measure(config: Figure6, point: Point, data, watch):
    """Return the `EscapeTimes` of one point; ``data`` maps a data seed to its samples."""
    landscape = StyblinskiTang(config.dim, point.k)
    if config.mode == "literal":
        noise = MinibatchNoise(data(point.data_seed), config.B)
    else:
        noise = gaussian_noise(config, landscape)
    return escape_times(
        landscape,
        noise,
        MODES[config.mode][point.optimizer].optimizer,
        start=landscape.minimum,
        boundary=landscape.boundary,
        max_iterations=config.max_iterations,
        walkers=config.walkers,
        seed=point.seed,
        workers=1,
        watch=watch,
    )


def measure_all(config: Figure6, wanted: list[Point], workers, watch: Watch) -> dict:
    """Return the `EscapeTimes` of every point that was finished before ``watch`` was stopped."""
    data = cache(lambda data_seed: samples(data_seed, config.dim))
    with ThreadPoolExecutor(worker_count(workers)) as pool:
        # the flattest valleys take longest: begin with them, or the last one runs alone
        longest_first = sorted(wanted, key=lambda point: point.k)
        futures = {pool.submit(measure, config, point, data, watch): point for point in longest_first}
        waiting = set(futures)
        while waiting:
            try:
                done, waiting = wait(waiting, timeout=0.1, return_when=FIRST_EXCEPTION)
                if any(future.exception() for future in done):
                    watch.stop()  # or a bad setting would be reported after all the points that work
            except KeyboardInterrupt:
                watch.stop()
    measured = {}
    for future, point in futures.items():
        with contextlib.suppress(Interrupted):
            measured[point] = future.result()
    return measured


def run(config: Figure6, *, workers: int | None = None, watch: Watch | None = None) -> xr.Dataset:
    """Return every walker's escape time at every point, and what follows from them.

    Parameters
    ----------
    config : Figure6
    workers : int, optional
        Threads; all processors by default.
    watch : Watch, optional
        By which another thread sees progress and stops the run.

    Returns
    -------
    xarray.Dataset
        Dimension ``point``: optimizer, k, panel, data_seed, seed, cut; events and exposure after the cut,
        tau with its exact interval, the printed rate with its own, CV and Anderson-Darling p.
        Dimensions ``(point, walker)``: iterations, escaped.

    Raises
    ------
    Interrupted
        On Ctrl-C, or when ``watch`` is stopped. Its ``partial`` is the dataset of the points that are finished, whose
        attribute ``partial`` is "yes"; None if there is none.
    """
    watch = watch or Watch()
    wanted = points(config)
    measured = measure_all(config, wanted, workers, watch)
    finished = [point for point in wanted if point in measured]
    if not finished:
        raise Interrupted(None)
    columns = {field.name: [getattr(point, field.name) for point in finished] for field in fields(Point)}
    times = [measured[point] for point in finished]
    walkers = xr.Dataset(
        {
            "iterations": (("point", "walker"), np.stack([t.iterations for t in times])),
            "escaped": (("point", "walker"), np.stack([t.escaped for t in times])),
            **{name: ("point", column) for name, column in columns.items()},
        },
        attrs=provenance(config, config.seed)
        | {"mode": config.mode, "dim": config.dim, "partial": "yes" if len(finished) < len(wanted) else "no"}
        | {"noise": config.noise if config.mode == "kramers" else "minibatch", **CONVENTIONS},
    )
    if config.mode == "kramers" and config.noise == "frozen":
        walkers = walkers.merge(prediction(KRAMERS, dim=config.dim, kappa=config.kappa, B=config.B))
    dataset = judged(walkers)
    if len(finished) < len(wanted):
        raise Interrupted(dataset)
    return dataset


def judged(walkers: xr.Dataset) -> xr.Dataset:
    """Return the dataset of all walkers completed by estimates, fits and the verdict (an attribute)."""
    dataset = with_estimates(walkers)
    dataset = dataset.merge(fits(dataset))
    return dataset.assign_attrs(verdict="\n".join(verdict(dataset)))


def table(dataset: xr.Dataset) -> list[dict]:
    """Return the points as rows: settings, walkers kept, tau with both intervals, CV and p."""
    return columns_along(dataset, "point").to_dict("records")


def rows(config: Figure6, dataset: xr.Dataset) -> list[dict]:
    """Return the table of a run."""
    return table(dataset)
