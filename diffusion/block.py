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


def initial(mover, landscape, theta0, name="theta0"):
    """Return theta and every memory slot where a walker starts, shape (1 + slots, dim)."""
    theta0 = point_on(landscape, theta0, name)
    rows = [theta0]
    for slot in mover.slots:
        rows.append(gradient_at(landscape, theta0) if slot == "gradient" else np.full_like(theta0, slot))
    return np.array(rows)


def empty_block(start):
    """Return the block of a thread, shape (1 + slots, dim * LANES), and its memory rows as a tuple."""
    block = aligned_zeros((len(start), start.shape[1] * LANES))
    return block, tuple(block[1:])


@inline
def start_lane(block, streams, start, l, seed, walker):
    """Put ``walker`` into lane ``l``: its own stream, every row at its start."""
    seed_lane(streams, l, seed, walker, STEPS)
    load_lane(block, l, start)


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
def start_block(block, streams, start, seed, walker):
    """Put the walkers from ``walker`` on into all lanes: `start_lane` in loops that vectorise."""
    for l in range(LANES):
        seed_lane(streams, l, seed, walker + U(l), STEPS)
    for row in range(start.shape[0]):
        for j in range(start.shape[1]):
            block[row, j * LANES : (j + 1) * LANES] = start[row, j]


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
    landscape = form_of(landscape)
    theta = np.repeat(point_on(landscape, theta0, "theta0"), LANES)
    g = np.zeros_like(theta)
    _gradient(numbers(landscape, landscape.dim), theta, g)
    return g[::LANES].copy()
