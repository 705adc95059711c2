"""Stationary covariances in a valley, by Lyapunov's equations."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_continuous_lyapunov, solve_discrete_lyapunov

from theory.checks import finite, finite_answer, number, one_positive, require, solved, symmetric
from theory.dynamics import inertia


@finite_answer
def process_stationary_covariance(H: ArrayLike, *, mass: float, damping: float, D: ArrayLike) -> np.ndarray:
    r"""Equilibrium covariance of (theta, r) in a valley.

    The valley may have any dimension; the covariance solves a continuous Lyapunov equation.

    In the paper's case, D proportional to H, it is diag(D / (damping mass H), D / (damping mass^2)) per
    eigendirection; for a D that does not commute with H there is no such formula, and this is still exact.

    Parameters
    ----------
    H : array_like, shape () or (n, n)
        Hessian, positive definite.
    mass, damping : float
        M and gamma, positive.
    D : array_like, shape () or (n, n)
        Diffusion matrix.

    Returns
    -------
    ndarray, shape (2n, 2n)
        Positions first, then velocities.

    Raises
    ------
    ValueError
        If H is not positive definite: nothing is stationary on a saddle.
    """
    H, D = _square_pair(H, D, "D")
    mass, damping = one_positive(mass, "mass"), one_positive(damping, "damping")
    require(
        np.linalg.eigvalsh(H).min() > 0, "H", "positive definite (a saddle has no equilibrium)", H.tolist()
    )
    n, eye = len(H), np.eye(len(H))
    A = np.block([[np.zeros((n, n)), eye], [-H / mass, -damping * eye]])
    Q = np.zeros((2 * n, 2 * n))
    Q[n:, n:] = -2 * D / mass**2
    return solved(solve_continuous_lyapunov, A, Q)


@finite_answer
def sgd_stationary_covariance(H: ArrayLike, *, eta: float, C: ArrayLike) -> np.ndarray:
    r"""Stationary covariance of SGD on a quadratic.

    In one dimension eta C / (H (2 - eta H)): the process's D / H with a finite learning rate kept.

    Parameters
    ----------
    H : array_like, shape () or (n, n)
        Hessian, positive definite, with eta H < 2.
    eta : float
        Learning rate, positive.
    C : array_like, shape () or (n, n)
        Covariance of the gradient noise.

    Returns
    -------
    ndarray, shape (n, n)

    Raises
    ------
    ValueError
        If SGD does not settle: an eigenvalue of 1 - eta H outside (-1, 1).
    """
    H, C = _square_pair(H, C, "C")
    eta = one_positive(eta, "eta")
    return _settled(np.eye(len(H)) - eta * H, eta**2 * C)


@finite_answer
def momentum_stationary_covariance(
    H: ArrayLike, *, eta: float, C: ArrayLike, beta1: float, beta3: float
) -> np.ndarray:
    r"""Stationary covariance of position and momentum of heavy ball.

    Parameters
    ----------
    H : array_like, shape () or (n, n)
        Hessian, positive definite.
    eta : float
        Learning rate, positive.
    C : array_like, shape () or (n, n)
        Covariance of the gradient noise.
    beta1 : float
        Inertia, in [0, 1).
    beta3 : float
        1 or 1 - beta1, or any positive number.

    Returns
    -------
    ndarray, shape (2n, 2n)
        Positions first, then momenta.

    Raises
    ------
    ValueError
        If heavy ball does not settle: eta beta3 H outside (0, 2 (1 + beta1)).
    """
    H, C = _square_pair(H, C, "C")
    eta, beta3 = one_positive(eta, "eta"), one_positive(beta3, "beta3")
    beta1 = float(inertia(number(beta1, "beta1")))
    eye = np.eye(len(H))
    A = np.block([[eye - eta * beta3 * H, -eta * beta1 * eye], [beta3 * H, beta1 * eye]])
    b = np.vstack([-eta * beta3 * eye, beta3 * eye])
    return _settled(A, b @ C @ b.T)


def _square_pair(H: ArrayLike, other: ArrayLike, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return H and its noise as square matrices.

    Both have one size.
    """
    H, other = np.atleast_2d(finite(H, "H")), np.atleast_2d(finite(other, name))
    sizes = (H.shape, other.shape)
    require(H.shape == other.shape == (len(H), len(H)), f"H and {name}", "square matrices of one size", sizes)
    return symmetric(H, "H"), symmetric(other, name)


def _settled(A: np.ndarray, Q: np.ndarray) -> np.ndarray:
    """Return the fixed point S = A S A' + Q."""
    slowest = float(np.abs(np.linalg.eigvals(A)).max())
    require(
        slowest < 1,
        "the largest multiplier per iteration",
        "below 1 (lower eta, or leave the saddle)",
        slowest,
    )
    return solved(solve_discrete_lyapunov, A, Q)
