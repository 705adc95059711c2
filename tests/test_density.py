"""The Fokker-Planck density on the line, and the separatrix: exact cases, order of convergence, walkers."""

import numpy as np
import pytest

from diffusion import SGD, FrozenNoise, StyblinskiTang, evolve
from theory.exact import fokker_planck_density, separatrix

TIMES = np.array([0.05, 0.3, 1.0, 20.0])


def ornstein_uhlenbeck_error(cells):
    """Return the largest error of the density of an Ornstein-Uhlenbeck process, over its peak, at each time."""
    H, D, start = 2.0, 0.3, 1.0
    x, density = fokker_planck_density(lambda x: H * x, D, start, TIMES, low=-4.0, high=4.0, cells=cells)
    mean, variance = start * np.exp(-H * TIMES), D / H * (1 - np.exp(-2 * H * TIMES))
    exact = np.exp(-((x - mean[:, None]) ** 2) / (2 * variance[:, None])) / np.sqrt(
        2 * np.pi * variance[:, None]
    )
    return np.abs(density - exact).max(1) / exact.max(1)


def test_density_meets_ornstein_uhlenbeck_at_second_order():
    coarse, fine = ornstein_uhlenbeck_error(200), ornstein_uhlenbeck_error(400)
    assert fine.max() < 3e-3
    assert fine[-1] < 1e-12  # the end is exact on any cells
    moving = coarse[:-1] / fine[:-1]
    assert np.all((moving > 3.7) & (moving < 4.3))


def test_no_density_is_lost_and_none_is_negative():
    valley = StyblinskiTang(dim=1)
    x, density = fokker_planck_density(
        lambda x: valley.slope(x, 0), 5.0, valley.boundary, [1e-3, 0.1, 10.0], low=-5.0, high=5.0
    )
    np.testing.assert_allclose(density.sum(1) * (x[1] - x[0]), 1, atol=1e-10)
    assert density.min() > -1e-10


def test_the_end_is_the_boltzmann_density():
    valley = StyblinskiTang(dim=1)
    x, density = fokker_planck_density(
        lambda x: valley.slope(x, 0), 20.0, valley.boundary, [1e3], low=-5.0, high=5.0
    )
    boltzmann = np.exp(-valley.loss(x[:, None]) / 20.0)
    np.testing.assert_allclose(density[0], boltzmann / boltzmann.sum() / (x[1] - x[0]), rtol=2e-3, atol=1e-9)


@pytest.mark.parametrize(("wrong", "noticed"), [(1.0, False), (1.1, True)])
def test_sgd_walkers_meet_the_density_and_not_that_of_another_temperature(wrong, noticed):
    valley, eta, D, walkers = StyblinskiTang(dim=1), 1e-4, 10.0, 200_000
    T = 400
    run = evolve(
        valley,
        FrozenNoise(2 * D / eta),
        SGD(eta),
        valley.boundary,
        T,
        walkers=walkers,
        seed=5,
        keep="positions",
    )
    x, density = fokker_planck_density(
        lambda x: valley.slope(x, 0), wrong * D, valley.boundary, [eta * T], low=-5.0, high=5.0
    )
    cells = density[0] * (x[1] - x[0])
    edges = np.linspace(-5, 5, 21)
    counts, _ = np.histogram(run.positions[0, :, 0], edges)
    expected = walkers * cells.reshape(20, 20).sum(1)
    full = expected > 20
    z = (counts - expected)[full] / np.sqrt(expected[full])
    assert (np.abs(z).max() > 6) == noticed


@pytest.mark.parametrize("t", [40.0, 1e12, 1e300])
def test_no_walker_is_lost_at_any_time(t):
    x, density = fokker_planck_density(lambda x: x, 0.5, 1.0, [t], low=-5, high=5, cells=100)
    assert density.sum() * (x[1] - x[0]) == pytest.approx(1, abs=1e-12)
    np.testing.assert_allclose(density[0], np.exp(-(x**2)) / np.exp(-(x**2)).sum() / (x[1] - x[0]), rtol=1e-6)


