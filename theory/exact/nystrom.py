"""Markov chain on the line as a finite chain.

Its interval, the noise of one step and the quadrature nodes are defined here.
"""

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.special import ndtr

from theory.checks import require
from theory.exact.domain import Function, as_function, check_ends, check_wall, on_path, reach
from theory.exact.interval import jump_points

PANEL = 32  # nodes a panel
ARCSINE = np.array([1, 1 / 6, 3 / 40, 5 / 112, 35 / 1152])  # coefficients of x, x^3, ..., x^9
FEWEST_PANELS = 1  # between two corners, however near they are


def _even_nodes() -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes and weights, spread evenly.

    They lie on (-1, 1) and are spread by a truncated arcsine.

    Plain Gauss-Legendre nodes lie pi / 2 times farther apart in the middle of a panel than on average, and the widest gap
    decides. Mapped by the polynomial of Hale and Trefethen (SIAM J. Numer. Anal. 46, 2008, 930), 32 nodes that are 0.8
    standard deviations apart integrate any normal density to 6e-9; plain ones to 8e-6.
    """
    x, w = leggauss(PANEL)
    powers = x ** (2 * np.arange(ARCSINE.size) + 1)[:, None]
    slopes = (2 * np.arange(ARCSINE.size) + 1)[:, None] * x ** (2 * np.arange(ARCSINE.size))[:, None]
    return ARCSINE @ powers / ARCSINE.sum(), w * (ARCSINE @ slopes) / ARCSINE.sum()


NODES, WEIGHTS = _even_nodes()


class Line:
    """Interval of the walker and its forces.

    It says where the walker starts and stops, and what pushes it.

    Parameters
    ----------
    slope : callable
        L'(x), [L/theta], vectorised.
    start, boundary : float
        [theta], start < boundary.
    C : float or callable
        Variance of the gradient noise, [L^2/theta^2].
    lower : float or None
        Reflecting wall; found from the landscape if None.
    jumps : sequence of float
        Points where C or the slope is not smooth.
    temperature : float
        kT over C, [theta^2/L], to judge how far the walker wanders.
    step : float
        Displacement per unit of gradient, [theta^2/L]: the noise of one step is ``step * sqrt(C)``.
    rise : float
        Height in kT at which an unbounded landscape is cut.
    """

    def __init__(
        self, slope, start, boundary, C, lower, jumps, *, temperature: float, step: float, rise: float
    ):
        check_ends(start, boundary)
        start, boundary = float(start), float(boundary)  # a Decimal does not add to a float
        self._slope: Function = slope
        self._C: Function = as_function(C, "C")
        if lower is None:
            lower = reach(slope, lambda x: temperature * self.variance(x), start, boundary - start, rise=rise)
        check_wall(lower, start)
        self.start, self.boundary, self.lower, self.step = float(start), float(boundary), float(lower), step
        inside = {c for c in jump_points(jumps) if self.lower < c < self.boundary}
        self.corners = np.array(sorted(inside | {self.lower, self.boundary}))

    def slope(self, x: np.ndarray) -> np.ndarray:
        """L'(x), checked."""
        slope = on_path(self._slope, x)
        bad = ~np.isfinite(slope)
        require(not bad.any(), "slope", "finite on the path", float(slope[bad][0]) if bad.any() else None)
        return slope

    def variance(self, x: np.ndarray) -> np.ndarray:
        """C(x), checked."""
        C = on_path(self._C, x)
        bad = ~(C > 0) | ~np.isfinite(C)
        require(
            not bad.any(),
            "C",
            "positive on the path (give pointwise noise a floor)",
            float(C[bad][0]) if bad.any() else None,
        )
        return C

    def noise(self, x: np.ndarray) -> np.ndarray:
        """Return the standard deviation of one step, [theta]."""
        return self.step * np.sqrt(self.variance(x))

    def nodes(self, spacing: float, most: int) -> tuple[np.ndarray, np.ndarray]:
        """Nodes and their weights.

        On average, nodes are ``spacing`` times the smallest noise apart.
        """
        smallest = self.noise(np.linspace(self.lower, self.boundary, 4001)).min()
        panels = np.maximum(np.ceil(np.diff(self.corners) / (NODES.size * spacing * smallest)), FEWEST_PANELS)
        require(
            panels.sum() * NODES.size <= most,
            "noise of one step",
            f"large enough beside the interval for {most} nodes (use the continuous limit)",
            float(smallest),
        )
        pairs = zip(self.corners[:-1], self.corners[1:], panels, strict=True)
        edges = np.concatenate(
            [np.linspace(p, q, int(k) + 1)[:-1] for p, q, k in pairs] + [self.corners[-1:]]
        )
        half = np.diff(edges)[:, None] / 2
        return (edges[:-1, None] + half * (NODES + 1)).ravel(), (half * WEIGHTS).ravel()

    def density(self, x: np.ndarray, mean, deviation) -> np.ndarray:
        """Density of landing at ``x``, without the wall."""
        z = (x - mean) / deviation
        return np.exp(-z * z / 2) / (deviation * np.sqrt(2 * np.pi))

    def mirrored(self, x):
        """Return the mirror image of ``x``.

        It lies behind the wall.
        """
        return 2 * self.lower - x

    def leaving(self, mean, deviation) -> np.ndarray:
        """Chance to land past the boundary.

        Its mirror image behind the wall counts as the boundary too.
        """
        beyond = (mean - self.boundary) / deviation
        return ndtr(beyond) + ndtr((self.mirrored(self.boundary) - mean) / deviation)

    def window(self, x: np.ndarray, mean, deviation, tail: float) -> tuple[np.ndarray, np.ndarray]:
        """Range of nodes near the landing.

        It ends one past the last node within ``tail`` deviations of the landing or of its reflection.
        """
        low = np.searchsorted(x, mean - tail * deviation)
        far = np.maximum(mean, self.mirrored(mean))
        return low, np.searchsorted(x, far + tail * deviation)


def answer(log_value: float, log: bool, what: str) -> float:
    """Return the value or its logarithm.

    A value that does not fit a float is refused.
    """
    require(
        log or log_value < np.log(np.finfo(float).max),
        what,
        "below 1e308 (ask for log=True)",
        f"exp({log_value:g})",
    )
    return float(log_value) if log else float(np.exp(log_value))
