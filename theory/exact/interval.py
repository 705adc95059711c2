r"""Interval of the line with its process.

The scale and speed densities are here, of which every passage is made.

.. math:: s = e^{\Phi} D^{-q}, \qquad m = e^{-\Phi} D^{q-1}, \qquad \Phi' = L'/D,

with q = 0 (Ito), 1/2 (Stratonovich) or 1 (Fick). Both are kept as logs.
"""

from typing import Literal

import numpy as np

from theory.checks import finite, number, one_of, require
from theory.exact.domain import Function, as_function, check_wall, on_path, reach, slope_over_temperature
from theory.exact.panels import resolve

Interpretation = Literal["ito", "stratonovich", "fick"]
EXPONENT = {"ito": 0.0, "stratonovich": 0.5, "fick": 1.0}
FIRST_PANELS = 16  # between two corners: 256 nodes read the functions before any bisection


class Interval:
    """Interval between a wall (or exit) and a boundary.

    It carries the logs of the scale and speed densities.

    start : array, where walkers start.
    panels : quadrature of the interval, with an edge at every start.
    log_scale, log_speed : arrays, logs of s and m at the nodes.
    """

    def __init__(self, slope: Function, D, start, boundary, interpretation, lower, jumps):
        q = EXPONENT[one_of(interpretation, EXPONENT, "interpretation")]
        self.start = finite(start, "start")
        require(np.isfinite(number(boundary, "boundary")), "boundary", "finite", boundary)
        require(
            self.start.size > 0 and np.all(self.start < boundary),
            "start",
            f"below the boundary {boundary}",
            start,
        )
        first = float(self.start.min())
        diffusion = as_function(D)
        if lower is None:
            lower = reach(slope, diffusion, first, boundary - first)
        check_wall(lower, first)
        corners = {float(lower), float(boundary), *self.start.ravel().tolist()}
        corners |= {c for c in jump_points(jumps) if lower < c < boundary}
        self.panels = resolve(
            lambda x: slope_over_temperature(slope, diffusion, x),
            lambda x: on_path(diffusion, x),
            _subdivided(np.array(sorted(corners))),
        )
        x = self.panels.x
        log_D = np.log(on_path(diffusion, x))
        exponent = self.panels.integral(slope_over_temperature(slope, diffusion, x))
        self.log_scale = exponent - q * log_D
        self.log_speed = -exponent - (1 - q) * log_D

    def accumulated_time(self, log_u):
        """Log of a mean time integral until passage.

        The integrand is ``u`` along the path; the answers are from the nodes and from the edges.
        """
        inside, _ = self.panels.log_from_left(self.log_speed + log_u)
        return self.panels.log_from_right(self.log_scale + inside)

    def log_product(self, log_u, log_v):
        """Log of the integral of ``u v``.

        The integral is weighted by the speed density.
        """
        return self.panels.log_from_left(self.log_speed + log_u + log_v)[1][-1]

    def at_start(self, at_edges):
        """Pick the values at the starting points.

        They are taken from the values at the edges.
        """
        return at_edges[np.searchsorted(self.panels.edges, self.start)]


def _subdivided(corners: np.ndarray) -> np.ndarray:
    """Put at least ``FIRST_PANELS`` panels between any two corners."""
    steps = np.linspace(0.0, 1.0, FIRST_PANELS + 1)[:-1]
    inside = corners[:-1, None] + np.diff(corners)[:, None] * steps
    return np.concatenate([inside.ravel(), corners[-1:]])


def fitting(log_value, log: bool, what: str):
    """Return the value or its log.

    One start gives a float. A value that does not fit a float is refused.
    """
    fits = np.all(np.abs(log_value) < np.log(np.finfo(float).max))
    require(
        log or fits, what, "within the range of a float (ask for log=True)", f"exp({np.max(log_value):.6g})"
    )
    value = log_value if log else np.exp(log_value)
    return float(value) if np.ndim(value) == 0 else value


def jump_points(jumps) -> list[float]:
    """Return the points of the declared jumps.

    There the user says that D or the slope jumps.
    """
    return [float(c) for c in np.atleast_1d(finite(jumps, "jumps")).ravel()]
