"""The import direction, checked: diffusion and theory never see each other, and need only the card's packages."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CARD = {"numpy", "scipy", "numba", "matplotlib", "llvmlite"} | set(sys.stdlib_module_names)
OURS = {"diffusion", "theory", "sims", "figures", "lessons", "benchmarks", "tests"}
MAY_IMPORT = {
    "diffusion": {"diffusion"},
    "theory": {"theory"},
    "sims": {"diffusion", "theory", "sims"},
    "figures": {"theory", "figures"},
    "lessons": {"diffusion", "theory", "sims", "figures", "lessons"},
}
FLOORS = (  # of sims, from the ground up; a package may import those on floors below its own
    {"options", "storage"},
    {"judging"},
    {"check", "degree", "probe", "runs"},
    {"experiments", "networks"},
    {"figure6", "verify"},
    {"sweep"},
    {"commands"},
)
FILES = [path for package in MAY_IMPORT for path in sorted((ROOT / package).rglob("*.py"))]


def modules(path):
    """Return the dotted names that a file imports, wherever it imports them."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: use absolute imports"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def imported(path):
    """Return the top-level names that a file imports."""
    return {name.partition(".")[0] for name in modules(path)}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_one_way(path):
    relative = path.relative_to(ROOT)
    package = relative.parts[0]
    top = relative.parts[:2] == ("sims", "commands")
    assert imported(path) & OURS <= MAY_IMPORT[package] | ({"figures"} if top else set())


def test_every_package_of_sims_stands_on_a_floor():
    rooms = [path.name for path in (ROOT / "sims").iterdir() if (path / "__init__.py").exists()]
    assert sorted(rooms) == sorted(set().union(*FLOORS))
    assert len(rooms) == sum(map(len, FLOORS)) == 13


@pytest.mark.parametrize("floor", range(len(FLOORS)))
def test_the_rooms_of_sims_import_only_what_is_below_them(floor):
    below = set().union(*FLOORS[:floor])
    for room in FLOORS[floor]:
        for path in sorted((ROOT / "sims" / room).rglob("*.py")):
            used = {name.split(".")[1] for name in modules(path) if name.startswith("sims.")}
            assert used - {room} <= below, path


@pytest.mark.parametrize("package", ["diffusion", "theory"])
def test_the_core_needs_only_the_packages_of_the_card(package):
    for path in sorted((ROOT / package).rglob("*.py")):
        assert imported(path) - OURS <= CARD, path
