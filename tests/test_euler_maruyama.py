"""Euler-Maruyama of both processes: walkers against the scheme's own exact moments, and those against the process."""

import numpy as np
import pytest
import reference
from scipy.linalg import expm

from diffusion import Overdamped, PhaseSpace, Quadratic, integrate

H = np.array([2.0, -0.7])
D = np.array([1.5, 0.8])
MASS, DAMPING = np.array([0.5, 1.2]), np.array([3.0, 0.6])
START = np.array([0.4, -0.3])
T = 1.0


def generator(kind):
    """Drift and noise matrices of dy = F y dt + G dW; y = theta, or (theta, r)."""
    if kind == "overdamped":
        return -np.diag(H), np.diag(np.sqrt(2 * D))
    zero = np.zeros((2, 2))
    F = np.block([[zero, np.eye(2)], [-np.diag(H / MASS), -np.diag(DAMPING)]])
    return F, np.vstack([zero, np.diag(np.sqrt(2 * D) / MASS)])


def process(kind):
    return Overdamped(D) if kind == "overdamped" else PhaseSpace(MASS, DAMPING, D)


def msd(mean, second):
    """Mean squared distance from the start, of each coordinate."""
    return (np.diagonal(second, axis1=-2, axis2=-1) - 2 * mean * mean_start(mean) + mean_start(mean) ** 2)[
        ..., :2
    ]


def mean_start(mean):
    return np.concatenate([START, np.zeros(mean.shape[-1] - 2)])


def scheme(kind, dt, steps):
    F, G = generator(kind)
    y0 = mean_start(np.zeros(len(F)))
    mean, second = reference.linear_moments(np.eye(len(F)) + dt * F, np.sqrt(dt) * G, y0, steps)
    return mean[..., :2] - START, msd(mean, second)


def exact(kind, t):
    """Moments of the process itself, by the matrix exponential of Van Loan."""
    F, G = generator(kind)
    n = len(F)
    block = expm(np.block([[-F, G @ G.T], [np.zeros((n, n)), F.T]]) * t)
    Phi = block[n:, n:].T
    mean = Phi @ mean_start(np.zeros(n))
    return msd(mean, Phi @ block[:n, n:] + np.outer(mean, mean))


@pytest.mark.parametrize("kind", ["overdamped", "phase space"])
def test_the_schemes_moments_converge_to_the_process_with_order_one(kind):
    errors = [np.abs(scheme(kind, T / n, n)[1][-1] - exact(kind, T)) for n in (1000, 2000, 4000)]
    np.testing.assert_allclose(errors[0] / errors[1], 2, rtol=0.01)
    np.testing.assert_allclose(errors[1] / errors[2], 2, rtol=0.01)


@pytest.mark.parametrize("kind", ["overdamped", "phase space"])
def test_walkers_have_the_schemes_exact_moments(kind, seed):
    dt, times = 0.05, [0.05, 0.5, 2.0]
    run = integrate(Quadratic(H), process(kind), START, times, dt=dt, walkers=200_000, seed=seed)
    np.testing.assert_array_equal(run.iterations, [1, 10, 40])
    np.testing.assert_allclose(run.times, times)
    moved, squared = (moments[run.iterations] for moments in scheme(kind, dt, 40))
    noisy = run.displacement().stderr > 0  # at rest, a first step in phase space moves nobody
    assert noisy.sum() == (6 if kind == "overdamped" else 4)
    for estimate, stated in ((run.displacement(), moved), (run.msd(), squared)):
        assert np.abs((estimate.mean - stated)[noisy] / estimate.stderr[noisy]).max() < 4.5
        np.testing.assert_allclose(estimate.mean[~noisy], stated[~noisy], atol=1e-12)
    # negative control: a fiftieth more is noticed
    assert np.abs((run.msd().mean - 1.05 * squared)[noisy] / run.msd().stderr[noisy]).min() > 4.5


def test_a_rotated_landscape_gives_the_same_moments(seed):
    U = np.array([[0.6, -0.8], [0.8, 0.6]])
    turned = U @ np.diag(H) @ U.T
    run = integrate(
        Quadratic((turned + turned.T) / 2), Overdamped(1.0), 0.0, T, dt=0.05, walkers=200_000, seed=seed
    )
    _, second = reference.linear_moments(np.eye(2) - 0.05 * turned, np.sqrt(0.1) * np.eye(2), [0, 0], 20)
    stated = np.diag(second[-1])
    assert np.abs((run.msd().mean[0] - stated) / run.msd().stderr[0]).max() < 4.5
