"""Exact propagator on quadratic landscapes, for any time step.

The law of a step is Gaussian.
"""

import numpy as np
from scipy.linalg import expm

from diffusion.langevin.linear import LinearScheme
from diffusion.langevin.overdamped import Overdamped
from diffusion.langevin.phase_space import PhaseSpace
from diffusion.langevin.scheme import scheme


def exact_step(A, Q, dt):
    """Return the exact propagator and covariance of a step.

    They are e^{A dt} and the integral of e^{A s} Q e^{A^T s} over s in (0, dt).
    Van Loan's matrix exponential for a short time, then doubled: for a long one it would overflow.
    """
    n = len(A)
    # Halve dt until |A| h is at most 1: the block below also holds e^{-A h}, which overflows for a long h.
    # 1e-300 keeps the logarithm finite where A = 0 (free motion), which needs no halving.
    doublings = int(np.ceil(max(0.0, np.log2(max(np.linalg.norm(A, 2) * dt, 1e-300)))))
    h = dt / 2**doublings
    both = expm(np.block([[-A, Q], [np.zeros((n, n)), A.T]]) * h)
    P = both[n:, n:].T
    covariance = P @ both[:n, n:]
    # Escape directions grow exponentially and may overflow; `LinearScheme.on` refuses what is not finite.
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(doublings):
            # A step of 2 h is two of h: the second carries the noise of the first along.
            covariance = covariance + P @ covariance @ P.T
            P = P @ P
    # Rounding spoils the symmetry, and `square_root` reads only one triangle.
    return P, (covariance + covariance.T) / 2


@scheme(Overdamped, PhaseSpace, weak_order=np.inf, matrices=exact_step)
def exact(langevin, dt):
    """Return one exact time step on a `Quadratic` landscape.

    The Hessian and the coefficients may be any.

    Parameters
    ----------
    langevin : Overdamped or PhaseSpace
        D constant; mass, damping and D numbers, rows or matrices.
    dt : float
        Time step, positive; every dt gives the exact law at its multiples.
    """
    return LinearScheme(langevin, dt, exact_step)
