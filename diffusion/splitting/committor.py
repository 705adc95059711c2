"""Reaction coordinate from a one-dimensional solve.

It is each coordinate's own chance to get out before it falls back.
"""

import numpy as np

from diffusion.block import point_on
from diffusion.checks import finite_array, require
from diffusion.contract import form_of, meeting
from diffusion.jit import LANES, kernel, numbers, part
from diffusion.langevin.coefficients import is_matrix
from diffusion.langevin.from_optimizer import Langevin
from diffusion.splitting.reaction import Position

POINTS = 1001  # errors of about (1 / 1000)^2; splitting is right with any reaction coordinate anyway


@part
class Committor:
    """Sum of every coordinate's chance to get out.

    See `committor`.
    """

    low: np.ndarray
    per_step: np.ndarray  # one over the spacing of the table
    table: np.ndarray  # chances, shape (dim, points)
    path: object

    def reaction(self, theta, state, l):
        """Return the reaction coordinate of lane ``l``'s walker."""
        total = 0.0
        for i in range(l, theta.size, LANES):
            chance = self.table[i // LANES]
            u = (self.path.ahead(theta, state, i) - self.low[i]) * self.per_step[i]
            # Past its ends the table goes on as a straight line: clipped chances would tie walkers there.
            cell = int(min(max(u, 0.0), chance.size - 2.0))
            total += chance[cell] + (u - cell) * (chance[cell + 1] - chance[cell])
        return total


@kernel
def _force(landscape, noise, theta, g, spread):
    landscape.gradient(theta, g)
    for i in range(theta.size):
        spread[i] = noise.spread(theta[i], i)


def committor(landscape, noise, optimizer, *, start, boundary, path=None):
    r"""Return a reaction coordinate for separate coordinates.

    It is for walkers whose coordinates leave each on its own.

    .. math:: q_j(x) = \frac{\int_{start}^x e^{\Phi_j(y)} dy}{\int_{start}^{boundary} e^{\Phi_j(y)} dy}, \qquad
              \Phi_j' = \frac{\partial_j L}{kT_j}

    is the chance that overdamped walkers of the optimizer's process (`Langevin.of`) pass the boundary before they are
    back at the start. Where walkers in several coordinates have come far at once the chances add up. Below the start
    it goes on as a straight line. In one dimension walkers are ordered as by ``path`` alone.

    Parameters
    ----------
    landscape, noise, optimizer, start, boundary
        As for `split_escape`; the boundary is one number.
    path : Position or Coasting, optional
        Decides where a walker counts as being. Default: `Position`.

    Returns
    -------
    Committor
    """
    langevin = Langevin.of(optimizer, landscape, noise)
    require(not is_matrix(langevin), "noise", "one that leaves the coordinates apart", noise)
    high = float(finite_array(boundary, "boundary"))
    terrain, running = meeting(noise, landscape)
    terrain, dim = form_of(terrain), landscape.dim
    low = np.array(point_on(terrain, start, "start"))
    require(np.all(low < high), "start", f"below the boundary {high:g}", low.tolist())
    # An overdamped process has neither mass nor damping: with 1 for both, kT below is its D.
    friction = np.broadcast_to(getattr(langevin, "mass", 1.0) * getattr(langevin, "damping", 1.0), dim)
    x = np.linspace(low, high, POINTS)
    force = np.array([_at(terrain, running, point) for point in x])
    # kT = D / (gamma M) with D = eta C / 2, and C is the spread squared.
    kT = 0.5 * optimizer.eta * force[:, 1] ** 2 / friction
    require(np.all(kT > 0), "noise", "positive on the way to the boundary", noise)
    slope = force[:, 0] / kT
    step = np.diff(x, axis=0)
    # Trapezoids. C may vary along the way, so that Phi is an integral, not a difference of L over kT.
    phi = np.concatenate([np.zeros((1, dim)), np.cumsum(step * (slope[1:] + slope[:-1]) / 2, axis=0)])
    # The largest exponent is taken out: e^Phi overflows past barriers of 700 kT, and only ratios count.
    weight = np.exp(phi - phi.max(axis=0))
    rise = np.concatenate([np.zeros((1, dim)), np.cumsum(step * (weight[1:] + weight[:-1]) / 2, axis=0)])
    table = np.maximum(rise / rise[-1], np.linspace(0, 1e-290, POINTS)[:, None])  # never flat
    return Committor(low, 1 / step[0], table.T.copy(), Position() if path is None else path)


def _at(landscape, noise, point):
    """Return the gradient and its noise at a point.

    The noise is its standard deviation; shape (2, dim).
    """
    # Kernels work on a whole block of lanes: every lane holds the point, and one is read.
    theta = np.repeat(point, LANES)
    g, spread = np.zeros_like(theta), np.zeros_like(theta)
    _force(numbers(landscape, point.size), numbers(noise, point.size), theta, g, spread)
    return np.stack([g, spread])[:, ::LANES]
