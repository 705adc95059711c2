"""Splitting against exact references and direct simulation: no bias, intervals that cover, no memory forgotten."""

import threading
import time
import warnings

import numpy as np
import pytest
from numba import njit
from scipy import stats

from diffusion import (
    SGD,
    Adai,
    Adam,
    Coasting,
    DataNoise,
    Diverged,
    Extinct,
    FrozenNoise,
    HessianNoise,
    Interrupted,
    IsotropicNoise,
    MinibatchNoise,
    Momentum,
    Overdamped,
    PhaseSpace,
    Position,
    SplittingEstimate,
    Stuck,
    StyblinskiTang,
    TwoTemperatureNoise,
    Watch,
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


FEW = {"particles": 64, "replicas": 3, "settle": 200}


def slow(*values):
    return pytest.param(*values, marks=pytest.mark.slow)


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
    # negative controls: the factor between the two stop rules; at the coldest, e
    assert abs(z(run, EXACT_SGD[k] + (np.log(2) if k > 0.5 else 1))) > 4.5


@pytest.mark.parametrize("k", [4.0, 1.0, slow(0.5)])
def test_momentum_escapes_after_the_exact_mean(k, seed):
    run = split(MOMENTUM, k, seed)
    assert abs(z(run, EXACT_MOMENTUM[k])) < 4.5
    assert abs(z(run, EXACT_MOMENTUM[k] + (np.log(2) if k > 0.5 else 1))) > 4.5


@pytest.mark.parametrize("mover", [SGD(1e-3), slow(MOMENTUM)], ids=["SGD", "Momentum"])
def test_ten_coordinates_leave_in_a_tenth_of_the_time(mover, seed):
    exact = EXACT_SGD if isinstance(mover, SGD) else EXACT_MOMENTUM
    run = split(mover, 1.0, seed, dim=10, particles=200)
    assert abs(z(run, exact[1.0] - np.log(10))) < 4.5
    assert abs(z(run, exact[1.0])) > 4.5


@pytest.mark.parametrize(
    ("mover", "k"),
    [
        (Adai(1e-3), 5.0),
        slow(Adai(1e-3), 4.0),
        slow(Adai(1e-3), 3.25),
        (Adam(0.1), 7.0),
        slow(Adam(0.1), 5.0),
        slow(Adam(0.1), 3.5),
    ],
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
    assert abs(z(run, np.log(direct.mean() * 2), error)) > 4.5


@pytest.mark.slow
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
    assert abs(z(run, np.log(direct.mean() * 2), error)) > 4.5


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:HessianNoise is at its floor")
@pytest.mark.parametrize("name", ["isotropic", "hessian", "data", "minibatch"])
def test_every_noise_agrees_with_direct_simulation(name, seed):
    valley = StyblinskiTang(2, 2.0 if name == "minibatch" else 5.0)
    samples = np.random.default_rng(0).normal(0, 2, (5000, 2))
    noise = {
        "isotropic": IsotropicNoise(float(100 * valley.H_a)),
        "hessian": HessianNoise(10, 1000.0, 100.0),
        "data": DataNoise(2, 4.0, drift="bare"),
        "minibatch": MinibatchNoise(samples, 10),
    }[name]
    ends = {"start": valley.minimum, "boundary": valley.boundary, "seed": seed}
    direct = escape_times(valley, noise, SGD(1e-3), max_iterations=10**7, walkers=2000, **ends).iterations
    error = direct.std(ddof=1) / direct.mean() / np.sqrt(direct.size)
    run = split(SGD(1e-3), valley.k, seed, dim=2, noise=noise, replicas=24, particles=200)
    assert abs(z(run, np.log(direct.mean()), error)) < 4.5
    assert abs(z(run, np.log(direct.mean() * 2), error)) > 4.5


def test_committed_walkers_leave_after_the_exact_mean(seed):
    valley = StyblinskiTang(1, 3.0)
    stated = exact_log_tau(valley, C=100 * valley.H_a, boundary=valley.other_minimum[0])
    run = split(SGD(1e-3), 3.0, seed, stop="committed")
    assert run.stop == "committed"
    assert abs(z(run, stated)) < 4.5
    assert stated > EXACT_SGD[3.0] + 0.4


@pytest.mark.slow
def test_two_temperatures_agree_with_the_exact_mean(seed):
    valley = StyblinskiTang(1, 3.0)
    middle, cold = valley.split(0.5), 100 * np.array([1.0, 0.7]) * valley.H_a
    stated = exact_log_tau(valley, C=lambda x: np.where(x < middle, *cold), jumps=(middle,))
    assert abs(z(split(SGD(1e-3), 3.0, seed, noise=TwoTemperatureNoise(*cold, middle)), stated)) < 4.5
    assert stated > EXACT_SGD[3.0] + 1


@part
class Steps:
    """Position in steps of a width so coarse that many climbs end at the same height, up to a ceiling."""

    per_unit: float
    ceiling: float = 1e9

    def reaction(self, theta, state, l):
        return min(np.floor(self.per_unit * theta[l]), self.ceiling)


@pytest.mark.filterwarnings("ignore:.* replicas died out")
def test_few_particles_and_ties_leave_the_probability_without_bias(seed):
    """The mean rate of 400 replicas of 16 particles: a bias of order 1 / particles would be seen."""
    for reaction in (Position(), Steps(4.0)):
        run = split(SGD(1e-3), 6.0, seed, particles=16, replicas=400, settle=200, reaction=reaction)
        rate = np.exp(run.log_chance) / run.loop_time * np.exp(EXACT_SGD[6.0])
        error = rate.std(ddof=1) / np.sqrt(rate.size)
        assert abs(rate.mean() - 1) < 4.5 * error
        assert error < 1 / 16 / 2


def test_threads_do_not_change_the_numbers(seed):
    runs = [split(SGD(1e-3), 3.0, seed, **FEW | {"replicas": 5}, workers=workers) for workers in (1, 2, 5)]
    for run in runs[1:]:
        np.testing.assert_array_equal(run.log_chance, runs[0].log_chance)
        np.testing.assert_array_equal(run.loop_time, runs[0].loop_time)
        assert run.steps == runs[0].steps
    other = split(SGD(1e-3), 3.0, seed + 1, **FEW)
    assert not np.isin(other.log_chance, runs[0].log_chance).any()


@pytest.mark.slow
def test_any_reaction_coordinate_gives_the_same_answer(seed):
    valley = StyblinskiTang(3, 3.0)
    noise = FrozenNoise(100 * valley.H_a)
    ends = {"start": valley.minimum, "boundary": valley.boundary}
    expected = split(MOMENTUM, 3.0, seed, dim=3, reaction=Position())
    for path in (Position(), Coasting(MOMENTUM, 0.7)):
        chance = committor(valley, noise, MOMENTUM, path=path, **ends)
        run = split(MOMENTUM, 3.0, seed + 1, dim=3, reaction=chance)
        assert abs(z(run, expected.log_tau, expected.stderr)) < 4.5


@pytest.mark.slow
def test_in_one_dimension_a_committor_orders_walkers_as_their_positions_do(seed):
    valley = StyblinskiTang(1, 3.0)
    chance = committor(
        valley, FrozenNoise(100 * valley.H_a), SGD(1e-3), start=valley.minimum, boundary=valley.boundary
    )
    one, other = (split(SGD(1e-3), 3.0, seed, reaction=r, **FEW) for r in (Position(), chance))
    np.testing.assert_allclose(other.log_tau, one.log_tau, rtol=1e-3)


@pytest.mark.slow
def test_looking_ahead_makes_momentums_estimate_quieter(seed):
    """At k = 1 log rates scatter by 0.32 with positions alone, by 0.17 with where the walkers coast to."""
    far, near = (
        split(MOMENTUM, 1.0, seed, particles=1000, replicas=48, reaction=r)
        for r in (Position(), Coasting(MOMENTUM))
    )
    assert near.spread < 0.75 * far.spread


@pytest.mark.slow
def test_a_boundary_that_is_a_function_gives_the_same_bits(seed):
    edge = StyblinskiTang(1, 3.0).boundary

    @njit
    def outside(theta):
        return theta[0] > edge

    one = split(SGD(1e-3), 3.0, seed, **FEW)
    other = split(SGD(1e-3), 3.0, seed, boundary=outside, reaction=Position(), **FEW)
    np.testing.assert_array_equal(other.log_chance, one.log_chance)


def covered(runs, exact, narrower=1.0):
    """Return how many 95 % intervals contain the exact value, their half widths over ``narrower``."""
    low, high = np.array([run.interval() for run in runs]).T
    middle, half = (low + high) / 2, (high - low) / 2 / narrower
    return int(np.sum(np.abs(middle - exact) <= half))


def test_the_interval_covers(seed):
    """At least 175 of 200 nominal 95 % intervals, 8 replicas of 100 particles; half as wide they do not."""
    runs = [split(SGD(1e-3), 6.0, seed + i, particles=100, replicas=8, settle=200) for i in range(200)]
    assert covered(runs, EXACT_SGD[6.0]) >= 175
    assert covered(runs, EXACT_SGD[6.0], narrower=2.5) < 175
    assert np.median([np.ptp(run.interval()) for run in runs]) < 0.4  # and says something


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mover", "k"), [(SGD(1e-3), 3.0), (SGD(1e-3), 1.0), (SGD(1e-3), 0.5), (MOMENTUM, 1.0)]
)
def test_the_interval_covers_at_low_temperature(mover, k, seed):
    exact = (EXACT_SGD if isinstance(mover, SGD) else EXACT_MOMENTUM)[k]
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "the replicas scatter"
        )  # at k = 0.5 some do; they have to cover too
        runs = [split(mover, k, seed + i, particles=100, replicas=8) for i in range(200)]
    assert covered(runs, exact) >= 175


