r"""Free diffusion between walls, by the method of images."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr

from theory.checks import finite, finite_answer, number, one_of, one_positive, require

WALLS = ("reflecting", "absorbing", "periodic")
FEW = 12  # images on either side, or terms of the series: at their border both are exact to rounding


@finite_answer
def walled_normal_density(
    x: ArrayLike,
    start: float,
    variance: float,
    *,
    low: float,
    high: float = np.inf,
    walls: str = "reflecting",
) -> np.ndarray:
    r"""Density of free walkers between two walls.

    All walkers start at one point.

    .. math:: p(x) = \sum_{n} \left[\varphi(x - x_0 - 2nL) \pm \varphi(x - 2\,low + x_0 - 2nL)\right]

    with + for reflecting walls, - for absorbing ones, L the distance of the walls and phi the normal density; for periodic
    walls the first term alone, with n L. The folded normal density is the case of one reflecting wall.

    Parameters
    ----------
    x : array_like
        Positions, [theta]; outside the walls the density is 0.
    start : float
        Where all walkers start, between the walls.
    variance : float
        2 D t of a process, eta^2 C T of SGD, positive.
    low, high : float
        Walls, [theta]; either may be infinite, unless they are periodic.
    walls : {"reflecting", "absorbing", "periodic"}
        Kind of both walls.

    Returns
    -------
    ndarray, shape of x
        [1/theta]. Exact to rounding. It is also the exact law of an iteration that is reflected at every step.

    Examples
    --------
    Three walls on the way make no difference to the middle of a wide box:

    >>> round(float(walled_normal_density(0.0, 0.0, 1.0, low=-50.0, high=50.0)), 6)
    0.398942
    """
    kind, low, high, start = _box(start, low, high, walls)
    x, variance = finite(x, "x"), one_positive(variance, "variance")
    length, sigma = high - low, np.sqrt(variance)
    sign = {"reflecting": 1.0, "absorbing": -1.0, "periodic": 0.0}[kind]
    if np.isinf(length):
        direct = _normal((x - start) / sigma) / sigma
        wall = low if np.isfinite(low) else high
        mirrored = _normal((x - 2 * wall + start) / sigma) / sigma if np.isfinite(wall) else 0.0
        density = direct + sign * mirrored
    else:
        density = _between(x - low, start - low, sigma, length, sign)
    return np.where((x >= low) & (x <= high), density, 0.0)


@finite_answer
def walled_normal_share(
    start: float, variance: float, *, low: float, high: float = np.inf, walls: str = "absorbing"
) -> float:
    """Share of walkers that are still between the walls.

    Parameters as `walled_normal_density`.

    Examples
    --------
    >>> round(walled_normal_share(1.0, 1.0, low=0.0), 6)  # 2 Phi(1) - 1
    0.682689
    """
    kind, low, high, start = _box(start, low, high, walls)
    sigma = np.sqrt(one_positive(variance, "variance"))
    if kind != "absorbing":
        return 1.0
    length = high - low
    if np.isinf(length):
        near = min(start - low, high - start)
        return float(1 - 2 * ndtr(-near / sigma)) if np.isfinite(near) else 1.0
    if sigma < length:
        n = np.arange(-FEW, FEW + 1)
        ends = [
            ndtr((high - m) / sigma) - ndtr((low - m) / sigma)
            for m in (start + 2 * n * length, 2 * low - start + 2 * n * length)
        ]
        return float(np.sum(ends[0] - ends[1]))
    n = np.arange(1, 2 * FEW, 2)
    waves = np.sin(n * np.pi * (start - low) / length) * np.exp(-((n * np.pi * sigma / length) ** 2) / 2)
    return float(np.sum(4 / (n * np.pi) * waves))


def _box(start, low, high, walls) -> tuple[str, float, float, float]:
    """Check the walls and the start."""
    kind, low, high, start = (
        one_of(walls, WALLS, "walls"),
        number(low, "low"),
        number(high, "high"),
        number(start, "start"),
    )
    require(low < high, "low", f"below high = {high}", low)
    require(low <= start <= high and np.isfinite(start), "start", f"between {low} and {high}", start)
    require(
        kind != "periodic" or np.isfinite(high - low),
        "low and high",
        "finite if the walls are periodic",
        (low, high),
    )
    return kind, low, high, start


def _between(x, start, sigma, length, sign) -> np.ndarray:
    """Density in a box that starts at 0.

    It is a sum of images while the walkers have not crossed the box, and the series after that.
    """
    period = length if sign == 0 else 2 * length
    if sigma < period / 2:
        shifts = period * np.arange(-FEW, FEW + 1)
        direct = _normal((np.subtract.outer(x, start + shifts)) / sigma).sum(-1)
        mirrored = _normal((np.subtract.outer(x, -start + shifts)) / sigma).sum(-1)
        return (direct + sign * mirrored) / sigma
    n = np.arange(1, FEW + 1)
    wave = 2 * np.pi * n / period
    fade = np.exp(-((wave * sigma) ** 2) / 2)
    near, far = np.subtract.outer(x, start), np.add.outer(x, start)
    direct = 1 + 2 * (np.cos(np.multiply.outer(near, wave)) * fade).sum(-1)
    mirrored = 1 + 2 * (np.cos(np.multiply.outer(far, wave)) * fade).sum(-1)
    return (direct + sign * mirrored) / period


def _normal(z) -> np.ndarray:
    return np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
