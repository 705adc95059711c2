"""`diffusion sweep` and `diffusion results`: run a grid and show it."""

import contextlib
import json as json_text
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from sims.commands.table import show
from sims.options.numbers import Whole

if TYPE_CHECKING:
    import xarray as xr

    from sims.sweep.cell_store import CellStore
    from sims.sweep.grid import Sweep

MOST_ROWS = 60  # rows of a table that a terminal shows
MOST_FAILURES = 5  # failures that are printed one by one


def sweep(
    config: Path,
    /,
    *,
    out: Path | None = None,
    resume: bool = False,
    scheduler: str | None = None,
    workers: Whole | None = None,
    json: bool = False,
) -> int:
    """Run an experiment over a grid; every finished cell is stored at once.

    CONFIG is a TOML file: an experiment, its options by their command-line names, and a grid.

    Parameters
    ----------
    config
        The TOML file.
    out
        Folder for the store (cells.sqlite), sweep.nc and sweep.csv. [default: out/NAME of CONFIG]
    resume
        Keep what the store has and run the rest; also to share a sweep that is running already.
    scheduler
        Run on dask.distributed: an address such as tcp://10.0.0.1:8786, or local:N for N processes here.
    workers
        Threads, where there is no scheduler. [default: all processors]
    json
        Print JSON instead of a table.
    """
    from sims.commands.progress import cells_progress
    from sims.storage.files import writable_folder
    from sims.storage.folder_lock import alone_in
    from sims.sweep.cell_store import NAME
    from sims.sweep.pools import in_threads, on_cluster
    from sims.sweep.run import Stopped, run
    from sims.sweep.toml_file import read_sweep

    wanted = read_sweep(config)
    if scheduler is not None and workers is not None:
        raise ValueError("--workers conflicts with --scheduler, which has workers of its own; leave one out.")
    folder = writable_folder(out or Path("out") / config.stem, alone=False)
    with alone_in(folder) as alone, _store(folder / NAME, resume, alone) as store:
        begun = [] if alone else [cell.key for cell in store.cells()]
        if begun and begun != [cell.key for cell in wanted.cells]:
            raise ValueError(f"A sweep with other cells is running in {folder}; choose another --out.")
        with on_cluster(scheduler) if scheduler is not None else in_threads(workers) as crew:
            walkers = sum(cell.walkers for cell in wanted.cells)
            watch = crew.watch if wanted.experiment.split else None
            try:
                with cells_progress(wanted.experiment.name, len(wanted.cells), walkers, watch) as tell:
                    ended = run(wanted, store, crew, backwards=not alone, tell=tell)
            except Stopped as reason:
                print(f"diffusion: {reason}", file=sys.stderr)
                return 2
        _tell_failures(ended.failures)
        if ended.interrupted:
            left = f"{ended.finished} of {ended.cells} cells are finished and stored"
            print(f"Interrupted: {left}; --resume goes on from there", file=sys.stderr)
        if ended.finished:
            dataset = _written(wanted, store, folder)
            _print(dataset, ended.failures, None, json)
            print(f"Written to {folder / 'sweep.nc'}, sweep.csv", file=sys.stderr)
    return 130 if ended.interrupted else 2 if ended.failures else 0


@contextlib.contextmanager
def _store(path: Path, resume: bool, alone: bool) -> Iterator["CellStore"]:
    """Yield the store at ``path``; with ``resume`` one that is damaged is set aside for a new one."""
    from sims.sweep.cell_store import CellStore, Damaged, set_aside

    if not (alone or resume):
        raise ValueError(
            f"Another sweep is using {path.parent}; add --resume to share its cells, or choose another --out."
        )
    with contextlib.ExitStack() as stack:
        try:
            store = stack.enter_context(contextlib.closing(CellStore(path)))
            bad = store.repair() if alone and resume else 0
        except Damaged as reason:
            if not resume:
                text = f"{reason}; --resume sets it aside and runs all cells, or choose another --out"
                raise ValueError(text) from None
            if not alone:
                text = f"Another sweep is using {path.parent}. Stop it first: its store has to be repaired."
                raise ValueError(text) from None
            stack.close()
            _note(f"{reason}; it is now {set_aside(path)}, and all cells run again")
            store, bad = stack.enter_context(contextlib.closing(CellStore(path))), 0
        if not resume and store.parts():
            raise ValueError(f"{path} has finished cells; add --resume to keep them, or choose another --out")
        if bad:
            _note(f"{bad} stored {'part is' if bad == 1 else 'parts are'} damaged and will run again")
        yield store


