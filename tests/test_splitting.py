"""Splitting against exact references and direct simulation: no bias, intervals that cover, no memory forgotten."""

import numpy as np
import pytest
from numba import njit
from scipy import stats

from diffusion import (
    SGD,
    Adai,
    Adam,
    Coasting,
    FrozenNoise,
    Momentum,
    Overdamped,
    PhaseSpace,
    Position,
    StyblinskiTang,
    TwoTemperatureNoise,
    baoab,
    committor,
    escape_times,
    euler_maruyama,
    part,
    split_escape,
)
from theory.exact import momentum_mean_escape_iterations, sgd_mean_escape_iterations

# Log of the exact mean number of iterations of one coordinate, C = 100 |H_a|: Nystrom for SGD(1e-3), the two-step
# chain for Momentum(1e-4). Two are computed again below.
EXACT_SGD = {
    6.0: 7.140857387776993,
    3.0: 11.547405192438562,
    2.0: 15.711225537521843,
    1.0: 27.745343417160047,
    0.5: 51.17583664949072,
}
EXACT_MOMENTUM = {4.0: 10.067120433039198, 1.0: 28.123471905719992, 0.5: 51.44761938716802}
MOMENTUM = Momentum(1e-4)


def split(mover, k, seed, *, dim=1, noise="frozen", **changes):
    valley = StyblinskiTang(dim, k)
    noise = FrozenNoise(100 * valley.H_a) if noise == "frozen" else noise
    settings = {"start": valley.minimum, "boundary": valley.boundary, "settle": 1000}
    many = {"particles": 400, "replicas": 16}
    return split_escape(valley, noise, mover, seed=seed, **settings | many | changes)


def z(run, log_tau, stderr=0.0):
    """Return the deviation as that of a normal variable: the standard error comes from a few replicas."""
    t = (run.log_tau - log_tau) / np.hypot(run.stderr, stderr)
    return np.sign(t) * stats.norm.isf(stats.t.sf(abs(t), run.replicas - 1))


def exact_log_tau(valley, *, C, boundary=None, jumps=()):
    ends = valley.minimum[0], valley.boundary if boundary is None else boundary
    return sgd_mean_escape_iterations(
        lambda x: valley.slope(x, 0), *ends, eta=1e-3, C=C, jumps=jumps, log=True
    )


def test_the_recorded_exact_numbers_are_those_of_the_oracles():
    valley = StyblinskiTang(1, 3.0)
    assert exact_log_tau(valley, C=100 * valley.H_a) == pytest.approx(EXACT_SGD[3.0], abs=1e-8)
    valley = StyblinskiTang(1, 4.0)
    found = momentum_mean_escape_iterations(
        lambda x: valley.slope(x, 0),
        valley.minimum[0],
        valley.boundary,
        eta=1e-4,
        beta1=0.9,
        C=100 * valley.H_a,
        log=True,
    )
    assert found == pytest.approx(EXACT_MOMENTUM[4.0], abs=1e-5)


@pytest.mark.parametrize("k", EXACT_SGD)
def test_sgd_escapes_after_the_exact_mean(k, seed):
    run = split(SGD(1e-3), k, seed)
    assert abs(z(run, EXACT_SGD[k])) < 4.5
    assert (
        abs(z(run, EXACT_SGD[k] + np.log(2))) > 4.5
    )  # negative control: the factor between the two stop rules


@pytest.mark.parametrize("k", EXACT_MOMENTUM)
def test_momentum_escapes_after_the_exact_mean(k, seed):
    run = split(MOMENTUM, k, seed)
    assert abs(z(run, EXACT_MOMENTUM[k])) < 4.5
    assert abs(z(run, EXACT_MOMENTUM[k] + np.log(2))) > 4.5


