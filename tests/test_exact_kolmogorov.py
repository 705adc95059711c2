"""The walker with inertia: passage times in phase space and escape rates."""

import functools
import time

import numpy as np
import pytest

from theory.exact import (
    escape_rate,
    first_passage_over_kramers,
    mean_passage_time,
    milne_length,
    momentum_mean_escape_iterations,
    phase_space_passage_time,
)
from theory.exact.stencils import derivative

A, B, OTHER = -2.903534027771177, 0.15673125678034008, 2.746802770990837
H_A, H_B, BARRIER = 34.58305910255069, -15.85261187888833, 39.36177806282677


def slope(x):
    return 2 * x**3 - 16 * x + 2.5


def inertia(z, barrier=6.0):
    """Mass, damping and D with gamma M = 1, z = 4 |H_b| / (gamma^2 M), and a barrier of so many kT."""
    mass = z / (4 * -H_B)
    return {"mass": mass, "damping": 1 / mass, "D": BARRIER / barrier}


@functools.cache
def saddle_time(z):
    return phase_space_passage_time(slope, A, B, **inertia(z))


def kramers_time(z, barrier=6.0):
    return np.pi * (1 + np.sqrt(1 + z)) / np.sqrt(H_A * -H_B) * np.exp(barrier)


def test_differences_are_exact_for_polynomials_on_uneven_grids():
    x = np.sort(np.random.default_rng(3).uniform(-1, 1, 12))
    for power in range(5):
        first = derivative(x, 1, left=2, right=3) @ x**power
        np.testing.assert_allclose(first, power * x ** max(power - 1, 0), atol=1e-9)
        second = derivative(x, 2, left=2, right=2) @ x**power
        np.testing.assert_allclose(second, power * (power - 1) * x ** max(power - 2, 0), atol=1e-7)
    assert np.max(np.abs(derivative(x, 1, left=1, right=2) @ x**4 - 4 * x**3)) > 1e-4


# ---- passage times ----


@pytest.mark.parametrize(("z", "expected"), [(1.0, 100.34), (10.0, 217.15)])
def test_passage_times_at_six_kT_in_seconds(z, expected):
    began = time.process_time()
    tau, error = phase_space_passage_time(slope, A, B, **inertia(z), return_error=True)
    assert time.process_time() - began < 10.0
    assert tau == pytest.approx(expected, rel=2e-4)
    assert 0 < error < 2e-4 * tau


def test_the_extrapolation_reaches_beyond_its_grids():
    """Grids graded differently, up to 270 x 180, settle at 100.3515(5); the plain finest value is 0.004 away."""
    assert saddle_time(1.0) == pytest.approx(100.3515, abs=1.5e-3)


def test_heavy_ball_tends_to_the_process_in_phase_space():
    """M = eta/beta3 and gamma M = (1 - beta1)/beta3 are kept while eta falls."""
    mass, D = inertia(1.0)["mass"], inertia(1.0)["D"]

    def tau(beta3):
        eta = mass * beta3
        problem = {"eta": eta, "beta1": 1 - beta3, "beta3": beta3, "C": 2 * D / eta}
        return eta * momentum_mean_escape_iterations(slope, A, B, **problem)

    limit = saddle_time(1.0)
    misses = [tau(beta3) / limit - 1 for beta3 in (0.2, 0.1)]
    assert np.log2(misses[0] / misses[1]) == pytest.approx(1.2, abs=0.1)
    assert abs(misses[1]) < 0.02


def test_strong_damping_is_the_overdamped_process_with_its_boundary_a_milne_length_away():
    for z, tolerance in ((1e-2, 4e-3), (1e-3, 5e-4)):
        parts = inertia(z)
        tau = saddle_time(z)
        there = mean_passage_time(slope, parts["D"], A, B + milne_length(**parts))
        here = mean_passage_time(slope, parts["D"], A, B)
        assert tau == pytest.approx(there, rel=tolerance)
        assert tau / here - 1 > 10 * tolerance


