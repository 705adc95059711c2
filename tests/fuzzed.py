"""Calls with hostile arguments, of every public function from one registry, and what each may end in.

A call is drawn by a ``random.Random``: hypothesis gives one that it can replay and shrink.
"""

import atexit
import contextlib
import inspect
import shutil
import signal
import tempfile
import threading
import warnings
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import numba
import numpy as np

import diffusion
import sims.check
import sims.judging
import sims.probe
import sims.storage
from diffusion import (
    SGD,
    Adam,
    Estimate,
    FrozenNoise,
    Momentum,
    Overdamped,
    PhaseSpace,
    Quadratic,
    StyblinskiTang,
)
from tests.probed import make_model
from tests.test_theory_any_input import FUNCTIONS, GOOD, OWN, numbers_of
from tests.test_theory_any_input import SLOW as SLOW_THEORY

LONGEST = 300  # characters of a refusal
LIMIT = 60  # seconds of processor time for one call, compilation included; a busy machine takes longer by the clock
WAITED = 20  # times that many seconds by the clock, for a call that waits
HOSTILE = [
    lambda: np.nan, lambda: np.inf, lambda: -np.inf, lambda: 1e308, lambda: 1e155, lambda: 5e-324, lambda: 1e-165,
    lambda: -1, lambda: -1.0, lambda: 0, lambda: -0.0, lambda: 1, lambda: 0.5, lambda: 3, lambda: True, lambda: False,
    lambda: 10**400, lambda: 2**64, lambda: 2**63, lambda: -(2**63), lambda: "x", lambda: "3", lambda: "", lambda: None,
    lambda: b"x", lambda: 1j, list, lambda: (), dict, lambda: [[]], lambda: [np.nan, 1.0], lambda: [1, [2]],
    lambda: [1.0, "x"], lambda: [[1.0, 2.0], [3.0, 4.0]], lambda: np.zeros((2, 2)), lambda: np.zeros(3), lambda: np.zeros((0, 2)),
    lambda: np.ones((2, 2, 2)), lambda: np.array(["a"]), lambda: np.array(None), lambda: np.array([object()]), lambda: object(),
    lambda: Fraction(1, 3), lambda: Decimal("0.1"), lambda: np.timedelta64(5, "s"), lambda: datetime(2020, 1, 1),
    lambda: np.ma.masked_array([1.0, 2.0], [True, False]), lambda: np.ma.masked, lambda: np.float32("nan"),
    lambda: np.array(2.0), lambda: np.arange(5)[::2], lambda: np.int8(-3), lambda: np.array([1 + 1j]), lambda: {1, 2},
    lambda: range(0), lambda: range(5, 2), lambda: range(3), lambda: slice(None), lambda: "a" * 500, lambda: "a\nb\x1b[31m",
    lambda: (lambda *a: 0), lambda: (lambda: 1 / 0), lambda: len, lambda: np.sin, lambda: int, lambda: SGD, lambda: SGD(0.1),
    lambda: Quadratic([1.0]), lambda: FrozenNoise(1.0), lambda: StyblinskiTang(1), lambda: Overdamped(1.0), lambda: iter([1.0]),
    lambda: numba.njit(lambda x: x), lambda: Estimate(np.ones(1), np.ones(1), 3), lambda: type("Own", (), {})(),
]  # fmt: skip
# what a run may be asked for without running for hours: sizes are hostile here only where they are small or no sizes
FOLDER = Path(tempfile.mkdtemp(prefix="fuzzed-"))  # where results are saved
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
SIZES = {
    "walkers", "iterations", "max_iterations", "max_time", "times", "steps", "particles", "replicas", "settle", "dim",
    "gradients", "samples", "lags", "n", "most_products",
}  # fmt: skip
TOO_LARGE = (1e308, 1e155)  # as sizes of a run; the integers among HOSTILE are refused as such
RIGHT_OF_RULES = (
    ArithmeticError  # Diverged, Extinct, Stuck: what becomes of a run is no fault of its arguments
)


@numba.njit
def gradient(theta, g):
    """Of half the square."""
    for j in range(theta.size):
        g[j] = theta[j]


@numba.njit
def loss(theta):
    """Half the square."""
    return 0.5 * np.sum(theta * theta)


@numba.njit
def row_gradient(theta, row, g):
    """Of the squared distance from a row."""
    for j in range(theta.size):
        g[j] = theta[j] - row[j]


