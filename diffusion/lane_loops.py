"""Loops over the coordinates of each walker in a block: sums, norms, maxima, and matrices times vectors.

A block holds ``LANES`` walkers side by side, ``x[j * LANES + l]``. What couples the coordinates of a walker is a loop
over rows of ``LANES`` numbers. The compiler does not turn such a loop into vector instructions by itself: it has to
assume that the result overwrites the input. So the rows are written down as vectors here. The speed does not depend
on the number of coordinates, nor does the time to compile (a loop of a length known to the compiler was as fast for
10 coordinates, six times slower for 100, and took 25 seconds to compile for 500).

Every function sums in the order of the coordinates: the bits depend on nothing else. The results that belong to a
walker are repeated for each of its coordinates, so that an update rule reads them with the same ``i`` as ``theta``.
"""

from numba import njit

from diffusion.jit import LANES, OPTIONS
from diffusion.lane_vectors import (
    copy_first_row,
    dot_rows,
    largest_rows,
    matrix_rows,
    norm_rows,
    ratio_rows,
    sum_rows,
    unbias_rows,
)


@njit(**OPTIONS)
def sums(x, out):
    """Write the sum of ``x`` over each walker's coordinates into ``out``, for every coordinate.

    Parameters
    ----------
    x, out : block
        ``out`` must be another array than ``x``.

    Examples
    --------
    >>> import numpy as np
    >>> x, out = np.repeat([1.0, 2.0, 4.0], LANES), np.zeros(3 * LANES)  # walkers of three coordinates
    >>> sums(x, out)
    >>> bool((out == 7.0).all())
    True
    """
    sum_rows(x, out, x.size // LANES)


@njit(**OPTIONS)
def dots(x, y, out):
    """Write the sum of ``x y`` over each walker's coordinates into ``out``, for every coordinate."""
    dot_rows(x, y, out, x.size // LANES)


@njit(**OPTIONS)
def norms(x, out):
    """Write the Euclidean norm of each walker's ``x`` into ``out``, for every coordinate."""
    norm_rows(x, out, 1.0, x.size // LANES)


@njit(**OPTIONS)
def root_mean_squares(x, out):
    """Write the root mean square of each walker's ``x`` into ``out``, for every coordinate."""
    norm_rows(x, out, LANES / x.size, x.size // LANES)


@njit(**OPTIONS)
def largest(x, out):
    """Write the largest ``abs(x)`` of each walker into ``out``, for every coordinate; NaN if there is one."""
    largest_rows(x, out, x.size // LANES)


@njit(**OPTIONS)
def copy_to_coordinates(out):
    """Copy the first ``LANES`` numbers of ``out``, one for each walker, to every coordinate."""
    copy_first_row(out, out.size // LANES)


@njit(**OPTIONS)
def matrix_times(matrix, x, out):
    """Write the product of a matrix, shape (dim, dim), with each walker's ``x`` into ``out``."""
    matrix_rows(matrix, x, out, 0, x.size // LANES)


@njit(**OPTIONS)
def add_matrix_times(matrix, x, out):
    """Add the product of a matrix, shape (dim, dim), with each walker's ``x`` to ``out``."""
    matrix_rows(matrix, x, out, 1, x.size // LANES)


@njit(**OPTIONS)
def ratio_to_mean(v, ratio):
    """Write v / (mean of v over the walker's coordinates) into ``ratio``; 1 where every v is zero."""
    ratio_rows(v, ratio, v.size / LANES, v.size // LANES)


@njit(**OPTIONS)
def unbias(power, beta, factor):
    """Advance ``power`` = beta**t of every lane by a step and write 1 / (1 - beta**t) into ``factor``.

    Lanes start their walkers at different times, so each has its own t.
    """
    unbias_rows(power, beta, factor, factor.size // LANES)
