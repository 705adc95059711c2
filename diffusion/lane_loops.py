"""Loops over the coordinates of each walker in a block.

They compute sums, norms, maxima, and products of matrices and vectors.

A block holds ``LANES`` walkers side by side, ``x[j * LANES + l]``. What couples the coordinates of a walker is a loop
over rows of ``LANES`` numbers. The compiler does not turn such a loop into vector instructions by itself: it has to
assume that the result overwrites the input. So the rows are written down as vectors here. The speed does not depend
on the number of coordinates, nor does the time to compile (a loop of a length known to the compiler was as fast for
10 coordinates, six times slower for 100, and took 25 seconds to compile for 500).

Every function sums in the order of the coordinates: the bits depend on nothing else. The results that belong to a
walker are repeated for each of its coordinates, so that an update rule reads them with the same ``i`` as ``theta``.
"""

from diffusion.jit import LANES, helper
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


@helper
def sums(x, out):
    """Write the sum over each walker's coordinates.

    The sum of ``x`` goes into ``out``, for every coordinate.

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


@helper
def dots(x, y, out):
    """Write the dot product of each walker's vectors.

    The sum of ``x y`` goes into ``out``, for every coordinate.
    """
    dot_rows(x, y, out, x.size // LANES)


@helper
def norms(x, out):
    """Write each walker's Euclidean norm.

    The norm of ``x`` goes into ``out``, for every coordinate.
    """
    norm_rows(x, out, 1.0, x.size // LANES)


@helper
def root_mean_squares(x, out):
    """Write each walker's root mean square.

    That of ``x`` goes into ``out``, for every coordinate.
    """
    # LANES / x.size is one over the number of coordinates.
    norm_rows(x, out, LANES / x.size, x.size // LANES)


@helper
def largest(x, out):
    """Write each walker's largest ``abs(x)``.

    It goes into ``out``, for every coordinate; NaN if there is one.
    """
    largest_rows(x, out, x.size // LANES)


@helper
def copy_to_coordinates(out):
    """Copy the first coordinate's numbers to all coordinates.

    These are the first ``LANES`` numbers of ``out``, one for each walker.
    """
    copy_first_row(out, out.size // LANES)


@helper
def matrix_times(matrix, x, out):
    """Write the product of a matrix with each walker's ``x``.

    The matrix has the shape (dim, dim).
    """
    matrix_rows(matrix, x, out, 0, x.size // LANES)


@helper
def add_matrix_times(matrix, x, out):
    """Add the product of a matrix with each walker's ``x``.

    The matrix has the shape (dim, dim).
    """
    matrix_rows(matrix, x, out, 1, x.size // LANES)


@helper
def ratio_to_mean(v, ratio):
    """Write ``v`` divided by its mean over the coordinates.

    The ratio is 1 where every v is zero.
    """
    ratio_rows(v, ratio, v.size / LANES, v.size // LANES)


@helper
def unbias(power, beta, factor):
    """Advance beta**t and write the bias correction.

    ``power`` = beta**t of every lane goes on by a step; 1 / (1 - beta**t) goes into ``factor``.

    Lanes start their walkers at different times, so each has its own t.
    """
    unbias_rows(power, beta, factor, factor.size // LANES)
