"""Backward Kolmogorov equation on one grid.

The grid is of positions and velocities.
"""

import numpy as np
from scipy.sparse import csc_array, csr_array, diags_array, eye_array, kron
from scipy.sparse.linalg import splu

from theory.exact.stencils import derivative

# Six points, of fifth order, with one more on the side that the walker comes to.
UPWIND = {"left": 2, "right": 3}
DOWNWIND = {"left": 3, "right": 2}
CENTRAL = {"left": 2, "right": 2}  # five points, of fourth order
GRADING = 2.0  # distances to the boundary are squares: the spacing falls towards it in proportion
BUNCHING = 2.0  # the spacing at zero velocity is 1 / cosh(2) = 0.27 of that at the fastest


def positions(lower: float, boundary: float, n: int) -> np.ndarray:
    """Return n + 1 positions crowded at the boundary.

    There the passage time has its singular corner (b, 0).
    """
    return boundary - (boundary - lower) * np.linspace(1.0, 0.0, n + 1) ** GRADING


def velocities(fastest: float, n: int) -> np.ndarray:
    """Return n velocities crowded at zero.

    The number n is even; the velocities are symmetric, and none is zero.
    """
    return fastest * np.sinh(BUNCHING * np.linspace(-1.0, 1.0, n)) / np.sinh(BUNCHING)


def backward_time(
    x: np.ndarray, r: np.ndarray, force: np.ndarray, damping: float, diffusion: np.ndarray
) -> np.ndarray:
    r"""Mean passage time from every grid point.

    .. math:: r\, \tau_x - (\gamma r + F)\, \tau_r + Q\, \tau_{rr} = -1

    with tau = 0 where the walker leaves (last x, r > 0) and tau(r) = tau(-r) at the wall (first x). Fifth-order
    differences in x, biased to the side the walker comes to, fourth-order central ones in r.

    Parameters
    ----------
    x : array, shape (nx,)
    r : array, shape (nr,), r = -r[::-1], nr even
    force : array, shape (nx,)
        F = L'/M, [theta/time^2].
    damping : float
        gamma, [1/time].
    diffusion : array, shape (nx,)
        Q = D/M^2, [theta^2/time^3].

    Returns
    -------
    array, shape (nx, nr)
    """
    nx, nr = x.size, r.size
    in_r, in_rr = derivative(r, 1, **CENTRAL), derivative(r, 2, **CENTRAL)
    generator = (
        kron(derivative(x, 1, **UPWIND), diags_array(np.maximum(r, 0.0)))
        + kron(derivative(x, 1, **DOWNWIND), diags_array(np.minimum(r, 0.0)))
        - kron(eye_array(nx), diags_array(damping * r) @ in_r)
        - kron(diags_array(force), in_r)
        + kron(diags_array(diffusion), in_rr)
    )
    free = np.ones((nx, nr))
    free[-1, r > 0] = 0.0
    free[0, r < 0] = 0.0
    inside = free.ravel()
    incoming = np.arange(nr // 2)
    mirror = csr_array((np.ones(incoming.size), (incoming, nr - 1 - incoming)), shape=(nx * nr, nx * nr))
    system = diags_array(inside) @ generator + diags_array(1.0 - inside) - mirror
    return splu(csc_array(system)).solve(-inside).reshape(nx, nr)
