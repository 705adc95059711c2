"""Escape times against an exact discrete reference, censoring, boundaries of both kinds, and how runs stop."""

import threading
import time

import numpy as np
import pytest
from numba import njit

from diffusion import (
    SGD,
    Adai,
    Diverged,
    FrozenNoise,
    Interrupted,
    Overdamped,
    Quadratic,
    StyblinskiTang,
    TwoTemperatureNoise,
    Watch,
    escape_times,
    euler_maruyama,
)

VALLEY = StyblinskiTang(1, k=6.0)
STRONG = FrozenNoise(100 * VALLEY.H_a)
SPLIT = TwoTemperatureNoise(100 * VALLEY.H_a, 60 * VALLEY.H_a, VALLEY.split(0.5))


def escapes(noise=STRONG, mover=None, *, walkers, seed=0, valley=VALLEY, **changes):
    settings = {"start": valley.minimum, "boundary": valley.boundary, "max_iterations": 10**6} | changes
    return escape_times(valley, noise, mover or SGD(1e-3), walkers=walkers, seed=seed, **settings)


def exact_mean(noise, eta=1e-3, stretch=1.0, panels=80, high=VALLEY.boundary):
    """Mean first iteration beyond b: tau(x) = 1 + int K(x, y) tau(y) dy, on Gauss-Legendre panels."""
    low = VALLEY.minimum[0] - 0.9
    inside = getattr(noise, "split", None)
    edges = np.linspace(low, high, panels + 1)
    if inside is not None:  # the kernel jumps there
        edges = np.sort(np.append(edges, inside))
    x, w = np.polynomial.legendre.leggauss(8)
    half = np.diff(edges)[:, None] / 2
    nodes = (edges[:-1, None] + half * (x + 1)).ravel()
    weights = (half * w).ravel()

    def transition(x):
        x = np.atleast_1d(x)
        C = np.array([noise.covariance(VALLEY, point)[0, 0] for point in x])
        width = (stretch * eta * np.sqrt(C))[:, None]
        moved = nodes - (x - eta * VALLEY.slope(x, 0))[:, None]
        return weights * np.exp(-0.5 * (moved / width) ** 2) / (np.sqrt(2 * np.pi) * width)

    tau = np.linalg.solve(np.eye(nodes.size) - transition(nodes), np.ones(nodes.size))
    return 1 + float(transition(VALLEY.minimum)[0] @ tau)


def test_the_exact_mean_has_converged():
    assert exact_mean(STRONG, panels=40) == pytest.approx(exact_mean(STRONG), rel=1e-6)


@pytest.mark.parametrize("noise", [STRONG, SPLIT], ids=["frozen", "two temperatures"])
def test_sgd_escapes_after_the_exact_mean(noise, seed):
    run = escapes(noise, walkers=20_000, seed=seed)
    stderr = run.iterations.std(ddof=1) / np.sqrt(run.iterations.size)
    assert run.escaped.all()
    assert abs(run.iterations.mean() - exact_mean(noise)) < 4.5 * stderr
    # negative control: noise of two hundredths more amplitude is noticed
    assert abs(run.iterations.mean() - exact_mean(noise, stretch=1.02)) > 4.5 * stderr


def test_a_process_escapes_after_the_exact_mean_of_its_scheme(seed):
    D = 1e-3 * STRONG.C / 2
    run = escapes(None, euler_maruyama(Overdamped(D), 1e-3), walkers=20_000, seed=seed)
    stderr = run.iterations.std(ddof=1) / np.sqrt(run.iterations.size)
    assert abs(run.iterations.mean() - exact_mean(STRONG)) < 4.5 * stderr
    assert run.eta == 1e-3


def test_waiting_for_the_other_minimum_takes_about_twice_as_long(seed):
    """Overdamped, every second walker at the top falls back."""
    run = escapes(walkers=20_000, seed=seed, stop="committed")
    stderr = run.iterations.std(ddof=1) / np.sqrt(run.iterations.size)
    stated = exact_mean(STRONG, panels=160, high=VALLEY.other_minimum[0])
    assert run.stop == "committed"
    assert abs(run.iterations.mean() - stated) < 4.5 * stderr
    assert 1.7 < stated / exact_mean(STRONG) < 2.1


@pytest.mark.parametrize("limit", [1, 79, 80, 81, 700, 1003])
def test_censoring_cuts_each_walkers_own_time(limit):
    free, cut = escapes(walkers=500), escapes(walkers=500, max_iterations=limit)
    np.testing.assert_array_equal(cut.iterations, np.minimum(free.iterations, limit))
    np.testing.assert_array_equal(cut.escaped, free.iterations <= limit)
    assert cut.rate().events == (free.iterations <= limit).sum()


