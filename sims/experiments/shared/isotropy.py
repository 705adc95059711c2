"""Is a quantity the same in every direction? Each direction against the mean of all."""

import numpy as np

from diffusion import Estimate


def to_mean(measured):
    """Return every direction's share of the mean, 1 if all are equal.

    Parameters
    ----------
    measured : Estimate
        Shape (directions,), each direction measured with noise of its own.

    Returns
    -------
    Estimate
        Of the same shape; to first order in the standard errors.

    Examples
    --------
    >>> share = to_mean(Estimate(np.array([1.0, 3.0]), np.array([0.01, 0.01]), 100))
    >>> share.mean.tolist()
    [0.5, 1.5]
    """
    value, error = np.asarray(measured.mean), np.asarray(measured.stderr)
    mean, n = value.mean(), value.size
    share = value / mean
    slope = np.eye(n) - share[:, None] / n  # of share * mean, by each direction's value
    return Estimate(share, np.sqrt((slope**2 * error**2).sum(1)) / abs(mean), measured.n)


def ratio_of_means(above, below):
    """Return the ratio of two means over the same walkers.

    Parameters
    ----------
    above, below : array_like, shape (walkers,)

    Returns
    -------
    Estimate
        A single number; its error takes account of what the two have in common, to first order.
    """
    ratio, n = np.mean(above) / np.mean(below), len(above)
    left = np.asarray(above) - ratio * np.asarray(below)
    return Estimate(ratio, left.std(ddof=1) / np.sqrt(n) / abs(np.mean(below)), n)


def quotient(one, other):
    """Return the quotient of independent estimates, errors to first order."""
    ratio = one.mean / other.mean
    return Estimate(ratio, ratio * np.hypot(one.stderr / one.mean, other.stderr / other.mean), one.n)
