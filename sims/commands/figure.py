"""What `diffusion figure 6` and `diffusion reproduce` run and write.

The command line hands in ``draw(name, stem, *datasets)``, which draws a figure into PNG and SVG: figures are above
this package.
"""

import sys

from diffusion import Interrupted
from diffusion.checks import require
from sims.commands.progress import progress
from sims.figure6 import low_temperature
from sims.figure6 import run as figure6
from sims.storage.files import writable_folder, write_csv
from sims.storage.netcdf import write_netcdf
from sims.storage.rows import plain


def at_low_temperature(config, wanted, particles):
    """Return the settings of the run at low temperature beside that of `sims.figure6.run`; None if it is not wanted.

    Raises
    ------
    ValueError
        If it is wanted beside another mode or noise, or ``particles`` are given where it is not wanted.
    """
    require(wanted or particles is None, "particles", "given with --low-temperature only", particles)
    if not wanted:
        return None
    fits = config.mode == "kramers" and config.noise == "frozen" and not config.shared_normals
    require(fits, "low_temperature", "left out but for kramers mode with frozen noise of its own", True)
    return low_temperature.LowTemperature(
        config.seed,
        1000 if particles is None else particles,
        kappa=config.kappa,
        B=config.B,
        dim=config.dim,
        workers=config.workers,
    )


def as_json(dataset):
    """Return the verdict and the points of a run at low temperature as JSON can hold them."""
    return {"verdict": dataset.verdict.splitlines(), "points": plain(low_temperature.table(dataset))}


def run_figure6(config, out, draw, quiet=False):
    """Run Figure 6, write its files into the folder ``out`` and return its dataset; print the verdict unless quiet."""
    writable_folder(out)
    total = config.walkers * len(figure6.points(config))
    with progress(f"Figure 6, {config.mode}", total) as watch:
        dataset = figure6.run(config, watch)
    finished = dataset.sizes["point"], len(figure6.points(config))
    return _written(
        dataset, f"figure6_{config.mode}", figure6.table, finished, out, draw, ("figure6",), quiet
    )


def run_low_temperature(config, direct, out, draw, quiet=False):
    """Run Figure 6 at low temperature likewise; ``direct`` is the dataset of `run_figure6` beside it.

    Returns None where it was interrupted before its first point: Figure 6 itself is written by then.
    """
    wanted = len(low_temperature.points(config))
    with progress("Low temperature", config.particles * config.replicas * wanted) as watch:
        try:
            dataset = low_temperature.run(config, watch)
        except Interrupted:
            print("Interrupted: no point of low temperature was finished", file=sys.stderr)
            return None
    finished = dataset.sizes["point"], wanted
    drawn = "low_temperature", direct
    return _written(
        dataset, "figure6_low_temperature", low_temperature.table, finished, out, draw, drawn, quiet
    )


def _written(dataset, name, table, finished, out, draw, drawn, quiet):
    partial = dataset.partial == "yes"
    stem = out / f"{name}{'_partial' * partial}"
    write_netcdf(dataset, stem.with_suffix(".nc"))
    write_csv(table(dataset), stem.with_suffix(".csv"))
    if partial:
        print("Interrupted: {} of {} points finished, no picture drawn".format(*finished), file=sys.stderr)
    else:
        figure, *beside = drawn
        draw(figure, stem, dataset, *beside)
    if not quiet:
        print(dataset.verdict)
    print(f"Written to {stem}{'' if partial else '.png, .svg, '}.nc, .csv", file=sys.stderr)
    return dataset
