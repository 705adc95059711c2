"""Logarithm and powers inside kernels against NumPy's."""

import numpy as np
from numba import njit

from diffusion.jit import OPTIONS
from diffusion.vector_log import cube_root, log, power


@njit(**OPTIONS)
def logs(x, out):
    for i in range(x.size):
        out[i] = log(x[i])


@njit(**OPTIONS)
def powers(x, y, out):
    for i in range(x.size):
        out[i] = power(x[i], y[i])


@njit(**OPTIONS)
def cube_roots(x, out):
    for i in range(x.size):
        out[i] = cube_root(x[i])


def test_logarithms_agree_with_numpy_over_all_normal_numbers():
    rng = np.random.default_rng(0)
    near_one = 1 + np.concatenate([2.0 ** -np.arange(1, 53), -(2.0 ** -np.arange(2, 53))])
    x = np.concatenate([np.exp(rng.uniform(-708, 709, 20_000)), near_one, 2.0 ** np.arange(-1022, 1024)])
    out = np.empty_like(x)
    logs(x, out)
    np.testing.assert_allclose(out, np.log(x), rtol=1e-15, atol=0)
    logs(np.ones(4), out[:4])
    assert (out[:4] == 0).all()


def test_powers_agree_with_numpy():
    rng = np.random.default_rng(1)
    x, y = np.exp(rng.uniform(-100, 100, 20_000)), rng.uniform(-3, 3, 20_000)
    out = np.empty_like(x)
    powers(x, y, out)
    error = abs(out / x**y - 1) / (1 + abs(y * np.log(x)))
    assert error.max() < 1e-15
    powers(x, y + 1e-9, out)  # negative control
    assert (abs(out / x**y - 1) / (1 + abs(y * np.log(x)))).max() > 1e-11


def test_cube_roots_agree_with_numpy_over_all_normal_numbers():
    rng = np.random.default_rng(2)
    x = np.concatenate([np.exp(rng.uniform(-708, 709, 20_000)), 2.0 ** np.arange(-1022, 1024)])
    out = np.empty_like(x)
    cube_roots(x, out)
    np.testing.assert_allclose(out, np.cbrt(x), rtol=1e-15, atol=0)
    cube_roots(x * (1 + 1e-13), out)  # negative control
    assert (abs(out / np.cbrt(x) - 1) > 1e-15).all()
