"""Largest stable learning rates: measured on every rule's own update, beside closed forms, and the table of the guide."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from diffusion import SGD, Adam, Lion, Momentum, ScheduleFree
from sims.check.stability import Linearised, linearised

ROOT = Path(__file__).parents[1]


def script(name):
    """Import a script of docs/."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_rule_has_the_limit_of_its_closed_form_or_a_reason_for_none():
    stability = script("stability")
    rules, known = stability.rules(), stability.closed_forms()
    without = set()
    for name, rule in rules.items():
        try:
            found = linearised(rule).largest_stable_eta()
        except ValueError:
            without.add(name)
            continue
        if name in known:
            assert found == pytest.approx(known[name], rel=1e-6), name
            assert found != pytest.approx(1.001 * known[name], rel=1e-4)
    assert not without & set(known)
    assert len(known) > 25
    assert {"lion", "sign-sgd", "signum", "lamb", "lars", "prodigy", "dog", "madgrad", "adai"} <= without


def settles(optimizer, eta_H):
    """Return whether walkers of the compiled rule settle on a parabola."""
    from diffusion import FrozenNoise, Quadratic, evolve

    H = eta_H / optimizer.eta
    run = evolve(Quadratic([H]), FrozenNoise(0.0), optimizer, 1e-6, 1000, walkers=1, seed=0, keep="positions")
    return abs(run.positions[-1, 0, 0]) < 1e-6


@pytest.mark.parametrize("optimizer", [Momentum(0.1, 0.8), Adam(0.1, 0.8, 0.9, 1.0)], ids=repr)
def test_walkers_settle_below_the_limit_and_not_above(optimizer):
    limit = linearised(optimizer).largest_stable_eta()
    assert settles(optimizer, 0.99 * limit)
    assert not settles(optimizer, 1.01 * limit)


def test_the_matrix_has_the_eigenvalues_of_the_recursion():
    # heavy ball: z^2 - (1 + beta1 - eta) z + beta1
    for eta in (0.1, 3.0):
        found = np.linalg.eigvals(linearised(Momentum(0.3, 0.7)).matrix(eta))
        roots = np.roots([1, -(1.7 - eta), 0.7])
        np.testing.assert_allclose(np.sort_complex(found), np.sort_complex(roots), atol=1e-8)
    assert Linearised(np.eye(1, 80).ravel()).matrix(0.5).shape == (1, 1)  # no memory


@pytest.mark.parametrize("optimizer", [Lion(0.1), ScheduleFree(SGD(0.1))], ids=repr)
def test_rules_without_a_map_are_refused(optimizer):
    with pytest.raises(ValueError, match="no sum of gradients with fixed weights"):
        linearised(optimizer)


def test_the_guide_shows_what_is_measured():
    stability = script("stability")
    assert stability.table() in stability.PAGE.read_text(encoding="utf-8")
