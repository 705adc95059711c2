"""What a coordinate costs in many dimensions: ``python -m benchmarks.dimension``.

Every optimizer, noise and landscape runs at 100, 10,000 and 100,000 coordinates. The table says how long its driver
took to compile (at 100,000 coordinates, processor time), how long the first run at another dimension took beyond its
second (it should compile nothing), the bytes of a run at 100,000 coordinates for each coordinate and how they grow
from 50,000 (1 is linear), and the nanoseconds of a coordinate's step, without the start of the run, at 10,000
coordinates in units of those at 100. Both dimensions take turns.
"""

import argparse
import os
import sys
import tempfile
import time
import tracemalloc
import warnings

# Set before numba is loaded: an empty cache, so that times to compile are those of a first use.
CACHE = tempfile.TemporaryDirectory()
os.environ["NUMBA_CACHE_DIR"] = CACHE.name

import numba
import numpy as np

from benchmarks.race import load, one_core, ratio
from diffusion import (
    OPTIMIZERS,
    SGD,
    AdamW,
    Cautious,
    Clipped,
    DataNoise,
    FrozenNoise,
    HessianNoise,
    IsotropicNoise,
    Langevin,
    Minibatches,
    MinibatchNoise,
    Momentum,
    Muon,
    Network,
    Quadratic,
    Schedule,
    ScheduleFree,
    Shifted,
    StyblinskiTang,
    TwoTemperatureNoise,
    baoab,
    euler_maruyama,
    evolve,
    landscape_from,
    loss_over,
)

FEW, MANY, MOST = 100, 10_000, 100_000
STEPS = {FEW: 2000, MANY: 40}  # steps of 32 walkers that are timed: some tens of milliseconds
SMALL = 1e-6  # learning rate at which every rule stays where it is defined
ROWS = 20


def quadratic(dim):
    """Return a quadratic whose coordinates all differ, so that its row is read from memory."""
    return Quadratic(np.linspace(0.5, 1.5, dim))


def data(dim):
    return np.random.default_rng(0).normal(0, 1, (ROWS, dim))


@numba.njit
def least_squares(theta, row, g):
    """Write the gradient of (theta . x / dim - 1)^2 / 2 for one row x."""
    off = (theta @ row) / row.size - 1.0
    for j in range(row.size):
        g[j] = off * row[j] / row.size


@numba.njit
def neighbours(theta, g):
    """Write the gradient of a chain of springs."""
    for j in range(theta.size):
        g[j] = theta[j]
    for j in range(1, theta.size):
        pull = theta[j] - theta[j - 1]
        g[j] += pull
        g[j - 1] -= pull


