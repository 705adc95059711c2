"""One spread from a saddle, beside theorem and exact value."""

from functools import partial

import numpy as np
import xarray as xr

from diffusion import SGD, Adam, Ensemble, Estimate, Momentum, Overdamped, Quadratic, Watch, evolve, integrate
from diffusion.checks import require, walker_ids
from sims.judging import judge
from sims.options.landscape import curvatures
from sims.options.parts import Parts, check_parts, parts_of
from sims.options.saddle import Saddle
from sims.runs.regime import betas, conditions, corner_flags
from sims.runs.settings import attributes
from theory.exact import momentum_iteration_msd, process_covariance, sgd_iteration_msd
from theory.regime import Flag, flags
from theory.saddle import adam_msd_printed, momentum_msd_printed, sgd_msd_printed

HEADLINE = (
    "T",
    "H",
    "msd",
    "stderr",
    "printed",
    "exact",
    "z_printed",
    "z_exact",
)  # columns that a sweep's table shows
THEOREMS = {SGD: "Theorem 1", Momentum: "Theorem 2", Adam: "Proposition 1"}


check = check_parts  # before a sweep


def parts(config: Saddle) -> Parts:
    """Return a run's parts; raise as `check`."""
    return parts_of(config, "saddle", ("saddle", "minimum"))


def run(
    config: Saddle, built: Parts | None = None, *, workers: int | None = None, watch: Watch | None = None
) -> Ensemble:
    """Return a run's ensemble; raise as `diffusion.evolve`."""
    built = built or parts(config)
    enough = len(walker_ids(config.walkers)) >= 2
    require(enough, "walkers", "at least 2 for a standard error", config.walkers)
    how = {"walkers": config.walkers, "seed": config.seed, "workers": workers, "watch": watch}
    if built.process is None:
        return evolve(
            built.landscape, built.noise, built.optimizer, built.start, list(config.iterations), **how
        )
    with np.errstate(over="ignore"):  # infinite times are refused where the process runs
        process, times = built.process, built.eta * np.asarray(config.iterations, float)
    return integrate(
        process.landscape, process.langevin, built.start, times, dt=process.dt, scheme=process.scheme, **how
    )


