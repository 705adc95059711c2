"""Trajectories computed outside this project: torch, optax, pytorch_optimizer and the authors' own Adai."""

import json
from pathlib import Path

import numpy as np
import pytest
import reference
from zoo import EXAMPLES, FIRST_STEP, GOLDEN, OTHER_SETTINGS, TEN

from diffusion import OPTIMIZERS, replay

FOLDER = Path(__file__).parent / "golden"


def golden(name):
    """Return the rule of a golden file, its start, gradients and path; matrices are flattened."""
    with np.load(FOLDER / f"golden_{name}.npz") as file:
        g, theta, hyper = file["grads"], file["theta"], json.loads(str(file["hyper"]))
    theta = theta.reshape(len(theta), -1)
    return GOLDEN[name](hyper), theta[0], g.reshape(len(g), -1), theta


def test_every_golden_file_is_replayed():
    assert {file.stem for file in FOLDER.glob("golden_*.npz")} == {f"golden_{name}" for name in GOLDEN}


def test_every_optimizer_has_a_golden_file_or_a_slow_twin():
    pinned = {type(golden(name)[0]) for name in GOLDEN} | {type(o) for o in OTHER_SETTINGS.values()}
    assert pinned | set(reference.BOXES) == set(OPTIMIZERS.values())


@pytest.mark.parametrize("name", GOLDEN)
def test_replay_follows_trajectories_from_outside(name):
    optimizer, theta0, g, theta = golden(name)
    size = 1.0 if name != "po_prodigy" else abs(theta).max()  # its estimate explodes: 7e7
    np.testing.assert_allclose(replay(optimizer, theta0, g), theta, rtol=0, atol=1e-12 * size)
    # negative control: gradients that grow by one part in 1e6 at step 100 are seen
    g[100:] *= 1 + 1e-6 * np.arange(len(g) - 100)[:, None]
    g[100] *= -1
    assert abs(replay(optimizer, theta0, g) - theta).max() > 1e-10


@pytest.fixture(scope="module")
def other_settings():
    with np.load(FOLDER / "other_settings.npz") as file:
        return dict(file)


@pytest.mark.parametrize("name", OTHER_SETTINGS)
def test_constants_far_from_their_defaults_act_as_outside(name, other_settings):
    theta0, g = other_settings["theta0"], other_settings["grads"]
    assert len(other_settings) == 2 + len(OTHER_SETTINGS)
    path = replay(OTHER_SETTINGS[name], theta0, g)
    np.testing.assert_allclose(path, other_settings[name], rtol=0, atol=1e-12)
    assert abs(path[-1] - theta0).max() > 0.01  # it moved far enough for the tolerance to say something


@pytest.mark.parametrize("optimizer", EXAMPLES, ids=repr)
def test_a_first_gradient_of_zero_does_what_the_docstring_says(optimizer):
    theta0 = np.linspace(-1, 2, TEN)
    path = replay(optimizer, theta0, np.vstack([np.zeros(TEN), np.ones((9, TEN))]))  # finite, or Diverged
    decayed = theta0 * (1 - optimizer.eta * getattr(optimizer, "weight_decay", 0))
    expected = FIRST_STEP[type(optimizer)](optimizer, theta0) if type(optimizer) in FIRST_STEP else decayed
    np.testing.assert_allclose(path[1], expected, rtol=1e-13)
    assert abs(path[-1] - path[1]).max() > 1e-6
