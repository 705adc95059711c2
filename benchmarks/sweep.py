"""What a sweep costs beside its cells, and what that makes of many machines: ``python -m benchmarks.sweep``.

Cells of two kinds on threads and on local clusters of 1, 2 and 4 workers, contestants in turns: empty ones (10
walkers, 10 iterations) show the overhead, long ones (some tenths of a second) how well workers are used. Bytes
and messages are counted where dask.distributed writes them, in every process. The plan for many machines is
computed from these numbers and `ASSUMED`; docs/scale.md has a recorded run.
"""

import argparse
import json
import pickle
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path

from distributed import Client, LocalCluster

from sims.cell_store import CellStore
from sims.cells import Sweep
from sims.executors import in_threads, on_cluster
from sims.registry import experiment
from sims.sweep import run
from sims.work import Task, code_digest, run_part

EMPTY = {"walkers": 10, "max_iterations": 10, "k": 1.0}
LONG = {"walkers": 64, "max_iterations": 1_000_000, "k": 1.0}  # nobody leaves: all take the same while
USUAL = {"walkers": 1000, "k": 6.0}  # for the size of a usual result
ASSUMED = {"workers a machine": 16, "network, bytes a second": 125e6, "time to start, s": 10.0}
MACHINES, CELL_SECONDS = (1, 10, 100), (0.1, 1.0, 10.0, 100.0)
MINUTES = 60  # of the sweeps that are planned


@dataclass(frozen=True)
class Measured:
    """One sweep: cells a second, processor time of the client for one, messages and bytes on the wire for one."""

    where: str
    kind: str
    rate: float
    client: float
    messages: float
    wire: float


def sweep(options, cells, seed):
    """Return a sweep over ``cells`` seeds, laid out."""
    found = Sweep(experiment("escape"), options, ({"seed": [seed * 10**6 + i for i in range(cells)]},))
    assert found.cells
    return found


def count_writes():
    """Let every connection of this process count what it writes."""
    from distributed.comm.tcp import TCP

    if hasattr(TCP, "counted"):
        return
    TCP.counted, write = [0, 0], TCP.write

    async def counting(self, *arguments, **options):
        size = await write(self, *arguments, **options)
        TCP.counted[0] += 1
        TCP.counted[1] += size
        return size

    TCP.write = counting


def written():
    """Return messages and bytes that this process wrote."""
    from distributed.comm.tcp import TCP

    return list(TCP.counted)


def measure(where, kind, options, cells, workers, client, folder, seed) -> Measured:
    """Run one sweep and return what it cost."""
    wanted = sweep(options, cells, seed)
    with closing(CellStore(Path(folder) / f"{seed}.sqlite")) as store:
        before = _everywhere(client)
        begun, used = time.perf_counter(), time.process_time()
        ended = run(wanted, store, workers)
        seconds, spent = time.perf_counter() - begun, time.process_time() - used
        messages, wire = (after - start for after, start in zip(_everywhere(client), before, strict=True))
    assert ended.finished == cells, ended.failures
    return Measured(where, kind, cells / seconds, spent / cells, messages / cells, wire / cells)


def _everywhere(client):
    if client is None:
        return [0, 0]
    return [sum(column) for column in zip(written(), *client.run(written).values(), strict=True)]


def contest(counts, rounds, cells, folder) -> list[Measured]:
    """Return the median over the rounds for each kind of workers and cells, which take turns."""
    kinds = {"empty": (EMPTY, cells), "long": (LONG, max(4, cells // 10))}
    with ExitStack() as stack:
        crews: dict = {f"{n} threads": (stack.enter_context(in_threads(n)), None, n) for n in counts[:2]}
        for n in counts:
            settings = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
            cluster = stack.enter_context(LocalCluster(n_workers=n, **settings))
            client = stack.enter_context(Client(cluster))
            count_writes()
            client.run(count_writes)
            workers = stack.enter_context(on_cluster(cluster.scheduler_address))
            while workers.size() < n:
                time.sleep(0.05)
            crews[f"{n} workers"] = workers, client, n
        found: dict = {}
        for turn in range(rounds + 1):  # the first warms up
            for where, (workers, client, n) in crews.items():
                for place, (kind, (options, size)) in enumerate(kinds.items()):
                    seed = 1 + place + 10 * turn + 1000 * n
                    one = measure(
                        where, kind, options, size, workers, client, folder, seed + 500 * (client is None)
                    )
                    if turn:
                        found.setdefault((where, kind), []).append(one)
    return [_median(ones) for ones in found.values()]


def _median(ones):
    middle = {
        name: statistics.median(getattr(one, name) for one in ones)
        for name in ("rate", "client", "messages", "wire")
    }
    return Measured(ones[0].where, ones[0].kind, **middle)


def sizes():
    """Return the bytes of a task and of the result of a usual cell."""
    (cell,) = sweep(USUAL, 1, 1).cells
    task = Task("escape", cell.config, 0, 1000, cell.key, code_digest("escape"))
    return {"task": len(pickle.dumps(task)), "result of 1000 walkers": len(run_part(task))}


def plan(client, overhead, wire):
    """Return, for machines and cell lengths, the share of the workers' time that computes, and the limit.

    Parameters
    ----------
    client : float
        Processor time of client, scheduler and store for one cell, s.
    overhead : float
        Time that a worker is not computing between two cells, s.
    wire : float
        Bytes on the wire for one cell.
    """
    rows = []
    for machines in MACHINES:
        workers = machines * ASSUMED["workers a machine"]
        for cell in CELL_SECONDS:
            rates = {
                "workers": workers / (cell + overhead),
                "client": 1 / client,
                "network": ASSUMED["network, bytes a second"] / wire,
            }
            limit = min(rates, key=rates.__getitem__)
            started = 1 - ASSUMED["time to start, s"] / (60 * MINUTES)
            used = rates[limit] * cell / workers * started
            rows.append(
                {"machines": machines, "cell": cell, "rate": rates[limit], "used": used, "limit": limit}
            )
    return rows


def main(arguments=None) -> int:
    """Measure, plan, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one round of few cells")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        found = contest(
            (1, 2) if chosen.quick else (1, 2, 4), *((1, 20) if chosen.quick else (5, 200)), folder
        )
    by = {(one.where, one.kind): one for one in found}
    alone = by["1 threads", "long"].rate
    one = by["1 workers", "empty"]
    overhead = 1 / one.rate
    table = plan(one.client, overhead, one.wire + sizes()["result of 1000 walkers"] * 2)
    if chosen.json:
        print(
            json.dumps(
                {"measured": [asdict(m) for m in found], "sizes": sizes(), "assumed": ASSUMED, "plan": table}
            )
        )
        return 0
    print("workers      cells   cells/s  against one thread   client ms   messages   bytes   (for one cell)")
    for m in found:
        against = f"{m.rate / alone:.2f}" if m.kind == "long" else ""
        print(
            f"{m.where:12} {m.kind:7} {m.rate:7.1f}  {against:>18} {1e3 * m.client:11.2f} {m.messages:10.1f} {m.wire:7.0f}"
        )
    print(", ".join(f"{name}: {size} bytes" for name, size in sizes().items()))
    print(f"plan, with {', '.join(f'{name} {value:g}' for name, value in ASSUMED.items())}:")
    for row in table:
        print(
            "{machines:4} machines, cells of {cell:5g} s: {rate:7.1f} cells/s, {used:4.0%} used, limit: {limit}".format(
                **row
            )
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
