"""The degree law is an identity: on a sharper loss the rescaled twin takes the same walk."""

from dataclasses import dataclass, fields, replace
from typing import ClassVar

import numpy as np
import pytest
from zoo import EXAMPLES, TEN

import diffusion
from diffusion import (
    EXPONENT,
    LARS,
    MARS,
    OPTIMIZERS,
    RENEWAL,
    SGD,
    Adafactor,
    Adam,
    Cautious,
    Clipped,
    DualAdam,
    FrozenNoise,
    Momentum,
    Padam,
    Quadratic,
    ScheduleFree,
    StyblinskiTang,
    evolve,
    part,
    replay,
    sharpened,
)
from diffusion.optimizers.degree import NOT_STATIONARY, TRANSIENT

STEPS = 1000


@dataclass(frozen=True)
class Feed:
    """A start away from zero, and gradients whose sizes differ by 100 between coordinates."""

    phi0: np.ndarray
    gradients: np.ndarray


@pytest.fixture(scope="module")
def feed():
    rng = np.random.default_rng(20)
    return Feed(rng.normal(0, 3, TEN), rng.normal(0.1, 1, (STEPS, TEN)) * np.exp(rng.uniform(-2.3, 2.3, TEN)))


def distance(optimizer, twin, feed, k):
    """Largest difference of the two phi walks, over how far they go."""
    path = replay(optimizer, feed.phi0, feed.gradients)
    other = np.sqrt(k) * replay(twin, feed.phi0 / np.sqrt(k), np.sqrt(k) * feed.gradients)
    return abs(path - other).max() / abs(path - path[0]).max()


def constants(optimizer):
    """Names of the fields that have a dimension and a number to rescale, defaults (often tiny) left out."""
    twin = sharpened(optimizer, 3.0)
    plain = [f for f in fields(optimizer) if f.init and not hasattr(getattr(optimizer, f.name), "update")]
    tried = [f.name for f in plain if getattr(optimizer, f.name) != f.default]
    return [name for name in tried if getattr(twin, name) != getattr(optimizer, name)]


def test_every_constant_is_tried_here():
    powers = {(type(o), name) for o in EXAMPLES for name in getattr(o, "powers_of_k", {})}
    assert powers <= {(type(o), name) for o in EXAMPLES for name in constants(o)}


def test_every_optimizer_is_tried_here_and_says_its_degrees():
    assert {type(optimizer) for optimizer in EXAMPLES} == set(OPTIMIZERS.values())
    public = [getattr(diffusion, name) for name in diffusion.__all__]
    assert {p for p in public if isinstance(p, type) and hasattr(p, "update")} == set(OPTIMIZERS.values())
    for optimizer in EXAMPLES:
        assert optimizer.stationarity in (RENEWAL, TRANSIENT, NOT_STATIONARY)
        h, d = np.array(optimizer.gradient_degree), np.array(optimizer.parameter_degree)
        np.testing.assert_allclose(optimizer.exponent, (1 + h - d) / 2)


@pytest.mark.parametrize("k", [4.0, 3.0])
@pytest.mark.parametrize("optimizer", EXAMPLES, ids=repr)
def test_the_rescaled_twin_takes_the_same_walk(optimizer, k, feed):
    assert distance(optimizer, sharpened(optimizer, k), feed, k) < 1e-12


@pytest.mark.parametrize("optimizer", EXAMPLES, ids=repr)
def test_a_constant_that_is_not_rescaled_is_seen(optimizer, feed):
    """Negative control: a twin that keeps one of the constants leaves the walk."""
    twin = sharpened(optimizer, 3.0)
    for name in constants(optimizer):
        wrong = replace(twin, **{name: getattr(optimizer, name)})
        assert distance(optimizer, wrong, feed, 3.0) > 1e-6, name


