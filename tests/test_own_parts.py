"""Parts of a user's own file on the command line, in sweeps, and what is said when they are wrong."""

import json
import textwrap

import numpy as np
import pytest
from test_cli import call

from diffusion import escape_times
from sims.options.by_name import own_digests
from sims.options.own_file import file_digest, own_class
from sims.options.registry import part_class
from sims.sweep.toml_file import read_sweep

PARTS = '''
"""A rule, a landscape and a noise that resemble no built-in one."""

import math
from typing import ClassVar

import numpy as np

from diffusion import part


@part
class Root:
    """Steps along a root of the gradient.

    Parameters
    ----------
    eta : float
        Learning rate.
    power : float
        Which root.
    """

    eta: float
    power: float = 0.5
    slots: ClassVar[tuple] = ()

    def update(self, theta, state, gradient):
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            theta[i] -= self.eta * math.copysign(abs(g) ** self.power, g)


@part
class Channel:
    """A double well in x whose bottom bends: L = (x^2 - 1)^2 + (y - bend x^2)^2."""

    bend: float = 1.0
    power: float = 2.0
    coordinates: ClassVar[tuple] = ()

    @property
    def dim(self):
        return 2

    @property
    def minimum(self):
        return np.array([-1.0, self.bend + 0.25])

    @property
    def boundary(self):
        return 1.5

    def hessian(self, theta):
        return np.diag([8.0, self.power])

    def gradient(self, theta, g):
        for l in range(theta.size // 2):
            x, y = theta[l], theta[theta.size // 2 + l]
            off = y - self.bend * x * x
            g[l] = 4 * x * (x * x - 1) - 4 * self.bend * x * off
            g[theta.size // 2 + l] = self.power * off


@part
class Striped:
    """Noise that is strong on every second stripe."""

    width: float = 1.0
    B: float = 1.0

    def spread(self, x, i):
        return (1.0 + math.floor(x / self.width) % 2) / math.sqrt(self.B)
'''


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(PARTS)
    return path


def by_hand(iterations, eta, power, bend):
    """Return the squared displacement of the rule on the channel without noise, in plain NumPy."""
    start = np.array([-1.0, bend + 0.25])
    theta, found = start.copy(), []
    for step in range(1, max(iterations) + 1):
        x, off = theta[0], theta[1] - bend * theta[0] ** 2
        g = np.array([4 * x * (x * x - 1) - 4 * bend * x * off, 2 * off])
        theta = theta - eta * np.sign(g) * np.abs(g) ** power
        if step in iterations:
            found.append((theta - start) ** 2)
    return np.array(found)


