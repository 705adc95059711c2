"""First passage of processes: against exact means, with bridges and without, by several exits."""

import numpy as np
import pytest

from diffusion import (
    MeanPassage,
    Overdamped,
    PassageTimes,
    PhaseSpace,
    Quadratic,
    StyblinskiTang,
    TwoTemperatureDiffusion,
    baoab,
    end_point,
    euler_maruyama,
    exact,
    heun,
    mean_passage,
    part,
    passage_times,
)
from theory.exact import mean_passage_time, phase_space_passage_time

SURPRISE = 4.5  # standard errors
VALLEY = StyblinskiTang(1)
START, EDGE, T = -2.903534, 0.156731, 9.33
EXACT = 10.00382452807


def slope(x):
    return 2 * x**3 - 16 * x + 2.5


def overdamped(dt, walkers, **more):
    return passage_times(
        VALLEY, Overdamped(T), start=START, above=EDGE, dt=dt, max_time=1e4, walkers=walkers, seed=1, **more
    )


def z_score(estimate, expected):
    return float((estimate.mean - expected) / estimate.stderr)


@pytest.mark.parametrize(
    ("dt", "bridge", "expected"), [(1e-3, True, 9.9471), (5e-4, True, 9.9774), (1e-3, False, 10.7536)]
)
def test_euler_walkers_meet_the_schemes_own_exact_passage_time(dt, bridge, expected):
    mean = overdamped(dt, 50_000, bridge=bridge).mean()
    assert abs(z_score(mean, expected)) < SURPRISE
    assert abs(z_score(mean, 1.05 * expected)) > SURPRISE


def test_extrapolation_covers_the_passage_time_of_a_vanishing_time_step():
    found = mean_passage(
        VALLEY, Overdamped(T), start=START, above=EDGE, dt=2e-3, max_time=1e4, walkers=40_000, seed=2
    )
    assert abs(z_score(found.extrapolated, EXACT)) < SURPRISE
    low, high = found.interval
    assert low < EXACT < high
    assert high - low < 0.1 * EXACT
    # of the bias at dt = 1e-3, known exactly, its estimate and interval
    bias, error = 9.9471 - EXACT, (found.bias[1] - found.bias[0]) / (2 * 1.96)
    assert abs(sum(found.bias) / 2 - bias) < SURPRISE * error
    assert found.bias[0] < bias < found.bias[1]


@part
class Rising:
    """D = 2 + theta^2 / 2."""

    def diffusion(self, x, i):
        return 2 + 0.5 * x * x


@pytest.mark.parametrize(
    ("scheme", "reading"), [(euler_maruyama, "ito"), (heun, "stratonovich"), (end_point, "fick")]
)
def test_bridges_serve_every_reading_of_a_diffusion_that_varies(scheme, reading):
    right = {
        kind: mean_passage_time(lambda x: 2 * x, lambda x: 2 + x * x / 2, 0.0, 2.0, interpretation=kind)
        for kind in ("ito", "stratonovich", "fick")
    }
    run = {"start": 0.0, "above": 2.0, "max_time": 1e3, "walkers": 60_000, "seed": 3, "scheme": scheme}
    found = mean_passage(Quadratic([2.0]), Overdamped(Rising(), reading), dt=4e-3, **run)
    assert abs(z_score(found.extrapolated, right[reading])) < SURPRISE
    for kind, wrong in right.items():
        assert kind == reading or abs(z_score(found.extrapolated, wrong)) > SURPRISE
    plain = passage_times(
        Quadratic([2.0]), Overdamped(Rising(), reading), dt=4e-3, bridge=False, **run
    ).mean()  # fmt: skip
    assert z_score(plain, right[reading]) > 2 * SURPRISE


