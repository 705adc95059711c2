"""The jobs with this project's engine, on one thread unless told otherwise."""

import math

import numpy as np

from benchmarks import problems as p
from diffusion import (
    SGD,
    Adai,
    Adam,
    FrozenNoise,
    MinibatchNoise,
    Momentum,
    Quadratic,
    StyblinskiTang,
    escape_times,
    evolve,
)
from diffusion.jit import part


@part
class GrowingNoise:
    """Gradient noise of variance ``s0 + s1 x**2``, written as a user writes a part of their own."""

    s0: float
    s1: float

    def spread(self, x, i):
        return math.sqrt(self.s0 + self.s1 * x * x)


def _job(landscape, noise, optimizer, start):
    def positions(walkers, iterations, seed, workers=1):
        run = evolve(
            landscape,
            noise,
            optimizer,
            np.full(p.DIM, start),
            iterations,
            walkers=walkers,
            seed=seed,
            workers=workers,
            keep="positions",
        )
        return run.positions[-1]

    return positions


VALLEYS, GROWING = StyblinskiTang(p.DIM), GrowingNoise(p.S0, p.S1)
FROZEN = FrozenNoise(p.VALLEY_SD**2)
MOMENTUM = Momentum(p.MOMENTUM_ETA, p.MOMENTUM_BETA1)

sgd = _job(Quadratic(p.H), FrozenNoise(p.SADDLE_SD**2), SGD(p.SGD_ETA), 0.0)
momentum = _job(VALLEYS, FROZEN, MOMENTUM, p.VALLEY)
momentum_sigma = _job(VALLEYS, GROWING, MOMENTUM, p.VALLEY)
adam = _job(VALLEYS, GROWING, Adam(p.ADAM_ETA, p.ADAM_BETA1, p.ADAM_BETA2, p.ADAM_EPS), p.VALLEY)
adai = _job(VALLEYS, GROWING, Adai(p.ADAI_ETA, p.ADAI_BETA0, p.ADAI_BETA2, p.ADAI_EPS), p.VALLEY)
minibatch = _job(VALLEYS, MinibatchNoise(p.SAMPLES, p.B), MOMENTUM, p.VALLEY)


def first_passage(walkers, seed):
    """Return the iteration at which any coordinate of each walker first passes the boundary."""
    return escape_times(
        VALLEYS,
        FROZEN,
        MOMENTUM,
        start=np.full(p.DIM, p.VALLEY),
        boundary=p.BOUNDARY,
        max_iterations=10**7,
        walkers=walkers,
        seed=seed,
        workers=1,
    ).iterations
