"""Timing side by side: contestants take turns on one core, so that a slow moment of the machine meets them all."""

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
    """Return the largest difference between two sets of samples, in standard errors.

    Compared are the mean and the variance of each coordinate of ``a`` and ``b``, shape (walkers, dim) each.
    """
    z = []
    for k in (1, 2):
        means, errors = [], []
        for samples in (a, b):
            powers = samples if k == 1 else (samples - samples.mean(axis=0)) ** 2
            means.append(powers.mean(axis=0))
            errors.append(powers.var(axis=0) / len(powers))
        z.append(np.abs(means[0] - means[1]) / np.sqrt(errors[0] + errors[1]))
    return float(np.max(z))


def load():
    """Return how many processes the machine ran in the last minute, or None where it does not say."""
    with suppress(OSError, AttributeError):
        return os.getloadavg()[0]
    return None
