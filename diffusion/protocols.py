"""Everything a part can have: its kernels and its other members, each with one meaning.

A part is a landscape, a noise, an optimizer, a scheme, a boundary or a reaction coordinate by having some of these.
`diffusion.contract` says which ones it needs, and derives checks and tables from this file.

Kernels (marked ``@compiled``) are plain methods that Numba compiles. ``theta``, ``g``, ``z`` and each row of
``state`` are blocks: flat arrays ``[coordinate][lane]``, so ``for i in range(theta.size)`` visits every
coordinate of every walker. The other members are read and called in Python, before the walkers start.
"""

from typing import Any, Protocol

import numpy as np


def compiled(method):
    """Mark a method as a kernel: compiled code calls it, with exactly these argument names."""
    method.compiled = True
    return method


class Landscape(Protocol):
    """A loss L(theta)."""

    dim: int
    """Number of coordinates."""
    minimum: np.ndarray
    """Point where walkers start unless told otherwise, shape (dim,)."""
    boundary: float
    """Coordinate of the saddle; a walker is out when any coordinate passes it."""
    saddle: np.ndarray
    """Lowest point between two minima, shape (dim,)."""
    other_minimum: np.ndarray
    """Minimum beyond the saddle, shape (dim,); ``stop="committed"`` waits for it."""
    inflection: float
    """Coordinate between minimum and saddle where the curvature changes its sign."""
    H_a: float
    """Curvature at the minimum, per coordinate."""
    H_b: float
    """Curvature at the saddle along the way out; negative."""
    barrier: float
    """Height of the saddle above the minimum."""
    k: float
    """Sharpness: every curvature is proportional to it."""
    stretch: float
    """Factor sqrt(k) with which theta enters: data enter as f(stretch theta - x)."""
    H: np.ndarray
    """Hessian where it is the same everywhere, shape (dim, dim); or (dim,), its diagonal."""
    rows: int
    """Number of rows of the data of a loss over data."""
    row_width: int
    """Numbers in a padded row of data; kernels then index parameters by coordinate, not by coordinate and lane."""

    @compiled
    def slope(self, x, i):
        """Return dL/dx of coordinate ``i`` at ``x``, where coordinates do not touch."""

    @compiled
    def curvature(self, x, i):
        """Return the second derivative of coordinate ``i`` at ``x``, where coordinates do not touch."""

    @compiled
    def gradient(self, theta, g):
        """Write the gradient of the block ``theta`` into ``g``; made from ``slope`` or ``row_gradients`` if absent."""

    @compiled
    def slopes_at(self, theta, g):
        """Return something with ``slope(x, i)``, valid at ``theta``; made from the others, never written by hand."""

    @compiled
    def row_gradients(self, theta, rows, g):
        """Write the mean gradient over rows of data into ``g``; ``rows[b * LANES + l]`` is the b-th of lane ``l``."""

    def loss(self, theta):
        """Return L at theta of shape (..., dim)."""

    def hessian(self, theta):
        """Return the Hessian at theta, shape (dim, dim)."""

    def split(self, s):
        """Return the coordinate between minimum and saddle where a share ``s`` of the barrier is climbed."""

    def form(self):
        """Return the landscape whose kernels run in place of this one: a diagonal H has quicker kernels."""

    def data_average(self, variance):
        """Return the landscape averaged over Gaussian data of this variance."""

    def data_covariance(self, theta, variance):
        """Return the covariance of one sample's gradient at theta, shape (dim, dim)."""

    @compiled
    def data_square(self, x, i, variance):
        """Return the variance of one sample's gradient over k, for Gaussian data of this variance."""


class Noise(Protocol):
    """Gradient noise."""

    jumps: bool
    """Whether the strength jumps somewhere; False unless given."""
    B: int
    """Rows of data a step, of a noise that picks them."""
    draws: int
    """Random words that a walker's choice of rows takes a step."""
    slots: tuple
    """Initial value of each memory block that a choice of rows needs, behind those of the optimizer."""

    @compiled
    def spread(self, x, i):
        """Return the standard deviation of the gradient noise of coordinate ``i`` at ``x``."""

    @compiled
    def add_noise(self, theta, z, g):
        """Add noise to the block ``g``, given standard normals ``z``; made from ``spread`` if absent."""

    @compiled
    def pick(self, state, z, rows):
        """Write the rows of a step, given random words ``z``, in place of noise; see ``row_gradients``."""

    def covariance(self, landscape, theta):
        """Return the covariance of the gradient at theta, shape (dim, dim)."""

    def variances(self, landscape, theta):
        """Return its diagonal, shape (dim,), or None where only the covariance or the spread tells: linear in memory."""

    def autocovariance(self, landscape, theta, lags):
        """Return the covariance between the gradients of steps ``lags`` apart, shape (..., dim, dim)."""

    def meet(self, landscape):
        """Return the landscape and the noise that run when this noise acts on ``landscape``."""


