"""Optimizers on minibatches: rows of a data set are picked, and brought near before they are needed."""

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from diffusion.checks import require
from diffusion.gradient import recorded
from diffusion.jit import LANES, aligned_zeros, named_tuple, numbers, part
from diffusion.random import HALF, U, as_bits, inline


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


def bind_minibatch(mover, landscape, noise, block):
    """Return the process of an optimizer (as kernels see it) on minibatches."""
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
    memory = block, aligned_zeros(width), aligned_zeros(width)
    return named_tuple(MinibatchDescent)(mover, terrain, padded, 1 / noise.B, float(dim), *memory)
