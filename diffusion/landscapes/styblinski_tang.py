"""Styblinski-Tang landscape (Figure 6).

Every coordinate has two minima with a barrier between them.
"""

import math

import numpy as np

from diffusion.block import point_on
from diffusion.checks import (
    finite_array,
    finite_result,
    not_negative,
    require,
    require_number,
    whole,
)
from diffusion.jit import part

# Zeros of f'(y) = 2 y^3 - 16 y + 5/2, by the trigonometric solution of the cubic.
# A is the deep minimum, B the saddle between them, OTHER the shallow minimum, all for k = 1.
A, B, OTHER = (
    2 * np.sqrt(8 / 3) * np.cos((np.arccos(-1.25 / (8 / 3) ** 1.5 / 2) - turn * 2 * np.pi) / 3)
    for turn in (2, 1, 0)
)


def _f(y):
    return 0.5 * (y**4 - 16 * y**2 + 5 * y)


def _f2(y):
    return 6 * y**2 - 16


@part
class StyblinskiTang:
    """Styblinski-Tang landscape with sharpness k.

    ``L(theta) = 1/2 sum_i (y_i**4 - 16 y_i**2 + 5 y_i)`` with ``y = sqrt(k) theta``.

    Every curvature grows as k, while the barrier stays.

    Parameters
    ----------
    dim : int
        Coordinates, 1 or more.
    k : float
        Sharpness, positive.

    Examples
    --------
    >>> valley = StyblinskiTang(dim=1)
    >>> round(valley.H_a, 6), round(valley.H_b, 6), round(valley.barrier, 6)
    (34.583059, -15.852612, 39.361778)
    """

    dim: int = 10
    k: float = 1.0

    def __post_init__(self):
        object.__setattr__(self, "dim", whole(self.dim, "dim", 1, 100_000))
        # Beyond these k * k, which the slope has, is infinite or 0.
        require_number(self.k, "k", "from 1e-150 to 1e150", 1e-150, 1e150)

    @property
    def stretch(self):
        """The factor sqrt(k): data enter as f(sqrt(k) theta - x)."""
        return float(np.sqrt(self.k))

    @property
    def minimum(self):
        """The deep minimum a, shape (dim,)."""
        return np.full(self.dim, A / self.stretch)

    @property
    def boundary(self):
        """The saddle coordinate b, where walkers exit.

        A walker is out when any coordinate passes it.
        """
        return float(B / self.stretch)

    @property
    def saddle(self):
        """A saddle, shape (dim,).

        The first coordinate is at b, the others are at a.
        """
        point = self.minimum
        point[0] = self.boundary
        return point

    @property
    def other_minimum(self):
        """The shallow minimum, shape (dim,)."""
        return np.full(self.dim, OTHER / self.stretch)

    @property
    def inflection(self):
        """Point between a and b where the curvature changes sign."""
        # f'' = 6 y**2 - 16 vanishes at y = +-sqrt(8 / 3); a and b are negative and have the minus
        # sign between them.
        return float(-np.sqrt(8 / 3) / self.stretch)

    @property
    def H_a(self):
        """Curvature at the minimum, per coordinate."""
        return float(self.k * _f2(A))

    @property
    def H_b(self):
        """Curvature at the saddle along the way out; negative."""
        return float(self.k * _f2(B))

    @property
    def barrier(self):
        """Barrier height L(saddle) - L(minimum).

        It does not depend on k.
        """
        return float(_f(B) - _f(A))

    def split(self, s):
        """Return the point where a share of the barrier is climbed.

        The share ``s`` is in (0, 1); the point lies on the way from a to b.
        """
        # Imported here: the optimizers of SciPy are slow to load, and few runs need them.
        from scipy.optimize import brentq

        require_number(s, "s", "in (0, 1)", 0, 1, strict=True)
        return brentq(lambda y: _f(y) - _f(A) - s * self.barrier, A, B, xtol=1e-15) / self.stretch

    def loss(self, theta):
        """Return L, for theta of shape (..., dim)."""
        theta = finite_array(theta, "theta")
        ok = theta.ndim > 0 and theta.shape[-1] == self.dim
        require(ok, "theta", f"of shape (..., {self.dim})", theta.shape)
        with np.errstate(over="ignore", invalid="ignore"):
            return finite_result(_f(self.stretch * theta).sum(axis=-1), "theta", theta.tolist())

    def hessian(self, theta):
        """Return the Hessian at theta, shape (dim, dim)."""
        return np.diag(self.k * _f2(self.stretch * point_on(self, theta, "theta")))

    def slope(self, x, i):
        """Return dL/dx."""
        # f'(sqrt(k) x) sqrt(k), written as a polynomial of x so that no power is computed.
        k = self.k
        return x * (2 * k * k * x * x - 16 * k) + 2.5 * math.sqrt(k)

    def curvature(self, x, i):
        """Return the second derivative."""
        k = self.k
        return 6 * k * k * x * x - 16 * k

    def data_average(self, variance):
        """Return the landscape averaged over Gaussian data.

        The average of f(sqrt(k) theta - x) over x ~ N(0, variance).
        """
        return AveragedStyblinskiTang(self.dim, self.k, variance)

    def data_covariance(self, theta, variance):
        """Return the covariance of one sample's gradient at theta.

        Its shape is (dim, dim).

        sqrt(k) f'(y - x) has the variance k [v h^2 + 72 y^2 v^2 + 24 v^3], h = 6 y^2 + 6 v - 16 (its Hermite
        expansion in x ~ N(0, v)).
        """
        not_negative(variance, "variance")
        y, v = self.stretch * point_on(self, theta, "theta"), np.float64(variance)  # a float of Python raises
        with np.errstate(over="ignore", invalid="ignore"):
            C = self.k * (v * (6 * y**2 + 6 * v - 16) ** 2 + 72 * y**2 * v**2 + 24 * v**3)
        return np.diag(finite_result(C, "variance", variance))

    def data_square(self, x, i, variance):
        """Return the variance of one sample's gradient, over k.

        See `data_covariance`.
        """
        # The factor k is left to the caller, who divides by B as well: one multiplication for both.
        y2 = self.k * x * x
        h = 6 * y2 + 6 * variance - 16
        return variance * h * h + (72 * y2 + 24 * variance) * variance * variance


@part
class AveragedStyblinskiTang:
    """Styblinski-Tang averaged over Gaussian data.

    Its quadratic coefficient is 6 variance - 16.

    It has two minima only while the variance is below 1.9357.
    """

    dim: int
    k: float
    variance: float

    def slope(self, x, i):
        """Return dL/dx."""
        k = self.k
        return x * (2 * k * k * x * x + (6 * self.variance - 16) * k) + 2.5 * math.sqrt(k)

    def curvature(self, x, i):
        """Return the second derivative."""
        k = self.k
        return 6 * k * k * x * x + (6 * self.variance - 16) * k