@pytest.mark.slow
def test_log_tau_scatters_by_less_than_a_tenth(seed):
    """At k = 1, 20 repeats of 8 x 1000 particles."""
    runs = [split(SGD(1e-3), 1.0, seed + i, particles=1000, replicas=8, settle=5000) for i in range(20)]
    assert np.std([run.log_tau for run in runs], ddof=1) < 0.1
    assert min(run.log_gain for run in runs) > np.log(1e5)


def estimate(log_chance, particles=1000, loop_time=100.0):
    log_chance = np.array(log_chance)
    n = log_chance.size
    levels = np.full(n, 50)
    return SplittingEstimate(
        log_chance, np.full(n, loop_time), levels, particles, 1e-3, 10**6, -1.0, 0.0, seed=0
    )


def test_replicas_that_agree_by_luck_do_not_narrow_the_interval():
    """The error is never below that of ideal splitting, the variance log(1 / p) / particles."""
    lucky = estimate([-20.0] * 8)
    assert lucky.spread == pytest.approx(np.sqrt(20 / 1000))
    assert lucky.log_tau == pytest.approx(20 + np.log(100))
    low, high = lucky.interval()
    assert high - lucky.log_tau == pytest.approx(stats.t.ppf(0.975, 7) * lucky.stderr) == lucky.log_tau - low


