"""Progress of a run: a bar on a terminal, and one line anywhere when the end is far."""

import sys
import threading
import time
from contextlib import contextmanager, nullcontext

from diffusion import Watch
from diffusion.cost import duration

PATIENCE = 20.0  # seconds after which a run whose end is far says so
FAR = 600.0  # seconds that are left then
UNKNOWN = 60.0  # seconds after which a run says that nothing is finished yet


@contextmanager
def progress(what: str, total: int | None = None):
    """Yield a `Watch` to hand to runs; draw a bar while they last, on a terminal only.

    Parameters
    ----------
    what : str
        What is running.
    total : int, optional
        Walkers of all runs together; what the runs announce, if not given.
    """
    watch, bar = Watch(), None
    if sys.stderr.isatty():
        from rich.progress import MofNCompleteColumn, TextColumn

        bar = _bar(MofNCompleteColumn(), TextColumn("walkers,"))
    far = Far("walkers", print_of(bar))
    task = None if bar is None else bar.add_task(what, total=total)
    done = threading.Event()

    def follow():
        while not done.wait(0.1):
            wanted = total or watch.expected or None
            if bar is not None:
                bar.update(task, completed=watch.finished, total=wanted)
            far.tell(watch.finished, wanted)

    follower = threading.Thread(target=follow, daemon=True)
    with bar or nullcontext():
        follower.start()
        try:
            yield watch
        finally:
            done.set()
            follower.join()


@contextmanager
def cells_progress(what: str, cells: int, walkers: int, watch: Watch | None = None):
    """Yield a function to call with the cells and the walkers finished; draw a bar on a terminal only.

    Parameters
    ----------
    what : str
        What is running.
    cells, walkers : int
        Of the whole sweep; time is estimated from walkers, which cells may have many of.
    watch : Watch, optional
        Sees walkers of cells that still run.
    """
    if not sys.stderr.isatty():
        far = Far("walkers" if walkers > cells else "cells", print_of(None))
        yield lambda finished_cells, finished_walkers: far.tell(finished_walkers, walkers)
        return
    from rich.progress import TextColumn

    # seconds: a cell may take minutes, so a shorter average would jump
    bar = _bar(TextColumn("{task.fields[cells]} cells,"), speed_estimate_period=600)
    task = bar.add_task(what, total=walkers, cells=f"0/{cells}")
    begun: list[int] = []

    def tell(finished_cells, finished_walkers):
        if not begun:  # cells of an earlier run say nothing about the speed
            begun.append(finished_walkers)
            bar.reset(task, completed=finished_walkers, total=walkers)
        seen = begun[0] + watch.finished if watch else 0
        bar.update(task, completed=max(finished_walkers, seen), cells=f"{finished_cells}/{cells}")

    with bar:
        yield tell


class Far:
    """Writer of one line about a run whose end is far.

    Parameters
    ----------
    what : str
        What is counted, such as walkers.
    write : callable
        Called with the line.
    """

    def __init__(self, what: str, write):
        self.what, self.write, self.began, self.first = what, write, time.monotonic(), 0.0
        self.started = self.told = False

    def tell(self, finished: float, wanted: float | None) -> None:
        """Write the line, once, if it is time for it."""
        if not self.started:  # what an earlier run had finished says nothing about the speed
            self.started, self.first = True, finished
        passed, done = time.monotonic() - self.began, finished - self.first
        if self.told or passed < PATIENCE or wanted is None:
            return
        if done > 0:
            self.told = True
            left = passed * (wanted - finished) / done
            if left > FAR:
                self.write(
                    f"{finished:,.0f} of {wanted:,.0f} {self.what} after {passed:.0f} s: about {duration(left)} left"
                )
        elif passed > UNKNOWN and not finished:
            self.told = True
            self.write(
                f"none of {wanted:,.0f} {self.what} has finished after {passed:.0f} s; Ctrl-C stops the run"
            )


def print_of(bar):
    """Return a function that writes a note to standard error, above a bar where there is one."""

    def write(line):
        if bar is None:
            print(f"diffusion: note: {line}", file=sys.stderr, flush=True)
        else:
            bar.console.print(f"diffusion: note: {line}", markup=False, highlight=False)

    return write


def _bar(*counts, **options):
    """Return a bar that shows what runs, these columns, and the time left."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        *counts,
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True, **options)
