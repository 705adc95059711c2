"""Theory against the engine: exact references within Monte Carlo error, and what the printed forms miss."""

import numpy as np
import pytest

from diffusion import (
    SGD,
    Adam,
    FrozenNoise,
    Momentum,
    PhaseSpace,
    Quadratic,
    StyblinskiTang,
    TwoTemperatureNoise,
    escape_times,
    evolve,
    integrate,
)
from theory.exact import (
    adam_iteration_msd,
    momentum_iteration_msd,
    momentum_mean_escape_iterations,
    process_covariance,
    sgd_iteration_msd,
    sgd_mean_escape_iterations,
)
from theory.saddle import adam_msd_printed, momentum_msd_printed

H, B, ETA = np.array([-0.5, -1e-3, 0.4]), 2.0, 0.02
T = np.array([1, 10, 100])
C = np.abs(H) / B


def z(estimate, stated):
    """Return the deviations in standard errors."""
    assert estimate.mean.shape == np.shape(stated)
    return (estimate.mean - stated) / estimate.stderr


def spread(optimizer, seed):
    """Return the mean squared displacement from rest at a critical point."""
    return evolve(Quadratic(H), FrozenNoise(C), optimizer, 0.0, T, walkers=50_000, seed=seed).msd()


def test_sgd_spreads_as_the_exact_iteration_says(seed):
    exact = sgd_iteration_msd(H, T[:, None], eta=ETA, C=C)
    assert np.abs(z(spread(SGD(ETA), seed), exact)).max() < 4.5
    assert np.abs(z(spread(SGD(ETA), seed), 1.05 * exact)).min() > 4.5


@pytest.mark.parametrize("beta3", [1.0, 0.1])
@pytest.mark.parametrize("bias_correction", [False, True])
def test_momentum_spreads_as_the_exact_iteration_says_and_not_as_printed(beta3, bias_correction, seed):
    measured = spread(Momentum(ETA, 0.9, beta3, bias_correction), seed)
    betas = {"beta1": 0.9, "beta3": beta3}
    exact = momentum_iteration_msd(H, T[:, None], eta=ETA, C=C, **betas, bias_correction=bias_correction)
    assert np.abs(z(measured, exact)).max() < 4.5
    printed = momentum_msd_printed(H, T[:, None], eta=ETA, B=B, **betas)
    assert np.abs(z(measured, printed)).max() > 20


def test_the_covariance_of_the_process_is_that_of_its_walkers(seed):
    mass, damping, D, t, dt = 0.5, 2.0, 0.3, 1.0, 2e-4
    run = integrate(Quadratic(H), PhaseSpace(mass, damping, D), 0.0, t, dt=dt, walkers=20_000, seed=seed)
    exact = process_covariance(H, t, mass=mass, damping=damping, D=D, start="rest")[:, 0, 0]
    assert np.abs(z(run.msd(), exact[None])).max() < 4.5  # the step shifts it by 1e-4, a fortieth of that
    thermal = process_covariance(H, t, mass=mass, damping=damping, D=D, start="thermal")[:, 0, 0]
    assert np.abs(z(run.msd(), thermal[None])).min() > 20


def test_adam_starts_faster_than_printed_and_slower_than_with_ideal_v(seed):
    flat, noise = Quadratic([1e-12]), FrozenNoise(1.0)
    run = evolve(flat, noise, Adam(1e-3, 0.9, 0.999), 0.0, [10], walkers=50_000, seed=seed)
    msd, unit = run.msd(), 10 * 1e-6
    assert abs(msd.mean.item() / unit - 1.430) < 4.5 * np.hypot(0.005, msd.stderr.item() / unit)
    printed = adam_msd_printed(1e-12, 10, eta=1e-3, B=1.0, beta1=0.9)
    ideal = adam_iteration_msd(1e-12, 10, eta=1e-3, B=1.0, beta1=0.9, bias_correction=True)
    assert z(msd, [[printed]]).item() > 10
    assert z(msd, [[ideal]]).item() < -4.5


VALLEY = StyblinskiTang(dim=1, k=6.0)
STRONG = 100 * VALLEY.H_a


def mean_escape(noise, optimizer, seed):
    run = escape_times(
        VALLEY,
        noise,
        optimizer,
        start=VALLEY.minimum,
        boundary=VALLEY.boundary,
        max_iterations=10**6,
        walkers=20_000,
        seed=seed,
    )
    assert run.escaped.all()
    return run.iterations.mean(), run.iterations.std(ddof=1) / np.sqrt(20_000)


def slope(x):
    return VALLEY.slope(x, 0)


SPLIT = VALLEY.split(0.4)
PIECEWISE = TwoTemperatureNoise(STRONG, 0.7 * STRONG, SPLIT)


@pytest.mark.parametrize(
    ("noise", "stated"),
    [
        (FrozenNoise(STRONG), {"C": STRONG}),
        (PIECEWISE, {"C": lambda x: np.where(x < SPLIT, STRONG, 0.7 * STRONG), "jumps": (SPLIT,)}),
    ],
    ids=["frozen", "two-temperature"],
)
@pytest.mark.parametrize("momentum", [False, True])
def test_walkers_leave_when_the_exact_chain_says(noise, stated, momentum, seed):
    where = VALLEY.minimum.item(), VALLEY.boundary
    if momentum:
        optimizer = Momentum(2e-4, beta1=0.8)
        exact = momentum_mean_escape_iterations(slope, *where, eta=2e-4, beta1=0.8, beta3=1.0, **stated)
    else:
        optimizer = SGD(1e-3)
        exact = sgd_mean_escape_iterations(slope, *where, eta=1e-3, **stated)
    mean, stderr = mean_escape(noise, optimizer, seed)
    assert abs(mean - exact) / stderr < 4.5
    assert abs(mean - 1.05 * exact) / stderr > 4.5
