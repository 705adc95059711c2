"""Loss over a data set, from a function of one row.

The function takes one walker and one row.
"""

from dataclasses import field
from functools import cache

import numpy as np
from numba import njit

from diffusion.checks import finite_array, require, whole
from diffusion.jit import LANES, OPTIONS, aligned_zeros, part
from diffusion.landscapes.prefetch import fetch_early

TRIALS = 4  # rows on which the functions are tried before they are compiled
STEP, NEAR = (
    1e-5,
    1e-6,
)  # of differences of a loss, and how far, in its own units, they may be from its gradient


def loss_over(row_gradient, data, dim, row_loss=None):
    """Return the mean of a loss over rows, as a landscape.

    Each row of ``data`` has a loss of its own.

    `Minibatches` draws its rows; with any other noise a step sees the gradient of all rows. It is compiled in each
    process, never kept on disk.

    Parameters
    ----------
    row_gradient : function compiled by ``numba.njit``
        ``row_gradient(theta, row, g)`` writes into ``g``, shape (dim,), the gradient at ``theta``, shape (dim,), of
        the loss of ``row``, one row of the data. It must write every entry of ``g``, and change nothing else.
    data : array_like, shape (rows, columns)
        Features and target together, as numbers.
    dim : int
        Coordinates of theta, 1 to 100,000.
    row_loss : function compiled by ``numba.njit``, optional
        ``row_loss(theta, row)`` returns the loss of one row. With it the landscape has ``loss(theta)``, and
        ``row_gradient`` is compared with its differences.

    Raises
    ------
    ValueError
        If a function is not compiled, fails on the first rows, leaves an entry of ``g`` unwritten, or if
        ``row_gradient`` is not the derivative of ``row_loss``.

    Examples
    --------
    >>> import numba
    >>> from diffusion import gradient_at, loss_over, sample_gradients
    >>> @numba.njit
    ... def squared_error(theta, row, g):
    ...     g[0] = row[0] * (theta[0] * row[0] - row[1])
    >>> line = loss_over(squared_error, [[1.0, 2.0], [2.0, 2.0]], dim=1)
    >>> sample_gradients(line, 0.0).ravel().tolist(), gradient_at(line, 0.0).tolist()
    ([-2.0, -4.0], [-3.0])
    """
    dim = whole(dim, "dim", 1, 100_000)
    given = finite_array(data, "data")
    require(given.ndim == 2, "data", "of shape (rows, columns)", given.shape)
    # A row is chosen by 32 random bits, so no more than 2**32 of them could be reached.
    require(len(given) < 2**32, "data", "fewer than 2**32 rows", len(given))
    for name, function in (("row_gradient", row_gradient), ("row_loss", row_loss)):
        compiled = hasattr(function, "py_func") or (name == "row_loss" and function is None)
        require(compiled, name, "a function compiled by numba.njit", function)
    table = aligned_zeros(given.shape)
    table[:] = given
    table.flags.writeable = False  # shared by all threads
    _try(row_gradient, row_loss, table[:TRIALS], dim)
    return _walker_by_walker(row_gradient, row_loss)(table, dim)


