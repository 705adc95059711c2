"""What the theory refuses, in one line that names the argument."""

from itertools import pairwise

import numpy as np
import pytest

from theory import escape, saddle
from theory.dynamics import momentum_dynamics
from theory.exact import (
    adam_iteration_msd,
    escape_rate,
    mean_passage_time,
    milne_length,
    momentum_iteration_msd,
    momentum_mean_escape_iterations,
    passage_decay_rate,
    phase_space_passage_time,
    process_covariance,
    sgd_iteration_msd,
    sgd_mean_escape_iterations,
)

ENDS = {"slope": lambda x: 2 * x**3 - 16 * x + 2.5, "start": -2.9, "boundary": 0.15}
INERTIA = {"mass": 0.01, "damping": 100.0, "D": 6.0}
SGD = {"eta": 1e-3, "C": 2e4}
SOLVERS = (
    (mean_passage_time, ENDS | {"D": 9.0}),
    (passage_decay_rate, ENDS | {"D": 9.0}),
    (phase_space_passage_time, ENDS | INERTIA),
    (escape_rate, ENDS | INERTIA),
    (sgd_mean_escape_iterations, ENDS | SGD),
    (momentum_mean_escape_iterations, ENDS | SGD | {"beta1": 0.5, "beta3": 0.5}),
    (milne_length, INERTIA),
)


@pytest.mark.parametrize("wrong", ["a", None, [1.0, 2.0], 1j], ids=["word", "None", "list", "complex"])
@pytest.mark.parametrize(("solver", "good"), SOLVERS, ids=lambda part: getattr(part, "__name__", ""))
def test_what_is_no_number_is_named(solver, good, wrong):
    for name in good.keys() - {"slope", "start"}:
        with pytest.raises(ValueError, match=f"^{name} must be one number, got ") as refusal:
            solver(**(good | {name: wrong}))
        assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("solver", [phase_space_passage_time, escape_rate])
def test_a_start_that_is_no_number_is_named(solver):
    with pytest.raises(ValueError, match="start must be one number, got 'a'"):
        solver(**(ENDS | INERTIA | {"start": "a"}))
    with pytest.raises(ValueError, match="start must be a number or an array of numbers, got 'a'"):
        mean_passage_time(**(ENDS | {"D": 9.0, "start": "a"}))


@pytest.mark.parametrize("lower", [-np.inf, np.inf, np.nan])
@pytest.mark.parametrize(
    ("solver", "good"),
    [(solver, good) for solver, good in SOLVERS if solver not in (escape_rate, milne_length)],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_a_wall_stands_somewhere(solver, good, lower):
    with pytest.raises(ValueError, match=f"lower must be finite .without a wall, leave it out., got {lower}"):
        solver(**good, lower=lower)


NUMBERS = {"eta": 0.1, "B": 4.0, "beta1": 0.5, "beta3": 0.5, "C": 0.3, "D": 0.3, "mass": 1.0, "damping": 2.0}
CLOSED = (
    (saddle.sgd_msd_printed, ("H", "T", "eta", "B")),
    (saddle.momentum_msd_corrected, ("H", "T", "eta", "B", "beta1", "beta3")),
    (saddle.adam_msd_printed, ("H", "T", "eta", "B", "beta1")),
    (escape.momentum_log_time_printed, ("H_a", "H_b", "barrier", "eta", "B", "beta1", "beta3", "s")),
    (escape.adam_log_time_printed, ("H_a", "H_b", "barrier", "eta", "B", "beta1", "s")),
    (escape.kramers_log_time, ("H_a", "H_b", "barrier", "mass", "damping", "D")),
    (sgd_iteration_msd, ("H", "T", "eta", "C")),
    (momentum_iteration_msd, ("H", "T", "eta", "C", "beta1", "beta3")),
    (adam_iteration_msd, ("H", "T", "eta", "B", "beta1")),
    (process_covariance, ("H", "t", "mass", "damping", "D")),
    (momentum_dynamics, ("H", "eta", "B", "beta1", "beta3")),
)
VALUES = NUMBERS | {"H": -1.0, "T": 3, "t": 0.3, "H_a": 2.0, "H_b": -1.0, "barrier": 5.0, "s": 0.5}


@pytest.mark.parametrize(("form", "names"), CLOSED, ids=lambda part: getattr(part, "__name__", ""))
def test_shapes_that_do_not_fit_are_named(form, names):
    for first, other in pairwise(names):
        values = {name: VALUES[name] for name in names}
        wrong = values | {first: np.full(3, values[first]), other: np.full((1, 2), values[other])}
        said = rf"^{first}, {other} must be of shapes that broadcast together, got \(\(3,\), \(1, 2\)\)$"
        with pytest.raises(ValueError, match=said):
            form(**wrong)
        form(**(wrong | {other: np.full((2, 1), values[other])}))  # these fit


def test_a_start_has_axes_of_its_own():
    starts = np.array([np.eye(2), 2 * np.eye(2)])
    S = process_covariance([-1.0, 0.5], 0.3, mass=1.0, damping=2.0, D=0.3, start=starts)
    assert S.shape == (2, 2, 2)