def results(
    path: Path,
    /,
    *,
    plot: Annotated[tuple[str, str] | None, Parameter(negative="")] = None,
    where: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    log: Literal["x", "y", "xy", "none"] | None = None,
    export: Path | None = None,
    columns: str | None = None,
    json: bool = False,
) -> int:
    """Show what a sweep found, also while it runs.

    Parameters
    ----------
    path
        The sweep's folder, or its sweep.nc.
    plot
        Two columns, X Y: draw Y against X, a line for each setting of what else was swept, into the folder.
    where
        COLUMN=VALUE: only the rows that have it; may be repeated.
    log
        Logarithmic axes of the plot. [default: where values are positive and span a factor of 30]
    export
        Write all columns to this file, .csv or .nc; .nc has every walker too.
    columns
        Columns to show, separated by commas, or all. [default: what was swept and the main results]
    json
        Print JSON instead of a table.
    """
    from sims.options.by_name import find
    from sims.storage.files import write_csv
    from sims.storage.netcdf import write_netcdf
    from sims.sweep.table import chosen_rows, read_results, table

    if export is not None and export.suffix not in (".csv", ".nc"):
        raise ValueError(f"--export needs a file .csv or .nc, got {str(export)!r}")
    if columns is not None and not json and (plot is not None or export is not None):
        raise ValueError(
            "--columns chooses what is printed; --plot and --export print nothing. Add --json or leave it out."
        )
    if log is not None and plot is None:
        raise ValueError("--log works only with --plot.")
    dataset, failures = read_results(path)
    dataset = chosen_rows(dataset, where)
    if plot is not None:
        import figures.sweep
        from figures.look import styled
        from figures.save import save

        x, y = (find(name, table(dataset), "a column") for name in plot)
        stem = (path if path.is_dir() else path.parent) / f"{y}_{x}"
        with styled():
            save(figures.sweep.draw(dataset, x, y, log), stem)
        print(f"Written to {stem}.png, .svg", file=sys.stderr)
    if export is not None:
        if export.suffix == ".csv":
            write_csv(table(dataset), export, dataset.attrs)
        else:
            write_netcdf(dataset, export)
        print(f"Written to {export}", file=sys.stderr)
    if json or (plot is None and export is None):
        _print(dataset, failures, columns, json)
    _tell_failures(failures)
    return 0


def _written(wanted: "Sweep", store: "CellStore", folder: Path) -> "xr.Dataset":
    """Write sweep.nc and sweep.csv and return the dataset."""
    from sims.storage.files import write_csv
    from sims.storage.netcdf import write_netcdf
    from sims.sweep.table import sweep_dataset, table

    try:
        store.begin(wanted.definition(), wanted.cells)  # in case another sweep started here meanwhile
        dataset = sweep_dataset(store)
        write_netcdf(dataset, folder / "sweep.nc")
        write_csv(table(dataset), folder / "sweep.csv", dataset.attrs)
    except OSError as reason:
        text = f"{reason.strerror or reason} while sweep.nc and sweep.csv were written; the cells are stored, --resume writes them"
        raise OSError(reason.errno, text, str(folder)) from None
    return dataset


def _print(dataset: "xr.Dataset", failures: list[str], columns: str | None, json: bool) -> None:
    from sims.options.by_name import find
    from sims.storage.rows import about, plain
    from sims.sweep.table import table

    frame = table(dataset)
    known = list(frame)
    chosen = json_text.loads(dataset.headline) if columns is None else columns.replace(" ", "").split(",")
    chosen = known if columns == "all" or (json and columns is None) else chosen
    rows = plain(frame[[find(name, known, "a column") for name in chosen]])
    finished, cells = frame.cell.nunique(), int(dataset.cells)
    if json:
        found = {"experiment": dataset.experiment, "cells": cells, "finished": finished}
        found |= {"partial": dataset.partial == "yes", "failures": failures, "rows": rows}
        found["provenance"] = about(dataset.attrs)
        print(json_text.dumps(found, indent=1))
        return
    shown = rows[:MOST_ROWS] if sys.stdout.isatty() else rows
    show(f"{dataset.experiment}: {finished} of {cells} cells", shown)
    if len(shown) < len(rows):
        _note(f"{len(rows) - len(shown)} more rows are in sweep.csv")


def _tell_failures(failures: list[str]) -> None:
    for reason in failures[:MOST_FAILURES]:
        print(f"diffusion: no result for {reason}", file=sys.stderr)
    if len(failures) > MOST_FAILURES:
        print(f"diffusion: no result for {len(failures) - MOST_FAILURES} more cells", file=sys.stderr)


def _note(text: str) -> None:
    print(f"diffusion: note: {text}", file=sys.stderr)
