"""Run, draw and write a figure on networks, for `diffusion figure 1` and others.

They share a store of finished cells, and the form of their files.
"""

import json as json_text
import sys
import time
from contextlib import closing
from importlib import import_module
from pathlib import Path

from figures.look import styled
from figures.save import save
from sims.commands.progress import cells_progress
from sims.commands.table import say, show
from sims.networks.figure import NetworkFigure, Settings, missing_data, network_figure
from sims.storage.files import writable_folder, write_csv
from sims.storage.netcdf import write_netcdf
from sims.storage.rows import about, plain
from sims.sweep.cell_store import CellStore
from sims.sweep.grid import Sweep
from sims.sweep.pools import in_threads, on_cluster
from sims.sweep.registry import experiment
from sims.sweep.run import run
from sims.verify import report
from sims.verify.record import differences, record
from sims.verify.run import Finding

STORE = "network-cells.sqlite"  # one for all figures: 7 and 14 look at the same minima


def cells_of(figure: NetworkFigure, settings: Settings, store: CellStore, crew) -> tuple[list[dict], int]:
    """Run what the store does not have yet; return the rows of all cells and the exit code."""
    rows, code = [], 0
    kinds: dict[str, list[dict]] = {}
    for grid in figure.grids(settings):
        # one sweep for each kind of cells, so that no processor waits for the last cell of every grid
        values = {name: [value] for name, value in grid.fixed.items()} | dict(grid.values)
        kinds.setdefault(grid.cells, []).append({"seed": [settings.seed]} | values)
    for kind, grids in kinds.items():
        wanted = Sweep(experiment(kind), {}, tuple(grids), settings.seed)
        number = len(wanted.cells)
        with cells_progress(figure.name.replace("_", " "), number, number, None) as tell:
            ended = run(wanted, store, crew, tell=tell)
        for reason in ended.failures:
            print(f"diffusion: {reason}", file=sys.stderr)
        if ended.interrupted:
            told = f"Interrupted: {ended.finished} of {ended.cells} cells are finished; run it again to go on"
            print(told, file=sys.stderr)
            return [], 130
        code = 2 if ended.failures else code
        for cell in wanted.cells:
            for row in store.result(cell.key, cell.walkers) or []:
                rows.append({"cells": kind} | cell.swept | row)
    return rows, code


def make(
    name: str, settings: Settings, out: Path, *, workers: int | None = None, scheduler: str | None = None,
    json: bool = False, to: Path | None = None,
) -> int:  # fmt: skip
    """Make one figure: picture, data, table and verdicts in ``out``; return the exit code."""
    figure, began = network_figure(name), time.perf_counter()
    missing = missing_data()
    if missing:
        raise ValueError(missing)
    folder, size = writable_folder(out), "quick" if settings.quick else "full"
    if to is not None and to.name in ("quick.json", "full.json") and to.stem != size:
        how = "leave out" if settings.quick else "add"
        raise ValueError(f"{to.name} holds the verdicts of {to.stem} runs: {how} --quick.")
    crew = in_threads(workers) if scheduler is None else on_cluster(scheduler)
    from threadpoolctl import threadpool_limits  # scikit-learn brings it, in the extra "networks"

    # One thread for matrix products: cells fill the processors, and threads that wait for each other took ten times as long.
    with closing(CellStore(folder / STORE)) as store, crew as workers_, threadpool_limits(1):
        rows, code = cells_of(figure, settings, store, workers_)
    if code:
        return code
    dataset = figure.summary(rows, settings).assign_attrs(claim=figure.claim)
    finding = Finding(figure, dataset, tuple(figure.verdicts(dataset)), time.perf_counter() - began)  # type: ignore[arg-type]
    stem = folder / name
    with styled():
        save(import_module(f"figures.{figure.picture}").draw(dataset), stem)
    write_netcdf(dataset, stem.with_suffix(".nc"))
    shown, said = figure.table(dataset), report.rows(finding.verdicts)
    write_csv(shown, stem.with_suffix(".csv"), dataset.attrs)
    if to is not None:
        record([finding], to)
    changed = differences([finding], size) if finding.verdicts else []
    if json:
        found = {"claim": figure.claim, "verdicts": said, "table": plain(shown), "changed": changed}
        print(json_text.dumps(found | {"provenance": about(dataset.attrs)}, indent=1))
    else:
        say(f"The paper: {figure.claim}")
        show(figure.title, shown, ("means",))
        if said:
            show("Verdicts", said, ("what", "regime", "in words"))
        for line in changed:
            say(f"Differs from the record: {line}")
    print(f"Written to {stem}.png, .svg, .nc, .csv", file=sys.stderr)
    return 0
