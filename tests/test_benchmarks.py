"""The contestants of the speed benchmark compute the same, and it would notice if they did not."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import baselines_numba, baselines_numpy, c_twin, processes
from benchmarks.race import disagreement, ratio
from benchmarks.speed import AGREE

ROOT = Path(__file__).parents[1]
JOBS = ["sgd", "momentum", "momentum_sigma", "adam", "adai"]
needs_cc = pytest.mark.skipif(not c_twin.available(), reason="no C compiler (cc) here")


@pytest.mark.parametrize("iterations", [10, 200])
@pytest.mark.parametrize("name", [*JOBS, "minibatch"])
def test_numba_and_numpy_compute_the_same(name, iterations, seed):
    walkers = (30 if name == "minibatch" else 200) * 1024 // iterations
    a = getattr(baselines_numpy, name)(walkers, iterations, seed)
    b = getattr(baselines_numba, name)(walkers, iterations, seed + 1)
    assert disagreement(a, b) < AGREE


@needs_cc
@pytest.mark.parametrize("iterations", [10, 200])  # Adai's inertia shows in the first few alone
@pytest.mark.parametrize("name", JOBS)
@pytest.mark.parametrize("twin", [c_twin.FAST_MATH, c_twin.IN_ORDER], ids=["fast-math", "in-order"])
def test_c_and_numpy_compute_the_same(twin, name, iterations, seed):
    walkers = 200 * 1024 // iterations
    a = getattr(baselines_numpy, name)(walkers, iterations, seed)
    b = getattr(twin, name)(8 * walkers, iterations, seed)
    assert disagreement(a, b) < AGREE


@needs_cc
@pytest.mark.parametrize("twin", [c_twin.FAST_MATH, c_twin.IN_ORDER], ids=["fast-math", "in-order"])
def test_c_walks_the_engines_paths_on_the_saddle_with_inertia(twin, seed):
    """Its streams are the engine's too: positions agree walker by walker, but for float32's last digits."""
    a, b = processes.saddle(64, 500, seed), twin.inertia(64, 500, seed)
    np.testing.assert_allclose(a, b, atol=1e-5)
    assert np.max(np.abs(a - twin.inertia(64, 500, seed + 1))) > 0.1


@needs_cc
def test_the_c_twin_leaves_subnormal_numbers_alone(seed):
    c_twin.FAST_MATH.sgd(32, 8, seed)
    assert np.float64(1e-310) * 0.5 > 0


@needs_cc
def test_the_c_twin_refuses_part_of_a_block(seed):
    with pytest.raises(ValueError, match="walkers must be a multiple of 32, got 33"):
        c_twin.FAST_MATH.sgd(33, 8, seed)


def test_a_wrong_mean_or_spread_is_a_disagreement(seed):
    """Negative control: a spread 10 % too wide, or a mean off by a tenth of a standard deviation."""
    a, b = np.random.default_rng(seed).standard_normal((2, 8192, 10))
    assert disagreement(a, b) < AGREE
    assert disagreement(a, 1.1 * b) > AGREE
    assert disagreement(a, b + 0.1) > AGREE


def test_a_ratio_is_taken_round_by_round():
    slower, faster = np.array([2.0, 20.0, 200.0]), np.array([1.0, 10.0, 100.0])
    assert ratio(slower, faster).median == ratio(slower, faster).low == 2.0


@pytest.mark.slow
def test_the_benchmark_runs_and_reports_every_ratio():
    command = [sys.executable, "-m", "benchmarks.speed", "--quick", "--json", "--jobs", "adai"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode in (0, 1), done.stderr  # whether targets are met depends on the machine
    (result,) = json.loads(done.stdout)["results"]
    assert result["z"] < AGREE
    assert {"engine", "numba", "numpy"} <= set(result["ns"])
    assert len(result["rows"]) == 2 + c_twin.available()
    assert all(
        row["value"]["low"] <= row["value"]["median"] <= row["value"]["high"] for row in result["rows"]
    )