def test_an_own_rule_on_an_own_landscape_is_the_recurrence_by_hand(capsys, mine):
    words = ["--optimizer", f"{mine}:Root", "--landscape", f"{mine}:Channel", "--noise", "frozen", "--C", 0]
    words += ["--eta", 0.01, "--set", "optimizer.power=0.25", "--set", "bend=0.5", "--iterations", "3,40"]
    code, out, err = call(capsys, "saddle", *words, "--walkers", 2, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    msd = np.reshape([row["msd"] for row in found["rows"]], (2, 2))
    np.testing.assert_allclose(msd, by_hand((3, 40), 0.01, 0.25, 0.5), rtol=1e-12)
    assert np.all(np.abs(msd / by_hand((3, 40), 0.01, 0.5, 0.5) - 1) > 1e-3)  # negative control: another root
    assert "power=0.25" in found["settings"]["parts"]["optimizer"]
    assert [row["H"] for row in found["rows"][:2]] == [8.0, 2.0]


def test_escape_runs_own_parts_and_an_option_is_a_field(capsys, mine):
    words = ["--landscape", f"{mine}:Channel", "--optimizer", f"{mine}:Root", "--eta", 0.05]
    words += ["--noise", f"{mine}:Striped", "--B", 2, "--set", "width=.25", "--max-iterations", 3000]
    code, out, err = call(capsys, "escape", *words, "--walkers", 64, "--seed", 3, "--json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    channel, root, striped = (own_class(f"{mine}:{name}") for name in ("Channel", "Root", "Striped"))
    landscape = channel()
    right = escape_times(
        landscape, striped(0.25, 2.0), root(0.05), start=landscape.minimum, boundary=1.5, max_iterations=3000,
        walkers=64, seed=3,
    )  # fmt: skip
    assert found["escaped"] == right.escaped.sum()
    assert found["mean_iterations_low"] == right.rate().mean_time_low
    assert found["kramers_iterations"] is None
    assert "no prediction" in found["sentence"]


RULE = "from diffusion import part\n@part\nclass Mine:\n    eta: float\n    slots = ()\n"
MISTAKES = [
    ("", "{file}:Mine", "has no class Mine; it has no part: a class under @part"),
    (
        "class Mine:\n    eta: float",
        "{file}:Mine",
        "is not a part: write @part, from diffusion, above class Mine",
    ),
    ("x = 1\ny = 1 / 0", "{file}:Mine", "{file}, line 2: ZeroDivisionError: division by zero"),
    ("x = = 1", "{file}:Mine", "{file}, line 1: SyntaxError"),
    ("import nowhere_to_be_found", "{file}:Mine", "line 1: ModuleNotFoundError: No module named"),
    ("", "{file}", "names nothing in a file: write FILE.py:Name"),
    ("", "{file}x.py:Mine", "cannot be read: No such file or directory"),
    (
        "from diffusion import part\n@part\nclass Mine:\n    eta: float\n    slots = ()",
        "{file}:Mine",
        "must have update(",
    ),
    (
        "from diffusion import part\n@part\nclass Mine:\n    lr: float",
        "{file}:Mine",
        "eta is not an option of {file}:Mine, which has lr",
    ),
    (
        RULE
        + "    def __post_init__(self):\n        self.eta.nothing()\n    def update(self, theta, state, gradient):\n        pass",
        "{file}:Mine",
        "line 7: AttributeError: 'float' object has no attribute 'nothing'",
    ),
    (
        RULE + "    def update(self, theta, state, gradient):\n        theta[0] -= self.nothing",
        "{file}:Mine",
        "{file}, line 7 cannot be compiled: Unknown attribute 'nothing' of type Mine",
    ),
    (
        RULE + "    def update(self, theta, state, gradient):\n        theta[0] -= nothing(self.eta)",
        "{file}:Mine",
        "Mine.update cannot be compiled: NameError: name 'nothing' is not defined",
    ),
]


@pytest.mark.parametrize(("source", "name", "message"), MISTAKES, ids=[m[:40] for _, _, m in MISTAKES])
def test_a_mistake_in_an_own_file_is_one_line(capsys, tmp_path, source, name, message):
    file = tmp_path / "mine.py"
    file.write_text(textwrap.dedent(source))
    name, message = name.format(file=file), message.format(file=file)
    code, out, err = call(capsys, "escape", "--optimizer", name, "--eta", 0.1, "--walkers", 9)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert message in err
    assert len(err) <= len("diffusion: \n") + 300


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "power=1"], "optimizer both have a field power; write --set"),
        (["--set", "landscape.eta=1"], "eta is not a field of the landscape"),
        (["--set", "bent=1"], "bent is not a field of the landscape, optimizer, noise"),
        (["--set", "bent=1"], "Did you mean bend?"),
        (["--set", "bend"], "--set needs FIELD=VALUE"),
        (["--set", "bend=1", "--set", "bend=2"], "--set gives bend twice"),
        (["--set", "bend=wide"], "bend must be a number, got 'wide'"),
        (["--k", "3"], "k is not an option of"),
        (["--stop", "committed"], "escape needs a landscape with other_minimum; Channel has none"),
        (
            ["--noise", "two-temperature"],
            "Two-temperature noise needs a landscape with barrier; Channel has none",
        ),
        (["--process", "--optimizer", "sgd"], "coordinates"),
    ],
)
def test_fields_that_cannot_be_set_are_refused_in_one_line(capsys, mine, words, message):
    parts = ["--landscape", f"{mine}:Channel", "--optimizer", f"{mine}:Root", "--eta", "0.1"]
    code, out, err = call(capsys, "escape", *parts, *words, "--walkers", 9)
    if (
        message == "coordinates"
    ):  # the process of a coupled landscape is refused or runs: it is not a traceback
        assert code in (0, 2)
        return
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert message in err


