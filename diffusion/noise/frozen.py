"""Gradient noise that is the same everywhere: one strength, one per coordinate, or any covariance."""

import numpy as np

from diffusion.checks import finite_array, is_diagonal, require, symmetric
from diffusion.jit import part
from diffusion.lane_loops import add_matrix_times


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

    def add_noise(self, theta, z, g):
        """Add factor z to ``g``."""
        add_matrix_times(self.factor, z, g)


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
            C = symmetric(C, "C")
            least, most = np.linalg.eigvalsh(C)[[0, -1]]
            require(least >= -1e-12 * abs(most), "C", "positive semi-definite", C.tolist())
        object.__setattr__(self, "C", C)

    def covariance(self, landscape, theta):
        """Return the covariance of the gradient at theta, shape (dim, dim)."""
        self._check(landscape)
        return self.C if self.C.ndim == 2 else np.diag(np.broadcast_to(self.C, landscape.dim))

    def _check(self, landscape):
        dim = landscape.dim
        ok = self.C.shape in ((), (1,), (dim,), (dim, dim))
        require(ok, "C", f"one number, or of shape ({dim},) or ({dim}, {dim})", self.C.shape)

    def variances(self, landscape, theta):
        """Return the diagonal of the covariance, shape (dim,), or None where it is not all."""
        if self.C.ndim < 2:
            self._check(landscape)
            return np.broadcast_to(self.C, landscape.dim)
        C = self.covariance(landscape, theta)
        return np.diag(C) if is_diagonal(C) else None

    def meet(self, landscape):
        """Return the landscape, and the noise whose kernels run on it."""
        alone = self.variances(landscape, None)
        if alone is not None:
            return landscape, SeparateNoise(np.sqrt(alone))
        C = self.covariance(landscape, None)
        variances, axes = np.linalg.eigh(C)
        return landscape, CorrelatedNoise(axes * np.sqrt(np.maximum(variances, 0)))
