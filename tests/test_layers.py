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
ON_TOP = {
    "sims/commands/app.py",
    "sims/__main__.py",
    "sims/commands/verify.py",
    "sims/commands/sweep.py",
    "sims/commands/figure.py",
}
FILES = [path for package in MAY_IMPORT for path in sorted((ROOT / package).rglob("*.py"))]


def imported(path):
    """Return the top-level names that a file imports, wherever it imports them."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: use absolute imports"
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_one_way(path):
    relative = path.relative_to(ROOT)
    package = relative.parts[0]
    allowed = MAY_IMPORT[package] | ({"figures"} if str(relative) in ON_TOP else set())
    assert imported(path) & OURS <= allowed


@pytest.mark.parametrize("package", ["diffusion", "theory"])
def test_the_core_needs_only_the_packages_of_the_card(package):
    for path in sorted((ROOT / package).rglob("*.py")):
        assert imported(path) - OURS <= CARD, path
