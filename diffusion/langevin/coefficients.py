"""Mass, damping and diffusion coefficients.

Each is one number, a row, a matrix, or (mass and D) a function of theta.
"""

import math
from typing import ClassVar

import numpy as np
from scipy.special import exprel

from diffusion.checks import finite_array, require, require_number, row, symmetric
from diffusion.contract import gives, is_part
from diffusion.jit import part
from diffusion.noise.frozen import SeparateNoise


@part
class TwoTemperatureDiffusion:
    """Diffusion coefficient that jumps at ``split``.

    D is ``D_a`` where a coordinate is below ``split`` and ``D_b`` from there on.

    Parameters
    ----------
    D_a, D_b : float or array_like, shape (dim,)
        Diffusion coefficients, theta^2 / time; 0 or more.
    split : float
        A coordinate of theta.
    """

    D_a: np.ndarray
    D_b: np.ndarray
    split: float

    jumps: ClassVar[bool] = True  # first passages then have a bias of O(sqrt(dt)), see `PassageTimes`

    def __post_init__(self):
        require_number(self.split, "split")
        for name in ("D_a", "D_b"):
            object.__setattr__(self, name, row(getattr(self, name), name))

    def diffusion(self, x, i):
        """Return D."""
        return self.D_a[i] if x < self.split else self.D_b[i]


@part
class VaryingKick:
    """Kick of a D that varies.

    Its standard deviation is sqrt(2 D(x)) times the ``share`` that a scheme gives it.
    """

    D: object
    share: np.ndarray  # sqrt(dt) / divisor, see `kick`

    def spread(self, x, i):
        """Return the standard deviation."""
        return math.sqrt(2 * self.D.diffusion(x, i)) * self.share[i]


def varies(coefficient):
    """Return whether a coefficient is a function of theta.

    Such a mass or D is a part with a kernel, not numbers.
    """
    return is_part(coefficient)


def coefficient(value, name, rule="0 or more"):
    """Return a checked coefficient.

    It is a row, or a symmetric matrix of positive (or 0 or more) eigenvalues.
    """
    array = finite_array(value, name)
    if array.ndim < 2:
        return row(array, name, rule)
    square = array.ndim == 2 and array.shape[0] == array.shape[1]
    shapes = "one number, one per coordinate, or a symmetric matrix"
    require(square, name, shapes, array.tolist())
    array = symmetric(array, name)
    least, most = np.linalg.eigvalsh(array)[[0, -1]]
    # eigvalsh may return a zero eigenvalue as about -1e-16 of the largest: a singular D is allowed.
    ok = least > 0 if rule == "positive" else least >= -1e-12 * abs(most)
    require(ok, name, f"{rule} in every direction", array.tolist())
    return array


def function_or_coefficient(value, name, kernel, rule="0 or more"):
    """Return a checked coefficient: numbers, or a part.

    A part needs the named kernel of (x, i).
    """
    if varies(value):
        require(gives(value, kernel), name, f"numbers, or a part with {kernel}(self, x, i)", value)
        return value
    return coefficient(value, name, rule)


def is_matrix(langevin):
    """Return whether any coefficient is a matrix."""
    return any(np.ndim(getattr(langevin, name)) == 2 for name in langevin.coefficients)


def kick(D, dt, divisor=1.0):
    """Return noise of the spread sqrt(2 D dt) / divisor.

    ``dt`` may be one number per coordinate.
    """
    # An overflow is refused below with a sentence; a warning of NumPy would only repeat it.
    with np.errstate(over="ignore"):
        if varies(D):
            share = np.atleast_1d(np.sqrt(dt) / divisor)
            require(np.all(np.isfinite(share)), "dt", "small enough for sqrt(dt) / M to be finite", dt)
            return VaryingKick(D, share)
        scale = np.atleast_1d(np.sqrt(2 * D * dt) / divisor)
    require(np.all(np.isfinite(scale)), "dt", "small enough for sqrt(2 D dt) / M to be finite", dt)
    return SeparateNoise(scale)


def friction(langevin, dt):
    """Return the decay and kick of an Ornstein-Uhlenbeck step.

    The decay is the factor by which the velocity shrinks over dt. Both are exact.
    """
    with np.errstate(over="ignore"):
        decay = langevin.damping * dt
    require(np.all(np.isfinite(decay)), "dt", "small enough for gamma dt to be finite", dt)
    # exprel(-2 gamma dt) = (1 - e^{-2 gamma dt}) / (2 gamma dt) is the exact factor, and 1 at gamma = 0.
    return np.exp(-decay), kick(langevin.D, dt * exprel(-2 * decay), langevin.mass)


def check_shapes(langevin, landscape):
    """Refuse coefficients that do not fit the landscape's dimension.

    Raises ``ValueError``.
    """
    dim = landscape.dim
    for name in langevin.coefficients:
        value = getattr(langevin, name)
        # The kernel of a function of theta is given the coordinate: it has no shape to compare.
        if varies(value):
            continue
        ok = value.shape in ((1,), (dim,), (dim, dim))
        rule = f"one number or {dim}, one per coordinate, or a {dim} x {dim} matrix"
        require(ok, name, rule, f"{value.size} of them")