# The exponents of the degree law, as they follow from each rule on paper; crossovers have two ends.
EXPONENTS = {
    1: "SGD Momentum Nesterov QHM AggMo PNM Adai AdaiV2 ASGD",
    1
    / 2: "Adam AdamW AMSGrad RAdam NAdam RMSprop Yogi AdaBelief Adagrad Adamax Adadelta QHAdam LaProp ADOPT "
    "AdEMAMix SimplifiedAdEMAMix Grams Ano Adan SignSGD Signum Lion NovoGrad StableAdamW Rprop Muon",
    0: "LAMB LARS DoG Prodigy",
    3 / 2: "InvAdam",
    2 / 3: "MADGRAD",
    (1 / 2, 1): "AdaBound",
    (3 / 2, 1 / 2): "DualAdam",
}
OF_OPTIONS = {Padam(1.0, partial=0.2): 0.8, Padam(1.0, partial=0.125): 0.875, MARS(1.0): (0.5, 0.5)} | {
    MARS(1.0, norm=np.inf): 0.5,
    Adafactor(1.0): 0.5,
    Adafactor(1.0, scale_parameter=True): 0.0,
    Clipped(Momentum(1.0)): (1.0, 0.5),
    Clipped(DualAdam(1.0)): (1.5, 0.5),
    Clipped(LARS(1.0)): (0.0, 0.0),
    ScheduleFree(SGD(1.0)): 1.0,
    Cautious(Adam(1.0)): 0.5,
}


def test_exponents_are_those_of_the_rules():
    by_name = {name: p for p, names in EXPONENTS.items() for name in names.split()}
    for optimizer in EXAMPLES:
        name = type(optimizer).__name__
        assert name in by_name or type(optimizer) in map(type, OF_OPTIONS), name
        if name in by_name:
            np.testing.assert_allclose(optimizer.exponent, by_name[name])
    for optimizer, p in OF_OPTIONS.items():
        np.testing.assert_allclose(optimizer.exponent, p)


@pytest.mark.parametrize("optimizer", [SGD(1e-3), Adam(0.02), Padam(0.01, partial=0.125)], ids=repr)
def test_walkers_on_a_sharper_landscape_take_the_same_walk(optimizer):
    """The law where gradients follow theta: walkers in the valley and their twins, on the same noise."""
    k, start = 4.0, StyblinskiTang(2).minimum
    runs = [
        evolve(valley, FrozenNoise(C), mover, x, 300, walkers=32, seed=3, keep="positions").positions[-1]
        for valley, C, mover, x in (
            (StyblinskiTang(2), 30.0, optimizer, start),
            (StyblinskiTang(2, k=k), k * 30.0, sharpened(optimizer, k), start / np.sqrt(k)),
            (StyblinskiTang(2, k=k), k * 30.0, optimizer, start / np.sqrt(k)),
        )
    ]
    np.testing.assert_allclose(np.sqrt(k) * runs[1], runs[0], rtol=0, atol=1e-12)
    assert abs(np.sqrt(k) * runs[2] - runs[0]).max() > 1e-2  # negative control: the same learning rate


@part
class Sketch:
    """A user's rule, homogeneous of degree 3 in the gradient: ``theta -= eta (g^3 + lambda theta)``."""

    eta: float
    weight_decay: float
    slots: ClassVar[tuple] = ()
    gradient_degree: ClassVar[float] = 3.0
    parameter_degree: ClassVar[float] = 0.0
    exponent = EXPONENT
    powers_of_k: ClassVar[dict] = {"weight_decay": 2}

    def update(self, theta, state, gradient):
        for i in range(theta.size):
            g = gradient.draw(theta[i], i)
            theta[i] -= self.eta * (g * g * g + self.weight_decay * theta[i])


def test_an_optimizer_of_ones_own_can_say_its_degrees(feed):
    optimizer = Sketch(1e-5, 0.1)
    assert optimizer.exponent == 2
    assert constants(optimizer) == ["eta", "weight_decay"]
    assert distance(optimizer, sharpened(optimizer, 3.0), feed, 3.0) < 1e-12
    assert distance(optimizer, replace(sharpened(optimizer, 3.0), weight_decay=0.1), feed, 3.0) > 1e-6


@part
class Silent:
    """A rule that says nothing about its degrees."""

    eta: float
    slots: ClassVar[tuple] = ()

    def update(self, theta, state, gradient):
        pass


def test_sharpened_refuses_in_words():
    with pytest.raises(ValueError, match="Silent does not say how its learning rate rescales"):
        sharpened(Silent(0.1), 2.0)
    with pytest.raises(ValueError, match="k must be positive and finite, got 0"):
        sharpened(SGD(0.1), 0)
    with pytest.raises(ValueError, match="optimizer must be"):
        sharpened(Quadratic([1.0]), 2.0)


def test_degrees_of_the_papers_four():
    assert [SGD(1.0).exponent, Adam(1.0).exponent] == [1.0, 0.5]
    assert sharpened(Adam(0.1, eps=1e-8), 4.0).eps == 2e-8
