"""Options and seeds that must reach the engine: what they change is spied on."""

from types import SimpleNamespace

import numpy as np
import pytest

from diffusion import (
    SGD,
    FrozenNoise,
    Overdamped,
    Quadratic,
    StyblinskiTang,
    mean_passage,
    side_by_side,
    split_escape,
)
from diffusion.langevin import passage
from diffusion.langevin import side_by_side as beside
from diffusion.splitting.walkers import Walkers
from sims.options.noise import NoiseOptions


def test_settle_is_how_long_walkers_wander_before_they_are_timed(monkeypatch):
    wandered, skipped = [], []
    settle, begin = Walkers.settle, Walkers.begin

    def spied_settle(self, ids, iterations):
        wandered.append(iterations)
        return settle(self, ids, iterations)

    def spied_begin(self, ids, valley, edge, skip, timed):
        skipped.append(skip)
        return begin(self, ids, valley, edge, skip, timed)

    monkeypatch.setattr(Walkers, "settle", spied_settle)
    monkeypatch.setattr(Walkers, "begin", spied_begin)
    valley = StyblinskiTang(dim=1, k=6.0)
    for iterations in (200, 2000):
        split_escape(
            valley, FrozenNoise(100 * valley.H_a), SGD(1e-3), start=valley.minimum, boundary=valley.boundary,
            particles=16, replicas=3, settle=iterations, seed=0, workers=1,
        )  # fmt: skip
    assert wandered == [200, 2000]
    short, long = skipped[1:4], skipped[5:8]  # behind the pilot's own
    assert len(set(short)) == len(set(long)) == 1
    assert short[0] >= 1
    assert 7 < long[0] / short[0] < 13


def test_the_two_runs_of_a_difference_have_two_seeds(monkeypatch):
    seeds = []
    times = SimpleNamespace(times=np.array([0.1]))
    monkeypatch.setattr(beside, "evolve", lambda *a, seed, **how: seeds.append(seed) or times)
    monkeypatch.setattr(beside, "integrate", lambda *a, seed, **how: seeds.append(seed))
    side_by_side(Quadratic([1.0]), FrozenNoise(1.0), SGD(0.1), 0.0, [1], walkers=2, seed=7)
    assert len(set(seeds)) == 2
    assert seeds[0] == 7
    seeds.clear()
    monkeypatch.setattr(passage, "passage_times", lambda *a, seed, **how: seeds.append(seed))
    monkeypatch.setattr(passage.MeanPassage, "of", classmethod(lambda cls, *runs: None))
    mean_passage(
        Quadratic([0.0]), Overdamped(0.5), dt=0.1, seed=7, start=0.0, above=1.0, max_time=9.0, walkers=2
    )
    assert len(seeds) == len(set(seeds)) >= 2


def test_a_censored_walker_has_no_exit():
    run = passage.passage_times(
        Quadratic([0.0]),
        Overdamped(0.5),
        start=0.0,
        above=1.0,
        below=-1.0,
        dt=0.01,
        max_time=0.5,
        walkers=200,
        seed=0,
    )
    assert 0.2 < run.escaped.mean() < 0.9
    assert not run.exits[~run.escaped].any()
    assert run.exits[run.escaped].all()


@pytest.mark.parametrize("walkers", [2, 5])
def test_the_standard_error_is_that_of_a_sample(walkers):
    from diffusion import Estimate

    samples = np.arange(walkers, dtype=float)
    assert Estimate.of(samples).stderr == pytest.approx(np.sqrt(samples.var(ddof=1) / walkers))


def test_every_option_of_a_noise_reaches_it():
    valley = StyblinskiTang(1)
    low, top = float(valley.minimum[0]), valley.boundary

    def variances(*places, **options):
        noise = NoiseOptions(**options).part(valley)
        return [noise.covariance(valley, place)[0, 0] for place in places]

    def is_near(value):
        return pytest.approx(value, rel=1e-9)

    assert variances(low, top, noise="frozen", kappa=30.0, B=4) == is_near([7.5 * valley.H_a] * 2)
    assert variances(low, top, noise="isotropic", C=3.0) == is_near([3.0, 3.0])
    warmer = {"noise": "two-temperature", "kappa": 30.0, "B": 4}
    assert variances(low, top, **warmer) == is_near([7.5 * valley.H_a, 7.5 * abs(valley.H_b)])
    between = (valley.split(0.3) + valley.split(0.7)) / 2  # on either side of the split, by s
    assert variances(between, s=0.3, **warmer) == is_near([7.5 * abs(valley.H_b)])
    assert variances(between, s=0.7, **warmer) == is_near([7.5 * valley.H_a])
    assert variances(low, noise="hessian", kappa=30.0, B=4) == is_near([7.5 * valley.H_a])
    assert variances(low, noise="hessian", kappa=30.0, B=4, floor=100.0) == is_near([750.0])
    for data_seed, variance in ((0, 4.0), (3, 1.0)):
        made = NoiseOptions("minibatch", data_seed=data_seed, variance=variance, B=7).part(valley)
        drawn = np.random.default_rng(data_seed).normal(0, np.sqrt(variance), (50_000, 1))
        np.testing.assert_array_equal(made.samples, drawn)
        assert made.B == 7
    made = NoiseOptions("data", variance=2.0, B=7, drift="bare").part(valley)
    assert (made.B, made.variance, made.drift) == (7, 2.0, "bare")
