"""The part contract: written once, in protocols.py, and what is derived from it."""

import ast
import inspect
import re
from pathlib import Path
from typing import ClassVar

import pytest

import diffusion
from diffusion import SGD, FrozenNoise, Quadratic, evolve, part
from diffusion.contract import KERNELS, KINDS, MEMBERS, NAMES, gives, tables
from diffusion.protocols import PROTOCOLS

SOURCES = sorted(Path(diffusion.__file__).parent.rglob("*.py"))


def calls(function):
    """Return every call of a function by that name in the package, with its file."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) == function:
                yield path, node


def test_every_member_says_what_it_is_in_a_sentence():
    for kind, members in MEMBERS.items():
        assert members, kind
        for name, meaning in members.items():
            assert meaning.endswith("."), (kind, name)


def test_a_name_has_one_signature_in_every_kind():
    for protocol in PROTOCOLS:
        for name, method in vars(protocol).items():
            if getattr(method, "compiled", False):
                assert ", ".join(inspect.signature(method).parameters) == KERNELS[name]


def test_parts_are_asked_only_for_members_of_the_contract():
    asked = [node.args[1] for _, node in calls("gives")]
    literal = {node.value for node in asked if isinstance(node, ast.Constant)}
    assert len(literal) > 10
    assert literal <= NAMES
    with pytest.raises(AssertionError, match=r"protocols\.py"):
        gives(SGD(0.1), "momentum")


def test_no_other_duck_test_is_in_the_package():
    # of functions, of the system, of a dataclass's own summary, of what a mistaken kernel reads
    allowed = {"py_func", "sched_getaffinity", "Numbers", "weak_order", "__code__", "summary"}
    for path, node in calls("hasattr"):
        name = node.args[1]
        if isinstance(name, ast.Name):
            assert path.name in ("contract.py", "kernel_checks.py"), f"{path.name}:{node.lineno}"
        else:
            assert name.value in allowed, f"{path.name}:{node.lineno}"


@part
class NoSlots:
    eta: float

    def update(self, theta, state, gradient):
        for i in range(theta.size):
            theta[i] -= self.eta * gradient.draw(theta[i], i)


@part
class OtherName:
    lr: float

    slots: ClassVar = ()

    def update(self, theta, state, gradient):
        for i in range(theta.size):
            theta[i] -= self.lr * gradient.draw(theta[i], i)


@part
class Misspelt:
    eta: float

    slot: ClassVar = ()

    def update(self, theta, state, gradient):
        for i in range(theta.size):
            theta[i] -= self.eta * gradient.draw(theta[i], i)


class NotAPart:
    eta = 0.1
    slots = ()

    def update(self, theta, state, gradient): ...


@pytest.mark.parametrize(
    ("optimizer", "said"),
    [
        (NoSlots(0.1), "slots (Initial value of each memory block), got NoSlots(eta) without it"),
        (OtherName(0.1), "optimizer must have eta (Learning rate), got OtherName(lr) without it"),
        (Misspelt(0.1), "got Misspelt(eta) without it; did you mean slots where it says slot?"),
        (NotAPart(), "optimizer must be a part: write @part above class NotAPart"),
        (SGD, "optimizer must be made, got the class: write SGD(...)"),
        ("adam", "optimizer must be an optimizer such as SGD(0.1), got 'adam'"),
    ],
)
def test_each_mistake_in_an_own_optimizer_has_its_sentence(optimizer, said):
    with pytest.raises(ValueError, match=re.escape(said) + "$"):
        evolve(Quadratic([1.0]), FrozenNoise(1.0), optimizer, 0.0, 1, walkers=1, seed=0)


def test_a_kernel_with_other_arguments_is_refused_where_it_is_written():
    with pytest.raises(ValueError, match=r"Tilt\.slope must be slope\(self, x, i\), got '\(self, x\)'"):

        @part
        class Tilt:
            def slope(self, x):
                return x


def test_the_tables_name_what_is_needed():
    needed = {kind.name: [row[0] for row in kind.table() if row[2]] for kind in KINDS}
    assert needed["optimizer"] == ["eta", "slots", "update(self, theta, state, gradient)", "variant"]
    assert {"spread(self, x, i)", "add_noise(self, theta, z, g)", "meet"} <= set(needed["noise"])


def test_the_page_of_the_guide_is_the_contract():
    page = Path(__file__).parents[1] / "docs" / "guide" / "part_contract.md"
    assert page.read_text(encoding="utf-8") == tables()
