"""Timing side by side: contestants take turns on one core, so that a slow moment meets them all."""

import os
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import numpy as np


@contextmanager
def one_core():
    """Keep this process on one core, the last it may use, where the system can say so."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def race(turns, rounds, clock=time.process_time):
    """Time ``turns``, a dict of functions that return the work they did, ``rounds`` times in rotation.

    Returns
    -------
    dict of ndarray, shape (rounds,)
        ns per unit of work: by default of processor time, which other users of the machine disturb least.
    """
    for turn in turns.values():  # compile, and fill the caches
        turn()
    ns: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(rounds):
        for name, turn in turns.items():
            begin = clock()
            work = turn()
            ns[name].append((clock() - begin) / work * 1e9)
    return {name: np.array(values) for name, values in ns.items()}


@dataclass(frozen=True)
class Ratio:
    """The median over rounds of one contestant's time in units of another's, and its middle 80 %."""

    median: float
    low: float
    high: float


def ratio(slower, faster):
    """Return how many times longer ``slower`` takes, from the rounds of a race."""
    low, median, high = np.quantile(slower / faster, [0.1, 0.5, 0.9])
    return Ratio(float(median), float(low), float(high))


def disagreement(a, b):
    """Return the larger difference in mean and variance of two sets of samples, in standard errors.

    ``a`` and ``b`` have shape (walkers, dim). A walker's coordinates are averaged first: they need not be
    independent, and few walkers beyond a barrier would give a coordinate of its own a poor standard error.
    """
    z = []
    for moment in (lambda x: x, lambda x: (x - x.mean(axis=0)) ** 2):
        each = [moment(samples).mean(axis=1) for samples in (a, b)]
        error = np.sqrt(sum(of_walkers.var() / len(of_walkers) for of_walkers in each))
        z.append(abs(each[0].mean() - each[1].mean()) / error)
    return float(np.max(z))


def load():
    """Return how many processes the machine ran in the last minute, or None where it does not say."""
    with suppress(OSError, AttributeError):
        return os.getloadavg()[0]
    return None
