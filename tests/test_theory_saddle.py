"""Theorems 1 and 2, Propositions 1 and 3: limits, orders, measured ratios, dimensions, derivations."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory import saddle
from theory.dynamics import (
    absolute_hessian,
    adai_beta1,
    adai_dynamics,
    adam_dynamics,
    momentum_dynamics,
    rotated,
    sgd_diffusion,
)
from theory.exact import momentum_iteration_msd

H = np.array([-0.5, -0.05, 0.0, 0.05, 0.5])
SGD = {"eta": 0.02, "B": 8.0}
MOMENTUM = SGD | {"beta1": 0.9, "beta3": 0.1}
scale = st.floats(0.05, 20)


# ---- Theorem 1 ----


def test_sgd_confined_direction_saturates_and_flat_one_does_not_move():
    assert saddle.sgd_msd_printed(0.5, 10**7, **SGD) == pytest.approx(0.02 / 16, rel=1e-13, abs=0)
    assert saddle.sgd_msd_printed(0.0, 10**7, **SGD) == 0
    assert saddle.sgd_msd_printed(-0.5, 0, **SGD) == 0


def test_sgd_near_flatness_is_smooth():
    tiny = saddle.sgd_msd_printed([-1e-13, 1e-13], 1000, **SGD)
    np.testing.assert_allclose(tiny, 1e-13 * 0.02**2 * 1000 / 8, rtol=1e-10)


def test_sgd_leading_form_is_the_limit_at_first_order():
    def gap(h):
        return saddle.sgd_msd_printed(h, 1000, **SGD) / saddle.sgd_msd_leading(h, 1000, **SGD) - 1

    assert np.log2(gap(-2e-5) / gap(-1e-5)) == pytest.approx(1, abs=0.02)
    assert gap(-1e-5) == pytest.approx(1e-5 * 0.02 * 1000, rel=1e-3, abs=0)  # the next term is |H| eta T


def test_sgd_theorem_exceeds_the_iteration_as_measured():
    eta = np.array([1e-3, 1e-2, 1e-1])
    T = 1 / eta
    ratio = saddle.sgd_msd_printed(-1.0, T, eta=eta, B=1) / saddle.sgd_msd_exact(-1.0, T, eta=eta, B=1)
    np.testing.assert_allclose(ratio, [1.0017, 1.017, 1.171], atol=5e-4)


@pytest.mark.parametrize("h", [-0.5, 0.5])
def test_sgd_iteration_tends_to_the_theorem_at_first_order(h):
    def gap(eta):
        kwargs = {"eta": eta, "B": 8.0}
        return abs(
            saddle.sgd_msd_exact(h, round(4 / eta), **kwargs)
            / saddle.sgd_msd_printed(h, round(4 / eta), **kwargs)
            - 1
        )

    assert np.log2(gap(2e-3) / gap(1e-3)) == pytest.approx(1, abs=0.02)


def test_theorem_1_solves_its_moment_equation():
    D, h, t = sp.symbols("D H t", positive=True)
    for sign in (1, -1):
        variance = D / (sign * h) * (1 - sp.exp(-2 * sign * h * t))
        assert sp.simplify(sp.diff(variance, t) - (2 * D - 2 * sign * h * variance)) == 0
        assert variance.subs(t, 0) == 0


# ---- Theorem 2 ----


def test_momentum_printed_over_exact_as_measured():
    u = np.array([0.1, 1, 10, 100])
    slow = {"eta": 1e-3, "B": 10.0, "beta1": 0.999, "beta3": 0.001}
    printed = saddle.momentum_msd_printed(1e-9, u * 1000, **slow)
    rest = saddle.momentum_msd_corrected(1e-9, u * 1000, **slow)
    thermal = saddle.momentum_msd_corrected(1e-9, u * 1000, start="thermal", **slow)
    np.testing.assert_allclose(printed / rest, [338, 7.14, 1.235, 1.0203], rtol=1e-3)
    np.testing.assert_allclose(printed / thermal, [21.61, 3.261, 1.1667, 1.0152], rtol=1e-3)


def test_momentum_is_below_overdamped_diffusion_at_all_times():
    T = np.unique(np.geomspace(1, 1e4, 40).round())
    for h in (-1e-3, -1e-6, 1e-3):
        diffusion = saddle.momentum_diffusion_printed(h, T, **MOMENTUM)
        for start in ("rest", "thermal"):
            spread = saddle.momentum_msd_corrected(h, T, start=start, **MOMENTUM)
            assert (spread < diffusion).all()


def test_the_drift_is_thermal_minus_rest_in_the_flat_limit():
    T = np.array([1.0, 5, 20, 100, 1000])

    def error(h):
        drift = saddle.momentum_drift_printed(h, T, **MOMENTUM)
        start = [saddle.momentum_msd_corrected(h, T, start=s, **MOMENTUM) for s in ("thermal", "rest")]
        return np.abs((start[0] - start[1]) / drift - 1).max()

    assert error(-1e-7) < 1e-5
    assert np.log2(error(-2e-5) / error(-1e-5)) == pytest.approx(1, abs=0.02)


def test_momentum_leading_forms_are_limits():
    T = np.array([3, 30, 300])
    for beta3 in (1.0, 0.1):  # Eqs. (32) and (31)
        kwargs = MOMENTUM | {"beta3": beta3}
        h = -1e-9
        np.testing.assert_allclose(
            saddle.momentum_drift_leading(h, T, **kwargs),
            saddle.momentum_drift_printed(h, T, **kwargs),
            rtol=1e-13,
        )
        np.testing.assert_allclose(
            saddle.momentum_msd_leading(h, T, **kwargs),
            saddle.momentum_msd_printed(h, T, **kwargs),
            rtol=1e-6,
        )
    printed_31 = 1e-9 * 0.02**2 / (2 * 0.1 * 8) * (1 - np.exp(-0.1 * T)) ** 2 + 1e-9 * 0.02**2 * T / 8
    np.testing.assert_allclose(saddle.momentum_msd_leading(-1e-9, T, **MOMENTUM), printed_31, rtol=1e-13)
    printed_32 = 1e-9 * 0.02**2 / (2 * 0.1**3 * 8) * (1 - np.exp(-0.1 * T)) ** 2 + 1e-9 * 0.02**2 * T / (
        0.01 * 8
    )
    np.testing.assert_allclose(
        saddle.momentum_msd_leading(-1e-9, T, **(MOMENTUM | {"beta3": 1.0})), printed_32, rtol=1e-13
    )


def test_equation_10_is_the_drift_after_a_long_time():
    long = saddle.momentum_drift_printed(-0.3, 10**4, **MOMENTUM)
    assert saddle.momentum_total_drift_printed(-0.3, eta=0.02, B=8.0, beta1=0.9) == pytest.approx(float(long))


def test_momentum_without_memory_diffuses_as_sgd():
    np.testing.assert_allclose(
        saddle.momentum_diffusion_printed(H, 50, **(MOMENTUM | {"beta1": 0.0, "beta3": 1.0})),
        saddle.sgd_msd_printed(H, 50, **SGD),
        rtol=1e-13,
    )


def test_printed_drift_solves_the_noiseless_flight():
    # Eq. (26), M c'' = -gamma M c', with c' = r_eq at the start.
    t, g, r = sp.symbols("t gamma r", positive=True)
    c = r / g * (1 - sp.exp(-g * t))
    assert sp.simplify(sp.diff(c, t, 2) + g * sp.diff(c, t)) == 0
    assert sp.diff(c, t).subs(t, 0) == r


def test_flat_limits_follow_from_the_impulse_response():
    u, v = sp.symbols("u v", positive=True)
    G = 1 - sp.exp(-v)
    rest = sp.integrate(sp.expand(2 * G**2), (v, 0, u))
    assert sp.simplify(rest - (2 * u - 3 + 4 * sp.exp(-u) - sp.exp(-2 * u))) == 0
    assert sp.simplify(sp.expand(rest + (1 - sp.exp(-u)) ** 2 - 2 * (u - 1 + sp.exp(-u)))) == 0


# ---- Propositions 1 and 3 ----


def test_adam_is_theorem_2_with_its_own_learning_rate():
    h, T = np.array([-0.3, 0.2]), np.array([[1], [40]])
    physics = adam_dynamics(h, eta=0.01, B=5.0, beta1=0.9)
    t = 0.01 / np.sqrt(np.abs(h) / 5) * T
    drift = physics.D / (physics.damping**3 * physics.mass**2) * (1 - np.exp(-physics.damping * t)) ** 2
    diffusion = physics.D / (physics.friction * h) * (1 - np.exp(-2 * h * t / physics.friction))
    np.testing.assert_allclose(
        saddle.adam_msd_printed(h, T, eta=0.01, B=5.0, beta1=0.9), drift + diffusion, rtol=1e-12
    )


def test_adam_is_isotropic_at_leading_order():
    kwargs = {"eta": 1e-3, "B": 5.0, "beta1": 0.9}
    msd = saddle.adam_msd_printed([-1e-6, 0.0, 1e-8, 1e-6], 200, **kwargs)
    leading = saddle.adam_msd_leading([-1e-6, 0.0, 1e-8, 1e-6], 200, **kwargs)
    np.testing.assert_allclose(msd, leading, rtol=1e-3)
    assert leading[0] == leading[-1] == pytest.approx(1e-6 * (200 + 5), rel=1e-8, abs=0)


def test_adam_corrected_is_theorem_2_corrected_with_its_own_learning_rate():
    h, B, eta = -0.3, 5.0, 0.01
    step = eta / np.sqrt(abs(h) / B)
    np.testing.assert_allclose(
        saddle.adam_msd_corrected(h, [1, 10, 100], eta=eta, B=B, beta1=0.9),
        saddle.momentum_msd_corrected(h, [1, 10, 100], eta=step, B=B, beta1=0.9, beta3=0.1),
        rtol=1e-12,
    )


def test_adam_printed_and_exact_at_ten_iterations_as_measured():
    kwargs = {"eta": 1e-3, "B": 1.0, "beta1": 0.9}
    assert saddle.adam_msd_printed(0.0, 10, **kwargs) / 1e-5 == pytest.approx(1.200, abs=5e-4)
    assert saddle.adam_msd_exact(0.0, 10, **kwargs) / 1e-5 == pytest.approx(1.500, abs=5e-4)


def test_adai_drift_is_momentum_drift_with_its_own_inertia_in_every_direction():
    h = np.array([-0.1, 0.2, 0.3])
    beta1 = 1 - 0.1 * np.abs(h) / 0.2
    each = saddle.momentum_total_drift_printed(h, eta=0.02, B=8.0, beta1=beta1)
    total = saddle.adai_total_drift_printed(h, eta=0.02, B=8.0, beta0=0.1)
    np.testing.assert_allclose(each, total, rtol=1e-13)
    assert total.shape == ()


def test_adai_excess_has_the_corrected_size_not_the_printed_one():
    h = np.array([0.1, 0.2, 0.3])
    kwargs = {"eta": 0.02, "B": 8.0, "beta0": 0.002}
    exact = saddle.adai_total_drift_exact(h, 20_000, **kwargs)
    assert exact / saddle.adai_total_drift_corrected(h, **kwargs) == pytest.approx(1, abs=0.03)
    assert exact / saddle.adai_total_drift_printed(h, **kwargs) == pytest.approx(np.pi**2 / 3, abs=0.1)
    assert saddle.adai_total_drift_corrected(h, start="rest", **kwargs) < 0


# ---- dynamics ----


def test_friction_and_temperature_are_the_papers():
    for beta3, friction in ((1.0, 0.1), (0.1, 1.0)):
        physics = momentum_dynamics(-0.3, eta=0.02, B=8.0, beta1=0.9, beta3=beta3)
        assert physics.friction == pytest.approx(friction)
        assert physics.mass == pytest.approx(0.02 / beta3)
        assert physics.damping == pytest.approx(0.1 / 0.02)
        assert physics.temperature == pytest.approx(0.02 * 0.3 / 16 / friction)
        assert physics.equilibrium_speed_squared == pytest.approx(
            physics.D / (physics.damping * physics.mass**2)
        )
    adam = adam_dynamics(0.3, eta=0.02, B=8.0, beta1=0.9)
    assert adam.friction == pytest.approx(1)
    assert pytest.approx(0.01 * np.sqrt(0.3 / 8)) == adam.D
    adai = adai_dynamics([0.1, 0.3], eta=0.02, B=8.0, beta0=0.1)
    np.testing.assert_allclose(adai.friction, 1)
    np.testing.assert_allclose(adai.damping * 0.02, [0.05, 0.15])
    np.testing.assert_allclose(adai_beta1([0.0, -1.0, 19.0], beta0=0.1), [0.999, 0.985, 0.715])
    np.testing.assert_allclose(adai_beta1([0.0, 1.0], beta0=0.6, eps=0.25), [0.75, 0.0])


def test_matrices_are_the_rotated_scalars(seed):
    values = np.array([-0.4, 0.1, 0.7])
    U = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    physics = adai_dynamics(values, eta=0.02, B=8.0, beta0=0.1)
    matrix = rotated(physics, U)
    np.testing.assert_allclose(matrix.friction, np.eye(3), atol=1e-13)
    np.testing.assert_allclose(
        np.linalg.eigvalsh(matrix.temperature), np.sort(physics.temperature), atol=1e-15
    )
    np.testing.assert_allclose(
        matrix.equilibrium_speed_squared, (U * physics.equilibrium_speed_squared) @ U.T, atol=1e-12
    )
    H_matrix = (U * values) @ U.T
    H_matrix = (H_matrix + H_matrix.T) / 2
    np.testing.assert_allclose(absolute_hessian(H_matrix), (U * np.abs(values)) @ U.T, atol=1e-13)
    np.testing.assert_allclose(matrix.D, 0.02 / 16 * absolute_hessian(H_matrix), atol=1e-15)


def test_the_absolute_hessian_is_its_own(seed):
    H = np.random.default_rng(seed).normal(size=(20, 5, 5))
    once = absolute_hessian(H + np.swapaxes(H, -1, -2))
    assert np.array_equal(once, np.swapaxes(once, -1, -2))
    np.testing.assert_allclose(absolute_hessian(once), once, atol=1e-13)
    sizes = np.sort(np.abs(np.linalg.eigvalsh(H + np.swapaxes(H, -1, -2))), axis=-1)
    np.testing.assert_allclose(np.linalg.eigvalsh(once), sizes, atol=1e-13)


@pytest.mark.parametrize(
    ("U", "message"),
    [
        ([[1.0, 0.25], [0.0, 1.0]], r"U must be orthogonal .*, got 0\.25$"),
        ([[1.0, 0.0], [0.0, 1.0 + 1e-6]], r"U must be orthogonal .*, got 2\.0\d*e-06$"),
        ([[1.0, 0.0]], r"U must be a square matrix, got \(1, 2\)"),
        ([1.0, 0.0], r"U must be a square matrix, got \(2,\)"),
    ],
)
def test_only_a_rotation_rotates(U, message):
    with pytest.raises(ValueError, match=message):
        rotated(adai_dynamics([0.1, 0.3], eta=0.02, B=8.0, beta0=0.1), U)


# ---- dimensions: theta -> a theta, L -> l L leaves everything dimensionless alone ----


@given(a=scale, l=scale, h=st.floats(-1, 1), T=st.integers(0, 60), beta1=st.floats(0, 0.95))
def test_spreads_scale_like_theta_squared(a, l, h, T, beta1):
    h = round(h, 6)  # neither 0 nor 1e-300 is the question here
    before, after = (h, {"eta": 0.1, "B": 3.0}), (h * l / a**2, {"eta": 0.1 * a**2 / l, "B": 3.0 / l})
    momentum = {"beta1": beta1, "beta3": 0.7}

    def both(function, **rest):
        return [function(where, T, **constants, **rest) for where, constants in (before, after)]

    for function, rest in (
        (saddle.sgd_msd_printed, {}),
        (saddle.sgd_msd_leading, {}),
        (saddle.sgd_msd_exact, {}),
        (saddle.momentum_drift_printed, momentum),
        (saddle.momentum_msd_printed, momentum),
        (saddle.momentum_msd_leading, momentum),
        (saddle.momentum_msd_corrected, momentum),
        (saddle.momentum_msd_exact, momentum),
    ):
        old, new = both(function, **rest)
        np.testing.assert_allclose(new, a**2 * old, rtol=1e-8)
    # Adam's learning rate has the dimension of theta.
    for function in (saddle.adam_msd_printed, saddle.adam_msd_corrected):
        old = function(h, T, eta=0.1, B=3.0, beta1=beta1)
        new = function(h * l / a**2, T, eta=0.1 * a, B=3.0 / l, beta1=beta1)
        np.testing.assert_allclose(new, a**2 * old, rtol=1e-8)


def test_bad_arguments_have_a_sentence():
    for message, call in (
        ("eta must be positive, got -1", lambda: saddle.sgd_msd_printed(1.0, 3, eta=-1, B=1)),
        ("B must be positive, got 0", lambda: saddle.sgd_msd_printed(1.0, 3, eta=1, B=0)),
        ("T must be a whole number", lambda: saddle.sgd_msd_printed(1.0, 0.5, eta=1, B=1)),
        ("T must be small enough", lambda: saddle.sgd_msd_printed(-1.0, 10**6, eta=1, B=1)),
        ("H must be finite, got nan", lambda: sgd_diffusion(np.nan, eta=1, B=1)),
        ("H must be different from 0", lambda: adam_dynamics(0.0, eta=1, B=1, beta1=0.9)),
        ("beta1 must be in", lambda: saddle.adam_msd_printed(1.0, 3, eta=1, B=1, beta1=1.0)),
        (
            "start must be one of",
            lambda: saddle.adai_total_drift_corrected([1.0], eta=1, B=1, beta0=0.1, start="x"),
        ),
        ("H must be symmetric", lambda: absolute_hessian([[1.0, 2.0], [3.0, 1.0]])),
        ("H must be square", lambda: absolute_hessian([1.0, 2.0])),
        ("H must be a number", lambda: saddle.sgd_msd_printed("steep", 3, eta=1, B=1)),
    ):
        with pytest.raises(ValueError, match=message):
            call()


@pytest.mark.parametrize(
    ("start", "excess"), [("rest", -1.5), ("thermal", -1.0), ("bias-corrected", np.pi**2 / 6)]
)
def test_what_momentum_adds_to_diffusion_is_the_corrected_total_drift(start, excess):
    """Exact spread minus eta^2 C T after a long flight, as beta1 -> 1."""
    eta, B, H, beta1 = 0.02, 8.0, -0.3, 0.999
    C, T = abs(H) / B, 30_000
    way = {"start": "thermal"} if start == "thermal" else {"bias_correction": start != "rest"}
    msd = momentum_iteration_msd(0.0, T, eta=eta, C=C, beta1=beta1, beta3=1 - beta1, **way)
    stated = saddle.momentum_total_drift_corrected(H, eta=eta, B=B, beta1=beta1, start=start)
    assert (msd - eta**2 * C * T) / stated == pytest.approx(1, abs=0.01)
    assert stated == pytest.approx(excess * eta**2 * C / (1 - beta1), rel=1e-12)
    with pytest.raises(ValueError, match="start must be one of 'rest'"):
        saddle.momentum_total_drift_corrected(H, eta=eta, B=B, beta1=beta1, start="hot")


def test_the_exact_excess_of_adai_is_the_mean_over_its_directions():
    setting = {"eta": 1e-3, "B": 2.0, "beta0": 0.1}
    H, T = [-1.0, 0.3, 0.05], [7, 400]
    together = saddle.adai_total_drift_exact(H, T, **setting)
    assert together.shape == (2,)
    beta1 = adai_beta1(H, beta0=0.1)
    for t, excess in zip(T, together, strict=True):
        each = [
            momentum_iteration_msd(0.0, t, eta=1e-3, C=abs(h) / 2, beta1=b, beta3=1 - b, bias_correction=True)
            - 1e-6 * abs(h) / 2 * t
            for h, b in zip(H, beta1, strict=True)
        ]
        assert excess == pytest.approx(np.mean(each), rel=1e-9)
