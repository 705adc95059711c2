"""Passage times on the line: the continuous process, SGD and heavy ball."""

import time

import mpmath as mp
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.special import dawsn

from theory.exact import (
    mean_passage_time,
    momentum_mean_escape_iterations,
    passage_decay_rate,
    passage_time_second_moment,
    sgd_mean_escape_iterations,
)

A, B, OTHER = -2.903534027771177, 0.15673125678034008, 2.746802770990837
H_A, H_B, BARRIER = 34.58305910255069, -15.85261187888833, 39.36177806282677
SPLIT = -1.2
WORDS = ("ito", "stratonovich", "fick")
# How far beyond its boundary a random walk with unit steps seems to be stopped, -zeta(1/2)/sqrt(2 pi).
OVERSHOOT = 0.5825971579390106


def slope(x):
    return 2 * x**3 - 16 * x + 2.5


def flat(x):
    return 0 * x


def two_temperatures(x):
    return np.where(x < SPLIT, 9.33, 4.0)


# ---- the continuous process ----


@pytest.mark.parametrize(
    ("start", "boundary", "expected"),
    [(-2.903534, 0.156731, 10.00382452807), (A, B, 10.00382712738)],
)
def test_styblinski_tang_to_ten_digits_in_milliseconds(start, boundary, expected):
    began = time.process_time()
    tau = mean_passage_time(slope, 9.33, start, boundary)
    assert time.process_time() - began < 0.5
    assert tau == pytest.approx(expected, rel=1e-11)


def test_free_diffusion_from_a_wall():
    start, D = np.array([0.0, 0.5, 1.9]), 0.7
    tau = mean_passage_time(flat, D, start, 2.0, lower=0.0)
    assert tau.shape == (3,)
    np.testing.assert_allclose(tau, (4 - start**2) / (2 * D), rtol=1e-13)
    second = passage_time_second_moment(flat, D, 0.0, 2.0, lower=0.0)
    assert second == pytest.approx(5 / 12 * 2.0**4 / D**2, rel=1e-13)
    assert passage_decay_rate(flat, D, 0.0, 2.0, lower=0.0) == pytest.approx(D * np.pi**2 / 16, rel=1e-12)


@pytest.mark.parametrize(("q", "interpretation"), [(0.0, "ito"), (0.5, "stratonovich"), (1.0, "fick")])
def test_varying_noise_against_the_backward_equation(q, interpretation):
    """w = -tau' of D^(1-q) (D^q tau')' - L' tau' = -1 with D = x + 6, stepped up from the wall."""

    def climb(x, state):
        w = state[0]
        return [((slope(x) - q) * w + 1) / (x + 6), w if x >= -2.9 else 0.0]

    kwargs = {"method": "DOP853", "rtol": 1e-13, "atol": 1e-15}
    to_start = solve_ivp(climb, (-5.0, -2.9), [0.0, 0.0], **kwargs)
    tau = solve_ivp(climb, (-2.9, 0.1), [to_start.y[0, -1], 0.0], **kwargs).y[1, -1]
    got = mean_passage_time(slope, lambda x: x + 6, -2.9, 0.1, interpretation=interpretation, lower=-5.0)
    assert got == pytest.approx(tau, rel=1e-10)


def test_a_steep_change_of_the_noise_is_resolved():
    def D(x):
        return 6.5 - 2.5 * np.tanh(300 * (x - SPLIT))

    kwargs = {"method": "DOP853", "rtol": 1e-12, "atol": 1e-14, "max_step": 1e-2}
    below = solve_ivp(lambda x, w: (slope(x) * w + 1) / D(x), (-5.0, A), [0.0], **kwargs).y[0, -1]
    above = solve_ivp(lambda x, s: [(slope(x) * s[0] + 1) / D(x), s[0]], (A, B), [below, 0.0], **kwargs).y[
        1, -1
    ]
    assert mean_passage_time(slope, D, A, B, lower=-5.0) == pytest.approx(above, rel=1e-10)


