"""Optimizers as processes: the coefficients the theory states, and walkers beside the iteration."""

import tracemalloc

import numpy as np
import pytest
from scipy.special import exprel
from scipy.stats import kstest

from diffusion import (
    SGD,
    Adai,
    Adam,
    DataNoise,
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
    gradient_at,
    integrate,
    obabo,
    part,
    passage_times,
    side_by_side,
)
from sims.options.process import ProcessOptions
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


@pytest.mark.parametrize("beta0", [0.2, 0.9])  # 0.9 takes the inertia of the steepest direction to its end, 0
def test_adai_has_an_inertia_of_its_own_in_every_direction(beta0):
    process = Langevin.of(Adai(0.1, beta0=beta0), SADDLE, NOISE)
    right = adai_dynamics(H, eta=0.1, B=B, beta0=beta0)
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


def test_adams_v_follows_theta_unless_it_is_frozen():
    valley, noise = StyblinskiTang(1), TwoTemperatureNoise(100.0, 400.0, -1.0)
    adam, gap = Adam(1e-2, beta1=0.8), 0.2
    moving = Langevin.of(adam, valley, noise)
    right = [1e-2 * root / gap for root in (10, 20)]
    assert [moving.mass.inertia(x, 0) for x in (-2.0, 0.0)] == pytest.approx(right, rel=1e-12)
    assert [moving.D.diffusion(x, 0) for x in (-2.0, 0.0)] == pytest.approx([0.5, 2.0])
    assert moving.damping == pytest.approx(gap / 1e-2)
    frozen = Langevin.of(adam, valley, noise, frozen_v=True)  # at the minimum, -2.9
    assert frozen.mass == pytest.approx(right[0])
    assert frozen.D.diffusion(0.0, 0) == pytest.approx(2.0)
    full = Langevin.of(adam, valley, noise, full_matrix=True)  # C is diagonal: the same thing
    assert full.mass.inertia(0.0, 0) == moving.mass.inertia(0.0, 0)


@part
class RisingNoise:
    """C = c (1 + (theta / length)^2)."""

    c: float
    length: float

    def covariance(self, landscape, theta):
        return np.diag(np.full(landscape.dim, self.spread(np.asarray(theta), 0) ** 2))

    def meet(self, landscape):
        return landscape, self

    def spread(self, x, i):
        return (self.c * (1 + (x / self.length) ** 2)) ** 0.5


@pytest.mark.slow
def test_adam_itself_has_the_process_whose_v_follows_theta():
    # theta moves within 10^4 iterations, v within 200, m within 10; C at the start is ten times that at the minimum.
    # With v within 1000 iterations the ratio is 1.08
    run = {"theta0": 0.03, "iterations": [10_000], "scheme": baoab, "walkers": 10_000, "seed": 5}
    bowl, noise, adam = Quadratic([1.0]), RisingNoise(1.0, 0.01), Adam(1e-4, beta2=0.995, eps=0.0)
    ratio, error = side_by_side(bowl, noise, adam, **run).ratio()
    assert abs(ratio - 1) < 4.5 * error
    for wrong in (
        Langevin.of(adam, bowl, noise, frozen_v=True),
        Langevin.of(adam, bowl, noise, at=0.0),
    ):
        ratio, error = side_by_side(bowl, noise, adam, langevin=wrong, **run).ratio()
        assert abs(ratio - 1) > 4.5 * error


@pytest.mark.parametrize("beta1", [0.0, 0.9])
def test_a_v_without_memory_would_add_the_drift_that_is_stated(beta1):
    # theta -= eta m / C^(1/2) settles into exp(-2/eta int theta C^(-1/2)) C^(-beta1 / (1 + beta1)); Adam into that
    # of beta1 = 0
    eta, length, rng = 2e-3, 0.05, np.random.default_rng(6)
    theta, m = np.zeros((2, 4000))
    for _ in range(4000):
        root = np.sqrt(1 + (theta / length) ** 2)
        m = beta1 * m + (1 - beta1) * (theta + root * rng.normal(size=theta.size))
        theta = theta - eta * m / root
    x = np.linspace(-2, 2, 40_001)
    C = 1 + (x / length) ** 2
    still = np.exp(-2 / eta * length**2 * (np.sqrt(C) - 1))
    for power, right in ((beta1 / (1 + beta1), True), (0.9 / 1.9 - beta1 / (1 + beta1), False)):
        share = np.cumsum(still * C**-power)
        p = kstest(theta, lambda at, share=share: np.interp(at, x, share / share[-1])).pvalue
        assert (p > 1e-4) == right


@part
class Growing:
    """M = 1 + theta^2."""

    def inertia(self, x, i):
        return 1 + x * x


@part
class GrowingSquared:
    """D = 0.3 M^2."""

    def diffusion(self, x, i):
        return 0.3 * (1 + x * x) ** 2


@part
class GrowingBowl:
    """Slope 1.5 theta M."""

    dim = 1

    def slope(self, x, i):
        return 1.5 * x * (1 + x * x)


