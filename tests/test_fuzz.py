"""Any call and any command with any input ends in a result, or in a refusal of one short line, soon.

The calls come from one registry (`fuzzed`), the commands and files from `fuzzed_commands`. A sample runs always, 10,000
inputs in the slow run; ``DIFFUSION_TEST_SEED`` tries others.
"""

import os
import random
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

import diffusion
from diffusion import SGD
from sims import check, judging, probe, storage
from tests import fuzzed, fuzzed_commands
from theory.exact import process_stationary_covariance, separatrix

OTHER = os.environ.get("DIFFUSION_TEST_SEED")
CALLS, COMMANDS, FILES = 150, 40, 25  # of the sample, which takes seconds
SLOW_CALLS, SLOW_COMMANDS, SLOW_FILES = 8000, 1500, 500


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """An --out without a folder writes into the current one, which must not be the project's."""
    monkeypatch.chdir(tmp_path)


def fuzz(examples):
    """Settings of hypothesis: so many inputs, the same in every run unless another seed is asked for."""

    def decorate(test):
        checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
        test = given(st.randoms(use_true_random=False))(test)
        test = settings(
            max_examples=examples, deadline=None, derandomize=OTHER is None, suppress_health_check=checks, database=None
        )(test)  # fmt: skip
        return test if OTHER is None else seed(int(OTHER))(test)

    return decorate


def call(chance, fast):
    name, function, arguments = fuzzed.drawn(chance, fast)
    text = fuzzed.shown(name, arguments)
    assert fuzzed.violation(name, function, arguments) is None, text


def command(chance):
    words = fuzzed_commands.words_of(chance)
    assert fuzzed_commands.violation(words) is None, words


def file(chance):
    with tempfile.TemporaryDirectory() as folder:
        if chance.random() < 0.3:
            done, wrong = fuzzed_commands.loaded(chance, Path(folder))
            assert wrong is None, done
            return
        words = fuzzed_commands.file_of(chance, Path(folder))
        assert fuzzed_commands.violation(words) is None, words


@fuzz(CALLS)
def test_a_sample_of_calls(chance):
    call(chance, fast=True)


@fuzz(COMMANDS)
def test_a_sample_of_commands(chance):
    command(chance)


@fuzz(FILES)
def test_a_sample_of_files(chance):
    file(chance)


@pytest.mark.slow
@fuzz(SLOW_CALLS)
def test_thousands_of_calls(chance):
    call(chance, fast=False)


@pytest.mark.slow
@fuzz(SLOW_COMMANDS)
def test_thousands_of_commands(chance):
    command(chance)


@pytest.mark.slow
@fuzz(SLOW_FILES)
def test_hundreds_of_files(chance):
    file(chance)


def test_every_public_name_can_be_drawn():
    """The registry is made of `__all__`: a new function is fuzzed before its author writes a test."""
    drawn = set(fuzzed.registry()) | fuzzed.NOT_CALLED | fuzzed.RESULTS
    callables = {
        name
        for name in diffusion.__all__
        if callable(getattr(diffusion, name)) and not isinstance(getattr(diffusion, name), property)
    }
    assert callables <= drawn
    assert len(fuzzed.theory_registry()) > 90
    chances = [random.Random(number) for number in range(2000)]
    seen = {fuzzed.drawn(chance)[0] for chance in chances}
    assert len(seen) > 150


@pytest.mark.parametrize(
    "function",
    [
        lambda x: np.log(x),  # a warning of NumPy
        lambda x: {}[x],
        lambda x: None.missing,
        lambda x: (_ for _ in ()).throw(ValueError("two\nlines")),
        lambda x: (_ for _ in ()).throw(ValueError("a" * 301)),
        lambda x: (_ for _ in ()).throw(ValueError("")),
        lambda x: float("nan"),
        lambda x: (_ for _ in ()).throw(SystemExit(3)),
    ],
)
def test_each_kind_of_violation_would_be_noticed(function):
    assert fuzzed.violation("wrong", function, {"x": 0.0}) is not None
    assert fuzzed.violation("right", lambda x: x, {"x": 0.0}) is None


def test_what_takes_too_long_would_be_noticed(monkeypatch):
    monkeypatch.setattr(fuzzed, "LIMIT", 0.2)
    monkeypatch.setattr(fuzzed, "bounded", lambda seconds=0.2, known=fuzzed.bounded: known(seconds))

    def turning(x):
        while x == x:  # noqa: PLR0124  for ever
            pass

    assert "no end" in fuzzed.violation("endless", turning, {"x": 0.0})


def test_a_nan_in_json_would_be_noticed():
    assert fuzzed_commands.strictly('{"a": 1.0}') == {"a": 1.0}
    for text in ('{"a": NaN}', "[Infinity]", "[-Infinity]", "", "{}{}"):
        with pytest.raises(ValueError):  # noqa: PT011  JSON's own words
            fuzzed_commands.strictly(text)


VALLEY, KNOWN = diffusion.StyblinskiTang(1), diffusion.Estimate(np.ones(3), np.ones(3), 9)