@pytest.mark.parametrize("end", [20.0, 40.0, 200.0])
def test_the_harmonic_well_by_dawsons_integral(end):
    """Up to terms of relative size exp(-end^2/2)."""
    log_tau = mean_passage_time(lambda x: x, 1.0, 0.0, end, log=True)
    expected = np.log(2 * np.sqrt(np.pi) * dawsn(end / np.sqrt(2))) + end**2 / 2
    assert log_tau == pytest.approx(expected, abs=1e-11 + 1e-15 * expected)


def test_a_deeper_well_behind_a_high_barrier_is_not_cut_off():
    """From the shallow well up the far side, past 72 kT on the left: the walker is caught in the deep one first."""
    found = mean_passage_time(slope, 0.35, OTHER, 4.0, log=True)
    assert found == pytest.approx(mean_passage_time(slope, 0.35, OTHER, 4.0, lower=-6.0, log=True), abs=1e-11)
    assert found > mean_passage_time(slope, 0.35, OTHER, 4.0, lower=B, log=True) + 20


def test_interpretations_agree_only_for_constant_noise():
    constant = [mean_passage_time(slope, 9.33, A, B, interpretation=word) for word in WORDS]
    np.testing.assert_allclose(constant, constant[0], rtol=1e-12)
    varying = [mean_passage_time(slope, two_temperatures, A, B, interpretation=word) for word in WORDS]
    assert varying[0] * 1.3 < varying[1] < varying[2] / 1.3


def test_fick_over_ito_is_the_ratio_of_the_noise_at_both_ends():
    """With D proportional to |H| on each side the Ito prefactor is 1/H_a, the Fick one 1/|H_b|: a factor 2.18."""

    def noise(x):
        return 0.02 * np.where(x < SPLIT, H_A, -H_B)

    log_ito, _, log_fick = (
        mean_passage_time(slope, noise, A, B, interpretation=word, jumps=(SPLIT,), log=True) for word in WORDS
    )
    assert log_fick - log_ito == pytest.approx(np.log(H_A / -H_B), abs=1e-8)


@pytest.mark.parametrize("interpretation", WORDS)
def test_a_jump_is_found_without_being_named(interpretation):
    named = mean_passage_time(slope, two_temperatures, A, B, interpretation=interpretation, jumps=(SPLIT,))
    found = mean_passage_time(slope, two_temperatures, A, B, interpretation=interpretation)
    assert found == pytest.approx(named, rel=1e-10)


@pytest.mark.parametrize("barrier", [30.0, 700.0, 37_800.0])
def test_the_log_survives_any_barrier_and_meets_kramers(barrier):
    log_tau = mean_passage_time(slope, BARRIER / barrier, A, B, log=True)
    half_kramers = np.log(np.pi / np.sqrt(H_A * -H_B)) + barrier
    # The cubic term at the saddle, where the walker stops, makes the first correction of order E^-1/2.
    assert abs(log_tau - half_kramers) < 0.1 / np.sqrt(barrier)


def test_first_passage_to_the_saddle_is_half_of_committed():
    first, committed = (mean_passage_time(slope, BARRIER / 20, A, end) for end in (B, OTHER))
    assert committed / first == pytest.approx(2.0, abs=0.15)
    deeper = [mean_passage_time(slope, BARRIER / 800, A, end, log=True) for end in (B, OTHER)]
    assert np.exp(deeper[1] - deeper[0]) == pytest.approx(2.0, abs=0.025)


def test_high_barriers_give_exponential_times():
    for barrier, tolerance in ((4.0, 2e-2), (20.0, 1e-8), (1000.0, 1e-8)):
        problem = (slope, BARRIER / barrier, A, B)
        log_tau = mean_passage_time(*problem, log=True)
        assert passage_time_second_moment(*problem, log=True) - 2 * log_tau == pytest.approx(
            np.log(2), abs=tolerance
        )
        assert passage_decay_rate(*problem, log=True) + log_tau == pytest.approx(0, abs=tolerance)


