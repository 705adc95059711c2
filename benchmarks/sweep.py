"""What a sweep costs beside its cells, and what that makes of many machines: ``python -m benchmarks.sweep``.

Threads and clusters of 1, 2 and 4 workers take turns with cells of two kinds: empty ones (10 walkers, 10 iterations)
show the overhead, long ones (some tenths of a second) how well workers are used. Messages and bytes are counted where
dask.distributed writes them, in every process. ``--write`` puts record and tables into the repository, for docs/scale.md.
"""

import argparse
import datetime
import json
import os
import pickle
import platform
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack, closing
from importlib.metadata import version
from pathlib import Path

from benchmarks.sweep_crew import Crew, cluster, pretending
from benchmarks.sweep_plan import filled, tables
from sims.storage.files import write_csv
from sims.storage.netcdf import write_netcdf
from sims.sweep.cell_store import CellStore, Part
from sims.sweep.grid import Sweep
from sims.sweep.pools import in_threads
from sims.sweep.registry import experiment
from sims.sweep.run import run
from sims.sweep.table import sweep_dataset, table
from sims.sweep.task import Task, code_digest, run_part

HERE = Path(__file__).parent
RECORD, PAGE = HERE / "sweep_recorded.json", HERE.parent / "docs" / "scale.md"
EMPTY = {"walkers": 10, "max_iterations": 10, "k": 1.0}
LONG = {"walkers": 64, "max_iterations": 1_000_000, "k": 1.0}  # nobody leaves: all take the same while
USUAL = {"walkers": 1000, "k": 6.0}
PRETENDED = (100, 16, 20.0), (100, 16, 10.0), (100, 16, 5.0)  # workers, threads each, seconds of a cell


def sweep(options, cells, seed):
    """Return a sweep over ``cells`` seeds, laid out."""
    found = Sweep(experiment("escape"), options, ({"seed": [seed * 10**6 + i for i in range(cells)]},))
    assert found.cells
    return found


def timed(wanted, workers, folder):
    """Run a sweep into a store of its own and return the cells a second."""
    with closing(CellStore(Path(tempfile.mkdtemp(dir=folder)) / "cells.sqlite")) as store:
        begun = time.perf_counter()
        ended = run(wanted, store, workers)
        seconds = time.perf_counter() - begun
    assert ended.finished == len(wanted.cells), ended.failures
    return ended.finished / seconds


def spent_on(wanted, workers, crew: Crew, folder, everyone=True):
    """Run a sweep on a cluster; return the cells a second, and by role processor time, messages and bytes for a cell."""
    before = crew.costs(everyone)
    rate = timed(wanted, workers, folder)
    after, costs = crew.costs(everyone), {}
    for role, values in after.items():
        for name, end, start in zip(("s", "messages", "bytes"), values, before[role], strict=True):
            costs[f"{role} {name}"] = (end - start) / len(wanted.cells)
    return rate, costs


