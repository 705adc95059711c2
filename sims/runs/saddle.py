"""One spread from a saddle or minimum: mean squared displacement beside the theorem and the exact iteration."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np

from diffusion import SGD, Adam, Ensemble, Momentum, Overdamped, Quadratic, Watch, evolve, integrate
from diffusion.checks import require, walker_ids
from sims.judging.ratio import Z
from sims.options.parts import FLAT, NoiseOptions, OptimizerOptions, ProcessOptions, Whole, numbers

HEADLINE = ("T", "H", "msd", "stderr", "printed", "exact", "z_printed", "z_exact")  # of a sweep's table


@dataclass(frozen=True)
class SaddleOptimizer(OptimizerOptions):  # noqa: D101  (its text is taken over below)
    __doc__ = (OptimizerOptions.__doc__ or "").replace(
        "[default: sgd 1e-3, momentum 1e-4, adam 0.1, adai 1e-3]", "[default: momentum 1e-4, others 1e-3]"
    )
    default_eta: ClassVar[dict] = OptimizerOptions.default_eta | {"adam": 1e-3}


@dataclass(frozen=True)
class SaddleNoise(NoiseOptions):  # noqa: D101
    __doc__ = NoiseOptions.__doc__
    noise: str = "hessian"
    kappa: float = 1.0


@dataclass(frozen=True)
class Saddle:
    """Settings of one run.

    Parameters
    ----------
    H
        Hessian eigenvalues, one per coordinate, separated by commas; negative ones are ways out. Write
        --H=-1,1 with the equals sign.
    iterations
        When to look, separated by commas, increasing.
    walkers
        Independent walkers, at least 2. All start at the critical point, at rest.
    """

    optimizer: Annotated[SaddleOptimizer, FLAT] = field(default_factory=SaddleOptimizer)
    noise: Annotated[SaddleNoise, FLAT] = field(default_factory=SaddleNoise)
    process: Annotated[ProcessOptions, FLAT] = field(default_factory=ProcessOptions)
    H: str = "-0.5,-0.05,0.05,0.5"
    iterations: str = "10,100,1000"
    walkers: Whole = 10_000
    seed: Whole = 0


def check(config: Saddle) -> None:
    """Look at the settings of a run before many are begun.

    Raises
    ------
    ValueError
        As `run`, of names and ranges that can be seen without running.
    """
    Quadratic(numbers(config.H, "H"))
    numbers(config.iterations, "iterations")
    config.optimizer.part()
    config.noise.checked()
    config.process.checked()


def run(config: Saddle, *, workers: int | None = None, watch: Watch | None = None) -> Ensemble:
    """Return the ensemble of a run; raises as `diffusion.evolve` does."""
    landscape = Quadratic(numbers(config.H, "H"))
    enough = len(walker_ids(config.walkers)) >= 2
    require(enough, "walkers", "at least 2 for a standard error", config.walkers)
    if config.process.checked().process:
        optimizer = config.optimizer.part()
        langevin, ground = config.process.of(optimizer, landscape, config.noise.part(landscape))
        return integrate(
            ground,
            langevin,
            0.0,
            optimizer.eta * numbers(config.iterations, "iterations"),
            dt=config.process.dt or optimizer.eta,
            scheme=config.process.scheme_for(langevin),
            walkers=config.walkers,
            seed=config.seed,
            workers=workers,
            watch=watch,
        )
    return evolve(
        landscape,
        config.noise.part(landscape),
        config.optimizer.part(),
        0.0,
        numbers(config.iterations, "iterations"),
        walkers=config.walkers,
        seed=config.seed,
        workers=workers,
        watch=watch,
    )


def predictions(config: Saddle) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return the theorem's mean squared displacement and the iteration's exact one, shape (times, dim).

    None where there is no statement: the theorems speak of C = |H| / B (hessian noise with kappa 1), and the
    exact forms of optimizers that are linear; or of the process, where that is run.
    """
    printed, exact = _of_iteration(config)
    if config.process.process and printed is not None:
        exact = _process_msd(config)
    return printed, exact


