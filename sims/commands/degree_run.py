"""Run, draw and write the degree law, for `diffusion figure degree`."""

import json as json_text
import sys
from contextlib import closing
from pathlib import Path

from figures import degree as picture
from figures.save import save
from sims.commands.progress import cells_progress
from sims.commands.table import say, show
from sims.degree.crossover import CROSSOVERS
from sims.degree.plan import DegreeLaw
from sims.degree.summary import apart, summary, table
from sims.storage.files import writable_folder, write_csv
from sims.storage.netcdf import write_netcdf
from sims.storage.rows import about, plain
from sims.sweep.cell_store import CellStore
from sims.sweep.grid import Sweep
from sims.sweep.pools import in_threads
from sims.sweep.registry import experiment
from sims.sweep.run import run
from sims.sweep.table import sweep_dataset

STORE = "degree-cells.sqlite"


def run_degree_law(config: DegreeLaw, out: Path, *, workers: int | None = None, json: bool = False) -> int:
    """Run the degree law, write its figure, table and data into ``out``; return the exit code.

    Finished cells are kept in ``out``: the same command goes on where it was stopped.
    """
    folder = writable_folder(out)
    wanted = Sweep(experiment("degree"), config.fixed, config.grids, config.seed)
    with closing(CellStore(folder / STORE)) as store, in_threads(workers) as crew:
        with cells_progress("degree law", len(wanted.cells), len(wanted.cells), None) as tell:
            ended = run(wanted, store, crew, tell=tell)
        for reason in ended.failures:
            print(f"diffusion: {reason}", file=sys.stderr)
        if not ended.finished:
            print("Interrupted before any cell was finished", file=sys.stderr)
            return 130 if ended.interrupted else 2
        cells = sweep_dataset(store)
    names = [name for name in cells.variables if cells[name].dims == ("row",)]
    rows = cells[names].to_dataframe().to_dict("records")
    labels = {
        f"{kind}_{name}": getattr(one, kind)
        for name, one in CROSSOVERS.items()
        for kind in ("title", "xlabel")
    }
    found = summary(rows, dict(cells.attrs) | labels)
    save(picture.draw(found), folder / "degree")
    write_netcdf(found, folder / "degree.nc")
    shown = table(found)
    if shown:  # rules whose climbs died out have no row; their reasons are printed
        write_csv(shown, folder / "degree.csv", found.attrs)
    if json:
        told = {"verdict": found.verdict.splitlines(), "rules": plain(shown), "apart": apart(found)}
        print(json_text.dumps(told | {"partial": found.partial == "yes", "provenance": about(found.attrs)}))
    else:
        if shown:
            show("How much each optimizer's escape time depends on sharpness", shown, ("means",))
        show("Rules that stand apart", apart(found), ("why it is not measured",))
        say(found.verdict or "No rule could be measured.")
    print(f"Written to {folder / 'degree.png'}, .svg, .nc{', .csv' if shown else ''}", file=sys.stderr)
    if ended.interrupted:
        print(
            f"Interrupted: {ended.finished} of {ended.cells} cells are finished; run it again to go on",
            file=sys.stderr,
        )
        return 130
    return 2 if ended.failures else 0
