r"""Exact walk of signSGD on a lattice.

The line's lattice has steps of eta.

.. math:: \theta' = \theta - \eta\, \mathrm{sign}(L'(\theta) + C^{1/2} N(0, 1)), \qquad
          p(\theta) = P(\mathrm{up}) = \Phi(-L'/C^{1/2}), \quad q = 1 - p

Such a birth-death chain has sums for everything. They are summed in logs, and all terms are positive.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr

from theory.checks import finite_answer, number, one_positive, require, whole
from theory.exact.domain import Function, as_function, check_ends, on_path, slope_over_temperature
from theory.exact.nystrom import answer

RISE = 60.0  # height, as a log of weights, at which an unbounded lattice is cut
FEWEST, MOST = 64, 2_000_000  # lattice points on one side


@dataclass(frozen=True)
class SignLaw:
    """Stationary law of signSGD on its lattice.

    x : array, positions, eta apart.
    probability : array, share of iterations spent there; even and odd iterations alternate between two sublattices.
    """

    x: np.ndarray
    probability: np.ndarray

    @property
    def mean(self) -> float:
        """Mean position."""
        return float(self.probability @ self.x)

    @property
    def variance(self) -> float:
        """Variance of the position."""
        return float(self.probability @ (self.x - self.mean) ** 2)


@finite_answer
def sign_mean_escape_iterations(
    slope: Function, start: float, boundary: float, *, eta: float, C: float | Function, log: bool = False
) -> float:
    r"""Exact mean number of signSGD iterations until escape.

    A walker has escaped when it is at or past ``boundary``.

    .. math:: \tau = \sum_{k=0}^{K-1} t_k, \qquad t_k = \frac{1 + q_k t_{k-1}}{p_k}

    with t_k the mean time from lattice point k to k + 1.

    Parameters
    ----------
    slope : callable
        L'(x), [L/theta], vectorised.
    start, boundary : float
        Start and end of the walk, [theta]; start < boundary. The end is the first lattice point start + k eta at or past
        the boundary.
    eta : float
        Step, [theta], positive.
    C : float or callable
        Variance of the gradient noise, [L^2/theta^2], positive.
    log : bool
        Return the logarithm, for times beyond 1e308.

    Returns
    -------
    float
        Mean iterations. Relative error about 1e-13.

    Raises
    ------
    ValueError
        If an argument is out of its range, the landscape does not confine the walker, or more than 2,000,000 lattice
        points are needed.

    Examples
    --------
    >>> round(sign_mean_escape_iterations(lambda x: x, 0.0, 1.0, eta=0.1, C=1.0))
    25653
    """
    log_time, _ = _passages(slope, start, boundary, eta, C)
    return answer(_log_sum(log_time), log, "mean escape iterations")


@finite_answer
def sign_escape_second_moment(
    slope: Function, start: float, boundary: float, *, eta: float, C: float | Function, log: bool = False
) -> float:
    r"""Exact mean square of signSGD's escape iterations.

    Arguments as `sign_mean_escape_iterations`.

    .. math:: \langle T^2\rangle = \tau^2 + \sum_k v_k, \qquad
              v_k = \frac{q_k}{p_k} v_{k-1} + q_k (t_{k-1} + t_k)^2

    with v_k the variance of the time from lattice point k to k + 1.

    Returns
    -------
    float
        Mean of T^2, or its logarithm. Twice the squared mean for a high barrier.
    """
    log_time, log_variance = _passages(slope, start, boundary, eta, C)
    square = np.logaddexp(2 * _log_sum(log_time), _log_sum(log_variance))
    return answer(float(square), log, "second moment of the escape iterations")


@finite_answer
def sign_stationary_law(slope: Function, start: float, *, eta: float, C: float | Function) -> SignLaw:
    r"""Exact stationary law of signSGD in a valley.

    It lives on the lattice through ``start``.

    .. math:: \frac{\pi_{k+1}}{\pi_k} = \frac{p_k}{q_{k+1}}

    Parameters
    ----------
    slope, eta, C
        As `sign_mean_escape_iterations`.
    start : float
        Any point of the lattice, [theta].

    Returns
    -------
    SignLaw
        Cut where the weights have fallen by e^-60.
    """
    eta = one_positive(eta, "eta")
    require(np.isfinite(number(start, "start")), "start", "finite", start)
    below = _outward(slope, start, eta, C, -1)
    above = _outward(slope, start, eta, C, 1)
    x = float(start) + eta * np.arange(-below, above + 1)
    log_up, log_down = _chances(slope, C, x)
    log_weight = np.concatenate([[0.0], np.cumsum(log_up[:-1] - log_down[1:])])
    weight = np.exp(log_weight - log_weight.max())
    return SignLaw(x, weight / weight.sum())


@finite_answer
def sign_iteration_msd(H: float, T: int, *, eta: float, C: float, offset: float = 0.0) -> float:
    r"""Exact mean squared displacement of signSGD on a quadratic.

    Parameters
    ----------
    H : float
        Curvature, any sign and zero.
    T : int
        Iterations, from 0 to 10,000.
    eta, C : float
        Step, and variance of the gradient noise, positive.
    offset : float
        theta_0 - c, [theta].

    Returns
    -------
    float
        [theta^2]. Without a slope eta^2 T.

    Examples
    --------
    >>> sign_iteration_msd(0.0, 100, eta=0.1, C=1.0)
    1.0
    """
    T, eta, C = whole(T, "T", 0, 10_000), one_positive(eta, "eta"), one_positive(C, "C")
    require(np.isfinite(number(H, "H")), "H", "finite", H)
    require(np.isfinite(number(offset, "offset")), "offset", "finite", offset)
    x = offset + eta * np.arange(-T, T + 1)
    log_up, log_down = _chances(lambda x: H * x, C, x)
    up, down = np.exp(log_up), np.exp(log_down)
    chance = np.zeros(2 * T + 1)
    chance[T] = 1.0
    for _ in range(T):
        rising, falling = chance * up, chance * down
        chance = np.append(0.0, rising[:-1]) + np.append(falling[1:], 0.0)
    return float(chance @ x**2)


def _passages(slope, start, boundary, eta, C) -> tuple[np.ndarray, np.ndarray]:
    """Log of the mean and variance of passage times.

    Each passage leads from a lattice point between start and boundary to the next point.
    """
    check_ends(start, boundary)
    start, boundary, eta = float(start), float(boundary), one_positive(eta, "eta")
    steps = np.ceil((boundary - start) / eta * (1 - 1e-12))  # 0.3 / 0.1 is three steps
    require(steps <= MOST, "eta", f"large enough for {MOST} lattice points", eta)
    below = _outward(slope, start, eta, C, -1)
    x = float(start) + eta * np.arange(-below, int(steps))
    log_up, log_down = _chances(slope, C, x)
    rise = np.cumsum(log_down - log_up)  # of the log of the time, from point to point
    log_time = rise + np.logaddexp.accumulate(-rise - log_up)
    before = np.concatenate([[-np.inf], log_time[:-1]])
    spread = log_down + 2 * np.logaddexp(before, log_time)
    log_variance = rise + np.logaddexp.accumulate(spread - rise)
    return log_time[below:], log_variance[below:]


def _chances(slope, C, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the log chances of both steps.

    The step up comes first, then the step down.
    """
    variance = as_function(C, "C")

    def ones(x):
        return np.ones_like(x)

    force = slope_over_temperature(slope, ones, x)
    noise = np.sqrt(1 / slope_over_temperature(ones, variance, x, name="C"))
    return log_ndtr(-force / noise), log_ndtr(force / noise)


def _outward(slope, start, eta, C, direction: int) -> int:
    """Count the lattice points on one side.

    The count ends where the stationary weight has fallen by e^-60.
    """
    count = FEWEST
    while count <= MOST:
        x = float(start) + direction * eta * np.arange(count + 1)
        log_up, log_down = _chances(slope, C, x)
        outward, back = (log_up, log_down) if direction > 0 else (log_down, log_up)
        weight = np.concatenate([[0.0], np.cumsum(outward[:-1] - back[1:])])
        fallen = np.flatnonzero(np.maximum.accumulate(weight) - weight > RISE)
        if fallen.size and back[fallen[0] :].min() > outward[fallen[0] :].max():
            return int(fallen[0])
        count *= 2
    here = direction * float(on_path(slope, x[-1:])[0])
    raise ValueError(
        f"slope must be confining on the far side of the start, got {here:g} outward at x = {x[-1]:g}"
    )


def _log_sum(logs: np.ndarray) -> float:
    """Log of the sum of exponentials."""
    return float(np.logaddexp.reduce(logs))
