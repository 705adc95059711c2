"""Loss gradients of fully connected networks, by backpropagation.

The networks of a block of walkers run forward and back through every layer at once.

One function for every shape and depth, compiled once and kept on disk: a call takes microseconds, so that calling it
through a pointer costs nothing, and no driver compiles it again.
"""

import itertools
from dataclasses import field
from functools import cache
from typing import Any

import numpy as np
from numba import types

from diffusion.jit import LANES, Pointer, helper, part
from diffusion.networks.lane_product import lane_product
from diffusion.vector_exp import exp

# A pass takes a few rows together. More rows would push the activations out of the second-level
# cache; fewer would load every weight more often.
SAMPLES = 16  # rows per pass
# The signature is fixed, so one compiled function serves every network, whatever its layers.
FLAT, TABLE = types.float64[::1], types.Array(types.float64, 2, "C", readonly=True)
SIGNATURE = types.void(FLAT, types.int64[::1], FLAT, types.float64[:, ::1], TABLE, FLAT, FLAT, FLAT)
INPUTS, OUTPUTS, WEIGHTS, BIASES, BEFORE, AFTER = range(
    6
)  # columns of a plan, which has a row for each layer
TANH, L2 = 0, 1  # columns of its last row, the options


def plan_of(layers, tanh, l2):
    """Return the plan of a network: sizes, offsets, options.

    Weights and biases begin at a coordinate of theta, activations at so many numbers for each sample.
    """
    # Offsets are summed here once, so the kernel reads plain numbers and needs no tuple of layers,
    # whose type would differ for each depth and force a new compilation.
    plan = np.zeros((len(layers), 6))
    weights = before = 0
    for layer, (n, m) in enumerate(itertools.pairwise(layers)):
        plan[layer] = n, m, weights, weights + n * m, before, before + n
        weights, before = weights + (n + 1) * m, before + n
    # The last layer needs no row of its own, so the last row is free for the options.
    plan[-1, [TANH, L2]] = tanh, l2
    return plan