@pytest.mark.parametrize(("reading", "scheme"), [("ito", euler_maruyama), ("fick", end_point)])
def test_passage_through_a_jump_of_the_temperature(reading, scheme):
    D = TwoTemperatureDiffusion(6.0, 12.0, -1.5)
    right = {
        kind: mean_passage_time(
            slope, lambda x: np.where(x < -1.5, 6.0, 12.0), START, EDGE, interpretation=kind, jumps=(-1.5,)
        )
        for kind in ("ito", "fick")
    }
    mean = passage_times(
        VALLEY, Overdamped(D, reading), start=START, above=EDGE, dt=2.5e-4, max_time=1e4, walkers=4000, seed=4,
        scheme=scheme,
    ).mean()  # fmt: skip
    assert abs(z_score(mean, right[reading])) < SURPRISE
    assert abs(z_score(mean, right["fick" if reading == "ito" else "ito"])) > SURPRISE


@pytest.mark.parametrize(
    ("reading", "scheme", "D_a", "D_b", "split"),
    [("ito", euler_maruyama, 8.0, 20.0, -2.0), ("fick", end_point, 12.0, 7.0, -1.2)],
)
def test_extrapolation_past_a_jump_knows_that_the_bias_shrinks_more_slowly(reading, scheme, D_a, D_b, split):
    right = mean_passage_time(
        slope, lambda x: np.where(x < split, D_a, D_b), -2.9, 0.1567, interpretation=reading, jumps=(split,)
    )
    found = mean_passage(
        VALLEY, Overdamped(TwoTemperatureDiffusion(D_a, D_b, split), reading), start=-2.9, above=0.1567, dt=2e-3,
        max_time=1e4, walkers=40_000, seed=8, scheme=scheme,
    )  # fmt: skip
    assert found.interval[0] < right < found.interval[1]
    assert found.bias[0] < found.fine.mean - right < found.bias[1]
    assert abs(z_score(found.fine, right)) > SURPRISE  # the bias is there


def test_extrapolation_without_bridges_knows_it_too():
    run = {"start": START, "above": EDGE, "dt": 2e-3, "max_time": 1e4, "walkers": 40_000, "seed": 2}
    found = mean_passage(VALLEY, Overdamped(T), bridge=False, **run)
    assert found.interval[0] < EXACT < found.interval[1]
    assert found.bias[0] < found.fine.mean - EXACT < found.bias[1]
    assert z_score(found.fine, EXACT) > 2 * SURPRISE


@pytest.mark.parametrize("order", [1.0, 0.5])
def test_extrapolation_is_exact_where_the_bias_is_a_power_of_dt(order):
    def run(dt):
        steps = np.rint((10 + 3 * dt**order) / dt * np.array([0.9, 1.1])).astype(int)
        return PassageTimes(steps, np.ones(2, bool), np.arange(2), dt, 0, exits=np.ones(2, int), order=order)

    found = MeanPassage.of(run(1e-6), run(0.5e-6))
    assert found.extrapolated.mean == pytest.approx(10, abs=1e-5)


def test_each_exit_takes_its_share_of_the_walkers():
    # free diffusion from 0.25 in (0, 1) x free: P(up) = 1/4; mean time x (1 - x) / 2D
    run = passage_times(
        Quadratic([0.0, 0.0]), Overdamped(0.5), start=[0.25, 0.0], above=[1.0, np.inf], below=[0.0, -np.inf],
        dt=1e-3, max_time=100.0, walkers=40_000, seed=5,
    )  # fmt: skip
    assert set(run.exits) == {1, -1}
    up = (run.exits == 1).mean()
    assert abs(up - 0.25) < SURPRISE * np.sqrt(0.25 * 0.75 / 40_000)
    mean = run.mean()
    assert abs(float(mean.mean) - 0.5e-3 - 0.25 * 0.75) < SURPRISE * float(
        mean.stderr
    )  # a step's end is half late
    second = passage_times(
        Quadratic([0.0, 0.0]), Overdamped(0.5), start=0.0, above=[50.0, 1.0], below=[-50.0, -1.0], dt=1e-2,
        max_time=100.0, walkers=2000, seed=5,
    )  # fmt: skip
    assert set(second.exits) == {2, -2}