def _process_msd(config):
    """Return the exact mean squared displacement of the process, shape (times, dim)."""
    from theory.exact import process_covariance
    from theory.saddle import sgd_msd_printed

    optimizer, H = config.optimizer.part(), numbers(config.H, "H")
    T = numbers(config.iterations, "iterations")[:, None]
    landscape = Quadratic(H)
    process, _ = config.process.of(optimizer, landscape, config.noise.part(landscape))
    if isinstance(process, Overdamped):  # Theorem 1 is exact for its process
        return sgd_msd_printed(H, T, eta=optimizer.eta, B=config.noise.B / config.noise.kappa)
    covariance = process_covariance(
        H, optimizer.eta * T, mass=process.mass, damping=process.damping, D=process.D
    )
    return covariance[..., 0, 0]


def _of_iteration(config):
    """Return the theorem's mean squared displacement and the iteration's exact one, or None."""
    from theory.exact import momentum_iteration_msd, sgd_iteration_msd
    from theory.saddle import adam_msd_printed, momentum_msd_printed, sgd_msd_printed

    optimizer, H = config.optimizer.part(), numbers(config.H, "H")
    T = numbers(config.iterations, "iterations")[:, None]
    noise, B = config.noise, config.noise.B / config.noise.kappa
    if noise.noise != "hessian" or noise.floor > 0:
        return None, None
    C = np.abs(H) / B
    if isinstance(optimizer, SGD):
        return sgd_msd_printed(H, T, eta=optimizer.eta, B=B), sgd_iteration_msd(H, T, eta=optimizer.eta, C=C)
    if isinstance(optimizer, Momentum):
        betas = {"beta1": optimizer.beta1, "beta3": optimizer.beta3}
        exact = momentum_iteration_msd(
            H, T, eta=optimizer.eta, C=C, **betas, start="rest", bias_correction=optimizer.bias_correction
        )
        return momentum_msd_printed(H, T, eta=optimizer.eta, B=B, **betas), exact
    if isinstance(optimizer, Adam):
        return adam_msd_printed(H, T, eta=optimizer.eta, B=B, beta1=optimizer.beta1), None
    return None, None


def rows(config: Saddle, ensemble: Ensemble) -> list[dict]:
    """Return one row per iteration and coordinate: measured, standard error, theorem, exact, and z of both."""
    msd = ensemble.msd()
    printed, exact = predictions(config)
    table = []
    for t, T in enumerate(numbers(config.iterations, "iterations")[: len(ensemble.iterations)]):
        for j, H in enumerate(numbers(config.H, "H")):
            row: dict = {
                "T": int(T),
                "H": float(H),
                "msd": float(msd.mean[t, j]),
                "stderr": float(msd.stderr[t, j]),
            }
            for name, values in (("printed", printed), ("exact", exact)):
                known = values is not None and row["stderr"] > 0
                row[name] = None if values is None else float(values[t, j])
                row[f"z_{name}"] = (row["msd"] - row[name]) / row["stderr"] if known else None
            table.append(row)
    return table


def sentence(table: list[dict]) -> str:
    """Return in plain words how the walkers compare with the theorem."""
    compared = [row for row in table if row["z_printed"] is not None]
    if not compared:
        return "Nothing to compare with here: for this optimizer and noise no displacement is stated."
    worst = max(compared, key=lambda row: abs(row["z_printed"]))
    ratio = worst["msd"] / worst["printed"]
    if abs(worst["z_printed"]) < Z:
        return f"The walkers agree with the printed theorem: at most {abs(worst['z_printed']):.1f} standard errors off."
    return (
        f"The walkers differ from the printed theorem: at T = {worst['T']}, H = {worst['H']:g} they are at "
        f"{ratio:.3g} times its value, {abs(worst['z_printed']):.3g} standard errors off."
    )


def save(config: Saddle, ensemble: Ensemble, table: list[dict], partial: bool, out) -> None:
    """Write saddle.nc and saddle.csv into the folder ``out``."""
    import xarray as xr

    from sims.storage.files import write_csv
    from sims.storage.netcdf import provenance, write_netcdf

    msd = ensemble.msd()
    dataset = xr.Dataset(
        {"msd": (("T", "H"), msd.mean), "stderr": (("T", "H"), msd.stderr)},
        coords={
            "T": np.rint(ensemble.times / config.optimizer.part().eta).astype(int),
            "H": numbers(config.H, "H"),
        },
        attrs=provenance(config, config.seed)
        | {"walkers": ensemble.walkers, "partial": "yes" if partial else "no"}
        | {"optimizer": repr(config.optimizer.part()), "interpretation": "Ito", "time_unit": "iterations T"},
    )
    write_netcdf(dataset, Path(out) / "saddle.nc")
    write_csv(table, Path(out) / "saddle.csv")
