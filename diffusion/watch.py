"""Look at running kernels from outside, and stop them."""

import os
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np
from numba import types
from numba.extending import intrinsic

from diffusion.checks import require, whole
from diffusion.contract import gives

STOP, FINISHED = 0, 1  # places in Watch.tally


@intrinsic
def fetch_add(typingctx, array, index, value):
    """Add ``value`` to ``array[index]`` atomically and return what was there: threads share one counter."""

    def codegen(context, builder, sig, args):
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        place = builder.gep(data, [args[1]])
        return builder.atomic_rmw("add", place, args[2], "monotonic")

    return types.int64(array, types.int64, types.int64), codegen


class Watch:
    """Shared by any number of runs: how many walkers are done, how many are expected, and a way to stop.

    Attributes
    ----------
    expected : int
        Walkers that the runs so far were asked for.
    """

    def __init__(self):
        self.tally = np.zeros(2, np.int64)
        self.expected = 0

    @property
    def finished(self):
        """Walkers done so far."""
        return int(self.tally[FINISHED])

    @property
    def stopped(self):
        """Whether ``stop`` was called."""
        return bool(self.tally[STOP])

    def stop(self):
        """Let every run return within milliseconds."""
        self.tally[STOP] = 1


class Interrupted(KeyboardInterrupt):
    """A run was stopped; ``partial`` holds what was finished."""

    def __init__(self, partial):
        super().__init__("stopped; what was finished is in .partial")
        self.partial = partial


class Diverged(ArithmeticError):
    """Walkers left every bound: the iteration is in the message, with what to try."""

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
    """Return how many threads to use: as many as there are processors, unless told."""
    if workers is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return whole(workers, "workers", 1, 1024)


def run_threads(work, workers, watch):
    """Call ``work()`` on ``workers`` threads and return the results; on Ctrl-C stop the watch and return too."""
    if workers == 1 and watch.stopped:
        return []
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(work) for _ in range(workers)]
        while True:
            try:
                if not wait(futures, timeout=0.1).not_done:
                    break
            except KeyboardInterrupt:
                watch.stop()
    return [future.result() for future in futures]
