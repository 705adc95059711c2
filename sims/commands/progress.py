"""Progress on a terminal: walkers done, and the time left."""

import sys
import threading
from contextlib import contextmanager

from diffusion import Watch


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
    watch = Watch()
    if not sys.stderr.isatty():
        yield watch
        return
    from rich.progress import MofNCompleteColumn, TextColumn

    bar = _bar(MofNCompleteColumn(), TextColumn("walkers,"))
    task = bar.add_task(what, total=total)
    done = threading.Event()

    def follow():
        while not done.wait(0.1):
            bar.update(task, completed=watch.finished, total=total or watch.expected or None)

    follower = threading.Thread(target=follow, daemon=True)
    with bar:
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
        yield lambda cells, walkers: None
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
