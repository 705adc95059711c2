r"""Separatrix in phase space.

Walkers beyond it cross the saddle; others fall back.
"""

import numpy as np
from scipy.integrate import solve_ivp

from theory.checks import Unresolved, finite_answer, number, one_positive, require, whole
from theory.exact.domain import Function, on_path

NEAR = 1e-6  # distance from the saddle at which the curve is started, over its whole reach
MOST_EVALUATIONS = 100_000  # of the slope: a second or two


@finite_answer
def separatrix(
    slope: Function,
    saddle: float,
    H_b: float,
    *,
    mass: float,
    damping: float,
    reach: float,
    points: int = 200,
) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the stable manifold of a saddle.

    The flow is that of Eq. (7) without noise.

    A walker to the right of it (at larger x, or faster) crosses the saddle. It passes the saddle with the slope
    :math:`\lambda = -\frac{1}{2}[\gamma + (\gamma^2 + 4|H_b|/M)^{1/2}]` and is followed from there backwards in time.

    Parameters
    ----------
    slope : callable
        L'(x), [L/theta], vectorised.
    saddle : float
        Where L' vanishes, [theta].
    H_b : float
        Curvature there, negative.
    mass, damping : float
        M, positive, and gamma, 0 or more.
    reach : float
        How far from the saddle it is followed to either side, [theta], positive.
    points : int
        On each side.

    Returns
    -------
    x, velocity : ndarray, shape (2 points,)
        From left to right.

    Raises
    ------
    ValueError
        If an argument is outside its range.
    ArithmeticError
        If the curve turns before it has gone that far: it then winds around a valley.
    """
    require(-np.inf < number(H_b, "H_b") < 0, "H_b", "negative", H_b)
    require(0 <= number(damping, "damping") < np.inf, "damping", "0 or more", damping)
    require(np.isfinite(number(saddle, "saddle")), "saddle", "finite", saddle)
    mass, reach = one_positive(mass, "mass"), one_positive(reach, "reach")
    points = whole(points, "points", 2, 100_000)
    apart = NEAR * reach > 4 * np.spacing(
        abs(float(saddle))
    )  # or the curve would start at the saddle, and stay there
    require(apart, "reach", f"long beside the rounding of a saddle at {float(saddle):g}", reach)
    evaluations = 0
    incline = -(damping + np.sqrt(damping**2 - 4 * H_b / mass)) / 2

    def velocity_along(x, r):
        """Slope dr/dx of the flow.

        Integration over x needs no clock, so that time never runs backwards.
        """
        nonlocal evaluations
        evaluations += 1
        if evaluations > MOST_EVALUATIONS:
            raise Unresolved("the separatrix takes too many steps: lower reach, or smooth the slope")
        return -damping - on_path(slope, np.atleast_1d(x)) / (mass * r)

    halves = []
    for side in (-1.0, 1.0):
        first = saddle + side * NEAR * reach
        x = np.linspace(first, saddle + side * reach, points)
        found = solve_ivp(
            velocity_along, (x[0], x[-1]), [incline * (first - saddle)], t_eval=x, rtol=1e-9, atol=1e-12
        )
        if not found.success or np.any(np.sign(found.y[0]) == side):
            raise Unresolved("the separatrix turns before it has gone that far: lower reach")
        halves.append((x, found.y[0]))
    (left, slow), (right, fast) = halves
    return np.concatenate([left[::-1], right]), np.concatenate([slow[::-1], fast])