@pytest.mark.parametrize("mover", [SGD(1e-3), MOMENTUM], ids=["SGD", "Momentum"])
def test_ten_coordinates_leave_in_a_tenth_of_the_time(mover, seed):
    exact = EXACT_SGD if isinstance(mover, SGD) else EXACT_MOMENTUM
    run = split(mover, 1.0, seed, dim=10, particles=200)
    assert abs(z(run, exact[1.0] - np.log(10))) < 4.5
    assert abs(z(run, exact[1.0])) > 4.5


@pytest.mark.parametrize(
    ("mover", "k"),
    [(Adai(1e-3), 5.0), (Adai(1e-3), 4.0), (Adai(1e-3), 3.25)] + [(Adam(0.1), k) for k in (7.0, 5.0, 3.5)],
    ids=lambda value: getattr(type(value), "__name__", "") + f"{value if isinstance(value, float) else ''}",
)
def test_adam_and_adai_agree_with_direct_simulation(mover, k, seed):
    """Log tau from 7 to 11, in four dimensions, where Adai's mean couples the coordinates; Adam's v has a memory of
    1000 iterations, and its first steps are long."""
    valley = StyblinskiTang(4, k)
    noise = FrozenNoise(100 * valley.H_a)
    ends = {"start": valley.minimum, "boundary": valley.boundary, "seed": seed}
    direct = escape_times(valley, noise, mover, max_iterations=10**8, walkers=2000, **ends).iterations
    assert 7 < np.log(direct.mean()) < 11
    error = direct.std(ddof=1) / direct.mean() / np.sqrt(direct.size)
    run = split_escape(valley, noise, mover, particles=100, replicas=24, settle=4000, **ends)
    assert abs(z(run, np.log(direct.mean()), error)) < 4.5
    assert abs(z(run, np.log(direct.mean() * 1.5), error)) > 4.5


@pytest.mark.parametrize("name", ["euler_maruyama", "baoab"])
def test_processes_agree_with_direct_simulation(name, seed):
    valley = StyblinskiTang(1, 5.0)
    D = 1e-3 * 100 * valley.H_a / 2
    step = (
        euler_maruyama(Overdamped(D), 1e-3)
        if name == "euler_maruyama"
        else baoab(PhaseSpace(1e-3, 1e3, D), 1e-3)
    )
    ends = {"start": valley.minimum, "boundary": valley.boundary, "seed": seed}
    direct = escape_times(valley, None, step, max_iterations=10**8, walkers=3000, **ends).iterations
    error = direct.std(ddof=1) / direct.mean() / np.sqrt(direct.size)
    run = split(step, 5.0, seed, noise=None)
    assert run.eta == 1e-3
    assert abs(z(run, np.log(direct.mean()), error)) < 4.5


def test_committed_walkers_and_two_temperatures_agree_with_the_exact_mean(seed):
    valley = StyblinskiTang(1, 3.0)
    stated = exact_log_tau(valley, C=100 * valley.H_a, boundary=valley.other_minimum[0])
    assert abs(z(split(SGD(1e-3), 3.0, seed, stop="committed"), stated)) < 4.5
    middle, cold = valley.split(0.5), 100 * np.array([1.0, 0.7]) * valley.H_a
    stated = exact_log_tau(valley, C=lambda x: np.where(x < middle, *cold), jumps=(middle,))
    assert abs(z(split(SGD(1e-3), 3.0, seed, noise=TwoTemperatureNoise(*cold, middle)), stated)) < 4.5
    assert stated > EXACT_SGD[3.0] + 1


@part
class Steps:
    """Position in steps so coarse that many climbs end at the same height."""

    def reaction(self, theta, state, l):
        return np.floor(4 * theta[l])


def test_few_particles_and_ties_leave_the_probability_without_bias(seed):
    """The mean rate of 2000 replicas of 16 particles: a bias of order 1 / particles would be seen."""
    for reaction in (Position(), Steps()):
        run = split(SGD(1e-3), 3.0, seed, particles=16, replicas=2000, settle=300, reaction=reaction)
        rate = np.exp(run.log_chance) / run.loop_time * np.exp(EXACT_SGD[3.0])
        assert abs(rate.mean() - 1) < 4.5 * rate.std(ddof=1) / np.sqrt(rate.size)
        assert rate.std(ddof=1) / np.sqrt(rate.size) < 1 / 16 / 2


