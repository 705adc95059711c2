"""The paper's loss over data.

It is the mean over the rows x of a data set of f(sqrt(k) theta - x).
"""

from dataclasses import field

import numpy as np

from diffusion.checks import finite_array, require
from diffusion.contract import form_of, gives, require_landscape
from diffusion.jit import LANES, aligned_zeros, part
from diffusion.landscapes.prefetch import fetch_early


@part
class ShiftedSlopes:
    """`Shifted` for a landscape without coupled coordinates.

    A walker's coordinates stand in a row, as the data do.
    """

    landscape: object
    samples: np.ndarray  # rows in theta's own coordinates, padded to a multiple of 16 numbers
    dim: int
    x: np.ndarray = field(init=False, repr=False)
    total: np.ndarray = field(init=False, repr=False)

    def __post_init__(self):
        # Scratch rows are as wide as the padded data, so one loop of 16 serves both.
        for name in ("x", "total"):
            object.__setattr__(self, name, np.zeros((LANES, self.row_width)))

    @property
    def rows(self):
        """Rows of the data set."""
        return len(self.samples)

    @property
    def row_width(self):
        """Length of a padded row.

        The landscape's own rows of parameters are padded to it too.
        """
        return self.samples.shape[1]

    def row_gradients(self, theta, rows, g):
        """Write the mean gradient over each walker's rows."""
        B, dim = rows.size // LANES, theta.size // LANES
        X, f, share = self.samples, self.landscape, 1 / B
        for l in range(LANES):
            for j in range(dim):
                # Transposed once for each step: a row of data then meets a row of coordinates in
                # memory.
                self.x[l, j] = theta[j * LANES + l]
        for l in range(LANES):
            # prefetch for the walker after next: three times as fast when other threads fill the shared cache
            for b in range(l + 2, rows.size, LANES):
                fetch_early(X, rows[b])
            for c in range(
                0, X.shape[1], 16
            ):  # a constant number of coordinates: loops over j are vector code
                x, total = self.x[l, c : c + 16], self.total[l, c : c + 16]
                for j in range(16):
                    total[j] = 0.0
                for b in range(l, l + (B - 4) * LANES, 5 * LANES):  # five rows a pass: twice as fast as one
                    a0, a1 = X[rows[b], c : c + 16], X[rows[b + LANES], c : c + 16]
                    a2, a3 = X[rows[b + 2 * LANES], c : c + 16], X[rows[b + 3 * LANES], c : c + 16]
                    a4 = X[rows[b + 4 * LANES], c : c + 16]
                    for j in range(16):
                        i = c + j
                        three = f.slope(x[j] - a0[j], i) + f.slope(x[j] - a1[j], i) + f.slope(x[j] - a2[j], i)
                        total[j] += three + f.slope(x[j] - a3[j], i) + f.slope(x[j] - a4[j], i)
                # The rows that five do not divide.
                for b in range(B - B % 5, B):
                    a = X[rows[b * LANES + l], c : c + 16]
                    for j in range(16):
                        total[j] += f.slope(x[j] - a[j], c + j)
        for j in range(dim):
            for l in range(LANES):
                g[j * LANES + l] = self.total[l, j] * share


@part
class ShiftedGradients:
    """`Shifted` for a landscape that couples coordinates.

    Each row costs one gradient of the whole block.
    """

    landscape: object
    samples: np.ndarray
    dim: int
    shifted: np.ndarray = field(init=False, repr=False)
    total: np.ndarray = field(init=False, repr=False)

    def __post_init__(self):
        # Shape (1, n): each thread gets its own copy of a 2-D array, while a 1-D array would be
        # taken for one number per coordinate.
        for name in ("shifted", "total"):
            object.__setattr__(self, name, np.zeros((1, self.dim * LANES)))

    @property
    def rows(self):
        """Rows of the data set."""
        return len(self.samples)

    def row_gradients(self, theta, rows, g):
        """Write the mean gradient over each walker's rows."""
        B, dim = rows.size // LANES, theta.size // LANES
        shifted, total = self.shifted[0], self.total[0]
        for i in range(theta.size):
            total[i] = 0.0
        for b in range(B):
            for l in range(LANES):
                sample = self.samples[rows[b * LANES + l]]
                for j in range(dim):
                    shifted[j * LANES + l] = theta[j * LANES + l] - sample[j]
            self.landscape.gradient(shifted, g)
            for i in range(theta.size):
                total[i] += g[i]
        for i in range(theta.size):
            g[i] = total[i] / B


@part
class Shifted:
    r"""Mean of a landscape shifted by rows of data: Figure 6's loss.

    The mean runs over the rows x of ``f(sqrt(k) theta - x)``.

    Parameters
    ----------
    landscape : part
        Whose loss is shifted; one with a sharpness k measures the rows in ``sqrt(k) theta``, others in theta.
    samples : array_like, shape (rows, dim)
        The data.

    Examples
    --------
    >>> from diffusion import Quadratic, Shifted, gradient_at
    >>> gradient_at(Shifted(Quadratic([1.0]), [[1.0], [3.0]]), 0.0).tolist()
    [-2.0]
    """

    landscape: object
    samples: np.ndarray

    def __post_init__(self):
        samples = finite_array(self.samples, "samples")
        require_landscape(self.landscape)
        dim = self.landscape.dim
        require(samples.ndim == 2, "samples", "of shape (rows, dim)", samples.shape)
        require(samples.shape[1] == dim, "samples", f"of shape (rows, {dim})", samples.shape)
        # A row is chosen by 32 random bits, so no more than 2**32 of them could be reached.
        require(len(samples) < 2**32, "samples", "fewer than 2**32 rows", len(samples))
        object.__setattr__(self, "samples", samples)

    @property
    def dim(self):
        """Coordinates."""
        return self.landscape.dim

    @property
    def rows(self):
        """Rows of the data set."""
        return len(self.samples)

    def loss(self, theta):
        """Return the mean loss over the rows.

        ``theta`` has the shape (..., dim).
        """
        theta = finite_array(theta, "theta")
        # f(sqrt(k) theta - x) = L(theta - x / sqrt(k)), so the landscape's own loss does it all.
        shifts = self.samples / self._stretch
        return sum(self.landscape.loss(theta - shift) for shift in shifts) / self.rows

    @property
    def _stretch(self):
        # A landscape without sharpness k takes the rows in theta's own coordinates.
        return self.landscape.stretch if gives(self.landscape, "stretch") else 1.0

    def form(self):
        """Return the landscape whose kernels run."""
        landscape = form_of(self.landscape)
        apart = gives(landscape, "slope")
        # rows start at a cache line and hold a multiple of 16 numbers: shorter loops do not vectorise
        wide = aligned_zeros((self.rows, -(-self.dim // 16) * 16))
        np.divide(self.samples, self._stretch, out=wide[:, : self.dim])
        # A table that nobody can write into is shared by all threads; others would each get a copy.
        wide.flags.writeable = False
        return (ShiftedSlopes if apart else ShiftedGradients)(landscape, wide, self.dim)
