"""The jobs as a Numba user writes them: one walker at a time, a NumPy ``Generator`` passed in."""

import math

import numpy as np
from numba import njit

from benchmarks import problems as p

DIM, H, SAMPLES, B = p.DIM, p.H, p.SAMPLES, p.B
fast = njit(fastmath=True, error_model="numpy")


@fast
def slope(x):
    return 2 * x * x * x - 16 * x + 2.5


@fast
def noisy_slope(x, rng):
    return slope(x) + math.sqrt(p.S0 + p.S1 * x * x) * rng.standard_normal()


@fast
def _sgd(theta, iterations, rng):
    for w in range(len(theta)):
        x = theta[w]
        for _ in range(iterations):
            for j in range(DIM):
                x[j] -= p.SGD_ETA * (H[j] * x[j] + p.SADDLE_SD * rng.standard_normal())


@fast
def _momentum(theta, iterations, rng):
    m = np.empty(DIM)
    for w in range(len(theta)):
        x = theta[w]
        m[:] = 0
        for _ in range(iterations):
            for j in range(DIM):
                m[j] = p.MOMENTUM_BETA1 * m[j] + slope(x[j]) + p.VALLEY_SD * rng.standard_normal()
                x[j] -= p.MOMENTUM_ETA * m[j]


@fast
def _momentum_sigma(theta, iterations, rng):
    m = np.empty(DIM)
    for w in range(len(theta)):
        x = theta[w]
        m[:] = 0
        for _ in range(iterations):
            for j in range(DIM):
                m[j] = p.MOMENTUM_BETA1 * m[j] + noisy_slope(x[j], rng)
                x[j] -= p.MOMENTUM_ETA * m[j]


@fast
def _adam(theta, iterations, rng):
    m, v = np.empty(DIM), np.empty(DIM)
    for w in range(len(theta)):
        x = theta[w]
        m[:] = 0
        v[:] = 0
        beta1_t, beta2_t = 1.0, 1.0
        for _ in range(iterations):
            beta1_t *= p.ADAM_BETA1
            beta2_t *= p.ADAM_BETA2
            rate, v_unbias = p.ADAM_ETA / (1 - beta1_t), 1 / (1 - beta2_t)
            for j in range(DIM):
                g = noisy_slope(x[j], rng)
                m[j] = p.ADAM_BETA1 * m[j] + (1 - p.ADAM_BETA1) * g
                v[j] = p.ADAM_BETA2 * v[j] + (1 - p.ADAM_BETA2) * g * g
                x[j] -= rate * m[j] / (math.sqrt(v[j] * v_unbias) + p.ADAM_EPS)


@fast
def _adai(theta, iterations, rng):
    g, m, v, beta1_prod = np.empty(DIM), np.empty(DIM), np.empty(DIM), np.empty(DIM)
    for w in range(len(theta)):
        x = theta[w]
        m[:] = 0
        v[:] = 0
        beta1_prod[:] = 1
        for _ in range(iterations):
            total = 0.0
            for j in range(DIM):
                g[j] = noisy_slope(x[j], rng)
                v[j] = p.ADAI_BETA2 * v[j] + (1 - p.ADAI_BETA2) * g[j] * g[j]
                total += v[j]
            adapt = p.ADAI_BETA0 * DIM / total
            for j in range(DIM):
                beta1 = min(max(1 - adapt * v[j], 0.0), 1 - p.ADAI_EPS)
                beta1_prod[j] = max(beta1_prod[j] * beta1, 1e-30)  # keeps slow subnormal numbers away
                m[j] = beta1 * m[j] + (1 - beta1) * g[j]
                x[j] -= p.ADAI_ETA * m[j] / (1 - beta1_prod[j])


@fast
def _minibatch(theta, iterations, rng):
    m, g = np.empty(DIM), np.empty(DIM)
    for w in range(len(theta)):
        x = theta[w]
        m[:] = 0
        for _ in range(iterations):
            g[:] = 0
            for row in rng.integers(0, len(SAMPLES), B):
                for j in range(DIM):
                    g[j] += slope(x[j] - SAMPLES[row, j])
            for j in range(DIM):
                m[j] = p.MOMENTUM_BETA1 * m[j] + g[j] / B
                x[j] -= p.MOMENTUM_ETA * m[j]


@fast
def _first_passage(times, rng):
    x, m = np.empty(DIM), np.empty(DIM)
    for w in range(len(times)):
        x[:] = p.VALLEY
        m[:] = 0
        inside = True
        while inside:
            times[w] += 1
            for j in range(DIM):
                m[j] = p.MOMENTUM_BETA1 * m[j] + slope(x[j]) + p.VALLEY_SD * rng.standard_normal()
                x[j] -= p.MOMENTUM_ETA * m[j]
                inside &= x[j] <= p.BOUNDARY


def first_passage(walkers, seed):
    times = np.zeros(walkers, np.int64)
    _first_passage(times, np.random.default_rng(seed))
    return times


def _job(kernel, start):
    def positions(walkers, iterations, seed):
        theta = np.full((walkers, DIM), start)
        kernel(theta, iterations, np.random.default_rng(seed))
        return theta

    return positions


sgd = _job(_sgd, 0.0)
momentum = _job(_momentum, p.VALLEY)
momentum_sigma = _job(_momentum_sigma, p.VALLEY)
adam = _job(_adam, p.VALLEY)
adai = _job(_adai, p.VALLEY)
minibatch = _job(_minibatch, p.VALLEY)
