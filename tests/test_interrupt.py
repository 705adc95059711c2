"""Ctrl-C: a long run ends within a second and hands over what is finished, with the bits of a run to the end."""

import json
import signal
import subprocess
import sys
import time

import pytest

BEGIN = """
import json, sys
import numpy as np
from diffusion import SGD, FrozenNoise, Interrupted, Quadratic, StyblinskiTang, escape_times, evolve
"""
EVOLVE = """
def run(walkers):
    parts = Quadratic([1.0, -1.0]), FrozenNoise(1.0), SGD(1e-3)
    return evolve(*parts, 0.0, [500, 2000], walkers=walkers, seed=7, workers=2)

def check(partial):
    whole = run(partial.walkers)
    same = np.array_equal(partial.msd().mean, whole.msd().mean)
    return {"finished": partial.walkers, "same": same and partial.moments.total().shape == whole.moments.total().shape}
"""
ESCAPE = """
valley = StyblinskiTang(dim=1, k=6.0)

def run(walkers):
    return escape_times(valley, FrozenNoise(70 * valley.H_a), SGD(1e-3), start=valley.minimum,
                        boundary=valley.boundary, max_iterations=10**9, walkers=walkers, seed=7, workers=2)

def check(partial):
    out, inside = partial.ids[partial.escaped], partial.ids[~partial.escaped]
    whole = run(int(partial.ids.max()) + 1).iterations
    same = np.array_equal(whole[out], partial.iterations[partial.escaped])
    later = np.all(whole[inside] > partial.iterations[~partial.escaped]) and partial.iterations.min() >= 1
    return {"finished": out.size, "inside": inside.size, "same": bool(same and later),
            "unique": len(set(partial.ids)) == partial.ids.size}
"""
END = """
run(1)  # compiled, or read from disk
print("running", flush=True)
try:
    run(10**6)
    print("ended", flush=True)
except Interrupted as stop:
    print("stopped", flush=True)
    print(json.dumps(check(stop.partial), default=bool))
"""


def interrupted(code):
    """Return the seconds from SIGINT to the program's next line, and what it says of the partial result."""
    command = [sys.executable, "-c", BEGIN + code + END]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout.readline() == "running\n", program.stderr.read()
        time.sleep(0.7)
        program.send_signal(signal.SIGINT)
        sent = time.monotonic()
        line = program.stdout.readline()
        took = time.monotonic() - sent
        said, errors = program.communicate(timeout=60)
    assert (line, program.returncode, errors) == ("stopped\n", 0, "")
    return took, json.loads(said)


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT of another process needs POSIX")
@pytest.mark.parametrize("code", [EVOLVE, ESCAPE], ids=["evolve", "escape_times"])
def test_ctrl_c_ends_a_run_within_a_second_and_keeps_what_is_finished(code):
    took, partial = interrupted(code)
    assert took < 1
    assert partial["finished"] > 100
    assert partial["same"]
    if code is ESCAPE:
        assert partial["unique"]
        assert 1 <= partial["inside"] <= 128  # those that were on their way, at most 64 to a thread


SLOW_TO_COMPILE = """
import time
from typing import ClassVar

from numba.extending import overload

from diffusion import part


def slow(x):
    return x


@overload(slow)
def _slow(x):
    print("compiling", flush=True)
    time.sleep(30)
    return lambda x: x


@part
class Slow:
    eta: float
    slots: ClassVar = ()

    def update(self, theta, state, gradient):
        for i in range(theta.size):
            theta[i] -= self.eta * slow(gradient.draw(theta[i], i))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT of another process needs POSIX")
def test_ctrl_c_does_not_wait_for_the_compiler(tmp_path):
    """A compilation cannot be stopped: the command leaves it behind, with a sentence."""
    (tmp_path / "rule.py").write_text(SLOW_TO_COMPILE)
    command = [sys.executable, "-m", "diffusion", "escape", "--optimizer", "rule.py:Slow", "--eta", "1e-3"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout.readline() == "compiling\n", program.stderr.read()
        program.send_signal(signal.SIGINT)
        sent = time.monotonic()
        _, errors = program.communicate(timeout=60)
        assert time.monotonic() - sent < 15  # the compiler sleeps for 30 seconds
    assert program.returncode == 130
    assert errors.splitlines()[-1] == "diffusion: interrupted before anything was finished"
    assert "Traceback" not in errors