def test_a_relaxation_far_slower_than_the_fastest_is_right():
    """The share that has crossed a barrier of 33 kT, by Richardson's extrapolation of two grids."""
    shares = []
    for cells in (200, 400):
        x, density = fokker_planck_density(
            lambda x: 4 * x * (x * x - 1), 0.03, -1.0, [1e12], low=-2, high=2, cells=cells
        )
        shares.append(density[0][x > 0].sum() * (x[1] - x[0]))
    assert (4 * shares[1] - shares[0]) / 3 == pytest.approx(2.962e-3, abs=5e-7)


def test_a_start_beside_the_wall_gives_densities():
    x, density = fokker_planck_density(lambda x: x, 0.5, -4.999, [1e-3, 1.0], low=-5, high=5, cells=200)
    assert density.min() >= 0
    np.testing.assert_allclose(density.sum(1) * (x[1] - x[0]), 1, atol=1e-12)


def series_between_absorbing_walls(x, start, D, t):
    """Density of free walkers between absorbing walls at 0 and 1."""
    n = np.arange(1, 200)[:, None]
    decay = np.exp(-D * (n * np.pi) ** 2 * t)
    return 2 * (np.sin(n * np.pi * start) * np.sin(n * np.pi * x) * decay).sum(0)


def test_absorbing_walls_meet_the_series_and_keep_count_of_those_who_left():
    errors = []
    for cells in (60, 120):
        x, density, exits = fokker_planck_density(
            lambda x: 0 * x, 0.5, 0.3, [0.1, 5.0], low=0.0, high=1.0, cells=cells, walls="absorbing",
            return_exits=True,
        )  # fmt: skip
        errors.append(np.abs(density[0] - series_between_absorbing_walls(x, 0.3, 0.5, 0.1)).max())
        np.testing.assert_allclose(density.sum(1) / cells + exits.sum(1), 1, atol=1e-12)
    assert errors[1] < 1e-3
    assert errors[0] / errors[1] == pytest.approx(4, abs=0.4)
    np.testing.assert_allclose(exits[1], [0.7, 0.3], atol=2e-4)  # the end: linear in the start


def test_one_absorbing_wall_empties_the_valley_through_it():
    _, density, exits = fokker_planck_density(
        lambda x: x, 0.5, 0.0, [1e4], low=-4.0, high=1.0, cells=100, walls=("reflecting", "absorbing"),
        return_exits=True,
    )  # fmt: skip
    np.testing.assert_allclose(exits[0], [0, 1], atol=1e-12)
    assert density.max() < 1e-12