@pytest.mark.parametrize(
    ("call", "message"),
    [  # what it found
        (lambda: diffusion.sharpened(diffusion.SGD(1e-3), 5e-324), "eta would be infinite"),
        (lambda: judging.judge_bound(KNOWN, [1j]), "bound must be numbers"),
        (
            lambda: separatrix(lambda x: -x, 2**64, -1.0, mass=0.3, damping=2.0, reach=0.5),
            "reach must be long beside the rounding of a saddle",
        ),
        (lambda: diffusion.FrozenNoise(1.0).covariance(3, 0.0), "landscape must be a landscape such as"),
        (lambda: diffusion.HessianNoise(1.0).covariance(VALLEY, "x"), "theta must be numbers"),
        (lambda: diffusion.TwoTemperatureNoise(1.0, 2.0, 0.0).covariance(VALLEY, None), "theta must be"),
        (lambda: VALLEY.loss([1e155]), "theta must be small enough for the result to be a number"),
        (lambda: VALLEY.loss(0.5), "theta must be of shape (..., 1), got ()"),
        (lambda: VALLEY.data_covariance(0.0, None), "variance must be 0 or more and finite"),
        (lambda: diffusion.Quadratic([1.0]).loss([np.nan]), "theta must be finite"),
        (lambda: diffusion.Estimate.of(3.0), "samples must be a list of them"),
        (lambda: diffusion.Estimate.of(np.ones((4, 2)), axis=2), "axis must be a whole number from -2 to 1"),
        (lambda: diffusion.MeanPassage.of("x", "x"), "at_dt must be a run of passage_times"),
        (lambda: diffusion.baoab(diffusion.PhaseSpace(1, 1, 1), Fraction(1, 3)), "dt must be positive and finite"),
        (lambda: KNOWN.interval(Fraction(1, 3)), "level must be between 0 and 1"),
        (lambda: judging.judge(3.0, np.ones(3)), "estimate must be an Estimate"),
        (lambda: judging.judge(KNOWN, len), "stated must be numbers"),
        (lambda: judging.judge(KNOWN, np.ones(3), power="x"), "power must be positive (math.inf: no bound)"),
        (lambda: judging.judge_escape(KNOWN, 3.0, tolerance=[1]), "tolerance must be 0 or more"),
        (lambda: judging.judge_order("x", KNOWN, np.ones(3), parameter="h"), "small must be numbers"),
        (lambda: judging.judge_identity(0.0, 1e-15, SGD), "numbers must be a whole number"),
        (lambda: check.check(SGD(0.1), SGD(0.1), gradients="a" * 500), "gradients must be numbers"),
        (lambda: check.measured_degrees(lambda: 1 / 0), "candidate failed with ZeroDivisionError: division by zero"),
        (lambda: process_stationary_covariance(1.0, mass=1.0, damping=1e-165, D=0.5), "cannot be computed"),
        (
            lambda: diffusion.integrate(VALLEY, diffusion.Overdamped(1.0), 0.0, [1.0], dt=0.1, scheme=lambda: 1, walkers=2, seed=0),
            "scheme must be a function of a process and dt, got TypeError",
        ),
        (lambda: diffusion.Quadratic([2.0]).data_covariance(0.0, 1e308), "variance must be small enough for the result"),
        (lambda: check.path_of(SGD(0.1), [0.1], [[0.1]], shape=True), "shape must be a tuple of whole numbers"),
        (lambda: VALLEY.data_covariance(0.0, 1e155), "variance must be small enough for the result"),
        (lambda: probe.from_network(3, [0.0]), "network must be a diffusion.Network"),
        (lambda: probe.Model(None, len, len, [0.0], 5), "loss must be a function"),
        (lambda: probe.probe(3), "model must be a Model"),
        (lambda: storage.save(fuzzed.results()[0], 3), "path must be the name of a file .nc"),
        (lambda: storage.save(fuzzed.results()[0], "x.nc", settings=[1]), "settings must be a dataclass or a dict"),
        (lambda: storage.save(fuzzed.results()[0], f"{'x' * 300}.nc"), "path must have a name of at most 255 bytes"),
        (lambda: storage.load(10**400), "path must be the name of a file .nc"),
    ],
)  # fmt: skip
def test_what_it_found_is_told_in_words(call, message):
    with pytest.raises(ValueError) as error:  # noqa: PT011  the words are compared below
        call()
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "words",
    [  # each printed a warning of NumPy
        ["escape", "--walkers=9", "--max-iterations=50", "--k=1.7e308"],
        ["escape", "--optimizer=adai", "--walkers=9", "--max-iterations=50", "--k=6", "--eta=5e-324"],
        ["escape", "--process", "--optimizer=momentum", "--walkers=9", "--k=6", "--eta=1.7e308"],
        ["equilibrium", "--schemes=baoab", "--walkers=9", "--time=1", "--dt=1.7e308"],
        ["equilibrium", "--schemes=baoab", "--walkers=9", "--time=1", "--dt=0.5", "--mass=5e-324"],
        [
            "theory",
            "theorem-3",
            "--json",
            "--H-a=1e308",
            "--H-b=-2",
            "--barrier=1.5",
            "--eta=0.01",
            "--B=2",
            "--beta1=0.5",
            "--beta3=0.5",
            "--s=0.4",
        ],
        ["saddle", "--process", "--optimizer=momentum", "--walkers=9", "--iterations=3,5", "--eta=1.7e308"],
    ],
    ids=" ".join,
)
def test_huge_and_tiny_numbers_leave_no_stray_warning_and_json_stays_json(words):
    assert fuzzed_commands.violation(words) is None
