"""Sums over a walker's coordinates beside NumPy's, at few and many coordinates."""

import numpy as np
import pytest

from diffusion import LANES, Adai, Adam, FrozenNoise, IsotropicNoise, Quadratic, evolve, replay
from diffusion.lane_loops import (
    add_matrix_times,
    dots,
    largest,
    matrix_times,
    norms,
    ratio_to_mean,
    root_mean_squares,
    sums,
)


def block(dim, seed=0):
    return np.random.default_rng(seed).normal(size=(dim, LANES))


@pytest.mark.parametrize("dim", [1, 2, 33])
def test_sums_norms_and_maxima_are_those_of_each_walker(dim):
    x, y, out = block(dim), block(dim, 1), np.zeros(dim * LANES)
    stated = {
        sums: x.sum(axis=0),
        norms: np.linalg.norm(x, axis=0),
        root_mean_squares: np.sqrt((x**2).mean(axis=0)),
        largest: np.abs(x).max(axis=0),
    }
    for function, right in stated.items():
        function(x.ravel(), out)
        np.testing.assert_allclose(out.reshape(dim, LANES), np.broadcast_to(right, (dim, LANES)), rtol=1e-13)
    dots(x.ravel(), y.ravel(), out)
    np.testing.assert_allclose(out[:LANES], (x * y).sum(axis=0), rtol=1e-12, atol=1e-13)
    ratio_to_mean(x.ravel() ** 2, out)
    np.testing.assert_allclose(out.reshape(dim, LANES), x**2 / (x**2).mean(axis=0), rtol=1e-13)


def test_a_number_that_is_none_is_the_largest():
    x, out = block(3), np.zeros(3 * LANES)
    x[1, 5] = np.nan
    largest(x.ravel(), out)
    assert np.isnan(out[5])
    assert np.isfinite(np.delete(out[:LANES], 5)).all()


def test_matrices_multiply_each_walker():
    matrix, x, out = np.random.default_rng(2).normal(size=(5, 5)), block(5), np.zeros(5 * LANES)
    matrix_times(matrix, x.ravel(), out)
    np.testing.assert_allclose(out.reshape(5, LANES), matrix @ x, rtol=1e-12, atol=1e-13)
    add_matrix_times(matrix, x.ravel().astype(np.float32), out)  # normals are float32
    np.testing.assert_allclose(out.reshape(5, LANES), matrix @ x + matrix @ x.astype(np.float32), atol=1e-12)


def test_the_ratio_survives_squares_near_the_smallest_number():
    """C11: v / mean is 2, so beta1 = .8, and the corrected step is the gradient."""
    path = replay(Adai(0.1), [0.0, 0.0], [[1e-154, 0.0]])
    np.testing.assert_allclose(path[1], [-1e-155, 0.0], rtol=1e-6)


@pytest.mark.parametrize("optimizer", [Adam(1e-3), Adai(1e-3)], ids=lambda o: type(o).__name__)
def test_many_coordinates_run(optimizer):
    """Numba refused the dimension from 1000 on."""
    dim = 5000
    run = evolve(
        Quadratic(np.linspace(1.0, 2.0, dim)), IsotropicNoise(0.0), optimizer, 1.0, [3], walkers=1, seed=0,
        keep="positions",
    )  # fmt: skip
    few = evolve(
        Quadratic([1.0, 1.0]), FrozenNoise(0.0), optimizer, 1.0, [3], walkers=1, seed=0, keep="positions"
    )
    if isinstance(optimizer, Adam):  # coordinate by coordinate; Adai compares them
        np.testing.assert_allclose(run.positions[0, 0, 0], few.positions[0, 0, 0], rtol=1e-12)
    assert (run.positions < 1).all()
