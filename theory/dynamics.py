r"""Optimizers as physical processes (Eqs. 3-7, Appendix H).

.. math:: M\ddot\theta = -\gamma M \dot\theta - \nabla L(\theta) + \sqrt{2D}\,\xi(t), \qquad t = \eta T

The letters are the paper's: mass M, damping gamma, diffusion coefficient D, curvature H, batch size B. What decides
how fast an optimizer spreads is gamma M (friction per unit velocity: 1 for an Adam-style average, 1 - beta1 for
SGD-style momentum), and what decides how it escapes is the temperature D / (gamma M).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from theory.checks import (
    elementwise,
    finite,
    finite_answer,
    number,
    positive,
    require,
    require_all,
    symmetric,
)


@dataclass(frozen=True)
class Dynamics:
    """Mass, damping and diffusion of one optimizer.

    Each is a scalar, one value per direction, or a matrix.

    mass, damping, D : ndarray
        M, gamma and D of Eq. (7). Matrices are (..., n, n), and then so are the products below.
    """

    mass: np.ndarray
    damping: np.ndarray
    D: np.ndarray
    matrix: bool = False

    @property
    def friction(self) -> np.ndarray:
        """Gamma M, dimensionless: the drag per unit velocity."""
        return self.damping @ self.mass if self.matrix else self.damping * self.mass

    @property
    def temperature(self) -> np.ndarray:
        """Temperature kT = D / (gamma M), in loss units."""
        return np.linalg.solve(self.friction, self.D) if self.matrix else self.D / self.friction

    @property
    def equilibrium_speed_squared(self) -> np.ndarray:
        """Variance of the velocity in equilibrium, Eq. (25).

        The variance is r_eq^2 = D / (gamma M^2).
        """
        return np.linalg.solve(self.mass, self.temperature) if self.matrix else self.temperature / self.mass


@elementwise
def gradient_noise(H: ArrayLike, *, B: ArrayLike) -> np.ndarray:
    r"""Gradient-noise covariance near a critical point (Eq. 3).

    The covariance is C = [H]^+ / B.

    Parameters
    ----------
    H : array_like
        Curvature (any shape).
    B : array_like
        Batch size, positive.

    Returns
    -------
    ndarray
        |H| / B, entry by entry: give eigenvalues, not a matrix (`absolute_hessian` is for matrices).
    """
    return np.abs(finite(H, "H")) / positive(B, "B")


@finite_answer
def absolute_hessian(H: ArrayLike) -> np.ndarray:
    r"""Hessian with its eigenvalues made positive.

    The matrix [H]^+ = U diag|H_i| U^T is defined below Eq. 3.

    Parameters
    ----------
    H : array_like, shape (..., n, n)
        Symmetric.

    Returns
    -------
    ndarray, shape (..., n, n)
        Exactly symmetric.

    Raises
    ------
    ValueError
        If H is not finite, not square or not symmetric to rounding.
    """
    H = symmetric(H, "H")
    values, U = np.linalg.eigh(H)
    positive_H = (U * np.abs(values)[..., None, :]) @ np.swapaxes(U, -1, -2)
    return (positive_H + np.swapaxes(positive_H, -1, -2)) / 2  # the product is symmetric only to rounding


@elementwise
def sgd_diffusion(H: ArrayLike, *, eta: ArrayLike, B: ArrayLike) -> np.ndarray:
    r"""Diffusion coefficient of SGD and Momentum (Eq. 3).

    .. math:: D = \frac{\eta C}{2} \approx \frac{\eta}{2B}\,[H]^+

    SGD is the overdamped process of Eq. (1), :math:`d\theta = -\nabla L\,dt + \sqrt{2D}\,dW`: it has no mass, its
    friction is 1 and its temperature is D.

    Parameters
    ----------
    H : array_like
        Curvature.
    eta, B : array_like
        Learning rate and batch size, positive.

    Returns
    -------
    ndarray, shape broadcast(H, eta, B)
        In units theta^2 per unit of t = eta T.
    """
    return positive(eta, "eta") * gradient_noise(H, B=B) / 2


@elementwise
def momentum_dynamics(
    H: ArrayLike, *, eta: ArrayLike, B: ArrayLike, beta1: ArrayLike, beta3: ArrayLike
) -> Dynamics:
    r"""Mass, damping and diffusion of heavy ball (Eqs. 4-7).

    Parameters
    ----------
    H : array_like
        Curvature.
    eta, B : array_like
        Learning rate and batch size, positive.
    beta1 : array_like
        Inertia, in [0, 1).
    beta3 : array_like
        1 (SGD-style) or 1 - beta1 (Adam-style).

    Returns
    -------
    Dynamics
        gamma M = (1 - beta1) / beta3.
    """
    eta, beta1, beta3 = positive(eta, "eta"), inertia(beta1), positive(beta3, "beta3")
    return Dynamics(mass=eta / beta3, damping=(1 - beta1) / eta, D=sgd_diffusion(H, eta=eta, B=B))


@elementwise
def adam_learning_rate(H: ArrayLike, *, eta: ArrayLike, B: ArrayLike) -> np.ndarray:
    r"""Step of Adam along a direction of curvature H.

    The step is eta_hat = eta v^{-1/2}.

    Parameters
    ----------
    H : array_like
        Curvature, not zero (an ideal v of zero has no inverse root).
    eta, B : array_like
        Learning rate and batch size, positive.

    Returns
    -------
    ndarray, shape broadcast(H, eta, B)
        Dynamical time of one iteration, t_i = eta_hat_i T.
    """
    C = gradient_noise(H, B=B)
    require_all(C > 0, "H", "different from 0 (Adam's ideal v is |H| / B)", H)
    return positive(eta, "eta") / np.sqrt(C)


@elementwise
def adam_dynamics(H: ArrayLike, *, eta: ArrayLike, B: ArrayLike, beta1: ArrayLike) -> Dynamics:
    r"""Dynamics of Adam with its ideal v (Appendix H).

    The answer holds mass, damping and diffusion.

    The paper idealises v as the full matrix C; the algorithm keeps its diagonal only, so along a direction that is
    no coordinate axis these are not the algorithm's.

    Parameters
    ----------
    H : array_like
        Curvature, not zero.
    eta, B : array_like
        Learning rate and batch size, positive.
    beta1 : array_like
        Inertia, in [0, 1).

    Returns
    -------
    Dynamics
        gamma M = 1.
    """
    step, beta1 = adam_learning_rate(H, eta=eta, B=B), inertia(beta1)
    return Dynamics(mass=step / (1 - beta1), damping=(1 - beta1) / step, D=step * gradient_noise(H, B=B) / 2)


@finite_answer
def adai_beta1(H: ArrayLike, *, beta0: ArrayLike, eps: float = 1e-3) -> np.ndarray:
    r"""Ideal inertia of Adai in each direction (Algorithm 2).

    Parameters
    ----------
    H : array_like, shape (..., n)
        Curvatures of all directions; their mean is taken over the last axis.
    beta0 : array_like
        Positive, 0.1 by default in the algorithm.
    eps : float
        In (0, 1]: the largest inertia is 1 - eps. The statements leave the clip out.

    Returns
    -------
    ndarray, shape (..., n)
    """
    v, clip = np.abs(np.atleast_1d(finite(H, "H"))), number(eps, "eps")
    require(v.size > 0, "H", "at least one curvature", H)
    mean = v.mean(-1, keepdims=True)
    require_all(mean > 0, "H", "different from 0 in some direction", H)
    require(0 < clip <= 1, "eps", "in (0, 1]", eps)
    return np.clip(1 - positive(beta0, "beta0") * (v / mean), 0, 1 - clip)


@finite_answer
def adai_dynamics(
    H: ArrayLike, *, eta: ArrayLike, B: ArrayLike, beta0: ArrayLike, eps: float = 1e-3
) -> Dynamics:
    r"""Dynamics of Adai, one entry per direction (Section 5).

    The answer holds mass, damping and diffusion.

    Parameters
    ----------
    H : array_like, shape (..., n)
        Curvatures of all directions.
    eta, B, beta0 : array_like
        Learning rate, batch size, Adai's beta0, positive.
    eps : float
        Largest inertia is 1 - eps.

    Returns
    -------
    Dynamics
        gamma M = 1 in every direction: the inertia differs, the friction and the temperature do not.
    """
    eta, gap = positive(eta, "eta"), 1 - adai_beta1(H, beta0=beta0, eps=eps)
    return Dynamics(mass=eta / gap, damping=gap / eta, D=sgd_diffusion(H, eta=eta, B=B))


def rotated(dynamics: Dynamics, U: ArrayLike) -> Dynamics:
    """Rotate dynamics into other coordinates.

    The rotated values are matrices U diag(.) U^T.

    Parameters
    ----------
    dynamics : Dynamics
        One entry per eigendirection.
    U : array_like, shape (n, n)
        Orthogonal; its columns are the eigendirections.

    Raises
    ------
    ValueError
        If U is not square, or an entry of U U^T - 1 exceeds 1e-10.
    """
    U = finite(U, "U")
    require(U.ndim == 2 and U.shape[0] == U.shape[1], "U", "a square matrix", U.shape)
    deviation = float(np.abs(U @ U.T - np.eye(len(U))).max(initial=0.0))
    require(deviation <= 1e-10, "U", "orthogonal (no entry of U U^T - 1 above 1e-10)", deviation)
    mass, damping, D = np.broadcast_arrays(dynamics.mass, dynamics.damping, dynamics.D)
    parts = [symmetric((U * entries) @ U.T, "U diag(.) U^T") for entries in (mass, damping, D)]
    return Dynamics(mass=parts[0], damping=parts[1], D=parts[2], matrix=True)


def inertia(beta1: ArrayLike) -> np.ndarray:
    """Return beta1 as an array.

    A value outside [0, 1) raises ``ValueError``.
    """
    beta1 = finite(beta1, "beta1")
    require_all((beta1 >= 0) & (beta1 < 1), "beta1", "in [0, 1)", beta1)
    return beta1
