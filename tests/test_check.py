"""`check`: candidates that are right, wrong in known ways, and wrong in ways that nobody knows."""

import contextlib
import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from test_cli import call

from diffusion import SGD, Adagrad, Adai, Adam, AdamW, AMSGrad, Momentum, Nesterov, Padam, Quadratic, part
from sims.check import check, measured_degrees, path_of
from sims.check.candidates import kind_of
from sims.check.compare import _inputs, distance
from sims.check.families import FAMILIES

REFERENCES = [
    SGD(0.1), Momentum(0.1, 0.9, 0.1), Momentum(0.1, 0.9, 0.1, bias_correction=True), Nesterov(0.1, 0.9),
    Adam(0.1), AdamW(0.1, weight_decay=0.1), AMSGrad(0.1, max_of="v"), AMSGrad(0.1, max_of="v_hat"),
    Adai(0.1, weight_decay=0.1), Adagrad(0.1, 0.01, 0.1),
]  # fmt: skip


@pytest.mark.parametrize("reference", REFERENCES, ids=repr)
def test_a_family_without_departures_is_its_reference(reference):
    gradients, theta0 = _inputs(None, None, 100, 6, None, 3)
    slow = FAMILIES[type(reference).__name__].path(theta0, gradients, reference, {})
    assert distance(slow, path_of(reference, theta0, gradients)) < 1e-12


def adam(
    eta=0.1, beta1=0.9, beta2=0.999, eps=1e-8, *, inside=False, corrected=True, swapped=False, nesterov=False,
    stored=False, whole=False,
):  # fmt: skip
    """Make Adam as people write it, each with one mistake."""

    def fresh():
        m, v, t = 0.0, 0.0, 0
        b1, b2 = (beta2, beta1) if swapped else (beta1, beta2)

        def step(g):
            nonlocal m, v, t
            t += 1
            m = b1 * m + (1 - b1) * g
            v = b2 * v + (1 - b2) * g * g
            ahead = b1 * m + (1 - b1) * g if nesterov else m
            m_hat, v_hat = (ahead / (1 - b1**t), v / (1 - b2**t)) if corrected else (ahead, v)
            root = np.sqrt(v_hat + eps) if inside else np.sqrt(v_hat) + eps
            m = m_hat if stored else m
            return -eta * m_hat / root * (np.sqrt(1 - b2**t) if whole else 1.0)

        return step

    return fresh


def test_a_right_adam_agrees():
    found = check(adam(), Adam(0.1))
    assert found.agrees
    assert found.difference < 1e-12
    assert str(found).startswith("agrees with Adam(")


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        ({"inside": True}, "Adam with a difference: eps inside the root of the corrected v"),
        ({"corrected": False}, "Adam with 2 differences: no bias correction of m; no bias correction of v"),
        ({"swapped": True}, "Adam with a difference: beta1 and beta2 swapped"),
        ({"nesterov": True}, "Adam with a difference: Nesterov's look-ahead of m"),
        ({"eta": 0.05}, "Adam with 0.5 times the learning rate"),
        ({"eps": 1e-7}, "Adam with a difference: eps = 1e-7 (Keras)"),
        ({"stored": True}, "Adam with a difference: the corrected m is stored in place of m"),
        ({"whole": True}, "Adam with a difference: the step takes the bias correction of v, not its root"),
    ],
)
def test_a_wrong_adam_is_told_what_it_is(mistake, words):
    found = check(adam(**mistake), Adam(0.1))
    assert not found.agrees
    assert found.variant == words
    assert words in str(found)


def test_decay_added_to_the_gradient_is_not_decoupled():
    def with_l2():
        inner = adam()()
        return lambda g, theta: inner(g + 0.1 * theta)

    found = check(with_l2, AdamW(0.1, weight_decay=0.1))
    assert found.variant == "AdamW with a difference: weight decay added to the gradient (L2), not decoupled"


def test_the_first_step_where_two_rules_part_is_named():
    def late():
        inner, steps = adam()(), 0

        def step(g):
            nonlocal steps
            steps += 1
            return inner(g) + (np.eye(1, 10, 4).ravel() if steps == 37 else 0.0)

        return step

    found = check(late, Adam(0.1))
    assert (found.step, found.coordinate) == (37, 4)
    assert found.candidate_there - found.reference_there == pytest.approx(1.0)
    assert found.variant is None
    assert "No known variant matches." in str(found)


def test_another_rule_is_recognised():
    assert check(Padam(0.1, partial=0.5), AMSGrad(0.1)).agrees is False
    found = check(AMSGrad(0.1, max_of="v_hat"), AMSGrad(0.1, max_of="v"))
    assert "never falls" in found.variant


def test_a_function_with_a_memory_is_refused():
    step = adam()()
    with pytest.raises(ValueError, match="remembers earlier runs"):
        check(step, Adam(0.1))


@pytest.mark.parametrize("candidate", [Quadratic([1.0]), 3, None, "adam"])
def test_what_is_no_optimizer_is_refused(candidate):
    with pytest.raises(ValueError, match="candidate must be"):
        check(candidate, Adam(0.1))