def contest(counts, rounds, cells, folder):
    """Return throughput, and messages and bytes for a cell; all crews take turns, the first round warms up."""
    kinds = {"empty": (EMPTY, cells), "long": (LONG, max(4, cells // 10))}
    size, seed = sizes()["result"], 0
    rates, processor, messages = defaultdict(list), defaultdict(list), defaultdict(list)
    with ExitStack() as stack:
        crews: dict = {f"{n} thread{'s' * (n > 1)}": stack.enter_context(in_threads(n)) for n in counts[:2]}
        crews |= {f"{n} worker{'s' * (n > 1)}": stack.enter_context(cluster(n)) for n in counts}
        for turn in range(rounds + 1):
            for where, crew in crews.items():
                for kind, (options, number) in kinds.items():
                    seed += 1
                    wanted = sweep(options, number, seed)
                    if isinstance(crew, Crew):
                        rate, costs = spent_on(wanted, crew.workers, crew, folder)
                        used = sum(value for name, value in costs.items() if name.endswith(" s"))
                    else:
                        begun = time.process_time()
                        rate = timed(wanted, crew, folder)
                        used = (time.process_time() - begun) / number
                    if turn:
                        rates[where, kind].append(rate)
                        processor[where, kind].append(used)
                if isinstance(crew, Crew):
                    seed += 1
                    workers = pretending(crew, 0.0, size)
                    _, costs = spent_on(sweep(EMPTY, cells, seed), workers, crew, folder)
                    if turn:
                        messages[where].append(costs)
    throughput = []
    for (where, kind), found in rates.items():
        against = [own / one for own, one in zip(found, rates["1 thread", kind], strict=True)]
        ratio = [statistics.median(against), min(against), max(against)]
        used = statistics.median(processor[where, kind])
        throughput.append(
            {
                "where": where,
                "kind": kind,
                "rate": statistics.median(found),
                "against": ratio,
                "processor": used,
            }
        )
    middle = [
        {"where": where} | {name: statistics.median(one[name] for one in ones) for name in ones[0]}
        for where, ones in messages.items()
    ]
    return sorted(throughput, key=lambda one: one["kind"]), middle


def sizes():
    """Return the bytes of a task and of the result of a usual cell."""
    (cell,) = sweep(USUAL, 1, 1).cells
    return {"task": len(pickle.dumps(_task(cell))), "result": len(run_part(_task(cell)))}


def _task(cell):
    return Task("escape", cell.config, 0, cell.walkers, cell.key, code_digest("escape"))


def serial(cells, folder):
    """Return what only the client does, in processor seconds a cell; of stores, with the disk too."""
    begun = time.process_time()
    wanted = sweep(USUAL, cells, 0)
    found: dict = {"layout": (time.process_time() - begun) / cells}
    record = run_part(_task(wanted.cells[0]))
    parts = [Part(cell.key, 0, cell.walkers, record) for cell in wanted.cells]
    for name, together in (("store one", 1), ("store hundred", 100)):
        with closing(CellStore(Path(folder) / f"{together}.sqlite")) as store:
            store.begin(wanted.definition(), wanted.cells)
            used, begun = time.process_time(), time.perf_counter()
            for first in range(0, cells, together):
                store.add(parts[first : first + together], {})
            found[name] = [(time.process_time() - used) / cells, (time.perf_counter() - begun) / cells]
            used = time.process_time()
            dataset = sweep_dataset(store)
            write_netcdf(dataset, Path(folder) / "sweep.nc")
            write_csv(table(dataset), Path(folder) / "sweep.csv")
            found["table"] = (time.process_time() - used) / cells
    return found


def pretended(count, threads, seconds, rounds, folder):
    """Return the rate with that many workers, who only sleep, and what client and scheduler spent on a cell."""
    size, cells = sizes()["result"], rounds * count * threads
    with cluster(count, threads, processes=min(count, 2)) as crew:
        workers = pretending(crew, seconds, size)
        timed(sweep(EMPTY, 100, 1), pretending(crew, 0.0, size), folder)
        rate, costs = spent_on(sweep(EMPTY, cells, 2), workers, crew, folder, everyone=False)
    about = {"workers": count, "threads": threads, "seconds": seconds, "cells": cells}
    return about | {"demand": count * threads / seconds, "rate": rate} | costs


def measured(quick: bool) -> dict:
    """Return everything that the tables need."""
    rounds, cells, counts = (1, 20, (1, 2)) if quick else (3, 80, (1, 2, 4))
    about = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "distributed": version("distributed"),
        "rounds": rounds,
        "load before": os.getloadavg()[0],
    }
    with tempfile.TemporaryDirectory() as folder:
        throughput, messages = contest(counts, rounds, cells, folder)
        alone = serial(100 if quick else 1000, folder)
        many = ((10, 16, 1.0),) if quick else PRETENDED
        crowds = [pretended(*one, 3, folder) for one in many]
    return {
        "about": about | {"load after": os.getloadavg()[0]},
        "throughput": throughput,
        "messages": messages,
        "serial": alone,
        "sizes": sizes(),
        "pretended": crowds,
    }


def main(arguments=None) -> int:
    """Measure, plan, and print or write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one round of few cells")
    parser.add_argument("--json", action="store_true", help="print the record instead of tables")
    parser.add_argument(
        "--write", action="store_true", help="keep the record and put its tables into docs/scale.md"
    )
    chosen = parser.parse_args(arguments)
    record = measured(chosen.quick)
    if chosen.write:
        RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), record), encoding="utf-8")
    print(json.dumps(record, indent=1) if chosen.json else tables(record))
    return 0


if __name__ == "__main__":
    sys.exit(main())
