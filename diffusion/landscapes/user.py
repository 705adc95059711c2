"""Landscape from a gradient function of one walker.

Its author need not think in blocks of walkers.
"""

from dataclasses import field
from functools import cache

import numpy as np

from diffusion.checks import require, whole
from diffusion.jit import COORDINATES, LANES, part


@cache  # the same function gets the same part again, so its compiled code is reused
def _walker_by_walker(function):
    # One class for each function: drivers are compiled for part types, so two functions that shared
    # a class would share compiled code.
    class WalkerByWalker:
        dim: int
        point: np.ndarray = field(init=False, repr=False)
        slopes: np.ndarray = field(init=False, repr=False)
        coordinates: tuple = field(default=COORDINATES, init=False, repr=False)

        def __post_init__(self):
            object.__setattr__(self, "point", np.zeros(self.dim))
            object.__setattr__(self, "slopes", np.zeros(self.dim))

        def gradient(self, theta, g):
            dim = len(self.coordinates)
            # The walker's coordinates are gathered into a row, because the function knows no lanes.
            point, slope = self.point[:dim], self.slopes[:dim]
            for l in range(LANES):
                for j in range(dim):
                    point[j] = theta[j * LANES + l]
                    slope[j] = np.nan  # an entry that the function leaves out must not pass for a number
                function(point, slope)
                for j in range(dim):
                    g[j * LANES + l] = slope[j]

        # The class exists only inside this call, so pickle must rebuild the part from its function.
        def __reduce__(self):
            return landscape_from, (function, self.dim)

    if function.__name__.isidentifier():
        WalkerByWalker.__name__ = function.__name__  # messages name it
    WalkerByWalker.__module__ = function.py_func.__module__  # not the package's own: never cached on disk
    return part(WalkerByWalker)


def landscape_from(gradient, dim):
    """Return a landscape from a compiled gradient function.

    The function computes the gradient of one walker.

    Slower than a `part` of your own, which the compiler turns into loops over many walkers at once: several
    times where the gradient is cheap. It is compiled in each process, never kept on disk.

    Parameters
    ----------
    gradient : function compiled by ``numba.njit``
        ``gradient(theta, g)`` writes dL/dtheta of one walker at ``theta`` into ``g``, both of shape (dim,). It
        must write every entry, and must not keep or change ``theta``.
    dim : int
        Coordinates, 1 or more.

    Raises
    ------
    ValueError
        If ``gradient`` is not compiled, or reaches beyond ``dim`` coordinates at the origin.

    Examples
    --------
    >>> import numba
    >>> from diffusion import gradient_at
    >>> @numba.njit
    ... def rosenbrock(theta, g):
    ...     x, y = theta
    ...     g[0], g[1] = 2 * (x - 1) - 400 * x * (y - x * x), 200 * (y - x * x)
    >>> gradient_at(landscape_from(rosenbrock, 2), [0.0, 1.0]).tolist()
    [-2.0, 200.0]
    """
    # A plain Python function could not be called from compiled code.
    require(hasattr(gradient, "py_func"), "gradient", "a function compiled by numba.njit", gradient)
    dim = whole(dim, "dim", 1, 100_000)
    try:  # compiled code does not look where it reads, Python does
        with np.errstate(all="ignore"):
            gradient.py_func(np.zeros(dim), np.zeros(dim))
    except (IndexError, TypeError, ValueError) as error:
        rule = f"gradient(theta, g) of two arrays of shape ({dim},)"
        raise ValueError(f"gradient must be {rule}, got {type(error).__name__}: {error}") from None
    except ArithmeticError:
        pass  # singular at the origin, which is no fault
    return _walker_by_walker(gradient)(dim)
