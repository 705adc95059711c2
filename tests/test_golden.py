"""Trajectories computed outside this project: torch, optax and the authors' own Adai."""

import json
from pathlib import Path

import numpy as np
import pytest

from diffusion import SGD, Adai, Adam, Momentum, replay

GOLDEN = {
    "golden_torch_sgd": lambda h: SGD(h["lr"]),
    "golden_torch_sgd_momentum": lambda h: Momentum(h["lr"], h["momentum"], h["beta3"]),
    "golden_optax_ema_momentum": lambda h: Momentum(h["lr"], h["beta1"], 1 - h["beta1"]),
    "golden_torch_adam": lambda h: Adam(h["lr"], h["beta1"], h["beta2"], h["eps"]),
    "golden_adai_official": lambda h: Adai(h["lr"], h["beta0"], h["beta2"], h["eps"], h["weight_decay"]),
    "golden_adaiw_official": lambda h: Adai(h["lr"], h["beta0"], h["beta2"], h["eps"], h["weight_decay"]),
}
FOLDER = Path(__file__).parent / "golden"


def test_every_golden_file_is_replayed():
    assert {file.stem for file in FOLDER.glob("*.npz")} == set(GOLDEN)


@pytest.mark.parametrize("name", GOLDEN)
def test_replay_follows_trajectories_from_outside(name):
    with np.load(FOLDER / f"{name}.npz") as file:
        theta0, g, theta, hyper = file["theta0"], file["grads"], file["theta"], json.loads(str(file["hyper"]))
    np.testing.assert_allclose(replay(GOLDEN[name](hyper), theta0, g), theta, rtol=0, atol=1e-12)
    # negative control: one step's gradient changed in the last digits is seen
    g[100, 0] *= 1 + 1e-6
    assert abs(replay(GOLDEN[name](hyper), theta0, g) - theta).max() > 1e-10
