"""Covariance of position and velocity at the start."""

import numpy as np

from theory.checks import finite, require

ROUNDING = 1e-12  # relative: what a covariance computed by an earlier call may be off by


def start_covariance(start, thermal: np.ndarray) -> np.ndarray:
    """Covariance at the start.

    Its variables are position and velocity (or theta - c and m).

    Parameters
    ----------
    start : {"rest", "thermal"} or array_like, shape (..., 2, 2)
        Nothing; the position known and the velocity in equilibrium; or as given.
    thermal : ndarray
        Variance of the velocity in equilibrium.

    Returns
    -------
    ndarray, shape thermal.shape + (2, 2), or that of a given start

    Raises
    ------
    ValueError
        If the start is another word, not 2x2, not symmetric, or has a negative eigenvalue.
    """
    if isinstance(start, str):
        require(start in ("rest", "thermal"), "start", '"rest", "thermal" or a 2x2 covariance', start)
        initial = np.zeros((*np.shape(thermal), 2, 2))
        if start == "thermal":
            initial[..., 1, 1] = thermal
        return initial
    initial = finite(start, "start")
    require(initial.shape[-2:] == (2, 2), "start", "a 2x2 covariance (in its last two axes)", initial.shape)
    xx, xr, rx, rr = (initial[..., i, j] for i in (0, 1) for j in (0, 1))
    size = np.sqrt(np.abs(xx)) * np.sqrt(np.abs(rr))
    symmetric = np.abs(xr - rx) <= ROUNDING * np.maximum(size, np.abs(xr))
    valid = (xx >= 0) & (rr >= 0) & (np.abs(xr) <= size * (1 + ROUNDING))
    for ok, rule in ((symmetric, "symmetric"), (valid, "a covariance (no negative eigenvalue)")):
        bad = initial[~ok]
        require(bad.size == 0, "start", rule, bad[0].tolist() if bad.size else None)
    return initial