def network(dim):
    """Return a network of about ``dim`` weights: two inputs and a bias for each of the hidden units, two outputs."""
    hidden = max(1, (dim - 2) // 5)
    random = np.random.default_rng(0)
    return Network((2, hidden, 2), random.normal(0, 1, (ROWS, 2)), random.integers(0, 2, ROWS))


def cases():
    """Return functions of the dimension that make (landscape, noise, optimizer), by name."""
    sgd, frozen = SGD(SMALL), FrozenNoise(1.0)

    def rule(make):
        return lambda dim: (quadratic(dim), frozen, make(dim))

    special = {
        "muon": lambda dim: Muon(SMALL, (dim // 10, 10)),
        "clipped": lambda dim: Clipped(Momentum(SMALL)),
        "cautious": lambda dim: Cautious(AdamW(SMALL)),
        "schedule-free": lambda dim: ScheduleFree(SGD(SMALL)),
    }
    rules = {n: special.get(n, lambda dim, cls=cls: cls(eta=SMALL)) for n, cls in OPTIMIZERS.items()}
    found = {name: rule(make) for name, make in rules.items()}
    found["schedule of sgd"] = rule(lambda dim: Schedule(SGD(SMALL), (0, 10), (1.0, 0.5)))
    return found | {
        "FrozenNoise, a row": lambda dim: (quadratic(dim), FrozenNoise(np.linspace(1, 2, dim)), sgd),
        "IsotropicNoise": lambda dim: (quadratic(dim), IsotropicNoise(1.0), sgd),
        "TwoTemperatureNoise": lambda dim: (quadratic(dim), TwoTemperatureNoise(1.0, 2.0, 0.0), sgd),
        "HessianNoise": lambda dim: (quadratic(dim), HessianNoise(10.0), sgd),
        "HessianNoise, pointwise": lambda dim: (StyblinskiTang(dim), HessianNoise(10.0), sgd),
        "DataNoise": lambda dim: (quadratic(dim), DataNoise(10.0, 1.0), sgd),
        "DataNoise, pointwise": lambda dim: (StyblinskiTang(dim), DataNoise(10.0, 1.0), sgd),
        "MinibatchNoise": lambda dim: (StyblinskiTang(dim), MinibatchNoise(data(dim), 10), sgd),
        "Minibatches": lambda dim: (Shifted(quadratic(dim), data(dim)), Minibatches(10), sgd),
        "Minibatches, epochs": lambda dim: (
            Shifted(quadratic(dim), data(dim)),
            Minibatches(10, "epochs"),
            sgd,
        ),
        "StyblinskiTang": lambda dim: (StyblinskiTang(dim), frozen, sgd),
        "loss_over": lambda dim: (loss_over(least_squares, data(dim), dim), Minibatches(10), sgd),
        "loss_over, all rows": lambda dim: (loss_over(least_squares, data(dim), dim), frozen, sgd),
        "landscape_from": lambda dim: (landscape_from(neighbours, dim), frozen, sgd),
        "Network": lambda dim: (network(dim), Minibatches(10), sgd),
        "Langevin.of(SGD)": lambda dim: process(dim, SGD(SMALL), euler_maruyama),
        "Langevin.of(Adam), HessianNoise": lambda dim: process(dim, OPTIMIZERS["adam"](SMALL), baoab),
    }


def process(dim, optimizer, scheme):
    """Return a process in place of the optimizer."""
    landscape, noise = (StyblinskiTang(dim), HessianNoise(10.0, floor=1e-3))
    with warnings.catch_warnings():
        # The warning is about escapes: no walker here comes near the inflection.
        warnings.simplefilter("ignore", UserWarning)
        return landscape, None, scheme(Langevin.of(optimizer, landscape, noise), SMALL)


def seconds(parts, steps):
    """Run 32 walkers; return the processor time."""
    landscape, noise, optimizer = parts
    start = landscape.minimum if hasattr(landscape, "minimum") else 0.1
    begin = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        evolve(landscape, noise, optimizer, start, steps, walkers=32, seed=1, workers=1)
    return time.process_time() - begin


def peak(make, dim):
    """Return the most bytes that parts and a run hold at a time, as NumPy reports them."""
    tracemalloc.start()
    seconds(make(dim), 1)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def row(name, make, rounds):
    """Return the numbers of one row of the table."""
    parts = {dim: make(dim) for dim in (FEW, MANY, MOST)}
    first = seconds(parts[MOST], 1)
    compiled = first - seconds(parts[MOST], 1)
    again = seconds(parts[FEW], 1)
    again -= seconds(parts[FEW], 1)
    half, whole = peak(make, MOST // 2), peak(make, MOST)
    ns = {dim: np.empty(rounds) for dim in STEPS}
    # As many steps as take the same time whatever the part, but for the cheapest.
    for dim in STEPS:
        seconds(parts[dim], 2)
    slow = max(1.0, (seconds(parts[FEW], 201) - seconds(parts[FEW], 1)) / (200 * 32 * FEW) * 1e9 / 4)
    for turn in range(rounds):
        for dim, steps in STEPS.items():
            steps = max(3, int(steps / slow))
            spent = seconds(parts[dim], steps + 1) - seconds(parts[dim], 1)
            ns[dim][turn] = spent / (steps * 32 * parts[dim][0].dim) * 1e9
    grown = ratio(ns[MANY], ns[FEW])
    return compiled, again, whole / MOST, whole / half / 2, np.median(ns[FEW]), np.median(ns[MANY]), grown


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dimension", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--parts", nargs="+", default=list(cases()), metavar="NAME")
    options = parser.parse_args()
    every = cases()
    missed = 0
    with one_core():
        # What all drivers share is compiled before the first one is timed.
        seconds(every["sgd"](FEW), 1)
        print(f"load {load()}, {options.rounds} rounds\n")
        print("| part | compile, s | again, s | bytes | growth | ns at 100 | at 10,000 | ratio | |")
        print("|---|--:|--:|--:|--:|--:|--:|--:|---|")
        for name in options.parts:
            compiled, again, size, growth, few, many, grown = row(name, every[name], options.rounds)
            over = {
                "compile": compiled > 5, "again": again > 0.5, "memory": growth > 1.1, "speed": grown.median > 1.5
            }  # fmt: skip
            missed += any(over.values())
            print(
                f"| {name} | {compiled:.1f} | {again:.1f} | {size:,.0f} | {growth:.2f} | {few:.2f} | {many:.2f} | "
                f"{grown.median:.2f} [{grown.low:.2f}, {grown.high:.2f}] | {' '.join(k for k in over if over[k])} |",
                flush=True,
            )
    print(f"load {load()}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
