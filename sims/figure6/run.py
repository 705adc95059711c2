"""Figure 6: mean escape time against sharpness k, by optimizer.

Two readings of the paper's set-up:

- ``kramers``: the exact Styblinski-Tang function with Gaussian gradient noise of covariance
  kappa H_a / B, the setting of the theorems. Walkers start in valley a.
- ``literal``: the set-up as printed, minibatches of 10 of 50,000 samples x ~ N(0, 4 I) and the loss
  f(sqrt(k) theta - x). Averaged over such samples the loss has a single well, so no valley is left
  behind: what is timed is the passage of a level.
"""

import contextlib
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np
import xarray as xr

from diffusion import Interrupted, IsotropicNoise, MinibatchNoise, StyblinskiTang, escape_times
from diffusion.checks import require, require_number
from diffusion.watch import Watch, worker_count
from sims.figure6.fits import fits, with_estimates
from sims.figure6.kramers_lines import prediction
from sims.figure6.sentences import verdict
from sims.figure6.series import Lines
from sims.options.noise import USES, NoiseOptions
from sims.storage.netcdf import provenance
from sims.storage.rows import columns_along
from sims.storage.seeds import derived_seed

HEADLINE = (
    "optimizer",
    "k",
    "panel",
    "events",
    "tau",
    "tau_low",
    "tau_high",
)  # columns that a sweep's table shows
SAMPLES, VARIANCE = 50_000, 4.0  # the data set of literal mode
GAUSSIAN = ("frozen", "two-temperature", "hessian", "data", "isotropic")
CONVENTIONS = {
    "stop": "first passage of the barrier's top by any coordinate",
    "interpretation": "Ito",
    "time_unit": "iterations T, counted from the cut; t = eta T",
}


def idle(mode: str, noise: str) -> dict[str, str]:
    """Return the settings that do nothing here, and where they work."""
    literal = mode == "literal"
    works = {
        "noise": (not literal, "mode kramers; literal mode has minibatches."),
        "kappa": (not literal and noise != "data", "mode kramers and a noise other than data."),
        "data_seed": (literal, "mode literal; kramers mode has no data."),
        "data_sets": (literal, "mode literal; kramers mode has no data."),
        "s": (not literal and noise == "two-temperature", "noise two-temperature."),
        "floor": (not literal and noise == "hessian", "noise hessian."),
    }
    return {name: where for name, (here, where) in works.items() if not here}


@dataclass(frozen=True)
class Figure6(Lines):
    """Settings of one run, besides those of `Lines`.

    Parameters
    ----------
    mode : "kramers" or "literal"
    walkers : independent repeats at each point; the paper has 100.
    seed : every point derives its own seed from it.
    data_seed : the data set of literal mode is ``numpy.random.default_rng(data_seed).normal(0, 2, (50000, dim))``.
    data_sets : data sets in the spread of literal mode, ``data_seed`` and those that follow it.
    shared_normals : give every point the same random numbers. For paired comparisons only: neighbouring
        points then go up and down together, and the intervals of the fits are wrong.
    noise : of kramers mode: "frozen"; "two-temperature", with the share ``s`` of the barrier at the valley's;
        "hessian", pointwise with a ``floor``; "data", the closed form of literal mode's, drift untouched;
        "isotropic", the same at every k, for which no law is claimed.
    max_iterations : a walker still inside then counts as censored.
    """

    mode: str = "kramers"  # type: ignore[misc]  # chosen here, fixed at low temperature
    walkers: int = 1000
    seed: int = 0
    data_seed: int = 0
    data_sets: int = 8
    shared_normals: bool = False
    noise: str = "frozen"
    s: float = 0.5
    floor: float = 0.0
    max_iterations: int = 10_000_000

    def __post_init__(self):
        require(self.mode in ("kramers", "literal"), "mode", "one of kramers, literal", self.mode)
        require(self.noise in GAUSSIAN, "noise", f"one of {', '.join(GAUSSIAN)}", self.noise)
        require_number(self.s, "s", "in (0, 1)", 0, 1, strict=True)
        require_number(self.floor, "floor", "0 or more and finite", 0)
        self.check(walkers=8, data_seed=0, data_sets=1, max_iterations=1)
        for name, where in idle(self.mode, self.noise).items():
            if getattr(self, name) != getattr(Figure6, name):
                raise ValueError(f"{name} works only with {where}")


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
    """Return the seed of one point."""
    return derived_seed(seed, mode, name, float(k), int(data_seed))


def points(config: Figure6) -> list[Point]:
    """Return a run's points in the figure's order."""
    found = []
    for name, one in config.series.items():
        wanted = [(k, "main", config.data_seed) for k in one.k]
        wanted += [(k, "breakdown", config.data_seed) for k in one.breakdown]
        others = range(config.data_seed + 1, config.data_seed + config.data_sets)
        wanted += [(k, "spread", other) for k in one.spread for other in others]
        for k, panel, data_seed in wanted:
            own = point_seed(config.seed, config.mode, name, k, data_seed)
            seed = config.seed if config.shared_normals else own
            found.append(Point(name, k, panel, data_seed, seed, one.cut_at(k)))
    return found


