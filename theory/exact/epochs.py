"""Stationary covariance of SGD and Momentum with epochs.

The loss is quadratic, and every row of the data is seen once an epoch.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_discrete_lyapunov

from theory.checks import finite, finite_answer, number, one_positive, require, solved, whole
from theory.dynamics import inertia

# An epoch is walked through step by step: so much takes seconds, more would run on without a word.
MOST_BATCHES, MOST_COORDINATES = 100_000, 200
MOST_STEPS = 1_000_000  # iterations walked through one by one: half a minute


@finite_answer
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
    shared = -C / (batches - 1)
    if between is not None:
        shared = np.atleast_2d(finite(between, "between"))
        require(shared.shape == C.shape, "between", f"of shape {C.shape}", shared.shape)
    one = np.eye(len(H))
    return _epochs(one - eta * H, -eta * one, C, shared, batches, steps)


@finite_answer
def momentum_epoch_covariance(
    H: float, *, eta: float, C: float, beta1: float, beta3: float = 1.0, batches: int, steps: int = 0
) -> np.ndarray:
    """Stationary covariance of heavy ball with shuffled epochs.

    It is that of (theta, m) along one direction; see `sgd_epoch_covariance`.

    Parameters
    ----------
    H : float
        Curvature, positive, with eta beta3 H below 2 (1 + beta1).
    eta, C : float
        Learning rate, and variance of one step's gradient, the mean over B different rows.
    beta1, beta3 : float
        Inertia, in [0, 1), and weight of the gradient, positive.
    batches : int
        Steps an epoch, M, 2 or more.
    steps : int
        Steps since the epoch began, 0 to M.

    Returns
    -------
    ndarray, shape (2, 2)

    Raises
    ------
    ValueError
        If heavy ball does not settle.

    Examples
    --------
    Without inertia it is SGD:

    >>> from theory.exact import momentum_epoch_covariance, sgd_epoch_covariance
    >>> ball = momentum_epoch_covariance(1.0, eta=0.1, C=2.0, beta1=0.0, batches=9)
    >>> sgd = sgd_epoch_covariance(1.0, eta=0.1, C=2.0, batches=9)
    >>> round(float(ball[0, 0] / sgd[0, 0]), 12)
    1.0
    """
    H, C = number(H, "H"), number(C, "C")
    require(np.isfinite(H) and np.isfinite(C), "H and C", "finite", (H, C))
    eta, beta3 = one_positive(eta, "eta"), one_positive(beta3, "beta3")
    beta1 = float(inertia(number(beta1, "beta1")))
    batches = whole(batches, "batches", 2, MOST_BATCHES)
    steps = whole(steps, "steps", 0, batches)
    A = np.array([[1 - eta * beta3 * H, -eta * beta1], [beta3 * H, beta1]])
    b = np.array([[-eta * beta3], [beta3]])
    one = np.array([[C]])
    return _epochs(A, b, one, -one / (batches - 1), batches, steps)


@finite_answer
def momentum_epoch_msd(
    H: ArrayLike, T: ArrayLike, *, eta: float, C: ArrayLike, beta1: float, beta3: float = 1.0, batches: int,
    between: ArrayLike | None = None,
) -> np.ndarray:  # fmt: skip
    """Exact variance of heavy ball with shuffled epochs.

    It starts from rest, on a quadratic of any curvature, as `momentum_iteration_msd` does for rows with replacement.

    Parameters
    ----------
    H : array_like, shape (k,)
        Curvatures, any sign.
    T : array_like of int, shape (n,)
        Iterations since the first epoch began.
    eta : float
        Learning rate, positive.
    C : array_like, shape (k,)
        Variance of one step's gradient along each direction, the mean over B different rows.
    beta1, beta3 : float
        Inertia, in [0, 1), and weight of the gradient, positive; 0 and 1 are SGD.
    batches : int
        Steps an epoch, M, 1 or more; with 1 there is no noise.
    between : array_like, shape (k,), optional
        Covariance between the gradients of two steps of an epoch, where it is not -C / (M - 1).

    Returns
    -------
    ndarray, shape (n, k)

    Raises
    ------
    ValueError
        If the variance is beyond the range of a float.

    Examples
    --------
    >>> from theory.exact import momentum_epoch_msd
    >>> momentum_epoch_msd([0.0], [5, 10], eta=0.1, C=[1.0], beta1=0.0, batches=10).round(4).tolist()
    [[0.0278], [0.0]]
    """
    H, C = np.atleast_1d(finite(H, "H")), np.atleast_1d(finite(C, "C"))
    require(H.ndim == 1 and C.shape == H.shape, "H and C", "rows of one length", (H.shape, C.shape))
    looks = np.atleast_1d(finite(T, "T"))
    good = looks.ndim == 1 and looks.size and np.all((looks >= 0) & (looks == np.floor(looks)))
    require(good and looks.max() <= MOST_STEPS, "T", f"whole numbers from 0 to {MOST_STEPS}", T)
    eta, beta3 = one_positive(eta, "eta"), one_positive(beta3, "beta3")
    beta1 = float(inertia(number(beta1, "beta1")))
    batches = whole(batches, "batches", 1, MOST_BATCHES * 10)
    shared = -C / max(batches - 1, 1)
    if between is not None:
        shared = np.atleast_1d(finite(between, "between"))
        require(shared.shape == C.shape, "between", f"of shape {C.shape}", shared.shape)
    A = np.empty((H.size, 2, 2))
    A[:, 0, 0], A[:, 0, 1], A[:, 1, 0], A[:, 1, 1] = 1 - eta * beta3 * H, -eta * beta1, beta3 * H, beta1
    b = np.array([-eta * beta3, beta3])
    alone = (C - shared)[:, None, None] * np.outer(b, b)
    past, own, together = np.zeros_like(A), np.zeros_like(A), np.zeros((H.size, 2))
    found = np.zeros((looks.size, H.size))

    def sum_of_steps():
        return own + shared[:, None, None] * together[:, :, None] * together[:, None, :]

    for t in range(1, int(looks.max()) + 1):
        past, own = A @ past @ A.transpose(0, 2, 1), A @ own @ A.transpose(0, 2, 1) + alone
        together = (A @ together[:, :, None])[:, :, 0] + b
        if t % batches == 0:  # epochs are independent of each other
            past, own, together = past + sum_of_steps(), np.zeros_like(A), np.zeros_like(together)
        found[looks == t] = (past + sum_of_steps())[:, 0, 0]
    return found


def _epochs(A, b, C, shared, batches, steps):
    """Return the covariance of a linear recurrence, some steps into an epoch.

    A step is ``A x + b xi``; C is the covariance of xi and ``shared`` that of two steps of an epoch.
    """
    slowest = float(np.abs(np.linalg.eigvals(A)).max())
    require(
        slowest < 1,
        "the largest multiplier per iteration",
        "below 1 (lower eta, or leave the saddle)",
        slowest,
    )
    own, together, power = np.zeros_like(A), np.zeros_like(b), np.eye(len(A))
    part, decay, alone = own, power, b @ (C - shared) @ b.T
    for k in range(1, batches + 1):
        own, together, power = A @ own @ A.T + alone, A @ together + b, A @ power
        if k == steps:
            part, decay = own + together @ shared @ together.T, power
    start = solved(solve_discrete_lyapunov, power, own + together @ shared @ together.T)
    return decay @ start @ decay.T + part
