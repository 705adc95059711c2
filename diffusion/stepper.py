"""Steppers: what a driver advances by one step.

A stepper is an optimizer or a scheme, bound to its landscape and noise.

A driver knows only ``step(theta, state, z)`` and how many draws a walker's step takes.
"""

import numpy as np

from diffusion.block import LARGEST_GRADIENT
from diffusion.checks import require
from diffusion.contract import draws_of, form_of, gives, meeting, variant_of
from diffusion.gradient import drawn, recorded
from diffusion.jit import LANES, aligned_zeros, named_tuple, numbers, part
from diffusion.look_ahead import PlainSource, RowSource, looking_ahead, rounds_of
from diffusion.minibatch import RowDescent, shuffling
from diffusion.random import fill_normals, fill_words


@part
class Descent:
    """Optimizer step in one loop over coordinates.

    Landscape, noise and update are fused, since no coordinate needs another.
    """

    optimizer: object
    landscape: object
    noise: object

    def step(self, theta, state, z):
        """Advance by one iteration."""
        self.optimizer.update(theta, state, drawn(self.landscape, self.noise, z))


@part
class CoupledDescent:
    """Optimizer step where coordinates are coupled.

    Landscape or noise couples them, so the gradient is written first.
    """

    optimizer: object
    landscape: object
    noise: object
    g: object

    def step(self, theta, state, z):
        """Advance by one iteration."""
        # The update may ask for any coordinate, so the whole gradient has to be there before it
        # starts.
        g = self.g
        self.landscape.gradient(theta, g)
        self.noise.add_noise(theta, z, g)
        self.optimizer.update(theta, state, recorded(g))


@part
class Motion:
    """Time step of a Langevin scheme on a landscape."""

    scheme: object
    landscape: object

    def step(self, theta, state, z):
        """Advance by one time step."""
        self.scheme.advance(theta, state, self.landscape, z)


@part
class Walled:
    """Step that ends by putting walkers back inside walls."""

    stepper: object
    walls: object

    def step(self, theta, state, z):
        """Advance by one iteration or time step."""
        self.stepper.step(theta, state, z)
        # After the step, not within it: the gradient is never asked for beyond a wall at the start
        # of one.
        self.walls.fold(theta, state)


@part
class FoldedFirst:
    """Step that begins by putting walkers back inside walls.

    Exits are looked at in between, along the whole path of a step.
    """

    stepper: object
    walls: object

    def step(self, theta, state, z):
        """Advance by one time step."""
        self.walls.fold(theta, state)
        self.stepper.step(theta, state, z)


def running_parts(mover, landscape, noise):
    """Return the parts whose kernels run together.

    The noise is told its landscape first, and may replace both; then a scheme is. Then optimizer and landscape choose
    their kernels: options, or a matrix in place of a row, may need others than those of the part itself.
    """
    if noise is not None:
        landscape, noise = meeting(noise, landscape)
        _require_gentle(noise)
    if gives(mover, "on"):
        mover, landscape = mover.on(landscape)
    # Options choose the kernel here, once, so that kernels contain no branches on options.
    mover = variant_of(mover)
    # Noise with memory of its own, an order of rows, stores it behind the optimizer's rows.
    if noise is not None and gives(noise, "slots"):
        mover = shuffling(mover)
    return mover, form_of(landscape), noise


def _require_gentle(noise):
    """Raise ``ValueError`` if noise is so strong that the square of a gradient is no number.

    Adam would not move then, without a word.
    """
    for name in ("scale", "scale_a", "scale_b", "factor"):
        strength = np.max(np.abs(getattr(noise, name, 0.0)))
        rule = f"below {LARGEST_GRADIENT**2:g} in variance, so that a gradient can be squared"
        require(strength < LARGEST_GRADIENT, "noise", rule, float(strength))


def bind(mover, landscape, noise, walls=None):
    """Return a stepper, its refill, and its draws.

    They are as kernels see them; the draws are those of one walker's step.

    Each thread binds its own: a stepper owns scratch memory.
    """
    stepper, fill, draws = _bind(mover, landscape, noise)
    if walls is not None:
        stepper = named_tuple(Walled)(stepper, numbers(walls, landscape.dim))
    return stepper, fill, draws


def _bind(mover, landscape, noise):
    dim = landscape.dim
    draws = draws_of(mover) * dim
    # One kernel for each coordinate exists only if landscape and noise both have one.
    coupled = noise is not None and not (gives(landscape, "slope") and gives(noise, "spread"))
    # Without coupling an update may ask anywhere, as often as it likes: each gradient is a number.
    rounds = rounds_of(mover) if coupled else 0
    slots = len(mover.slots)
    mover, block = numbers(mover, dim), aligned_zeros(dim * LANES)
    terrain = numbers(landscape, dim)
    if noise is not None and gives(noise, "pick"):
        # One row number for each lane and row of the batch.
        rows = np.zeros(int(noise.B) * LANES, np.int64)
        if rounds:
            source = named_tuple(RowSource)(terrain, numbers(noise, dim), rows)
            return looking_ahead(mover, slots, source, rounds, dim), fill_words(), noise.draws
        process = named_tuple(RowDescent)(mover, terrain, numbers(noise, dim), block, rows)
        return process, fill_words(), noise.draws
    # A process has its noise in its scheme.
    if noise is None:
        return named_tuple(Motion)(mover, terrain), fill_normals(), draws
    # Fused where possible: writing the gradient first costs a pass through memory.
    spread = numbers(noise, dim)
    if gives(landscape, "slope") and gives(noise, "spread"):
        return named_tuple(Descent)(mover, terrain, spread), fill_normals(), dim
    if rounds:
        source = named_tuple(PlainSource)(terrain, spread)
        return looking_ahead(mover, slots, source, rounds, dim), fill_normals(), dim
    return named_tuple(CoupledDescent)(mover, terrain, spread, block), fill_normals(), dim
