"""Run, draw and write Figure 6, for `figure 6` and `reproduce`."""

import sys
from dataclasses import fields
from importlib import import_module

from diffusion import Interrupted
from sims.commands.progress import progress
from sims.commands.table import say
from sims.figure6 import low_temperature
from sims.figure6 import run as figure6
from sims.figure6.series import Lines
from sims.storage.files import writable_folder, write_csv
from sims.storage.netcdf import write_netcdf
from sims.storage.rows import about, plain

KINDS = ("png", "svg")  # files of a picture


def at_low_temperature(config, wanted, particles):
    """Return the settings of the run at low temperature beside that of `sims.figure6.run`; None if it is not wanted.

    Raises
    ------
    ValueError
        If it is wanted beside another mode or noise, or ``particles`` are given where it is not wanted.
    """
    if not wanted:
        if particles is not None:
            raise ValueError("--particles works only with --low-temperature.")
        return None
    if config.mode != "kramers" or config.noise != "frozen" or config.shared_normals:
        rule = "--mode kramers, --noise frozen and without --shared-normals"
        raise ValueError(f"--low-temperature works only with {rule}.")
    particles = 1000 if particles is None else particles
    shared = {one.name: getattr(config, one.name) for one in fields(Lines) if one.name != "k"}
    return low_temperature.LowTemperature(config.seed, particles, **shared)


def as_json(dataset):
    """Return the verdict and the points of a run as JSON can hold them."""
    return {
        "verdict": dataset.verdict.splitlines(),
        "points": plain(figure6.table(dataset)),
        "provenance": about(dataset.attrs),
    }


def run_figure6(config, out, *, workers=None, quiet=False, panels="all", kinds=KINDS):
    """Run Figure 6, write its files into the folder ``out`` and return its dataset; print the verdict unless quiet.

    Parameters
    ----------
    config : sims.figure6.run.Figure6
    out : path
    workers : int, optional
        Threads; all processors by default.
    quiet : bool
    panels : "all" or 2
        See `figures.figure6.draw`.
    kinds : iterable of str
        Files of the picture: png, svg, pdf.

    Raises
    ------
    KeyboardInterrupt
        If it was interrupted before a point was finished.
    """
    writable_folder(out)
    total = config.walkers * len(figure6.points(config))
    with progress(f"Figure 6, {config.mode}", total) as watch:
        dataset = _finished(figure6, config, workers, watch)
    if dataset is None:
        raise KeyboardInterrupt
    drawn = "figure6", panels
    return _written(dataset, f"figure6_{config.mode}", len(figure6.points(config)), out, drawn, kinds, quiet)


def run_low_temperature(config, direct, out, *, workers=None, quiet=False, kinds=KINDS):
    """Run Figure 6 at low temperature likewise; ``direct`` is the dataset of `run_figure6` beside it.

    Returns None where it was interrupted before its first point: Figure 6 itself is written by then.
    """
    wanted = len(low_temperature.points(config))
    with progress("Low temperature", config.particles * config.replicas * wanted) as watch:
        dataset = _finished(low_temperature, config, workers, watch)
    if dataset is None:
        print("Interrupted: no point of low temperature was finished", file=sys.stderr)
        return None
    drawn = "low_temperature", direct
    return _written(dataset, "figure6_low_temperature", wanted, out, drawn, kinds, quiet)


def _finished(experiment, config, workers, watch):
    """Return the dataset of a run, of the points that were finished if it was stopped, or None if none was."""
    try:
        return experiment.run(config, workers=workers, watch=watch)
    except Interrupted as stopped:
        return stopped.partial


def _written(dataset, name, wanted, out, drawn, kinds, quiet):
    partial = dataset.partial == "yes"
    stem = out / f"{name}{'_partial' * partial}"
    write_netcdf(dataset, stem.with_suffix(".nc"))
    write_csv(figure6.table(dataset), stem.with_suffix(".csv"), dataset.attrs)
    if partial:
        finished = dataset.sizes["point"]
        print(f"Interrupted: {finished} of {wanted} points finished, no picture drawn", file=sys.stderr)
    else:
        from figures.save import save

        figure, *beside = drawn
        save(import_module(f"figures.{figure}").draw(dataset, *beside), stem, kinds)
    if not quiet:
        say(dataset.verdict)
    print(
        f"Written to {stem}{'' if partial else ''.join(f'.{kind}, ' for kind in kinds)}.nc, .csv",
        file=sys.stderr,
    )
    return dataset
