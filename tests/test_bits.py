"""Threads, lanes and the split of walker ids change the speed and not one bit of the numbers."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from diffusion import (
    LANES,
    SGD,
    Adai,
    Adam,
    FrozenNoise,
    Minibatches,
    MinibatchNoise,
    Momentum,
    Network,
    Overdamped,
    PhaseSpace,
    Quadratic,
    Shifted,
    StyblinskiTang,
    baoab,
    escape_times,
    euler_maruyama,
    evolve,
    passage_times,
    split_escape,
)

VALLEY = StyblinskiTang(3, k=2.0)
TURNED = Quadratic([[2.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, -1.0]])
CORRELATED = FrozenNoise([[1e3, 4e2, 0.0], [4e2, 1e3, 0.0], [0.0, 0.0, 5e2]])
SAMPLES = np.random.default_rng(5).normal(0, 2, (1000, 3))
STRONG = FrozenNoise(3e4)
NETWORK = Network((3, 2, 2), SAMPLES[:50], np.arange(50) % 2)
RUNS = {
    "sgd": (VALLEY, STRONG, SGD(1e-3)),
    "momentum": (VALLEY, STRONG, Momentum(1e-4)),
    "corrected momentum": (VALLEY, STRONG, Momentum(1e-4, bias_correction=True)),
    "adam": (VALLEY, STRONG, Adam(0.1)),
    "adai": (VALLEY, STRONG, Adai(1e-3)),
    "minibatch": (VALLEY, MinibatchNoise(SAMPLES, 6), Adai(1e-3)),
    "epochs": (Shifted(VALLEY, SAMPLES), Minibatches(6, "epochs"), Adai(1e-3)),
    "network": (NETWORK, Minibatches(4, "epochs"), SGD(0.5)),
    "coupled": (TURNED, FrozenNoise(1e3), Adai(1e-2)),
    "correlated": (TURNED, CORRELATED, Adai(1e-2)),
    "process": (VALLEY, None, euler_maruyama(Overdamped(15.0), 1e-3)),
}
# The network compiles for long; test_network.py does the same for `evolve` in the fast tests.
SPLIT = [pytest.param(name, marks=pytest.mark.slow) if name == "network" else name for name in RUNS]
WALKERS = 200  # three blocks of ids and a part of a fourth


def start_of(name):
    return NETWORK.initial(3, 1)[0] if name == "network" else VALLEY.minimum


def ensemble(name, walkers=WALKERS, workers=1, seed=11, keep="states"):
    start = start_of(name)
    return evolve(*RUNS[name], start, [0, 33, 100], walkers=walkers, seed=seed, workers=workers, keep=keep)


def escapes(name, walkers=WALKERS, workers=1, seed=11):
    start = start_of(name)
    # one number would do where coordinates do not touch; the network has no boundary of its own
    edge = start + 1.5 if name == "network" else np.full(3, VALLEY.boundary)
    run = {"boundary": edge, "max_iterations": 1000, "walkers": walkers}
    return escape_times(*RUNS[name], start=start, seed=seed, workers=workers, **run)


PASSAGES = {  # their walkers draw from their streams where they come near an exit
    "bridged": (Overdamped(15.0), euler_maruyama),
    "turning": (PhaseSpace(1.0, 2.0, 40.0), baoab),
}


def passages(name, walkers=WALKERS, workers=1):
    langevin, scheme = PASSAGES[name]
    edges = {"above": VALLEY.boundary, "below": -2.5}
    return passage_times(
        VALLEY, langevin, start=VALLEY.minimum, dt=1e-2, max_time=10.0, scheme=scheme, walkers=walkers, seed=11,
        workers=workers, **edges,
    )  # fmt: skip


def split(name):
    few = {"particles": 48, "replicas": 3, "settle": 100, "workers": 1}
    return split_escape(
        *RUNS[name], start=VALLEY.minimum, boundary=VALLEY.boundary, seed=11, **few
    )  # its threads: test_splitting.py


def arrays(run):
    if hasattr(run, "log_chance"):
        return run.log_chance, run.loop_time, run.levels
    if hasattr(run, "exits"):
        return run.iterations, run.exits, run.ids
    if hasattr(run, "escaped"):
        return run.iterations, run.escaped, run.ids
    return run.states, *(estimate.mean for estimate in (run.msd(), run.displacement())), run.msd().stderr


def fingerprint(run):
    return hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in arrays(run))).hexdigest()


FINGERPRINTS = {
    **{name: (ensemble, name) for name in RUNS},
    **{name: (passages, name) for name in PASSAGES},
    "splitting": (split, "sgd"),
    **{f"escapes, {name}": (escapes, name) for name in ("sgd", "adai", "minibatch")},
}


def fingerprints(names):
    return {name: fingerprint(FINGERPRINTS[name][0](FINGERPRINTS[name][1])) for name in names}


@pytest.mark.parametrize("name", SPLIT)
def test_two_threads_do_not_change_the_numbers(name):
    assert fingerprint(ensemble(name, workers=2)) == fingerprint(ensemble(name))
    assert fingerprint(escapes(name, workers=2)) == fingerprint(escapes(name))
    assert escapes(name).escaped.any()


@pytest.mark.parametrize("name", SPLIT)
def test_a_split_of_the_walkers_does_not_change_the_numbers(name):
    for at in (64, 128):
        parts = ensemble(name, range(at)).joined(ensemble(name, range(at, WALKERS)))
        assert fingerprint(parts) == fingerprint(ensemble(name))
    for at in (1, 77):
        parts = escapes(name, range(at)).joined(escapes(name, range(at, WALKERS)))
        assert fingerprint(parts) == fingerprint(escapes(name))


@pytest.mark.parametrize("name", PASSAGES)
def test_neither_threads_nor_a_split_change_who_touches_an_exit(name):
    whole = passages(name)
    assert whole.exits.min() < 0 < whole.exits.max()
    assert fingerprint(passages(name, workers=2)) == fingerprint(whole)
    for at in (1, 77):
        parts = passages(name, range(at)).joined(passages(name, range(at, WALKERS)))
        assert fingerprint(parts) == fingerprint(whole)


def test_moments_do_not_depend_on_the_order_in_which_threads_finish():
    """Enough walkers that each thread takes several chunks; alone, in pieces, and joined."""
    total = 40_000

    def run(ids, workers):
        return evolve(*RUNS["sgd"], VALLEY.minimum, [200], walkers=ids, seed=1, workers=workers)

    one = run(total, 1)
    pieces = run(range(64 * 5), 2).joined(run(range(64 * 5, 64 * 400), 2)).joined(run(range(25600, total), 2))
    for other in (run(total, 2), run(total, 3), pieces):
        np.testing.assert_array_equal(other.msd().mean, one.msd().mean)
        np.testing.assert_array_equal(other.msd().stderr, one.msd().stderr)
        np.testing.assert_array_equal(other.displacement().mean, one.displacement().mean)


FEW = ("minibatch", "bridged", "escapes, adai")  # every kind of run but splitting


@pytest.mark.parametrize(
    "names", [FEW, pytest.param(tuple(FINGERPRINTS), marks=pytest.mark.slow)], ids=["few", "all"]
)
def test_another_width_of_the_lane_blocks_does_not_change_the_numbers(names, request):
    root = Path(__file__).parent.parent
    other = {16: "32", 32: "16", 64: "32"}[LANES]
    cache = str(request.config.cache.mkdir("lanes"))  # not where this process keeps its own compiled code
    environment = os.environ | {"DIFFUSION_LANES": other, "PYTHONPATH": str(root), "NUMBA_CACHE_DIR": cache}
    command = [sys.executable, __file__, *names]
    text = subprocess.run(
        command, env=environment, cwd=root, capture_output=True, text=True, check=True
    ).stdout
    assert json.loads(text) == {"LANES": int(other)} | fingerprints(names)


def test_moments_are_those_of_the_positions():
    run = ensemble("adai")
    moved = run.positions - VALLEY.minimum
    np.testing.assert_allclose(run.msd().mean, (moved**2).mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(
        run.msd().stderr[1:], (moved**2).std(axis=1, ddof=1)[1:] / WALKERS**0.5, rtol=1e-9
    )
    np.testing.assert_allclose(run.displacement().mean, moved.mean(axis=1), rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(ensemble("adai", keep="moments").msd().mean, run.msd().mean)
    np.testing.assert_array_equal(ensemble("adai", keep="positions").positions, run.positions)


def test_seed_and_walker_id_choose_the_numbers():
    def last(walkers=64, seed=11):
        return ensemble("sgd", walkers, seed=seed).positions[-1]

    one = last()
    np.testing.assert_array_equal(last(), one)
    others = [last(seed=12), last(seed=11 + 2**32), last(range(64, 128)), last(range(2**32, 2**32 + 64))]
    for other in others:  # negative control: neither seed nor id may be cut to 32 bits, or forgotten
        assert not np.isin(other, one).any()
    assert len(np.unique(one)) == one.size


if __name__ == "__main__":
    print(json.dumps({"LANES": LANES} | fingerprints(sys.argv[1:])))