def images(x, start, variance, period, sign):
    """Sum of the normal densities of all images: shifted by the period, mirrored with a sign."""
    shifts = period * np.arange(-30, 31)[:, None]

    def normal(mean):
        return np.exp(-((x - mean) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)

    return (normal(start + shifts) + sign * normal(-start + shifts)).sum(0)


@pytest.mark.parametrize(
    ("walls", "period", "sign"), [("reflecting", 2.0, 1), ("absorbing", 2.0, -1), ("periodic", 1.0, 0)]
)
def test_walls_meet_the_method_of_images(walls, period, sign):
    for t, others in ((0.05, True), (0.4, False)):
        x, density = fokker_planck_density(
            lambda x: 0 * x, 0.5, 0.3, [t], low=0.0, high=1.0, cells=160, walls=walls
        )
        exact = images(x, 0.3, 2 * 0.5 * t, period, sign)
        assert np.abs(density[0] - exact).max() < 1e-3
        wrong = images(x, 0.3, 2 * 0.5 * t, 3.0 - period, sign)
        assert np.abs(density[0] - wrong).max() > 1e-2 or others


@pytest.mark.parametrize("reading", ["ito", "stratonovich", "fick"])
def test_noise_that_varies_has_the_equilibrium_of_its_reading(reading):
    q = {"ito": 0.0, "stratonovich": 0.5, "fick": 1.0}

    def D(x):
        return 0.5 + 0.2 * x

    x, density = fokker_planck_density(
        lambda x: x, D, 0.5, [1e3], low=-2.0, high=2.0, cells=400, interpretation=reading
    )

    def equilibrium(q):
        weight = np.exp(-(5 * x - 12.5 * np.log(D(x)))) * D(x) ** (q - 1)  # Phi' = x / D
        return weight / weight.sum() / (x[1] - x[0])

    np.testing.assert_allclose(density[0], equilibrium(q[reading]), rtol=2e-3)
    assert np.abs(density[0] / equilibrium((q[reading] + 0.5) % 1.5) - 1).max() > 0.1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cells": 0}, "cells must be a whole number"),
        ({"cells": 10.5}, "cells must be a whole number"),
        ({"low": -np.inf}, "low must be finite"),
        ({"walls": "open"}, "walls must be one of"),
        ({"walls": ("periodic", "absorbing")}, "periodic on both sides or on none"),
        ({"interpretation": "Ito"}, "interpretation must be one of"),
        ({"D": lambda x: x}, "D must be positive"),
    ],
)
def test_density_refuses_what_it_cannot_do(change, message):
    arguments = {"D": 1.0, "start": 0.5, "times": [1.0], "low": -4.0, "high": 4.0} | change
    with pytest.raises(ValueError, match=message):
        fokker_planck_density(lambda x: x, **arguments)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"D": 0.0}, "D must be positive"),
        ({"start": 9.0}, "start must be between"),
        ({"times": [0.0]}, "times must be positive"),
        ({"D": 1e-3, "start": 1.0}, "less than 60 D above the lowest point"),
    ],
)
def test_density_refuses_bad_input(change, message):
    arguments = {"D": 1.0, "start": 0.5, "times": [1.0]} | change
    with pytest.raises(ValueError, match=message):
        fokker_planck_density(lambda x: x, **arguments, low=-4.0, high=4.0)


@pytest.mark.parametrize("mass", [1.0, 0.3, 4.0])
def test_separatrix_of_a_parabola_is_its_stable_direction(mass):
    x, velocity = separatrix(lambda x: -2 * x, 0.0, -2.0, mass=mass, damping=0.5, reach=1.0)
    stable = -(0.5 + np.sqrt(0.25 + 8 / mass)) / 2
    np.testing.assert_allclose(velocity, stable * x, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("damping", [0.5, 5.0, 40.0])
def test_walkers_without_noise_go_where_the_separatrix_says(damping):
    valley = StyblinskiTang(dim=1)
    x, velocity = separatrix(
        lambda x: valley.slope(x, 0), valley.boundary, valley.H_b, mass=1.0, damping=damping, reach=2.0
    )
    begin = x[50], velocity[50]  # left of the saddle, running at it
    assert begin[1] > 0
    for faster, crosses in ((1.05, True), (0.95, False)):
        assert _crosses(valley, damping, begin[0], faster * begin[1]) == crosses


def _crosses(valley, damping, x, velocity):
    """Follow one walker of unit mass without noise, in small steps, until it is clearly on a side."""
    dt = 1e-4
    for _ in range(400_000):
        velocity += dt * (-damping * velocity - valley.slope(x, 0))
        x += dt * velocity
        if abs(x - valley.boundary) > 2.1:
            break
    return x > valley.boundary


def test_separatrix_refuses_bad_input():
    for change, message in (
        ({"H_b": 1.0}, "H_b must be negative"),
        ({"mass": 0.0}, "mass must be positive"),
        ({"damping": -1.0}, "damping must be 0 or more"),
        ({"reach": 0.0}, "reach must be positive"),
    ):
        arguments = {"H_b": -1.0, "mass": 1.0, "damping": 1.0, "reach": 1.0} | change
        with pytest.raises(ValueError, match=message):
            separatrix(lambda x: -x, 0.0, **arguments)
