"""Every noise has the mean gradient and the covariance that it states, in standard errors."""

import numpy as np
import pytest

from diffusion import (
    SGD,
    DataNoise,
    FrozenNoise,
    HessianNoise,
    IsotropicNoise,
    MinibatchNoise,
    Quadratic,
    StyblinskiTang,
    TwoTemperatureNoise,
    evolve,
    gradient_at,
)
from theory.figure6_noise import data_gradient_covariance

VALLEY = StyblinskiTang(2, k=2.5)
DIAGONAL = Quadratic([2.0, -0.5])
TURNED = Quadratic([[1.0, 2.0], [2.0, -0.5]])
POINT = np.array([-1.7, -0.4])
SAMPLES = np.random.default_rng(4).normal([0.3, -0.2], [1.5, 0.7], (500, 2))
CORRELATED = [[3.0, -1.2], [-1.2, 1.0]]
CASES = {
    "frozen, a number": (VALLEY, FrozenNoise(2.0)),
    "frozen, one per coordinate": (VALLEY, FrozenNoise([2.0, 0.5])),
    "frozen, a matrix": (VALLEY, FrozenNoise(CORRELATED)),
    "frozen on a coupled landscape": (TURNED, FrozenNoise([2.0, 0.5])),
    "isotropic": (VALLEY, IsotropicNoise(3.0)),
    "two temperatures": (VALLEY, TwoTemperatureNoise([4.0, 3.0], [1.0, 0.25], -1.0)),
    "Hessian, diagonal": (DIAGONAL, HessianNoise(B=5, kappa=3.0)),
    "Hessian, rotated": (TURNED, HessianNoise(B=5, kappa=3.0)),
    "Hessian, rotated, floor": (TURNED, HessianNoise(B=5, kappa=3.0, floor=2.0)),
    "Hessian, diagonal, floor": (DIAGONAL, HessianNoise(B=5, floor=1.0)),
    "closed-form data": (VALLEY, DataNoise(10, 1.5)),
    "closed-form data, bare drift": (VALLEY, DataNoise(10, 1.5, drift="bare")),
    "closed-form data, rotated": (TURNED, DataNoise(10, 1.5)),
    "minibatch": (VALLEY, MinibatchNoise(SAMPLES, 7)),
    "minibatch, diagonal": (DIAGONAL, MinibatchNoise(SAMPLES, 2)),
    "minibatch, rotated": (TURNED, MinibatchNoise(SAMPLES, 5)),
}


def sampled(landscape, noise, seed, walkers=200_000):
    """Gradients at POINT: what one step of SGD with eta = 1 subtracts."""
    run = evolve(landscape, noise, SGD(1.0), POINT, 1, walkers=walkers, seed=seed, keep="positions")
    return POINT - run.positions[0]


def stated_mean(landscape, noise):
    if isinstance(noise, MinibatchNoise):
        rows = noise.samples / getattr(landscape, "stretch", 1.0)
        return np.mean([gradient_at(landscape, POINT - row) for row in rows], axis=0)
    if isinstance(noise, DataNoise) and noise.drift == "data" and landscape is VALLEY:
        phi = VALLEY.stretch * POINT
        return VALLEY.stretch * (2 * phi**3 + (6 * noise.variance - 16) * phi + 2.5)
    return gradient_at(landscape, POINT)


def score(samples, mean):
    return (samples.mean(axis=0) - mean) / (samples.std(axis=0) / np.sqrt(len(samples)) + 1e-300)


@pytest.mark.parametrize("name", CASES)
def test_sampled_gradients_have_the_stated_mean_and_covariance(name, seed):
    landscape, noise = CASES[name]
    g, mean = sampled(landscape, noise, seed), stated_mean(landscape, noise)
    C = noise.covariance(landscape, POINT)
    around = g - mean
    products = np.stack([around[:, 0] ** 2, around[:, 0] * around[:, 1], around[:, 1] ** 2], axis=1)
    stated = np.array([C[0, 0], C[0, 1], C[1, 1]])
    assert C[0, 1] == C[1, 0]
    assert np.abs(score(g, mean)).max() < 5
    assert np.abs(score(products, stated)).max() < 5
    # negative control: a fiftieth of a standard deviation, and a twentieth of the covariance, are noticed
    assert np.abs(score(g, mean + 0.02 * np.sqrt(np.diag(C)))).min() > 5
    assert np.abs(score(products, 1.05 * stated))[[0, 2]].min() > 5


