"""Runs on the same noise, compared walker by walker."""

from functools import partial

import numpy as np

from diffusion import SGD, Estimate, FrozenNoise, Momentum, Quadratic, evolve
from sims.experiments.shared import same_noise as paired
from theory.exact import momentum_iteration_msd, sgd_iteration_msd

H, C, T = np.array([0.05, -0.05]), np.array([1.0, 2.0]), np.array([50, 150])
WALK = partial(evolve, Quadratic(H), FrozenNoise(C), theta0=0.0, iterations=T)
RULE = {"eta": 0.1, "beta1": 0.8, "beta3": 0.2}
EXACT = momentum_iteration_msd(H, T[:, None], C=C, **RULE) - sgd_iteration_msd(H, T[:, None], eta=0.1, C=C)


def runs(seed, other_seed):
    return partial(WALK, optimizer=Momentum(**RULE), seed=seed), partial(
        WALK, optimizer=SGD(0.1), seed=other_seed
    )


def test_the_difference_is_the_exact_one_and_its_error_small(seed):
    one = paired.beyond(*runs(seed, seed), walkers=50_000)
    apart = paired.beyond(*runs(seed, seed + 1), walkers=50_000)
    for excess in (one, apart):
        assert np.abs((excess.mean - EXACT) / excess.stderr).max() < 4.8
    assert np.all(one.stderr < apart.stderr / 1.5)


def test_pieces_give_the_estimate_of_the_whole(seed, monkeypatch):
    def displaced(x, y):
        return x - 2 * y

    x, y = (run(walkers=1000, keep="positions").positions for run in runs(seed, seed))
    whole = Estimate.of(displaced(x, y), axis=1)
    monkeypatch.setattr(paired, "AT_ONCE", 256)
    pieces = paired.compared(displaced, runs(seed, seed), walkers=1000)
    np.testing.assert_allclose(pieces.mean, whole.mean, rtol=1e-12)
    np.testing.assert_allclose(pieces.stderr, whole.stderr, rtol=1e-12)
    assert pieces.n == 1000
