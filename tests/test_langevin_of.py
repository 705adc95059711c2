"""Optimizers as processes: the coefficients the theory states, and walkers beside the iteration."""

import numpy as np
import pytest

from diffusion import (
    SGD,
    Adai,
    Adam,
    FrozenNoise,
    HessianNoise,
    Langevin,
    Momentum,
    Overdamped,
    PhaseSpace,
    Quadratic,
    StyblinskiTang,
    TwoTemperatureNoise,
    baoab,
    integrate,
    passage_times,
    side_by_side,
)
from theory.dynamics import adai_dynamics, adam_dynamics, adam_learning_rate, momentum_dynamics, sgd_diffusion
from theory.exact import process_covariance

H, B = np.array([-0.5, 0.1, 2.0]), 4.0
SADDLE, NOISE = Quadratic(H), HessianNoise(B)


def test_sgd_and_both_styles_of_momentum_have_the_coefficients_of_the_paper():
    assert np.allclose(Langevin.of(SGD(0.1), SADDLE, NOISE).D, sgd_diffusion(H, eta=0.1, B=B), rtol=1e-12)
    for beta3 in (1.0, 0.1):
        process = Langevin.of(Momentum(0.1, 0.9, beta3), SADDLE, NOISE)
        right = momentum_dynamics(H, eta=0.1, B=B, beta1=0.9, beta3=beta3)
        for name in ("mass", "damping", "D"):
            assert np.allclose(getattr(process, name), getattr(right, name), rtol=1e-12)


def test_adai_has_an_inertia_of_its_own_in_every_direction():
    process = Langevin.of(Adai(0.1, beta0=0.2), SADDLE, NOISE)
    right = adai_dynamics(H, eta=0.1, B=B, beta0=0.2)
    for name in ("mass", "damping", "D"):
        assert np.allclose(getattr(process, name), getattr(right, name), rtol=1e-12)


def test_adam_has_the_papers_process_in_a_time_common_to_all_coordinates():
    # the paper's time is eta_hat_i T, its own in each coordinate: the same variance at eta T in ours
    process, T, eta = Langevin.of(Adam(0.01, beta1=0.9), SADDLE, NOISE), 50, 0.01
    paper = adam_dynamics(H, eta=eta, B=B, beta1=0.9)
    theirs = process_covariance(
        H, adam_learning_rate(H, eta=eta, B=B) * T, mass=paper.mass, damping=paper.damping, D=paper.D
    )
    ours = process_covariance(H, eta * T, mass=process.mass, damping=process.damping, D=process.D)
    assert np.allclose(ours[:, 0, 0], theirs[:, 0, 0], rtol=1e-10)


def test_adams_full_matrix_turns_with_the_landscape():
    rotation = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    turned = rotation @ np.diag(H) @ rotation.T
    turned = Quadratic((turned + turned.T) / 2)
    full = Langevin.of(Adam(0.01), turned, NOISE, full_matrix=True)
    straight = Langevin.of(Adam(0.01), SADDLE, NOISE)
    assert np.allclose(rotation.T @ full.mass @ rotation, np.diag(straight.mass), atol=1e-12)
    assert np.allclose(rotation.T @ full.D @ rotation, np.diag(straight.D), atol=1e-12)
    diagonal = Langevin.of(Adam(0.01), turned, NOISE)
    assert diagonal.mass.ndim == 1
    assert not np.allclose(rotation.T @ np.diag(diagonal.mass) @ rotation, full.mass)


def test_noise_that_varies_gives_a_diffusion_that_follows_theta_unless_frozen_at_a_point():
    valley = StyblinskiTang(1)
    noise = TwoTemperatureNoise(100.0, 400.0, -1.0)
    moving = Langevin.of(SGD(1e-2), valley, noise)
    assert [moving.D.diffusion(x, 0) for x in (-2.0, 0.0)] == pytest.approx([0.5, 2.0])
    frozen = Langevin.of(SGD(1e-2), valley, noise, at=0.0)
    assert pytest.approx([2.0]) == frozen.D
    run = {"start": -2.0, "above": 2.0, "dt": 1e-2, "max_time": 1.0, "walkers": 64, "seed": 0}
    assert passage_times(valley, moving, **run).iterations.size == 64


@pytest.mark.parametrize("optimizer", [SGD(0.01), Momentum(0.01, 0.5), Momentum(0.01, 0.9, 0.1)])
def test_walkers_of_the_process_have_the_spread_of_the_iteration(optimizer):
    both = side_by_side(
        Quadratic([-0.5, 0.8]), FrozenNoise([1.0, 2.0]), optimizer, 0.0, [400], steps=4, walkers=20_000, seed=1,
        scheme=None if isinstance(optimizer, SGD) else baoab,
    )  # fmt: skip
    assert np.array_equal(both.iteration.times, both.process.times)
    ratio, error = both.ratio()
    allowed = 0.02  # eta |H| = 0.01 of bias, at t = 4
    assert np.all(np.abs(ratio - 1) < 4.5 * error + allowed)
    assert np.all(np.abs(ratio / 1.25 - 1) > 4.5 * error + allowed)


def test_what_is_no_optimizer_or_noise_is_refused():
    with pytest.raises(ValueError, match="optimizer must be"):
        Langevin.of(SADDLE, SADDLE, NOISE)
    with pytest.raises(ValueError, match="noise must be"):
        Langevin.of(SGD(0.1), SADDLE, SGD(0.1))
    with pytest.raises(ValueError, match="C must be positive in every direction"):
        Langevin.of(Adam(0.1), Quadratic([1.0, 0.0]), NOISE)
    with pytest.raises(ValueError, match="full_matrix must be False"):
        Langevin.of(SGD(0.1), SADDLE, NOISE, full_matrix=True)
    assert isinstance(Langevin.of(SGD(0.1), SADDLE, NOISE), Overdamped)
    assert isinstance(Langevin.of(Adam(0.1), SADDLE, NOISE), PhaseSpace)
    assert (
        integrate(SADDLE, Langevin.of(SGD(0.1), SADDLE, NOISE), 0.0, 0.2, dt=0.1, walkers=2, seed=0).walkers
        == 2
    )
