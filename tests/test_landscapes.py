"""Landscapes: gradients against differences of the loss, closed-form facts, and two paths that must agree."""

import numpy as np
import pytest
from scipy.differentiate import derivative, jacobian

from diffusion import SGD, Adai, FrozenNoise, Quadratic, StyblinskiTang, evolve, gradient_at
from diffusion.contract import form_of

LANDSCAPES = [
    StyblinskiTang(3),
    StyblinskiTang(3, k=2.5),
    Quadratic([2.0, -0.5, 0.0]),
    Quadratic([[1.0, 2.0, 0.3], [2.0, -0.5, 0.1], [0.3, 0.1, 4.0]]),
]
A, B, OTHER, INFLECTION = -2.903534027771177, 0.15673125678034008, 2.746802770990837, -1.632993161855452
H_A, H_B, BARRIER = 34.58305910255069, -15.85261187888833, 39.36177806282677


@pytest.mark.parametrize("landscape", LANDSCAPES, ids=repr)
def test_gradient_and_hessian_are_the_derivatives_of_the_loss(landscape, seed):
    def loss(theta):
        return landscape.loss(np.moveaxis(theta, 0, -1))

    def gradient(theta):
        flat = theta.reshape(3, -1).T
        return np.array([gradient_at(landscape, x) for x in flat]).T.reshape(theta.shape)

    for theta in np.random.default_rng(seed).normal(0, 1.5, (3, 3)):
        slope = jacobian(loss, theta)
        np.testing.assert_allclose(gradient_at(landscape, theta), slope.df, rtol=1e-7, atol=1e-7)
        np.testing.assert_allclose(
            landscape.hessian(theta), jacobian(gradient, theta).df, rtol=1e-7, atol=1e-7
        )
        curvature = form_of(landscape)
        if hasattr(curvature, "curvature") and isinstance(landscape, StyblinskiTang):
            bent = [landscape.curvature(x, 0) for x in theta]
            np.testing.assert_allclose(bent, np.diag(landscape.hessian(theta)), rtol=1e-12)


@pytest.mark.parametrize("k", [0.25, 1.0, 2.5, 6.0])
def test_facts_of_styblinski_tang(k):
    valley, root = StyblinskiTang(2, k), np.sqrt(k)
    np.testing.assert_allclose(valley.minimum, [A / root] * 2, rtol=1e-14)
    np.testing.assert_allclose(valley.boundary, B / root, rtol=1e-13)
    np.testing.assert_allclose(valley.other_minimum, [OTHER / root] * 2, rtol=1e-14)
    np.testing.assert_allclose(valley.inflection, INFLECTION / root, rtol=1e-14)
    np.testing.assert_allclose([valley.H_a, valley.H_b], [k * H_A, k * H_B], rtol=1e-13)
    np.testing.assert_allclose(valley.barrier, BARRIER, rtol=1e-14)
    np.testing.assert_allclose(valley.loss(valley.saddle) - valley.loss(valley.minimum), BARRIER, rtol=1e-13)
    for point in (valley.minimum, valley.saddle, valley.other_minimum):
        np.testing.assert_allclose(gradient_at(valley, point), 0, atol=1e-12 * k)
    np.testing.assert_allclose(np.diag(valley.hessian(valley.saddle)), [k * H_B, k * H_A], rtol=1e-13)
    np.testing.assert_allclose(valley.curvature(valley.inflection, 0), 0, atol=1e-12 * k)
    for s in (0.01, 0.5, 0.99):
        point = valley.minimum
        point[0] = valley.split(s)
        assert valley.minimum[0] < point[0] < valley.boundary
        np.testing.assert_allclose(valley.loss(point) - valley.loss(valley.minimum), s * BARRIER, rtol=1e-9)


def test_styblinski_tang_averaged_over_data_has_two_valleys_only_below_a_variance_of_1_9357():
    def turning_points(variance):
        cubic = [2, 0, 6 * variance - 16, 2.5]
        averaged = StyblinskiTang(1, 4.0).data_average(variance)
        roots = np.roots(cubic)
        real = roots[abs(roots.imag) < 1e-9].real
        for y in real:
            np.testing.assert_allclose(averaged.slope(y / 2, 0), 0, atol=1e-9)
            bent = derivative(lambda x: averaged.slope(x, 0), y / 2).df
            np.testing.assert_allclose(averaged.curvature(y / 2, 0), bent, rtol=1e-7)
        return len(real)

    assert turning_points(1.9356) == 3
    assert turning_points(1.9358) == 1


def test_a_matrix_and_its_eigenvalues_are_one_quadratic():
    row, matrix = Quadratic([2.0, -0.5]), Quadratic([[2.0, 0.0], [0.0, -0.5]])
    runs = [
        evolve(h, FrozenNoise(1.0), SGD(0.1), 1.0, 30, walkers=64, seed=0).msd().mean for h in (row, matrix)
    ]
    np.testing.assert_array_equal(*runs)
    assert row.saddle_directions == matrix.saddle_directions == 1
    np.testing.assert_array_equal(row.eigenvalues, [-0.5, 2.0])


def test_coupled_and_separate_kernels_agree():
    """A matrix that couples a third coordinate alone leaves the first two as they are."""
    coupled = Quadratic([[2.0, 0, 0, 0], [0, -0.5, 0, 0], [0, 0, 1, 0.5], [0, 0, 0.5, 1]])
    separate = Quadratic([2.0, -0.5, 1.0, 1.0])
    run = {"walkers": 64, "seed": 0, "keep": "positions"}
    for optimizer in (SGD(0.1), Adai(0.1, beta0=0.0)):
        one, other = (
            evolve(h, FrozenNoise(1.0), optimizer, 1.0, 30, **run).positions for h in (coupled, separate)
        )
        np.testing.assert_allclose(one[..., :2], other[..., :2], rtol=1e-12)
        assert np.abs(one[..., 2:] - other[..., 2:]).min() > 1e-6