def test_a_landscape_that_lacks_something_is_named_with_its_meaning(capsys):
    code, _, err = call(capsys, "escape", "--landscape", "quadratic", "--set", "H=1,2")
    assert code == 2
    assert "escape needs a landscape with boundary; Quadratic has none" in err


def test_list_shows_what_a_landscape_gives_and_makes_possible(capsys, mine):
    _, out, _ = call(capsys, "list", "--landscape", f"{mine}:Channel", "--json")
    found = json.loads(out)
    fields, members, commands = found.values()
    assert [row["field"] for row in fields] == ["bend", "power"]
    assert {row["member"] for row in members if row["given"] == "yes"} == {"minimum", "boundary", "hessian"}
    possible = {row["command"]: row["possible"] for row in commands}
    assert possible["escape"] == "yes"
    assert possible["escape --stop committed"] == "no: needs other_minimum"
    code, out, _ = call(capsys, "list", "--optimizer", f"{mine}:Root")
    assert code == 0
    assert "power\t0.5\tWhich root." in out


def test_only_the_file_that_is_named_is_imported(mine, tmp_path, capsys):
    (tmp_path / "other.py").write_text("raise RuntimeError('imported')")
    assert call(capsys, "list", "--landscape", f"{mine}:Channel")[0] == 0


def test_an_edited_file_is_another_part_and_another_cell(mine, tmp_path):
    toml = tmp_path / "sweep.toml"
    toml.write_text(
        f'experiment = "escape"\noptimizer = "{mine}:Root"\neta = 0.1\nk = 6\nset = ["power=0.5"]'
    )
    (before,) = read_sweep(toml).cells
    assert part_class("optimizer", f"{mine}:Root")(1.0).power == 0.5
    mine.write_text(PARTS.replace("power: float = 0.5", "power: float = 0.75"))
    assert part_class("optimizer", f"{mine}:Root")(1.0).power == 0.75
    (after,) = read_sweep(toml).cells
    assert after.key != before.key
    mine.write_text(PARTS)
    assert read_sweep(toml).cells[0].key == before.key


def test_fields_are_swept_in_a_file(mine, tmp_path):
    toml = tmp_path / "sweep.toml"
    toml.write_text(
        f'experiment = "escape"\noptimizer = "{mine}:Root"\neta = 0.1\n[grid]\nset = ["power=0.5", "power=0.25"]'
    )
    cells = read_sweep(toml).cells
    assert [cell.config.set for cell in cells] == [("power=0.5",), ("power=0.25",)]
    assert len({cell.key for cell in cells}) == len({cell.config.seed for cell in cells}) == 2


def test_an_optimizer_around_another_one_is_made_of_both(capsys, tmp_path):
    path = tmp_path / "around.py"
    path.write_text(
        textwrap.dedent('''
        from diffusion import part

        @part
        class Half:
            """Half the step of the optimizer inside."""
            optimizer: object
            share: float = 0.5

            @property
            def eta(self):
                return self.optimizer.eta

            @property
            def slots(self):
                return self.optimizer.slots

            def update(self, theta, state, gradient):
                for i in range(theta.size):
                    theta[i] -= self.share * gradient.draw(theta[i], i)
        ''')
    )
    from sims.options.optimizer import OptimizerOptions

    half = OptimizerOptions(f"{path}:Half", eta=0.3).part(
        {"optimizer": "momentum", "share": "0.25", "beta1": "0.5"}
    )
    assert half.share == 0.25
    assert (half.optimizer.eta, half.optimizer.beta1) == (0.3, 0.5)


def test_every_file_of_a_list_has_its_digest(tmp_path):
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_text("x = 1")
    two.write_text("x = 2")
    text = f"adam:eta=0.1,{one}:Root:eta=0.2,{two}:Root"
    assert own_digests({"optimizers": text, "k": 3.0, "landscape": None}) == [
        file_digest(one),
        file_digest(two),
    ]
    assert file_digest(one) != file_digest(two)
