"""Walls against the method of images, and what a wall does to memory."""

import numpy as np
import pytest
from scipy import stats

from diffusion import (
    SGD,
    Adai,
    Adam,
    FrozenNoise,
    Momentum,
    Overdamped,
    PhaseSpace,
    Quadratic,
    Walls,
    baoab,
    escape_times,
    evolve,
    integrate,
    passage_times,
)
from diffusion.walls import odd_rows
from tests.test_two_exits import ends_of_steps

FLAT, STEPS, START = Quadratic([0.0]), 25, 0.3
SPREAD = 0.1 * np.sqrt(STEPS)  # of SGD(0.1) without a slope, in noise of unit variance
RUN = {"walkers": 20_000, "keep": "positions"}


def positions(walls, seed, start=START):
    return evolve(FLAT, FrozenNoise(1.0), SGD(0.1), start, [STEPS], walls=walls, seed=seed, **RUN).positions[
        0, :, 0
    ]


def test_one_wall_gives_the_folded_normal(seed):
    found = positions(Walls(0.0, np.inf), seed)
    assert found.min() >= 0
    assert stats.kstest(found, stats.foldnorm(START / SPREAD, scale=SPREAD).cdf).pvalue > 1e-5
    free = positions(None, seed)  # negative control
    assert stats.kstest(free, stats.foldnorm(START / SPREAD, scale=SPREAD).cdf).pvalue < 1e-5


def between(x):
    """Return the distribution of a walker between walls at 0 and 1: images at 2 n + START and 2 n - START."""
    turns = 2 * np.arange(-6, 7)[:, None]
    total = 0.0
    for image in (turns + START, turns - START):
        total = total + (stats.norm.cdf((x - image) / SPREAD) - stats.norm.cdf(-image / SPREAD)).sum(axis=0)
    return total


def test_two_walls_reflect_as_often_as_it_takes(seed):
    found = positions(Walls(0.0, 1.0), seed)
    assert 0 <= found.min() < found.max() <= 1
    assert stats.kstest(found, between).pvalue > 1e-5
    assert stats.kstest(positions(Walls(0.0, 1.1), seed), between).pvalue < 1e-5  # negative control


def test_periodic_walls_wrap_the_normal(seed):
    def wrapped(x):
        turns = np.arange(-8, 9)[:, None]
        at = stats.norm.cdf((x + turns - START) / SPREAD) - stats.norm.cdf((turns - START) / SPREAD)
        return at.sum(axis=0)

    found = positions(Walls(0.0, 1.0, "periodic"), seed)
    assert 0 <= found.min() < found.max() < 1
    assert stats.kstest(found, wrapped).pvalue > 1e-5
    assert stats.kstest(positions(Walls(0.0, 1.0), seed), wrapped).pvalue < 1e-5  # negative control


def test_a_reflected_heavy_ball_turns_round():
    """Thrown at a wall without noise and slope, it returns along the mirror image of its path."""
    throw = {"walkers": 1, "seed": 1, "speed0": 1.0, "keep": "states"}
    free = evolve(FLAT, FrozenNoise(0.0), Momentum(1.0), 0.0, [1, 40], **throw)
    first, last = free.positions[:, 0, 0]
    wall = (first + last) / 2
    walls = Walls(wall, np.inf) if last < 0 else Walls(-np.inf, wall)
    held = evolve(FLAT, FrozenNoise(0.0), Momentum(1.0), 0.0, [1, 40], walls=walls, **throw)
    assert held.positions[1, 0, 0] == pytest.approx(2 * wall - last, abs=1e-12)
    assert held.states[1, 1, 0, 0] == pytest.approx(-free.states[1, 1, 0, 0], abs=1e-12)


def test_memory_of_direction_is_found_by_trying():
    assert odd_rows(SGD(0.1)) == ()
    assert odd_rows(Momentum(0.1)) == odd_rows(Adam(0.1)) == (0,)  # m turns round, v does not
    assert 0 in odd_rows(Adai(0.1))
    assert 1 not in odd_rows(Adai(0.1))


def test_walkers_behind_a_wall_leave_elsewhere():
    how = {"start": 0.5, "boundary": 1.0, "max_iterations": 20_000, "walkers": 500, "seed": 0}
    run = escape_times(FLAT, FrozenNoise(1.0), SGD(0.1), walls=Walls(0.0, np.inf), **how)
    mean, error = run.iterations.mean() * 0.01, run.iterations.std() * 0.01 / 500**0.5
    # 1 - x^2 = .75 in continuous time; the first step beyond is seen .583 standard deviations of a step late
    late = (1 + 0.583 * 0.1) ** 2 - 0.25
    assert abs(mean - late) < 5 * error + 0.01
    assert run.escaped.all()