@pytest.mark.parametrize("scheme", [baoab, obabo])
def test_a_mass_that_follows_theta_divides_slope_and_noise_where_the_walker_is(scheme):
    # all of it divided by M is linear, so that its moments are known
    run = integrate(
        GrowingBowl(), PhaseSpace(Growing(), 0.8, GrowingSquared()), 0.0, 2.0, dt=0.02, scheme=scheme,
        walkers=20_000, seed=7, keep="states",
    )  # fmt: skip
    right = process_covariance(1.5, 2.0, mass=1.0, damping=0.8, D=0.3)
    theta, r = run.states[-1, :2, :, 0]
    for product, exact in ((theta**2, right[0, 0]), (theta * r, right[0, 1]), (r**2, right[1, 1])):
        error = product.std() / np.sqrt(product.size)
        assert abs(product.mean() - exact) < 4.5 * error
        assert abs(product.mean() - exact - 0.1 * np.sqrt(right[0, 0] * right[1, 1])) > 4.5 * error
    lighter = integrate(
        GrowingBowl(), PhaseSpace(Growing(), 0.8, 0.3), 0.0, 2.0, dt=0.02, scheme=scheme, walkers=20_000, seed=7
    ).msd()  # constant D: less noise where M is large  # fmt: skip
    assert lighter.mean[0, 0] + 4.5 * lighter.stderr[0, 0] < right[0, 0]
    if scheme is baoab:
        step = integrate(
            GrowingBowl(), PhaseSpace(Growing(), 0.8, 0.3), 1.0, 0.5, dt=0.5, scheme=scheme, walkers=20_000, seed=7,
            keep="states",
        ).states[-1, 0, :, 0]  # a single long step  # fmt: skip
        middle = 1 - 0.25 * 0.25 * 1.5  # half a push and half a move from rest at 1
        spread, wrong = (0.25 * np.sqrt(0.3 * exprel(-0.8)) / (1 + x**2) for x in (middle, 1.0))
        error = spread / np.sqrt(2 * step.size)
        assert abs(step.std() - spread) < 4.5 * error  # the noise belongs to the middle of the step
        assert abs(step.std() - wrong) > 4.5 * error


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


def test_the_process_of_data_noise_runs_on_the_landscape_averaged_over_the_data():
    # that has its minimum elsewhere, so that walkers drift away from the bare one's
    valley, noise, sgd = StyblinskiTang(1), DataNoise(10.0, 1.0), SGD(1e-3)
    run = {"theta0": valley.minimum, "iterations": [100], "walkers": 4000, "seed": 8}
    both = side_by_side(valley, noise, sgd, **run)
    here, there = both.process.displacement(), both.iteration.displacement()
    error = np.hypot(here.stderr, there.stderr)
    assert abs(here.mean - there.mean) < 4.5 * error
    bare = side_by_side(valley, DataNoise(10.0, 1.0, "bare"), sgd, **run).process.displacement()
    assert abs(bare.mean - there.mean) > 4.5 * error
    ground = ProcessOptions(process=True).part(sgd, valley, noise).landscape
    assert gradient_at(ground, 1.0) == gradient_at(noise.meet(valley)[0], 1.0) != gradient_at(valley, 1.0)


@pytest.mark.filterwarnings("ignore:HessianNoise is at its floor")
def test_a_process_needs_no_matrix_where_coordinates_are_apart():
    """Linear in memory: a matrix of 20,000 x 20,000 takes 3.2 GB, the rows of a process less than 10 MB."""
    dim = 20_000
    valley, bowl = StyblinskiTang(dim), Quadratic(np.linspace(1, 2, dim))
    few = StyblinskiTang(2)
    for noise in (FrozenNoise(2.0), HessianNoise(B, floor=1.0), DataNoise(B, 1.0)):
        tracemalloc.start()
        for at in (None, valley.minimum):
            process = Langevin.of(Momentum(0.1), valley, noise, at=at)
        row = Langevin.of(Adam(0.1), bowl, noise).D
        assert tracemalloc.get_traced_memory()[1] < 50e6
        tracemalloc.stop()
        assert np.allclose(process.D, 0.05 * np.diag(noise.covariance(few, few.minimum))[0], rtol=1e-12)
        assert row.shape == (dim,)
        two = Quadratic([1.0, 2.0])
        assert np.allclose(row[[0, -1]], 0.05 * np.diag(noise.covariance(two, 0.0)), rtol=1e-12)


def test_what_is_no_optimizer_or_noise_is_refused():
    with pytest.raises(ValueError, match="optimizer must be"):
        Langevin.of(SADDLE, SADDLE, NOISE)
    with pytest.raises(ValueError, match="noise must be"):
        Langevin.of(SGD(0.1), SADDLE, SGD(0.1))
    with pytest.raises(ValueError, match="C must be positive in every direction"):
        Langevin.of(Adam(0.1), Quadratic([1.0, 0.0]), NOISE)
    with pytest.raises(ValueError, match="frozen_v must be False but for Adam"):
        Langevin.of(SGD(0.1), SADDLE, NOISE, frozen_v=True)
    with pytest.raises(ValueError, match="full_matrix must be False"):
        Langevin.of(SGD(0.1), SADDLE, NOISE, full_matrix=True)
    assert isinstance(Langevin.of(SGD(0.1), SADDLE, NOISE), Overdamped)
    assert isinstance(Langevin.of(Adam(0.1), SADDLE, NOISE), PhaseSpace)
    assert (
        integrate(SADDLE, Langevin.of(SGD(0.1), SADDLE, NOISE), 0.0, 0.2, dt=0.1, walkers=2, seed=0).walkers
        == 2
    )
