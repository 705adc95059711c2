"""Gradient noise proportional to the Hessian at each point.

C = kappa |H(theta)| / B: Eq. (3), taken pointwise.
"""

import math
import warnings

import numpy as np

from diffusion.checks import positive, require, require_number
from diffusion.contract import gives, require_landscape
from diffusion.jit import part
from diffusion.noise.frozen import FrozenNoise


def _magnitude(H, floor):
    """Return |H| = U diag(max(|h_i|, floor)) U^T."""
    # A covariance cannot be negative, so the negative eigenvalues of a saddle count by their size.
    h, U = np.linalg.eigh(H)
    magnitude = (U * np.maximum(np.abs(h), floor)) @ U.T
    return (magnitude + magnitude.T) / 2  # symmetric to the last bit


@part
class PointwiseNoise:
    """Noise that follows a varying curvature.

    `HessianNoise` runs it on a landscape whose curvature is not constant.
    """

    landscape: object
    scale: float
    floor: float

    def spread(self, x, i):
        """Return the standard deviation."""
        # The floor keeps some noise where the curvature vanishes; see the warning in `HessianNoise.meet`.
        return math.sqrt(self.scale * max(abs(self.landscape.curvature(x, i)), self.floor))


@part
class HessianNoise:
    """Gaussian gradient noise of covariance ``kappa |H(theta)| / B``.

    |H| = U diag|h_i| U^T.

    Parameters
    ----------
    B : float
        Batch size, positive.
    kappa : float
        Strength, positive; the paper's Eq. (3) has 1.
    floor : float
        Smallest curvature that counts, 0 or more.

    Warns
    -----
    UserWarning
        On a landscape whose curvature changes sign: the noise all but vanishes there.

    References
    ----------
    Eq. (3). Near a critical point it is constant, and on `Quadratic` exactly so.
    """

    B: float
    kappa: float = 1.0
    floor: float = 0.0

    def __post_init__(self):
        positive(self.B, "B")
        positive(self.kappa, "kappa")
        require_number(self.floor, "floor", "0 or more and finite", 0)

    def covariance(self, landscape, theta):
        """Return the covariance of the gradient at theta.

        Its shape is (dim, dim).
        """
        require_landscape(landscape)
        require(gives(landscape, "hessian"), "landscape", "one with a hessian for HessianNoise", landscape)
        return self.kappa / self.B * _magnitude(landscape.hessian(theta), self.floor)

    def variances(self, landscape, theta):
        """Return the diagonal of the covariance, shape (dim,).

        None where a matrix H may couple the coordinates, and where the curvature varies: the kernel knows it then.
        """
        if not gives(landscape, "H") or landscape.H.ndim == 2:
            return None
        # The same formula as `_magnitude`, whose eigenvectors are the coordinates here.
        return self.kappa / self.B * np.maximum(np.abs(landscape.H), self.floor)

    def meet(self, landscape):
        """Return the landscape and the noise that runs on it."""
        # A quadratic has the same Hessian everywhere, so frozen noise is exact and quicker.
        if gives(landscape, "H"):
            alone = self.variances(landscape, None)
            if alone is not None:
                return FrozenNoise(alone).meet(landscape)
            return FrozenNoise(self.covariance(landscape, None)).meet(landscape)
        require(
            gives(landscape, "curvature"), "landscape", "one with a curvature for HessianNoise", landscape
        )
        if gives(landscape, "inflection"):
            # The strength vanishes there while the slope does not, so the point cannot be crossed
            # by noise.
            warnings.warn(
                f"HessianNoise is {'zero' if self.floor == 0 else 'at its floor'} at theta = "
                f"{landscape.inflection:.4g}, where the curvature changes sign and the slope points back: in "
                "continuous time no walker passes there, so escape times measure the step size, or the floor. "
                "TwoTemperatureNoise and FrozenNoise do not block the path.",
                stacklevel=4,
            )
        return landscape, PointwiseNoise(landscape, self.kappa / self.B, self.floor)
