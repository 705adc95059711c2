"""Minibatch noise: every step sees a few rows of a data set, drawn with replacement."""

import numpy as np

from diffusion.block import gradient_at
from diffusion.checks import finite_array, require, whole
from diffusion.contract import form_of, gives
from diffusion.jit import part
from diffusion.minibatch import Rows


@part
class MinibatchNoise:
    """The gradient of a step is the mean over ``B`` random rows x of that of ``f(sqrt(k) theta - x)``.

    The drift is the average over the data set, not the landscape's own.

    Parameters
    ----------
    samples : array_like, shape (rows, dim)
        The data, in the coordinates of ``sqrt(k) theta`` (of theta, on a landscape without sharpness k).
    B : int
        Rows a step, drawn with replacement, 1 to 1,000,000.
    """

    samples: np.ndarray
    B: int

    def __post_init__(self):
        samples = finite_array(self.samples, "samples")
        require(samples.ndim == 2, "samples", "of shape (rows, dim)", samples.shape)
        require(len(samples) < 2**32, "samples", "fewer than 2**32 rows", len(samples))
        object.__setattr__(self, "samples", samples)
        object.__setattr__(self, "B", whole(self.B, "B", 1, 1_000_000))

    def covariance(self, landscape, theta):
        """Return the covariance of the gradient at theta, shape (dim, dim): that of the rows over B."""
        landscape, rows = self.meet(landscape)
        points = np.broadcast_to(theta, landscape.dim) - rows.samples[:, : landscape.dim]
        if gives(landscape, "slope"):
            slopes = np.stack([landscape.slope(points[:, j], j) for j in range(landscape.dim)], axis=1)
        else:
            slopes = np.array([gradient_at(landscape, point) for point in points])
        return np.atleast_2d(np.cov(slopes, rowvar=False, bias=True)) / self.B

    def meet(self, landscape):
        """Return the landscape, and the data in theta's own coordinates."""
        rows, dim = self.samples.shape
        require(dim == landscape.dim, "samples", f"of shape (rows, {landscape.dim})", (rows, dim))
        stretch = landscape.stretch if gives(landscape, "stretch") else 1.0
        return form_of(landscape), Rows.of(self.samples, stretch, self.B)
