"""Two exits on the line, and free walkers between walls: closed forms, differential equations, series, walkers."""

import mpmath as mp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from theory.exact import (
    exit_probability,
    exit_time_density,
    exit_time_distribution,
    mean_exit_time,
    mean_passage_time,
    sgd_mean_escape_iterations,
    walled_normal_density,
    walled_normal_share,
)

Q = {"ito": 0.0, "stratonovich": 0.5, "fick": 1.0}
LOW, HIGH, START = -1.0, 0.8, 0.1


def flat(x):
    return 0 * x


def slope(x):
    return 4 * x * (x * x - 1) + 0.3


def D(x):
    return 0.5 + 0.2 * x + 0.1 * x * x


def by_shooting(reading, start=START):
    """Solve D u'' + (q D' - L') u' = -1 (time) or 0 (committor) from low to high; superpose to meet u(high)."""
    q = Q[reading]

    def step(x, state):
        drift = q * (0.2 + 0.2 * x) - slope(x)
        _, dt, _, du = state
        return [dt, (-1 - drift * dt) / D(x), du, -drift * du / D(x)]

    found = solve_ivp(
        step, (LOW, HIGH), [0, 0, 0, 1], t_eval=[start, HIGH], method="DOP853", rtol=1e-12, atol=1e-14
    )
    (t, t_end), (u, u_end) = found.y[0], found.y[2]
    return t - t_end * u / u_end, u / u_end


@pytest.mark.parametrize("reading", Q)
def test_means_and_probabilities_meet_the_backward_equation(reading):
    time, chance = by_shooting(reading)
    problem = (slope, D, START, LOW, HIGH)
    assert mean_exit_time(*problem, interpretation=reading) == pytest.approx(time, rel=1e-9)
    assert exit_probability(*problem, interpretation=reading) == pytest.approx(chance, rel=1e-9)
    other = {"ito": "stratonovich", "stratonovich": "fick", "fick": "ito"}[reading]
    assert mean_exit_time(*problem, interpretation=other) != pytest.approx(time, rel=1e-2)
    assert exit_probability(*problem, interpretation=other) != pytest.approx(chance, rel=1e-2)


def test_free_walkers_and_constant_winds_in_closed_form():
    x = np.array([0.01, 0.3, 0.99])
    np.testing.assert_allclose(mean_exit_time(flat, 0.7, x, 0.0, 1.0), x * (1 - x) / 1.4, rtol=1e-12)
    np.testing.assert_allclose(exit_probability(flat, 0.7, x, 0.0, 1.0), x, rtol=1e-12)
    wind = 5.0  # slope / D
    chance = np.expm1(wind * x) / np.expm1(wind)
    np.testing.assert_allclose(exit_probability(lambda x: wind + 0 * x, 1.0, x, 0.0, 1.0), chance, rtol=1e-12)
    times = mean_exit_time(lambda x: wind + 0 * x, 1.0, x, 0.0, 1.0)
    np.testing.assert_allclose(times, (x - chance) / wind, rtol=1e-11)


def test_high_barriers_keep_their_digits_in_logs():
    """Out of a parabola of 200 kT, both sides alike: half the time of one exit, and each with probability 1/2."""
    one = mean_passage_time(lambda x: x, 1.0, 0.0, 20.0, log=True)
    both = mean_exit_time(lambda x: x, 1.0, 0.0, -20.0, 20.0, log=True)
    assert one - both == pytest.approx(np.log(2), abs=1e-11)
    with pytest.raises(ValueError, match="log=True"):
        mean_exit_time(lambda x: x, 1.0, 0.0, -40.0, 40.0)
    steep = exit_probability(lambda x: x, 1.0, 0.0, -20.0, 40.0, log=True)
    with mp.workdps(40):
        exact = mp.log(mp.erfi(20 / mp.sqrt(2)) / (mp.erfi(20 / mp.sqrt(2)) + mp.erfi(40 / mp.sqrt(2))))
    assert steep == pytest.approx(float(exact), rel=1e-13)


def test_jumps_of_the_noise_act_as_each_reading_says():
    """D jumps from 1 to 4 in the middle: from there Ito's walker has even chances, Fick's goes where D is large."""

    def jump(x):
        return np.where(x < 0, 1.0, 4.0)

    chances = [
        exit_probability(flat, jump, 0.0, -1.0, 1.0, interpretation=reading, jumps=(0.0,)) for reading in Q
    ]
    np.testing.assert_allclose(chances, [1 / 2, 2 / 3, 4 / 5], rtol=1e-12)


def test_far_away_one_exit_is_first_passage():
    two = mean_exit_time(slope, D, START, -4.0, HIGH, interpretation="fick")
    assert two == pytest.approx(
        mean_passage_time(slope, D, START, HIGH, interpretation="fick", lower=-4.0), rel=1e-10
    )


