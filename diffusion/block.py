"""Block of walkers: its memory layout and its starts."""

import numpy as np

from diffusion.checks import finite_array, require
from diffusion.contract import form_of, require_landscape
from diffusion.jit import LANES, aligned_zeros, inline, kernel, numbers
from diffusion.random import STEPS, VELOCITIES, U, seed_lane

LARGEST_GRADIENT = 1e150  # optimizers square it: 1e300 is still a double


def point_on(landscape, theta, name):
    """Return the point ``theta`` of a landscape, shape (dim,).

    One number stands for every coordinate.
    """
    theta, dim = finite_array(theta, name), landscape.dim
    require(theta.shape in ((), (dim,)), name, f"one number or of shape ({dim},)", theta.shape)
    # The fourth power of a coordinate must be a double: the moments need it.
    require(np.all(np.abs(theta) < 1e60), name, "below 1e60 in size", theta.tolist())
    return np.broadcast_to(theta, dim)


def empty_block(rows, dim):
    """Return the block of a thread and its memory rows.

    The block has the shape (rows, dim * LANES); the memory rows come as a tuple.
    """
    block = aligned_zeros((rows, dim * LANES))
    # A tuple of views: kernels index it with constants, and its length is part of the type.
    return block, tuple(block[1:])


@inline
def load_lane(block, l, rows):
    """Load a state, shape (rows, dim), into lane ``l``."""
    for row in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            block[row, j * LANES + l] = rows[row, j]


@inline
def store_lane(block, l, rows):
    """Store the state of lane ``l`` in ``rows``, shape (rows, dim)."""
    for row in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            rows[row, j] = block[row, j * LANES + l]


@inline
def idle_lane(theta, l):
    """Leave lane ``l`` without a walker.

    NaN never passes a boundary, so the lane runs on unnoticed.
    """
    for i in range(l, theta.size, LANES):
        theta[i] = np.nan


@inline
def lane_beyond(theta, limit, l):
    """Return whether the walker in lane ``l`` diverged.

    It is at or beyond +-``limit``, or not a number.
    """
    beyond = False
    for i in range(l, theta.size, LANES):
        # Written with "not": NaN compares as false, and must count as beyond.
        beyond |= not abs(theta[i]) < limit
    return beyond


@inline
def add_velocities(block, streams, speeds, seed, walker, fill, words, table):
    """Add normal velocities to the walkers of a block.

    They go into the first memory row; the walkers are those from ``walker`` on.

    They come from streams of their own: the draws of the steps are those of walkers that start from rest.
    """
    for l in range(LANES):
        seed_lane(streams, l, seed, walker + U(l), VELOCITIES)
    fill(streams, words, table)
    for j in range(speeds.size):
        for l in range(LANES):
            # Added, not set: the row may start from something other than rest.
            block[1, j * LANES + l] += speeds[j] * table[j * LANES + l]
    for l in range(LANES):
        seed_lane(streams, l, seed, walker + U(l), STEPS)


@inline
def any_beyond(theta, limit, lanes):
    """Return whether a walker in the first lanes diverged.

    It is at or beyond +-``limit``, or not a number.
    """
    count = 0
    for i in range(theta.size):
        # A sum without a branch is vector code. Lanes without a walker may be NaN, so a hit is
        # looked at again, lane by lane.
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
    """Return the gradient of a landscape at one point.

    It is what the landscape's kernels compute, shape (dim,).

    Examples
    --------
    >>> from diffusion import StyblinskiTang, gradient_at
    >>> gradient_at(StyblinskiTang(2), 1.0).tolist()
    [-11.5, -11.5]
    """
    require_landscape(landscape)
    return gradients_at(form_of(landscape), point_on(landscape, theta0, "theta0")[None])[0]


@kernel
def _spreads(noise, theta, spreads):
    for i in range(theta.size):
        spreads[i] = noise.spread(theta[i], i)


def spreads_at(noise, dim, point):
    """Return the standard deviation of the noise at one point.

    It is what the kernel of a noise that runs computes, shape (dim,).
    """
    block, spreads = np.repeat(point, LANES), aligned_zeros(dim * LANES)
    _spreads(numbers(noise, dim), block, spreads)
    return spreads[::LANES].copy()


def gradients_at(landscape, points, most=np.inf):
    """Return the gradients of a landscape at some points.

    The landscape is one that runs; the result has the shape (n, dim).

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
        # Spare lanes repeat the last point, where the gradient is known to be defined.
        block = few[np.minimum(np.arange(LANES), len(few) - 1)].T.ravel()
        g = np.full_like(block, np.nan)
        _gradient(known, block, g)
        gradients[first : first + LANES] = g.reshape(dim, LANES).T[: len(few)]
    # Written with "~": NaN compares as false, and must count as bad.
    bad = np.argwhere(~(np.abs(gradients) < most))
    if bad.size:
        which, j = bad[0]
        name, got = type(landscape).__name__, gradients[which, j]
        why = "is not written by its kernel, or undefined" if np.isnan(got) else f"is {got:g}"
        raise ValueError(
            f"gradient of {name} {why} in coordinate {j} at theta = {points[which].tolist()[:8]}"
        )
    return gradients
