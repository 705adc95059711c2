r"""Distribution of the exit time from an interval.

The walker is overdamped.

The process is replaced by a walk on points of the line whose chances and mean dwell times are the process's own, so that
exit probabilities and mean exit times are exact on any points. The rest converges in even powers of the spacing, which
Romberg's table removes.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from theory.checks import Unresolved, finite, finite_answer, number, require, require_all
from theory.exact.domain import Function, as_function, on_path, slope_over_temperature
from theory.exact.exits import between
from theory.exact.interval import EXPONENT, Interpretation, jump_points
from theory.exact.markov import distributions
from theory.exact.panels import NODES, PARTIAL, WEIGHTS

COARSEST, LEVELS = 16, 5  # points between the exits: 16, 32, ..., 256
ENOUGH, TOO_MUCH = 1e-9, 1e-4  # error beside the largest value: goes on, gives up
STEEPEST = 30.0  # climb of L / D between two points of the finest grid


@finite_answer
def exit_time_density(
    slope: Function,
    D: float | Function,
    start: float,
    times: ArrayLike,
    low: float,
    high: float,
    *,
    interpretation: Interpretation = "ito",
    jumps: tuple[float, ...] = (),
    return_error: bool = False,
):
    r"""Probability density of the exit time, through each end.

    Parameters
    ----------
    slope : callable
        L'(x), [L/theta], vectorised.
    D : float or callable
        Diffusion coefficient, [theta^2/time], positive; vectorised if callable.
    start : float
        Where the walker starts, [theta], between the exits.
    times : array_like, shape (n,)
        Times eta T, positive.
    low, high : float
        The exits, [theta].
    interpretation : {"ito", "stratonovich", "fick"}
        Reading of the noise; they differ only where D varies.
    jumps : sequence of float
        Points where D or the slope jumps or has a kink; they must be named.
    return_error : bool
        Return the pair (density, error): the last change of the extrapolation.

    Returns
    -------
    ndarray, shape (n, 2)
        [1/time]; through ``low`` and through ``high``. The integral over all times is the exit probability. The error is
        about 1e-8 of the largest value, and larger within the first 1 % of the diffusion time.

    Raises
    ------
    ValueError
        If the start is not between the exits, or D is not positive.
    ArithmeticError
        If the finest two extrapolations disagree by more than 1e-4 of the largest value.

    Examples
    --------
    >>> density = exit_time_density(lambda x: 0 * x, 0.5, 0.5, [0.1], 0.0, 1.0)
    >>> density.round(6).tolist()  # pi D sum n sin(n pi / 2) exp(-n^2 pi^2 D t), twice
    [[1.806978, 1.806978]]
    """
    return _extrapolated(slope, D, start, times, low, high, interpretation, jumps, return_error, density=True)


@finite_answer
def exit_time_distribution(
    slope: Function,
    D: float | Function,
    start: float,
    times: ArrayLike,
    low: float,
    high: float,
    *,
    interpretation: Interpretation = "ito",
    jumps: tuple[float, ...] = (),
    return_error: bool = False,
):
    r"""Probability to have left by each time.

    There is one probability for each end.

    Arguments and errors as `exit_time_density`, whose integral this is; 1 minus the sum is the survival probability.

    Returns
    -------
    ndarray, shape (n, 2)
    """
    return _extrapolated(
        slope, D, start, times, low, high, interpretation, jumps, return_error, density=False
    )


def _extrapolated(slope, D, start, times, low, high, interpretation, jumps, return_error, *, density: bool):
    """Romberg's table over ever finer points, until it settles."""
    between(slope, D, number(start, "start"), low, high, interpretation, jumps)  # checks the arguments
    times = np.atleast_1d(finite(times, "times"))
    require(times.ndim == 1, "times", "a list of times", np.shape(times))
    require_all(times > 0, "times", "positive", times)
    corners = sorted(
        {float(low), float(start), float(high)} | {c for c in jump_points(jumps) if low < c < high}
    )
    diffusion, q = as_function(D), EXPONENT[interpretation]
    row: list[np.ndarray] = []
    change = np.inf
    for level in range(LEVELS):
        points = _points(corners, 2**level)
        rates, first = _walk(slope, diffusion, q, points, float(start))
        chances = distributions(rates, first, times)
        ends = [0, points.size - 1]
        fresh = (rates[:, ends].T @ chances.T).T if density else chances[:, ends]
        new = [fresh]
        for k, before in enumerate(row):
            new.append(new[k] + (new[k] - before) / (4.0 ** (k + 1) - 1))
        if level > 1:
            change = float(np.abs(new[-1] - row[-1]).max()) / max(float(np.abs(new[-1]).max()), 1e-300)
        row = new
        if change < ENOUGH:
            break
    if not change < TOO_MUCH:
        raise Unresolved(
            f"the grids disagree by {change:.2g} of the largest value: name the jumps, or ask for later times"
        )
    answer = np.maximum(row[-1], 0.0)
    return (answer, change * float(np.abs(answer).max())) if return_error else answer


def _points(corners: list[float], refinement: int) -> np.ndarray:
    """Points of the walk between the exits.

    In every stretch they are the same multiple of the coarsest ones.
    """
    widths = np.diff(corners)
    counts = refinement * np.maximum(np.round(COARSEST * widths / widths.sum()).astype(int), 3)
    stretches = [
        np.linspace(p, q, n + 1)[:-1] for p, q, n in zip(corners[:-1], corners[1:], counts, strict=True)
    ]
    return np.concatenate([*stretches, corners[-1:]])


def _walk(slope, D: Function, q: float, points: np.ndarray, start: float):
    """Rates of the walk between neighbouring points.

    The ends are absorbing. The chances at the start are returned too.

    With S the integral of s from point to point and m the speed density, a point is left at the rate 1 / (M S) towards each
    neighbour, where M is the integral of m over hats that are linear in the integral of s.
    """
    half = np.diff(points)[:, None] / 2
    x = points[:-1, None] + half * (NODES + 1)
    force, log_D = slope_over_temperature(slope, D, x), np.log(on_path(D, x))
    inside = (force @ PARTIAL.T) * half  # climb of L / D within each interval
    climb = (force @ WEIGHTS) * half[:, 0]
    if np.abs(climb).max() > STEEPEST:
        raise Unresolved(
            f"the potential climbs {np.abs(climb).max():.3g} D between two grid points: too steep"
        )
    s, m = np.exp(inside - q * log_D), np.exp(-inside - (1 - q) * log_D)
    S = (s @ WEIGHTS) * half[:, 0]
    upper = (s @ PARTIAL.T) * half / S[:, None]  # hat of the upper point
    to_upper, to_lower = (((m * hat) @ WEIGHTS) * half[:, 0] for hat in (upper, 1 - upper))
    # each interval's s is relative to its lower point, m likewise: seen from the upper point both are rescaled
    lift = np.exp(climb)
    M = to_upper[:-1] * lift[:-1] + to_lower[1:]
    up, down = 1 / (M * S[1:]), lift[:-1] / (M * S[:-1])
    here = np.arange(1, points.size - 1)
    entries = (np.concatenate([up, down]), (np.tile(here, 2), np.concatenate([here + 1, here - 1])))
    first = np.zeros(points.size)
    first[int(np.searchsorted(points, start))] = 1.0
    return csr_array(entries, shape=(points.size, points.size)), first
