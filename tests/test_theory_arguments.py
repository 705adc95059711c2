"""What the exact passage times refuse, in one line that names the argument."""

import numpy as np
import pytest

from theory.exact import (
    escape_rate,
    mean_passage_time,
    milne_length,
    momentum_mean_escape_iterations,
    passage_decay_rate,
    phase_space_passage_time,
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