class Optimizer(Protocol):
    """An update rule."""

    eta: float
    """Learning rate."""
    slots: tuple
    """Initial value of each memory block."""
    gradient_degree: float
    """Degree h of the step in the gradients; see `diffusion.optimizers.degree`."""
    parameter_degree: float
    """Degree d of the step in the parameters."""
    exponent: float
    """Exponent p = (1 + h - d) / 2 of the degree law."""
    powers_of_k: dict
    """Power of k that rescales each constant on a sharper loss, by field name."""
    optimizer: Any
    """Optimizer that this one wraps; its memory rows come first, and messages name it."""
    stationarity: str
    """Whether escapes are a renewal process."""
    looks_ahead: bool
    """Whether a built-in rule asks for the gradient away from theta; a rule of yours is tried."""

    @compiled
    def update(self, theta, state, gradient):
        """Advance the block by one iteration, given ``gradient.draw(x, i)``: every draw of a step sees one sample."""

    @compiled
    def coast(self, state, i):
        """Return how far inertia alone would still carry coordinate ``i``."""

    def variant(self):
        """Return the optimizer whose kernels run in place of this one: options may choose another update."""


class Scheme(Protocol):
    """A time step of a stochastic process."""

    dt: float
    """Time step."""
    slots: tuple
    """Initial value of each memory block; "gradient" is the gradient at the start."""
    draws: int
    """Normals that a coordinate takes a step; 1 unless given."""

    @compiled
    def advance(self, theta, state, landscape, z):
        """Advance the block by one time step, given standard normals ``z``; it cannot make arrays."""

    @compiled
    def coast(self, state, i):
        """Return how far inertia alone would still carry coordinate ``i``."""

    @compiled
    def path_variance(self, x, y, edge, i):
        """Return the variance, over a step, of the noise that `passage_times` bridges between two positions."""

    def on(self, landscape):
        """Return the scheme and the landscape that run when this scheme is told its landscape."""


class Coefficient(Protocol):
    """A mass or a diffusion coefficient that follows theta."""

    jumps: bool
    """Whether it jumps somewhere; False unless given."""

    @compiled
    def diffusion(self, x, i):
        """Return D of coordinate ``i`` at ``x``."""

    @compiled
    def inertia(self, x, i):
        """Return the mass of coordinate ``i`` at ``x``."""


class Boundary(Protocol):
    """Where a walker counts as gone."""

    @compiled
    def crossings(self, theta):
        """Return whether any walker of the block is out; a number, if positive, says yes."""

    @compiled
    def passed(self, theta, l):
        """Return whether the walker in lane ``l`` is out; a whole number, not 0, may say by which exit."""


class Reaction(Protocol):
    """How far a walker has come on its way out; see `diffusion.splitting.reaction`."""

    @compiled
    def reaction(self, theta, state, l):
        """Return one number for the walker in lane ``l``, whose coordinates are ``theta[l::LANES]``."""

    @compiled
    def ahead(self, theta, state, i):
        """Return where coordinate ``i`` counts as being; `committor` asks for it."""


class Wall(Protocol):
    """What keeps walkers inside: made by `diffusion.walls`, never written by hand."""

    @compiled
    def fold(self, theta, state):
        """Put walkers that are outside back inside."""


class Stepper(Protocol):
    """What a driver advances: made by `diffusion.stepper`, never written by hand."""

    @compiled
    def step(self, theta, state, z):
        """Advance the block by one iteration or time step."""


class Source(Protocol):
    """Where stochastic gradients of whole blocks come from: made by `diffusion.look_ahead`."""

    @compiled
    def sample(self, theta, state, z, first, g):
        """Write the stochastic gradient at ``theta`` as this step's draws see it."""


class Gradient(Protocol):
    """The stochastic gradient as ``update`` sees it: made by `diffusion.gradient`, never written by hand."""

    @compiled
    def draw(self, x, i):
        """Return the stochastic gradient of coordinate ``i`` at ``x``."""


PROTOCOLS: tuple[Any, ...] = (
    Landscape,
    Noise,
    Optimizer,
    Scheme,
    Coefficient,
    Boundary,
    Reaction,
    Wall,
    Stepper,
    Source,
    Gradient,
)
