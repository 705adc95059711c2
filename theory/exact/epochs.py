"""Stationary covariance of SGD with epochs.

The loss is quadratic, and every row of the data is seen once an epoch.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_discrete_lyapunov

from theory.checks import finite, one_positive, require, solved, whole

# An epoch is walked through step by step: so much takes seconds, more would run on without a word.
MOST_BATCHES, MOST_COORDINATES = 100_000, 200


def sgd_epoch_covariance(
    H: ArrayLike, *, eta: float, C: ArrayLike, batches: int, steps: int = 0, between: ArrayLike | None = None
) -> np.ndarray:
    r"""Stationary covariance of SGD with shuffled epochs.

    An epoch visits every row once, in random order.

    .. math:: \theta_k = A^k \theta_0 - \eta \sum_{i<k} A^{k-1-i} \xi_i, \qquad A = 1 - \eta H.

    Within an epoch of M batches the gradients of any two steps have the covariance C' = -C / (M - 1); different epochs
    are independent. After k steps of an epoch the sum therefore has the covariance

    .. math:: Q_k = \sum_{i<k} A^i (C - C') A^i + T_k C' T_k, \qquad T_k = \sum_{i<k} A^i.

    Between epochs Sigma_0 = A^M Sigma_0 A^M + eta^2 Q_M, and k steps later A^k Sigma_0 A^k + eta^2 Q_k. Along flat
    directions, eta H M well below 1, the noise of an epoch nearly cancels.

    Parameters
    ----------
    H : array_like, shape () or (n, n)
        Hessian, positive definite, with eta H < 2.
    eta : float
        Learning rate, positive.
    C : array_like, shape () or (n, n)
        Covariance of one step's gradient, the mean over B different rows.
    batches : int
        Steps an epoch, M, 2 or more.
    steps : int
        Steps since the epoch began, 0 to M.
    between : array_like, optional
        Covariance between the gradients of two steps of an epoch, where it is not -C / (M - 1).

    Returns
    -------
    ndarray, shape (n, n)

    Raises
    ------
    ValueError
        If SGD does not settle: an eigenvalue of 1 - eta H outside (-1, 1).

    References
    ----------
    Kuehn and Rosenow 2023, for the effect; the sum is exact for any eta.

    Examples
    --------
    >>> from theory.exact import sgd_epoch_covariance, sgd_stationary_covariance
    >>> white = sgd_stationary_covariance(1.0, eta=0.01, C=1.0)
    >>> epochs = sgd_epoch_covariance(1.0, eta=0.01, C=1.0, batches=50)
    >>> round(float(epochs[0, 0] / white[0, 0]), 3)
    0.021
    """
    H, C = np.atleast_2d(finite(H, "H")), np.atleast_2d(finite(C, "C"))
    square = H.shape == C.shape == (len(H), len(H))
    require(square, "H and C", "square matrices of one size", (H.shape, C.shape))
    eta = one_positive(eta, "eta")
    batches = whole(batches, "batches", 2, MOST_BATCHES)
    steps = whole(steps, "steps", 0, batches)
    require(len(H) <= MOST_COORDINATES, "H", f"of at most {MOST_COORDINATES} coordinates", len(H))
    A, one = np.eye(len(H)) - eta * H, np.eye(len(H))
    slowest = float(np.abs(np.linalg.eigvals(A)).max())
    require(
        slowest < 1,
        "the largest multiplier per iteration",
        "below 1 (lower eta, or leave the saddle)",
        slowest,
    )
    shared = -C / (batches - 1)
    if between is not None:
        shared = np.atleast_2d(finite(between, "between"))
        require(shared.shape == C.shape, "between", f"of shape {C.shape}", shared.shape)
    own, together, power, part, decay = 0 * C, 0 * C, one, 0 * C, one
    for k in range(1, batches + 1):
        own, together, power = A @ own @ A.T + C - shared, A @ together + one, A @ power
        if k == steps:
            part, decay = own + together @ shared @ together.T, power
    start = solved(solve_discrete_lyapunov, power, eta**2 * (own + together @ shared @ together.T))
    return decay @ start @ decay.T + eta**2 * part