def test_rescaled_space_and_loss_leave_the_time_alone():
    """Distances times s and D times s^2 with the slope times s: the clock is the same."""
    s = 3.7
    scaled = mean_passage_time(lambda x: s * slope(x / s), 9.33 * s**2, s * A, s * B)
    assert scaled == pytest.approx(mean_passage_time(slope, 9.33, A, B), rel=1e-12)


def test_a_harder_wall_further_down_changes_nothing_and_a_near_one_does():
    free = mean_passage_time(slope, 9.33, A, B)
    assert mean_passage_time(slope, 9.33, A, B, lower=-9.0) == pytest.approx(free, rel=1e-12)
    assert mean_passage_time(slope, 9.33, A, B, lower=-3.2) < 0.9 * free


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": 1.0}, "start must be below the boundary"),
        ({"start": np.nan}, "start must be finite"),
        ({"boundary": np.inf}, "boundary must be finite"),
        ({"D": 0.0}, "D must be positive"),
        ({"D": np.nan}, "D must be positive"),
        ({"D": lambda x: np.abs(6 * x * x - 16)}, "the mean time is infinite"),
        ({"D": lambda x: 30 * np.abs(6 * x * x - 16)}, "the mean time is infinite"),
        ({"D": 0.01}, "ask for log=True"),
        ({"slope": flat}, "slope must be confining .* give lower="),
        ({"slope": lambda x: -slope(x)}, "slope must be confining"),
        ({"slope": lambda x: np.where(x < -2, np.nan, x)}, "slope must be finite"),
        ({"interpretation": "Ito"}, "interpretation must be one of"),
        ({"lower": -1.0}, "lower must be at or below the start"),
    ],
)
def test_a_passage_that_makes_no_sense_is_refused(change, message):
    good = {"slope": slope, "D": 9.33, "start": A, "boundary": B}
    with pytest.raises(ValueError, match=message):
        mean_passage_time(**(good | change))


def test_wells_that_relax_equally_fast_are_refused():
    """Two equal steps of a tilted washboard: each is left at the same rate."""
    with pytest.raises(ArithmeticError, match="too close"):
        passage_decay_rate(lambda x: 10 * np.sin(x) - 1, 0.3, 0.0, 10.5, lower=-1.5)


# ---- SGD ----


def legendre_in_40_digits(n):
    """Nodes and weights; double precision would leak 1e-16 of the walkers at every step."""
    nodes, weights = [], []
    for x in map(mp.mpf, np.polynomial.legendre.leggauss(n)[0]):
        for _ in range(2):
            p, before = mp.mpf(1), mp.mpf(0)
            for k in range(n):
                p, before = ((2 * k + 1) * x * p - k * before) / (k + 1), p
            rise = n * (x * p - before) / (x * x - 1)
            x -= p / rise
        nodes.append(x)
        weights.append(2 / ((1 - x * x) * rise**2))
    return nodes, weights


def sgd_by_elimination_in_40_digits(eta, C, lower, nodes):
    """Gaussian elimination of (1 - K) tau = 1, nothing clever."""
    with mp.workdps(40):
        x, w = legendre_in_40_digits(nodes)
        x, w = [lower + (v + 1) / 2 * (B - lower) for v in x], [v * (B - lower) / 2 for v in w]
        sd = mp.sqrt(C) * eta
        peak = 1 / (sd * mp.sqrt(2 * mp.pi))

        def row(position):
            mean = position - eta * (2 * position**3 - 16 * position + mp.mpf("2.5"))
            return [v * peak * mp.exp(-(((y - mean) / sd) ** 2) / 2) for y, v in zip(x, w, strict=True)]

        matrix = mp.matrix([[(i == j) - k for j, k in enumerate(row(p))] for i, p in enumerate(x)])
        tau = mp.lu_solve(matrix, mp.ones(nodes, 1))
        return 1 + mp.fdot(row(mp.mpf(A)), list(tau))


