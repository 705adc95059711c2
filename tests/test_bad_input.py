"""Bad input: one line that names the argument and says what was got; never a traceback of numba's, a hang or NaN."""

import dataclasses

import numba
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import diffusion
from diffusion import (
    SGD,
    Adai,
    Adam,
    Coasting,
    DataNoise,
    Diverged,
    Exits,
    FrozenNoise,
    HessianNoise,
    IsotropicNoise,
    MinibatchNoise,
    Momentum,
    Overdamped,
    PhaseSpace,
    Position,
    Quadratic,
    StyblinskiTang,
    TwoTemperatureDiffusion,
    TwoTemperatureNoise,
    escape_times,
    euler_maruyama,
    evolve,
    gradient_at,
    integrate,
    replay,
)

quick = settings(
    deadline=None,
    max_examples=40,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

NOT_FINITE = st.sampled_from([np.nan, np.inf, -np.inf, np.float32("nan"), 10**400])
NOT_A_NUMBER = st.one_of(
    NOT_FINITE,
    st.text(max_size=5),
    st.none(),
    st.booleans(),
    st.binary(max_size=3),
    st.complex_numbers(),
    st.dictionaries(st.text(max_size=1), st.integers(), max_size=2),
    st.builds(object),
    st.just([1.0, "x"]),
    st.just([[1.0], [1.0, 2.0]]),
)
from tests.zoo import EXAMPLES

LIST = st.lists(st.floats(0.1, 0.5), max_size=3)


def below(limit, strict=True):
    return st.floats(max_value=limit, exclude_max=strict, allow_nan=False)


def above(limit, strict=True):
    return st.floats(min_value=limit, exclude_min=strict, allow_nan=False)


def outside_fraction():
    return st.one_of(NOT_A_NUMBER, LIST, below(0), above(1, strict=False))


def not_positive():
    return st.one_of(NOT_A_NUMBER, LIST, below(0, strict=False))


def negative():
    return st.one_of(NOT_A_NUMBER, LIST, below(0))


def not_whole(low):
    return st.one_of(
        NOT_A_NUMBER, LIST, st.integers(max_value=low - 1), st.floats(0.01, 0.99), st.just(1e300)
    )


def bad_row():  # neither a number, nor one per coordinate, all 0 or more
    rows = st.sampled_from([[], [1.0, -1.0], [1.0, np.nan], [[1.0, 0.0], [0.0, 1.0]], np.full(50, -1.0)])
    return st.one_of(NOT_A_NUMBER, rows, below(0))


def bad_edges():  # no row of two numbers, infinite ones allowed
    rows = st.sampled_from([[], [np.nan, 0.0], [[0.0, 0.0]], 0.0])
    return st.one_of(NOT_A_NUMBER, rows)


def bad_coefficient():  # nor a symmetric matrix of such eigenvalues
    rows = st.sampled_from([[], [1.0, -1.0], [1.0, np.nan], [[1.0, 0.0], [0.0, -1.0]], np.full(50, -1.0)])
    return st.one_of(NOT_A_NUMBER, rows, below(0), st.sampled_from(BAD_MATRIX))


BAD_MATRIX = [[[1.0, 2.0], [0.0, 1.0]], [[1.0, 0.0]], [[np.nan, 0.0], [0.0, 1.0]], np.zeros((2, 2, 2)), []]
CONSTRUCTORS = {
    SGD: {"eta": (0.1, not_positive())},
    Momentum: {
        "eta": (0.1, not_positive()),
        "beta1": (0.9, outside_fraction()),
        "beta3": (1.0, not_positive()),
        "bias_correction": (True, st.sampled_from(["yes", None, 2, 0.5, [True], np.zeros(2)])),
    },
    Adam: {
        "eta": (0.1, not_positive()),
        "beta1": (0.9, outside_fraction()),
        "beta2": (0.99, outside_fraction()),
        "eps": (1e-8, negative()),
    },
    Adai: {
        "eta": (0.1, not_positive()),
        "beta0": (0.1, negative()),
        "beta2": (0.99, outside_fraction()),
        "eps": (1e-3, st.one_of(not_positive(), above(1))),
        "weight_decay": (0.0, negative()),
    },
    StyblinskiTang: {"dim": (2, not_whole(1)), "k": (1.0, not_positive())},
    Quadratic: {"H": ([1.0, 2.0], st.one_of(NOT_A_NUMBER, st.floats(), st.sampled_from(BAD_MATRIX)))},
    FrozenNoise: {
        "C": (
            1.0,
            st.one_of(NOT_A_NUMBER, below(0), st.sampled_from([*BAD_MATRIX, [[1, 2], [2, 1]], [-1.0]])),
        )
    },
    IsotropicNoise: {"C": (1.0, st.one_of(negative(), st.just([1.0, 2.0])))},
    TwoTemperatureNoise: {
        "C_a": (1.0, bad_row()),
        "C_b": (1.0, bad_row()),
        "split": (0.0, st.one_of(NOT_A_NUMBER, LIST)),
    },
    HessianNoise: {"B": (1.0, not_positive()), "kappa": (1.0, not_positive()), "floor": (0.0, negative())},
    DataNoise: {
        "B": (1.0, not_positive()),
        "variance": (1.0, not_positive()),
        "drift": ("data", st.sampled_from(["both", "", None, 1, np.zeros(2), ["data"]])),
    },
    MinibatchNoise: {
        "samples": (
            [[0.0, 1.0]],
            st.one_of(
                NOT_A_NUMBER,
                st.sampled_from(
                    [1.0, [1.0, 2.0], [], [[]], np.zeros((0, 2)), [[np.nan, 0.0]], np.zeros((1, 2, 3))]
                ),
            ),
        ),
        "B": (1, st.one_of(not_whole(1), st.just(10**9))),
    },
    Overdamped: {
        "D": (1.0, bad_coefficient()),
        "interpretation": ("ito", st.sampled_from(["Ito", None, 1, "fokker"])),
    },
    TwoTemperatureDiffusion: {
        "D_a": (1.0, bad_row()),
        "D_b": (1.0, bad_row()),
        "split": (0.0, NOT_A_NUMBER),
    },
    Exits: {
        "below": ([-1.0, -np.inf], bad_edges()),
        "above": ([1.0, np.inf], bad_edges()),
    },
    Position: {},
    Coasting: {
        "mover": (Momentum(0.1), st.sampled_from([None, 1.0, "momentum", SGD(0.1), StyblinskiTang(2)])),
        "share": (1.0, st.one_of(NOT_A_NUMBER, LIST)),
    },
    PhaseSpace: {
        "mass": (1.0, st.one_of(bad_coefficient(), st.just(0.0))),
        "damping": (1.0, bad_coefficient()),
        "D": (1.0, bad_coefficient()),
    },
}
CONSTRUCTORS[diffusion.Schedule] = {
    "at": ((1,), st.sampled_from([(1.5,), (-1,), (), "x", (np.nan,)])),
    "factors": ((0.5,), st.sampled_from([(-1.0,), (1.0, 2.0), "x", (np.inf,)])),
    "optimizer": (SGD(0.1), st.sampled_from([None, "SGD", 1.0, SGD(0.1).__class__, FrozenNoise(1.0)])),
}
CONSTRUCTORS[diffusion.Walls] = {
    "below": (0.0, st.sampled_from([np.nan, "x", 1.0, 2.0])),
    "above": (1.0, st.sampled_from([np.nan, "x"])),
    "kind": ("reflecting", st.sampled_from(["absorbing", "", None, 1])),
}
SWEPT_ELSEWHERE = {
    getattr(diffusion, n)
    for n in ("Cautious", "Clipped", "Minibatches", "Muon", "Network", "ScheduleFree", "Shifted")
}
# of every other optimizer the learning rate; their own tests sweep the rest
for optimizer in [c for c in vars(diffusion).values() if isinstance(c, type)]:
    if hasattr(optimizer, "update") and optimizer not in CONSTRUCTORS and optimizer not in SWEPT_ELSEWHERE:
        CONSTRUCTORS[optimizer] = {"eta": (0.1, not_positive())}
FIELDS = [(cls, name) for cls, good in CONSTRUCTORS.items() for name in good]


def refused(name, call, errors=ValueError):
    """Assert that ``call`` raises one line that begins with the argument's name and ends with what was got."""
    with pytest.raises(errors) as caught:
        call()
    line = str(caught.value)
    assert line.startswith(f"{name} must be "), line
    assert ", got " in line
    assert "\n" not in line
    assert len(line) < 250


@pytest.mark.parametrize(("cls", "name"), FIELDS, ids=lambda f: getattr(f, "__name__", f))
@given(choice=st.data())
@quick
def test_a_constructor_refuses_what_is_out_of_range(cls, name, choice):
    good = {field: value for field, (value, _) in CONSTRUCTORS[cls].items()}
    cls(**good)
    bad = choice.draw(CONSTRUCTORS[cls][name][1])
    refused(name, lambda: cls(**{**good, name: bad}))


def test_exits_belong_together():
    refused("above", lambda: Exits([-1.0], [1.0, 2.0]))
    refused("below", lambda: Exits([-1.0, 2.0], [1.0, 2.0]))


def test_every_part_of_the_package_is_swept():
    parts = {c for c in vars(diffusion).values() if hasattr(c, "Numbers")} | {Overdamped, PhaseSpace}
    assert parts - SWEPT_ELSEWHERE == set(CONSTRUCTORS)


@pytest.mark.parametrize("good", EXAMPLES, ids=repr)
def test_every_number_of_an_optimizer_is_checked(good):
    numbers = [f.name for f in dataclasses.fields(good) if f.init and type(getattr(good, f.name)) is float]
    assert numbers or any(hasattr(value, "Numbers") for value in vars(good).values())
    for field in numbers:
        for bad in (np.nan, "x", [1.0, 2.0], np.zeros(2)):
            refused(field, lambda field=field, bad=bad: dataclasses.replace(good, **{field: bad}))


VALLEY, BOWL = StyblinskiTang(2), Quadratic([1.0, 2.0])
NOT_A_PART = [None, "SGD", 1.0, SGD, object(), [], np.zeros(2), PhaseSpace(1.0, 1.0, 1.0)]
STEP = euler_maruyama(Overdamped(1.0), 0.1)
NOT_A_POINT = st.one_of(
    NOT_A_NUMBER,
    st.sampled_from([[], [1.0], np.zeros(3), np.zeros((2, 1)), [0.0, np.nan], [0.0, 1e80], "12"]),
)
RUN = {
    "walkers": st.one_of(not_whole(1), st.sampled_from([range(0), range(-64, 0), range(0, 9, 2), 10**30])),
    "seed": st.one_of(not_whole(0), st.just(2**64)),
    "workers": st.one_of(not_whole(1).filter(lambda w: w is not None), st.just(10**18)),
    "watch": st.sampled_from([1, "watch", object(), np.zeros(2)]),
    "landscape": st.sampled_from([*NOT_A_PART, SGD(0.1), FrozenNoise(1.0), Quadratic]),
    "noise": st.sampled_from([*NOT_A_PART, SGD(0.1), Momentum(0.1), BOWL, VALLEY, FrozenNoise]),
    "optimizer": st.sampled_from([*NOT_A_PART, BOWL, VALLEY, FrozenNoise(1.0), Overdamped(1.0)]),
}
NOT_ITERATIONS = st.one_of(
    NOT_A_NUMBER,
    st.sampled_from([[], -1, [2, 1], [1, 1], 0.5, [0.0, np.nan], [[1, 2]], 1e300, 10**30, ["1"], [1, None]]),
)
EVOLVE = {
    **RUN,
    "theta0": NOT_A_POINT,
    "iterations": NOT_ITERATIONS,
    "keep": st.sampled_from(["all", "", None, 1, ["moments"], np.zeros(2)]),
}
ESCAPE = {
    **RUN,
    "start": st.one_of(NOT_A_POINT, st.sampled_from([5.0, [-2.9, 0.2], [0.2, -2.9]])),
    "boundary": st.one_of(
        NOT_A_NUMBER,
        st.sampled_from(
            [len, lambda theta: True, [1.0, 2.0, 3.0], [], numba.njit(lambda a, b: a), Exits([-9.0], [1.0])]
        ),
    ),
    "max_iterations": not_whole(1),
    "stop": st.sampled_from(["last", "", None, 1, ["first"]]),
}


@pytest.mark.parametrize("name", EVOLVE)
@given(choice=st.data())
@quick
def test_evolve_refuses_bad_arguments(name, choice):
    good = {"landscape": BOWL, "noise": FrozenNoise(1.0), "optimizer": SGD(0.1), "theta0": 0.0, "iterations": [2],
            "walkers": 2, "seed": 0, "workers": 1, "keep": "moments", "watch": None}  # fmt: skip
    bad = {**good, name: choice.draw(EVOLVE[name])}
    refused(name, lambda: evolve(**bad))


@pytest.mark.parametrize("name", ESCAPE)
@given(choice=st.data())
@quick
def test_escape_times_refuses_bad_arguments(name, choice):
    good = {"landscape": VALLEY, "noise": FrozenNoise(1.0), "optimizer": SGD(1e-3), "start": VALLEY.minimum,
            "boundary": VALLEY.boundary, "max_iterations": 2, "walkers": 2, "seed": 0, "workers": 1,
            "stop": "first", "watch": None}  # fmt: skip
    bad = {**good, name: choice.draw(ESCAPE[name])}
    refused(name, lambda: escape_times(**bad))


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("landscape", st.sampled_from(NOT_A_PART)),
        ("langevin", st.sampled_from([*NOT_A_PART[:-1], SGD(0.1), STEP])),
        ("theta0", NOT_A_POINT),
        ("times", st.one_of(NOT_A_NUMBER, st.sampled_from([[], 0.05, [0.2, 0.1], -0.1, [[0.1]]]))),
        ("dt", st.one_of(not_positive(), st.just([0.1]))),
    ],
)
@given(choice=st.data())
@quick
def test_integrate_refuses_bad_arguments(name, bad, choice):
    good = {"landscape": BOWL, "langevin": Overdamped(1.0), "theta0": 0.0, "times": [0.1, 0.2], "dt": 0.1}
    call = {**good, name: choice.draw(bad)}
    refused(name, lambda: integrate(**call, walkers=2, seed=0), ValueError)


