"""Quadratic landscape: a minimum or a saddle at the origin (Assumption 1)."""

from dataclasses import field

import numpy as np

from diffusion.checks import finite_array, require
from diffusion.jit import COORDINATES, LANES, part
from diffusion.noise.frozen import FrozenNoise


@part
class DiagonalQuadratic:
    """``L = 1/2 sum_i H_i theta_i**2``: what `Quadratic` runs where ``H`` is diagonal."""

    H: np.ndarray

    @property
    def dim(self):
        """Coordinates."""
        return len(self.H)

    def slope(self, x, i):
        """Return dL/dx."""
        return self.H[i] * x

    def curvature(self, x, i):
        """Return H_i."""
        return self.H[i]


@part
class CoupledQuadratic:
    """``L = 1/2 theta^T H theta``: what `Quadratic` runs where ``H`` is not diagonal."""

    H: np.ndarray
    coordinates: tuple = field(default=COORDINATES, init=False, repr=False)

    @property
    def dim(self):
        """Coordinates."""
        return len(self.H)

    def gradient(self, theta, g):
        """Write H theta."""
        dim = len(self.coordinates)  # known to the compiler: the loops over k vanish, those over l vectorise
        for j in range(dim):
            for l in range(LANES):
                total = 0.0
                for k in range(dim):
                    total += self.H[j, k] * theta[k * LANES + l]
                g[j * LANES + l] = total


@part
class Quadratic:
    """A quadratic minimum or saddle, ``L = 1/2 theta^T H theta``.

    Parameters
    ----------
    H : array_like, shape (dim,) or (dim, dim)
        Hessian eigenvalues along the coordinates, or any symmetric matrix (a rotated saddle); finite.

    Attributes
    ----------
    minimum : ndarray, shape (dim,)
        The critical point, the origin.

    Examples
    --------
    >>> Quadratic([1.0, -0.5]).saddle_directions
    1
    """

    H: np.ndarray

    def __post_init__(self):
        H = finite_array(self.H, "H")
        square = H.ndim == 2 and H.shape[0] == H.shape[1]
        require(H.ndim == 1 or square, "H", "eigenvalues, or a square matrix", H.shape)
        require(H.ndim == 1 or np.array_equal(H, H.T), "H", "symmetric", H.tolist())
        object.__setattr__(self, "H", H)

    @property
    def dim(self):
        """Coordinates."""
        return len(self.H)

    @property
    def matrix(self):
        """The Hessian, shape (dim, dim)."""
        return np.diag(self.H) if self.H.ndim == 1 else self.H

    @property
    def eigenvalues(self):
        """Of the Hessian, ascending, shape (dim,)."""
        return np.linalg.eigvalsh(self.matrix)

    @property
    def minimum(self):
        """The critical point, shape (dim,)."""
        return np.zeros(self.dim)

    @property
    def saddle_directions(self):
        """How many eigenvalues are negative."""
        return int((self.eigenvalues < 0).sum())

    def loss(self, theta):
        """Return L, for theta of shape (..., dim)."""
        theta = np.asarray(theta, dtype=float)
        return 0.5 * np.einsum("...i,ij,...j->...", theta, self.matrix, theta)

    def hessian(self, theta):
        """Return the Hessian at theta, shape (dim, dim)."""
        return self.matrix

    def form(self):
        """Return the landscape whose kernels run."""
        diagonal = self.H.ndim == 1 or np.array_equal(self.H, np.diag(np.diag(self.H)))
        return DiagonalQuadratic(np.diag(self.matrix).copy()) if diagonal else CoupledQuadratic(self.H)

    def data_average(self, variance):
        """Return the landscape averaged over data of this variance: itself, up to a constant."""
        return self

    def data_covariance(self, theta, variance):
        """Return the covariance H H variance of one sample's gradient at theta, shape (dim, dim)."""
        return variance * self.matrix @ self.matrix

    def data_noise(self, variance, B):
        """Return the Gaussian noise with the covariance of minibatches of B such samples."""
        _, noise = FrozenNoise(self.data_covariance(None, variance) / B).meet(self)
        return noise
