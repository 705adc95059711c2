"""Quadratic landscape: a minimum or a saddle (Assumption 1).

The critical point is the origin.
"""

import numpy as np

from diffusion.checks import finite_array, finite_result, is_diagonal, not_negative, require, symmetric
from diffusion.jit import part
from diffusion.lane_loops import matrix_times


@part
class DiagonalQuadratic:
    """Diagonal quadratic, ``L = 1/2 sum_i H_i theta_i**2``.

    `Quadratic` runs it where ``H`` is diagonal.
    """

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
    """Coupled quadratic, ``L = 1/2 theta^T H theta``.

    `Quadratic` runs it where ``H`` is not diagonal.
    """

    H: np.ndarray

    @property
    def dim(self):
        """Coordinates."""
        return len(self.H)

    def gradient(self, theta, g):
        """Write H theta."""
        matrix_times(self.H, theta, g)


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
        # Rounding in a rotation leaves a matrix unsymmetric near 1e-16; the kernels rely on
        # symmetry.
        object.__setattr__(self, "H", symmetric(H, "H") if square else H)

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
        """Eigenvalues of the Hessian, ascending, shape (dim,)."""
        return np.sort(self.H) if self.H.ndim == 1 else np.linalg.eigvalsh(self.H)

    @property
    def minimum(self):
        """The critical point, shape (dim,)."""
        return np.zeros(self.dim)

    @property
    def saddle_directions(self):
        """Number of negative eigenvalues."""
        return int((self.eigenvalues < 0).sum())

    def loss(self, theta):
        """Return L, for theta of shape (..., dim)."""
        theta = finite_array(theta, "theta")
        ok = theta.ndim > 0 and theta.shape[-1] == self.dim
        require(ok, "theta", f"of shape (..., {self.dim})", theta.shape)
        # A diagonal needs no matrix product, which would cost dim times more.
        subscripts = "...i,i,...i->..." if self.H.ndim == 1 else "...i,ij,...j->..."
        with np.errstate(over="ignore", invalid="ignore"):
            return finite_result(0.5 * np.einsum(subscripts, theta, self.H, theta), "theta", theta.tolist())

    def hessian(self, theta):
        """Return the Hessian at theta, shape (dim, dim)."""
        return self.matrix

    def form(self):
        """Return the landscape whose kernels run."""
        if self.H.ndim == 1:
            return DiagonalQuadratic(self.H)
        # A matrix without off-diagonal entries runs the diagonal kernel: coordinates are not coupled,
        # so landscape, noise and optimizer become one loop.
        alone = np.diag(self.H)
        return DiagonalQuadratic(alone.copy()) if is_diagonal(self.H) else CoupledQuadratic(self.H)

    def data_average(self, variance):
        """Return the landscape averaged over data.

        Shifting a quadratic by data of this variance adds only a constant, so this is the landscape
        itself.
        """
        return self

    def data_covariance(self, theta, variance):
        """Return the covariance of one sample's gradient.

        It is H H variance at any theta, shape (dim, dim).
        """
        # The gradient at theta - x is H (theta - x); only H x varies, with the covariance H
        # (variance I) H.
        not_negative(variance, "variance")
        with np.errstate(over="ignore", invalid="ignore"):
            return finite_result(variance * self.matrix @ self.matrix, "variance", variance)
