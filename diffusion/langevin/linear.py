"""Linear schemes for processes on quadratic landscapes.

Each step is one linear map; the coefficients may be of any kind. The state y holds theta (and then r), and the
process is dy = A y dt + dW with <dW dW^T> = Q dt. A scheme makes of
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
    """Linear step ``theta -> P theta + S z``."""

    dt: float
    P: np.ndarray
    S: np.ndarray
    wander: np.ndarray  # variance of each coordinate's own noise over a step, for first passages
    # Has dim entries, which tells the compiler dim: for few coordinates it unrolls the loops over them.
    coordinates: tuple = field(default=COORDINATES, init=False, repr=False)

    slots: ClassVar[tuple] = (0.0,)  # scratch

    def advance(self, theta, state, landscape, z):
        """Advance the block by dt."""
        (new,) = state
        dim = len(self.coordinates)
        # Written to scratch first: every row of P reads all the old coordinates.
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
    """Linear step ``(theta, r) -> P (theta, r) + S z``.

    It takes two normals for each coordinate.
    """

    dt: float
    P: np.ndarray
    S: np.ndarray
    wander: np.ndarray  # variance of each coordinate's own noise over a step, for first passages
    # Has dim entries, which tells the compiler dim: for few coordinates it unrolls the loops over them.
    coordinates: tuple = field(default=COORDINATES, init=False, repr=False)

    slots: ClassVar[tuple] = (0.0, 0.0, 0.0)  # initial r; scratch
    # The noise of an exact step has rank 2 dim: one normal a coordinate could not give theta and r theirs.
    draws: ClassVar[int] = 2

    def advance(self, theta, state, landscape, z):
        """Advance the block by dt."""
        r, new_theta, new_r = state
        dim = len(self.coordinates)
        # Written to scratch first: every row of P reads all the old positions and velocities.
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
        """Return the velocity noise's variance over a step."""
        return self.wander[i]


@dataclass(frozen=True)
class LinearScheme:
    """Linear step before its landscape is known.

    ``on(landscape)`` makes the part whose kernels run.

    ``step(A, Q, dt)`` returns P and the covariance of a step.
    """

    langevin: Any
    dt: float
    step: Any

    slots: ClassVar[tuple] = ()
    advance = None  # a mover has this name, but P exists only once the Hessian is known

    def on(self, landscape):
        """Return the step on a quadratic landscape, with the landscape."""
        require(
            isinstance(landscape, Quadratic), "landscape", "Quadratic for exact steps and matrices", landscape
        )
        A, Q = generator(self.langevin, landscape.matrix)
        P, covariance = self.step(A, Q, self.dt)
        # Along escape directions P grows exponentially in dt, past the largest double for a long step.
        ok = np.all(np.isfinite(P)) and np.all(np.isfinite(covariance))
        require(ok, "dt", "small enough for a walker's growth over one step to be a number", self.dt)
        kind = LinearOverdamped if isinstance(self.langevin, Overdamped) else LinearPhaseSpace
        # The last dim entries of Q are those of r in phase space, and of theta in an overdamped process.
        wander = self.dt * np.diag(Q)[-landscape.dim :]
        return kind(self.dt, np.ascontiguousarray(P), square_root(covariance), wander), landscape


def generator(langevin, H):
    """Return A and Q of a process on a quadratic landscape.

    With L = 1/2 theta . H theta it is dy = A y dt + dW, <dW dW^T> = Q dt.
    """
    require(not varies(langevin.D), "D", "constant for exact steps and matrices", langevin.D)
    dim = len(H)
    D = as_matrix(langevin.D, dim)
    if isinstance(langevin, Overdamped):
        return -H, 2 * D
    mass, damping = as_matrix(langevin.mass, dim), as_matrix(langevin.damping, dim)
    inverse = np.linalg.inv(mass)
    # M^-1 gamma M, not gamma alone: the matrices need not commute.
    A = np.block([[np.zeros((dim, dim)), np.eye(dim)], [-inverse @ H, -inverse @ damping @ mass]])
    Q = np.zeros((2 * dim, 2 * dim))
    Q[dim:, dim:] = 2 * inverse @ D @ inverse
    return A, Q


def pieces(A):
    """Return the push, move and friction parts of A.

    They push (r by theta), move (theta by r) and slow (r by r) in phase space, and add up to A.
    """
    n = len(A) // 2
    push, move, friction = np.zeros_like(A), np.zeros_like(A), np.zeros_like(A)
    push[n:, :n], move[:n, n:], friction[n:, n:] = A[n:, :n], A[:n, n:], A[n:, n:]
    return push, move, friction


def flow(piece, dt):
    """Return the exact step of one push or move.

    The square of such a piece is zero, so its exponential is linear. It has no noise.
    """
    return np.eye(len(piece)) + piece * dt, np.zeros_like(piece)


def compose(*steps):
    """Return P and the covariance of steps in turn.

    The first one given is taken first.
    """
    P, covariance = steps[0]
    for later, noise in steps[1:]:
        # A later step carries the noise of all before it along, and adds its own.
        P, covariance = later @ P, later @ covariance @ later.T + noise
    return P, covariance


def as_matrix(value, dim):
    """Return a coefficient as a matrix."""
    return value if value.ndim == 2 else np.diag(np.broadcast_to(value, dim)).astype(float)


def square_root(covariance):
    """Return S with S S^T = covariance.

    The covariance may be singular and badly scaled.
    """
    # For a short dt the variances of theta and r differ by dt^2: unscaled, rounding in r would swamp theta.
    scale = np.sqrt(np.diag(covariance))
    # A coordinate without noise keeps the scale 1, to avoid 0 / 0.
    scale = np.where(scale > 0, scale, 1.0)
    variances, axes = np.linalg.eigh(covariance / np.outer(scale, scale))
    # Not Cholesky, which fails for singular covariances; rounding may make a zero eigenvalue negative.
    return np.ascontiguousarray(scale[:, None] * axes * np.sqrt(np.maximum(variances, 0)))