@pytest.mark.parametrize(
    ("candidate", "h", "d", "p"),
    [
        (SGD(0.1), 1, 0, 1),
        (Adai(0.1), 1, 0, 1),
        (Adam(0.1, eps=0.0), 0, 0, 0.5),
        (Padam(0.1, eps=0.0, partial=0.125), 0.75, 0, 0.875),
        (adam(eps=0.0), 0, 0, 0.5),
        (lambda g, theta: -0.1 * np.linalg.norm(theta) * g / np.linalg.norm(g), 0, 1, 0),
        (lambda g: -np.sign(g) * g**2, 2, 0, 1.5),
    ],
    ids=["sgd", "adai", "adam", "padam", "function", "lars", "square"],
)
def test_degrees_are_measured(candidate, h, d, p):
    found = measured_degrees(candidate, dim=5, steps=20)
    assert (found.h, found.d, found.exponent) == (h, d, p)


def test_constants_that_break_the_degree_are_named():
    eps = measured_degrees(Adam(0.1))
    assert (eps.h, eps.d, eps.exponent, eps.constants) == (None, 0.0, None, ("eps",))
    assert eps.local_h[0] > 0.9  # gradients of 1e-10: far below eps
    assert abs(eps.local_h[-1]) < 1e-6
    both = measured_degrees(AdamW(0.1, weight_decay=0.1))
    assert both.constants == ("eps", "weight_decay")


def test_a_part_of_a_user_is_a_candidate_too():
    @part
    class Slow:
        eta: float
        slots = ()

        def update(self, theta, state, gradient):
            for i in range(theta.size):
                theta[i] -= 0.5 * self.eta * gradient.draw(theta[i], i)

    assert check(Slow(0.2), SGD(0.1)).agrees
    assert check(Slow(0.1), SGD(0.1)).variant == "SGD with 0.5 times the learning rate"


def test_a_factory_that_imports_torch_itself_is_told_from_a_rule(tmp_path, monkeypatch):
    """A stand-in for PyTorch, so that this runs without it: what matters is that it is imported before the factory."""
    (tmp_path / "torch.py").write_text("found = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "torch", raising=False)

    def factory(parameters):
        import torch

        return torch.optim.Adam(parameters, lr=0.1)

    def rule(gradient):
        return -0.1 * gradient

    assert kind_of(rule) == "callable"
    assert "torch" not in sys.modules
    with contextlib.suppress(AttributeError):  # the stand-in has no optim
        kind_of(factory)
    assert sys.modules.pop("torch").found


def test_torch_and_its_factories_are_candidates():
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not a dependency; the documented table was made with it"
    )
    assert check(lambda parameters: torch.optim.Adam(parameters, lr=0.1), Adam(0.1)).agrees
    dampened = check(
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0.9), Momentum(0.1, 0.9, 0.1)
    )
    assert (
        dampened.variant == "Momentum with a difference: the momentum starts at the first gradient, not at 0"
    )
    assert measured_degrees(torch.optim.RMSprop).constants == ("eps",)


def test_optax_is_a_candidate():
    optax = pytest.importorskip(
        "optax", reason="optax is not a dependency; the documented table was made with it"
    )
    assert check(optax.adam(0.1), Adam(0.1)).agrees
    assert check(optax.amsgrad(0.1), AMSGrad(0.1, max_of="v_hat")).agrees


def implementations():
    """Import the script that compares public implementations."""
    path = Path(__file__).parents[1] / "docs" / "implementations.py"
    spec = importlib.util.spec_from_file_location("implementations", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_guides_table_of_implementations_is_the_record():
    page = implementations()
    record = json.loads(page.RECORD.read_text(encoding="utf-8"))
    assert page.page(record) in page.PAGE.read_text(encoding="utf-8")
    assert len({row["implementation"] for row in record["rows"]}) > 15


def test_a_second_run_gives_the_recorded_table():
    for library in ("torch", "optax", "pytorch_optimizer"):
        pytest.importorskip(library, reason="the recorded table needs the libraries that it compares")
    page = implementations()
    record = json.loads(page.RECORD.read_text(encoding="utf-8"))
    told = [
        {key: row[key] for key in ("rule", "implementation", "agrees", "answer")} for row in record["rows"]
    ]
    found = page.rows()
    assert [{key: row[key] for key in told[0]} for row in found] == told


def test_a_difference_too_small_for_a_learning_rate_is_not_called_one():
    def nearly():
        steps = []

        def step(gradient):
            steps.append(1)
            return -0.01 * gradient * (1 + 4e-10 * (-1) ** len(steps))

        return step

    found = check(nearly, SGD(0.01))
    assert 1e-10 < found.difference < 1e-9
    assert "learning rate" not in (found.variant or "")


def test_a_local_degree_is_that_of_most_coordinates():
    def mixed():
        """SGD in four coordinates, and the sign alone in the fifth."""
        return lambda gradient: -0.01 * np.where(np.arange(5) == 4, np.sign(gradient), gradient)

    found = measured_degrees(mixed, dim=5, steps=20)
    assert found.h is None
    np.testing.assert_allclose(found.local_h[2:], 1, atol=1e-6)  # the smallest steps are rounding


def test_the_command_tells_degrees_and_whether_the_rules_agree(tmp_path, capsys):
    file = tmp_path / "mine.py"
    file.write_text("from diffusion import SGD\n\nmine = SGD(0.1)\n")
    for eta, agrees in (("0.1", True), ("0.2", False)):
        code, out, _ = call(
            capsys, "check", f"{file}:mine", "--against", "sgd", "--set", f"eta={eta}", "--json"
        )
        found = json.loads(out)
        assert code == (0 if agrees else 1)
        assert found["agrees"] is agrees
        assert (found["h"], found["d"], found["p"]) == (1.0, 0.0, 1.0)
        assert found["variant"] == (None if agrees else "SGD with 0.5 times the learning rate")
