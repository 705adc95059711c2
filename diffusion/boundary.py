"""Boundaries where walkers exit.

A boundary is a number for any coordinate, or whatever a function of one's own says.
"""

from functools import cache

import numpy as np
from numba.core.errors import NumbaError

from diffusion.checks import require
from diffusion.contract import gives
from diffusion.jit import LANES, kernel, numbers, part


@part
class Threshold:
    """Boundary at one value of any coordinate."""

    value: float

    def crossings(self, theta):
        """Return whether any coordinate is past ``value``."""
        out = False
        for i in range(theta.size):
            # No early return: a loop that always runs to its end is vector code.
            out |= theta[i] > self.value
        return out

    def passed(self, theta, l):
        """Return whether lane ``l`` is past ``value`` anywhere."""
        out = False
        for i in range(l, theta.size, LANES):
            out |= theta[i] > self.value
        return out


@part
class Exits:
    """Boundary with exits of its own for every coordinate.

    A walker is out when a coordinate is at or above its ``above``, or at or below its ``below``.

    Parameters
    ----------
    below, above : array_like, shape (dim,)
        Infinite where a coordinate has no exit; ``below`` less than ``above``.

    Raises
    ------
    ValueError
        If one is no such row of numbers.

    Examples
    --------
    >>> Exits([-1.0, -np.inf], [1.0, np.inf])  # out when the first coordinate is 1 away from 0
    Exits(below=array([ -1., -inf]), above=array([ 1., inf]))
    """

    below: np.ndarray
    above: np.ndarray

    def __post_init__(self):
        for name in ("below", "above"):
            object.__setattr__(self, name, edges(getattr(self, name), name))
        require(
            self.below.shape == self.above.shape, "above", f"of shape {self.below.shape}", self.above.tolist()
        )
        # Otherwise every position would be outside.
        require(np.all(self.below < self.above), "below", "less than above", self.below.tolist())

    def crossings(self, theta):
        """Return whether any coordinate is out."""
        out = False
        for i in range(theta.size):
            out |= (theta[i] >= self.above[i]) | (theta[i] <= self.below[i])
        return out

    def passed(self, theta, l):
        """Return the exit that lane ``l`` took.

        It is j + 1 above coordinate j, -(j + 1) below it, and 0 for none.
        """
        for i in range(l, theta.size, LANES):
            # Numbers from 1 on: 0 has to mean that the walker is still inside.
            if theta[i] >= self.above[i]:
                return i // LANES + 1
            if theta[i] <= self.below[i]:
                return -(i // LANES + 1)
        return 0


def edges(value, name, one=False):
    """Return one number for each coordinate, infinite ones too.

    With ``one``, a lone number is a row of one.

    Raises
    ------
    ValueError
        If they are no such numbers.
    """
    try:
        given = np.atleast_1d(np.asarray(value)) if one else np.asarray(value)
    except ValueError:
        given = np.empty(0)
    ok = given.dtype.kind in "iuf" and given.ndim == 1 and given.size > 0 and not np.any(np.isnan(given))
    require(ok, name, "one number for each coordinate", value)
    return given.astype(float)


@cache  # the same function gets the same part again, so its compiled code is reused
def where(outside):
    """Return the boundary part of a compiled function.

    ``outside(theta) -> bool`` takes one walker's position.

    ``theta`` has shape (dim,); it is NaN for a lane without a walker, which must not be outside.
    """

    class Outside:
        point: object  # scratch, shape (1, dim)

        def crossings(self, theta):
            # A function of one walker cannot be one vector test, so the first lane outside ends the
            # search.
            for l in range(LANES):
                if self.passed(theta, l):
                    return 1
            return 0

        def passed(self, theta, l):
            point = self.point[0]
            for j in range(point.size):
                point[j] = theta[j * LANES + l]
            return outside(point)

    Outside.__module__ = outside.py_func.__module__  # not the package's own: never cached on disk
    return part(Outside)


@kernel
def _passed(boundary, points, ways):
    """Write the exit that each point is beyond.

    The points have the shape (n, dim).
    """
    theta = np.zeros(points.shape[1] * LANES)
    for k in range(points.shape[0]):
        for i in range(theta.size):
            theta[i] = points[k, i // LANES]
        ways[k] = boundary.passed(theta, 0)


def boundary_part(boundary, points):
    """Return the boundary's part and a bound on positions.

    ``boundary`` is a number, numbers, a compiled function or a part; walkers beyond the bound have
    diverged.

    Parameters
    ----------
    points : ndarray, shape (n, dim)
        Where walkers start.

    Raises
    ------
    ValueError
        If a walker starts outside, or ``boundary`` is nothing that says where that is.
    """
    dim = points.shape[1]
    if gives(boundary, "crossings"):
        if isinstance(boundary, Exits):
            require(boundary.below.size == dim, "boundary", f"of {dim} coordinates", boundary)
        ways = np.zeros(len(points), np.int64)
        _passed(numbers(boundary, dim), points, ways)
        _require_inside(ways == 0, points)
        # Such a boundary sets no scale, so only the numbers do: the square, 1e300, is still a
        # double.
        return boundary, 1e150
    if hasattr(boundary, "py_func"):
        _require_inside(~_outside(boundary, points), points)
        return where(boundary)(np.zeros((1, dim))), 1e150
    require(not callable(boundary), "boundary", "a number or a function compiled by numba.njit", boundary)
    limits = edges(boundary, "boundary", one=True)
    require(limits.size in (1, dim), "boundary", f"one number or {dim}, one per coordinate", boundary)
    require(np.isfinite(limits).any(), "boundary", "finite in some coordinate", boundary)
    above = points < limits
    bound = ", ".join(f"{limit:g}" for limit in limits[:8])
    require(
        above.all(),
        "start",
        f"below the boundary {bound}",
        float(np.max(points[~above.all(axis=1)], initial=-np.inf)),
    )
    # A walker a million times farther away than the boundary has diverged; it did not escape.
    far = 1e6 * max(1.0, float(np.max(np.abs(limits[np.isfinite(limits)]))), float(np.max(np.abs(points))))
    if limits.size == 1:
        return Threshold(float(limits[0])), far
    return Exits(np.full(dim, -np.inf), limits), far


def _require_inside(inside, points):
    if not inside.all():
        require(False, "start", "inside the boundary", points[np.argmin(inside)].tolist())


def _outside(boundary, points):
    """Return a boundary function's answers at the points.

    Raise ``ValueError`` unless each is True or False.
    """
    said = []
    for point in points:
        try:
            # A copy, in case the function changes its argument.
            answer = boundary(point.copy())
        except (NumbaError, TypeError) as error:
            raise ValueError(
                f"boundary must be a compiled function of one position, got {type(error).__name__} from it"
            ) from None
        require(
            isinstance(answer, (bool, np.bool_)), "boundary", "a function that returns True or False", answer
        )
        said.append(bool(answer))
    return np.array(said)
