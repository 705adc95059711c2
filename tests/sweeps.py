"""Sweeps for tests: cells that take a known while, started as programs of their own and watched from outside."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sims.commands.app import main
from sims.sweep.cell_store import NAME, CellStore

ROOT = Path(__file__).parents[1]
CELLS = 12
SLOW = f"""
experiment = "escape"
walkers = 64
k = 1.0
max-iterations = 400_000  # nobody leaves: every cell takes the same while, about a tenth of a second
[grid]
seed = "1:{CELLS}:{CELLS}"
"""
QUICK = """
experiment = "escape"
walkers = 2000
optimizer = "momentum"
[grid]
k = "7:9:30"
"""


def sweep(capsys, config, out, *words):
    """Run `diffusion sweep` in this process; return exit code, standard output and standard error."""
    return call(capsys, "sweep", config, "--out", out, *words)


def call(capsys, *words):
    with pytest.raises(SystemExit) as stop:
        main([str(word) for word in words])
    out, err = capsys.readouterr()
    return stop.value.code, out, err


def written(folder):
    """Return the bytes of a sweep's dataset and table."""
    return (Path(folder) / "sweep.nc").read_bytes(), (Path(folder) / "sweep.csv").read_bytes()


def stored(folder):
    """Return how many parts a store has, as another program sees it."""
    with (
        contextlib.suppress(ValueError, OSError),
        contextlib.closing(CellStore(Path(folder) / NAME, read_only=True)) as store,
    ):
        return sum(map(len, store.parts().values()))
    return 0


@contextlib.contextmanager
def started(*words, **options):
    """Run a program in a session of its own; whatever is left of it at the end is killed."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    program = subprocess.Popen(
        [sys.executable, "-m", *map(str, words)], cwd=ROOT, start_new_session=True, **pipes, **options
    )
    try:
        yield program
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)
        program.communicate()


def until(condition, what, program=None, seconds=120):
    """Wait until ``condition()`` is true."""
    end = time.monotonic() + seconds
    while not condition():
        ended = program is not None and program.poll() is not None
        assert not ended, f"ended before {what}: {program.communicate()}"
        assert time.monotonic() < end, f"no {what} in {seconds} s"
        time.sleep(0.01)