def test_replicas_that_died_out_widen_the_interval():
    whole, one, most = (
        estimate([-20.0, -20.2, -19.8, -20.1] + [-20.0] * (4 - lost) + [-np.inf] * lost) for lost in (0, 1, 4)
    )
    assert (whole.extinct, one.extinct, most.extinct) == (0, 1, 4)
    assert one.log_tau == pytest.approx(whole.log_tau + np.log(8 / 7), abs=0.02)  # each is a rate of zero
    assert np.ptp(one.interval()) > 1.5 * np.ptp(whole.interval())
    # the interval is that of the rate, as far above it as below
    np.testing.assert_allclose(np.exp(-np.array(one.interval())).sum(), 2 * np.exp(-one.log_tau))
    assert most.interval()[1] - most.log_tau > 1
    assert estimate([-20.0, -np.inf, -np.inf]).interval()[1] == np.inf


def test_the_gain_is_that_over_walkers_who_are_waited_for():
    """n exponential times have a standard error of n^-1/2 in log, and cost n tau steps."""
    run = estimate([-20.0, -20.4, -19.6, -20.1])
    n = run.stderr**-2
    assert run.log_gain == pytest.approx(np.log(n) + run.log_tau - np.log(run.steps))


def test_when_every_climb_dies_out_it_is_an_error(seed):
    low = np.floor(4 * StyblinskiTang(1, 1.0).minimum[0])
    with pytest.raises(Extinct, match="every climb of all 3 replicas died out before it was out; raise part"):
        split(SGD(1e-3), 1.0, seed, reaction=Steps(4.0, low + 4), **FEW)


