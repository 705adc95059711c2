"""Exits on both sides: right by symmetry at any time step, and against exact bridges."""

import math

import numpy as np
import pytest

from diffusion import (
    Overdamped,
    PhaseSpace,
    Quadratic,
    baoab,
    end_point,
    euler_maruyama,
    exact,
    heun,
    mean_passage,
    part,
    passage_times,
)
from diffusion.langevin.bridge import first_exit_shares
from theory.exact import mean_passage_time

SURPRISE = 4.5  # standard errors
FREE = Quadratic([0.0])


def share_above(run):
    """Share of the walkers that left above, and its standard error were it one half."""
    return float((run.exits > 0).mean()), 0.5 / math.sqrt(len(run.exits))


def ends_of_steps(start, dt):
    """Mean over walkers in (-1, 1) with D = 1/2 of the first multiple of dt at which they have left: sum of S(n dt)."""
    odd = np.arange(1, 1200, 2)
    times = dt * np.arange(1, 60 + int(60 / dt))[:, None]
    modes = 4 / (math.pi * odd) * np.sin(odd * math.pi * (start + 1) / 2)
    return dt * (1 + float(np.sum(modes * np.exp(-((odd * math.pi / 2) ** 2) * times / 2))))


@pytest.mark.parametrize("dt", [0.1, 1.0, 5.0])
@pytest.mark.parametrize("start", [0.0, 0.3])
def test_free_walkers_leave_as_the_exact_bridge_does_at_any_time_step(dt, start):
    run = passage_times(
        FREE,
        Overdamped(0.5),
        start=start,
        above=1.0,
        below=-1.0,
        dt=dt,
        max_time=1e4,
        walkers=100_000,
        seed=11,
    )
    up, error = share_above(run)
    assert abs(up - (1 + start) / 2) < SURPRISE * error
    mean, right = run.mean(), ends_of_steps(start, dt)
    assert abs(mean.mean - right) < SURPRISE * mean.stderr
    if dt == 1.0:  # what one uniform for both exits gave: 0.4629 above from the middle, and 1.5496 from 0.3
        assert abs(0.4629 - 0.5) > SURPRISE * error
        assert start == 0.0 or abs(1.5496 - right) > SURPRISE * mean.stderr


def test_the_value_given_for_a_step_of_one():
    assert ends_of_steps(0.3, 1.0) == pytest.approx(1.4661, abs=5e-5)


@pytest.mark.parametrize(("x", "y", "v"), [(0.3, -0.2, 1.0), (0.3, 1.5, 3.0), (-0.5, -1.7, 4.0)])
def test_shares_of_a_bridge_against_brute_force(x, y, v):
    rng, steps, paths = np.random.default_rng(0), 2000, 20_000
    share = np.arange(1, steps + 1) / steps
    path = np.cumsum(rng.normal(0, math.sqrt(v / steps), (paths, steps)), axis=1)
    path += x + share * (y - x - path[:, -1:])
    edge = 1 - 0.5826 * math.sqrt(v / steps)  # seen at steps only, an exit is as good as so much further out
    up, down = (np.where(out.any(1), out.argmax(1), steps + 1) for out in (path >= edge, path <= -edge))
    rise, fall = first_exit_shares(x, y, -1.0, 1.0, v, v)
    for found, right in (((up < down).mean(), rise), ((down < up).mean(), fall)):
        assert abs(found - right) < SURPRISE * math.sqrt(right * (1 - right) / paths) + 1e-3
    assert first_exit_shares(-x, -y, -1.0, 1.0, v, v) == pytest.approx((fall, rise), abs=1e-15)


def test_the_wide_limit_joins_the_series():
    series, limit = (first_exit_shares(0.3, 40.0, -1.0, 1.0, v, v)[0] for v in (3999.0, 4001.0))
    assert series == pytest.approx(limit, abs=1e-4)
    assert abs(series - 0.65) > 1e-3  # the pull of the end is seen


@pytest.mark.parametrize("process", [Overdamped(0.5), PhaseSpace(1.0, 3.0, 1.5)])
def test_no_coordinate_and_no_side_is_preferred(process):
    run = passage_times(
        Quadratic([0.0, 0.0]), process, start=0.0, above=1.0, below=-1.0, dt=1.0, max_time=1e4, walkers=40_000,
        seed=12, scheme=baoab if isinstance(process, PhaseSpace) else None,
    )  # fmt: skip
    for left in (run.exits > 0, np.abs(run.exits) == 1, run.exits * (3 - 2 * np.abs(run.exits)) > 0):
        assert abs(left.mean() - 0.5) < SURPRISE * 0.5 / math.sqrt(40_000)


