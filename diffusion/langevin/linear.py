"""Schemes that are one linear map a step: the process on a quadratic landscape, coefficients of any kind.

The state y holds theta (and then r), and the process is dy = A y dt + dW with <dW dW^T> = Q dt. A scheme makes of
A, Q and dt its own linear step: y -> P y + noise of a covariance. Steps taken in turn `compose`.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from diffusion.checks import require
from diffusion.jit import COORDINATES, LANES, part
from diffusion.landscapes.quadratic import Quadratic
from diffusion.langevin.coefficients import varies
from diffusion.langevin.overdamped import Overdamped


@part
class LinearOverdamped:
    """``theta -> P theta + S z``."""

    dt: float
    P: np.ndarray
    S: np.ndarray
    wander: np.ndarray
    coordinates: tuple = field(default=COORDINATES, init=False, repr=False)

    slots: ClassVar[tuple] = (0.0,)  # scratch

    def advance(self, theta, state, landscape, z):
        """Advance the block by dt."""
        (new,) = state
        dim = len(self.coordinates)
        for j in range(dim):
            for l in range(LANES):
                total = 0.0
                for k in range(dim):
                    total += self.P[j, k] * theta[k * LANES + l] + self.S[j, k] * z[k * LANES + l]
                new[j * LANES + l] = total
        for i in range(theta.size):
            theta[i] = new[i]

    def path_variance(self, x, y, edge, i):
        """Return the variance of the noise over a step."""
        return self.wander[i]


@part
class LinearPhaseSpace:
    """``(theta, r) -> P (theta, r) + S z``, with two normals for each coordinate."""

    dt: float
    P: np.ndarray
    S: np.ndarray
    wander: np.ndarray
    coordinates: tuple = field(default=COORDINATES, init=False, repr=False)

    slots: ClassVar[tuple] = (0.0, 0.0, 0.0)  # initial r; scratch
    draws: ClassVar[int] = 2

    def advance(self, theta, state, landscape, z):
        """Advance the block by dt."""
        r, new_theta, new_r = state
        dim = len(self.coordinates)
        for j in range(dim):
            for l in range(LANES):
                x, v = 0.0, 0.0
                for k in range(dim):
                    at = k * LANES + l
                    x += self.P[j, k] * theta[at] + self.P[j, dim + k] * r[at]
                    v += self.P[dim + j, k] * theta[at] + self.P[dim + j, dim + k] * r[at]
                for k in range(2 * dim):
                    at = k * LANES + l
                    x += self.S[j, k] * z[at]
                    v += self.S[dim + j, k] * z[at]
                new_theta[j * LANES + l] = x
                new_r[j * LANES + l] = v
        for i in range(theta.size):
            theta[i] = new_theta[i]
            r[i] = new_r[i]

    def path_variance(self, x, y, edge, i):
        """Return the variance of the velocity's noise over a step."""
        return self.wander[i]


@dataclass(frozen=True)
class LinearScheme:
    """A linear step before its landscape is known: ``on(landscape)`` makes the part whose kernels run.

    ``step(A, Q, dt)`` returns P and the covariance of a step.
    """

    langevin: Any
    dt: float
    step: Any

    slots: ClassVar[tuple] = ()
    advance = None

    def on(self, landscape):
        """Return the step on a quadratic landscape, and that landscape."""
        require(
            isinstance(landscape, Quadratic), "landscape", "Quadratic for exact steps and matrices", landscape
        )
        A, Q = generator(self.langevin, landscape.matrix)
        P, covariance = self.step(A, Q, self.dt)
        ok = np.all(np.isfinite(P)) and np.all(np.isfinite(covariance))
        require(ok, "dt", "small enough for a walker's growth over one step to be a number", self.dt)
        kind = LinearOverdamped if isinstance(self.langevin, Overdamped) else LinearPhaseSpace
        wander = self.dt * np.diag(Q)[-landscape.dim :]
        return kind(self.dt, np.ascontiguousarray(P), square_root(covariance), wander), landscape


def generator(langevin, H):
    """Return A and Q of dy = A y dt + dW, <dW dW^T> = Q dt, for a process on L = 1/2 theta . H theta."""
    require(not varies(langevin.D), "D", "constant for exact steps and matrices", langevin.D)
    dim = len(H)
    D = as_matrix(langevin.D, dim)
    if isinstance(langevin, Overdamped):
        return -H, 2 * D
    mass, damping = as_matrix(langevin.mass, dim), as_matrix(langevin.damping, dim)
    inverse = np.linalg.inv(mass)
    A = np.block([[np.zeros((dim, dim)), np.eye(dim)], [-inverse @ H, -inverse @ damping @ mass]])
    Q = np.zeros((2 * dim, 2 * dim))
    Q[dim:, dim:] = 2 * inverse @ D @ inverse
    return A, Q


def pieces(A):
    """Return what pushes (r by theta), moves (theta by r) and slows (r by r) in phase space; they add up to A."""
    n = len(A) // 2
    push, move, friction = np.zeros_like(A), np.zeros_like(A), np.zeros_like(A)
    push[n:, :n], move[:n, n:], friction[n:, n:] = A[n:, :n], A[:n, n:], A[n:, n:]
    return push, move, friction


def flow(piece, dt):
    """Return the step of a push or a move by itself, exact since its square is zero, and no noise."""
    return np.eye(len(piece)) + piece * dt, np.zeros_like(piece)


def compose(*steps):
    """Return P and the covariance of steps taken one after the other, the first first."""
    P, covariance = steps[0]
    for later, noise in steps[1:]:
        P, covariance = later @ P, later @ covariance @ later.T + noise
    return P, covariance


def as_matrix(value, dim):
    """Return a coefficient as a matrix."""
    return value if value.ndim == 2 else np.diag(np.broadcast_to(value, dim)).astype(float)


def square_root(covariance):
    """Return S with S S^T = covariance, which may be singular and badly scaled."""
    scale = np.sqrt(np.diag(covariance))
    scale = np.where(scale > 0, scale, 1.0)
    variances, axes = np.linalg.eigh(covariance / np.outer(scale, scale))
    return np.ascontiguousarray(scale[:, None] * axes * np.sqrt(np.maximum(variances, 0)))
