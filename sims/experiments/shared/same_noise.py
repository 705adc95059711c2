"""Runs on the same noise, compared walker by walker.

Runs of one seed, with steps that draw as many numbers, see the same noise. What two of them share then cancels in
their difference walker by walker, and its error is that of the difference alone.
"""

from functools import partial

import numpy as np

from diffusion import Estimate

AT_ONCE = 2**18  # walkers whose positions are held in memory


def compared(compare, runs, *, walkers):
    """Return the walkers' mean of a function of their displacements.

    Parameters
    ----------
    compare : callable
        Given the displacements of the same walkers in each run, shape (times, walkers, dim), their comparison of
        the same shape: ``lambda one, other: one**2 - other**2``.
    runs : sequence of callable
        Each takes ``walkers`` (a range of ids) and ``keep``, as `diffusion.evolve` does, and returns an `Ensemble`;
        all must have the same seed.
    walkers : int

    Returns
    -------
    Estimate
        Of shape (times, dim).
    """
    means, squares, counts = [], [], []
    for first in range(0, walkers, AT_ONCE):
        ids = range(first, min(first + AT_ONCE, walkers))
        ensembles = [run(walkers=ids, keep="positions") for run in runs]
        samples = compare(*(ensemble.positions - ensemble.start for ensemble in ensembles))
        means.append(samples.mean(1))
        squares.append(((samples - means[-1][:, None]) ** 2).sum(1))
        counts.append(len(ids))
    share = np.array(counts)[:, None, None] / walkers
    mean = (share * means).sum(0)
    spread = (share * (means - mean) ** 2).sum(0) * walkers + np.sum(squares, axis=0)
    return Estimate(mean, np.sqrt(spread / (walkers - 1) / walkers), walkers)


def beyond(run, other, *, walkers):
    """Return <x^2> - <y^2> of two runs on the same noise."""
    return compared(lambda x, y: x * x - y * y, (run, other), walkers=walkers)


def drift(run, speed, *, walkers):
    """Return what thermal velocities add to the spread from rest.

    Each walker runs with its velocity, with the mirror image of that, and from rest: what noise and velocity do
    together, which is zero in the mean, cancels between the images.

    Parameters
    ----------
    run : callable
        As for `compared`; it also takes ``speed0``.
    speed : float or array_like, shape (dim,)
        Standard deviation of the velocities.
    """
    starts = [partial(run, speed0=sign * speed) for sign in (1, -1, 0)]
    return compared(lambda one, image, rest: (one**2 + image**2) / 2 - rest**2, starts, walkers=walkers)
