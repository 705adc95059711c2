"""How far inertia carries: the prediction of ``coast`` against a walk on which gradients stop."""

import numpy as np
import pytest

from diffusion import (
    ADOPT,
    LANES,
    PNM,
    QHM,
    AdaBelief,
    AdaBound,
    Adafactor,
    AdaiV2,
    Adam,
    Adamax,
    AdamW,
    Adan,
    AdEMAMix,
    AggMo,
    AMSGrad,
    InvAdam,
    LaProp,
    Momentum,
    NAdam,
    Nesterov,
    NovoGrad,
    Padam,
    QHAdam,
    RAdam,
    RMSprop,
    SimplifiedAdEMAMix,
    StableAdamW,
    Yogi,
)
from diffusion.contract import variant_of
from diffusion.gradient import Recorded

SLOW = 0.9999  # memory of second moments: they hardly change while the walker coasts
EXACT = [  # no second moment
    Momentum(0.1, 0.9),
    Nesterov(0.1, 0.9),
    Nesterov(0.1, 0.9, look_ahead=True),
    QHM(0.1, 0.9, 0.6),
    PNM(0.1, 0.9, 0.7),
    AggMo(0.1, (0.0, 0.9, 0.95)),
    RMSprop(0.1, 0.99, beta1=0.9),
    LaProp(0.1, 0.9),
    ADOPT(0.1, 0.9),
    pytest.param(NovoGrad(0.1, 0.9), marks=pytest.mark.slow),
    pytest.param(Adafactor(0.1, 0.9), marks=pytest.mark.slow),
]
FROZEN = [
    *(rule(0.1, 0.9, SLOW) for rule in (Adam, AMSGrad, RAdam, Yogi, AdaBelief, Adamax, QHAdam, InvAdam)),
    AdamW(0.1, 0.9, SLOW, weight_decay=0.0),
    StableAdamW(0.1, 0.9, SLOW, weight_decay=0.0),
    AdaBound(0.1, 0.9, SLOW, gamma=1e-4),
    Padam(0.1, 0.9, SLOW),
    NAdam(0.1, 0.9, SLOW, momentum_decay=1.0),
    Adan(0.1, 0.9, 0.8, SLOW),
    AdEMAMix(0.1, 0.9, SLOW, 0.95),
    SimplifiedAdEMAMix(0.1, 0.9, SLOW),
    AdaiV2(0.1, 0.5, SLOW),
]


def coasted(optimizer, steps=1200, rest=400):
    """Walk on random gradients and then on none, in plain Python; return what coast says and what happens."""
    rule = variant_of(optimizer)
    theta, g = np.zeros(LANES), np.zeros(LANES)
    state = tuple(np.full(LANES, slot, float) for slot in rule.slots)
    rng = np.random.default_rng(4)
    for _ in range(steps):
        g[:] = rng.normal(0.5, 1.0, LANES)
        rule.update(theta, state, Recorded(g))
    said, before = np.array([rule.coast(state, i) for i in range(LANES)]), theta.copy()
    g[:] = 0
    for _ in range(rest):
        rule.update(theta, state, Recorded(g))
    return said, theta - before


@pytest.mark.parametrize("optimizer", EXACT, ids=repr)
def test_coast_is_where_inertia_ends(optimizer):
    said, happened = coasted(optimizer)
    np.testing.assert_allclose(said, happened, rtol=0, atol=1e-9 * abs(happened).max())


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", FROZEN, ids=repr)
def test_coast_is_where_inertia_ends_while_the_second_moment_stays(optimizer):
    said, happened = coasted(optimizer)
    np.testing.assert_allclose(said, happened, rtol=0, atol=0.03 * abs(happened).max())
    assert (
        abs(said / 1.1 - happened).max() > 0.03 * abs(happened).max()
    )  # negative control: ten percent are seen
