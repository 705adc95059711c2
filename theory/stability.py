r"""Linear stability of an optimizer.

An optimizer settles up to a largest curvature and learning rate.

A linear rule answers an alternating gradient, (-1)^t, with an update (-1)^t r. It becomes unstable where the alternation
feeds itself:

.. math:: \eta\, r\, H = 2 - \eta\lambda

with lambda the decoupled weight decay. The thresholds follow from the characteristic polynomials at z = -1; the tests find
the same by eigenvalues.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import (
    Unresolved,
    answer_of,
    elementwise,
    finite,
    finite_answer,
    one_of,
    one_positive,
    positive,
    require,
    require_all,
)
from theory.dynamics import inertia

# update over gradient at z = -1, from beta1 and beta3 (momentum) or nu (qhm)
RESPONSES: dict[str, Callable[..., np.ndarray]] = {
    "sgd": lambda beta1, beta3, nu: np.ones_like(beta1),
    "momentum": lambda beta1, beta3, nu: beta3 / (1 + beta1),
    "nesterov": lambda beta1, beta3, nu: beta3 * (1 + 2 * beta1) / (1 + beta1),
    "qhm": lambda beta1, beta3, nu: (1 + beta1 - 2 * nu * beta1) / (1 + beta1),
    "adam": lambda beta1, beta3, nu: (1 - beta1) / (1 + beta1),
    "nadam": lambda beta1, beta3, nu: (1 - beta1) * (1 + 2 * beta1) / (1 + beta1),
    "rmsprop": lambda beta1, beta3, nu: np.ones_like(beta1),
}
GROWTH = 2.0  # factor between trial learning rates
MOST_TRIALS = 500  # on either side of the first: 150 decades


@finite_answer
def stability_threshold(
    rule: str,
    *,
    eta: ArrayLike,
    beta1: ArrayLike = 0.0,
    beta3: ArrayLike = 1.0,
    nu: ArrayLike = 1.0,
    weight_decay: ArrayLike = 0.0,
) -> np.ndarray:
    r"""Largest curvature at which the rule settles, without noise.

    .. math::
        \mathrm{SGD:}\ \frac{2}{\eta}, \quad
        \mathrm{Momentum:}\ \frac{2 + 2\beta_1}{\beta_3\,\eta}, \quad
        \mathrm{Nesterov:}\ \frac{2 + 2\beta_1}{(1 + 2\beta_1)\,\eta}, \quad
        \mathrm{Adam:}\ \frac{2 + 2\beta_1}{(1 - \beta_1)\,\eta}

    Parameters
    ----------
    rule : {"sgd", "momentum", "nesterov", "qhm", "adam", "nadam", "rmsprop"}
        Momentum: beta3 = 1 is SGD-style, beta3 = 1 - beta1 a moving average. Adam, NAdam and RMSprop: with v frozen and the
        bias correction over; AMSGrad, Yogi, AdaBelief, Padam and AdamW then are Adam.
    eta : array_like
        Learning rate, positive.
    beta1 : array_like
        Inertia, in [0, 1).
    beta3 : array_like
        Weight of a new gradient in Momentum and Nesterov, positive.
    nu : array_like
        Share of the moving average in QHM's update, in [0, 1].
    weight_decay : array_like
        Decoupled weight decay, not negative, with eta weight_decay below 2.

    Returns
    -------
    ndarray, broadcast shape
        Largest eigenvalue of the Hessian H, [1/eta]; for Adam and its kin, of P^-1 H with P = sqrt(v) + eps.

    Raises
    ------
    ValueError
        If the rule is unknown or a number is outside its range.

    Examples
    --------
    >>> round(float(stability_threshold("adam", eta=1.0, beta1=0.9)), 9)
    38.0
    """
    name = one_of(str(rule).lower(), RESPONSES, "rule")
    return _threshold(eta, beta1, beta3, nu, weight_decay, rule=name)


@elementwise
def _threshold(
    eta: ArrayLike, beta1: ArrayLike, beta3: ArrayLike, nu: ArrayLike, weight_decay: ArrayLike, *, rule: str
) -> np.ndarray:
    eta, beta1, beta3 = positive(eta, "eta"), inertia(beta1), positive(beta3, "beta3")
    nu, decay = finite(nu, "nu"), finite(weight_decay, "weight_decay")
    require_all((nu >= 0) & (nu <= 1), "nu", "in [0, 1]", nu)
    require_all((decay >= 0) & (eta * decay < 2), "weight_decay", "at least 0 and below 2 / eta", decay)
    return (2 - eta * decay) / (eta * RESPONSES[rule](beta1, beta3, nu))


@finite_answer
def largest_stable_eta(
    matrix: Callable[[float], ArrayLike], *, first: float = 1e-3, accuracy: float = 1e-9
) -> float:
    r"""Largest learning rate at which a linearised rule settles.

    Parameters
    ----------
    matrix : callable
        Takes a learning rate and returns the matrix of one iteration on (parameters, memory), shape (n, n). `jacobian`
        makes one from a step.
    first : float
        A learning rate of about the right size, positive; it need not be stable.
    accuracy : float
        Relative, at least 1e-12.

    Returns
    -------
    float
        Every smaller learning rate that was tried is stable.

    Raises
    ------
    ValueError
        If no learning rate within 150 decades is stable, or all are.

    Examples
    --------
    Heavy ball on curvature 5:

    >>> def heavy_ball(eta, beta1=0.9):
    ...     return [[1 - 5 * eta, -eta * beta1], [5, beta1]]
    >>> round(largest_stable_eta(heavy_ball), 9)  # (2 + 2 beta1) / 5
    0.76
    """
    eta, share = one_positive(first, "first"), one_positive(accuracy, "accuracy")
    require(1e-12 <= share < 1, "accuracy", "from 1e-12 to 1", accuracy)
    require(callable(matrix), "matrix", "a function of the learning rate", matrix)
    ladder = (eta * GROWTH**power for rung in range(MOST_TRIALS) for power in (rung, -rung))
    stable = next((trial for trial in ladder if 0 < trial < np.inf and _settles(matrix, trial)), 0.0)
    require(
        stable > 0,
        "matrix",
        "one that settles at some learning rate",
        "a spectral radius of 1 or more",
    )
    unstable = stable
    while _settles(matrix, unstable):
        stable, unstable = unstable, unstable * GROWTH
        require(
            np.isfinite(unstable),
            "matrix",
            "one that turns unstable at some learning rate",
            "none up to 1e308",
        )
    while unstable - stable > share * stable:
        middle = (stable + unstable) / 2
        if _settles(matrix, middle):
            stable = middle
        else:
            unstable = middle
    return float((stable + unstable) / 2)


@finite_answer
def jacobian(step: Callable[[np.ndarray], ArrayLike], point: ArrayLike, *, width: float = 1e-3) -> np.ndarray:
    """Matrix of a step linearised at its fixed point.

    Parameters
    ----------
    step : callable
        Takes a state, shape (n,), and returns the next one.
    point : array_like, shape (n,)
        Fixed point: step(point) = point.
    width : float
        Distance of the differences, positive. The error is of fourth order in it, and none for a linear step.

    Returns
    -------
    ndarray, shape (n, n)

    Examples
    --------
    >>> jacobian(lambda x: [x[0] - 0.5 * x[0] + x[1], 0 * x[1]], [0.0, 0.0]).round(9).tolist()
    [[0.5, 1.0], [0.0, 0.0]]
    """
    at, h = np.atleast_1d(finite(point, "point")), one_positive(width, "width")
    require(at.ndim == 1, "point", "one state, a list of numbers", at.shape)
    columns = []
    for direction in np.eye(at.size):
        near, far = (
            _state(step, at + k * h * direction) - _state(step, at - k * h * direction) for k in (1, 2)
        )
        columns.append((8 * near - far) / (12 * h))
    return np.stack(columns, axis=-1)


def _state(step, x: np.ndarray) -> np.ndarray:
    after = finite(answer_of(step, "step", x), "step")
    require(after.shape == x.shape, "step", f"a function whose answer has the shape {x.shape}", after.shape)
    return after


def _settles(matrix, eta: float) -> bool:
    """Whether the spectral radius is below 1.

    It is taken at this learning rate. An eigenvalue of 1 does not settle.
    """
    try:
        A = np.asarray(answer_of(matrix, "matrix", eta), dtype=float)
    except ValueError as error:
        if isinstance(error.__cause__, OverflowError):  # the learning rate is far too large
            return False
        raise
    except TypeError:
        require(False, "matrix", "a function that returns square matrices", "something else")
        raise
    require(
        A.ndim == 2 and A.shape[0] == A.shape[1], "matrix", "a function that returns square matrices", A.shape
    )
    if not np.isfinite(A).all():
        return False
    try:
        return bool(np.abs(np.linalg.eigvals(A)).max() < 1)
    except np.linalg.LinAlgError as error:
        raise Unresolved("the eigenvalues of the matrix do not converge") from error
