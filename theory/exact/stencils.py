"""Finite differences on uneven grids.

They are of any order, and returned as sparse matrices.
"""

from math import factorial

import numpy as np
from scipy.sparse import csr_array


def derivative(x: np.ndarray, order: int, *, left: int, right: int) -> csr_array:
    """Matrix of the derivative on a grid.

    Each grid point uses the points from ``left`` before it to ``right`` after it.

    At the ends the same number of points is taken, shifted inwards. Exact for polynomials of degree
    ``left + right``.

    Parameters
    ----------
    x : array, shape (n,)
        Grid, increasing, n > left + right.
    order : int
        1 for the first derivative, 2 for the second.
    left, right : int
        Reach of the stencil.

    Returns
    -------
    csr_array, shape (n, n)
    """
    n, points = x.size, left + right + 1
    columns = np.clip(np.arange(n) - left, 0, n - points)[:, None] + np.arange(points)
    offsets = x[columns] - x[:, None]
    scale = np.abs(offsets).max(axis=1, keepdims=True)
    powers = (offsets / scale)[:, None, :] ** np.arange(points)[:, None]
    moments = np.zeros((n, points, 1))
    moments[:, order] = factorial(order)
    weights = np.linalg.solve(powers, moments)[:, :, 0] / scale**order
    rows = np.repeat(np.arange(n), points)
    return csr_array((weights.ravel(), (rows, columns.ravel())), shape=(n, n))
