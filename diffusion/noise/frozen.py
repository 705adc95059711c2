"""Gradient noise that is the same everywhere.

It has one strength, one per coordinate, or any covariance.
"""

import numpy as np

from diffusion.checks import finite_array, is_diagonal, require, symmetric
from diffusion.contract import require_landscape
from diffusion.jit import part
from diffusion.lane_loops import add_matrix_times


@part
class SeparateNoise:
    """Independent noise in every coordinate.

    `FrozenNoise` runs it; ``scale`` is the standard deviation.
    """

    scale: np.ndarray

    def spread(self, x, i):
        """Return the standard deviation."""
        return self.scale[i]


@part
class CorrelatedNoise:
    """Correlated noise ``factor z``.

    `FrozenNoise` runs it where the covariance is not diagonal.
    """

    factor: np.ndarray

    def add_noise(self, theta, z, g):
        """Add factor z to ``g``."""
        add_matrix_times(self.factor, z, g)


@part
class FrozenNoise:
    """Gaussian gradient noise with a constant covariance.

    Parameters
    ----------
    C : float or array_like
        Covariance of the gradient in theta's own coordinates: one number for every coordinate, shape (dim,)
        for each its own, or a positive semi-definite matrix (dim, dim).

    Notes
    -----
    For ``f(sqrt(k) theta)`` the paper's scaling makes C proportional to k: say so, ``FrozenNoise(k * C)``.
    """

    C: np.ndarray

    def __post_init__(self):
        C = finite_array(self.C, "C")
        require(
            C.ndim < 3 and (C.ndim < 2 or C.shape[0] == C.shape[1]), "C", "a number, row or square", C.shape
        )
        # The entries of a matrix may be negative; its eigenvalues are checked below.
        require(C.ndim == 2 or np.all(C >= 0), "C", "0 or more", C.tolist())
        if C.ndim == 2:
            C = symmetric(C, "C")
            # Eigenvalues of a singular matrix come out as +-1e-16 of the largest; these count as
            # zero.
            least, most = np.linalg.eigvalsh(C)[[0, -1]]
            require(least >= -1e-12 * abs(most), "C", "positive semi-definite", C.tolist())
        object.__setattr__(self, "C", C)

    def covariance(self, landscape, theta):
        """Return the covariance of the gradient at theta.

        Its shape is (dim, dim).
        """
        self._check(landscape)
        return self.C if self.C.ndim == 2 else np.diag(np.broadcast_to(self.C, landscape.dim))

    def _check(self, landscape):
        require_landscape(landscape)
        dim = landscape.dim
        # The shape can be checked only here: noise is made before it meets a landscape.
        ok = self.C.shape in ((), (1,), (dim,), (dim, dim))
        require(ok, "C", f"one number, or of shape ({dim},) or ({dim}, {dim})", self.C.shape)

    def variances(self, landscape, theta):
        """Return the diagonal of the covariance, shape (dim,).

        None where the covariance is not diagonal.
        """
        if self.C.ndim < 2:
            self._check(landscape)
            return np.broadcast_to(self.C, landscape.dim)
        C = self.covariance(landscape, theta)
        return np.diag(C) if is_diagonal(C) else None

    def meet(self, landscape):
        """Return the landscape and the noise that runs on it."""
        # Independent noise joins the optimizer's loop over coordinates; a matrix costs a loop of
        # its own.
        alone = self.variances(landscape, None)
        if alone is not None:
            return landscape, SeparateNoise(np.sqrt(alone))
        C = self.covariance(landscape, None)
        # An eigenvector root exists for a singular matrix too, where a Cholesky factor would fail.
        variances, axes = np.linalg.eigh(C)
        return landscape, CorrelatedNoise(axes * np.sqrt(np.maximum(variances, 0)))