BESIDE = {"dt": 1.0, "max_time": 1e4, "walkers": 40_000, "seed": 21}


def test_a_passage_beside_a_wall_is_one_between_an_exit_and_its_image():
    """A wall at 0 and an exit at 1: at any time step the times are those of the exits -1 and 1."""
    right = ends_of_steps(0.3, 1.0)
    for sign, walls in ((1, Walls(0.0, np.inf)), (-1, Walls(-np.inf, 0.0))):
        way = {"above": 1.0} if sign > 0 else {"below": -1.0}
        run = passage_times(FLAT, Overdamped(0.5), start=0.3 * sign, walls=walls, **way, **BESIDE)
        assert abs(run.mean().mean - right) < 4.5 * run.mean().stderr
        assert set(run.exits) == {sign}  # nobody leaves by the image
    near = passage_times(FLAT, Overdamped(0.5), start=0.3, walls=Walls(0.2, np.inf), above=1.0, **BESIDE)
    assert abs(near.mean().mean - right) > 4.5 * near.mean().stderr  # negative control


def test_walls_of_one_coordinate_leave_the_exits_of_another_alone():
    def exits(walls):
        # the first coordinate is free and has the exits; the second is held
        both = {"above": [1.0, np.inf], "below": [-1.0, -np.inf], "walls": walls}
        return passage_times(Quadratic([0.0, 0.0]), Overdamped(0.5), start=[0.3, 0.5], **both, **BESIDE)

    for walls in (Walls([-np.inf, 0.0], [np.inf, 1.0]), Walls([-np.inf, 0.0], [np.inf, 1.0], "periodic")):
        held = exits(walls)
        assert abs((held.exits > 0).mean() - 0.65) < 4.5 * 0.5 / 200
        assert set(held.exits) == {1, -1}


THROWN = PhaseSpace(1.0, 3.0, 1.5)


def test_a_passage_with_inertia_beside_a_wall_is_one_between_two_exits():
    run = {**BESIDE, "dt": 0.5, "scheme": baoab, "start": 0.2, "above": 1.0}
    wall = passage_times(FLAT, THROWN, walls=Walls(0.0, np.inf), **run)
    two = passage_times(FLAT, THROWN, below=-1.0, **{**run, "seed": 22})
    error = np.hypot(wall.mean().stderr, two.mean().stderr)
    assert abs(wall.mean().mean - two.mean().mean) < 4.5 * error
    assert set(wall.exits) == {1}
    assert set(two.exits) == {-1, 1}


def test_half_a_valley_behind_a_wall_is_the_whole_one_folded():
    """BAOAB keeps the gradient from step to step; after a reflection it is that of the new place."""
    valley, run = Quadratic([1.0]), {"dt": 0.1, "scheme": baoab, "walkers": 20_000, "keep": "states"}
    held = integrate(valley, THROWN, 0.0, [1.0, 8.0], seed=23, walls=Walls(0.0, np.inf), **run)
    free = integrate(valley, THROWN, 0.0, [1.0, 8.0], seed=24, **run)
    for there, here in zip(held.positions[:, :, 0], free.positions[:, :, 0], strict=True):
        assert there.min() >= 0
        assert stats.ks_2samp(there, np.abs(here)).pvalue > 1e-5
        assert stats.ks_2samp(there, here).pvalue < 1e-5  # negative control
    assert np.array_equal(held.states[:, 2], held.states[:, 0])  # the kept gradient is theta on this valley


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"above": 1.0, "walls": Walls(0.0, 2.0, "periodic")}, "reflecting in a coordinate that has an exit"),
        ({"above": 2.0, "walls": Walls(0.0, 1.0)}, "above must be between the walls"),
        ({"above": 0.9, "walls": Walls(0.7, 1.0)}, "start must be between the walls"),
    ],
)
def test_passages_that_walls_make_impossible_are_refused(given, said):
    with pytest.raises(ValueError, match=said):
        passage_times(FLAT, Overdamped(0.5), start=0.5, **given, **BESIDE)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((1.0, 0.0), "below must be less than above"),
        ((0.0, np.inf, "periodic"), "above must be finite where below is"),
        ((0.0, 1.0, "absorbing"), 'kind must be "reflecting" or "periodic"'),
        ((np.nan, 1.0), "below must be"),
    ],
)
def test_bad_walls_are_refused(given, said):
    with pytest.raises(ValueError, match=said):
        Walls(*given)


def test_a_start_outside_the_walls_is_refused():
    with pytest.raises(ValueError, match="theta0 must be between the walls"):
        positions(Walls(0.5, 1.0), 0)
