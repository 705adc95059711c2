r"""Exit probability and mean exit time.

The overdamped walker starts between two exits.
"""

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import finite, finite_answer, number, require
from theory.exact.domain import Function
from theory.exact.interval import Interpretation, Interval, fitting


@finite_answer
def exit_probability(
    slope: Function,
    D: float | Function,
    start: ArrayLike,
    low: float,
    high: float,
    *,
    interpretation: Interpretation = "ito",
    jumps: tuple[float, ...] = (),
    log: bool = False,
):
    r"""Probability to leave through ``high`` (the committor).

    Otherwise the walker leaves the interval through ``low``.

    .. math:: P(x) = \frac{\int_{low}^x s}{\int_{low}^{high} s}, \qquad s = e^{\Phi} D^{-q}, \quad \Phi' = L'/D

    with q = 0 (Ito), 1/2 (Stratonovich) or 1 (Fick).

    Parameters
    ----------
    slope : callable
        L'(x), [L/theta], vectorised.
    D : float or callable
        Diffusion coefficient, [theta^2/time], positive; vectorised if callable.
    start : array_like
        Where the walker starts, [theta], between the exits.
    low, high : float
        The exits, [theta].
    interpretation : {"ito", "stratonovich", "fick"}
        Reading of the noise; they differ only where D varies.
    jumps : sequence of float
        Points where D or the slope jumps or has a kink.
    log : bool
        Return the logarithm, for probabilities below 1e-308.

    Returns
    -------
    float or ndarray, shape of ``start``
        Relative error about 1e-13. Through ``low`` it is that of the mirrored problem.

    Raises
    ------
    ValueError
        If the start is not between the exits, or D is not positive.

    Examples
    --------
    >>> round(exit_probability(lambda x: 0 * x, 0.5, 0.3, 0.0, 1.0), 12)
    0.3
    """
    line = between(slope, D, start, low, high, interpretation, jumps)
    _, log_left = line.panels.log_from_left(line.log_scale)
    return fitting(line.at_start(log_left) - log_left[-1], log, "probability")


@finite_answer
def mean_exit_time(
    slope: Function,
    D: float | Function,
    start: ArrayLike,
    low: float,
    high: float,
    *,
    interpretation: Interpretation = "ito",
    jumps: tuple[float, ...] = (),
    log: bool = False,
):
    r"""Mean time until the walker leaves the interval.

    The walker may leave through either end.

    .. math:: \tau(x) = [1 - P(x)] \int_{low}^x S(low, y)\, m(y)\, dy + P(x) \int_x^{high} S(y, high)\, m(y)\, dy

    with S the integral of the scale density s, m = e^{-Phi} D^{q-1} the speed density and P the `exit_probability`, whose
    arguments these are. All terms are positive.

    Returns
    -------
    float or ndarray, shape of ``start``
        Mean time eta T, [time], or its logarithm. Relative error about 1e-13.

    Examples
    --------
    Free diffusion from x in (0, 1) takes x (1 - x) / (2 D):

    >>> round(mean_exit_time(lambda x: 0 * x, 0.5, 0.3, 0.0, 1.0), 12)
    0.21
    """
    line = between(slope, D, start, low, high, interpretation, jumps)
    scale_left, at_left = line.panels.log_from_left(line.log_scale)
    scale_right, at_right = line.panels.log_from_right(line.log_scale)
    _, time_left = line.panels.log_from_left(line.log_speed + scale_left)
    _, time_right = line.panels.log_from_right(line.log_speed + scale_right)
    log_time = np.logaddexp(at_right + time_left, at_left + time_right) - at_left[-1]
    return fitting(line.at_start(log_time), log, "mean exit time")


@finite_answer
def between(slope, D, start, low, high, interpretation, jumps) -> Interval:
    """Return the interval between two exits.

    A start that is not inside raises ``ValueError``.
    """
    low, high = (float(finite(number(end, name), name)) for end, name in ((low, "low"), (high, "high")))
    inside = finite(start, "start")
    require(low < high, "low", f"below high = {high}", low)
    require(
        inside.size > 0 and np.all((inside > low) & (inside < high)),
        "start",
        f"between {low} and {high}",
        start,
    )
    return Interval(slope, D, inside, high, interpretation, low, jumps)