def test_any_reaction_coordinate_gives_the_same_answer(seed):
    """In three dimensions; in one, a committor orders walkers as their positions do."""
    valley = StyblinskiTang(3, 3.0)
    noise = FrozenNoise(100 * valley.H_a)
    ends = {"start": valley.minimum, "boundary": valley.boundary}
    expected = split(MOMENTUM, 3.0, seed, dim=3, reaction=Position())
    for path in (Position(), Coasting(MOMENTUM, 0.7)):
        chance = committor(valley, noise, MOMENTUM, path=path, **ends)
        run = split(MOMENTUM, 3.0, seed + 1, dim=3, reaction=chance)
        assert abs(z(run, expected.log_tau, expected.stderr)) < 4.5
    valley = StyblinskiTang(1, 3.0)
    chance = committor(
        valley, FrozenNoise(100 * valley.H_a), SGD(1e-3), start=valley.minimum, boundary=valley.boundary
    )
    few = {"particles": 100, "replicas": 4}
    one, other = (split(SGD(1e-3), 3.0, seed, reaction=r, **few) for r in (Position(), chance))
    np.testing.assert_allclose(other.log_tau, one.log_tau, rtol=1e-3)


def test_looking_ahead_makes_momentums_estimate_quieter(seed):
    far, near = (
        split(MOMENTUM, 0.5, seed, particles=200, replicas=24, reaction=r)
        for r in (Position(), Coasting(MOMENTUM))
    )
    assert near.spread < 0.75 * far.spread  # 0.5 on average


def test_a_boundary_that_is_a_function_gives_the_same_bits(seed):
    edge = StyblinskiTang(1, 3.0).boundary

    @njit
    def outside(theta):
        return theta[0] > edge

    few = {"particles": 64, "replicas": 3, "settle": 200}
    one = split(SGD(1e-3), 3.0, seed, **few)
    other = split(SGD(1e-3), 3.0, seed, boundary=outside, reaction=Position(), **few)
    np.testing.assert_array_equal(other.log_chance, one.log_chance)


def test_the_interval_covers(seed):
    """At least 175 of 200 nominal 95 % intervals, 8 replicas of 100 particles; 190 +- 3 if all is right."""
    runs = [
        split(SGD(1e-3), 6.0, seed + i, particles=100, replicas=8, settle=200).interval() for i in range(200)
    ]
    low, high = np.array(runs).T
    assert np.sum((low <= EXACT_SGD[6.0]) & (EXACT_SGD[6.0] <= high)) >= 175
    assert np.median(high - low) < 0.4  # and says something


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mover", "k"), [(SGD(1e-3), 3.0), (SGD(1e-3), 1.0), (SGD(1e-3), 0.5), (MOMENTUM, 1.0)]
)
def test_the_interval_covers_at_low_temperature(mover, k, seed):
    exact = (EXACT_SGD if isinstance(mover, SGD) else EXACT_MOMENTUM)[k]
    runs = [split(mover, k, seed + i, particles=100, replicas=8).interval() for i in range(200)]
    low, high = np.array(runs).T
    assert np.sum((low <= exact) & (exact <= high)) >= 175


@pytest.mark.slow
def test_log_tau_scatters_by_less_than_a_tenth(seed):
    """At k = 1, 20 repeats of 8 x 1000 particles."""
    runs = [split(SGD(1e-3), 1.0, seed + i, particles=1000, replicas=8, settle=5000) for i in range(20)]
    assert np.std([run.log_tau for run in runs], ddof=1) < 0.1
    assert min(run.log_gain for run in runs) > np.log(1e5)
