"""Walls that reflect walkers or pass them to the other side."""

import math

import numpy as np

from diffusion.boundary import edges
from diffusion.checks import one_of, require
from diffusion.contract import gives
from diffusion.gradient import recorded
from diffusion.jit import LANES, inline, kernel, numbers, part

# One iteration is too few for memory that reacts to a difference of two gradients.
TRIAL = 3  # iterations tried: by then a memory row shows whether it changes sign with theta


@part
class Walls:
    """Walls that keep every coordinate between ``below`` and ``above``.

    Parameters
    ----------
    below, above : float or array_like, shape (dim,)
        Positions of the walls; infinite where there is none. Periodic coordinates have both or neither.
    kind : {"reflecting", "periodic"}
        A reflected walker is put back as far inside as it was outside, and what its memory knows of direction (m, a
        velocity) changes sign. A periodic walker goes on at the opposite wall.

    Raises
    ------
    ValueError
        If a wall is not a number, or ``below`` is not less than ``above``.

    Examples
    --------
    >>> from diffusion import SGD, FrozenNoise, Quadratic, Walls, evolve
    >>> flat, at = Quadratic([0.0]), {"walkers": 1000, "seed": 0, "keep": "positions"}
    >>> run = evolve(flat, FrozenNoise(1.0), SGD(0.1), 0.5, [100], walls=Walls(0.0, np.inf), **at)
    >>> bool((run.positions >= 0).all())
    True
    """

    below: np.ndarray
    above: np.ndarray
    kind: str = "reflecting"

    def __post_init__(self):
        one_of(self.kind, "kind", ("reflecting", "periodic"))
        for name in ("below", "above"):
            object.__setattr__(self, name, edges(getattr(self, name), name, one=True))
        below, above = np.broadcast_arrays(self.below, self.above)
        require(np.all(below < above), "below", "less than above", self.below.tolist())
        paired = self.kind == "reflecting" or np.all(np.isinf(below) == np.isinf(above))
        require(
            paired, "above", "finite where below is, and only there, for periodic walls", self.above.tolist()
        )


@inline
def reflected(x, below, above):
    """Return a walker's place after reflections.

    The second result says whether their number is odd.
    """
    # NaN stays as it is: a diverged walker must be found later, not hidden by a wall.
    if below <= x <= above or math.isnan(x):
        return x, False
    width = above - below
    # With one wall a walker is reflected once at most.
    if not np.isfinite(width):
        return (2 * below - x if x < below else 2 * above - x), True
    # Two walls make a pattern of period 2 * width: a single remainder does any number of
    # reflections.
    beyond = (x - below) % (2 * width)
    turned = beyond > width
    inside = below + (2 * width - beyond if turned else beyond)
    # Rounding may put it beyond a wall by a last bit.
    return min(max(inside, below), above), turned


@part
class Reflecting:
    """Reflecting walls for walkers without memory of direction."""

    below: np.ndarray
    above: np.ndarray

    def fold(self, theta, state):
        """Put walkers that are outside back inside."""
        for i in range(theta.size):
            theta[i], _ = reflected(theta[i], self.below[i], self.above[i])


@part
class ReflectingMemory:
    """Reflecting walls for walkers with memory of direction.

    Some of their memory rows change sign with the direction.
    """

    below: np.ndarray
    above: np.ndarray
    odd: np.ndarray  # numbers of these rows, shape (1, n)

    def fold(self, theta, state):
        """Put walkers that are outside back inside, and turn them round."""
        for i in range(theta.size):
            theta[i], turned = reflected(theta[i], self.below[i], self.above[i])
            if turned:
                for k in range(self.odd.shape[1]):
                    row = state[int(self.odd[0, k])]
                    # A velocity that kept its sign would drive the walker into the wall again.
                    row[i] = -row[i]


@part
class Periodic:
    """Periodic walls: walkers go on at the opposite wall."""

    below: np.ndarray
    above: np.ndarray

    def fold(self, theta, state):
        """Move walkers that are outside to their place inside."""
        for i in range(theta.size):
            below, above, x = self.below[i], self.above[i], theta[i]
            if x < below or x >= above:
                x = below + (x - below) % (above - below)
                theta[i] = below if x >= above else x  # rounding may land on the wall above


@part
class WithGradient:
    """Walls for schemes that keep the gradient from step to step.

    A gradient belongs to a place: it is computed anew, for all walkers alike, so that no walker's bits depend on others.
    """

    walls: object
    landscape: object
    row: float  # of the memory, where the gradient is kept

    def fold(self, theta, state):
        """Put walkers back inside, and take the gradient there."""
        self.walls.fold(theta, state)
        self.landscape.gradient(theta, state[int(self.row)])


