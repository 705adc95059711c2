"""Clusters for the benchmark of sweeps: every part a process of its own, and what each writes is counted.

``python -m benchmarks.sweep_crew ADDRESS COUNT THREADS`` is one process that is COUNT workers to the scheduler. Cells
that only sleep need no processor, so a laptop can be as many workers as a hundred machines have.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from distributed import Client

from sims.sweep.pools import Workers, on_cluster

ROOT = Path(__file__).parents[1]
PATIENCE = 300  # seconds for workers to come


@dataclass(frozen=True)
class Crew:
    """Workers of a cluster, and a client of its own to look at them with."""

    workers: Workers
    client: Client

    def costs(self, everyone: bool = True) -> dict[str, list[float]]:
        """Return processor seconds, messages and bytes written so far, by role; of workers if ``everyone``."""
        found = {"client": spent(), "scheduler": self.client.run_on_scheduler(spent)}
        if everyone:
            each = self.client.run(spent).values()
            found["workers"] = [sum(column) for column in zip(*each, strict=True)]
        return found


@contextlib.contextmanager
def cluster(count: int, threads: int = 1, processes: int | None = None) -> Iterator[Crew]:
    """Yield ``count`` workers of ``threads`` threads; of a process each, or as many as ``processes`` together."""
    processes = processes or count
    with ExitStack() as stack:
        said = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "scheduler.json"
        words = ["--host=127.0.0.1", "--port=0", "--no-dashboard", f"--scheduler-file={said}"]
        stack.enter_context(_program("distributed.cli.dask_scheduler", *words))
        address = _wait(lambda: json.loads(said.read_text())["address"], "scheduler")
        for share in range(processes):
            size = count * (share + 1) // processes - count * share // processes
            stack.enter_context(_program("benchmarks.sweep_crew", address, size, threads))
        client = stack.enter_context(Client(address, set_as_default=False))
        _wait(lambda: len(client.nthreads()) == count or None, f"{count} workers")
        count_writes()
        client.run_on_scheduler(count_writes)
        client.run(count_writes)
        workers = stack.enter_context(on_cluster(address))
        _wait(lambda: workers.size() == count * threads or None, "size")
        yield Crew(workers, client)


def pretending(crew: Crew, seconds: float, size: int) -> Workers:
    """Return the workers of a crew, who sleep ``seconds`` in place of a cell and hand in ``size`` bytes."""
    executor = crew.client.get_executor(pure=False, retries=2)
    workers = crew.workers
    return Workers(
        partial(executor.submit, pretend, seconds, size), workers.size, workers.stop, where=workers.where
    )


def pretend(seconds, size, task):
    """Take as long as a cell and return as much."""
    time.sleep(seconds)
    return os.urandom(size)


@contextlib.contextmanager
def _program(module, *words):
    command = [sys.executable, "-m", module, *map(str, words)]
    program = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield program
    finally:
        program.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.wait(10)
        program.kill()
        program.wait()


def _wait(found, what):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError, ValueError, KeyError):
            if (answer := found()) is not None:
                return answer
        time.sleep(0.05)
    raise RuntimeError(f"no {what} in {PATIENCE} s")


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


def spent():
    """Return the processor seconds of this process, and the messages and bytes that it wrote."""
    from distributed.comm.tcp import TCP

    return [time.process_time(), *TCP.counted]


async def crowd(address, count, threads):
    """Be ``count`` workers until the scheduler is gone."""
    from distributed import Worker

    with tempfile.TemporaryDirectory() as folder:
        async with AsyncExitStack() as stack:
            settings = {"nthreads": threads, "dashboard": False, "local_directory": folder, "memory_limit": 0}
            crew = [await stack.enter_async_context(Worker(address, **settings)) for _ in range(count)]
            await asyncio.gather(*(worker.finished() for worker in crew))


if __name__ == "__main__":
    asyncio.run(crowd(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
