"""Watch running kernels from outside, and stop them."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np
from numba import types
from numba.extending import intrinsic

from diffusion.checks import require, whole
from diffusion.contract import gives
from diffusion.jit import COMPILING

STOP, FINISHED = 0, 1  # places in Watch.tally


@intrinsic
def fetch_add(typingctx, array, index, value):
    """Add ``value`` to ``array[index]`` atomically.

    Return what was there before: threads share one counter.
    """

    def codegen(context, builder, sig, args):
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        place = builder.gep(data, [args[1]])
        # "monotonic" orders no other memory: only the count itself has to be right.
        return builder.atomic_rmw("add", place, args[2], "monotonic")

    return types.int64(array, types.int64, types.int64), codegen


class Watch:
    """Progress of any number of runs, and a way to stop them.

    It counts the walkers that are done and those that are expected.

    Attributes
    ----------
    expected : int
        Walkers that the runs so far were asked for.
    """

    def __init__(self):
        # An array, not attributes: compiled code reads and writes it without the interpreter's
        # lock.
        self.tally = np.zeros(2, np.int64)
        self.expected = 0

    @property
    def finished(self):
        """Number of walkers done so far."""
        return int(self.tally[FINISHED])

    @property
    def stopped(self):
        """Whether ``stop`` was called."""
        return bool(self.tally[STOP])

    def stop(self):
        """Stop every run within milliseconds."""
        self.tally[STOP] = 1


class Interrupted(KeyboardInterrupt):
    """Error for a stopped run; ``partial`` holds what was finished."""

    def __init__(self, partial):
        super().__init__("stopped; what was finished is in .partial")
        self.partial = partial


class Diverged(ArithmeticError):
    """Error for walkers that left every bound.

    Its message names the iteration and says what to try.
    """

    def __init__(self, iteration, mover):
        mover = mover.optimizer if gives(mover, "optimizer") else mover  # the one that the user named
        step = f"dt = {mover.dt:g}" if gives(mover, "dt") else f"eta = {mover.eta:g}"
        name = type(mover).__name__
        super().__init__(
            f"walkers diverged by iteration {iteration} ({name}, {step}); lower {step.split()[0]}"
        )


def given_watch(watch):
    """Return ``watch``, or a new one for None."""
    require(watch is None or isinstance(watch, Watch), "watch", "a Watch, or None", watch)
    return Watch() if watch is None else watch


def worker_count(workers):
    """Return the number of threads to use.

    There are as many as processors, unless told.
    """
    if workers is None:
        # Affinity counts the processors this process may use; cpu_count counts those of the
        # machine.
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return whole(workers, "workers", 1, 1024)


def run_threads(work, workers, watch):
    """Call ``work()`` on threads and return the results.

    On Ctrl-C the watch is stopped, and the results so far are returned too. Threads that compile then are left
    behind: they stop before their first step.
    """
    if workers == 1 and watch.stopped:
        return []
    running = set()

    def named():
        running.add(threading.get_ident())
        try:
            return work()
        finally:
            running.discard(threading.get_ident())

    pool = ThreadPoolExecutor(workers)
    try:
        futures = [pool.submit(named) for _ in range(workers)]
        while True:
            try:
                # Waiting in short turns: a wait without a limit would hold back Ctrl-C until the
                # run is over.
                if not wait(futures, timeout=0.1).not_done:
                    break
            except KeyboardInterrupt:
                watch.stop()
            # A compilation takes seconds and cannot be stopped; such a thread has no walkers to hand over.
            if watch.stopped and running <= COMPILING:
                break
    finally:
        pool.shutdown(wait=not watch.stopped or not running <= COMPILING, cancel_futures=True)
    return [future.result() for future in futures if future.done() and not future.cancelled()]
