r"""First passage of the overdamped process.

Mean, second moment and decay rate are computed.
"""

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import Unresolved, finite_answer, require
from theory.exact.domain import Function
from theory.exact.interval import Interpretation, Interval, fitting

MOST_ITERATIONS = 2000  # of inverse iteration: decay rates within about 1 % of each other stay mixed
MOST_WORK = 2e8  # nodes times iterations: half a minute


@finite_answer
def mean_passage_time(
    slope: Function,
    D: float | Function,
    start: ArrayLike,
    boundary: float,
    *,
    interpretation: Interpretation = "ito",
    lower: float | None = None,
    jumps: tuple[float, ...] = (),
    log: bool = False,
):
    r"""Mean first-passage time of the overdamped walker.

    The passage ends when the walker of Eq. (1) first reaches ``boundary``.

    .. math:: \tau(x) = \int_x^b dy\, e^{\Phi(y)} D(y)^{-q} \int_{lower}^y dz\, e^{-\Phi(z)} D(z)^{q-1},
              \qquad \Phi' = L'/D

    with q = 0 (Ito), 1/2 (Stratonovich) or 1 (Fick: the current is -D dP/dx). First passage to a saddle is half
    of Kramers' time, because half of those who arrive turn back; a boundary well past the saddle, or at the other
    minimum, gives the time until the walker is committed.

    Parameters
    ----------
    slope : callable
        L'(x), [L/theta], vectorised.
    D : float or callable
        Diffusion coefficient, [theta^2/time], positive; vectorised if callable.
    start : array_like
        Where the walker starts, [theta], below the boundary.
    boundary : float
        Where it stops, [theta].
    interpretation : "ito", "stratonovich" or "fick"
        Reading of the noise; they differ only where D varies.
    lower : float, optional
        A reflecting wall below the start. Without it the landscape is unbounded below, and is cut where the walker
        has a weight of about e^-60.
    jumps : sequence of float
        Points where D or the slope jumps or has a kink.
    log : bool
        Return the logarithm, for times beyond 1e308.

    Returns
    -------
    float or ndarray, shape of ``start``
        Mean time eta T, [time]. Relative error about 1e-13 (1e-16 of the exponent when that is larger).

    Raises
    ------
    ValueError
        If the start is not below the boundary, D is not positive on the path (where it vanishes and the drift
        points back, the time is infinite), or the landscape does not confine the walker.

    Examples
    --------
    A walker diffusing from a wall at 0 to 1 takes 1 / (2 D):

    >>> round(mean_passage_time(lambda x: 0 * x, 0.5, 0.0, 1.0, lower=0.0), 12)
    1.0
    """
    line = Interval(slope, D, start, boundary, interpretation, lower, jumps)
    _, at_edges = line.accumulated_time(np.zeros_like(line.log_scale))
    return fitting(line.at_start(at_edges), log, "mean passage time")


@finite_answer
def passage_time_second_moment(
    slope: Function,
    D: float | Function,
    start: ArrayLike,
    boundary: float,
    *,
    interpretation: Interpretation = "ito",
    lower: float | None = None,
    jumps: tuple[float, ...] = (),
    log: bool = False,
):
    r"""Mean square of the first-passage time.

    The arguments are those of `mean_passage_time`.

    .. math:: \langle T^2 \rangle(x) = 2 \int_x^b dy\, s(y) \int_{lower}^y dz\, m(z)\, \tau(z)

    with the scale density s and the speed density m of `mean_passage_time`. For a high barrier it tends to twice
    the square of the mean (exponential times).

    Returns
    -------
    float or ndarray, shape of ``start``
        [time^2], or its logarithm.
    """
    line = Interval(slope, D, start, boundary, interpretation, lower, jumps)
    log_tau, _ = line.accumulated_time(np.zeros_like(line.log_scale))
    _, at_edges = line.accumulated_time(log_tau)
    return fitting(np.log(2.0) + line.at_start(at_edges), log, "second moment")


@finite_answer
def passage_decay_rate(
    slope: Function,
    D: float | Function,
    start: float,
    boundary: float,
    *,
    interpretation: Interpretation = "ito",
    lower: float | None = None,
    jumps: tuple[float, ...] = (),
    log: bool = False,
) -> float:
    r"""Decay rate of the survival probability at late times.

    The lowest eigenvalue of the backward operator, found by iterating its inverse (the double integral of
    `mean_passage_time`) on positive functions and taking the Rayleigh quotient in the speed density. The start
    only says which valley is meant; the other arguments are those of `mean_passage_time`.

    Returns
    -------
    float
        [1/time], or its logarithm.

    Raises
    ------
    ArithmeticError
        If two decay rates lie so close that 2000 iterations (fewer where the noise is rough) do not separate them.
    """
    require(np.ndim(start) == 0, "start", "one number", start)
    line = Interval(slope, D, start, boundary, interpretation, lower, jumps)
    mode, previous = np.zeros_like(line.log_scale), np.inf
    most = int(min(MOST_ITERATIONS, 1 + MOST_WORK / mode.size))
    for _ in range(most):
        image, _ = line.accumulated_time(mode)
        rate = line.log_product(mode, image) - line.log_product(image, image)
        if abs(rate - previous) < 1e-13 * max(1.0, abs(rate)):
            return float(fitting(rate, log, "decay rate"))
        mode, previous = image - image.max(), rate
    raise Unresolved("two decay rates lie too close to be told apart; split the valley with lower=")
