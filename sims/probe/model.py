"""A model as the probe sees it.

It has three functions of flat float64 parameters, at one point.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from diffusion.checks import finite_array, require, whole

CHUNK_BYTES = 256 * 2**20  # of per-sample gradients that are held at a time
CHUNK_ROWS = 4096  # rows whose mean gradient is computed at a time, so that activations fit into memory


@dataclass(frozen=True)
class Model:
    """A loss over data at one parameter point.

    Parameters
    ----------
    loss : callable
        ``loss(theta)`` returns the mean over the samples, a number.
    sample_gradients : callable
        ``sample_gradients(theta, rows)`` returns the gradient of each sample's loss, shape (n, P); ``rows`` is an
        integer array, shape (n,).
    hvp : callable
        ``hvp(theta, v)`` returns the Hessian of ``loss`` times v, shape (P,).
    theta : array_like, shape (P,)
        The point that is looked at, such as trained parameters.
    rows : int
        Samples in the data.
    name : str
        Name in reports.
    batch_gradient : callable, optional
        ``batch_gradient(theta, rows)`` returns the gradient of the mean loss of some rows, shape (P,), faster than the
        mean of their ``sample_gradients``, which stands in for it otherwise.

    Raises
    ------
    ValueError
        If theta is not one row of finite numbers or there are no samples.

    Examples
    --------
    Least squares in two coordinates:

    >>> import numpy as np
    >>> from sims.probe import Model
    >>> x, y = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]]), np.array([1.0, 2.0, 2.0])
    >>> model = Model(
    ...     loss=lambda theta: float(np.mean((x @ theta - y) ** 2) / 2),
    ...     sample_gradients=lambda theta, rows: (x[rows] @ theta - y[rows])[:, None] * x[rows],
    ...     hvp=lambda theta, v: x.T @ (x @ v) / 3,
    ...     theta=[1.0, 1.0],
    ...     rows=3,
    ... )
    >>> model.dim
    2
    """

    loss: Callable[[np.ndarray], float]
    sample_gradients: Callable[[np.ndarray, np.ndarray], np.ndarray]
    hvp: Callable[[np.ndarray, np.ndarray], np.ndarray]
    theta: np.ndarray
    rows: int
    name: str = "model"
    batch_gradient: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None

    def __post_init__(self):
        for name in ("loss", "sample_gradients", "hvp"):
            require(callable(getattr(self, name)), name, "a function", getattr(self, name))
        own = self.batch_gradient
        require(own is None or callable(own), "batch_gradient", "a function, or None", own)
        require(isinstance(self.name, str), "name", "text", self.name)
        theta = finite_array(self.theta, "theta")
        require(theta.ndim == 1, "theta", "one row of parameters, shape (P,)", theta.shape)
        object.__setattr__(self, "theta", theta)
        object.__setattr__(self, "rows", whole(self.rows, "rows", 2))

    @property
    def dim(self) -> int:
        """Number of parameters, P."""
        return self.theta.size

    @property
    def chunk(self) -> int:
        """Samples whose gradients are computed at a time.

        They take about 256 MB.
        """
        return max(1, min(self.rows, CHUNK_BYTES // (8 * self.dim)))

    def gradients_of(self, rows, theta=None) -> np.ndarray:
        """Return per-sample gradients, checked: shape (n, P), float64."""
        theta = self.theta if theta is None else theta
        found = np.asarray(self.sample_gradients(theta, np.asarray(rows)))
        shape = (len(rows), self.dim)
        require(found.shape == shape, "sample_gradients", f"of shape {shape}", found.shape)
        require(found.dtype == np.float64, "sample_gradients", "float64", str(found.dtype))
        return found

    def chunks(self, theta=None) -> Iterator[np.ndarray]:
        """Yield the per-sample gradients of all rows.

        They come a chunk at a time.
        """
        for first in range(0, self.rows, self.chunk):
            yield self.gradients_of(np.arange(first, min(first + self.chunk, self.rows)), theta)

    def gradient(self, theta=None) -> np.ndarray:
        """Return the mean per-sample gradient, shape (P,).

        The mean is over all rows.
        """
        theta = self.theta if theta is None else theta
        total = np.zeros(self.dim)
        for first in range(0, self.rows, CHUNK_ROWS):
            rows = np.arange(first, min(first + CHUNK_ROWS, self.rows))
            total += len(rows) * self.mean_gradient(rows, theta)
        return total / self.rows

    def mean_gradient(self, rows, theta=None) -> np.ndarray:
        """Return the mean gradient of some rows.

        Its shape is (P,).
        """
        theta = self.theta if theta is None else theta
        if self.batch_gradient is not None:
            found = np.asarray(self.batch_gradient(theta, np.asarray(rows)))
            require(found.shape == (self.dim,), "batch_gradient", f"of shape ({self.dim},)", found.shape)
            return found
        total = np.zeros(self.dim)
        for first in range(0, len(rows), self.chunk):
            total += self.gradients_of(rows[first : first + self.chunk], theta).sum(axis=0)
        return total / len(rows)

    def memory(self, eigenvalues: int) -> float:
        """Return the bytes that a probe needs at once.

        Beside the model itself, memory holds the gradients of a chunk and Lanczos vectors. Gradients are there up to three
        times: as automatic differentiation leaves them, joined into one array, and on their way to squares.
        """
        return 8.0 * self.dim * (3 * self.chunk + 3 * eigenvalues + 30)