def test_steps_are_independent_of_each_other(seed):
    """Two steps on a flat landscape: the second moves on by noise of its own."""
    run = evolve(
        Quadratic([0.0]),
        FrozenNoise(1.0),
        SGD(1.0),
        0.0,
        [1, 2],
        walkers=200_000,
        seed=seed,
        keep="positions",
    )
    first, both = run.positions[..., 0]
    assert abs(score((first * (both - first))[:, None], 0.0)) < 5
    assert abs(score((first * (both - 0.95 * first))[:, None], 0.0)) > 5


def test_pointwise_hessian_noise_follows_the_curvature_and_says_where_it_vanishes(seed):
    noise = HessianNoise(B=5, kappa=3.0, floor=4.0)
    theta = np.array([VALLEY.inflection, VALLEY.minimum[0]])
    C = noise.covariance(VALLEY, theta)
    np.testing.assert_allclose(np.diag(C), [3 / 5 * 4.0, 3 / 5 * VALLEY.H_a])
    with pytest.warns(
        UserWarning, match=r"at its floor at theta = -1\.033, where the curvature changes sign"
    ):
        run = evolve(VALLEY, noise, SGD(1.0), theta, 1, walkers=200_000, seed=seed, keep="positions")
    z = (theta - run.positions[0] - gradient_at(VALLEY, theta)) ** 2
    assert np.abs(score(z, np.diag(C))).max() < 5
    assert np.abs(score(z, 1.05 * np.diag(C))).min() > 5
    with pytest.warns(UserWarning, match="is zero at theta"):
        evolve(VALLEY, HessianNoise(B=5), SGD(1.0), theta, 1, walkers=1, seed=seed)


def test_hessian_noise_of_a_rotated_saddle_is_the_rotated_magnitude():
    angle = 0.7
    U = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = U @ np.diag([3.0, -2.0]) @ U.T
    C = HessianNoise(B=4, kappa=2.0).covariance(Quadratic((turned + turned.T) / 2), 0.0)
    np.testing.assert_allclose(C, 0.5 * U @ np.diag([3.0, 2.0]) @ U.T, atol=1e-15)


def test_closed_form_data_noise_is_that_of_a_large_data_set(seed):
    """Covariance of one sample's gradient against quadrature over x ~ N(0, v)."""
    x, w = np.polynomial.hermite_e.hermegauss(40)
    w = w / w.sum()
    for v in (0.5, 4.0):
        for k in (1.0, 2.5):
            valley = StyblinskiTang(1, k)
            slopes = valley.slope(POINT[0] - np.sqrt(v) * x / valley.stretch, 0)
            mean = w @ slopes
            C = DataNoise(7, v).covariance(valley, POINT[0])
            np.testing.assert_allclose(C, [[w @ (slopes - mean) ** 2 / 7]], rtol=1e-12)
            stated = data_gradient_covariance(POINT[0] * k**0.5, k=k, variance=v, B=7)
            np.testing.assert_allclose(stated, C[0, 0], rtol=1e-12)
            np.testing.assert_allclose(valley.data_average(v).slope(POINT[0], 0), mean, rtol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_variances_are_the_diagonal_of_the_covariance(name):
    landscape, noise = CASES[name]
    found = noise.variances(landscape, POINT) if hasattr(noise, "variances") else None
    if found is not None:
        whole = np.diag(noise.covariance(landscape, POINT))
        np.testing.assert_allclose(np.broadcast_to(found, whole.shape), whole, rtol=1e-12)
    H = np.array([0.5, 3.0])
    np.testing.assert_allclose(DataNoise(10, 1.5).variances(Quadratic(H), None), 1.5 * H**2 / 10)


def test_two_temperatures_meet_at_the_split():
    noise = TwoTemperatureNoise(4.0, 1.0, -1.0)
    np.testing.assert_array_equal(np.diag(noise.covariance(VALLEY, [-1.0, np.nextafter(-1, -2)])), [1, 4])
    below, above = (
        evolve(VALLEY, noise, SGD(1e-3), x, 1, walkers=64, seed=0, keep="positions").positions - x
        for x in (np.nextafter(-1, -2), -1.0)
    )
    drift = -1e-3 * gradient_at(VALLEY, -1.0)
    np.testing.assert_allclose(below - drift, 2 * (above - drift), atol=1e-12)


def test_minibatches_draw_every_row_equally_often(seed):
    """On a flat tilt the gradient is minus a mean of rows: count which rows came, one a step."""
    rows = np.arange(16.0)[:, None]
    run = evolve(
        Quadratic([1.0]),
        MinibatchNoise(rows, 1),
        SGD(1.0),
        0.0,
        1,
        walkers=160_000,
        seed=seed,
        keep="positions",
    )
    counts = np.bincount(run.positions.ravel().astype(int), minlength=16)
    chi2 = ((counts - 10_000) ** 2 / 10_000).sum()
    assert chi2 < 15 + 6 * np.sqrt(30)
    assert counts.size == 16
