"""Gradient of a loss over a whole data set.

It is made from the gradients of the rows, for landscapes that have no other.
"""

from diffusion.jit import LANES, aligned_zeros, named_tuple, part

# The gradients of the rows come in passes.
PASS = 16  # enough rows that the fixed cost of a pass is small, few enough for the nearest caches


@part
class WholeData:
    """Landscape over data, with a gradient over all rows."""

    landscape: object
    count: object
    rows: object
    total: object

    def row_gradients(self, theta, rows, g):
        """Write the mean gradient over each walker's rows."""
        self.landscape.row_gradients(theta, rows, g)

    def gradient(self, theta, g):
        """Write the mean gradient over all rows."""
        total = self.total
        for i in range(theta.size):
            total[i] = 0.0
        for first in range(0, self.count, PASS):
            rows = min(PASS, self.count - first)
            # Every walker sees the same rows here, so all lanes get the same row number.
            for b in range(rows):
                for l in range(LANES):
                    self.rows[b * LANES + l] = first + b
            self.landscape.row_gradients(theta, self.rows[: rows * LANES], g)
            for i in range(theta.size):
                # row_gradients writes a mean; the last pass may hold fewer rows, so each mean
                # counts by its rows.
                total[i] += rows * g[i]
        for i in range(theta.size):
            g[i] = total[i] / self.count


def whole_data(landscape, dim, fields):
    """Return the named tuple that kernels see as ``self``.

    It wraps a landscape over data, whose fields are given as kernels see them.
    """
    # Row numbers are 8-byte integers, so the aligned memory for doubles serves for them too.
    scratch = aligned_zeros(PASS * LANES).view(int), aligned_zeros(dim * LANES)
    return named_tuple(WholeData)(fields, int(landscape.rows), *scratch)