@cache
def good_values():
    """Return values that are right, by the name of a parameter."""
    valley, bowl, noise = StyblinskiTang(1, 6.0), Quadratic([1.0, 2.0]), FrozenNoise(1.0)
    strong = FrozenNoise(100 * valley.H_a)
    return {
        "landscape": [valley, bowl], "noise": [strong, noise, diffusion.IsotropicNoise(1.0)],
        "optimizer": [SGD(1e-3), Momentum(1e-4), Adam(0.1)], "mover": [Momentum(0.1)], "candidate": [SGD(0.1)],
        "reference": [SGD(0.1), Adam(0.1)], "theta0": [0.0, 0.5], "theta": [0.0, [0.5]], "iterations": [[5], [3, 9]],
        "walkers": [9, 33, range(3, 9)], "seed": [0, 7], "workers": [1, None], "watch": [None, diffusion.Watch()],
        "keep": ["moments", "positions", "states"], "start": [-0.5], "boundary": [0.0639], "max_iterations": [40],
        "stop": ["first", "committed"], "walls": [None], "resume": [None], "speed0": [0.0], "langevin": [Overdamped(1.0), PhaseSpace(1.0, 1.0, 1.0)],
        "dt": [0.1], "times": [[0.5], [0.5, 1.0]], "scheme": [None, diffusion.baoab, diffusion.euler_maruyama], "above": [1.0, np.inf],
        "below": [-1.0], "max_time": [5.0], "bridge": [True, False], "particles": [16], "replicas": [3], "settle": [20],
        "reaction": [None], "path": [None], "steps": [5, 20], "last": [0.0, 0.3], "after": [0, 4], "scale": [1.0], "power": [1.0, 0.5],
        "gradient": [gradient], "dim": [1, 2], "loss": [loss], "at": [None], "row_gradient": [row_gradient], "data": [np.ones((4, 2))],
        "row_loss": [None], "gradients": [np.ones((4, 2)), [[0.1, -0.2]]], "rows": [None, [0, 1]], "k": [2.0], "level": [0.9, 0.95],
        "cut": [0, 3], "escaped": [np.array([True, True, False])], "other": [None], "axis": [0], "samples": [np.ones((4, 2))],
        "B": [2, 10], "order": ["replacement", "epochs"], "variance": [4.0], "drift": ["data", "bare"], "C": [1.0, [1.0, 2.0]],
        "H": [[1.0, 2.0], [[2.0, 0.5], [0.5, 1.0]]], "kappa": [1.0], "floor": [0.0], "C_a": [1.0], "C_b": [2.0], "split": [0.0], "s": [0.4],
        "D": [1.0], "D_a": [1.0], "D_b": [2.0], "mass": [1.0], "damping": [2.0], "interpretation": ["ito", "fick"], "kind": ["periodic"],
        "shape": [None], "estimate": [Estimate(np.array([1.0, 1.1, 1.3]), np.full(3, 0.1), 9)], "stated": [np.ones(3)], "wrong": [np.ones(3)],
        "bound": [np.ones(3)], "exact": [np.ones(3)], "slope": [Estimate(np.array(1.0), np.array(0.1), 9)],
        "prefactor": [Estimate(np.array(1.0), np.array(0.1), 9)], "tolerance": [0.01], "prefactor_tolerance": [0.1], "small": [[0.1, 0.2, 0.4]],
        "parameter": ["h"], "difference": [0.0], "rounding": [1e-15], "numbers": [3], "result": [results()[0]], "settings": [None],
        "layers": [(2, 3, 2)], "X": [np.ones((4, 2))], "y": [np.array([0, 1, 0, 1])], "activation": ["tanh", "relu"], "l2": [0.0],
        "lags": [[0, 1]], "frozen_v": [False], "full_matrix": [False], "betas": [(0.0, 0.9)], "factors": [(0.5,)], "share": [1.0],
        "cls": [type("Part", (), {})], "at_dt": [results()[1]], "at_half": [results()[1]], "power_of_t": [0.0], "beta": [0.9],
        "rate": [0.1], "weight_decay": [0.0, 0.1], "decay": ["decoupled"], "model": [least_squares()], "told": [lambda *done: None],
        "most_products": [200], "eigenvalues": [1, 2], "name": ["own"],
    }  # fmt: skip


least_squares = cache(make_model)