@pytest.mark.parametrize("z", [0.1, 1.0, 10.0])
def test_passage_in_phase_space_meets_the_kolmogorov_equation(z):
    # a barrier of 2 kT; gamma dt = 0.12 at z = 0.1
    damping = float(np.sqrt(4 * abs(VALLEY.H_b) / z))
    process = PhaseSpace(1.0, damping, damping * VALLEY.barrier / 2)
    a, b = float(VALLEY.minimum[0]), VALLEY.boundary
    right = phase_space_passage_time(slope, a, b, mass=1.0, damping=damping, D=float(process.D[0]))
    dt = 0.005 if z < 1 else 0.02
    found = mean_passage(
        VALLEY, process, start=a, above=b, dt=dt, max_time=1e4, walkers=10_000 if z < 1 else 40_000, seed=6,
        scheme=baoab,
    )  # fmt: skip
    assert abs(z_score(found.extrapolated, right)) < SURPRISE
    assert found.interval[0] < right < found.interval[1]
    assert abs(z_score(found.extrapolated, 1.2 * right)) > SURPRISE


def test_turning_points_between_two_steps_are_seen():
    # an oscillator that turns about once in six steps: who touches the exit within t = 4?
    def share(dt, walkers, bridge):
        run = passage_times(
            Quadratic([4.0]), PhaseSpace(1.0, 0.2, 1.0), start=0.0, above=0.8, dt=dt, max_time=4.0,
            walkers=walkers, seed=7, scheme=baoab, bridge=bridge,
        )  # fmt: skip
        p = run.escaped.mean()
        return p, np.sqrt(p * (1 - p) / walkers)

    right, error = share(0.002, 100_000, True)
    fine, _ = share(0.002, 100_000, False)
    assert abs(fine - right) < SURPRISE * error  # both see all of it
    bridged, _ = share(0.25, 100_000, True)
    plain, _ = share(0.25, 100_000, False)
    assert bridged - plain > SURPRISE * error  # the same numbers: whoever is seen plainly is seen bridged
    assert right - bridged < 0.8 * (right - plain)  # what is left is the scheme's own error


def test_seed_and_id_alone_make_the_numbers():
    whole, threaded = overdamped(1e-2, 200, workers=1), overdamped(1e-2, 200, workers=2)
    assert np.array_equal(whole.iterations, threaded.iterations)
    joined = overdamped(1e-2, range(70)).joined(overdamped(1e-2, range(70, 200)))
    assert np.array_equal(whole.iterations, joined.iterations)
    assert np.array_equal(whole.exits, joined.exits)


def test_walkers_that_stay_are_censored_and_have_no_mean():
    run = passage_times(
        VALLEY, Overdamped(0.1), start=START, above=EDGE, dt=1e-3, max_time=0.5, walkers=50, seed=1
    )
    assert not run.escaped.any()
    assert set(run.exits) == {0}
    assert np.all(run.times == 0.5)
    with pytest.raises(ValueError, match="max_time must be long enough"):
        run.mean()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": 1.0}, "start must be between the exits"),
        ({"above": np.nan}, "above must be one number"),
        ({"above": [1.0, 2.0]}, "above must be one number"),
        ({"above": np.inf}, "above must be finite somewhere"),
        ({"below": -2.0}, "start must be between the exits"),
        ({"dt": 0.0}, "dt must be positive"),
        ({"max_time": -1.0}, "max_time must be positive"),
        ({"scheme": exact}, "landscape must be Quadratic"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(change, message):
    good = {"start": START, "above": EDGE, "dt": 0.01, "max_time": 1.0, "walkers": 2, "seed": 0}
    with pytest.raises(ValueError, match=message):
        passage_times(VALLEY, Overdamped(1.0), **(good | change))
