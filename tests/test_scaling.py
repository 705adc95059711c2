"""Exact scaling: theta on f(sqrt(k) theta) at rate eta is phi = sqrt(k) theta on f at k eta (Adam sqrt(k) eta)."""

import numpy as np
import pytest

from diffusion import (
    SGD,
    Adai,
    Adam,
    DataNoise,
    FrozenNoise,
    MinibatchNoise,
    Momentum,
    StyblinskiTang,
    TwoTemperatureNoise,
    escape_times,
    evolve,
)

DIM = 3
# the optimizer of theta at sharpness k, so that the optimizer of phi is that at k = 1
OPTIMIZERS = {
    "sgd": lambda k: SGD(2e-3 / k),
    "momentum": lambda k: Momentum(2e-4 / k),
    "ema, corrected": lambda k: Momentum(2e-3 / k, 0.9, 0.1, bias_correction=True),
    "adam": lambda k: Adam(0.3 / k**0.5, eps=1e-3 * k**0.5),
    "adai": lambda k: Adai(2e-3 / k),
    "adaiw": lambda k: Adai(2e-3 / k, weight_decay=0.5 * k),
}
SAMPLES = np.random.default_rng(5).normal(0, 2, (1000, DIM))
NOISES = {
    "frozen": lambda k: FrozenNoise(k * 15000.0),
    "two-temperature": lambda k: TwoTemperatureNoise(k * 15000.0, k * 9000.0, -2 / k**0.5),
    "closed-form data": lambda k: DataNoise(3, 4.0),
    "minibatch": lambda k: MinibatchNoise(SAMPLES, 3),
}
# the noise by coordinate is the same code for every optimizer: two of its kinds are tried with one only
PAIRS = [(n, o) for n in NOISES for o in OPTIMIZERS if n in ("frozen", "minibatch") or o == "sgd"]
ESCAPES = [("frozen", o) for o in OPTIMIZERS] + [("minibatch", o) for o in ("sgd", "adai")]
FIXED = {  # negative controls: these do not scale
    "noise that does not know k": lambda k: FrozenNoise(15000.0),
    "data that stretch with theta": lambda k: MinibatchNoise(SAMPLES * k**0.5, 3),
}


def phi(noise, optimizer, k, iterations=(1, 50, 400)):
    valley = StyblinskiTang(DIM, k)
    run = evolve(
        valley, noise(k), optimizer(k), valley.minimum, iterations, walkers=70, seed=3, keep="positions"
    )
    return valley.stretch * run.positions


def escape_iterations(noise, optimizer, k):
    valley = StyblinskiTang(DIM, k)
    place = {"start": valley.minimum, "boundary": valley.boundary}
    run = escape_times(valley, noise(k), optimizer(k), **place, max_iterations=2000, walkers=70, seed=3)
    return run.iterations


@pytest.mark.parametrize(("noise", "optimizer"), PAIRS)
def test_positions_scale_to_the_last_bit_at_four_times_the_sharpness(noise, optimizer):
    noise, optimizer = NOISES[noise], OPTIMIZERS[optimizer]
    np.testing.assert_array_equal(phi(noise, optimizer, 4.0), phi(noise, optimizer, 1.0))


@pytest.mark.parametrize(("noise", "optimizer"), ESCAPES)
def test_escape_iterations_are_equal_at_four_times_the_sharpness(noise, optimizer):
    noise, optimizer = NOISES[noise], OPTIMIZERS[optimizer]
    one, four = escape_iterations(noise, optimizer, 1.0), escape_iterations(noise, optimizer, 4.0)
    assert np.mean(one < 2000) > 0.1
    np.testing.assert_array_equal(four, one)


@pytest.mark.parametrize(("noise", "optimizer"), PAIRS)
def test_positions_scale_to_rounding_at_three_times_the_sharpness(noise, optimizer):
    noise, optimizer = NOISES[noise], OPTIMIZERS[optimizer]
    one, three = (phi(noise, optimizer, k, [1, 5]) for k in (1.0, 3.0))
    np.testing.assert_allclose(three, one, rtol=0, atol=1.4e-15 * abs(one).max())


@pytest.mark.parametrize("noise", FIXED)
@pytest.mark.parametrize("optimizer", ["sgd", "adai"])
def test_noise_that_does_not_scale_is_noticed(noise, optimizer):
    noise, optimizer = FIXED[noise], OPTIMIZERS[optimizer]
    one, four = phi(noise, optimizer, 1.0), phi(noise, optimizer, 4.0)
    assert np.median(abs(four - one)) > 1e-3
    assert np.any(escape_iterations(noise, optimizer, 4.0) != escape_iterations(noise, optimizer, 1.0))


@pytest.mark.parametrize("bias_correction", [False, True])
def test_the_two_styles_of_momentum_are_one_algorithm(bias_correction):
    heavy, average = Momentum(2e-4, 0.9, 1.0, bias_correction), Momentum(2e-3, 0.9, 0.1, bias_correction)
    one, other = (phi(NOISES["frozen"], lambda k, o=o: o, 1.0) for o in (heavy, average))
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)
    halves = Momentum(1e-3, 0.5, 1.0, bias_correction), Momentum(2e-3, 0.5, 0.5, bias_correction)
    one, other = (phi(NOISES["frozen"], lambda k, o=o: o, 1.0) for o in halves)
    np.testing.assert_array_equal(one, other)


def test_adai_in_one_dimension_is_a_bias_corrected_moving_average():
    valley, noise = StyblinskiTang(1), FrozenNoise(15000.0)
    for beta0 in (0.1, 0.5):
        twins = Adai(2e-3, beta0), Momentum(2e-3, 1 - beta0, beta0, bias_correction=True)
        run = {"walkers": 70, "seed": 3}
        one, other = (
            evolve(valley, noise, o, valley.minimum, [1, 50, 400], keep="positions", **run).positions
            for o in twins
        )
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)
        place = {"start": valley.minimum, "boundary": valley.boundary, "max_iterations": 2000}
        one, other = (escape_times(valley, noise, o, **place, **run).iterations for o in twins)
        np.testing.assert_array_equal(one, other)
