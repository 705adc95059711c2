"""Right values that exact references once missed, each for its kind."""

import numpy as np
import pytest

from theory.exact import (
    escape_rate,
    first_passage_over_kramers,
    momentum_mean_escape_iterations,
    phase_space_passage_time,
    sgd_mean_escape_iterations,
)

A, B, H_A, H_B, BARRIER = (
    -2.903534027771177,
    0.15673125678034008,
    34.58305910255069,
    15.85261187888833,
    39.36177806,
)


def slope(x):
    return 2 * x**3 - 16 * x + 2.5


def flat(x):
    return 0 * x


def double_well(x):
    return 4 * x * (x * x - 1)


@pytest.mark.parametrize(
    ("damping", "D", "rate"),
    [(1.0, 0.15, 4.281573642e-4), (1, 0.15, 4.281573642e-4), (3, 0.45, 2.739766979e-4)],
)
def test_a_sample_may_fall_on_the_saddle(damping, D, rate):
    assert escape_rate(double_well, -1.0, 0.0, mass=1, damping=damping, D=D) == pytest.approx(rate, rel=1e-8)


@pytest.mark.parametrize("shift", [0.0, 0.3, -1.7])
def test_a_rate_does_not_depend_on_where_the_wells_lie(shift):
    moved = escape_rate(lambda x: double_well(x - shift), shift - 1, shift, mass=1.0, damping=1.0, D=0.15)
    assert moved == pytest.approx(4.281573642e-4, rel=1e-8)
    with pytest.raises(ValueError, match="two wells with one saddle"):
        escape_rate(lambda x: x - shift, shift - 1, shift, mass=1.0, damping=1.0, D=0.15)


@pytest.mark.parametrize(("eta", "expected"), [(0.5, 6.913502645), (1.0, 2.782927019)])
def test_a_mirror_may_throw_the_walker_past_the_boundary(eta, expected):
    """From a wall at 0 to 1 is out of (-1, 1) by symmetry."""
    mirrored = sgd_mean_escape_iterations(flat, 0.0, 1.0, eta=eta, C=1.0, lower=0.0)
    assert mirrored == pytest.approx(expected, rel=1e-9)
    momentum = momentum_mean_escape_iterations(flat, 0.0, 1.0, eta=eta, beta1=0.0, C=1.0, lower=0.0)
    assert momentum == pytest.approx(expected, rel=1e-7)


def out_of_both_sides(eta, beta1, walkers, seed):
    """Simulate heavy ball without a force until it leaves (-1, 1): mean iterations and standard error."""
    draw, t = np.random.default_rng(seed), 0
    x, m, times = np.zeros(walkers), np.zeros(walkers), []
    while x.size:
        t += 1
        m = beta1 * m + draw.standard_normal(x.size)
        x = x - eta * m
        inside = np.abs(x) < 1
        times += [t] * int(np.count_nonzero(~inside))
        x, m = x[inside], m[inside]
    return np.mean(times), np.std(times) / np.sqrt(walkers)


@pytest.mark.parametrize("beta1", [0.5, 0.9])
def test_the_wall_of_momentum_mirrors_velocities_too(beta1, seed):
    eta = 0.25 * (1 - beta1)
    mean, error = out_of_both_sides(eta, beta1, 40_000, seed)
    exact = momentum_mean_escape_iterations(flat, 0.0, 1.0, eta=eta, beta1=beta1, C=1.0, lower=0.0)
    assert abs(mean - exact) < 4.5 * error
    assert abs(mean - 1.04 * exact) > 4.5 * error


def test_momentum_keeps_its_six_digits():
    parabola = momentum_mean_escape_iterations(lambda x: x, 0.0, 1.0, eta=0.02, beta1=0.0, C=1.0, log=True)
    assert parabola == pytest.approx(53.166590, abs=1e-6)
    heavy = {"eta": 1e-4, "beta1": 0.9, "beta3": 1.0, "C": 100 * H_A, "log": True}
    assert momentum_mean_escape_iterations(slope, A, B, **heavy) == pytest.approx(28.1233069, abs=1e-6)


def test_noise_that_varies_too_much_is_refused_in_time():
    def C(x):
        return np.where(x < 0, 1e-4, 1e8)

    with pytest.raises(ValueError, match="more even along the path"):
        sgd_mean_escape_iterations(lambda x: x, -0.5, 1.0, eta=1e-2, C=C, lower=-1.0)


@pytest.mark.slow
def test_the_first_order_of_first_passage_is_three_per_cent_off_at_its_end():
    mass = 0.3 / (4 * H_B)
    parts = {"mass": mass, "damping": 1 / mass, "D": BARRIER / 6}
    exact = phase_space_passage_time(slope, A, B, **parts) * escape_rate(slope, A, B, **parts)
    assert first_passage_over_kramers(0.3) / exact == pytest.approx(1.031, abs=2e-3)


def test_the_nodes_of_the_chain_are_close_enough_for_ten_digits():
    """Half the spacing gives the same to 1e-13; twice the spacing is off by 4e-9."""
    found = sgd_mean_escape_iterations(lambda x: x, 0.0, 1.0, eta=0.01, C=20.0)
    assert found == pytest.approx(16476.8521419521, rel=1e-10)
