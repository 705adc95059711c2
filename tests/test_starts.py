"""Starts of each walker, and runs that go on where another ended."""

import numpy as np
import pytest

from diffusion import (
    SGD,
    Adai,
    Exits,
    FrozenNoise,
    Overdamped,
    PhaseSpace,
    Quadratic,
    StyblinskiTang,
    baoab,
    escape_times,
    evolve,
    integrate,
    passage_times,
    split_escape,
)

VALLEY = StyblinskiTang(3, k=2.0)
NOISE = FrozenNoise(3e4)
EACH = VALLEY.minimum + 0.1 * np.random.default_rng(3).normal(size=(100, 3))


def states(theta0, iterations=(10, 100), optimizer=Adai(1e-3), **how):  # noqa: B008  parts are frozen
    how = {"walkers": 100, "seed": 3, "keep": "states"} | how
    return evolve(VALLEY, NOISE, optimizer, theta0, list(iterations), **how)


def test_equal_starts_are_one_start():
    one, many = states(VALLEY.minimum), states(np.tile(VALLEY.minimum, (100, 1)))
    np.testing.assert_array_equal(many.states, one.states)
    np.testing.assert_array_equal(many.msd().mean, one.msd().mean)
    np.testing.assert_array_equal(many.msd().stderr, one.msd().stderr)


def test_each_walker_starts_at_its_own_point():
    run = states(EACH, [0, 50])
    np.testing.assert_array_equal(run.positions[0], EACH)
    moved = run.positions[1] - EACH
    np.testing.assert_allclose(run.msd().mean[1], (moved**2).mean(axis=0), rtol=1e-12)
    alone = states(EACH[77], [50], walkers=range(64, 128)).positions[0, 77 - 64]
    np.testing.assert_array_equal(run.positions[1, 77], alone)  # its numbers are those of its id and start
    other = states(EACH[78], [50], walkers=range(64, 128)).positions[0, 77 - 64]
    assert not np.any(run.positions[1, 77] == other)  # negative control


def test_threads_and_splits_do_not_change_walkers_with_their_own_starts():
    whole = states(EACH)
    np.testing.assert_array_equal(states(EACH, workers=2).states, whole.states)
    parts = states(EACH[:64], walkers=64).joined(states(EACH[64:], walkers=range(64, 100)))
    np.testing.assert_array_equal(parts.states, whole.states)
    np.testing.assert_array_equal(parts.start, whole.start)
    np.testing.assert_array_equal(parts.msd().stderr, whole.msd().stderr)


@pytest.mark.parametrize("at", [1, 27, 52, 81])  # 26 steps of 3 draws take a refill
@pytest.mark.parametrize("theta0", [VALLEY.minimum, EACH], ids=["one start", "own starts"])
def test_a_resumed_run_is_one_run_through(at, theta0):
    whole, first = states(theta0, [at, 200]), states(theta0, [at])
    rest = evolve(VALLEY, NOISE, Adai(1e-3), iterations=[200], resume=first, keep="states")
    np.testing.assert_array_equal(rest.states[0], whole.states[1])
    np.testing.assert_array_equal(rest.streams, whole.streams)
    np.testing.assert_array_equal(rest.msd().mean[0], whole.msd().mean[1])
    again = states(theta0, [200], seed=4)  # negative control
    assert not np.any(again.states[0, 0] == whole.states[1, 0])


def test_a_process_resumes_too():
    step = baoab(PhaseSpace(1.0, 2.0, 40.0), 1e-2)
    run = {"walkers": 64, "seed": 5, "keep": "states"}
    whole = evolve(VALLEY, None, step, VALLEY.minimum, [40, 90], speed0=1.0, **run)
    first = evolve(VALLEY, None, step, VALLEY.minimum, [40], speed0=1.0, **run)
    rest = evolve(VALLEY, None, step, iterations=[90], resume=first, keep="states")
    np.testing.assert_array_equal(rest.states[0], whole.states[1])
    np.testing.assert_array_equal(rest.speed0, whole.speed0)


def test_what_cannot_resume_is_refused():
    kept, moments = states(VALLEY.minimum), states(VALLEY.minimum, keep="moments")
    for how, said in (
        ({"resume": moments}, "resume must be a run with keep"),
        ({"resume": kept, "seed": 4}, "seed must be left out with resume, or 3"),
        ({"resume": kept, "iterations": [100]}, "iterations must be after 100"),
        ({"resume": kept, "optimizer": SGD(1e-3)}, "resume must be a run of the same optimizer"),
        ({"resume": kept, "theta0": 0.0}, "theta0 must be left out with resume"),
        ({"resume": "run"}, "resume must be an Ensemble"),
    ):
        given = {"optimizer": Adai(1e-3), "iterations": [200]} | how
        with pytest.raises(ValueError, match=said):
            evolve(VALLEY, NOISE, given.pop("optimizer"), **given)


def test_first_passage_and_processes_take_one_start_per_walker():
    flat = Quadratic([0.0])
    start = np.linspace(-0.9, 0.9, 60)[:, None]
    run = {"walkers": 60, "seed": 0}
    exits = escape_times(flat, FrozenNoise(0.0), SGD(0.1), start=start, boundary=1.0, max_iterations=3, **run)
    assert not exits.escaped.any()
    tilted = Quadratic([-1.0])  # without noise a walker doubles every step: it leaves when |x| 2^T >= 1
    times = escape_times(
        tilted,
        FrozenNoise(0.0),
        SGD(1.0),
        start=start,
        boundary=Exits([-1.0], [1.0]),
        max_iterations=50,
        **run,
    )
    np.testing.assert_array_equal(times.iterations, np.ceil(-np.log2(np.abs(start[:, 0]))))
    process = Overdamped(0.5)
    ends = passage_times(flat, process, start=start, dt=0.01, max_time=50.0, above=1.0, below=-1.0, **run)
    assert (ends.exits == 1)[start[:, 0] > 0.6].mean() > 0.6 > (ends.exits == 1)[start[:, 0] < -0.6].mean()
    still = integrate(flat, Overdamped(0.0), start, [0.1], dt=0.1, keep="positions", **run)
    np.testing.assert_array_equal(still.positions[0], start)


def test_splitting_takes_one_start_per_particle():
    valley = StyblinskiTang(dim=1, k=6.0)
    how = {"boundary": valley.boundary, "particles": 64, "replicas": 3, "settle": 300, "seed": 0}
    noise, step = FrozenNoise(100 * valley.H_a), SGD(1e-3)
    one = split_escape(valley, noise, step, start=valley.minimum, **how)
    same = split_escape(valley, noise, step, start=np.tile(valley.minimum, (64, 1)), **how)
    np.testing.assert_array_equal(same.log_chance, one.log_chance)
    spread = valley.minimum + np.linspace(-0.1, 0.1, 64)[:, None]
    apart = split_escape(valley, noise, step, start=spread, **how)
    assert not np.array_equal(apart.loop_time, one.loop_time)
    with pytest.raises(ValueError, match=r"start must be one number, of shape \(1,\), or \(64, 1\)"):
        split_escape(valley, noise, step, start=spread[:9], **how)
