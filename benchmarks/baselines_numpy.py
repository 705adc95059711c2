"""The jobs as a NumPy user writes them: all walkers in one array, one line of the algorithm a statement."""

import numpy as np

from benchmarks import problems as p


def slope(theta):
    """Return the slope of Styblinski-Tang; products, since ``theta**3`` would call ``pow``."""
    return 2 * theta * theta * theta - 16 * theta + 2.5


def noisy_slope(theta, rng):
    sigma = np.sqrt(p.S0 + p.S1 * theta * theta)
    return slope(theta) + sigma * rng.standard_normal(theta.shape)


def sgd(walkers, iterations, seed):
    rng = np.random.default_rng(seed)
    theta = np.zeros((walkers, p.DIM))
    for _ in range(iterations):
        theta -= p.SGD_ETA * (p.H * theta + p.SADDLE_SD * rng.standard_normal(theta.shape))
    return theta


def momentum(walkers, iterations, seed):
    rng = np.random.default_rng(seed)
    theta = np.full((walkers, p.DIM), p.VALLEY)
    m = np.zeros_like(theta)
    for _ in range(iterations):
        m = p.MOMENTUM_BETA1 * m + slope(theta) + p.VALLEY_SD * rng.standard_normal(theta.shape)
        theta -= p.MOMENTUM_ETA * m
    return theta


def momentum_sigma(walkers, iterations, seed):
    rng = np.random.default_rng(seed)
    theta = np.full((walkers, p.DIM), p.VALLEY)
    m = np.zeros_like(theta)
    for _ in range(iterations):
        m = p.MOMENTUM_BETA1 * m + noisy_slope(theta, rng)
        theta -= p.MOMENTUM_ETA * m
    return theta


def adam(walkers, iterations, seed):
    rng = np.random.default_rng(seed)
    theta = np.full((walkers, p.DIM), p.VALLEY)
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for t in range(1, iterations + 1):
        g = noisy_slope(theta, rng)
        m = p.ADAM_BETA1 * m + (1 - p.ADAM_BETA1) * g
        v = p.ADAM_BETA2 * v + (1 - p.ADAM_BETA2) * g * g
        m_hat = m / (1 - p.ADAM_BETA1**t)
        v_hat = v / (1 - p.ADAM_BETA2**t)
        theta -= p.ADAM_ETA * m_hat / (np.sqrt(v_hat) + p.ADAM_EPS)
    return theta


def adai(walkers, iterations, seed):
    rng = np.random.default_rng(seed)
    theta = np.full((walkers, p.DIM), p.VALLEY)
    m, v, beta1_prod = np.zeros_like(theta), np.zeros_like(theta), np.ones_like(theta)
    for _ in range(iterations):
        g = noisy_slope(theta, rng)
        v = p.ADAI_BETA2 * v + (1 - p.ADAI_BETA2) * g * g
        beta1 = np.clip(1 - p.ADAI_BETA0 * v / v.mean(axis=1, keepdims=True), 0.0, 1 - p.ADAI_EPS)
        beta1_prod = np.maximum(beta1_prod * beta1, 1e-30)  # keeps slow subnormal numbers away
        m = beta1 * m + (1 - beta1) * g
        theta -= p.ADAI_ETA * m / (1 - beta1_prod)
    return theta


def minibatch(walkers, iterations, seed):
    rng = np.random.default_rng(seed)
    theta = np.full((walkers, p.DIM), p.VALLEY)
    m = np.zeros_like(theta)
    for _ in range(iterations):
        batch = p.SAMPLES[rng.integers(0, p.ROWS, (walkers, p.B))]
        m = p.MOMENTUM_BETA1 * m + slope(theta[:, None, :] - batch).mean(axis=1)
        theta -= p.MOMENTUM_ETA * m
    return theta
