"""Numbers in docstrings: each is in the record, or is computed here."""

import re
from pathlib import Path

import numpy as np
import pytest

from theory import convergence, dynamics, saddle
from theory.recorded import recorded_verdicts
from theory.regime import flags

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("function", "said", "statement", "in_record"),
    [
        (saddle.adai_total_drift_printed, "26 % too high at beta0 = 0.1", "Proposition 3", "26 % too high"),
        (saddle.adai_total_drift_printed, "6.8 for the algorithm itself at T = 1000", "Proposition 3", "is 6.8"),
        (convergence.adai_gradient_bound_printed, "298 times too high for beta1_max = 0.9", "Theorem 4", "298 times"),
        (convergence.adai_gradient_bound_printed, "2.96e+06 times for 0.999", "Theorem 4", "2.96e+06 times"),
    ],
)  # fmt: skip
def test_numbers_in_prose_are_those_of_the_record(function, said, statement, in_record):
    assert said in " ".join(function.__doc__.split())
    assert any(in_record in v["sentence"] for v in recorded_verdicts(statement) if v["form"] == "printed")


def adam_walkers(eta, T, walkers, seed):
    """Mean squared displacement of Adam on -theta^2 / 2 with noise of variance 1, over eta^2 T, and its error."""
    draw = np.random.default_rng(seed)
    theta, m, v = np.zeros((3, walkers))
    for t in range(1, T + 1):
        g = -theta + draw.standard_normal(walkers)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        theta = theta - eta * m / (1 - 0.9**t) / np.sqrt(v / (1 - 0.999**t))
    squares = theta**2 / (eta**2 * T)
    return squares.mean(), squares.std() / np.sqrt(walkers)


def test_at_two_the_leading_form_of_adam_is_ten_times_too_low_and_the_printed_one_a_third_too_high(seed):
    at = {"H": -1.0, "T": 200, "eta": 0.01, "B": 1.0, "beta1": 0.9}  # sqrt(B |H|) eta T = 2
    measured, error = adam_walkers(0.01, 200, 20_000, seed)
    unit = 0.01**2 * 200
    leading, printed = (
        float(form(**at)) / unit for form in (saddle.adam_msd_leading, saddle.adam_msd_printed)
    )
    assert measured / leading == pytest.approx(10, abs=0.3 + 4.5 * error / leading)
    assert printed / measured == pytest.approx(1.3, abs=0.02 + 4.5 * error / measured)
    said = " ".join(saddle.adam_msd_printed.__doc__.split())
    assert (
        "the leading form, eta^2 T, is ten times too low for walkers, and this one 1.3 times too high" in said
    )


def test_the_code_of_the_notation_page_prints_what_it_says(capsys):
    page = (ROOT / "docs" / "notation.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", page, flags=re.DOTALL)
    assert len(blocks) == 3
    for code, shown in blocks:
        exec(compile(code, "notation.md", "exec"), {})  # noqa: S102
        assert capsys.readouterr().out == shown


@pytest.mark.parametrize(("beta1", "beta3"), [(0.9, 1.0), (0.9, 0.1), (0.5, 0.3)])
def test_the_letters_of_the_notation_page_are_those_of_the_code(beta1, beta3):
    H, eta, B = 3.0, 0.01, 2.0
    momentum = dynamics.momentum_dynamics(H, eta=eta, B=B, beta1=beta1, beta3=beta3)
    C = H / B
    assert momentum.mass == pytest.approx(eta / beta3)
    assert momentum.damping == pytest.approx((1 - beta1) / eta)
    assert momentum.friction == pytest.approx((1 - beta1) / beta3)
    assert momentum.temperature == pytest.approx(eta * beta3 * C / (2 * (1 - beta1)))
    adam = dynamics.adam_dynamics(H, eta=eta, B=B, beta1=beta1)
    step = eta * np.sqrt(B / H)
    assert (adam.mass, adam.damping) == pytest.approx((step / (1 - beta1), (1 - beta1) / step))
    assert adam.D == adam.temperature == pytest.approx(eta / 2 * np.sqrt(H / B))
    found = {
        f.name: f.value
        for f in flags(H_a=H, H_b=-H, barrier=2.0, s=0.3, eta=eta, B=B, beta1=beta1, beta3=beta3)
    }
    assert found["z"] == pytest.approx(4 * H * eta * beta3 / (1 - beta1) ** 2)
    assert found["E"] == pytest.approx(2.0 / float(momentum.temperature))