def predictions(config: Saddle, built: Parts) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return the theorem's and the exact spread, shape (times, dim).

    None where there is no statement: the theorems speak of C = |H| / B on a quadratic (hessian noise), and the
    exact forms of optimizers that are linear; or of the process, where that is run.
    """
    noise, optimizer, eta = config.noise, built.optimizer, built.eta
    T = np.asarray(config.iterations, float)[:, None]
    if (
        not isinstance(built.landscape, Quadratic)
        or noise.noise != "hessian"
        or noise.floor > 0
        or not noise.kappa
    ):
        return None, None
    H, B = built.landscape.H, noise.B / noise.kappa
    C = np.abs(H) / B
    printed = exact = None
    if isinstance(optimizer, SGD):
        printed = sgd_msd_printed(H, T, eta=eta, B=B)
        exact = sgd_iteration_msd(H, T, eta=eta, C=C)
    elif isinstance(optimizer, Momentum):
        b = {"beta1": optimizer.beta1, "beta3": optimizer.beta3}
        printed = momentum_msd_printed(H, T, eta=eta, B=B, **b)
        corrected = optimizer.bias_correction
        exact = momentum_iteration_msd(H, T, eta=eta, C=C, **b, start="rest", bias_correction=corrected)
    elif isinstance(optimizer, Adam):
        printed = adam_msd_printed(H, T, eta=eta, B=B, beta1=optimizer.beta1)
    if built.process is None or printed is None:
        return printed, exact
    langevin = built.process.langevin
    if isinstance(langevin, Overdamped):  # Theorem 1 is exact for its process
        return printed, sgd_msd_printed(H, T, eta=eta, B=B)
    moving = {"mass": langevin.mass, "damping": langevin.damping, "D": langevin.D}
    return printed, process_covariance(H, eta * T, **moving)[..., 0, 0]


def regime(config: Saddle, built: Parts) -> list[Flag]:
    """Return the conditions of the theorem, with values, where there is one."""
    if predictions(config, built)[0] is None:
        return []
    assert config.noise.kappa is not None
    numbers = {"H": built.landscape.H.tolist(), "T": [float(T) for T in config.iterations], "eta": built.eta}
    B, adam = config.noise.B / config.noise.kappa, isinstance(built.optimizer, Adam)
    return corner_flags(partial(flags, adam=adam), {**numbers, "B": B, **betas(built.optimizer)})


def rows(config: Saddle, ensemble: Ensemble, built: Parts | None = None) -> list[dict]:
    """Return one row per iteration and coordinate."""
    built = built or parts(config)
    msd = ensemble.msd()
    printed, exact = predictions(config, built)
    H, table = curvatures(built.landscape, built.start), []
    for t, T in enumerate(config.iterations[: len(ensemble.iterations)]):
        for j in range(built.landscape.dim):
            row: dict = {
                "T": T,
                "H": float(H[j]),
                "msd": float(msd.mean[t, j]),
                "stderr": float(msd.stderr[t, j]),
            }
            for name, values in (("printed", printed), ("exact", exact)):
                known = values is not None and row["stderr"] > 0
                row[name] = None if values is None else float(values[t, j])
                row[f"z_{name}"] = (row["msd"] - row[name]) / row["stderr"] if known else None
            table.append(row)
    return table


def verdict(config: Saddle, built: Parts, table: list[dict], walkers: int):
    """Return the `Verdict` on the theorem, None where there is none."""
    compared = [row for row in table if row["z_printed"] is not None and row["printed"] != 0]
    if not compared:
        return None
    measured, stderr, stated = (
        np.array([row[name] for row in compared]) for name in ("msd", "stderr", "printed")
    )
    name = THEOREMS[type(built.optimizer)]
    return judge(Estimate(measured, stderr, walkers), stated).on(name, {})


def sentence(judged, table: list[dict], met: list[Flag]) -> str:
    """Compare the walkers with the theorem, and say which conditions fail."""
    if all(row["msd"] == 0 for row in table):
        return "No walker moved: there is no noise. Hessian noise is zero where H is; choose another H or --noise."
    if judged is None:
        return "There is nothing to compare with: theory states no displacement for this optimizer, noise and landscape."
    worst = max((row for row in table if row["z_printed"] is not None), key=lambda row: abs(row["z_printed"]))
    return (
        f"{judged.statement}, printed form: {judged.outcome}. {judged.sentence} "
        f"The largest deviation is {abs(worst['z_printed']):.3g} standard errors, at T = {worst['T']}, "
        f"H = {worst['H']:g}: {worst['msd'] / worst['printed']:.3g} times the printed value.{conditions(met)}"
    )


def dataset(config: Saddle, built: Parts, ensemble: Ensemble, partial: bool) -> xr.Dataset:
    """Return the spread beside the theorem, with settings, seed and versions."""
    msd, (printed, exact) = ensemble.msd(), predictions(config, built)
    seen, unit = len(ensemble.iterations), {"units": "theta^2"}
    variables = {
        "msd": (("T", "H"), msd.mean, unit | {"long_name": "mean squared displacement"}),
        "stderr": (("T", "H"), msd.stderr, unit | {"long_name": "standard error of msd"}),
    }
    for name, values in (("printed", printed), ("exact", exact)):
        if values is not None:
            variables[name] = (("T", "H"), values[:seen], unit)
    return xr.Dataset(
        variables,
        coords={
            "T": ("T", list(config.iterations[:seen]), {"units": "iterations"}),
            "H": (
                "H",
                curvatures(built.landscape, built.start),
                {"units": "1 / time", "long_name": "curvature"},
            ),
        },
        attrs=attributes(config, built, partial, walkers=ensemble.walkers),
    )
