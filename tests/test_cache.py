"""Compiled code on disk: never stale, never in the way. Each test works on a copy of the package, in new processes."""

import code
import json
import os
import pkgutil
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher

import diffusion
from diffusion.jit import _Cache

ROOT = Path(__file__).parents[1]
RULE_AND_SLOPE = """
import json
from numba.core.event import install_recorder
import diffusion
from diffusion import Adai, Quadratic, gradient_at, replay
with install_recorder("numba:compile") as compiled:
    slope = gradient_at(Quadratic([3.0]), 1.5)[0]
    rule = replay(Adai(0.1), [1.0, 2.0], [[1.0, 3.0]] * 5)[-1, 0]
print(json.dumps({"slope": slope, "rule": rule, "compiled": len(compiled.buffer) // 2, "at": diffusion.__file__}))
"""
WALKERS = """
import json
from numba.core.event import install_recorder
from diffusion import SGD, FrozenNoise, StyblinskiTang, escape_times
valley = StyblinskiTang(dim=1, k=6.0)
with install_recorder("numba:compile") as compiled:
    run = escape_times(valley, FrozenNoise(100 * valley.H_a), SGD(1e-3), start=valley.minimum,
                       boundary=valley.boundary, max_iterations=1000, walkers=100, seed=0)
print(json.dumps({"total": int(run.iterations.sum()), "compiled": len(compiled.buffer) // 2}))
"""


class Install:
    """A copy of the package with an empty cache, and a home of its own."""

    def __init__(self, folder):
        self.folder = folder
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "diffusion", folder / "diffusion", ignore=ignore)
        self.home = folder / "home"
        self.home.mkdir()

    def start(self, script):
        kept = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("NUMBA_", "XDG_", "DIFFUSION_", "PYTEST_"))
        }
        env = {**kept, "PYTHONPATH": str(self.folder), "HOME": str(self.home)}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen([sys.executable, "-c", script], cwd=self.folder, env=env, **pipes)

    def run(self, script):
        return finished(self.start(script))

    def edit(self, file, old, new):
        path = self.folder / file
        text = path.read_text()
        assert text.count(old) == 1
        path.write_text(text.replace(old, new))


def finished(program):
    said, errors = program.communicate(timeout=120)
    assert (program.returncode, errors) == (0, "")
    return json.loads(said)


@pytest.fixture
def install(tmp_path):
    return Install(tmp_path)


def test_an_edit_of_any_kernel_source_is_noticed_and_undone(install):
    before = install.run(RULE_AND_SLOPE)
    assert before["at"].startswith(str(install.folder))
    assert before["slope"] == 4.5
    assert before["compiled"] > 0

    part = "diffusion/landscapes/quadratic.py", "return self.H[i] * x", "return 2 * self.H[i] * x"
    called_by_a_part = "diffusion/lane_loops.py", "ratio, v.size / LANES", "ratio, 1.5 * v.size / LANES"
    for file, old, new in (part, called_by_a_part):
        install.edit(file, old, new)
    edited = install.run(RULE_AND_SLOPE)
    assert edited["slope"] == 9.0
    assert edited["rule"] != before["rule"]

    for file, old, new in (part, called_by_a_part):
        install.edit(file, new, old)
    undone = install.run(RULE_AND_SLOPE)
    assert (undone["slope"], undone["rule"]) == (before["slope"], before["rule"])


@pytest.mark.slow
def test_two_processes_may_fill_one_cache_and_a_third_compiles_nothing(install):
    one, two = map(finished, [install.start(WALKERS), install.start(WALKERS)])
    third = install.run(WALKERS)
    assert one["total"] == two["total"] == third["total"]
    assert min(one["compiled"], two["compiled"]) > 0
    assert third["compiled"] == 0


TWO_SLOPES = """
import json
from diffusion import Quadratic, StyblinskiTang, gradient_at
print(json.dumps([gradient_at(Quadratic([3.0]), 1.5)[0], gradient_at(StyblinskiTang(1), 1.0)[0]]))
"""


@pytest.mark.slow
def test_two_kernels_that_were_given_one_name_on_disk_are_told_apart(install):
    """What is left where two processes chose the same file, each for its own kernel."""
    assert install.run(TWO_SLOPES) == [4.5, -11.5]
    first, second = (install.folder / "diffusion" / "__pycache__").glob("block._gradient-*.nbc")
    shutil.copy(first, second)
    assert install.run(TWO_SLOPES) == [4.5, -11.5]
    assert first.read_bytes() != second.read_bytes()


