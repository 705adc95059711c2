"""What a driver advances by one step: an optimizer or a scheme, bound to its landscape and noise.

A driver knows only ``step(theta, state, z)`` and how many draws a walker's step takes.
"""

import numpy as np

from diffusion.gradient import drawn, recorded
from diffusion.jit import LANES, aligned_zeros, named_tuple, numbers, part, resolved
from diffusion.minibatch import RowDescent, shuffling
from diffusion.random import fill_normals, fill_words


@part
class Descent:
    """An optimizer; landscape, noise and update become one loop."""

    optimizer: object
    landscape: object
    noise: object

    def step(self, theta, state, z):
        """Advance by one iteration."""
        self.optimizer.update(theta, state, drawn(self.landscape, self.noise, z))


@part
class CoupledDescent:
    """An optimizer where landscape or noise couples coordinates: the gradient is written first."""

    optimizer: object
    landscape: object
    noise: object
    g: object

    def step(self, theta, state, z):
        """Advance by one iteration."""
        g = self.g
        self.landscape.gradient(theta, g)
        self.noise.add_noise(theta, z, g)
        self.optimizer.update(theta, state, recorded(g))


@part
class Motion:
    """A Langevin scheme on a landscape."""

    scheme: object
    landscape: object

    def step(self, theta, state, z):
        """Advance by one time step."""
        self.scheme.advance(theta, state, self.landscape, z)


def resolve(mover, landscape, noise):
    """Return the parts whose kernels run: a matrix needs another than a row of eigenvalues, and so on.

    A noise is told its landscape, and may replace it; so is a scheme that has to know it.
    """
    if hasattr(noise, "resolve"):
        landscape, noise = noise.resolve(landscape)
    if hasattr(mover, "on"):
        mover, landscape = mover.on(landscape)
    mover = resolved(mover)
    return shuffling(mover) if hasattr(noise, "slots") else mover, resolved(landscape), noise


def bind(mover, landscape, noise):
    """Return the process as kernels see it, its refill, and the draws that one walker's step takes.

    Each thread binds its own: a process owns scratch memory.
    """
    dim = landscape.dim
    draws = getattr(mover, "draws", 1) * dim
    mover, block = numbers(mover, dim), aligned_zeros(dim * LANES)
    terrain = numbers(landscape, dim)
    if hasattr(noise, "pick"):
        rows = np.zeros(int(noise.B) * LANES, np.int64)
        process = named_tuple(RowDescent)(mover, terrain, numbers(noise, dim), block, rows)
        return process, fill_words(), noise.draws
    if noise is None:
        return named_tuple(Motion)(mover, terrain), fill_normals(), draws
    spread = numbers(noise, dim)
    if hasattr(landscape, "slope") and hasattr(noise, "spread"):
        return named_tuple(Descent)(mover, terrain, spread), fill_normals(), dim
    return named_tuple(CoupledDescent)(mover, terrain, spread, block), fill_normals(), dim