@helper
def _take_rows(data, rows, inputs, a):
    """Copy the features of every sample, lane by lane."""
    for s in range(rows.size // LANES):
        for l in range(LANES):
            row = data[rows[s * LANES + l]]
            for j in range(inputs):
                a[(s * inputs + j) * LANES + l] = row[j]


@helper
def _activate(z, tanh):
    """Replace z by max(z, 0), or by tanh z."""
    if tanh:
        for i in range(z.size):
            # tanh from exp: math.tanh calls the C library for every number and keeps the loop
            # scalar. Where exp gives infinity or 0 the result is 1 or -1, as it should be.
            z[i] = 1 - 2 / (exp(2 * z[i]) + 1)
    else:
        for i in range(z.size):
            z[i] = max(z[i], 0.0)


@helper
def _through_activation(d, a, tanh):
    """Multiply d by the slope of the activation.

    The slope follows from the activation's value ``a``.
    """
    if tanh:
        for i in range(d.size):
            # tanh' = 1 - tanh**2, so the sums before the activation need not be kept.
            d[i] *= 1 - a[i] * a[i]
    else:
        for i in range(d.size):
            # The derivative of relu at its kink is taken as 0, as in `layers.slope`.
            d[i] = d[i] if a[i] > 0 else 0.0


@helper
def _softmax_error(z, data, rows, classes, share, largest, total):
    """Replace the logits by the derivative of the loss.

    This is share * (softmax - the label's unit vector) for every sample.
    """
    label = data.shape[1] - 1
    for s in range(rows.size // LANES):
        logits = z[s * classes * LANES : (s + 1) * classes * LANES]
        for l in range(LANES):
            # The largest logit is subtracted first: e**x overflows above 709.78.
            largest[l] = logits[l]
            total[l] = 0.0
        for k in range(1, classes):
            for l in range(LANES):
                largest[l] = max(largest[l], logits[k * LANES + l])
        for k in range(classes):
            for l in range(LANES):
                e = exp(logits[k * LANES + l] - largest[l])
                logits[k * LANES + l] = e
                total[l] += e
        for l in range(LANES):
            # One division for each walker here, multiplications for each class below.
            total[l] = share / total[l]
        for k in range(classes):
            for l in range(LANES):
                logits[k * LANES + l] *= total[l]
        for l in range(LANES):
            # Labels are stored as floats, in the last column of the table.
            logits[np.int64(data[rows[s * LANES + l], label]) * LANES + l] -= share


def _row_gradients(theta, rows, g, plan, data, a, d, spare):
    """Write the mean gradient over each walker's rows.

    The rows are taken in passes of ``SAMPLES``.

    ``a`` holds what goes into each layer and the logits, sample by sample, ``d`` the derivatives of the loss by them.
    """
    last, B = len(plan) - 2, rows.size // LANES
    tanh, l2, share = plan[-1, TANH] > 0, plan[-1, L2], 1 / B
    zeros, largest, total = spare[:LANES], spare[LANES : 2 * LANES], spare[2 * LANES :]
    for i in range(g.size):
        # The gradient starts from the L2 term, because every pass adds to it.
        g[i] = l2 * theta[i]
    for first in range(0, B, SAMPLES):
        S = min(SAMPLES, B - first)
        chosen = rows[first * LANES : (first + S) * LANES]
        _take_rows(data, chosen, np.int64(plan[0, INPUTS]), a)
        for layer in range(last + 1):
            n, m = np.int64(plan[layer, INPUTS]), np.int64(plan[layer, OUTPUTS])
            W, b = np.int64(plan[layer, WEIGHTS]), np.int64(plan[layer, BIASES])
            x, z = np.int64(plan[layer, BEFORE]) * SAMPLES, np.int64(plan[layer, AFTER]) * SAMPLES
            # z[s, k] = b[k] + sum_j x[s, j] W[j, k]
            lane_product(S, m, n, a, z, m, 1, theta, b, 0, 1, a, x, n, 1, theta, W, 1, m)
            if layer < last:
                _activate(a[z * LANES : (z + S * m) * LANES], tanh)
        classes, z = np.int64(plan[last, OUTPUTS]), np.int64(plan[last, AFTER]) * SAMPLES
        # Errors stand in d at the offsets that the activations have in a, so one plan serves both.
        for i in range(S * classes * LANES):
            d[z * LANES + i] = a[z * LANES + i]
        errors = d[z * LANES : (z + S * classes) * LANES]
        _softmax_error(errors, data, chosen, classes, share, largest, total)
        for layer in range(last, -1, -1):
            n, m = np.int64(plan[layer, INPUTS]), np.int64(plan[layer, OUTPUTS])
            W, b = np.int64(plan[layer, WEIGHTS]), np.int64(plan[layer, BIASES])
            x, z = np.int64(plan[layer, BEFORE]) * SAMPLES, np.int64(plan[layer, AFTER]) * SAMPLES
            # of W[j, k]: sum_s x[s, j] d[s, k]; of b[k]: sum_s d[s, k]
            lane_product(n, m, S, g, W, m, 1, g, W, m, 1, a, x, 1, n, d, z, 1, m)
            for s in range(S):
                bias, error = (
                    g[b * LANES : (b + m) * LANES],
                    d[(z + s * m) * LANES : (z + (s + 1) * m) * LANES],
                )
                for i in range(m * LANES):
                    bias[i] += error[i]
            # Nothing asks for the derivative by the features, so the first layer sends nothing
            # back.
            if layer > 0:
                # of x[s, j]: sum_k d[s, k] W[j, k]
                lane_product(S, n, m, d, x, n, 1, zeros, 0, 0, 0, d, z, m, 1, theta, W, m, 1)
                inside = slice(x * LANES, (x + S * n) * LANES)
                _through_activation(d[inside], a[inside], tanh)


@cache
def _compiled():
    # Compiled at the first use, not at import, and then shared by all networks of the process.
    return Pointer(_row_gradients, SIGNATURE)


@part
class LaneNetwork:
    """Network as kernels see it.

    This is the landscape that `Network` runs.
    """

    data: np.ndarray  # features, and in the last column the label
    plan: np.ndarray
    dim: int
    a: np.ndarray = field(init=False, repr=False)
    d: np.ndarray = field(init=False, repr=False)
    spare: np.ndarray = field(init=False, repr=False)
    write: Any = field(init=False, repr=False)

    def __post_init__(self):
        width = int(self.plan[-2, AFTER] + self.plan[-2, OUTPUTS])
        # Shape (1, n): each thread gets its own copy of a 2-D array, while a 1-D array would be
        # taken for one number per coordinate.
        for name in ("a", "d"):
            object.__setattr__(self, name, np.zeros((1, SAMPLES * width * LANES)))
        # Three rows of lanes: zeros, the largest logits, and the sums of exponentials.
        object.__setattr__(self, "spare", np.zeros((1, 3 * LANES)))
        object.__setattr__(self, "write", _compiled())

    @property
    def rows(self):
        """Rows of the data set."""
        return len(self.data)

    def row_gradients(self, theta, rows, g):
        """Write the mean gradient over each walker's rows."""
        self.write(theta, rows, g, self.plan, self.data, self.a[0], self.d[0], self.spare[0])
