"""Gradient noise with two strengths: valley and saddle.

The escape theorems assume it.
"""

from dataclasses import field
from typing import ClassVar

import numpy as np

from diffusion.block import point_on
from diffusion.checks import require, require_number, row
from diffusion.contract import require_landscape
from diffusion.jit import part


@part
class TwoTemperatureNoise:
    """Gaussian noise with two covariances.

    It is ``C_a`` where a coordinate is below ``split`` and ``C_b`` from there on.

    Parameters
    ----------
    C_a, C_b : float or array_like, shape (dim,)
        Covariance of the gradient on either side, in theta's own coordinates; 0 or more.
    split : float
        Where the two meet, a coordinate of theta. ``StyblinskiTang.split(s)`` gives the point at which a
        share s of the barrier is climbed, the s of Theorem 3.
    """

    C_a: np.ndarray
    C_b: np.ndarray
    split: float
    scale_a: np.ndarray = field(init=False, repr=False)
    scale_b: np.ndarray = field(init=False, repr=False)

    def __post_init__(self):
        require_number(self.split, "split")
        for side in ("a", "b"):
            C = row(getattr(self, f"C_{side}"), f"C_{side}")
            # Roots are taken once; a root for each walker, coordinate and step would dominate the
            # kernel.
            object.__setattr__(self, f"scale_{side}", np.sqrt(C))

    def covariance(self, landscape, theta):
        """Return the covariance of the gradient at theta.

        Its shape is (dim, dim).
        """
        return np.diag(self.variances(landscape, theta))

    def variances(self, landscape, theta):
        """Return the diagonal of the covariance, shape (dim,)."""
        require_landscape(landscape)
        return np.where(point_on(landscape, theta, "theta") < self.split, self.C_a, self.C_b)

    def meet(self, landscape):
        """Return the landscape and the noise that runs.

        The shapes are checked first.
        """
        for side in ("a", "b"):
            size = getattr(self, f"scale_{side}").size
            require(
                size in (1, landscape.dim), f"C_{side}", f"one number or {landscape.dim}", f"{size} of them"
            )
        return landscape, SplitNoise(self.scale_a, self.scale_b, self.split)


@part
class SplitNoise:
    """Noise whose strength jumps, run by `TwoTemperatureNoise`."""

    scale_a: np.ndarray
    scale_b: np.ndarray
    split: float

    # Schemes that differentiate the noise have to know that its derivative does not exist at the
    # split.
    jumps: ClassVar[bool] = True

    def spread(self, x, i):
        """Return the standard deviation."""
        # Each coordinate has a temperature of its own: one may be in the valley, another at the
        # saddle.
        return self.scale_a[i] if x < self.split else self.scale_b[i]
