"""Landscape from a loss alone, without a gradient.

The gradient comes from complex steps, or from differences of sixth order.
"""

from dataclasses import field
from functools import cache

import numpy as np
from numba import njit
from scipy.differentiate import derivative

from diffusion.block import gradient_at
from diffusion.checks import finite_array, require, whole
from diffusion.jit import LANES, OPTIONS, DoesNotCompile, part

TINY = 1e-30  # of a complex step: its square vanishes beside any number, so nothing cancels
STEP = (
    2.0**-8
)  # of a difference, in units of 1 + |x|: rounding and the seventh derivative weigh about the same
NEAR = 1e-7  # largest accepted difference from scipy's derivative, in units of the gradient
# Random points, ever nearer to the origin: a loss may be infinite far away.
TRIALS = 3


def landscape_of(loss, dim, at=None):
    """Return a landscape whose gradient comes from its loss.

    If ``loss`` also takes complex numbers, each slope is Im L(theta + i h e_j) / h, exact to rounding, and a gradient
    costs ``dim`` evaluations of the loss. Else it is a difference of sixth order, with about ten right digits, and a
    gradient costs ``6 dim`` evaluations: the landscape's ``evaluations``. A gradient written down costs two to four:
    from some ten coordinates on give one to `landscape_from`.

    Parameters
    ----------
    loss : function compiled by ``numba.njit``
        ``loss(theta)`` returns one number for one walker at ``theta``, shape (dim,), which it must not change. For
        complex steps use ``np.exp`` in place of ``math.exp``, ``x * x`` in place of ``abs(x)**2``, and so on.
    dim : int
        Coordinates, 1 to 100,000.
    at : array_like, shape (dim,), optional
        Point at which the gradient is checked; random points near the origin unless given.

    Raises
    ------
    ValueError
        If ``loss`` is not compiled or fails, is finite at none of the points, or is not smooth there: then its
        gradient and what scipy finds by itself disagree.

    Examples
    --------
    >>> import numba
    >>> from diffusion import gradient_at, landscape_of
    >>> @numba.njit
    ... def rosenbrock(theta):
    ...     return (theta[0] - 1) ** 2 + 100 * (theta[1] - theta[0] ** 2) ** 2
    >>> valley = landscape_of(rosenbrock, 2)
    >>> gradient_at(valley, [0.0, 1.0]).tolist(), valley.evaluations
    ([-2.0, 200.0], 2)
    """
    dim = whole(dim, "dim", 1, 100_000)
    # The loss is called from compiled code, and `py_func` lets it be tried as plain Python first.
    require(hasattr(loss, "py_func"), "loss", "a function compiled by numba.njit", loss)
    if at is None:
        points = np.random.default_rng(0).standard_normal((TRIALS, dim)) * 0.5 ** np.arange(TRIALS)[:, None]
    else:
        points = finite_array(at, "at")[None]
        require(points.shape == (1, dim), "at", f"of shape ({dim},)", points.shape[1:])
    points = [point for point in points if np.isfinite(_tried(loss, point))]
    require(points, "at", "a point where the loss is finite", at)
    # Complex steps first: they are exact to rounding and need a sixth of the evaluations.
    for method in ("complex", "differences"):
        landscape = _by(loss, method)(dim)
        try:
            wrong = [_disagreement(landscape, point) for point in points]
        except DoesNotCompile:  # it does not take complex numbers
            continue
        if not any(wrong):
            return landscape
    raise ValueError(
        f"loss has no gradient that can be trusted near theta = {np.array2string(points[0][:4], precision=3)}: {max(wrong)}. "
        "Is it smooth there, and free of random numbers?"
    )


def _tried(loss, point):
    """Return the loss, computed as plain Python.

    Python checks every index; compiled code does not.
    """
    # A loss that changes its argument then fails here, with a message, and not in a run.
    point.flags.writeable = False
    try:
        with np.errstate(all="ignore"):
            value = loss.py_func(point)
    except ArithmeticError:  # singular there, which is no fault
        return np.nan
    except (IndexError, TypeError, ValueError) as error:
        rule = f"loss(theta) of an array of shape ({point.size},)"
        raise ValueError(f"loss must be {rule}, got {type(error).__name__}: {error}") from None
    require(
        np.ndim(value) == 0 and np.isreal(value), "loss", "a function that returns one real number", value
    )
    return float(value)


def _disagreement(landscape, point):
    """Describe how the gradient and scipy's derivative disagree.

    They are compared along a random direction; the result is "" where they agree.
    """
    way = np.random.default_rng(1).standard_normal(point.size)
    # A unit vector, so that `initial_step` below is a distance in theta.
    way /= np.sqrt(way @ way)
    g = gradient_at(landscape, point)
    with np.errstate(all="ignore"):
        found = derivative(lambda t: landscape.loss(point + t[..., None] * way), 0.0, initial_step=0.05)
    # Relative to the gradient where it is large, absolute where it vanishes; scipy's own error,
    # times ten, is forgiven.
    size = 1 + np.sqrt(g @ g) + abs(found.df)
    if abs(g @ way - found.df) <= NEAR * size + 10 * found.error:
        return ""
    return f"along a direction it gives {g @ way:.9g}, scipy.differentiate {found.df:.9g}"


@cache  # the same loss gets the same part again, so its compiled code is reused
def _by(loss, method):
    exact = method == "complex"

    # One class for each loss: drivers are compiled for part types, so two losses that shared a
    # class would share compiled code.
    class LandscapeOf:
        dim: int
        evaluations: int = field(init=False)
        point: np.ndarray = field(init=False, repr=False)

        def __post_init__(self):
            # A difference of sixth order looks at three points on either side.
            object.__setattr__(self, "evaluations", self.dim if exact else 6 * self.dim)
            object.__setattr__(self, "point", np.zeros((1, self.dim), complex if exact else float))

        def gradient(self, theta, g):
            dim, point = theta.size // LANES, self.point[0]
            for l in range(LANES):
                for j in range(dim):
                    point[j] = theta[j * LANES + l]
                for j in range(dim):
                    g[j * LANES + l] = slope(point, j)

        def loss(self, theta):
            theta = finite_array(theta, "theta")
            ok = theta.ndim > 0 and theta.shape[-1] == self.dim
            require(ok, "theta", f"of shape (..., {self.dim})", theta.shape)
            return np.array([loss(point) for point in theta.reshape(-1, self.dim)]).reshape(theta.shape[:-1])[
                ()
            ]

    @njit(**OPTIONS)
    def complex_slope(point, j):
        x = point[j]
        # Cauchy-Riemann: Im L(x + ih) = h L'(x) up to h**3, and no two near numbers are subtracted.
        point[j] = complex(x.real, TINY)
        height = loss(point)
        point[j] = x
        return height.imag / TINY

    @njit(**OPTIONS)
    def difference_slope(point, j):
        x = point[j]
        h = STEP * (1 + abs(x))
        total = 0.0
        # (45 (L1 - L-1) - 9 (L2 - L-2) + (L3 - L-3)) / 60 h, the central difference of sixth order.
        for far, weight in ((1, 45.0), (2, -9.0), (3, 1.0)):
            point[j] = x + far * h
            total += weight * loss(point)
            point[j] = x - far * h
            total -= weight * loss(point)
        point[j] = x
        return total / (60 * h)

    slope = complex_slope if exact else difference_slope
    LandscapeOf.__module__ = loss.py_func.__module__  # not the package's own: never cached on disk
    return part(LandscapeOf)