def samples(data_seed, dim=10):
    """Return literal mode's data set, shape (50000, dim)."""
    return np.random.default_rng(data_seed).normal(0, np.sqrt(VARIANCE), (SAMPLES, dim))


def gaussian_noise(config: Figure6, landscape):
    """Return the noise of kramers mode on one landscape."""
    if config.noise == "isotropic":  # that of the theorem at k = 1, whatever k is
        return IsotropicNoise(config.kappa * StyblinskiTang().H_a / config.B)
    known: dict[str, Any] = {name: getattr(config, name) for name in ("kappa", "B", "s", "floor")}
    known |= {"variance": VARIANCE, "drift": "bare"}
    used = {name: known[name] for name in USES[config.noise] if name in known}
    return NoiseOptions(config.noise, **used).part(landscape)


def measure(config: Figure6, point: Point, data, watch):
    """Return one point's `EscapeTimes`; ``data`` maps a data seed to samples."""
    landscape = StyblinskiTang(config.dim, point.k)
    if config.mode == "literal":
        noise = MinibatchNoise(data(point.data_seed), config.B)
    else:
        noise = gaussian_noise(config, landscape)
    return escape_times(
        landscape,
        noise,
        config.series[point.optimizer].optimizer,
        start=landscape.minimum,
        boundary=landscape.boundary,
        max_iterations=config.max_iterations,
        walkers=config.walkers,
        seed=point.seed,
        workers=1,
        watch=watch,
    )


def measure_all(config: Figure6, wanted: list[Point], workers, watch: Watch) -> dict:
    """Return the `EscapeTimes` of every point finished before a stop."""
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
    """Return every walker's escape time, with estimates, fits and verdict.

    Parameters
    ----------
    config : Figure6
    workers : int, optional
        Threads; all processors by default.
    watch : Watch, optional
        Lets another thread see progress and stop the run.

    Returns
    -------
    xarray.Dataset
        Dimension ``point``: optimizer, k, panel, data_seed, seed, cut; events and exposure after the cut,
        tau with its exact interval, the printed rate with its own, CV and Anderson-Darling p.
        Dimensions ``(point, walker)``: iterations, escaped. Dimension ``series``: the fits.

    Raises
    ------
    Interrupted
        On Ctrl-C, or when ``watch`` is stopped. Its ``partial`` is the dataset of the points that are finished, whose
        attribute ``partial`` is "yes"; None if there is none.
    """
    wanted = points(config)
    measured = measure_all(config, wanted, workers, watch or Watch())
    finished = [point for point in wanted if point in measured]
    if not finished:
        raise Interrupted(None)
    times = [measured[point] for point in finished]
    walkers = xr.Dataset(
        {
            "iterations": (("point", "walker"), np.stack([t.iterations for t in times])),
            "escaped": (("point", "walker"), np.stack([t.escaped for t in times])),
            **as_columns([asdict(point) for point in finished]),
        },
        attrs=attributes(config, len(finished) < len(wanted))
        | {"mode": config.mode, "noise": config.noise if config.mode == "kramers" else "minibatch"}
        | CONVENTIONS,
    )
    if config.mode == "kramers" and config.noise == "frozen":
        walkers = walkers.merge(prediction(config.series, dim=config.dim, kappa=config.kappa, B=config.B))
    dataset = judged(walkers, {name: one.claimed for name, one in config.series.items()})
    if len(finished) < len(wanted):
        raise Interrupted(dataset)
    return dataset


def as_columns(rows: list[dict], units: dict[str, str] | None = None) -> dict:
    """Turn rows into variables along ``point``."""
    attributes = {name: {"units": unit} for name, unit in (units or {}).items()}
    return {name: ("point", [row[name] for row in rows], attributes.get(name, {})) for name in rows[0]}


def attributes(config, partial: bool) -> dict:
    """Return a run's settings and versions, and whether it is partial."""
    chosen = asdict(config) | {"optimizers": [_text(one) for one in config.optimizers]}
    return provenance(chosen, config.seed) | {
        "dim": config.dim,
        "level": config.level,
        "partial": "yes" if partial else "no",
    }


def _text(optimizer):
    return optimizer if isinstance(optimizer, str) else repr(optimizer)


def judged(walkers: xr.Dataset, claimed: dict[str, float]) -> xr.Dataset:
    """Add estimates, fits and the verdict to a dataset of walkers.

    Parameters
    ----------
    walkers : Dataset
        Dimensions ``(point, walker)``: iterations, escaped. Dimension ``point``: optimizer, k, panel, cut.
    claimed : dict of str to float
        Exponent p of the law by optimizer; NaN where none is claimed.
    """
    dataset = with_estimates(walkers)
    dataset = dataset.merge(fits(dataset, claimed))
    return dataset.assign_attrs(verdict="\n".join(verdict(dataset)))


def table(dataset: xr.Dataset) -> list[dict]:
    """Return the points as rows."""
    return columns_along(dataset, "point").to_dict("records")


def rows(config: Figure6, dataset: xr.Dataset) -> list[dict]:
    """Return a run's table, as a sweep needs it."""
    return table(dataset)