OVERRIDES = {
    "probe": {
        "iterations": [8],
        "walkers": [4],
        "optimizer": [None, SGD(0.1), Momentum(0.1, 0.5), Adam(0.1)],
    },
    "Model": {
        "loss": [least_squares().loss],
        "sample_gradients": [least_squares().sample_gradients],
        "hvp": [least_squares().hvp],
        "theta": [[0.0, 0.0]],
        "rows": [20],
        "batch_gradient": [None],
    },
    "load": {"path": [str(FOLDER / "saved.nc")]},
    "save": {"path": [str(FOLDER / "saved.nc")], "settings": [None, {"optimizer": SGD(0.1)}]},
    "from_network": {
        "network": [diffusion.Network((2, 3, 2), np.ones((4, 2)), [0, 1, 0, 1])],
        "theta": [np.full(17, 0.1)],
    },
    "from_torch": {"module": [None], "loss": [None], "data": [None]},
    "from_jax": {"function": [None], "params": [None], "data": [None]},
    "escape_rate": {"iterations": [np.array([5, 9, 12])]},
    "loss_over": {"dim": [2]},
    "replay": {"theta0": [[0.1, 0.2]]},
    "path_of": {"theta0": [[0.1, 0.2]]},
    "committor": {"noise": [FrozenNoise(1.0)], "landscape": [StyblinskiTang(1)]},
    "Walls": {"below": [-1.0], "above": [1.0]},
    "Exits": {"below": [[-1.0]], "above": [[1.0]]},
    "Schedule": {"at": [(3,)]},
    "Muon": {"shape": [(1, 2)]},
    "check": {"steps": [5], "theta0": [None], "gradients": [None]},
    "measured_degrees": {"steps": [5]},
    "judge_identity": {"wrong": [False]},
    "Shifted": {"landscape": [Quadratic([1.0, 2.0])]},
    "Adagrad": {"decay": [0.0]},
    "ASGD": {"decay": [1e-4]},
    "Network.loss": {"theta": [0.0]},
    "sample_gradients": {"landscape": [], "theta": [0.0]},
    "side_by_side": {"steps": [1, 2], "langevin": [None]},
    "evolve": {"optimizer": [SGD(1e-3), Momentum(1e-4)]},
    "escape_times": {"landscape": [StyblinskiTang(1, 6.0)]},
    "split_escape": {
        "landscape": [StyblinskiTang(1, 6.0)],
        "optimizer": [SGD(1e-3)],
        "noise": [FrozenNoise(2e4)],
    },
}
EXPENSIVE = {
    "committor",
    "side_by_side",
    "split_escape",
    "mean_passage",
    "landscape_of",
}  # seconds: drawn less often
NOT_CALLED = {
    "Diverged",
    "Extinct",
    "Stuck",
    "Interrupted",
    "Langevin",
    "part",
    "table",
}  # by nobody with arguments
RESULTS = {
    "Ensemble",
    "EscapeTimes",
    "PassageTimes",
    "Estimate",
    "Rate",
    "MeanPassage",
    "SideBySide",
    "SplittingEstimate",
}


@cache
def results():
    """Return a result of each kind, made once."""
    valley = StyblinskiTang(1, 6.0)
    noise, rule = FrozenNoise(100 * valley.H_a), SGD(1e-3)
    way = {"start": valley.minimum, "boundary": valley.boundary, "seed": 0, "workers": 1}
    short = {"walkers": 9, "seed": 0, "workers": 1}
    passage = diffusion.passage_times(
        Quadratic([1.0]), Overdamped(1.0), start=0.0, above=1.0, below=-1.0, dt=0.1, max_time=50.0, **short
    )
    return (
        diffusion.escape_times(valley, noise, rule, max_iterations=60, walkers=33, **way),
        passage,
        diffusion.evolve(valley, noise, rule, valley.minimum, [3, 9], **short),
        diffusion.evolve(valley, noise, rule, valley.minimum, [3, 9], keep="positions", **short),
        Estimate(np.array([1.0, 2.0]), np.array([0.1, 0.2]), 9),
        passage.rate(),
        diffusion.MeanPassage.of(passage, passage),
        diffusion.SplittingEstimate(
            np.array([-3.0, -3.1, -2.9]), np.full(3, 10.0), np.array([4, 5, 4]), 16, 1e-3, 900, -1.0, -0.5, 0
        ),
    )


@cache
def registry():
    """Return every public function and constructor, and every public method of a result or part, by name."""
    found = {}
    for name in diffusion.__all__:
        one = getattr(diffusion, name)
        if callable(one) and not isinstance(one, property) and name not in NOT_CALLED | RESULTS:
            found[name] = one
    found["Langevin.of"], found["Estimate.of"] = diffusion.Langevin.of, Estimate.of
    found["MeanPassage.of"] = diffusion.MeanPassage.of
    for package in (sims.judging, sims.check, sims.storage, sims.probe):
        for name in package.__all__:
            one = getattr(package, name)
            if inspect.isfunction(one) or one is sims.probe.Model:
                found[name] = one
    parts = [
        StyblinskiTang(2, 3.0), Quadratic([1.0, 2.0]), FrozenNoise(1.0), diffusion.Minibatches(2), diffusion.DataNoise(10, 4.0),
        diffusion.HessianNoise(10.0), diffusion.TwoTemperatureNoise(1.0, 2.0, 0.0), diffusion.IsotropicNoise(1.0),
        diffusion.Shifted(Quadratic([1.0, 2.0]), np.ones((4, 2))),
    ]  # fmt: skip
    for part in parts:
        for name in (
            "loss",
            "hessian",
            "split",
            "data_covariance",
            "data_average",
            "covariance",
            "autocovariance",
        ):
            if inspect.ismethod(getattr(part, name, None)):
                found[f"{type(part).__name__}.{name}"] = getattr(part, name)
    for result in results():
        for name in (
            "rate",
            "survival",
            "exponentiality",
            "joined",
            "interval",
            "mean",
            "msd",
            "displacement",
        ):
            if inspect.ismethod(getattr(result, name, None)):
                found[f"{type(result).__name__}.{name}"] = getattr(result, name)
    return found


