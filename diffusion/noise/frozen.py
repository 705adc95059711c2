"""Gradient noise that is the same everywhere: one strength, one per coordinate, or any covariance."""

import numpy as np

from diffusion.checks import finite_array, require
from diffusion.jit import COORDINATES, LANES, part


@part
class SeparateNoise:
    """Independent noise of standard deviation ``scale`` per coordinate: what `FrozenNoise` runs."""

    scale: np.ndarray

    def spread(self, x, i):
        """Return the standard deviation."""
        return self.scale[i]


@part
class CorrelatedNoise:
    """Noise ``factor z``: what `FrozenNoise` runs where its covariance is not diagonal."""

    factor: np.ndarray
    coordinates: tuple = COORDINATES

    def add_noise(self, theta, z, g):
        """Add factor z to ``g``."""
        dim = len(self.coordinates)
        for j in range(dim):
            for l in range(LANES):
                total = 0.0
                for k in range(dim):
                    total += self.factor[j, k] * z[k * LANES + l]
                g[j * LANES + l] += total


@part
class FrozenNoise:
    """Gaussian gradient noise whose covariance does not depend on theta.

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
        require(C.ndim == 2 or np.all(C >= 0), "C", "0 or more", C.tolist())
        if C.ndim == 2:
            require(np.array_equal(C, C.T), "C", "symmetric", C.tolist())
            least, most = np.linalg.eigvalsh(C)[[0, -1]]
            require(least >= -1e-12 * abs(most), "C", "positive semi-definite", C.tolist())
        object.__setattr__(self, "C", C)

    def covariance(self, landscape, theta):
        """Return the covariance of the gradient at theta, shape (dim, dim)."""
        dim = landscape.dim
        ok = self.C.shape in ((), (1,), (dim,), (dim, dim))
        require(ok, "C", f"one number, or of shape ({dim},) or ({dim}, {dim})", self.C.shape)
        return self.C if self.C.ndim == 2 else np.diag(np.broadcast_to(self.C, dim))

    def meet(self, landscape):
        """Return the landscape, and the noise whose kernels run on it."""
        C = self.covariance(landscape, None)
        if np.array_equal(C, np.diag(np.diag(C))):
            return landscape, SeparateNoise(np.sqrt(np.diag(C)))
        variances, axes = np.linalg.eigh(C)
        return landscape, CorrelatedNoise(axes * np.sqrt(np.maximum(variances, 0)))
