"""Walkers that start with velocities: from equilibrium instead of from rest."""

import numpy as np
import pytest

from diffusion import (
    SGD,
    FrozenNoise,
    MinibatchNoise,
    Momentum,
    Overdamped,
    PhaseSpace,
    Quadratic,
    baoab,
    evolve,
    exact,
    gjf,
    integrate,
)
from theory.exact import momentum_iteration_msd, process_covariance

H, C = np.array([2.0, 0.0, -0.5]), np.array([2.0, 1.0, 3.0])
SADDLE, NOISE = Quadratic(H), FrozenNoise(C)
PROCESS = PhaseSpace(mass=0.5, damping=2.0, D=C)
MOMENTUM = Momentum(0.05, 0.8)
THERMAL = np.sqrt(C / (1 - 0.8**2))


@pytest.mark.parametrize(("beta3", "corrected"), [(1.0, False), (0.2, False), (0.2, True)])
def test_walkers_of_the_iteration_have_the_exact_moments(beta3, corrected, seed):
    T, optimizer = np.array([1, 5, 40]), Momentum(0.05, 0.8, beta3, corrected)
    run = evolve(SADDLE, NOISE, optimizer, 0.0, T, walkers=100_000, seed=seed, speed0=beta3 * THERMAL)
    rule = {"eta": 0.05, "C": C, "beta1": 0.8, "beta3": beta3, "bias_correction": corrected}
    msd = run.msd()
    stated, rest = (
        momentum_iteration_msd(H, T[:, None], start=start, **rule) for start in ("thermal", "rest")
    )
    assert np.abs((msd.mean - stated) / msd.stderr).max() < 5
    assert np.abs((msd.mean - rest) / msd.stderr)[0].min() > 5  # the start is forgotten later


@pytest.mark.parametrize(("scheme", "dt"), [(exact, 0.5), (baoab, 0.01), (gjf, 0.01)])
def test_walkers_of_the_process_have_the_exact_moments(scheme, dt, seed):
    times, speed0 = np.array([0.5, 2.0]), np.sqrt(C / (2.0 * 0.5**2))
    run = integrate(
        SADDLE, PROCESS, 0.0, times, dt=dt, scheme=scheme, walkers=100_000, seed=seed, speed0=speed0
    )
    physics = {"mass": 0.5, "damping": 2.0, "D": C}
    stated, rest = (
        process_covariance(H, times[:, None], start=start, **physics)[..., 0, 0]
        for start in ("thermal", "rest")
    )
    msd = run.msd()
    assert np.abs((msd.mean - stated) / msd.stderr).max() < 5
    assert np.abs((msd.mean - rest) / msd.stderr)[0].min() > 5


def test_the_noise_is_that_of_the_walkers_from_rest_and_a_negative_speed_mirrors():
    """The iteration is linear: the mean of mirror images is the walker from rest, to rounding."""

    def positions(speed0):
        run = evolve(
            SADDLE, NOISE, MOMENTUM, 0.0, [0, 3, 30], walkers=100, seed=3, keep="positions", speed0=speed0
        )
        return run.positions

    rest, one, mirrored = positions(0.0), positions(THERMAL), positions(-THERMAL)
    np.testing.assert_allclose((one + mirrored) / 2, rest, rtol=0, atol=1e-13)
    assert np.abs(one - mirrored)[1:].min() > 0


def test_velocities_are_normal_and_known_at_once(seed):
    run = evolve(
        SADDLE, NOISE, MOMENTUM, 0.0, [0], walkers=50_000, seed=seed, keep="states", speed0=[1.0, 0.0, 3.0]
    )
    m = run.states[0, 1]
    assert not m[:, 1].any()
    n = len(m)
    np.testing.assert_allclose(m.std(0)[[0, 2]] / [1, 3], 1, atol=5 / np.sqrt(2 * n))
    assert abs(np.corrcoef(m[:, 0], m[:, 2])[0, 1]) < 5 / np.sqrt(n)


@pytest.mark.parametrize("workers", [1, 2])
def test_threads_and_parts_of_a_run_do_not_change_the_numbers(workers):
    def run(walkers):
        return evolve(
            SADDLE, NOISE, MOMENTUM, 0.0, [9], walkers=walkers, seed=5, speed0=THERMAL, workers=workers,
            keep="states",
        )  # fmt: skip

    whole, joined = run(500), run(range(192)).joined(run(range(192, 500)))
    np.testing.assert_array_equal(whole.states, joined.states)
    np.testing.assert_array_equal(whole.msd().stderr, joined.msd().stderr)
    np.testing.assert_array_equal(whole.states[:, :, :40], run(40).states)


def test_what_has_no_velocity_says_so():
    with pytest.raises(ValueError, match="speed0 must be 0 where nothing has a velocity"):
        evolve(SADDLE, NOISE, SGD(0.1), 0.0, 10, walkers=10, seed=0, speed0=1.0)
    with pytest.raises(ValueError, match="speed0 must be 0 for an overdamped process, got 1"):
        integrate(SADDLE, Overdamped(1.0), 0.0, 1.0, dt=0.1, walkers=10, seed=0, speed0=1.0)
    noise = MinibatchNoise(np.eye(3), 2)
    with pytest.raises(ValueError, match="and for minibatches"):
        evolve(SADDLE, noise, MOMENTUM, 0.0, 10, walkers=10, seed=0, speed0=1.0)
    with pytest.raises(ValueError, match=r"speed0 must be one number or of shape \(3,\)"):
        evolve(SADDLE, NOISE, MOMENTUM, 0.0, 10, walkers=10, seed=0, speed0=[1.0, 2.0])
    some, others = (
        evolve(SADDLE, NOISE, MOMENTUM, 0.0, 1, walkers=range(first, first + 64), seed=0, speed0=speed0)
        for first, speed0 in ((0, 0.0), (64, 1.0))
    )
    with pytest.raises(ValueError, match="other must be of the same iterations, eta, start, speed0 and seed"):
        some.joined(others)