@pytest.mark.slow
def test_a_kernel_of_other_sources_is_not_run_even_where_the_index_is_new(install):
    """What is left where one process has written the index, but not yet the file it speaks of."""
    install.run(RULE_AND_SLOPE)
    (kept,) = (install.folder / "diffusion" / "__pycache__").glob("block._gradient-*.nbc")
    old = kept.read_bytes()
    install.edit("diffusion/landscapes/quadratic.py", "return self.H[i] * x", "return 2 * self.H[i] * x")
    assert install.run(RULE_AND_SLOPE)["slope"] == 9.0
    kept.write_bytes(old)
    assert install.run(RULE_AND_SLOPE)["slope"] == 9.0


@pytest.mark.parametrize("home", ["writable", "read-only"])
def test_an_install_that_cannot_be_written_works(install, home):
    # Files where folders should be: nothing can be written there, not even by root.
    (install.folder / "diffusion" / "__pycache__").write_text("")
    if home == "read-only":
        install.home = Path(os.devnull)
    first = install.run(RULE_AND_SLOPE)
    assert first["slope"] == 4.5
    if home == "writable":
        assert install.run(RULE_AND_SLOPE) == {**first, "compiled": 0}
        assert any(install.home.rglob("*.nbi"))


CELL = """
import numba
from diffusion import gradient_at, part

@numba.njit
def stretched(x):
    return {inner} * x

@part
class Mine:
    strength: float = 2.0
    dim = 1

    def slope(self, x, i):
        return {outer} * self.strength * stretched(x)

slope = gradient_at(Mine(), 1.0)[0]
"""


def test_a_notebook_cell_run_again_gives_the_new_number():
    notebook = {"__name__": "__main__"}
    console = code.InteractiveInterpreter(notebook)
    for number, (outer, inner) in enumerate([(1.0, 1.0), (5.0, 1.0), (5.0, 7.0), (1.0, 1.0)]):
        console.runsource(CELL.format(outer=outer, inner=inner), f"<cell {number}>", "exec")
        assert notebook.pop("slope") == 2 * outer * inner


DIFFUSION_CELL = """
from diffusion import Overdamped, Quadratic, part, passage_times

@part
class Mine:
    strength: float = 1.0

    def diffusion(self, x, i):
        return {D} * self.strength

run = passage_times(Quadratic([0.0]), Overdamped(Mine()), start=0.0, above=1.0, below=-1.0, dt=1e-2, max_time=100.0,
                    walkers=200, seed=0)
mean = float(run.mean().mean)
"""


@pytest.mark.slow
def test_nor_do_helpers_of_a_driver_remember_an_edited_part():
    notebook = {"__name__": "__main__"}
    console = code.InteractiveInterpreter(notebook)
    means = []
    for D in (0.5, 2.0, 0.5):
        console.runcode(compile(DIFFUSION_CELL.format(D=D), "<cell>", "exec"))
        means.append(notebook.pop("mean"))
    assert means[0] == means[2]
    assert 0.15 < means[1] / means[0] < 0.35  # free diffusion: 1 / 4


OWN_RULE = """
import json
from diffusion import FrozenNoise, Quadratic, evolve, part
from diffusion.ensemble import accumulate
from diffusion.starts import start_block

@part
class Mine:
    eta: float
    slots = ()

    def update(self, theta, state, gradient):
        for i in range(theta.size):
            theta[i] -= self.eta * gradient.draw(theta[i], i)

moved = evolve(Quadratic([1.0]), FrozenNoise(1.0), Mine(0.1), 0.0, [1], walkers=10, seed=0).msd().mean[0, 0]
stats = [helper.stats for helper in (accumulate, start_block)]
print(json.dumps([moved, *(sum(sum(getattr(one, name).values()) for one in stats) for name in ("cache_hits", "cache_misses"))]))
"""


@pytest.mark.slow
def test_a_rule_of_a_user_is_compiled_in_each_process_but_not_what_it_calls(install):
    first, second = install.run(OWN_RULE), install.run(OWN_RULE)
    assert first[0] == second[0]
    assert first[1:] == [0, 2]
    assert second[1:] == [2, 0]


def test_every_function_that_kernels_call_is_kept_on_disk():
    modules = [import_module(one.name) for one in pkgutil.walk_packages(diffusion.__path__, "diffusion.")]
    helpers = {f for one in modules for f in vars(one).values() if isinstance(f, Dispatcher)}
    assert len(helpers) > 40
    # those within a function hold others of its own, which cannot be stored
    kept = {f.py_func.__qualname__ for f in helpers if type(f._cache) is not _Cache}
    assert all("<locals>" in name for name in kept)


def test_a_users_own_file_is_never_stale(install):
    script = "import json, mine; print(json.dumps(mine.slope))"
    for outer, inner in [(1.0, 1.0), (1.0, 37.0)]:
        (install.folder / "mine.py").write_text(CELL.format(outer=outer, inner=inner))
        assert install.run(script) == 2 * outer * inner