@pytest.mark.parametrize("name", ["mass", "damping", "D"])
def test_integrate_refuses_coefficients_of_another_dimension(name):
    coefficients = {"mass": 1.0, "damping": 1.0, "D": 1.0, name: [1.0, 1.0, 1.0]}
    refused(name, lambda: integrate(BOWL, PhaseSpace(**coefficients), 0.0, 0.1, dt=0.1, walkers=2, seed=0))


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("optimizer", st.sampled_from([*NOT_A_PART, BOWL, FrozenNoise(1.0), STEP])),
        ("theta0", st.one_of(NOT_A_NUMBER, st.sampled_from([1.0, [], [[1.0]], [np.inf]]))),
        ("gradients", st.one_of(NOT_A_NUMBER, st.sampled_from([1.0, [1.0], [[1.0, 2.0]], [], [[np.nan]]]))),
    ],
)
@given(choice=st.data())
@quick
def test_replay_refuses_bad_arguments(name, bad, choice):
    call = {"optimizer": SGD(0.1), "theta0": [1.0], "gradients": [[1.0]], name: choice.draw(bad)}
    refused(name, lambda: replay(**call))


@given(theta=NOT_A_POINT)
@quick
def test_gradient_at_refuses_what_is_no_point(theta):
    refused("theta0", lambda: gradient_at(BOWL, theta))