@part
class Rising:
    """D rises with theta, so that both sides differ."""

    sign: float

    def diffusion(self, x, i):
        return math.exp(0.6 * self.sign * x)


READINGS = [(euler_maruyama, "ito"), (heun, "stratonovich"), (end_point, "fick")]


@pytest.mark.parametrize(("scheme", "reading"), READINGS)
def test_an_exit_below_is_the_mirror_image_of_one_above(scheme, reading):
    run = {"start": 0.0, "dt": 0.02, "max_time": 1e3, "walkers": 60_000, "scheme": scheme}
    right = mean_passage_time(lambda x: x, lambda x: np.exp(0.6 * x), 0.0, 1.5, interpretation=reading)
    up = passage_times(Quadratic([1.0]), Overdamped(Rising(1.0), reading), above=1.5, seed=13, **run).mean()
    down = passage_times(
        Quadratic([1.0]), Overdamped(Rising(-1.0), reading), below=-1.5, seed=14, **run
    ).mean()
    assert abs(up.mean - down.mean) < SURPRISE * math.hypot(up.stderr, down.stderr)
    # the scheme's own error at so coarse a step, by which a bridge of half the variance would be too late
    assert abs(up.mean - right) < 0.045 * right
    half = passage_times(
        Quadratic([1.0]), Overdamped(Rising(1.0), reading), above=1.5, seed=13, bridge=False, **run
    ).mean()
    assert half.mean > 1.1 * right


def test_exact_steps_need_exact_bridges_too():
    run = {"start": 0.0, "above": 1.0, "max_time": 1e3, "walkers": 60_000, "seed": 15, "scheme": exact}
    right = mean_passage_time(lambda x: x, 1.0, 0.0, 1.0)
    found = passage_times(Quadratic([1.0]), Overdamped(1.0), dt=0.01, **run).mean()
    late = passage_times(Quadratic([1.0]), Overdamped(1.0), dt=0.01, bridge=False, **run).mean()
    assert abs(found.mean - right - 0.005) < SURPRISE * found.stderr + 0.005
    assert late.mean - right > 5 * SURPRISE * late.stderr


@pytest.mark.parametrize(("edge", "dt"), [(1.6, 0.2), (1.6, 0.1), (1.0, 0.2), (2.2, 0.2)])
def test_the_bias_of_a_coarse_step_is_inside_its_interval(edge, dt):
    right = mean_passage_time(lambda x: x, 0.5, 0.0, edge)
    found = mean_passage(
        Quadratic([1.0]), Overdamped(0.5), start=0.0, above=edge, dt=dt, max_time=1e5, walkers=20_000, seed=16
    )
    assert found.bias[0] < found.fine.mean - right < found.bias[1] < 0
    assert found.interval[0] < right < found.interval[1]


@pytest.mark.parametrize("scheme", ["baoab", 3, ""])
def test_a_scheme_that_is_none_is_refused(scheme):
    with pytest.raises(ValueError, match="scheme must be a function such as"):
        passage_times(
            FREE,
            Overdamped(0.5),
            start=0.0,
            above=1.0,
            dt=0.1,
            max_time=1.0,
            walkers=2,
            seed=0,
            scheme=scheme,
        )


@part
class Growing:
    """D = 2 + theta^2 / 2: in Stratonovich's reading asinh(theta / 2) is Brownian motion."""

    def diffusion(self, x, i):
        return 2 + 0.5 * x * x


def test_heuns_bridge_follows_the_noise_up_to_the_exit():
    """A variance frozen where the step begins would find the far exit in 0.2827 of cases, 7.5 standard errors off."""
    up, down = np.arcsinh(1.5), np.arcsinh(0.5)
    run = {
        "start": 0.0,
        "above": 3.0,
        "below": -1.0,
        "dt": 0.2,
        "max_time": 1e3,
        "walkers": 600_000,
        "seed": 4,
    }
    found = passage_times(Quadratic([0.0]), Overdamped(Growing(), "stratonovich"), scheme=heun, **run)
    share, right = np.mean(found.exits > 0), down / (up + down)
    assert abs(share - right) < 4.5 * np.sqrt(right * (1 - right) / 600_000)