def test_first_passage_to_the_saddle_is_half_of_kramers_time_and_more_with_inertia():
    """(1 + 0.583 sqrt(z)) / 2, the first order of the solver's own growth."""
    assert first_passage_over_kramers(0.0) == 0.5
    overdamped = mean_passage_time(slope, BARRIER / 6, A, B)
    for z, tolerance in ((1e-3, 0.02), (1e-2, 0.03)):
        growth = saddle_time(z) / overdamped - 1
        stated = 2 * first_passage_over_kramers(z) - 1
        assert stated == pytest.approx(0.583 * np.sqrt(z), rel=1e-3)
        assert growth == pytest.approx(stated, rel=tolerance)
    shares = [saddle_time(z) * escape_rate(slope, A, B, **inertia(z)) for z in (1e-2, 1.0, 10.0)]
    assert 0.5 < shares[0] < 0.54 < shares[1] < 0.75 < shares[2] < 1.0


def test_a_committed_walker_escapes_at_the_rate():
    parts = inertia(1.0, 14.0)
    tau, error = phase_space_passage_time(slope, A, OTHER, **parts, return_error=True)
    assert tau * escape_rate(slope, A, B, **parts) == pytest.approx(1.0, abs=1e-3)
    assert error < 5e-4 * tau


def test_a_near_wall_reflects():
    parts = inertia(1e-2)
    tau = phase_space_passage_time(slope, A, B, **parts, lower=-3.0)
    walled, free = (
        mean_passage_time(slope, parts["D"], A, B + milne_length(**parts), lower=lower)
        for lower in (-3.0, None)
    )
    assert tau == pytest.approx(walled, rel=6e-3)
    assert walled < 0.8 * free


def test_the_log_is_the_log():
    value, error = phase_space_passage_time(slope, A, B, **inertia(10.0), return_error=True)
    log, relative = phase_space_passage_time(slope, A, B, **inertia(10.0), log=True, return_error=True)
    assert log == pytest.approx(np.log(value), rel=1e-12)
    assert relative == pytest.approx(error / value, rel=1e-9)


def test_a_walker_thrown_at_the_boundary_is_there_sooner():
    resting = saddle_time(10.0)
    parts = inertia(10.0)
    thermal = np.sqrt(parts["D"] / parts["mass"])
    thrown = phase_space_passage_time(slope, A, B, **parts, start_velocity=5 * thermal)
    assert thrown < 0.97 * resting


def test_varying_noise_in_phase_space_tends_to_its_overdamped_limit():
    """M -> 0 at fixed friction with D(theta) is the Ito process: the noise has no spurious drift at gamma M = 1."""

    def D(x):
        return 6.0 + 0.8 * x

    parts = inertia(1e-3) | {"D": D}
    tau = phase_space_passage_time(slope, A, B, **parts)
    reach = milne_length(**(parts | {"D": float(D(B))}))
    ito, fick = (mean_passage_time(slope, D, A, B + reach, interpretation=w) for w in ("ito", "fick"))
    assert tau == pytest.approx(ito, rel=2e-3)
    assert abs(fick / ito - 1) > 0.1


def test_barriers_out_of_reach_of_the_grids_are_refused():
    with pytest.raises(ArithmeticError, match="use escape_rate"):
        phase_space_passage_time(slope, A, B, **inertia(100.0, 30.0))


# ---- the rate ----


@pytest.mark.parametrize(
    ("z", "ratio"), [(0.1, 0.931), (1.0, 0.952), (10.0, 0.963), (100.0, 0.753), (1000.0, 0.373)]
)
def test_rates_beside_kramers_at_six_kT(z, ratio):
    began = time.process_time()
    rate, error = escape_rate(slope, A, B, **inertia(z), return_error=True)
    assert time.process_time() - began < 10.0
    assert round(rate * kramers_time(z), 3) == ratio
    assert error < 1e-4 * rate


