"""Any input ends in numbers or in a ValueError of one line; every public function is swept, new ones too."""

import importlib
import inspect
import pkgutil
from datetime import datetime
from fractions import Fraction

import numpy as np
import pytest

import theory

LONGEST = 300
GOOD = {
    "H": -0.3, "T": 5.0, "t": 3.0, "eta": 0.01, "B": 2.0, "C": 0.4, "D": 0.5, "beta0": 0.2, "beta1": 0.5, "beta2": 0.9,
    "beta3": 0.5, "H_a": 3.0, "H_b": -2.0, "barrier": 1.5, "s": 0.4, "H_b_spectrum": [-2.0, 3.0], "mass": 0.3,
    "damping": 2.0, "lipschitz": 2.0, "gradient_bound": 1.0, "noise_bound": 0.5, "gap": 3.0, "beta1_max": 0.9,
    "times": [1.0, 2.0, 4.0], "n": 30.0, "lag": 3.0, "k": 2.0, "H_steep": -2.0, "H_flat": 0.1, "power": 0.7, "h": 1.0,
    "d": 0.0, "sigma": 2.0, "eps": 1e-3, "preconditioner": 1.0, "partial": 0.25, "phi": 0.3, "variance": 4.0, "D_a": 0.5,
    "D_b": 0.7, "z": 0.1, "temperature": 0.5, "E": 8.0, "less": 1.0, "x": 0.2, "start": 0.1, "boundary": 0.9, "low": 0.0,
    "high": 1.0, "rule": "adam", "name": "theorem-1", "memory": 3.0, "reach": 0.5, "saddle": 0.0, "point": [0.0],
    "matrix": lambda eta: [[1 - eta]], "step": lambda x: 0.5 * x, "update": lambda state, g: (g, state), "U": np.eye(2),
    "slope": lambda x: 10 * (x - 0.1), "flags": (), "offset": 0.1, "batches": 30, "excess": 6.0,
    "kurtosis": 5.0, "gamma": 1.2, "C_1": 0.5, "sharpness": 3.0, "other": 2.0,
}  # fmt: skip
OWN = {
    "momentum_epoch_covariance": {"H": 0.5, "C": 1.0, "batches": 4},
    "momentum_epoch_msd": {"H": [0.5], "C": [1.0], "batches": 4},
    "sgd_epoch_covariance": {"H": 0.5, "C": 1.0, "batches": 4, "steps": 2, "between": -0.2},
    "absolute_hessian": {"H": [[1.0, 0.2], [0.2, -1.0]]},
    "coordinatewise_covariance": {"C": [[1.0, 0.2], [0.2, 1.0]]},
    "adai_iteration_msd": {"H": [0.3, -1.0]},
    "adai_msd_exact": {"H": [0.3, -1.0]},
    "process_stationary_covariance": {"H": 1.0},
    "sgd_stationary_covariance": {"H": 1.0},
    "momentum_stationary_covariance": {"H": 1.0},
    "effective_diffusion_printed": {"H": -1.0},
    "sign_stationary_variance": {"H": 1.0},
    "sign_stationary_loss": {"H": 1.0},
    "escape_rate": {
        "slope": lambda x: 4 * x * (x * x - 1),
        "start": -1.0,
        "boundary": 0.0,
        "D": 0.15,
        "damping": 1.0,
    },
    "phase_space_passage_time": {"damping": 20.0, "D": 2.0},
    "separatrix": {"slope": lambda x: -x, "H_b": -1.0},
    "stability_threshold": {"eta": 1.0},
    "process_covariance": {"start": "rest"},
    "momentum_iteration_msd": {"start": "rest"},
    "momentum_iteration_covariance": {"start": "rest"},
    "adam_iteration_msd": {"start": "rest"},
    "fokker_planck_density": {"times": [0.1]},
    "sgd_mean_escape_iterations": {"C": 400.0},
}
SLOW = {  # good calls take a second
    "escape_rate", "phase_space_passage_time", "measured_preconditioner", "fokker_planck_density", "exit_time_density",
    "exit_time_distribution", "momentum_mean_escape_iterations",
}  # fmt: skip
ACCEPTED = (
    "zero",
    "tiny",
    "bool",
    "fraction",
    "large",
    "minus",
    "function",
    "empty",
    "two to the 64",
    "many",
    "inf",
)
SWITCHES = ("log", "return_error", "return_exits", "jumps", "seed")
SAMPLE = ("None", "word", "nan", "huge", "masked", "duration")
NOT_SWEPT = {"rotated", "failed", "key_of", "total_drift_flag", "recorded_verdicts", "known"}
BAD = {
    "None": None, "word": "a", "digits": "3", "complex": 1j, "nan": np.nan, "inf": np.inf, "minus": -1.0, "zero": 0,
    "huge": 10**400, "two to the 64": 2**64, "fraction": Fraction(1, 3), "duration": np.timedelta64(5, "s"),
    "date": datetime(2020, 1, 1), "masked": np.ma.masked_array([1.0, 2.0], [True, False]), "object": object(),
    "ragged": [[1.0, 2.0], [3.0]], "words": np.array(["x"]), "dict": {}, "function": lambda *_: 0, "raising": lambda: 1 / 0,
    "tiny": 1e-300, "large": 1e300, "empty": [], "long": np.arange(2000.0), "bool": True, "many": 2**63,
}  # fmt: skip


