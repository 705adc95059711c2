"""Cost of a run, estimated before it starts: memory and time.

A run that cannot end in a lifetime, or does not fit the memory, is refused in one line; a long one says so at once.
"""

import contextlib
import math
import os
import warnings
from functools import cache
from pathlib import Path

import numpy as np

# A thread of a fast processor moves some 1e9 coordinates a second with SGD, and no thread has moved 2e9: times are
# lower bounds, so that nobody is warned of a run that is short.
FASTEST = 2e9
LONG = 600.0  # seconds from which on a run is announced
# 1e18 coordinates take at least 15 years of one processor: beyond any run, also on a thousand of them.
MOST_WORK = 1e18
UNITS = (("years", 31557600.0), ("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0), ("seconds", 1.0))
# Where Linux tells a container how much memory it may use; "max" is no limit.
CONTAINER = Path("/sys/fs/cgroup/memory.max")


@cache
def memory_limit():
    """Return the bytes of memory that this process may use.

    It is infinite where the system does not tell.
    """
    try:
        limits = [float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")]
    except (AttributeError, OSError, ValueError):  # not everywhere, such as on Windows
        limits = [math.inf]
    with contextlib.suppress(OSError, ValueError):
        limits.append(float(CONTAINER.read_text()))  # "max" is no number
    return min(limits)


def require_memory(size, name, value):
    """Raise ``ValueError`` unless ``size`` bytes fit the memory.

    Linux promises memory that it does not have, and ends the process when it is used: so this is looked at first.
    """
    if size > memory_limit():
        raise ValueError(
            f"{name} must be few enough for the memory, got {value}: it takes {size / 2**30:,.3g} GiB, and this machine "
            f"has {memory_limit() / 2**30:,.3g} GiB"
        )


def room(shape, dtype, walkers, least=0):
    """Return an array of zeros.

    Raise ``ValueError`` if there is no memory for so many walkers; ``least`` are bytes that the run needs beside it.
    """
    size = math.prod(int(length) for length in np.atleast_1d(shape)) * np.dtype(dtype).itemsize
    require_memory(size + least, "walkers", walkers)
    try:
        return np.zeros(shape, dtype)
    # NumPy raises ValueError where the size does not even fit an index.
    except (MemoryError, ValueError):
        raise ValueError(f"walkers must be few enough for the memory, got {walkers}") from None


def foretell(walkers, dim, steps, workers):
    """Warn of a run that takes long.

    Parameters
    ----------
    walkers, dim, steps : int
        The run moves at least so many walkers of so many coordinates for so many steps.
    workers : int
        Threads.

    Raises
    ------
    ValueError
        If it would not end in years.
    """
    work = float(walkers) * dim * steps
    workers = min(workers, os.cpu_count() or 1)  # more threads than processors gain nothing
    seconds = work / FASTEST / workers
    if work > MOST_WORK:
        raise ValueError(
            f"this run would take at least {duration(seconds)}: {walkers:g} walkers of {dim:g} coordinates for {steps:g} "
            "iterations; take fewer of them"
        )
    if seconds > LONG:
        # Three calls up is the user's own line, which called `evolve` or `escape_times`.
        warnings.warn(
            f"this run takes at least {duration(seconds)} on {workers} thread{'s' * (workers > 1)}",
            stacklevel=4,
        )


def duration(seconds):
    """Return a time in words, with the unit that suits it.

    Examples
    --------
    >>> duration(5400), duration(90), duration(3e9)
    ('1.5 hours', '1.5 minutes', '95 years')
    """
    unit, length = next((one for one in UNITS if seconds >= one[1]), UNITS[-1])
    number = seconds / length
    return (
        f"{number:.2g} {unit}"
        if number < 100
        else f"{number:,.3g} {unit}"
        if number < 1000
        else f"{number:.2g} {unit}"
    )
