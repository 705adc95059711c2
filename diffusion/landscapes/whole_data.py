"""The gradient of a loss over a whole data set, from the gradients of its rows."""

from diffusion.jit import LANES, aligned_zeros, named_tuple, part

PASS = 16  # rows a pass: enough that the fixed cost of one is small, few enough for the nearest caches


@part
class WholeData:
    """A landscape over data with the gradient that it leaves to its rows."""

    landscape: object
    count: object
    rows: object
    total: object

    def row_gradients(self, theta, rows, g):
        """Write the mean gradient over the rows of each walker."""
        self.landscape.row_gradients(theta, rows, g)

    def gradient(self, theta, g):
        """Write the mean gradient over all rows."""
        total = self.total
        for i in range(theta.size):
            total[i] = 0.0
        for first in range(0, self.count, PASS):
            rows = min(PASS, self.count - first)
            for b in range(rows):
                for l in range(LANES):
                    self.rows[b * LANES + l] = first + b
            self.landscape.row_gradients(theta, self.rows[: rows * LANES], g)
            for i in range(theta.size):
                total[i] += rows * g[i]
        for i in range(theta.size):
            g[i] = total[i] / self.count


def whole_data(landscape, dim, fields):
    """Return what kernels see as ``self`` of a landscape over data, given its fields as kernels see them."""
    scratch = aligned_zeros(PASS * LANES).view(int), aligned_zeros(dim * LANES)
    return named_tuple(WholeData)(fields, int(landscape.rows), *scratch)