# ---- when ----


def series(x, D, t):
    """Densities of leaving (0, 1) through either end for free walkers."""
    n = np.arange(1, 400)
    wave = 2 * np.pi * D * n * np.sin(n * np.pi * x) * np.exp(-D * (n * np.pi) ** 2 * t)
    return [wave.sum(), -((-1.0) ** n * wave).sum()]


def test_free_walkers_leave_as_the_series_says():
    times = [0.02, 0.05, 0.1, 1.0, 5.0]
    density, error = exit_time_density(flat, 0.5, 0.3, times, 0.0, 1.0, return_error=True)
    exact = np.array([series(0.3, 0.5, t) for t in times])
    assert np.abs(density - exact).max() < 1e-7
    assert 1e-12 < error < 1e-4
    assert np.abs(density - exact[:, ::-1]).max() > 1  # the two exits are not alike


def crank_nicolson(reading, times, n=450, dt=1e-3):
    """Shares that left by each time, from dp/dt = (L' p)' + (D^q (D^(1-q) p)')' on a plain grid."""
    q, h = Q[reading], (HIGH - LOW) / n
    x = LOW + h * np.arange(1, n)
    faces = LOW + h * (np.arange(n) + 0.5)
    pull, mix = slope(faces) / 2, D(faces) ** q / h
    at = D(x) ** (1 - q)
    A = np.zeros(
        (n - 1, n - 1)
    )  # flux out of cell i through its upper face i + 1: mix (D^(1-q) p) differences - L' mean
    i = np.arange(n - 1)
    A[i, i] = -(mix[1:] * at - pull[1:]) - (mix[:-1] * at + pull[:-1])
    A[i[:-1], i[1:]] = mix[1:-1] * at[1:] + pull[1:-1]
    A[i[1:], i[:-1]] = mix[1:-1] * at[:-1] - pull[1:-1]
    A /= h
    left = np.linalg.solve(np.eye(n - 1) - dt / 2 * A, np.eye(n - 1) + dt / 2 * A)
    p = np.zeros(n - 1)
    cell = (START - LOW) / h - 1
    p[int(cell)], p[int(cell) + 1] = 1 - cell % 1, cell % 1
    found, out, t = [], np.zeros(2), 0
    for time in times:
        while t < round(time / dt):
            q_ends = np.array([(mix[0] * at[0] + pull[0]) * p[0], (mix[-1] * at[-1] - pull[-1]) * p[-1]])
            p = left @ p
            after = np.array([(mix[0] * at[0] + pull[0]) * p[0], (mix[-1] * at[-1] - pull[-1]) * p[-1]])
            out, t = out + dt / 2 * (q_ends + after) / h, t + 1
        found.append(out.copy())
    return np.array(found)


@pytest.mark.parametrize("reading", Q)
def test_walkers_in_varying_noise_leave_as_finite_differences_say(reading):
    times = [0.1, 0.4, 1.0]
    shares = exit_time_distribution(slope, D, START, times, LOW, HIGH, interpretation=reading)
    np.testing.assert_allclose(shares, crank_nicolson(reading, times), atol=1e-4)
    other = exit_time_distribution(
        slope, D, START, times, LOW, HIGH, interpretation="fick" if reading == "ito" else "ito"
    )
    assert np.abs(shares - other).max() > 3e-3


@pytest.mark.parametrize("reading", Q)
def test_densities_add_up_to_the_probability_and_the_mean_time(reading):
    end = 1e3
    problem = (slope, D, START)
    final = exit_time_distribution(*problem, [end], LOW, HIGH, interpretation=reading)[0]
    chance = exit_probability(*problem, LOW, HIGH, interpretation=reading)
    np.testing.assert_allclose(final, [1 - chance, chance], atol=1e-9)
    times = np.geomspace(1e-3, 40, 600)
    left = exit_time_distribution(*problem, times, LOW, HIGH, interpretation=reading).sum(1)
    mean = times[0] + np.trapezoid(1 - left, times)  # the integral of the survival probability
    assert mean == pytest.approx(mean_exit_time(*problem, LOW, HIGH, interpretation=reading), rel=1e-4)


# ---- walls ----


