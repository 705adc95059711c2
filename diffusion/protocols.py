"""What a part can do. A part is a landscape, a noise, an optimizer or a scheme by having some of these methods.

Kernels are plain methods that Numba compiles. ``theta``, ``g``, ``z`` and each row of ``state`` are blocks: flat
arrays ``[coordinate][lane]``, so ``for i in range(theta.size)`` visits every coordinate of every walker.
"""

from typing import Protocol


class Landscape(Protocol):
    """A loss L(theta) of ``dim`` coordinates."""

    dim: int

    def slope(self, x, i):
        """Return dL/dx of coordinate ``i`` at ``x``. For landscapes whose coordinates do not touch."""

    def curvature(self, x, i):
        """Return the second derivative likewise; ``HessianNoise`` asks for it."""

    def gradient(self, theta, g):
        """Write the gradient of the block ``theta`` into ``g``. For all others; made from ``slope`` if absent."""

    def slopes_at(self, theta, g):
        """Return something with ``slope(x, i)``, valid at ``theta``: the landscape, or what it wrote into ``g``.

        Every landscape has it. A scheme that asks for it needs no loop of its own for the gradient.
        """


class Noise(Protocol):
    """Gradient noise; ``resolve(landscape)``, not a kernel, may return another landscape and noise to run."""

    def spread(self, x, i):
        """Return the standard deviation of the gradient noise of coordinate ``i`` at ``x``."""

    def add_noise(self, theta, z, g):
        """Add noise to the block ``g``, given standard normals ``z``. For noise that couples coordinates."""


class Optimizer(Protocol):
    """An update rule; ``slots`` holds the initial value of each of its memory blocks."""

    slots: tuple

    def update(self, theta, state, gradient):
        """Advance the block by one iteration.

        Call ``gradient.draw(theta[i], i)`` once for each i, before theta[i] changes.
        """

    def coast(self, state, i):
        """Return how far inertia alone would still carry coordinate ``i``; `Coasting` asks for it. Schemes too."""


class Scheme(Protocol):
    """A time step of a stochastic process; ``slots`` as above, "gradient" is the gradient at the start."""

    slots: tuple

    def advance(self, theta, state, landscape, z):
        """Advance the block by one time step; ``z`` holds one standard normal for each i.

        What it writes into besides theta is in ``state``: it cannot make arrays.
        """


class Boundary(Protocol):
    """Where a walker counts as gone."""

    def crossings(self, theta):
        """Return whether any walker of the block is out; a number, if positive, says yes."""

    def passed(self, theta, l):
        """Return whether the walker in lane ``l`` is out; a whole number, not 0, may say by which exit."""


class Reaction(Protocol):
    """How far a walker has come on its way out; see `diffusion.splitting.reaction`."""

    def reaction(self, theta, state, l):
        """Return one number for the walker in lane ``l``, whose coordinates are ``theta[l::LANES]``."""
