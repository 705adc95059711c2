"""A new optimizer, landscape and noise, each one file and one line in a list, added to a copy of the project."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = {
    "diffusion/optimizers/cube_root.py": '''"""CubeRoot: steps by the cube root of the gradient."""

from typing import ClassVar

from diffusion.checks import positive
from diffusion.jit import part
from diffusion.optimizers.degree import EXPONENT, RENEWAL


@part
class CubeRoot:
    """Steps by the cube root of the gradient.

    Parameters
    ----------
    eta : float
        Learning rate, positive.
    """

    eta: float

    slots: ClassVar[tuple] = ()
    gradient_degree: ClassVar[float] = 1 / 3
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    powers_of_k: ClassVar[dict] = {}
    stationarity: ClassVar[str] = RENEWAL

    def __post_init__(self):
        positive(self.eta, "eta")

    def update(self, theta, state, gradient):
        """Advance the block by one iteration."""
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            theta[i] -= self.eta * (abs(g) ** (1 / 3) if g > 0 else -(abs(g) ** (1 / 3)))
''',
    "diffusion/landscapes/tilted_well.py": '''"""TiltedWell: a parabola that ends at a wall of its own making."""

from dataclasses import field
from typing import ClassVar

import numpy as np

from diffusion.jit import part


@part
class TiltedWell:
    """Cubic well x^2 / 2 - x^3 / 3, whose barrier at 1 is 1/6 high.

    Parameters
    ----------
    depth : float
        Factor of the loss, positive.
    """

    depth: float = 1.0
    minimum: np.ndarray = field(default_factory=lambda: np.zeros(1), init=False, repr=False)

    dim: ClassVar[int] = 1
    boundary: ClassVar[float] = 1.0

    def slope(self, x, i):
        """Return the slope."""
        return self.depth * x * (1 - x)
''',
    "diffusion/noise/growing.py": '''"""GrowingNoise: noise that is stronger further out."""

import math
from typing import ClassVar

from diffusion.checks import positive
from diffusion.jit import part


@part
class GrowingNoise:
    """Standard deviation spread0 sqrt(1 + x^2).

    Parameters
    ----------
    spread0 : float
        Standard deviation at 0, positive.
    """

    spread0: float = 1.0

    jumps: ClassVar[bool] = False

    def __post_init__(self):
        positive(self.spread0, "spread0")

    def spread(self, x, i):
        """Return the standard deviation."""
        return self.spread0 * math.sqrt(1 + x * x)
''',
}
LINES = {
    "diffusion/optimizers/__init__.py": [
        (
            "from diffusion.optimizers.cautious import",
            "from diffusion.optimizers.cube_root import CubeRoot\n",
        ),
        ('    "sgd": SGD,\n', '    "cube-root": CubeRoot,\n'),
    ],
    "sims/options/registry.py": [
        ('    "quadratic":', '    "tilted-well": "diffusion.landscapes.tilted_well:TiltedWell",\n'),
        ('    "frozen":', '    "growing": "diffusion.noise.growing:GrowingNoise",\n'),
    ],
}
DRIVER = """
import contextlib, io, json
from sims.commands.app import main

def call(*tokens):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(list(tokens))
        except SystemExit as stop:
            code = stop.code
    return code or 0, out.getvalue(), err.getvalue()

run = "escape", "--optimizer", "cube-root", "--eta", "0.1", "--walkers", "40", "--json"
with open("sweep.toml", "w") as file:
    file.write('experiment = "escape"\\nwalkers = 40\\noptimizer = "cube-root"\\neta = 0.1\\nk = 5\\n'
               '[grid]\\nC = [3000, 6000]\\n')
print(json.dumps({
    "list": call("list"),
    "valley": call(*run, "--k", "5", "--dim", "1", "--C", "9000"),
    "own": call(*run, "--landscape", "tilted-well", "--noise", "growing"),
    "sweep": call("sweep", "sweep.toml", "--json"),
    "figure": call("figure", "6", "--optimizers", "cube-root:eta=0.05", "--k", "4,5,6,7", "--walkers", "30",
                   "--dim", "1", "--out", "fig", "--json"),
}))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    copy = tmp_path_factory.mktemp("checkout") / "project"
    shutil.copytree(
        ROOT,
        copy,
        ignore=shutil.ignore_patterns(".git", ".venv", "__pycache__", "out", ".*_cache", "docs", "tests"),
    )
    for path, text in FILES.items():
        (copy / path).write_text(text, encoding="utf-8")
    for path, lines in LINES.items():
        text = (copy / path).read_text(encoding="utf-8")
        for before, line in lines:
            assert text.count(before) == 1, (path, before)
            text = text.replace(before, line + before)
        (copy / path).write_text(text, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-c", DRIVER], cwd=copy, capture_output=True, text=True, timeout=500, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return json.loads(ran.stdout)


def test_new_parts_are_listed_with_their_fields(found):
    code, out, _ = found["list"]
    assert code == 0
    for name in ("cube-root", "tilted-well", "growing"):
        assert name in out


@pytest.mark.parametrize("run", ["valley", "own"])
def test_a_new_optimizer_escapes_and_so_do_a_new_landscape_and_noise(found, run):
    code, out, err = found[run]
    assert code == 0, err
    assert "cube-root" in out
    assert json.loads(out)


@pytest.mark.parametrize("run", ["sweep", "figure"])
def test_sweeps_and_figure_6_take_a_new_optimizer(found, run):
    code, out, err = found[run]
    assert code == 0, err
    assert json.loads(out)
