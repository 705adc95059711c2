"""Starts of walkers, and their memory there.

All walkers share one point, or each has its own.
"""

from typing import NamedTuple

import numpy as np

from diffusion.block import LARGEST_GRADIENT, gradient_at, gradients_at
from diffusion.checks import finite_array, require
from diffusion.contract import gives
from diffusion.jit import LANES, inline, is_own_class
from diffusion.random import STEPS, U, seed_lane

FARTHEST = 1e60  # moments need the fourth power of a coordinate, 1e240 here, as a double


class Starts(NamedTuple):
    """Starts of walkers.

    Attributes
    ----------
    common : ndarray, shape (1 + slots, dim)
        Theta and every memory row of a walker.
    each : ndarray, shape (walkers, rows, dim)
        The first rows of every walker, where they differ; no walkers where they do not.
    """

    common: np.ndarray
    each: np.ndarray

    @property
    def points(self):
        """Theta of every walker, shape (walkers or 1, dim).

        One row stands for all walkers if they start at one point.
        """
        return self.each[:, 0] if len(self.each) else self.common[:1]

    @property
    def given(self):
        """Theta as it was given, shape (dim,) or (walkers, dim)."""
        return self.points.copy() if len(self.each) else self.common[0]


def points_on(landscape, theta, name, walkers):
    """Return points of a landscape, shape (dim,) or (walkers, dim).

    One number stands for every coordinate.
    """
    theta, dim = finite_array(theta, name), landscape.dim
    shapes = (), (dim,), (walkers, dim)
    rule = f"one number, of shape ({dim},), or ({walkers}, {dim}) with one row per walker"
    require(theta.shape in shapes, name, rule, theta.shape)
    require(np.all(np.abs(theta) < FARTHEST), name, "below 1e60 in size", theta.tolist())
    return np.array(np.broadcast_to(theta, (dim,)) if theta.ndim < 2 else theta)


def starts_of(mover, landscape, theta0, walkers, name="theta0"):
    """Return the `Starts` of walkers at points ``theta0``.

    Raises
    ------
    ValueError
        If the points have another shape, or the landscape's gradient is no number there.
    """
    points = points_on(landscape, theta0, name, walkers)
    first = points if points.ndim == 1 else points[0]
    # A user's kernel may leave entries unwritten or mix lanes; this package's kernels are tested.
    if not is_own_class(type(landscape)) and not gives(landscape, "row_gradients"):
        _require_gradient(landscape, first)
    _require_gentle(landscape, first)
    common, gradients = [first], []
    for row, slot in enumerate(mover.slots, 1):
        # Such a memory row starts as the gradient at the walker's own start, not as a number.
        if isinstance(slot, str):  # "gradient"
            gradients.append(row)
        common.append(gradient_at(landscape, first) if row in gradients else np.full_like(first, slot))
    common = np.array(common)
    if points.ndim == 1:
        return Starts(common, np.zeros((0, 0, landscape.dim)))
    # Rows behind the last one that differs stay common: they need no memory for each walker.
    each = np.repeat(common[None, : max(gradients, default=0) + 1], walkers, axis=0)
    each[:, 0] = points
    for row in gradients:
        each[:, row] = gradients_at(landscape, points)
    return Starts(common, each)


def _require_gentle(landscape, point):
    """Raise ``ValueError`` if the slope at a start is so steep that its square is no number.

    Adam would not move there, without a word. Only kernels that run as plain Python are asked: nothing is compiled.
    """
    if not (is_own_class(type(landscape)) and gives(landscape, "slope")):
        return
    with np.errstate(all="ignore"):
        slopes = np.abs(np.broadcast_to(landscape.slope(point, slice(None)), point.shape))
    steepest = int(np.argmax(slopes))
    require(
        slopes[steepest] < LARGEST_GRADIENT,
        "gradient",
        f"below {LARGEST_GRADIENT:g} in size",
        float(slopes[steepest]),
    )


def _require_gradient(landscape, point):
    """Raise ``ValueError`` unless all lanes have one gradient.

    The kernel must write all of it, and the same in every lane that holds the same point.
    """
    lanes = gradients_at(landscape, np.tile(point, (LANES, 1)), LARGEST_GRADIENT)
    # vector loops may round differently from their remainders, no more
    apart = np.abs(lanes - lanes[0]) > 1e-9 * np.abs(lanes).max(axis=0)
    if apart.any():
        raise ValueError(
            f"gradient of {type(landscape).__name__} differs between lanes that hold the same point: coordinate j of the "
            "walker in lane l is theta[j * LANES + l], and every entry of g is written anew"
        )


@inline
def load_start(block, l, starts, which):
    """Load the start of walker ``which`` into lane ``l``."""
    for row in range(starts.common.shape[0]):
        if row < starts.each.shape[1]:
            for j in range(starts.common.shape[1]):
                block[row, j * LANES + l] = starts.each[which, row, j]
        else:
            for j in range(starts.common.shape[1]):
                block[row, j * LANES + l] = starts.common[row, j]


@inline
def start_lane(block, streams, starts, l, which, seed, walker):
    """Start a walker in lane ``l``.

    It gets its own stream, and every row at its start.
    """
    seed_lane(streams, l, seed, walker, STEPS)
    load_start(block, l, starts, which)


@inline
def start_block(block, streams, starts, which, seed, walker):
    """Start walkers in all lanes, from ``walker`` on.

    The first of them is number ``which`` of the run.
    """
    for l in range(LANES):
        seed_lane(streams, l, seed, walker + U(l), STEPS)
    # The common case writes whole rows: no walker needs a start of its own.
    if starts.each.shape[0] == 0:
        for row in range(starts.common.shape[0]):
            for j in range(starts.common.shape[1]):
                block[row, j * LANES : (j + 1) * LANES] = starts.common[row, j]
        return
    for l in range(LANES):
        # the lanes behind the last walker are never looked at
        load_start(block, l, starts, min(which + l, starts.each.shape[0] - 1))
