"""Show on a terminal how many walkers are done and how long the rest will take."""

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
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("walkers,")
    bar = Progress(
        *columns, TimeRemainingColumn(), TextColumn("left"), console=Console(stderr=True), transient=True
    )
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