def test_a_replica_that_dies_out_is_told(seed):
    with pytest.warns(UserWarning, match="of 20 replicas died out: the interval is wide; raise particles"):
        run = split(SGD(1e-3), 3.0, seed, reaction=Steps(1.5), particles=16, replicas=20, settle=200)
    assert 0 < run.extinct < 20


def test_replicas_that_scatter_too_much_are_told(seed):
    with pytest.warns(UserWarning, match="the replicas scatter by .* in log: the interval may be too short"):
        split(SGD(1e-3), 0.5, seed, **FEW | {"particles": 16, "replicas": 8})


def test_walkers_that_neither_come_back_nor_leave_are_an_error(seed):
    with pytest.raises(Stuck, match=r"within 3 iterations; raise max_iterations, or choose another reaction"):
        split(SGD(1e-3), 3.0, seed, **FEW | {"settle": 1, "max_iterations": 3})


def test_walkers_that_diverge_are_an_error(seed):
    with pytest.raises(Diverged, match="walkers diverged by iteration"):
        split(SGD(0.1), 6.0, seed, **FEW)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"particles": 15}, "particles must be a whole number from 16 to"),
        ({"replicas": 2}, "replicas must be a whole number from 3 to"),
        ({"settle": 0}, "settle must be"),
        ({"max_iterations": 0}, "max_iterations must be"),
        ({"workers": 0}, "workers must be"),
        ({"stop": "later"}, "stop must be"),
        ({"reaction": "position"}, r"reaction must be a reaction coordinate such as Position\(\)"),
        ({"reaction": Steps(0.001)}, "reaction must be spread out in the valley"),
        ({"start": 1.0}, "start must be below the boundary"),
        (
            {"boundary": njit(lambda theta: theta[0] > 1)},
            "reaction must be given where the boundary is no num",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_bad_arguments_are_one_line(changes, message):
    with pytest.raises(ValueError, match=message) as caught:
        split(SGD(1e-3), 3.0, 0, **FEW | changes)
    assert "\n" not in str(caught.value)


def test_coasting_needs_inertia():
    with pytest.raises(ValueError, match="mover must be one with inertia"):
        Coasting(SGD(1e-3))


def test_a_run_that_is_stopped_hands_over_its_finished_replicas(seed):
    watch = Watch()

    def stop():
        while watch.finished < 4 * 64 and not watch.stopped:
            time.sleep(1e-3)
        watch.stop()

    many = FEW | {"replicas": 400, "workers": 1}
    stopper = threading.Thread(target=stop)
    stopper.start()
    with pytest.raises(Interrupted) as caught:
        split(SGD(1e-3), 3.0, seed, watch=watch, **many)
    stopper.join()
    partial = caught.value.partial
    assert 4 <= partial.replicas < 400
    whole = split(SGD(1e-3), 3.0, seed, **many | {"replicas": partial.replicas})
    np.testing.assert_array_equal(partial.log_chance, whole.log_chance)
    watch = Watch()
    watch.stop()
    with pytest.raises(Interrupted) as caught:
        split(SGD(1e-3), 3.0, seed, watch=watch, **many)
    assert caught.value.partial is None
