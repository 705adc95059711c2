"""Run a sweep: cells' parts to workers, results to the store."""

import contextlib
import queue
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sims.storage.netcdf import origin
from sims.sweep.cell_store import CellStore, Part
from sims.sweep.grid import Cell, Sweep, covered, part_size, pieces
from sims.sweep.pools import Workers
from sims.sweep.task import Failed, Task, code_digest

AHEAD = 2  # tasks sent for each that can run, so that no worker waits for the next
GRACE = 5  # seconds that running tasks have to hand in what is finished once the sweep is stopped


class Stopped(RuntimeError):
    """A sweep that could not go on; what was finished is stored."""


@dataclass(frozen=True)
class Ended:
    """How a sweep ended: cells finished, failures, and Ctrl-C."""

    finished: int
    failures: list[str]
    cells: int
    interrupted: bool


def run(
    sweep: Sweep,
    store: CellStore,
    workers: Workers,
    *,
    backwards: bool = False,
    tell: Callable[[int, int], None] = lambda cells, walkers: None,
) -> Ended:
    """Run what the store does not have yet.

    Parameters
    ----------
    sweep : Sweep
    store : CellStore
    workers : Workers
        See `sims.sweep.pools`.
    backwards : bool
        Begin with the last cell: for the second client on one store, which then meets the first in the middle.
    tell : callable
        Called with the cells and the walkers finished so far, several times a second.

    Returns
    -------
    Ended
        After Ctrl-C ``interrupted``, with all that was finished stored. Running tasks have a few seconds to hand in what
        they have; a second Ctrl-C takes these from them.

    Raises
    ------
    Stopped
        If the workers or the disk fail; the message says why and how much is stored.
    """
    store.begin(sweep.definition(), sweep.cells)
    work = _Work(sweep, store, workers, backwards)
    with _ctrl_c() as asked:
        try:
            while work.any_left(asked.is_set()):
                if not asked.is_set():
                    work.send()
                work.take()
                tell(*work.finished())
        except (OSError, ValueError, Stopped) as reason:
            said, file = getattr(reason, "strerror", None), getattr(reason, "filename", None)
            text = f"{file}: {said}" if said and file else " ".join(str(reason).split())
            stored = f"{work.finished()[0]} of {len(sweep.cells)} cells are stored"
            workers.stop()
            raise Stopped(f"{text}; {stored}, --resume goes on from there") from None
        except KeyboardInterrupt:  # a second Ctrl-C: tasks have no more time to hand in what is finished
            workers.stop()
        except BaseException:
            workers.stop()  # nobody wants what still runs
            raise
    failures = [work.failures[cell.key] for cell in sweep.cells if cell.key in work.failures]
    return Ended(work.finished()[0], failures, len(sweep.cells), asked.is_set())


class _Work:
    """The parts that wait, run, and are finished."""

    def __init__(self, sweep, store, workers, backwards):
        self.cells, self.store, self.workers, self.backwards = sweep.cells, store, workers, backwards
        self.code, self.walkers = code_digest(sweep.experiment.name), sum(cell.walkers for cell in self.cells)
        self.running: dict = {}
        self.ended: queue.SimpleQueue = queue.SimpleQueue()
        self.failures: dict[str, str] = {}
        self.deadline: float | None = None
        self.somebody = time.monotonic()  # when there was a worker last
        self._line_up()

    def _line_up(self):
        """Queue every walker missing from the store."""
        stored = self.store.parts()
        gaps = {cell.key: covered(cell.walkers, stored[cell.key])[1] for cell in self.cells}
        self.left = {key: _length(found) for key, found in gaps.items()}
        self.done, self.walkers_left = sum(not left for left in self.left.values()), sum(self.left.values())
        size = part_size(self.walkers_left, max(1, self.workers.size()))
        parts = [
            (cell, *piece)
            for cell in self.cells
            if cell.key not in self.failures
            for gap in gaps[cell.key]
            for piece in pieces(*gap, size)
        ]
        self.waiting = deque(reversed(parts) if self.backwards else parts)

    def any_left(self, stopping: bool) -> bool:
        """Return whether to go on; if ``stopping``, tell the workers once."""
        if stopping:
            if self.deadline is None:
                self.workers.stop()
                self.deadline = time.monotonic() + GRACE
            return bool(self.running) and time.monotonic() < self.deadline
        if not (self.running or self.waiting):
            self._line_up()  # parts of another client may overlap ours and leave a gap: then once more
        return bool(self.running or self.waiting)

    def finished(self) -> tuple[int, int]:
        """Count finished cells and stored walkers."""
        return self.done, self.walkers - self.walkers_left

    def _now_left(self, key, left):
        self.done += bool(self.left[key]) - bool(left)
        self.walkers_left += left - self.left[key]
        self.left[key] = left

    def send(self):
        """Send tasks ahead, of no cell that raised or is finished."""
        while self.waiting and len(self.running) < AHEAD * max(1, self.workers.size()):
            cell, first, stop = self.waiting.popleft()
            if cell.key in self.failures or not self._wanted(cell, first, stop):
                continue
            try:
                future = self.workers.submit(
                    Task(cell.experiment.name, cell.config, first, stop, cell.key, self.code, cell.own)
                )
            except Exception as error:  # noqa: BLE001  of a pool that broke or a scheduler that is gone
                raise Stopped(f"{self.workers.where} takes no more cells ({error})") from None
            self.running[future] = cell, first, stop
            future.add_done_callback(self.ended.put)

    def _wanted(self, cell: Cell, first, stop):
        gaps = covered(cell.walkers, self.store.parts(cell.key)[cell.key])[1]
        self._now_left(cell.key, _length(gaps))
        return any(first < end and begin < stop for begin, end in gaps)

    def take(self):
        """Store all that has come back, or wait a moment.

        Raises
        ------
        Stopped
            If the workers are gone.
        """
        parts, lost = [], None
        for future in self._ended():
            cell, first, stop = self.running.pop(future)
            error = "cancelled" if future.cancelled() else future.exception()
            if type(error).__name__ == "KilledWorker":  # distributed has tried often enough
                self._fail(cell, "every worker that tried it died (out of memory?)")
            elif error is not None:
                lost = lost or error
            elif isinstance(found := future.result(), Failed):
                self._fail(cell, found.reason)
            elif found is not None:
                parts.append(Part(cell.key, first, stop, found))
        if parts:
            self.store.add(parts, origin())
            for part in parts:
                self._now_left(part.key, max(0, self.left[part.key] - (part.stop - part.first)))
        if lost is not None and self.deadline is None:
            why = "" if lost == "cancelled" else f" ({' '.join(str(lost).split()) or type(lost).__name__})"
            raise Stopped(f"{self.workers.where} is gone{why}")
        if self.workers.size():
            self.somebody = time.monotonic()
        elif time.monotonic() - self.somebody > self.workers.patience:
            raise Stopped(f"{self.workers.where} had no worker for {self.workers.patience:g} s")

    def _ended(self):
        with contextlib.suppress(queue.Empty):
            yield self.ended.get(timeout=0.1)
            while True:
                yield self.ended.get_nowait()

    def _fail(self, cell, reason):
        self.failures[cell.key] = f"{cell.label()}: {reason}"
        self.store.fail(cell.key, self.failures[cell.key])


def _length(gaps):
    return sum(stop - first for first, stop in gaps)


@contextlib.contextmanager
def _ctrl_c() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C sets; a second one raises."""
    asked = threading.Event()

    def ask(number, frame):
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
