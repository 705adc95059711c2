"""What a driver advances by one step: an optimizer or a scheme, bound to its landscape and noise.

A driver knows only ``step(theta, state, z)`` and how many draws a walker's step takes.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from diffusion.checks import require
from diffusion.jit import LANES, named_tuple, numbers, part, resolved
from diffusion.random import HALF, U, as_bits, fill_normals, fill_words, inline


@part
class Drawn:
    """Stochastic gradient of a landscape whose coordinates do not touch: one coordinate at a time."""

    landscape: object
    noise: object
    z: object

    def draw(self, x, i):
        """Return a stochastic gradient."""
        return self.landscape.slope(x, i) + self.noise.spread(x, i) * self.z[i]


@part
class Recorded:
    """A gradient already known at every coordinate."""

    g: object

    def draw(self, x, i):
        """Return the known gradient."""
        return self.g[i]


drawn, recorded = named_tuple(Drawn), named_tuple(Recorded)


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


@inline
def row_of(samples, word):
    """Return which row of ``samples`` 32 random bits (stored as float32) choose."""
    return np.int64((U(as_bits(word)) * U(len(samples))) >> HALF)


@inline
def pick(samples, word):
    """Return the row of ``samples`` that 32 random bits choose."""
    return samples[row_of(samples, word)]


@intrinsic
def fetch_early(typingctx, samples, row):
    """Have the first 16 numbers of a row brought near, without waiting: a data set is larger than fast memory."""

    def codegen(context, builder, sig, args):
        array = context.make_array(sig.args[0])(context, builder, args[0])
        stride = builder.extract_value(array.strides, 0)
        place = builder.add(builder.ptrtoint(array.data, stride.type), builder.mul(args[1], stride))
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        signature = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], signature)
        for line in (0, 64):
            where = builder.inttoptr(builder.add(place, place.type(line)), byte)
            builder.call(prefetch, [where, word(0), word(3), word(1)])  # to read, keep near, data
        return context.get_dummy_value()

    return types.void(samples, types.int64), codegen


@part
class MinibatchDescent:
    """An optimizer whose gradient is the mean over B rows of a data set; ``z`` holds random words that pick them."""

    optimizer: object
    landscape: object
    samples: object  # rows padded to a multiple of 16, the length of x and total
    share: object  # 1 / B
    dim: object
    g: object
    x: object
    total: object

    def step(self, theta, state, z):
        """Advance by one iteration."""
        B, dim, width = z.size // LANES, int(self.dim), self.x.size
        x, total, g, X, f = self.x, self.total, self.g, self.samples, self.landscape
        for l in range(LANES):  # one walker at a time: the rows of a data set lie along the coordinates
            for b in range(l + 2, z.size, LANES):  # the walker after next: thrice as fast with 50000 rows
                fetch_early(X, row_of(X, z[b]))
            for j in range(dim):
                x[j] = theta[j * LANES + l]
            for j in range(width):
                total[j] = 0.0
            for b in range(l, l + (B - 4) * LANES, 5 * LANES):  # five rows a pass: twice as fast as one
                a0, a1, a2 = pick(X, z[b]), pick(X, z[b + LANES]), pick(X, z[b + 2 * LANES])
                a3, a4 = pick(X, z[b + 3 * LANES]), pick(X, z[b + 4 * LANES])
                for j in range(width):
                    three = f.slope(x[j] - a0[j], j) + f.slope(x[j] - a1[j], j) + f.slope(x[j] - a2[j], j)
                    total[j] += three + f.slope(x[j] - a3[j], j) + f.slope(x[j] - a4[j], j)
            for b in range(B - B % 5, B):
                a = pick(X, z[b * LANES + l])
                for j in range(width):
                    total[j] += f.slope(x[j] - a[j], j)
            for j in range(dim):
                g[j * LANES + l] = total[j] * self.share
        self.optimizer.update(theta, state, recorded(g))


@part
class CoupledMinibatchDescent:
    """The same for a landscape that couples coordinates: one gradient of the whole block per row."""

    optimizer: object
    landscape: object
    samples: object
    dim: object
    g: object
    shifted: object
    total: object

    def step(self, theta, state, z):
        """Advance by one iteration."""
        B = z.size // LANES
        dim, g, shifted, total = int(self.dim), self.g, self.shifted, self.total
        total[:] = 0.0
        for b in range(B):
            for l in range(LANES):
                sample = pick(self.samples, z[b * LANES + l])
                for j in range(dim):
                    shifted[j * LANES + l] = theta[j * LANES + l] - sample[j]
            self.landscape.gradient(shifted, g)
            for i in range(theta.size):
                total[i] += g[i]
        for i in range(theta.size):
            g[i] = total[i] / B
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

    A noise is told its landscape, and may replace it.
    """
    if hasattr(noise, "resolve"):
        landscape, noise = noise.resolve(landscape)
    return resolved(mover), resolved(landscape), noise


def bind(mover, landscape, noise):
    """Return the process as kernels see it, its refill, and the draws that one walker's step takes.

    Each thread binds its own: a process owns scratch memory.
    """
    dim = landscape.dim
    mover, block = numbers(mover, dim), np.zeros(dim * LANES)
    if hasattr(noise, "samples"):
        return _bind_minibatch(mover, landscape, noise, block), fill_words(), int(noise.B)
    terrain = numbers(landscape, dim)
    if noise is None:
        return named_tuple(Motion)(mover, terrain), fill_normals(), dim
    spread = numbers(noise, dim)
    if hasattr(landscape, "slope") and hasattr(noise, "spread"):
        return named_tuple(Descent)(mover, terrain, spread), fill_normals(), dim
    return named_tuple(CoupledDescent)(mover, terrain, spread, block), fill_normals(), dim


def aligned_zeros(shape):
    """Return zeros that begin with a cache line, so that no row is spread over more lines than it must."""
    size = 8 * int(np.prod(shape))
    room = np.zeros(size + 64, np.uint8)
    start = -room.ctypes.data % 64
    return room[start : start + size].view(np.float64).reshape(shape)


def _bind_minibatch(mover, landscape, noise, block):
    dim, samples = landscape.dim, noise.samples
    require(samples.shape[1] == dim, "samples", f"of shape (rows, {dim}) on this landscape", samples.shape)
    if not hasattr(landscape, "slope"):
        memory = block, np.zeros_like(block), np.zeros_like(block)
        return named_tuple(CoupledMinibatchDescent)(
            mover, numbers(landscape, dim), samples, float(dim), *memory
        )
    width = -(-dim // 16) * 16  # loops of fewer than 16 rounds do not vectorise
    padded = aligned_zeros((len(samples), width))
    padded[:, :dim] = samples
    terrain = numbers(landscape, dim, width=width)
    memory = block, np.zeros(width), np.zeros(width)
    return named_tuple(MinibatchDescent)(mover, terrain, padded, 1 / noise.B, float(dim), *memory)
