"""Klein-Kramers operator on a basis of functions.

The basis is Hermite functions of the velocity times a sinc grid of the position.
"""

import numpy as np
from scipy.sparse import csc_array, diags_array, eye_array, kron
from scipy.sparse.linalg import LinearOperator, eigs, splu

from theory.exact.domain import Function, on_path

SHIFT = 1e-13  # of the damping: the stationary eigenvalue is 0, and a singular operator has no factors


def relaxation_rate(
    slope: Function, ends: list[float], nodes: int, levels: int, mass: float, damping: float, kT: float
) -> tuple[float, float]:
    r"""Return the smallest nonzero decay rate.

    The rate is that of phase space. The rounding error of the zero rate is returned too.

    In the symmetric form exp(-L / 2kT) c_n(theta) psi_n(r) the operator raises and lowers the Hermite index by
    sqrt(kT/M) (d/dtheta +- L'/2kT) and damps index n at the rate n gamma.

    Parameters
    ----------
    slope : callable
        L'(theta), [L/theta].
    ends : list of two floats
        The interval of the sinc grid, [theta]; the potential stands many kT above its minima there.
    nodes, levels : int
        Positions and Hermite functions.
    mass, damping, kT : float
        M, [time]; gamma, [1/time]; [L]. Positive.

    Returns
    -------
    (float, float)
        [1/time].
    """
    x = np.linspace(ends[0], ends[1], nodes)
    steps = np.arange(nodes)[:, None] - np.arange(nodes)
    signs = np.where(steps == 0, 0.0, 1.0 - 2.0 * (steps % 2))
    gradient = signs / (np.where(steps == 0, 1, steps) * (x[1] - x[0]))
    force = np.diag(on_path(slope, x) / (2 * kT))
    speed = np.sqrt(kT / mass)
    roots = np.sqrt(np.arange(1.0, levels))
    operator = (
        kron(diags_array(roots, offsets=-1), speed * (gradient + force))
        + kron(diags_array(roots, offsets=1), speed * (gradient - force))
        - kron(diags_array(damping * np.arange(levels)), eye_array(nodes))
    )
    shift = SHIFT * damping
    factors = splu(
        csc_array(operator - shift * eye_array(nodes * levels)), permc_spec="NATURAL", diag_pivot_thresh=0.1
    )
    inverse = LinearOperator(operator.shape, matvec=factors.solve, dtype=float)
    found = 1 / eigs(inverse, k=3, v0=np.ones(nodes * levels), return_eigenvectors=False) + shift
    found = found[np.argsort(np.abs(found))]
    return float(-found[1].real), float(abs(found[0]))
