"""Where a walker counts as gone: past a number in any coordinate, or wherever a function of its own says."""

from functools import cache

import numpy as np
from numba.core.errors import NumbaError

from diffusion.checks import finite_array, require
from diffusion.contract import gives
from diffusion.jit import COORDINATES, LANES, numbers, part


@part
class Threshold:
    """Out when any coordinate exceeds ``value``."""

    value: float

    def crossings(self, theta):
        """Return whether any coordinate is past ``value``."""
        out = False
        for i in range(theta.size):
            out |= theta[i] > self.value
        return out

    def passed(self, theta, l):
        """Return whether any coordinate of lane ``l`` is past ``value``."""
        out = False
        for i in range(l, theta.size, LANES):
            out |= theta[i] > self.value
        return out


@part
class Exits:
    """Out when a coordinate is at or above its ``above``, or at or below its ``below``.

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
            object.__setattr__(self, name, _edges(getattr(self, name), name))
        require(
            self.below.shape == self.above.shape, "above", f"of shape {self.below.shape}", self.above.tolist()
        )
        require(np.all(self.below < self.above), "below", "less than above", self.below.tolist())

    def crossings(self, theta):
        """Return whether any coordinate is out."""
        out = False
        for i in range(theta.size):
            out |= (theta[i] >= self.above[i]) | (theta[i] <= self.below[i])
        return out

    def passed(self, theta, l):
        """Return the exit that lane ``l`` took: j + 1 above coordinate j, -(j + 1) below it, 0 for none."""
        for i in range(l, theta.size, LANES):
            if theta[i] >= self.above[i]:
                return i // LANES + 1
            if theta[i] <= self.below[i]:
                return -(i // LANES + 1)
        return 0


def _edges(value, name):
    """Return one number for each coordinate, infinite ones too."""
    try:
        given = np.asarray(value)
    except ValueError:
        given = np.empty(0)
    ok = given.dtype.kind in "iuf" and given.ndim == 1 and given.size > 0 and not np.any(np.isnan(given))
    require(ok, name, "one number for each coordinate", value)
    return given.astype(float)


@cache  # a function keeps its part, and so what was compiled for it
def where(outside):
    """Return the boundary part of a compiled function ``outside(theta) -> bool`` of one walker's position.

    ``theta`` has shape (dim,); it is NaN for a lane without a walker, which must not be outside.
    """

    class Outside:
        coordinates: tuple
        point: object  # scratch, shape (1, dim)

        def crossings(self, theta):
            for l in range(LANES):
                if self.passed(theta, l):
                    return 1
            return 0

        def passed(self, theta, l):
            dim = len(self.coordinates)
            point = self.point[0]
            for j in range(dim):
                point[j] = theta[j * LANES + l]
            return bool(outside(point))

    Outside.__module__ = outside.py_func.__module__  # not the package's own: never cached on disk
    return part(Outside)


def boundary_part(boundary, start):
    """Return the part for ``boundary``: a number, a compiled function or a part; and the bound of sane positions.

    Raises
    ------
    ValueError
        If a walker at ``start`` is outside already, or ``boundary`` is neither.
    """
    largest = float(np.max(np.abs(start)))
    if hasattr(boundary, "py_func"):
        try:
            outside = bool(boundary(start.copy()))
        except (NumbaError, TypeError) as error:
            raise ValueError(
                f"boundary must be a compiled function of one position, got {type(error).__name__} from it"
            ) from None
        require(not outside, "start", "inside the boundary", start.tolist())
        return where(boundary)(COORDINATES, np.zeros((1, start.size))), 1e150
    if gives(boundary, "crossings"):
        if isinstance(boundary, Exits):
            require(boundary.below.size == start.size, "boundary", f"of {start.size} coordinates", boundary)
        block = np.repeat(start, LANES)
        outside = bool(type(boundary).passed(numbers(boundary, start.size), block, 0))
        require(not outside, "start", "inside the boundary", start.tolist())
        return boundary, 1e150
    require(not callable(boundary), "boundary", "a number or a function compiled by numba.njit", boundary)
    value = finite_array(boundary, "boundary")
    require(value.ndim == 0, "boundary", "one number", boundary)
    require(start.max() < value, "start", f"below the boundary {float(value):g}", float(start.max()))
    return Threshold(float(value)), 1e6 * max(1.0, abs(float(value)), largest)