@cache  # the same functions get the same part again, so its compiled code is reused
def _walker_by_walker(row_gradient, row_loss):
    # One class for each pair of functions: drivers are compiled for part types, so two pairs that
    # shared a class would share compiled code.
    class LossOver:
        data: np.ndarray
        dim: int
        point: np.ndarray = field(init=False, repr=False)
        one: np.ndarray = field(init=False, repr=False)
        total: np.ndarray = field(init=False, repr=False)

        def __post_init__(self):
            # Shape (1, n): each thread gets its own copy of a 2-D array, while a 1-D array would be
            # taken for one number per coordinate.
            for name in ("point", "one", "total"):
                object.__setattr__(self, name, np.zeros((1, self.dim)))

        @property
        def rows(self):
            return len(self.data)

        def row_gradients(self, theta, rows, g):
            dim, share = theta.size // LANES, LANES / rows.size
            point, one, total = self.point[0], self.one[0], self.total[0]
            for l in range(LANES):
                for b in range(l + 2, rows.size, LANES):  # for the walker after next
                    fetch_early(self.data, rows[b])
                # The walker's coordinates are gathered into a row, because the function knows no
                # lanes.
                for j in range(dim):
                    point[j] = theta[j * LANES + l]
                    total[j] = 0.0
                for b in range(l, rows.size, LANES):
                    one[:] = np.nan  # an entry that is not written must not pass for a number
                    row_gradient(point, self.data[rows[b]], one)
                    for j in range(dim):
                        total[j] += one[j]
                for j in range(dim):
                    g[j * LANES + l] = total[j] * share

    if row_loss is not None:
        LossOver.loss = _mean_of(row_loss)
    LossOver.__module__ = row_gradient.py_func.__module__  # not the package's own: never cached on disk
    return part(LossOver)


def _mean_of(row_loss):
    @njit(**OPTIONS)
    def add(points, data, losses):
        for p in range(len(points)):
            for r in range(len(data)):
                losses[p] += row_loss(points[p], data[r])

    def loss(self, theta):
        """Return the mean loss over the rows.

        ``theta`` has the shape (..., dim).
        """
        theta = finite_array(theta, "theta")
        ok = theta.ndim > 0 and theta.shape[-1] == self.dim
        require(ok, "theta", f"of shape (..., {self.dim})", theta.shape)
        points = np.ascontiguousarray(theta.reshape(-1, self.dim))
        losses = np.zeros(len(points))
        add(points, self.data, losses)
        return losses.reshape(theta.shape[:-1]) / self.rows

    return loss


def _try(row_gradient, row_loss, rows, dim):
    """Try the functions on a few rows, as plain Python.

    Python checks every index; compiled code does not.
    """
    # A fixed seed: the same functions pass or fail every time.
    random = np.random.default_rng(0)
    theta, way = 0.1 * random.standard_normal(dim), random.standard_normal(dim)
    way /= np.sqrt(way @ way)
    theta.flags.writeable = False
    for number, row in enumerate(rows):
        # NaN first: an entry that the function leaves out is still NaN afterwards.
        g = np.full(dim, np.nan)
        _called("row_gradient", "row_gradient(theta, row, g)", row_gradient, theta, row, g)
        missing = np.flatnonzero(np.isnan(g))
        if missing.size:
            raise ValueError(
                f"row_gradient leaves {missing.size} of the {dim} entries of g unwritten or NaN at row {number} of the "
                f"data, the first of them g[{missing[0]}]; write every entry"
            )
        if row_loss is None:
            continue
        sides = (theta + STEP * way, theta - STEP * way)
        high, low = (_called("row_loss", "row_loss(theta, row)", row_loss, side, row) for side in sides)
        expected, found = (high - low) / (2 * STEP), g @ way
        # Relative where gradient or loss is large: rounding in a difference grows with the loss
        # itself.
        size = 1 + np.sqrt(g @ g) + abs(high)
        if np.isfinite(expected) and np.isfinite(found) and abs(expected - found) > NEAR * size:
            raise ValueError(
                f"row_gradient is not the derivative of row_loss: along a random direction at row {number} of the data "
                f"it gives {found:.6g}, differences of row_loss give {expected:.6g}"
            )


def _called(name, signature, function, theta, row, *rest):
    try:
        with np.errstate(all="ignore"):
            return function.py_func(theta, row, *rest)
    except ArithmeticError:  # singular there, which is no fault
        return np.nan
    except (IndexError, TypeError, ValueError) as error:
        rule = f"{signature} with theta of shape ({theta.size},) and row of shape ({row.size},)"
        raise ValueError(f"{name} must be {rule}, got {type(error).__name__}: {error}") from None
