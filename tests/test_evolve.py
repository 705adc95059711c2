"""Walkers on quadratics against the exact moments of the update rule, and how a run is stopped and kept small."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import reference

from diffusion import (
    LANES,
    SGD,
    Diverged,
    Ensemble,
    FrozenNoise,
    HessianNoise,
    Interrupted,
    Momentum,
    Quadratic,
    StyblinskiTang,
    Watch,
    evolve,
    part,
)

TIMES = [0, 1, 7, 60]
SADDLE = Quadratic([2.0, -0.5])
TURNED = Quadratic([[1.0, 2.0], [2.0, -0.5]])
CORRELATED = FrozenNoise([[3.0, -1.2], [-1.2, 1.0]])
CASES = {
    "sgd, saddle": (SADDLE, FrozenNoise([2.0, 1.0]), SGD(0.05)),
    "sgd, rotated": (TURNED, FrozenNoise([2.0, 1.0]), SGD(0.05)),
    "sgd, Hessian noise": (TURNED, HessianNoise(B=2.0), SGD(0.05)),
    "momentum, saddle": (SADDLE, FrozenNoise([2.0, 1.0]), Momentum(0.01, 0.8)),
    "momentum, moving average": (SADDLE, FrozenNoise([2.0, 1.0]), Momentum(0.05, 0.9, 0.1)),
    "momentum, rotated and correlated": (TURNED, CORRELATED, Momentum(0.01, 0.8)),
}


def exact(landscape, noise, optimizer, start, steps):
    """Mean displacement and MSD, shape (steps + 1, 2)."""
    C = noise.covariance(landscape, start)
    beta1, beta3 = getattr(optimizer, "beta1", 0.0), getattr(optimizer, "beta3", 1.0)
    A, N = reference.heavy_ball(optimizer.eta, beta1, beta3, landscape.matrix, C)
    mean, second = reference.linear_moments(A, N, [*start, 0, 0], steps)
    square = np.diagonal(second, axis1=1, axis2=2)
    moved = mean - mean[0]
    return moved[:, :2], (square - mean**2 + moved**2)[:, :2]


def test_the_recurrence_is_the_closed_form():
    eta, H, C, T = 0.05, np.array([2.0, -0.5]), 3.0, np.arange(1, 50)[:, None]
    landscape, noise = Quadratic(H), FrozenNoise(C)
    _, msd = exact(landscape, noise, SGD(eta), np.zeros(2), 49)
    q = (1 - eta * H) ** 2
    np.testing.assert_allclose(msd[1:], eta**2 * C * (q**T - 1) / (q - 1), rtol=1e-12)
    beta1, beta3 = 0.8, 0.3
    _, msd = exact(landscape, noise, Momentum(eta, beta1, beta3), np.zeros(2), 49)
    root = np.sqrt((1 + beta1 - eta * beta3 * H) ** 2 - 4 * beta1 + 0j)
    mu = (1 + beta1 - eta * beta3 * H + root) / 2, (1 + beta1 - eta * beta3 * H - root) / 2
    kicks = abs((mu[0] ** T - mu[1] ** T) / root) ** 2
    np.testing.assert_allclose(msd[1:], eta**2 * beta3**2 * C * np.cumsum(kicks, axis=0), rtol=1e-11)


@pytest.mark.parametrize("start", [(0.0, 0.0), (1.5, -0.7)], ids=["from the saddle", "from beside it"])
@pytest.mark.parametrize("name", CASES)
def test_walkers_have_the_exact_moments_of_the_update_rule(name, start, seed):
    landscape, noise, optimizer = CASES[name]
    start = np.array(start)
    run = evolve(landscape, noise, optimizer, start, TIMES, walkers=100_000, seed=seed)
    moved, msd = (moments[TIMES] for moments in exact(landscape, noise, optimizer, start, TIMES[-1]))
    for estimate, stated in ((run.displacement(), moved), (run.msd(), msd)):
        assert estimate.mean.shape == stated.shape == (4, 2)
        np.testing.assert_array_equal(estimate.mean[0], 0)
        assert np.abs((estimate.mean - stated)[1:] / estimate.stderr[1:]).max() < 4.5
    # negative control: a twentieth more is noticed
    assert np.abs((run.msd().mean - 1.05 * msd)[1:] / run.msd().stderr[1:]).min() > 4.5


def test_the_standard_error_of_the_msd_is_that_of_repeated_runs(seed):
    runs = [evolve(*CASES["sgd, saddle"], 0.0, 20, walkers=200, seed=seed + s).msd() for s in range(400)]
    spread = np.std([run.mean[0] for run in runs], axis=0, ddof=1)
    stated = np.sqrt(np.mean([run.stderr[0] ** 2 for run in runs], axis=0))
    np.testing.assert_allclose(spread / stated, 1, atol=4.5 / np.sqrt(2 * 400))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's /proc")
def test_a_million_walkers_stay_below_400_megabytes():
    code = """