def test_kramers_is_the_limit_of_high_barriers():
    misses = [
        1 - escape_rate(slope, A, B, **inertia(1.0, E)) * kramers_time(1.0, E)
        for E in (6.0, 12.0, 24.0, 48.0)
    ]
    assert 0.02 < misses[0] < 0.07
    orders = np.log2(np.divide(misses[:-1], misses[1:]))
    assert np.all(np.diff(np.abs(orders - 1)) < 0)
    assert orders[-1] == pytest.approx(1.0, abs=0.05)


def test_the_overdamped_rate_is_that_of_the_line():
    parts = inertia(1e-4, 14.0)
    tau = mean_passage_time(slope, parts["D"], A, OTHER)
    assert escape_rate(slope, A, B, **parts) * tau == pytest.approx(1.0, abs=1e-3)
    assert escape_rate(slope, A, B, **inertia(0.1, 14.0)) * tau < 0.99


def test_both_wells_keep_their_balance():
    """k_12 Z_1 = k_21 Z_2: the other rate, seen in a mirror, differs by the ratio of the weights alone."""
    parts = inertia(1.0)
    there = escape_rate(slope, A, B, **parts)
    back = escape_rate(lambda x: -slope(-x), -OTHER, -B, **parts)
    x = np.linspace(-6, 6, 200_001)
    weight = np.exp(-(x**4 - 16 * x**2 + 5 * x) / (2 * parts["D"]))
    balance = np.trapezoid(np.where(x > B, weight, 0), x) / np.trapezoid(np.where(x < B, weight, 0), x)
    assert there / back == pytest.approx(balance, rel=1e-4)


def test_the_log_of_a_rate():
    rate, error = escape_rate(slope, A, B, **inertia(1.0), return_error=True)
    log, relative = escape_rate(slope, A, B, **inertia(1.0), log=True, return_error=True)
    assert (log, relative) == pytest.approx((np.log(rate), error / rate), rel=1e-9)


@pytest.mark.parametrize(("z", "barrier"), [(1.0, 100.0), (10_000.0, 6.0)])
def test_rates_that_cannot_be_resolved_are_refused(z, barrier):
    with pytest.raises(ArithmeticError, match="relative error"):
        escape_rate(slope, A, B, **inertia(z, barrier))


# ---- refusals ----


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": 1.0}, "start must be below the boundary"),
        ({"start": np.nan}, "start must be finite"),
        ({"boundary": np.inf}, "boundary must be finite"),
        ({"mass": 0.0}, "mass must be positive"),
        ({"damping": -1.0}, "damping must be positive"),
        ({"D": np.nan}, "D must be positive"),
        ({"slope": lambda x: -x}, "slope must be confining"),
    ],
)
@pytest.mark.parametrize("solver", [phase_space_passage_time, escape_rate])
def test_a_problem_that_makes_no_sense_is_refused(solver, change, message):
    good = {"slope": slope, "start": A, "boundary": B, "mass": 0.01, "damping": 100.0, "D": 6.0}
    with pytest.raises(ValueError, match=message):
        solver(**(good | change))


def test_what_only_one_solver_refuses():
    parts = {"mass": 0.01, "damping": 100.0, "D": 6.0}
    with pytest.raises(ValueError, match="start_velocity must be finite"):
        phase_space_passage_time(slope, A, B, **parts, start_velocity=np.inf)
    with pytest.raises(ValueError, match="lower must be at or below"):
        phase_space_passage_time(slope, A, B, **parts, lower=0.0)
    with pytest.raises(ValueError, match="D must be one number"):
        escape_rate(slope, A, B, **(parts | {"D": lambda x: x}))
    with pytest.raises(ValueError, match="two wells"):
        escape_rate(lambda x: x, -1.0, 1.0, **parts)
    with pytest.raises(ValueError, match="z must be between"):
        first_passage_over_kramers(1.0)
    with pytest.raises(ValueError, match="D must be positive"):
        milne_length(mass=1.0, damping=1.0, D=0.0)