@cache
def theory_registry():
    """Return every public function of theory, by module and name."""
    return {one.id: one.values for one in FUNCTIONS}


def hostile(chance, name, size):
    """Return a hostile value for a parameter; one of a run's sizes keeps the run short."""
    value = chance.choice(HOSTILE)()
    large = isinstance(value, float) and value in TOO_LARGE
    return 3 if size and name in SIZES and large else value


def drawn(chance, fast=False):
    """Return a name, a function and arguments: right ones, of which up to three are made hostile."""
    if chance.random() < 0.4:
        name = chance.choice(sorted(theory_registry()))
        own, function = theory_registry()[name]
        if own in SLOW_THEORY and (fast or chance.random() < 0.95):
            return drawn(chance, fast)
        good = {key: [value] for key, value in (GOOD | OWN.get(own, {})).items()}
        size = own in SLOW_THEORY
    else:
        name = chance.choice(sorted(registry()))
        if name in EXPENSIVE and (fast or chance.random() < 0.8):
            return drawn(chance, fast)
        function, size = registry()[name], True
        good = good_values() | OVERRIDES.get(name, {})
    parameters = inspect.signature(function).parameters
    arguments = {}
    for key, one in parameters.items():
        if one.kind in (one.VAR_KEYWORD, one.VAR_POSITIONAL):
            continue
        needed = one.default is one.empty or (
            one.default is None and key in ("theta0", "iterations", "walkers", "seed")
        )
        if needed or (good.get(key) and chance.random() < 0.3):
            values = good.get(key) or ([0.1] if one.default is one.empty else [one.default])
            arguments[key] = chance.choice(values)
    if name in ("integrate", "mean_passage", "side_by_side"):
        arguments |= {"walkers": 9} | ({"seed": 0} if name == "integrate" else {})
    if name == "mean_passage":
        arguments |= {"start": 0.0, "above": 1.0, "max_time": 5.0}
    known = [key for key, one in parameters.items() if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)]
    for _ in range(chance.choice([0, 1, 1, 1, 2, 3])):
        if known:
            key = chance.choice(known)
            arguments[key] = hostile(chance, key, size)
    return name, function, arguments


class Hang(BaseException):
    """A call that took too long."""


@contextlib.contextmanager
def bounded(seconds=LIMIT):
    """Stop what takes longer than so many seconds, where signals work."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def ring(number, frame):
        raise Hang(f"no end within {seconds} s")

    timers = (
        (signal.ITIMER_PROF, signal.SIGPROF, seconds),
        (signal.ITIMER_REAL, signal.SIGALRM, WAITED * seconds),
    )
    before = [signal.signal(which, ring) for _, which, _ in timers]
    for timer, _, limit in timers:
        signal.setitimer(timer, limit)
    try:
        yield
    finally:
        for (timer, which, _), known in zip(timers, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(which, known)


def violation(name, function, arguments):
    """Return what is wrong with how a call ends, or None: a result, or a refusal in one short line."""
    try:
        with warnings.catch_warnings(), np.errstate(all="warn", under="ignore"), bounded():
            warnings.simplefilter("error")
            warnings.filterwarnings("ignore", category=UserWarning)  # what is told on purpose
            result = function(**arguments)
            if name in theory_registry() and not np.isfinite(numbers_of(result)).all():
                return "a number that is not finite"
            line = repr(result)
            if type(result).__module__.startswith("diffusion.") and "\n" in line:
                return f"a repr of several lines: {line[:80]!r}"
            if isinstance(result, float) and np.isnan(result):
                return "NaN"
    except Hang as error:
        return str(error)
    except (ValueError, RIGHT_OF_RULES) as error:
        own = isinstance(error, ValueError) or type(error).__module__.startswith(("diffusion.", "theory."))
        said = str(error)
        if not own:
            return f"{type(error).__name__}: {said[:200]}"
        if "\n" in said or not 0 < len(said) <= LONGEST:
            return f"a message of {len(said)} characters: {said[:350]!r}"
        if any(not one.isprintable() for one in said):
            return f"a message with control characters: {said[:200]!r}"
        return None
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return f"{type(error).__name__}: {str(error)[:300]}"
    return None


def shown(name, arguments):
    """Return a call as text."""
    texts = (f"{key}={' '.join(repr(value).split())[:80]}" for key, value in arguments.items())
    return f"{name}({', '.join(texts)})"
