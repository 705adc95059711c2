"""Largest stable learning rate of an update rule.

Near a minimum, gradients are small and a rule with eps divides by a constant. Most rules are then linear: each step is a
sum of earlier gradients with fixed weights. The weights are read off the rule's own update, and make the matrix of
the linearised iteration.
"""

from dataclasses import dataclass

import numpy as np

from diffusion.contract import require_optimizer
from sims.check.candidates import steps_of
from theory.stability import largest_stable_eta

SMALL = 1e-9  # gradients, beside an eps of 1: what is not linear is as small
REST = 400  # iterations without gradients, after which bias corrections with memories of 10 are over
LONG = 80  # weights that are read: twice as many as rows in the Hankel matrix, whose rank is 4 at most
NOISE = 1e-9  # singular values below this share of the largest are rounding
LINEAR = 1e-6  # relative error of the weights' prediction that still counts as linear


@dataclass(frozen=True)
class Linearised:
    """A rule's linearised iteration on a parabola.

    Attributes
    ----------
    weights : ndarray
        Weight of the gradient of k iterations ago in a step of learning rate 1.
    matrix : callable
        ``matrix(eta)`` is the matrix of one iteration on (parameter, memory) where the curvature is 1.
    """

    weights: np.ndarray

    def matrix(self, eta: float) -> np.ndarray:
        """Return the matrix of one iteration at curvature 1."""
        A, B, C = _memory(self.weights)
        # theta' = theta - eta (w_0 g + C x), x' = A x + B g, and g = theta
        return np.block([[np.atleast_2d(1 - eta * self.weights[0]), -eta * C], [B, A]])

    def largest_stable_eta(self) -> float:
        """Return the learning rate, times the curvature, up to which it settles."""
        return largest_stable_eta(self.matrix)


def linearised(optimizer) -> Linearised:
    """Linearise an update rule at a minimum.

    Parameters
    ----------
    optimizer : part
        With memories of some ten iterations, and an eps that is large beside 1e-9, such as 1.

    Returns
    -------
    Linearised

    Raises
    ------
    ValueError
        If the steps are no sum of gradients with fixed weights, or proportional to a distance.

    Examples
    --------
    >>> from diffusion import Momentum
    >>> round(linearised(Momentum(0.1, 0.9)).largest_stable_eta(), 6)  # 2 + 2 beta1
    3.8
    """
    require_optimizer(optimizer)
    name, eta = type(optimizer).__name__, optimizer.eta
    if getattr(optimizer, "parameter_degree", 0) != 0:
        raise ValueError(
            f"{name} has no linearised map at a minimum: its steps are proportional to a distance."
        )
    pulse = np.zeros((LONG, 2))
    pulse[0, 0] = SMALL
    weights = _steps(optimizer, pulse)[:, 0] / (SMALL * eta)
    # any other gradients, in two coordinates, must do what these weights say
    g = SMALL * np.random.default_rng(0).normal(size=(LONG, 2))
    found = _steps(optimizer, g) / eta
    stated = np.stack([np.convolve(weights, g[:, j])[:LONG] for j in range(2)], axis=1)
    if not np.all(np.abs(found - stated) <= LINEAR * np.max(np.abs(stated))):
        raise ValueError(
            f"{name} has no linearised map at a minimum: its steps are no sum of gradients with fixed weights."
        )
    return Linearised(weights)


def _steps(optimizer, gradients):
    """Return minus the displacements from rest at 0."""
    fed = np.concatenate([np.zeros((REST, 2)), gradients])
    path = np.array([np.zeros(2), *steps_of(optimizer, np.zeros(2), fed)])
    return -np.diff(path, axis=0)[REST:]


def _memory(weights):
    """Return A, B, C with weights[k] = C A^(k-1) B for k > 0 (Ho and Kalman)."""
    half = LONG // 2
    at = np.arange(half - 1)
    hankel = weights[1 + at[:, None] + at]
    U, s, Vt = np.linalg.svd(hankel)
    rank = int(np.sum(s > NOISE * max(s[0], abs(weights[0]))))
    U, V, root = U[:, :rank], Vt[:rank].T, np.sqrt(s[:rank])
    shifted = weights[2 + at[:, None] + at]
    A = (U.T @ shifted @ V) / root[:, None] / root
    return A, root[:, None] * V[:1].T, U[:1] * root
