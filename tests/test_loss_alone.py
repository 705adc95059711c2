"""A landscape from a loss alone: the gradient to rounding by complex steps, to ten digits by differences."""

import math
import re

import numba
import numpy as np
import pytest

from diffusion import SGD, FrozenNoise, StyblinskiTang, evolve, gradient_at, landscape_of


@numba.njit
def analytic(theta):
    return np.exp(theta[0] * theta[1]) + (theta[1] - theta[0] ** 2) ** 2 + np.sin(3 * theta[2])


@numba.njit
def real_only(theta):  # math.exp takes no complex numbers
    return math.exp(theta[0] * theta[1]) + (theta[1] - theta[0] ** 2) ** 2 + math.sin(3 * theta[2])


@numba.njit
def with_magnitude(theta):  # compiles for complex numbers, and means something else there
    return abs(theta[0]) ** 2 + theta[1] ** 2


@numba.njit
def tang(theta):
    total = 0.0 * theta[0]
    for x in theta:
        total += 0.5 * (x**4 - 16 * x**2 + 5 * x)
    return total


def gradient(x, y, z):
    e = np.exp(x * y)
    return np.array([y * e - 4 * x * (y - x * x), x * e + 2 * (y - x * x), 3 * np.cos(3 * z)])


POINT = np.array([0.3, -0.7, 0.4])


def test_complex_steps_are_exact_to_rounding():
    landscape = landscape_of(analytic, 3)
    assert landscape.evaluations == 3
    np.testing.assert_allclose(gradient_at(landscape, POINT), gradient(*POINT), rtol=1e-14)
    assert landscape.loss(POINT) == analytic(POINT)
    assert landscape.loss(np.stack([POINT, 2 * POINT])).tolist() == [analytic(POINT), analytic(2 * POINT)]


@pytest.mark.parametrize("loss", [real_only, with_magnitude])
def test_differences_take_over_where_complex_numbers_do_not_do(loss):
    landscape = landscape_of(loss, 3)
    assert landscape.evaluations == 18
    expected = gradient(*POINT) if loss is real_only else 2 * POINT * [1, 1, 0]
    error = np.abs(gradient_at(landscape, POINT) - expected).max()
    assert error < 1e-10 * np.abs(expected).max()


def test_walkers_go_where_those_of_the_written_gradient_go(seed):
    run = (FrozenNoise(1e3), SGD(1e-3), -2.9, [20])
    ours = evolve(landscape_of(tang, 4), *run, walkers=40, seed=seed, keep="positions")
    theirs = evolve(StyblinskiTang(4), *run, walkers=40, seed=seed, keep="positions")
    np.testing.assert_allclose(ours.positions, theirs.positions, rtol=1e-10)


@numba.njit
def kinked(theta):
    return math.floor(20 * theta[0]) + theta[0]


@numba.njit
def pole(theta):
    return 1 / (theta[0] - 2) if theta[0] > 1 else np.nan


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: landscape_of(lambda theta: 0.0, 2), "loss must be a function compiled by numba.njit, got"),
        (
            lambda: landscape_of(analytic, 2),
            "loss must be loss(theta) of an array of shape (2,), got IndexError",
        ),
        (lambda: landscape_of(kinked, 1), "Is it smooth there, and free of random numbers?"),
        (lambda: landscape_of(pole, 1, at=[0.5]), "at must be a point where the loss is finite"),
        (lambda: landscape_of(analytic, 3, at=[0.5]), "at must be of shape (3,), got (1,)"),
        (lambda: landscape_of(analytic, 3).loss(np.zeros(2)), "theta must be of shape (..., 3), got (2,)"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(make, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_a_point_to_check_at_may_be_given():
    assert landscape_of(pole, 1, at=[1.5]).evaluations == 6