def test_sgd_agrees_with_elimination_in_40_digits_at_1e20():
    eta, D = 0.01, 0.9
    began = time.process_time()
    iterations = sgd_mean_escape_iterations(slope, A, B, eta=eta, C=2 * D / eta)
    assert time.process_time() - began < 1.0
    assert 1e20 < iterations < 2e20
    # A wall high enough for discrete steps, which climb the steep side more easily than the continuous process.
    exact = sgd_by_elimination_in_40_digits(mp.mpf("0.01"), mp.mpf(180), -5.2, 128)
    assert iterations == pytest.approx(float(exact), rel=1e-7)


def test_sgd_tends_to_its_process_and_the_boundary_moves_by_the_overshoot():
    def miss(eta, moved):
        D = 4.0
        tau = eta * sgd_mean_escape_iterations(slope, A, B, eta=eta, C=2 * D / eta)
        end = B + moved * OVERSHOOT * np.sqrt(2 * D * eta)
        return tau / mean_passage_time(slope, D, A, end) - 1

    assert np.log(miss(4e-6, 0) / miss(1e-6, 0)) / np.log(4) == pytest.approx(0.5, abs=0.02)
    assert np.log2(miss(4e-5, 1) / miss(2e-5, 1)) == pytest.approx(1.0, abs=0.03)
    assert abs(miss(1e-6, 1)) < 1e-4


def test_a_wall_reflects_the_iterations_too():
    """A walk folded at 0 is a walk on both sides: (1 + overshoot)^2 / 2D."""
    for solver, more in ((sgd_mean_escape_iterations, {}), (momentum_mean_escape_iterations, {"beta1": 0.0})):
        tau = 1e-3 * solver(flat, 0.0, 1.0, eta=1e-3, C=2000.0, lower=0.0, **more)
        assert tau == pytest.approx((1 + OVERSHOOT * np.sqrt(2e-3)) ** 2 / 2, rel=1e-3)


def walkers_mean(eta, beta1, beta3, C, walkers, seed, wall=-np.inf):
    """Plain simulation of Eq. (4): mean escape iterations and its standard error."""
    draw = np.random.default_rng(seed)
    x, u, t = np.full(walkers, A), np.full(walkers, A), 0
    times = []
    while x.size:
        t += 1
        force = slope(x) + np.sqrt(C(x)) * draw.standard_normal(x.size)
        x, u = x + beta1 * (x - u) - eta * beta3 * force, x
        behind = x < wall  # a mirror: the velocity turns round
        x, u = (np.where(behind, 2 * wall - position, position) for position in (x, u))
        times += [t] * int(np.count_nonzero(x >= B))
        x, u = x[x < B], u[x < B]
    return np.mean(times), np.std(times) / np.sqrt(walkers)


@pytest.mark.parametrize(
    ("beta1", "beta3", "wall"), [(0.0, 1.0, None), (0.7, 1.0, None), (0.8, 0.2, None), (0.95, 0.05, -3.0)]
)
def test_walkers_take_the_predicted_number_of_iterations(beta1, beta3, wall, seed):
    eta = 0.01 * (1 - beta1) / beta3

    def C(x):
        return 6 * two_temperatures(x) / 0.01

    mean, error = walkers_mean(eta, beta1, beta3, C, 30_000, seed, -np.inf if wall is None else wall)
    exact = momentum_mean_escape_iterations(
        slope, A, B, eta=eta, beta1=beta1, beta3=beta3, C=C, lower=wall, jumps=(SPLIT,)
    )
    assert abs(mean - exact) < 4.5 * error
    assert abs(mean - 1.08 * exact) > 4.5 * error


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": 1.0}, "start must be below the boundary"),
        ({"start": np.nan}, "start must be finite"),
        ({"boundary": np.nan}, "boundary must be finite"),
        ({"eta": 0.0}, "eta must be positive"),
        ({"C": -1.0}, "C must be positive"),
        ({"C": lambda x: np.where(x > 0, np.nan, 1.0)}, "C must be positive"),
        ({"C": 1e-3}, "noise of one step must be large enough"),
        ({"slope": lambda x: np.where(x > -1, np.nan, slope(x))}, "slope must be finite"),
        ({"lower": 0.0}, "lower must be at or below the start"),
    ],
)
def test_chains_that_make_no_sense_are_refused(change, message):
    good = {"slope": slope, "start": A, "boundary": B, "eta": 1e-3, "C": 2e4}
    with pytest.raises(ValueError, match=message):
        sgd_mean_escape_iterations(**(good | change))
    with pytest.raises(ValueError, match=message):
        momentum_mean_escape_iterations(**({"beta1": 0.5} | good | change))