import re
from diffusion import SGD, FrozenNoise, StyblinskiTang, evolve
run = evolve(StyblinskiTang(10), FrozenNoise(1.0), SGD(1e-3), 0.0, [1, 5, 10], walkers=1_000_000, seed=0)
assert run.msd().n == 1_000_000
print(re.search(r"VmHWM:\\s*(\\d+) kB", open("/proc/self/status").read())[1])
"""  # not getrusage: a child inherits the peak of the process that started it
    text = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(text) < 400_000  # kilobytes


def test_a_stopped_run_keeps_the_first_walkers_to_the_last_bit():
    valley = StyblinskiTang(3)
    watch, run = Watch(), (valley, FrozenNoise(100.0), SGD(1e-3), valley.minimum, [500, 3000])

    def stop():
        while watch.finished < 5000:
            time.sleep(0.001)
        watch.stop()

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(Interrupted) as stopped:
        evolve(*run, walkers=2_000_000, seed=5, watch=watch, workers=2)
    thread.join()
    partial = stopped.value.partial
    assert watch.stopped
    assert watch.expected == 2_000_000
    assert isinstance(partial, Ensemble)
    assert 64 <= partial.walkers <= watch.finished
    assert partial.ids == range(partial.walkers)
    again = evolve(*run, walkers=partial.walkers, seed=5)
    np.testing.assert_array_equal(partial.msd().mean, again.msd().mean)
    np.testing.assert_array_equal(partial.msd().stderr, again.msd().stderr)


def test_a_run_stopped_before_it_began_has_nothing():
    watch = Watch()
    watch.stop()
    for workers in (1, 2):
        with pytest.raises(Interrupted) as stopped:
            evolve(*CASES["sgd, saddle"], 0.0, 10, walkers=64, seed=0, watch=watch, workers=workers)
        assert stopped.value.partial is None


@pytest.mark.parametrize("start", [2.0, -2.0], ids=["upwards", "downwards"])
def test_divergence_names_the_iteration_and_what_to_lower(start):
    """theta <- -9 theta: at 1e70, where a walker counts as lost, after 74 iterations."""
    message = r"walkers diverged by iteration (\d+) \(SGD, eta = 10\); lower eta"
    with pytest.raises(Diverged, match=message) as diverged:
        evolve(Quadratic([1.0]), FrozenNoise(0.0), SGD(10.0), start, 1000, walkers=3, seed=0)
    iteration = int(str(diverged.value).split("iteration ")[1].split()[0])
    assert 74 <= iteration <= 74 + 80
    evolve(Quadratic([1.0]), FrozenNoise(0.0), SGD(10.0), start, 60, walkers=3, seed=0, keep="positions")


def test_walkers_count():
    watch = Watch()
    for walkers in (1, 33, 100):
        evolve(*CASES["sgd, saddle"], 0.0, 10, walkers=walkers, seed=0, watch=watch)
    assert watch.finished == watch.expected == 134


def test_the_msd_along_directions_is_that_of_the_turned_positions(seed):
    where = CASES["sgd, saddle"]
    run = evolve(*where, 0.3, TIMES, walkers=500, seed=seed, keep="positions")
    plain, same = run.msd(), run.msd(along=np.eye(2))
    np.testing.assert_allclose(same.mean, plain.mean, rtol=1e-12)
    np.testing.assert_allclose(same.stderr, plain.stderr, rtol=1e-9)
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    turned = run.msd(along=turn[:, :1])
    right = ((run.positions - 0.3) @ turn[:, 0]) ** 2
    np.testing.assert_allclose(turned.mean[:, 0], right.mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(run.msd(along=turn).mean.sum(axis=1), plain.mean.sum(axis=1), rtol=1e-12)
    for wrong in (np.eye(3), [1.0, 0.0]):
        with pytest.raises(ValueError, match=r"along must be directions in the columns of a \(2, n\) matrix"):
            run.msd(along=wrong)
    with pytest.raises(ValueError, match='keep must be "positions" or "states" to have positions'):
        evolve(*where, 0.3, TIMES, walkers=500, seed=seed).msd(along=turn)


def test_a_small_spread_beside_a_large_displacement_keeps_its_error(seed):
    """The walkers roll from 1 to 0 and spread by 1e-8 meanwhile: sums of squares would lose that."""
    C, eta, n = 1e-16, 0.1, 1000
    for workers in (1, 2):
        run = evolve(
            Quadratic([1.0]), FrozenNoise(C), SGD(eta), 1.0, 100, walkers=n, seed=seed, workers=workers
        )
        spread = np.sqrt(eta**2 * C / (1 - (1 - eta) ** 2) / n)
        assert abs(run.displacement().stderr.item() / spread - 1) < 4.5 / np.sqrt(2 * n)
        assert abs(run.msd().stderr.item() / (2 * spread) - 1) < 4.5 / np.sqrt(2 * n)


def test_a_part_may_write_into_its_own_arrays():
    """A landscape with a 2-D array as scratch: threads that shared it would spoil each other's gradient."""

    @part
    class Scratch:
        memory: np.ndarray
        dim = 2

        def gradient(self, theta, g):
            for i in range(theta.size):
                self.memory[0, i] = theta[i]
            for i in range(theta.size):
                g[i] = self.memory[0, i]

    landscape = Scratch(np.zeros((1, 2 * LANES)))
    runs = [
        evolve(landscape, FrozenNoise(1.0), SGD(0.1), 0.0, 500, walkers=5000, seed=1, workers=w).msd().mean
        for w in (1, 2)
    ]
    np.testing.assert_array_equal(*runs)
