"""Settings are parts and numbers, built once at the door; conditions of the theory and settings are told."""

import csv
import json
from collections import Counter

import numpy as np
import pytest
from test_cli import call

from sims.options import fields, noise, parts
from sims.runs.equilibrium import parts as equilibrium_parts
from sims.runs.equilibrium import unsettled
from theory.regime import flags


@pytest.fixture
def built(monkeypatch):
    """Count how often each kind of part is made."""
    counted = Counter()
    make, noise_part = fields.made, noise.NoiseOptions.part

    def made(kind, *rest):
        counted[kind] += 1
        return make(kind, *rest)

    def made_noise(self, *rest, **more):
        counted["noise"] += 1
        return noise_part(self, *rest, **more)

    for module in ("optimizer", "landscape"):
        monkeypatch.setattr(f"sims.options.{module}.made", made)
    monkeypatch.setattr(noise.NoiseOptions, "part", made_noise)
    return counted


@pytest.mark.parametrize(
    "line",
    [
        "escape --optimizer adai --k 4 --walkers 9",
        "escape --process --optimizer momentum --k 6 --walkers 9 --halving",
        "escape --splitting --k 6 --dim 1 --particles 16 --replicas 3 --settle 40",
        "saddle --optimizer momentum --walkers 9 --iterations 3",
    ],
)
def test_each_part_is_made_once(capsys, tmp_path, built, line):
    code, _, _ = call(capsys, *line.split(), "--out", tmp_path)
    assert code == 0
    assert built == {"optimizer": 1, "landscape": 1, "noise": 1}


def test_settings_stand_in_json_and_csv(capsys, tmp_path):
    words = ["--walkers", 20, "--iterations", "5,10", "--seed", 3, "--B", 20, "--out", tmp_path, "--json"]
    found = json.loads(call(capsys, "saddle", *words)[1])
    assert {name: found["settings"][name] for name in ("seed", "B", "eta", "optimizer", "H", "iterations")} == {
        "seed": 3, "B": 20, "eta": 1e-3, "optimizer": "sgd", "H": "-0.5,-0.05,0.05,0.5", "iterations": "5,10",
    }  # fmt: skip
    assert found["settings"]["parts"]["optimizer"] == "SGD(eta=0.001)"
    with open(tmp_path / "saddle.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["T"], row["seed"], row["B"], row["iterations"]) for row in rows[::4]] == [
        ("5", "3", "20", "5,10"),
        ("10", "3", "20", "5,10"),
    ]
    assert rows[0]["H"] == "-0.5"
    assert rows[0]["H_setting"] == "-0.5,-0.05,0.05,0.5"


def test_the_conditions_that_fail_are_told_and_those_that_hold_are_not(capsys):
    words = ["--walkers", 20, "--iterations", 20, "--optimizer", "momentum", "--eta", "1e-4"]
    found = json.loads(call(capsys, "saddle", *words, "--json")[1])
    bad = [flag for flag in found["regime"] if flag["level"] != "holds"]
    assert bad
    for flag in found["regime"]:
        assert (flag["sentence"] in found["sentence"]) is (flag["level"] != "holds")
    u = next(flag for flag in found["regime"] if flag["name"] == "u")
    assert u["value"] == pytest.approx(2.0)  # (1 - beta1) T


def test_without_noise_the_reason_is_told(capsys):
    words = ["saddle", "--walkers", 9, "--iterations", 3]
    assert "No walker moved: there is no noise." in call(capsys, *words, "--H", 0)[1]
    assert "No walker moved" not in call(capsys, *words, "--H", "0,1")[1]


def test_escape_knows_the_conditions_of_its_own_numbers(capsys):
    found = json.loads(call(capsys, "escape", "--k", 6, "--walkers", 9, "--max-iterations", 20, "--json")[1])
    valley = parts.part_class("landscape", "styblinski-tang")(10, 6.0)
    stated = flags(H_a=valley.H_a, H_b=valley.H_b, barrier=valley.barrier, eta=1e-3, B=10 / 1000)
    assert [flag["value"] for flag in found["regime"]] == [flag.value for flag in stated]


def test_a_run_that_has_not_settled_blames_the_time_and_not_the_scheme(capsys):
    words = ["--schemes", "baoab", "--walkers", 200, "--damping", 0.01, "--dt"]
    text = call(capsys, "equilibrium", *words, 0.5)[1]
    assert "walkers have not settled by time 20" in text
    assert "Unstable, lower dt: baoab at dt = 10" in call(capsys, "equilibrium", *words, 10)[1]
    settled = call(capsys, "equilibrium", "--schemes", "baoab", "--walkers", 200, "--dt", 0.5)[1]
    assert "not settled" not in settled
    assert "Unstable" not in settled


@pytest.mark.parametrize(("damping", "right"), [(0.01, np.exp(-0.01 * 20)), (3.0, None)])
def test_how_far_from_settled_is_the_slowest_rate(damping, right):
    from sims.options.equilibrium import Equilibrium

    config = Equilibrium(damping=damping)
    if right is None:  # overdamped: the slower of the two real rates
        right = np.exp(-(damping - np.sqrt(damping**2 - 4)) * 20)
    assert unsettled(config, equilibrium_parts(config)) == pytest.approx(right)


def test_equilibrium_runs_a_landscape_of_ones_own(capsys, tmp_path):
    (tmp_path / "well.py").write_text(
        "import numpy as np\nfrom diffusion import part\n@part\nclass Quartic:\n    a: float = 1.0\n    dim = 1\n"
        "    minimum = np.zeros(1)\n    def slope(self, x, i):\n        return 4 * self.a * x**3\n"
        "    def loss(self, theta):\n        return self.a * np.sum(np.asarray(theta) ** 4, axis=-1)\n"
        "    def hessian(self, theta):\n        return np.array([[1.0]])\n"
    )
    name = f"{tmp_path / 'well.py'}:Quartic"
    words = ["--landscape", name, "--set", "a=2", "--schemes", "baoab", "--walkers", 4000, "--dt", 0.05]
    code, _, err = call(capsys, "equilibrium", *words)
    assert (code, err) == (2, f"diffusion: {name} has no usual kT: add --kT VALUE.\n")
    (row,) = json.loads(call(capsys, "equilibrium", *words, "--kT", 0.7, "--json")[1])["rows"]
    assert abs(row["position"] - 1) < 4.5 * row["position_stderr"]
    assert row["boltzmann_p"] > 1e-5
    assert row["control_p"] < 1e-5 or row["control_p"] < row["boltzmann_p"]  # at 1.2 kT