def walls_that_run(walls, mover, landscape, start, name="theta0"):
    """Return the walls whose kernels run with these parts.

    Raises
    ------
    ValueError
        If the walls have another number of coordinates, or a walker starts outside.
    """
    require(isinstance(walls, Walls), "walls", "Walls(below, above), or None", walls)
    for side in ("below", "above"):
        size = getattr(walls, side).size
        require(size in (1, landscape.dim), side, f"one number or {landscape.dim}", f"{size} of them")
    inside = np.all((start >= walls.below) & (start <= walls.above))
    require(inside, name, "between the walls", start.tolist())
    running = _folding(walls, mover)
    for row, slot in enumerate(mover.slots):
        if isinstance(slot, str):  # "gradient"
            running = WithGradient(running, landscape, row)
    return running


def _folding(walls, mover):
    if walls.kind == "periodic":
        return Periodic(walls.below, walls.above)
    # A process with inertia keeps its velocity in the first row; optimizers are tried out.
    odd = (0,) if gives(mover, "dt") and gives(mover, "coast") else odd_rows(mover)
    if not odd:
        return Reflecting(walls.below, walls.above)
    return ReflectingMemory(walls.below, walls.above, np.array([odd], float))


def exits_beside(walls, below, above):
    """Return the exits that a path sees which walls do not turn.

    A path that a wall reflects is the mirror image of one that goes on. Between a wall and one exit it therefore leaves
    by the exit or by its image behind the wall.

    Parameters
    ----------
    walls : Walls
    below, above : ndarray, shape (dim,)
        Exits, infinite where there is none.

    Returns
    -------
    below, above : ndarray, shape (dim,)
        With the images in place of what was infinite.
    imaged : ndarray of bool, shape (dim,)
        Where one of the two is an image of the other.
    """
    low, high = np.broadcast_to(walls.below, below.shape), np.broadcast_to(walls.above, below.shape)
    out, up = np.isfinite(below), np.isfinite(above)
    periodic = walls.kind == "periodic" and bool(np.any((out | up) & np.isfinite(low)))
    require(not periodic, "walls", "reflecting in a coordinate that has an exit", walls)
    for name, exits, has in (("below", below, out), ("above", above, up)):
        between = np.all(~has | ((low < exits) & (exits < high)))
        require(between, name, "between the walls, or infinite", exits.tolist())
    from_above, from_below = up & ~out & np.isfinite(low), out & ~up & np.isfinite(high)
    # 2 * low - above: as far behind the wall as the exit is before it.
    with np.errstate(invalid="ignore"):
        images = np.where(from_above, 2 * low - above, below), np.where(from_below, 2 * high - below, above)
    return *images, from_above | from_below


@kernel
def _remember(block, state, gradients, optimizer, recorded):
    theta, g = block[0], recorded.g
    for t in range(gradients.shape[0]):
        for i in range(theta.size):
            g[i] = gradients[t, i // LANES]
        optimizer.update(theta, state, recorded)


def odd_rows(mover):
    """Return the memory rows that change sign with theta.

    An optimizer is tried on gradients and on their mirror images.

    Raises
    ------
    ValueError
        If such a row holds positions: a wall is not at the origin.
    """
    while gives(mover, "optimizer"):
        mover = mover.optimizer
    if gives(mover, "dt") or not mover.slots:
        return ()
    dim = 3
    # Arbitrary numbers of both signs and different sizes, so that no row vanishes by accident.
    gradients = np.array([[0.3, -1.1, 0.7], [0.9, 0.4, -0.2], [-0.5, 0.8, 1.3]])[:TRIAL]
    known, point = numbers(mover, dim), np.array([0.4, -0.3, 0.6])
    start = np.array([np.full(dim, slot) for slot in mover.slots])

    def memory(sign, shift):
        block = np.repeat(np.concatenate([[sign * point + shift], start]), LANES, axis=1)
        _remember(block, tuple(block[1:]), sign * gradients, known, recorded(np.zeros(dim * LANES)))
        return block[1:, ::LANES]

    # Mirrored: rows that know a direction change sign. Moved: rows that hold positions change at
    # all.
    there, mirrored, moved = memory(1, 0.0), memory(-1, 0.0), memory(1, 5.0)
    odd = [k for k in range(len(start)) if there[k].any() and np.allclose(mirrored[k], -there[k], rtol=1e-9)]
    positions = [k for k in odd if not np.allclose(moved[k], there[k], rtol=1e-6)]
    require(
        not positions,
        "walls",
        f"periodic for {type(mover).__name__}, whose memory holds positions",
        "reflecting",
    )
    return tuple(odd)