@pytest.mark.parametrize("walkers", [1, 33])
def test_few_walkers_are_the_first_of_many(walkers):
    np.testing.assert_array_equal(
        escapes(walkers=walkers).iterations, escapes(walkers=500).iterations[:walkers]
    )


@pytest.mark.parametrize("dim", [1, 3, 100])
def test_the_iteration_is_the_first_outside_as_the_path_shows(dim):
    """Paths kept at every iteration by the other driver; at d = 100 a step takes more draws than a table row."""
    from diffusion import evolve

    valley = StyblinskiTang(dim, k=6.0)
    run = escapes(valley=valley, walkers=40, max_iterations=300)
    every = np.arange(1, 301)
    paths = evolve(
        valley, STRONG, SGD(1e-3), valley.minimum, every, walkers=40, seed=0, keep="positions"
    ).positions
    outside = (paths > valley.boundary).any(axis=2)
    assert outside.any()
    np.testing.assert_array_equal(run.escaped, outside.any(axis=0))
    np.testing.assert_array_equal(run.iterations, np.where(run.escaped, outside.argmax(axis=0) + 1, 300))


def test_a_compiled_boundary_is_the_same_as_the_number_it_compares_with():
    valley = StyblinskiTang(3, k=6.0)
    edge = valley.boundary

    @njit
    def outside(theta):
        return theta.max() > edge

    one = escapes(mover=Adai(1e-3), valley=valley, walkers=200, max_iterations=2000)
    other = escapes(mover=Adai(1e-3), valley=valley, walkers=200, max_iterations=2000, boundary=outside)
    assert one.escaped.any()
    np.testing.assert_array_equal(one.iterations, other.iterations)
    np.testing.assert_array_equal(one.escaped, other.escaped)
    with pytest.raises(ValueError, match="start must be inside the boundary"):
        escapes(valley=valley, walkers=1, boundary=outside, start=1.0)


@pytest.mark.parametrize("start", [0.5, -0.5], ids=["upwards", "downwards"])
def test_divergence_names_the_iteration_and_what_to_lower(start):
    """theta grows as 1.5**t: downwards it never passes the boundary, upwards at once."""
    settings = {"boundary": 1.0, "max_iterations": 10**6, "walkers": 3, "seed": 0}
    run = (Quadratic([-0.5]), FrozenNoise(0.0), SGD(1.0))
    if start > 0:
        np.testing.assert_array_equal(escape_times(*run, start=start, **settings).iterations, [2, 2, 2])
        leap = (Quadratic([-1e7]), FrozenNoise(0.0), SGD(1.0))
        with pytest.raises(Diverged, match=r"diverged by iteration 1 \(SGD, eta = 1\); lower eta"):
            escape_times(*leap, start=start, **settings)
        return
    with pytest.raises(Diverged, match=r"diverged by iteration 80 \(SGD, eta = 1\); lower eta"):
        escape_times(*run, start=start, **settings)
    with pytest.raises(Diverged, match=r"\(OverdampedStep, dt = 1\); lower dt"):
        escape_times(run[0], None, euler_maruyama(Overdamped(0.0), 1.0), start=start, **settings)


def test_a_stopped_run_censors_walkers_at_their_age():
    full = escapes(walkers=20_000)
    watch = Watch()

    def stop():
        while watch.finished < 2000:
            time.sleep(0.001)
        watch.stop()

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(Interrupted) as stopped:
        escapes(walkers=10_000_000, watch=watch, workers=2)
    stopped_at = time.monotonic()
    thread.join()
    assert time.monotonic() - stopped_at < 1
    partial = stopped.value.partial
    assert watch.finished == partial.escaped.sum() >= 2000
    assert 0 < (~partial.escaped).sum() <= 64  # at most the lanes of two threads
    assert np.all(np.diff(partial.ids) > 0)
    known = partial.ids < 20_000
    expected = full.iterations[partial.ids[known]]
    seen, escaped = partial.iterations[known], partial.escaped[known]
    np.testing.assert_array_equal(seen[escaped], expected[escaped])
    assert np.all(seen[~escaped] < expected[~escaped])
    assert np.all(seen > 0)


def test_runs_of_other_walkers_join_and_the_same_walkers_do_not():
    one, other = escapes(walkers=range(20)), escapes(walkers=range(50, 90))
    both = one.joined(other)
    np.testing.assert_array_equal(both.ids, [*range(20), *range(50, 90)])
    with pytest.raises(ValueError, match=r"other\.ids must be different walkers"):
        one.joined(both)
    with pytest.raises(ValueError, match="other must be of the same seed"):
        one.joined(escapes(walkers=range(50, 90), seed=1))
