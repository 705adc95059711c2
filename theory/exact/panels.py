"""Integrals of exponentials of huge range.

Gauss-Legendre panels are carried in logs so that nothing overflows.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import legendre

from theory.checks import require

ORDER = 16  # nodes a panel
VARIATION = 2.0  # most that the exponent may climb and fall in a panel
TAIL = 1e-13  # Legendre coefficients below this are rounding
NARROWEST = 1e-13  # of the interval: bisection at a jump that was not named ends here
MOST = 100_000  # panels
BLOCKED = "positive (noise that vanishes on the path blocks it where the drift points back: the mean time is infinite)"

NODES, WEIGHTS = legendre.leggauss(ORDER)
# Legendre coefficients from values at the nodes, and the integral from -1 to each node, exact to degree 15.
COEFFICIENTS = np.linalg.inv(legendre.legvander(NODES, ORDER - 1))
PARTIAL = (
    np.stack([legendre.legval(NODES, legendre.legint(c, lbnd=-1)) for c in np.eye(ORDER)], axis=1)
    @ COEFFICIENTS
)


@dataclass(frozen=True)
class Panels:
    """Adjoining intervals with 16 Gauss-Legendre nodes each.

    edges : array, shape (n + 1,), increasing
    """

    edges: np.ndarray

    @property
    def widths(self) -> np.ndarray:
        """Panel widths, shape (n, 1)."""
        return np.diff(self.edges)[:, None]

    @property
    def x(self) -> np.ndarray:
        """Nodes, shape (n, 16)."""
        return self.edges[:-1, None] + self.widths * (NODES + 1) / 2

    def integral(self, f: np.ndarray) -> np.ndarray:
        """Integral of ``f`` up to every node.

        It starts at the first edge and has shape (n, 16).
        """
        totals = (f @ WEIGHTS) * self.widths[:, 0] / 2
        before = np.concatenate([[0.0], np.cumsum(totals)[:-1]])
        return before[:, None] + (f @ PARTIAL.T) * self.widths / 2

    def total(self, f: np.ndarray) -> float:
        """Integral of ``f`` over all panels."""
        return float(np.sum((f @ WEIGHTS) * self.widths[:, 0] / 2))

    def log_from_left(self, log_f: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Log of the integral from the first edge.

        The integrand is ``exp(log_f)``; it is integrated to the nodes and to the edges.
        """
        peak = log_f.max(axis=1, keepdims=True)
        f = np.exp(log_f - peak) * self.widths / 2
        # A panel of rounding width may straddle an undeclared jump, where interpolation overshoots: keep it positive.
        partial = np.maximum(f @ PARTIAL.T, 1e-300)
        totals = peak[:, 0] + np.log(f @ WEIGHTS)
        edges = np.concatenate([[-np.inf], np.logaddexp.accumulate(totals)])
        return np.logaddexp(edges[:-1, None], peak + np.log(partial)), edges

    def log_from_right(self, log_f: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Log of the integral to the last edge.

        The integrand is ``exp(log_f)``; it is integrated from the nodes and from the edges.
        """
        mirrored = Panels(-self.edges[::-1])
        nodes, edges = mirrored.log_from_left(log_f[::-1, ::-1])
        return nodes[::-1, ::-1], edges[::-1]


def resolve(
    rate: Callable[[np.ndarray], np.ndarray], weight: Callable[[np.ndarray], np.ndarray], edges
) -> Panels:
    """Bisect panels until polynomials resolve the integrands.

    The integrands are ``rate``, log ``weight`` and the exponential of the rate's integral.

    Parameters
    ----------
    rate : callable
        Derivative of an exponent.
    weight : callable
        Positive factor beside the exponential.
    edges : array_like
        First edges, increasing; every kink and jump that is known should be one of them.

    Raises
    ------
    ValueError
        If the exponent diverges inside (the noise vanishes there), or 100,000 panels do not suffice.
    """
    edges = np.asarray(edges, dtype=float)
    narrowest = NARROWEST * (edges[-1] - edges[0]) + 4 * np.spacing(np.abs(edges).max())
    kept = [edges]
    left, right = edges[:-1], edges[1:]
    half = (right - left)[:, None] / 2
    climbs = float(np.sum(np.abs(rate(left[:, None] + half * (NODES + 1))) @ WEIGHTS * half[:, 0]))
    rule = f"at most {VARIATION * MOST:.0f} temperatures (the sum of all climbs and falls of L / D)"
    require(climbs <= VARIATION * MOST, "the height of the path", rule, climbs)
    count = left.size
    while left.size:
        width = right - left
        x = left[:, None] + width[:, None] * (NODES + 1) / 2
        g, D = rate(x), weight(x)
        variation = np.abs(g) @ WEIGHTS * width / 2
        split = (variation > VARIATION) | _unresolved(g, width / 2) | _unresolved(np.log(D), 1.0)
        final = split & (width < narrowest)
        require(not (final & (variation > 1e-3)).any(), "D", BLOCKED, _where_smallest(D, x))
        split &= ~final
        left, right = left[split], right[split]
        middle = (left + right) / 2
        kept.append(middle)
        left, right = np.concatenate([left, middle]), np.concatenate([middle, right])
        count += middle.size
        if count > MOST:
            require(D.min() > 1e-6 * D.max(), "D", BLOCKED, _where_smallest(D, x))
            require(False, "slope / D", f"smooth enough for {MOST} panels (name its jumps)", count)
    return Panels(np.sort(np.concatenate(kept)))


def _where_smallest(D, x):
    return f"{D.min():.2g} near x = {x.ravel()[D.argmin()]:.9g}"


def _unresolved(f, scale):
    """Panels that polynomials do not resolve.

    Their last two Legendre coefficients matter, absolutely (times scale) and beside the largest one.
    """
    c = np.abs(f @ COEFFICIENTS.T)
    tail = c[:, -2:].max(axis=1)
    return (tail * scale > TAIL) & (tail > TAIL * c.max(axis=1))