def test_a_drift_that_outruns_the_noise_is_refused():
    with pytest.raises(ValueError, match="drift of one step must be within"):
        sgd_mean_escape_iterations(slope, A, B, eta=1e-3, C=1.0)
    with pytest.raises(ValueError, match="drift of one step must be within"):
        momentum_mean_escape_iterations(slope, A, B, eta=1e-2, beta1=0.1, C=2.0)


def test_escape_beyond_every_float_needs_the_log():
    problem = {"eta": 0.01, "C": 10.0}
    with pytest.raises(ValueError, match="log=True"):
        sgd_mean_escape_iterations(slope, A, B, **problem)
    log_sgd = sgd_mean_escape_iterations(slope, A, B, **problem, log=True)
    log_heavy = momentum_mean_escape_iterations(slope, A, B, eta=0.01, beta1=0.0, C=12.0, log=True)
    assert 780 < log_sgd < 790
    assert 640 < log_heavy < 670
    with pytest.raises(ValueError, match=r"chance to escape .* above the smallest float"):
        momentum_mean_escape_iterations(slope, A, B, beta1=0.0, **problem)


# ---- heavy ball ----


@pytest.mark.parametrize("D", [9.33, 2.0, 0.6])
def test_heavy_ball_without_momentum_is_sgd(D):
    C = 2 * D / 0.01
    log_sgd = sgd_mean_escape_iterations(slope, A, B, eta=0.01, C=C, log=True)
    log_heavy = momentum_mean_escape_iterations(slope, A, B, eta=0.01, beta1=0.0, C=C, log=True)
    assert log_heavy == pytest.approx(log_sgd, abs=1e-5)


def test_the_two_forms_of_momentum_escape_together():
    eta, beta1, C = 2e-3, 0.8, 2000.0
    heavy = momentum_mean_escape_iterations(slope, A, B, eta=eta, beta1=beta1, C=C)
    average = momentum_mean_escape_iterations(
        slope, A, B, eta=eta / (1 - beta1), beta1=beta1, beta3=1 - beta1, C=C
    )
    assert average == pytest.approx(heavy, rel=1e-11)


@pytest.mark.parametrize("change", [{"beta1": 1.0}, {"beta1": -0.1}, {"beta3": 0.0}])
def test_momentum_out_of_range_is_refused(change):
    good = {"eta": 2e-3, "beta1": 0.8, "C": 2000.0}
    with pytest.raises(ValueError, match="beta"):
        momentum_mean_escape_iterations(slope, A, B, **(good | change))


def test_too_many_states_are_refused():
    with pytest.raises(ValueError, match="use the phase-space process"):
        momentum_mean_escape_iterations(slope, A, B, eta=1e-4, beta1=0.95, C=1000.0)


def test_heavy_ball_in_seconds():
    began = time.process_time()
    momentum_mean_escape_iterations(slope, A, B, eta=1.5770273e-3, beta1=0.9, beta3=0.1, C=8320.0)
    assert time.process_time() - began < 10.0
