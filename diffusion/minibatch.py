"""Optimizers on minibatches: rows of a data set are picked, and brought near before they are needed."""

from dataclasses import dataclass

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from diffusion.contract import gives
from diffusion.gradient import recorded
from diffusion.jit import LANES, aligned_zeros, named_tuple, numbers, part
from diffusion.random import HALF, U, as_bits, inline


@inline
def row_of(samples, word):
    """Return which row of ``samples`` 32 random bits (stored as float32) choose."""
    return np.int64((U(as_bits(word)) * U(len(samples))) >> HALF)


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
    """An optimizer whose gradient is the mean over B rows of a data set; ``z`` holds random words that pick them.

    The rows of a data set lie along the coordinates: here a walker's coordinates stand in a row too.
    """

    optimizer: object
    landscape: object
    samples: object  # rows padded to ``width``
    coordinates: object
    width: object  # a tuple of that length, a multiple of 16, which so is known to the compiler
    share: object  # 1 / B
    g: object
    x: object  # (lane, width)
    total: object
    rows: object

    def step(self, theta, state, z):
        """Advance by one iteration."""
        B, dim, width = z.size // LANES, len(self.coordinates), len(self.width)
        g, X, f, rows = self.g, self.samples, self.landscape, self.rows
        for i in range(z.size):
            rows[i] = row_of(X, z[i])
        for l in range(LANES):
            for j in range(dim):
                self.x[l * width + j] = theta[j * LANES + l]
        for l in range(LANES):
            # for the walker after next: thrice as fast where others fill the shared cache
            for b in range(l + 2, z.size, LANES):
                fetch_early(X, rows[b])
            x, total = self.x[l * width : (l + 1) * width], self.total[l * width : (l + 1) * width]
            total[:] = 0.0
            for b in range(l, l + (B - 4) * LANES, 5 * LANES):  # five rows a pass: twice as fast as one
                a0, a1, a2 = X[rows[b]], X[rows[b + LANES]], X[rows[b + 2 * LANES]]
                a3, a4 = X[rows[b + 3 * LANES]], X[rows[b + 4 * LANES]]
                for j in range(width):
                    three = f.slope(x[j] - a0[j], j) + f.slope(x[j] - a1[j], j) + f.slope(x[j] - a2[j], j)
                    total[j] += three + f.slope(x[j] - a3[j], j) + f.slope(x[j] - a4[j], j)
            for b in range(B - B % 5, B):
                a = X[rows[b * LANES + l]]
                for j in range(width):
                    total[j] += f.slope(x[j] - a[j], j)
        for j in range(dim):
            for l in range(LANES):
                g[j * LANES + l] = self.total[l * width + j] * self.share
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
                sample = self.samples[row_of(self.samples, z[b * LANES + l])]
                for j in range(dim):
                    shifted[j * LANES + l] = theta[j * LANES + l] - sample[j]
            self.landscape.gradient(shifted, g)
            for i in range(theta.size):
                total[i] += g[i]
        for i in range(theta.size):
            g[i] = total[i] / B
        self.optimizer.update(theta, state, recorded(g))


@dataclass(frozen=True, eq=False)
class Rows:
    """A data set as kernels read it: rows that begin at a cache line and hold a multiple of 16 numbers."""

    samples: np.ndarray
    B: int

    @classmethod
    def of(cls, samples, stretch, B):
        """Return samples / stretch, padded: loops of fewer than 16 rounds do not vectorise."""
        rows, dim = samples.shape
        wide = aligned_zeros((rows, -(-dim // 16) * 16))
        np.divide(samples, stretch, out=wide[:, :dim])
        return cls(wide, B)


def bind_minibatch(mover, landscape, noise, block):
    """Return the process of an optimizer (as kernels see it) on minibatches."""
    dim, (_, width) = landscape.dim, noise.samples.shape
    if not gives(landscape, "slope"):
        memory = block, np.zeros_like(block), np.zeros_like(block)
        terrain = numbers(landscape, dim)
        return named_tuple(CoupledMinibatchDescent)(mover, terrain, noise.samples, float(dim), *memory)
    terrain = numbers(landscape, dim, width=width)
    shape = tuple(range(dim)), tuple(range(width))
    memory = (
        block,
        aligned_zeros(LANES * width),
        aligned_zeros(LANES * width),
        np.zeros(LANES * noise.B, np.int64),
    )
    return named_tuple(MinibatchDescent)(mover, terrain, noise.samples, *shape, 1 / noise.B, *memory)