@pytest.mark.parametrize("walls", ["reflecting", "absorbing", "periodic"])
def test_images_and_series_are_one_density(walls):
    x, start, low, high = np.linspace(-0.5, 1.5, 41), 0.1, -0.5, 1.5
    length = high - low
    for variance in (0.01, 0.9, 1.1, 4.0, 16.0):
        n = np.arange(1, 400)[:, None]
        if walls == "periodic":
            wave = 2 * np.pi * n / length
            exact = (1 + 2 * (np.cos(wave * (x - start)) * np.exp(-(wave**2) * variance / 2)).sum(0)) / length
        else:
            wave, shape = np.pi * n / length, np.cos if walls == "reflecting" else np.sin
            terms = shape(wave * (x - low)) * shape(wave * (start - low)) * np.exp(-(wave**2) * variance / 2)
            exact = ((walls == "reflecting") + 2 * terms.sum(0)) / length
        density = walled_normal_density(x, start, variance, low=low, high=high, walls=walls)
        np.testing.assert_allclose(density, exact, atol=1e-12)
        share = walled_normal_share(start, variance, low=low, high=high, walls=walls)
        fine = np.linspace(low, high, 4001)
        whole = walled_normal_density(fine, start, variance, low=low, high=high, walls=walls)
        assert np.trapezoid(whole, fine) == pytest.approx(share, abs=1e-6)


def test_one_wall_is_the_folded_normal_density():
    x = np.linspace(-1, 5, 61)
    folded = walled_normal_density(x, 0.7, 2.0, low=0.0)
    both = (np.exp(-((x - 0.7) ** 2) / 4) + np.exp(-((x + 0.7) ** 2) / 4)) / np.sqrt(4 * np.pi)
    np.testing.assert_allclose(folded, np.where(x >= 0, both, 0), rtol=1e-13)
    mirrored = walled_normal_density(-x, -0.7, 2.0, low=-np.inf, high=0.0)
    np.testing.assert_allclose(folded, mirrored, rtol=1e-13)
    assert walled_normal_share(0.7, 2.0, low=0.0) == pytest.approx(float(mp.erf(0.7 / 2)), rel=1e-13)


def test_walkers_reflected_at_every_step_have_that_density(seed):
    draw, walkers, steps = np.random.default_rng(seed), 100_000, 12
    x = np.full(walkers, 0.8)
    for _ in range(steps):
        x = np.abs(x + 0.3 * draw.standard_normal(walkers))
        x = np.where(x > 2, 4 - x, x)
    edges = np.linspace(0, 2, 11)
    fine = np.linspace(0, 2, 2001)
    for spread, noticed in ((0.3, False), (0.33, True)):
        density = walled_normal_density(fine, 0.8, steps * spread**2, low=0.0, high=2.0)
        shares = np.add.reduceat((density[1:] + density[:-1]) / 2 * 1e-3, np.arange(0, 2000, 200))
        z = (np.histogram(x, edges)[0] - walkers * shares) / np.sqrt(walkers * shares)
        assert (np.abs(z).max() > 4.5) == noticed


def test_a_mirrored_chain_is_two_exits():
    both = mean_exit_time(flat, 0.5, 0.0, -1.0, 1.0)
    wall = mean_passage_time(flat, 0.5, 0.0, 1.0, lower=0.0)
    assert both == pytest.approx(wall, rel=1e-12)
    steps = [
        sgd_mean_escape_iterations(flat, 0.0, 1.0, eta=eta, C=1 / eta, lower=0.0) * eta
        for eta in (1e-3, 2.5e-4)
    ]
    assert abs(steps[1] - both) < 0.6 * abs(steps[0] - both)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_exit_time(flat, 1.0, 2.0, 0.0, 1.0), "start must be between"),
        (lambda: exit_probability(flat, 1.0, 0.0, 0.0, 1.0), "start must be between"),
        (lambda: exit_probability(flat, 1.0, 0.5, 1.0, 0.0), "low must be below high"),
        (lambda: exit_probability(flat, -1.0, 0.5, 0.0, 1.0), "D must be positive"),
        (lambda: mean_exit_time(flat, 1.0, 0.5, 0.0, np.inf), "high must be finite"),
        (lambda: mean_exit_time(flat, 1.0, 0.5, 0.0, 1.0, interpretation="Ito"), "interpretation must be one of"),
        (lambda: mean_exit_time(flat, 1.0, 0.5, 0.0, 1.0, jumps="x"), "jumps must be"),
        (lambda: mean_exit_time("flat", 1.0, 0.5, 0.0, 1.0), "must take an array x"),
        (lambda: exit_time_density(flat, 1.0, 0.5, [0.0], 0.0, 1.0), "times must be positive"),
        (lambda: exit_time_density(lambda x: 1e4 + 0 * x, 1.0, 0.5, [1.0], 0.0, 1.0), "too steep"),
        (lambda: walled_normal_density(0.0, 2.0, 1.0, low=0.0, high=1.0), "start must be between"),
        (lambda: walled_normal_density(0.0, 0.5, 1.0, low=0.0, walls="periodic"), "finite if the walls"),
        (lambda: walled_normal_density(0.0, 0.5, 0.0, low=0.0), "variance must be positive"),
    ],
)  # fmt: skip
def test_exits_that_make_no_sense_are_refused(call, message):
    with pytest.raises(ValueError, match=message) as refusal:
        call()
    assert "\n" not in str(refusal.value)
