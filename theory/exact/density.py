r"""Fokker-Planck density of the overdamped process on the line."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from scipy.special import exprel

from theory.checks import finite, finite_answer, number, one_of, require, require_all, whole
from theory.exact.domain import Function, as_function, on_path, slope_over_temperature
from theory.exact.interval import EXPONENT, Interpretation
from theory.exact.markov import distributions

STEEPEST = 60.0  # fall from the start, over D: beyond it the front is thinner than a cell
WALLS = ("reflecting", "absorbing", "periodic")
Walls = Literal["reflecting", "absorbing", "periodic"]


@finite_answer
def fokker_planck_density(
    slope: Function,
    D: float | Function,
    start: float,
    times: ArrayLike,
    *,
    low: float,
    high: float,
    cells: int = 400,
    walls: Walls | tuple[Walls, Walls] = "reflecting",
    interpretation: Interpretation = "ito",
    return_exits: bool = False,
):
    r"""Density of overdamped walkers between two walls.

    All walkers start at one point.

    .. math:: \partial_t p = \partial_x (L' p) + \partial_x D^{q}\, \partial_x (D^{1-q} p)

    with q = 0 (Ito), 1/2 (Stratonovich) or 1 (Fick). On equal cells, with rates to the neighbours that are exact for a
    constant slope (Scharfetter and Gummel 1969). With constant D the equilibrium is e^{-L/D} on any cells; no density
    is negative, and walkers inside and walkers that left sum to 1 at all times.

    Parameters
    ----------
    slope : callable
        L'(x), [L/theta], vectorised; periodic if the walls are.
    D : float or callable
        Diffusion coefficient, [theta^2/time], positive; vectorised if callable.
    start : float
        Where every walker starts, [theta], between the walls.
    times : array_like, shape (n,)
        Dynamical times, eta T, positive.
    low, high : float
        Walls, [theta].
    cells : int
        From 2 to 1000; the error is of second order in 1 / cells.
    walls : {"reflecting", "absorbing", "periodic"} or a pair of the first two
        Both walls, or the lower and the upper one.
    interpretation : {"ito", "stratonovich", "fick"}
        Reading of the noise; they differ only where D varies.
    return_exits : bool
        Return the exits too.

    Returns
    -------
    x : ndarray, shape (cells,)
        Middle of each cell.
    density : ndarray, shape (n, cells)
        [1/theta]; its sum over the cells is the share of walkers that are still inside.
    exits : ndarray, shape (n, 2)
        If asked for: share of walkers that have left through the lower and the upper wall. Its differences in time are
        the flux.

    Raises
    ------
    ValueError
        If D is not positive, the start not between the walls, a time not positive, or the start more than 60 D
        above the lowest point, whose steep front the cells do not resolve.

    References
    ----------
    Eq. (2).

    Examples
    --------
    >>> x, density = fokker_planck_density(lambda x: x, 0.5, 1.0, [20.0], low=-5.0, high=5.0)
    >>> round(float((x**2 * density[0]).sum() * (x[1] - x[0])), 3)  # D / H
    0.5

    Two absorbing walls: after a long time half of the walkers that start in the middle have left through each.

    >>> walls = {"low": -1.0, "high": 1.0, "walls": "absorbing", "return_exits": True}
    >>> fokker_planck_density(lambda x: 0 * x, 0.5, 0.0, [50.0], **walls)[2].round(6).tolist()
    [[0.5, 0.5]]
    """
    diffusion = as_function(D)
    low, high = (float(finite(number(wall, name), name)) for wall, name in ((low, "low"), (high, "high")))
    require(low < number(start, "start") < high, "start", f"between {low} and {high}", start)
    times = np.atleast_1d(finite(times, "times"))
    require(times.ndim == 1, "times", "a list of times", np.shape(times))
    require_all(times > 0, "times", "positive", times)
    cells = whole(cells, "cells", 2, 1000)
    lower, upper = _walls(walls)
    q = EXPONENT[one_of(interpretation, EXPONENT, "interpretation")]
    h = (high - low) / cells
    x = low + h * (np.arange(cells) + 0.5)
    faces = low + h * np.arange(cells + 1)
    rise = h * slope_over_temperature(slope, diffusion, faces)  # of L / D from cell to cell
    at_faces, at_cells = on_path(diffusion, faces) ** q, on_path(diffusion, x) ** (1 - q)
    height = np.concatenate([[0.0], np.cumsum(rise[1:-1])])
    drop = float(np.interp(start, x, height)) - height.min()
    require(drop < STEEPEST, "start", f"less than {STEEPEST:g} D above the lowest point", start)

    up = at_cells * at_faces[1:] / h**2 / exprel(rise[1:])
    down = at_cells * at_faces[:-1] / h**2 / exprel(-rise[:-1])
    # an absorbing wall is half a cell away from the last middle, a reflecting one lets nobody through
    up[-1] *= _share(upper, rise[-1])
    down[0] *= _share(lower, -rise[0])
    here, periodic = np.arange(cells), lower == "periodic"
    left = np.where(here == 0, cells - 1 if periodic else cells, here - 1)
    right = np.where(here == cells - 1, 0 if periodic else cells + 1, here + 1)
    jumps = (np.concatenate([down, up]), (np.tile(here, 2), np.concatenate([left, right])))
    rates = csr_array(jumps, shape=(cells + 2, cells + 2))
    rates.eliminate_zeros()

    first = np.zeros(cells + 2)
    cell = int(np.clip((start - x[0]) // h, 0, cells - 2))
    share = np.clip((start - x[cell]) / h, 0.0, 1.0)  # two cells hold the start, so that its mean is right
    first[cell], first[cell + 1] = 1 - share, share
    chances = distributions(rates, first, times)
    density = chances[:, :cells] / h
    return (x, density, chances[:, cells:]) if return_exits else (x, density)


def _walls(walls) -> tuple[str, str]:
    """Return the kinds of both walls.

    The lower wall comes first.
    """
    pair = walls if isinstance(walls, tuple | list) and len(walls) == 2 else (walls, walls)
    lower, upper = (one_of(kind, WALLS, "walls") for kind in pair)
    require(
        (lower == "periodic") == (upper == "periodic"), "walls", "periodic on both sides or on none", walls
    )
    return lower, upper


def _share(kind: str, rise: float) -> float:
    """Rate through a wall over that to a neighbour.

    It is 0, 1, or the rate over half the distance.
    """
    if kind == "periodic":
        return 1.0
    return 0.0 if kind == "reflecting" else float(2 * exprel(rise) / exprel(rise / 2))
