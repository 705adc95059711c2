r"""The Fokker-Planck density on the line: where walkers of the overdamped process are, and how that changes."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import eigh_tridiagonal
from scipy.special import exprel

from theory.checks import finite, number, require, require_all
from theory.exact.domain import Function

STEEPEST = 60.0  # e^(V / 2 D) between start and deepest point: beyond e^(60 / 2) rounding shows


def fokker_planck_density(
    slope: Function, D: float, start: float, times: ArrayLike, *, low: float, high: float, cells: int = 400
) -> tuple[np.ndarray, np.ndarray]:
    r"""Density of walkers of dx = -L'(x) dt + (2D)^{1/2} dW that all start at one point, between two walls.

    .. math:: \partial_t p = \partial_x (L' p) + D\, \partial_x^2 p

    On equal cells, with rates to the neighbours that are exact for a constant slope (Scharfetter and Gummel
    1969): the equilibrium is e^(-L / D), no density is negative but for rounding, and none is lost. The matrix is
    made symmetric and taken apart into its modes, so that all times cost one.

    Parameters
    ----------
    slope : callable
        L'(x), [L/theta], vectorised.
    D : float
        Diffusion coefficient, [theta^2/time], positive; it is the temperature.
    start : float
        Where every walker starts, [theta], between the walls.
    times : array_like, shape (n,)
        Dynamical times, eta T, positive.
    low, high : float
        Reflecting walls. Put them where no walker comes.
    cells : int
        Error of second order in 1 / cells.

    Returns
    -------
    x : ndarray, shape (cells,)
        Middle of each cell.
    density : ndarray, shape (n, cells)
        [1/theta]; sums to 1 over the cells.

    Raises
    ------
    ValueError
        If D is not positive, the start not between the walls, a time not positive, or the start more than 60 D
        above the lowest point, which rounding does not allow.

    References
    ----------
    Eq. (2), with constant D.

    Examples
    --------
    >>> x, density = fokker_planck_density(lambda x: x, 0.5, 1.0, [20.0], low=-5.0, high=5.0)
    >>> round(float((x**2 * density[0]).sum() * (x[1] - x[0])), 3)  # D / H
    0.5
    """
    require(0 < number(D, "D") < np.inf, "D", "positive", D)
    require(low < number(start, "start") < high, "start", f"between {low} and {high}", start)
    times = np.atleast_1d(finite(times, "times"))
    require_all(times > 0, "times", "positive", times)
    h = (high - low) / cells
    x = low + h * (np.arange(cells) + 0.5)
    rise = h * finite(slope((x[1:] + x[:-1]) / 2), "slope") / D  # of L / D from cell to cell
    up, down = D / h**2 / exprel(rise), D / h**2 / exprel(-rise)
    out = np.append(up, 0.0) + np.insert(down, 0, 0.0)
    rates, modes = eigh_tridiagonal(-out, np.sqrt(up * down))

    height = np.concatenate([[0.0], np.cumsum(rise)])
    begin = float(np.interp(start, x, height))
    drop = begin - height.min()
    require(drop < STEEPEST, "start", f"less than {STEEPEST:g} D above the lowest point", start)
    left = int(np.clip((start - x[0]) // h, 0, cells - 2))
    share = (start - x[left]) / h  # two cells hold the start, so that its mean is right
    amplitude = (1 - share) * modes[left] * np.exp((height[left] - begin) / 2)
    amplitude += share * modes[left + 1] * np.exp((height[left + 1] - begin) / 2)
    grown = np.exp(np.minimum(rates, 0.0) * times[:, None]) * amplitude @ modes.T
    return x, grown * np.exp((begin - height) / 2) / h