@pytest.mark.parametrize(
    ("name", "noise"),
    [
        ("C", FrozenNoise([1.0, 1.0, 1.0])),
        ("C", FrozenNoise(np.eye(3))),
        ("C_a", TwoTemperatureNoise([1.0, 1.0, 1.0], 1.0, 0.0)),
        ("C_b", TwoTemperatureNoise(1.0, [1.0, 1.0, 1.0], 0.0)),
        ("samples", MinibatchNoise(np.zeros((4, 3)), 2)),
    ],
)
def test_a_noise_of_another_dimension_is_refused(name, noise):
    refused(name, lambda: evolve(BOWL, noise, SGD(0.1), 0.0, 2, walkers=2, seed=0))


def test_a_process_takes_no_noise_and_an_optimizer_needs_one():
    refused("noise", lambda: evolve(BOWL, FrozenNoise(1.0), STEP, 0.0, 2, walkers=2, seed=0))
    refused("noise", lambda: evolve(BOWL, None, SGD(0.1), 0.0, 2, walkers=2, seed=0))


def test_walkers_beyond_the_memory_are_refused():
    settings = {"walkers": 2**40, "seed": 0, "workers": 1}
    refused(
        "walkers",
        lambda: evolve(BOWL, FrozenNoise(1.0), SGD(0.1), 0.0, range(1000), keep="positions", **settings),
    )


