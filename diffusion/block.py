"""A block of walkers: how its memory is laid out and where its walkers start."""

import numpy as np

from diffusion.checks import finite_array, require
from diffusion.contract import form_of, require_landscape
from diffusion.jit import LANES, aligned_zeros, kernel, numbers
from diffusion.random import STEPS, VELOCITIES, U, inline, seed_lane


def point_on(landscape, theta, name):
    """Return the point ``theta`` of a landscape, shape (dim,); one number stands for every coordinate."""
    theta, dim = finite_array(theta, name), landscape.dim
    require(theta.shape in ((), (dim,)), name, f"one number or of shape ({dim},)", theta.shape)
    require(np.all(np.abs(theta) < 1e60), name, "below 1e60 in size", theta.tolist())
    return np.broadcast_to(theta, dim)


def empty_block(rows, dim):
    """Return the block of a thread, shape (rows, dim * LANES), and its memory rows as a tuple."""
    block = aligned_zeros((rows, dim * LANES))
    return block, tuple(block[1:])


@inline
def load_lane(block, l, rows):
    """Put a state, shape (rows, dim), into lane ``l``."""
    for row in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            block[row, j * LANES + l] = rows[row, j]


@inline
def store_lane(block, l, rows):
    """Write the state in lane ``l`` into ``rows``, shape (rows, dim)."""
    for row in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            rows[row, j] = block[row, j * LANES + l]


@inline
def idle_lane(theta, l):
    """Leave lane ``l`` without a walker: what is not a number never passes a boundary."""
    for i in range(l, theta.size, LANES):
        theta[i] = np.nan


@inline
def lane_beyond(theta, limit, l):
    """Return whether the walker in lane ``l`` is at or beyond +-``limit``, or not a number."""
    beyond = False
    for i in range(l, theta.size, LANES):
        beyond |= not abs(theta[i]) < limit
    return beyond


@inline
def add_velocities(block, streams, speeds, seed, walker, fill, words, table):
    """Give the walkers of a block, from ``walker`` on, normal velocities in the first memory row.

    They come from streams of their own: the draws of the steps are those of walkers that start from rest.
    """
    for l in range(LANES):
        seed_lane(streams, l, seed, walker + U(l), VELOCITIES)
    fill(streams, words, table)
    for j in range(speeds.size):
        for l in range(LANES):
            block[1, j * LANES + l] += speeds[j] * table[j * LANES + l]
    for l in range(LANES):
        seed_lane(streams, l, seed, walker + U(l), STEPS)


@inline
def any_beyond(theta, limit, lanes):
    """Return whether a walker of the first ``lanes`` lanes is at or beyond +-``limit``, or not a number."""
    count = 0
    for i in range(theta.size):
        count += not abs(theta[i]) < limit
    if count == 0:
        return False
    for j in range(theta.size // LANES):
        for l in range(lanes):
            if not abs(theta[j * LANES + l]) < limit:
                return True
    return False


@kernel
def _gradient(landscape, theta, g):
    landscape.gradient(theta, g)


def gradient_at(landscape, theta0):
    """Return the gradient of a landscape at one point, as its kernels compute it, shape (dim,).

    Examples
    --------
    >>> from diffusion import StyblinskiTang, gradient_at
    >>> gradient_at(StyblinskiTang(2), 1.0).tolist()
    [-11.5, -11.5]
    """
    require_landscape(landscape)
    return gradients_at(form_of(landscape), point_on(landscape, theta0, "theta0")[None])[0]


def gradients_at(landscape, points, most=np.inf):
    """Return the gradient of a landscape that runs at each of some points, shape (n, dim).

    The kernel is handed NaN to write over, so that an entry it leaves out does not pass for a number.

    Raises
    ------
    ValueError
        If an entry is not a number below ``most`` in size.
    """
    n, dim = points.shape
    known = numbers(landscape, dim)
    gradients = np.empty((n, dim))
    for first in range(0, n, LANES):
        few = points[first : first + LANES]
        block = few[np.minimum(np.arange(LANES), len(few) - 1)].T.ravel()
        g = np.full_like(block, np.nan)
        _gradient(known, block, g)
        gradients[first : first + LANES] = g.reshape(dim, LANES).T[: len(few)]
    bad = np.argwhere(~(np.abs(gradients) < most))
    if bad.size:
        which, j = bad[0]
        name, got = type(landscape).__name__, gradients[which, j]
        why = "is not written by its kernel, or undefined" if np.isnan(got) else f"is {got:g}"
        raise ValueError(
            f"gradient of {name} {why} in coordinate {j} at theta = {points[which].tolist()[:8]}"
        )
    return gradients
