"""Gradient noise of one strength in every direction."""

import numpy as np

from diffusion.checks import require_number
from diffusion.contract import require_landscape
from diffusion.jit import part
from diffusion.noise.frozen import SeparateNoise


@part
class IsotropicNoise:
    """Gaussian gradient noise with covariance ``C`` times the identity.

    Parameters
    ----------
    C : float
        Variance of each coordinate of the gradient, 0 or more. A number by type: noise that does not know
        the landscape, as thermal noise would be.
    """

    C: float

    def __post_init__(self):
        # One number only: noise that knows nothing of the landscape has no preferred coordinate.
        require_number(self.C, "C", "one finite number, 0 or more", 0)

    def covariance(self, landscape, theta):
        """Return the covariance of the gradient at theta.

        Its shape is (dim, dim).
        """
        require_landscape(landscape)
        return self.C * np.eye(landscape.dim)

    def variances(self, landscape, theta):
        """Return the diagonal of the covariance, shape (dim,)."""
        return np.full(landscape.dim, float(self.C))

    def meet(self, landscape):
        """Return the landscape and the noise that runs on it."""
        # A row of equal numbers becomes one number in the kernel, so this costs no memory access.
        return landscape, SeparateNoise(np.full(landscape.dim, np.sqrt(self.C)))
