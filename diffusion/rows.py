"""Gradients of single rows of a data set.

The kernels of a loss over data compute them.
"""

import numpy as np

from diffusion.block import point_on
from diffusion.checks import require
from diffusion.contract import form_of, gives, require_landscape
from diffusion.jit import LANES, kernel, numbers


@kernel
def _row_by_row(landscape, theta, chosen, written, rows, g):
    last = chosen.size - 1
    for first in range(0, chosen.size, LANES):
        for l in range(LANES):
            # One row a lane makes the mean over rows the gradient of that row; spare lanes repeat
            # the last one.
            rows[l] = chosen[min(first + l, last)]
        landscape.row_gradients(theta, rows, g)
        for l in range(min(LANES, chosen.size - first)):
            for j in range(written.shape[1]):
                written[first + l, j] = g[j * LANES + l]


def sample_gradients(landscape, theta, rows=None):
    """Return the gradient of each row's loss.

    It is taken at one point and has the shape (rows, dim).

    Parameters
    ----------
    landscape : part
        A loss over data, such as `loss_over` makes.
    theta : float or array_like, shape (dim,)
    rows : array_like of int, optional
        Which rows; all unless given.

    Raises
    ------
    ValueError
        If the landscape has no rows, or not these.

    Examples
    --------
    >>> from diffusion import Quadratic, Shifted, sample_gradients
    >>> sample_gradients(Shifted(Quadratic([2.0]), [[1.0], [3.0]]), 0.0).tolist()
    [[-2.0], [-6.0]]
    """
    require_data(landscape)
    chosen = np.arange(landscape.rows) if rows is None else np.atleast_1d(np.asarray(rows))
    ok = chosen.ndim == 1 and chosen.dtype.kind in "iu" and chosen.size > 0
    ok = ok and chosen.min() >= 0 and chosen.max() < landscape.rows
    require(ok, "rows", f"numbers of rows, 0 to {landscape.rows - 1}", rows)
    dim = landscape.dim
    # Every lane stands at the same point.
    block = np.repeat(point_on(landscape, theta, "theta"), LANES)
    written = np.empty((chosen.size, dim))
    scratch = np.zeros(LANES, np.int64), np.zeros_like(block)
    _row_by_row(numbers(form_of(landscape), dim), block, chosen.astype(np.int64), written, *scratch)
    return written


def require_data(landscape, who="sample_gradients"):
    """Raise ``ValueError`` unless ``landscape`` is a loss over data."""
    require_landscape(landscape)
    if not gives(landscape, "rows"):
        raise ValueError(
            f"{who} needs a loss over data; {type(landscape).__name__} has no rows. Make one with "
            "loss_over(row_gradient, data, dim)"
        )


def row_covariance(landscape, theta):
    """Return the covariance of one row's gradient.

    It is taken at a point over all rows and has the shape (dim, dim).
    """
    some = max(LANES, 2**22 // landscape.dim)  # rows at a time: 2**22 numbers are 32 MB
    pieces = [np.arange(i, min(i + some, landscape.rows)) for i in range(0, landscape.rows, some)]
    mean = sum(sample_gradients(landscape, theta, piece).sum(axis=0) for piece in pieces) / landscape.rows
    total = np.zeros((landscape.dim, landscape.dim))
    for piece in pieces:
        # A second pass about the mean: sums of squares would cancel where the spread is small.
        apart = sample_gradients(landscape, theta, piece) - mean
        total += apart.T @ apart
    # Divided by n, not n - 1: the rows are the whole population, not a sample of it.
    return total / landscape.rows