def public_functions():
    """Yield every function that a module of theory defines without an underscore, once."""
    for module in pkgutil.walk_packages(theory.__path__, "theory."):
        loaded = importlib.import_module(module.name)
        for name, function in list(vars(loaded).items()):
            public = (
                inspect.isfunction(function)
                and not name.startswith("_")
                and function.__module__ == module.name
            )
            if public and name not in NOT_SWEPT | HELPERS and module.name not in INNER:
                yield pytest.param(name, function, id=f"{module.name}.{name}")


INNER = {  # parts of the solvers and checks, not for users
    "theory.checks", "theory.exact.domain", "theory.exact.interval", "theory.exact.markov", "theory.exact.nystrom",
    "theory.exact.panels", "theory.exact.phase_grid", "theory.exact.stencils", "theory.exact.klein_kramers",
    "theory.exact.start_covariance", "theory.escape.valley", "theory.regime.flag", "theory.recorded", "theory.labels",
}  # fmt: skip
HELPERS = {
    "iterations",
    "corrected_steps",
    "one_minus_product",
    "between",
    "spread",
    "inertia",
    "duration",
    "one_inertia",
}
FUNCTIONS = list(public_functions())


def good_arguments(name, function):
    """Return arguments that are all in range."""
    parameters = inspect.signature(function).parameters.values()
    wanted = {p.name for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD}
    values = GOOD | OWN.get(name, {})
    assert wanted <= values.keys(), f"give {name} values of {wanted - values.keys()}"
    return {key: values[key] for key in wanted}


def numbers_of(answer):
    """Return the numbers of an answer, whatever it is made of."""
    if isinstance(answer, tuple | list):
        return np.concatenate([numbers_of(part) for part in answer]) if answer else np.zeros(0)
    if isinstance(answer, np.ndarray | float | int):
        return np.ravel(np.asarray(answer, dtype=float))
    return np.zeros(0)


def offend(name, function, kinds):
    """Give every argument every kind of bad value; fail unless numbers or one line come back."""
    good = good_arguments(name, function)
    for argument in inspect.signature(function).parameters:
        for kind in kinds:
            if name in SLOW and (kind in ACCEPTED or argument in SWITCHES):
                continue
            try:
                answer = function(**(good | {argument: BAD[kind]}))
            except ValueError as refusal:
                said = str(refusal)
                assert "\n" not in said, (argument, kind)
                assert 0 < len(said) <= LONGEST, (argument, kind, said)
            else:
                assert np.isfinite(numbers_of(answer)).all(), (argument, kind)


def solves(parameters):
    """Whether one call of a function takes long: equations are solved, not a formula evaluated."""
    name, function = parameters.values
    return name in SLOW or "slope" in inspect.signature(function).parameters


@pytest.mark.parametrize(("name", "function"), [one for one in FUNCTIONS if not solves(one)])
def test_bad_input_ends_in_numbers_or_in_one_line(name, function):
    assert np.isfinite(numbers_of(function(**good_arguments(name, function)))).all()
    offend(name, function, SAMPLE)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "function"), FUNCTIONS)
def test_any_input_ends_in_numbers_or_in_one_line(name, function):
    offend(name, function, BAD)


def test_the_sweep_is_a_sweep():
    names = [parameters.values[0] for parameters in FUNCTIONS]
    assert len(names) > 90
    assert {"sgd_msd_printed", "mean_exit_time", "flags", "stability_threshold"} <= set(names)
    with pytest.raises(AssertionError):
        offend("wrong", lambda H: np.nan, ("None",))
