"""A landscape written for the experiments, as a user would write one: smooth, with a bounded gradient."""

import numpy as np

from diffusion import part
from diffusion.checks import positive, row
from diffusion.vector_exp import exp


@part
class LogCosh:
    """A valley with straight walls.

    ``L(theta) = sum_i steepness_i width log cosh(theta_i / width)``.

    Parameters
    ----------
    steepness : array_like, shape (dim,)
        Slope far from the minimum, positive: |dL/dtheta_i| < steepness_i everywhere.
    width : float
        Width of the rounded bottom, positive; the curvature is at most steepness_i / width.

    Notes
    -----
    With steepness 1 and width 2, exp(-L) is the logistic distribution (but for its norm).
    """

    steepness: np.ndarray
    width: float = 1.0

    def __post_init__(self):
        object.__setattr__(self, "steepness", row(self.steepness, "steepness", "positive"))
        positive(self.width, "width")

    @property
    def dim(self):
        """Coordinates."""
        return len(self.steepness)

    @property
    def lipschitz(self) -> float:
        """Lipschitz constant of the gradient."""
        return float(self.steepness.max() / self.width)

    @property
    def gradient_bound(self) -> float:
        """|grad L| is below this everywhere."""
        return float(np.linalg.norm(self.steepness))

    def loss(self, theta):
        """Return L, for theta of shape (..., dim)."""
        u = np.abs(np.broadcast_to(theta, (*np.shape(theta)[:-1], self.dim))) / self.width
        return np.sum(self.steepness * self.width * (u + np.log1p(np.exp(-2 * u)) - np.log(2)), axis=-1)

    def gradients(self, theta):
        """Return grad L, for theta of shape (..., dim)."""
        return self.steepness * np.tanh(np.asarray(theta) / self.width)

    def slope(self, x, i):
        """Return dL/dx."""
        return self.steepness[i] * (1 - 2 / (exp(2 * x / self.width) + 1))
