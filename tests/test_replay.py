"""Compiled update rules against the algorithm boxes in slow NumPy, over inputs that reach every branch."""

import numpy as np
import pytest
import reference

from diffusion import (
    SGD,
    Adai,
    Adam,
    Cautious,
    Diverged,
    FrozenNoise,
    InvAdam,
    Momentum,
    Quadratic,
    evolve,
    replay,
)  # fmt: skip

OPTIMIZERS = [
    SGD(0.1),
    Momentum(0.1),
    Momentum(0.1, beta1=0.0, beta3=2.0),
    Momentum(0.1, beta1=0.99, beta3=0.01, bias_correction=True),
    Adam(0.03),
    Adam(0.03, eps=0.0),
    Adam(0.03, beta1=0.0, beta2=0.0, eps=0.1),
    Adam(0.03, beta1=0.5, beta2=0.9, eps=3.0),
    Adai(0.1),
    Adai(0.1, beta0=2.0, beta2=0.5),
    Adai(0.1, beta0=0.0),
    Adai(0.1, eps=0.3, beta2=0.0),
    Adai(0.1, eps=1.0),
    Adai(0.1, weight_decay=0.05),
    InvAdam(0.1, eps=0.5, weight_decay=0.05),
    InvAdam(0.1, beta1=0.0, beta2=0.5, eps=0.0),
    Cautious(Momentum(0.1), weight_decay=0.05),
    Cautious(Momentum(0.1, beta1=0.99), scale="mean"),
]


def gradients(seed, steps=800, dim=10):
    """Sizes over six decades, nothing at all at first, and one coordinate that never sees a gradient."""
    rng = np.random.default_rng(seed)
    g = rng.normal(size=(steps, dim)) * np.exp(rng.normal(0, 3, dim))
    g[:5] = 0
    g[:, 3] = 0
    return g


def test_every_slow_twin_is_tried_here():
    assert set(reference.BOXES) == {type(optimizer) for optimizer in OPTIMIZERS}


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_compiled_updates_agree_with_the_algorithm_box(optimizer, seed):
    g, theta0 = gradients(seed), np.random.default_rng(seed + 1).normal(size=10)
    expected = reference.path(optimizer, theta0, g)
    np.testing.assert_allclose(
        replay(optimizer, theta0, g), expected, rtol=0, atol=1e-13 * abs(expected).max()
    )


def test_the_inputs_reach_both_clips_of_adais_inertia(seed):
    g = gradients(seed)
    low = [reference.adai_inertia(Adai(0.1, beta0=2.0), v)[0].min() < 0 for v in g[5:] ** 2]
    high = [reference.adai_inertia(Adai(0.1, eps=0.3), v)[0].max() > 0.7 for v in g[5:] ** 2]
    assert np.mean(low) > 0.5
    assert np.mean(high) > 0.5


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
def test_walkers_without_any_gradient_stay(optimizer):
    decay = (1 - 0.1 * getattr(optimizer, "weight_decay", 0)) ** np.arange(4)
    np.testing.assert_allclose(replay(optimizer, [2.0, -1.0], np.zeros((3, 2))), np.outer(decay, [2.0, -1.0]))


def test_a_path_beyond_the_range_of_numbers_is_refused():
    with pytest.raises(Diverged, match=r"iteration 2 \(SGD, eta = 1e\+160\); lower eta"):
        replay(SGD(1e160), [1.0], [[1.0], [1e149], [1.0]])


def test_a_gradient_whose_square_is_no_number_is_refused():
    """With it Adam's second moment is infinite, and theta would stay where it is without a word."""
    with pytest.raises(ValueError, match=r"gradients must be below 1e\+150 in size, got 1e\+155"):
        replay(Adam(0.1, eps=0.0), [0.0], [[1e155]])
    steep, warm = Quadratic([1e151]), FrozenNoise(1e302)
    for landscape, noise, word in ((steep, FrozenNoise(1.0), "gradient"), (Quadratic([1.0]), warm, "noise")):
        with pytest.raises(ValueError, match=f"{word} must be below 1e"):
            evolve(landscape, noise, Adam(0.1, eps=0.0), 1.0, [1], walkers=2, seed=0)
    assert replay(Adam(0.1, eps=0.0), [0.0], [[1e149]])[1] == pytest.approx(-0.1)