MAGNITUDES = st.floats(-300, 300).map(lambda power: 10.0**power)


@given(
    eta=MAGNITUDES, C=MAGNITUDES, theta0=st.floats(-1e59, 1e59), H=MAGNITUDES, seed=st.integers(0, 2**64 - 1)
)
@settings(quick, max_examples=200)
def test_numbers_of_any_size_give_finite_moments_or_say_that_walkers_diverged(eta, C, theta0, H, seed):
    try:
        run = evolve(
            Quadratic([H, -H]),
            FrozenNoise(C),
            SGD(eta),
            theta0,
            [0, 1, 7, 50],
            walkers=3,
            seed=seed,
            workers=1,
        )
    except Diverged:
        return
    except ValueError:
        if max(H * abs(theta0), C**0.5) < 1e149:  # nothing smaller may be refused
            raise
        return
    for estimate in (run.msd(), run.displacement()):
        assert np.all(np.isfinite(estimate.mean))
        assert np.all(np.isfinite(estimate.stderr))


@given(eta=MAGNITUDES, size=st.floats(-300, 300), beta1=st.floats(0, 0.999))
@quick
def test_replay_gives_a_finite_path_or_says_that_it_diverged(eta, size, beta1):
    gradients = np.full((20, 2), 10.0**size)
    if size >= 150:  # Adam squares it
        with pytest.raises(ValueError, match=r"gradients must be below 1e\+150 in size"):
            replay(SGD(eta), [1.0, 2.0], gradients)
        return
    for optimizer in (SGD(eta), Momentum(eta, beta1), Adam(eta, beta1), Adai(eta)):
        try:
            path = replay(optimizer, [1.0, 2.0], gradients)
        except Diverged:
            continue
        assert np.all(np.isfinite(path))


@pytest.mark.parametrize("k", [1e-320, 1e-160, 1e160, 1.7e308])
def test_a_sharpness_whose_square_is_no_number_is_refused(k):
    refused("k", lambda: StyblinskiTang(1, k))


def test_a_mass_so_small_that_a_push_would_be_infinite_is_refused():
    refused("dt", lambda: diffusion.baoab(diffusion.PhaseSpace(5e-324, 1e-3, 1.0), 0.5))


def test_a_time_step_so_long_that_a_push_would_be_infinite_is_refused():
    """And without a warning of NumPy, which pytest would raise."""
    refused("dt", lambda: diffusion.baoab(diffusion.PhaseSpace(0.1, 1.0, 1.0), 1.7e308))
