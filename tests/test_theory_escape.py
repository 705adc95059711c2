"""Escape times: the twins, the standards, the readings of the noise, dimensions, and the forms' limits."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from theory import escape
from theory.dynamics import momentum_dynamics

H_A, H_B, BARRIER = (
    34.58305910255069,
    -15.85261187888833,
    39.36177806282677,
)  # Styblinski-Tang, one coordinate
NOISY = {"eta": 1e-3, "B": 2e-4, "s": 0.4}
MOMENTUM = NOISY | {"beta1": 0.9}
PARTS = (H_A, H_B, BARRIER)
scale = st.floats(0.05, 20)


# ---- Theorem 3 ----


def twin_gap(function):
    """Return the difference in log iterations between the twins (eta, 1) and (eta / (1 - beta1), 1 - beta1)."""
    sgd_style = function(*PARTS, beta3=1.0, unit="iterations", **MOMENTUM)
    adam_style = function(*PARTS, beta3=0.1, unit="iterations", **(MOMENTUM | {"eta": 1e-2}))
    return float(sgd_style - adam_style)


def test_corrected_theorem_3_respects_the_twins():
    assert abs(twin_gap(escape.momentum_log_time_corrected)) < 1e-12


def test_printed_theorem_3_fails_the_twins_by_a_factor_ten():
    assert twin_gap(escape.momentum_log_time_printed) == pytest.approx(np.log(10), abs=1e-12)


def test_kramers_respects_the_twins():
    def frozen(*parts, s, **rest):
        return escape.momentum_log_time_kramers(*parts, **rest)

    assert abs(twin_gap(frozen)) < 1e-12


def test_printed_and_corrected_differ_by_gamma_M_and_agree_for_an_average():
    for beta3, log_friction in ((1.0, np.log(0.1)), (0.1, 0.0)):
        kwargs = MOMENTUM | {"beta3": beta3}
        difference = escape.momentum_log_time_corrected(*PARTS, **kwargs) - escape.momentum_log_time_printed(
            *PARTS, **kwargs
        )
        assert difference == pytest.approx(log_friction, abs=1e-12)


def test_theorem_3_as_printed_in_plain_numbers():
    mass, damping = 1e-3 / 0.5, 0.1 / 1e-3
    z = 4 * 16 / (damping**2 * mass)
    tau = (
        np.pi
        * (np.sqrt(1 + z) + 1)
        / 16
        * np.exp(2 * damping * mass * 2e-4 * 39 / 1e-3 * (0.4 / 34 + 0.6 / 16))
    )
    computed = escape.momentum_log_time_printed(34.0, -16.0, 39.0, beta3=0.5, **MOMENTUM)
    assert np.exp(computed) == pytest.approx(tau, rel=1e-12, abs=0)


def test_theorem_3_becomes_sgd_without_inertia():
    def gap(eta):
        kwargs = {"eta": eta, "B": 1.0, "s": 0.4}
        momentum = escape.momentum_log_time_printed(*PARTS, beta1=0.0, beta3=1.0, **kwargs)
        return float(momentum - escape.sgd_log_time_printed(*PARTS, **kwargs))

    assert gap(1e-8) < 1e-6
    assert np.log2(gap(2e-5) / gap(1e-5)) == pytest.approx(1, abs=0.02)


def test_with_constant_noise_corrected_theorem_3_is_1477_times_kramers():
    # s = 1: the noise of a all the way, as frozen noise has it.
    kwargs = {"eta": 1e-3, "B": 2e-4, "beta1": 0.9, "beta3": 1.0}
    corrected = escape.momentum_log_time_corrected(*PARTS, s=1.0, **kwargs)
    kramers = escape.momentum_log_time_kramers(*PARTS, **kwargs)
    assert np.exp(corrected - kramers) == pytest.approx(1.477, abs=5e-4)


def test_leading_forms_are_the_exponent_for_s_equal_one():
    kwargs = {"eta": 1e-6, "B": 10.0}
    momentum = {"beta1": 0.9, "beta3": 1.0}
    rel = 1e-7
    assert escape.momentum_log_time_leading(H_A, BARRIER, **kwargs, **momentum) == pytest.approx(
        float(escape.momentum_log_time_printed(*PARTS, s=1.0, **kwargs, **momentum)), rel=rel * 10
    )
    assert escape.sgd_log_time_leading(H_A, BARRIER, **kwargs) == pytest.approx(
        float(escape.sgd_log_time_printed(*PARTS, s=1.0, **kwargs)), rel=rel
    )
    assert escape.adai_log_time_leading(H_A, BARRIER, **kwargs) == pytest.approx(
        float(escape.adai_log_time_printed(*PARTS, s=1.0, beta0=0.1, H_b_spectrum=[H_B], **kwargs)), rel=rel
    )
    assert escape.adam_log_time_leading(H_A, BARRIER, **kwargs) == pytest.approx(
        float(escape.adam_log_time_printed(*PARTS, s=1.0, beta1=0.9, **kwargs)), rel=rel
    )


def test_on_a_double_parabola_a_sharper_minimum_is_not_always_left_sooner():
    # At a fixed barrier s = |H_b| / (H_a + |H_b|) moves with H_a: log tau falls, then rises, unlike 1 / H_a.
    H_a = np.array([0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    log_time = escape.sgd_log_time_printed(H_a, -1.0, 1.0, eta=0.12, B=1.0, s=1 / (1 + H_a))
    assert np.argmin(log_time) == 3
    assert (np.diff(log_time[3:]) > 0).all()
    assert (np.diff(escape.sgd_log_time_leading(H_a, 1.0, eta=0.12, B=1.0)) < 0).all()


# ---- Propositions 2 and 4 ----


def test_adam_in_plain_numbers():
    eta, B, beta1, s = 0.1, 2e-2, 0.9, 0.4
    tau = (
        np.pi
        * (np.sqrt(1 + 4 * eta * np.sqrt(B * 16) / (1 - beta1)) + 1)
        * 0.3**0.25
        / 16
        * np.exp(2 * np.sqrt(B) * 39 / eta * (s / np.sqrt(34) + (1 - s) / 4))
    )
    kwargs = {"eta": eta, "B": B, "beta1": beta1, "s": s, "det_ratio": 0.3}
    time = escape.adam_log_time_printed(34.0, -16.0, 39.0, **kwargs)
    assert np.exp(time) == pytest.approx(tau, rel=1e-12, abs=0)
    iterations = escape.adam_log_time_printed(34.0, -16.0, 39.0, unit="iterations", **kwargs)
    assert np.exp(time - iterations) == pytest.approx(eta * np.sqrt(B / 16), rel=1e-12, abs=0)


def test_adam_frozen_and_adapting_agree_where_v_has_nothing_to_adapt_to():
    kwargs = {"eta": 0.1, "B": 2e-2, "beta1": 0.9, "s": 0.4}
    same = (20.0, -20.0, 39.0)
    frozen = escape.adam_log_time_frozen(*same, **kwargs)
    assert frozen == pytest.approx(float(escape.adam_log_time_printed(*same, **kwargs)), rel=1e-14, abs=0)
    exponent = 2 * np.sqrt(2e-2) * 39 / 0.1 * 0.6 * (np.sqrt(34) / 16 - 1 / 4)
    difference = escape.adam_log_time_frozen(34, -16, 39, **kwargs) - escape.adam_log_time_printed(
        34, -16, 39, **kwargs
    )
    assert difference == pytest.approx(exponent, rel=1e-12, abs=0)
    slower = escape.adam_log_time_frozen(34, -16, 39, **kwargs) - escape.adam_log_time_frozen(
        34, -16, 39, unit="iterations", **kwargs
    )
    assert np.exp(slower) == pytest.approx(
        0.1 * np.sqrt(2e-2 / 34), rel=1e-9, abs=0
    )  # a step with the valley's v


def test_adai_is_theorem_3_with_the_inertia_it_has_at_the_saddle():
    spectrum = np.array([H_B, 30.0, 40.0])
    beta1 = 1 - 0.1 * abs(H_B) / np.abs(spectrum).mean()
    adai = escape.adai_log_time_printed(*PARTS, beta0=0.1, H_b_spectrum=spectrum, **NOISY)
    twin = escape.momentum_log_time_printed(*PARTS, **NOISY, beta1=beta1, beta3=1 - beta1)
    assert adai == pytest.approx(float(twin), rel=1e-13, abs=0)


def test_sharper_landscapes_obey_the_scaling_identity():
    # f(sqrt(k) theta): curvatures times k, B over C = |H| / B unchanged; Adam's exponent goes as k^-1/2, others as 1/k.
    k = np.array([1.0, 4.0])
    sgd = escape.sgd_log_time_leading(k * H_A, BARRIER, eta=1e-3, B=1.0)
    adam = escape.adam_log_time_leading(k * H_A, BARRIER, eta=1e-3, B=1.0)
    assert sgd[0] / sgd[1] == pytest.approx(4)
    assert adam[0] / adam[1] == pytest.approx(2)


# ---- standards ----


def test_langer_in_one_dimension_is_kramers_and_without_mass_eyring_kramers():
    physics = {"mass": 0.3, "damping": 2.0, "D": 5.0}
    assert escape.langer_log_time(H_A, H_B, BARRIER, **physics) == pytest.approx(
        float(escape.kramers_log_time(*PARTS, **physics)), rel=1e-13
    )
    light = {"mass": 1e-12, "damping": 1e12, "D": 5.0}
    spectra = (np.array([H_A, 3.0, 7.0]), np.array([4.0, H_B, 9.0]))
    assert escape.langer_log_time(*spectra, BARRIER, **light) == pytest.approx(
        float(escape.eyring_kramers_log_time(*spectra, BARRIER, D=5.0)), rel=1e-9
    )
    flat = escape.eyring_kramers_log_time([H_A, 3.0], [H_B, 3.0], BARRIER, D=5.0)
    assert flat == pytest.approx(
        float(escape.eyring_kramers_log_time(H_A, H_B, BARRIER, D=5.0)), rel=1e-13, abs=0
    )


def test_growth_rate_from_langers_quadratic_gives_kramers_factor():
    h, mass, g, lam = sp.symbols("h M gamma lambda", positive=True)
    root = max(sp.solve(mass * lam**2 + g * mass * lam - h, lam), key=lambda r: r.subs({h: 1, mass: 1, g: 1}))
    z = 4 * h / (g**2 * mass)
    assert sp.simplify(2 * sp.pi / root - sp.pi * g * mass * (1 + sp.sqrt(1 + z)) / h) == 0


def test_effective_diffusion_gives_kramers_factor_at_the_saddle():
    D, mass, damping = 0.7, 0.3, 2.0
    effective = escape.effective_diffusion_printed(D, H_B, mass=mass, damping=damping)
    z = 4 * abs(H_B) / (damping**2 * mass)
    assert effective == pytest.approx(2 * D / (1 + np.sqrt(1 + z)), rel=1e-13, abs=0)
    overdamped = escape.two_temperature_log_time(*PARTS, D_a=3.0, D_b=3.0, s=0.5)
    # Overdamped time with friction 1, slowed by D / effective: Kramers' at the same temperature.
    friction = damping * mass
    kramers = escape.kramers_log_time(*PARTS, mass=mass, damping=damping, D=3.0 * friction)
    assert overdamped + np.log(friction * D / effective) == pytest.approx(float(kramers), rel=1e-12, abs=0)


def test_effective_diffusion_is_the_papers_formula_and_survives_flatness():
    for h in (-1.0, 0.5):
        z = 4 * h / (4 * 0.6)
        paper = 2.0 * (1 - np.sqrt(1 - z)) / (z / 2)
        assert escape.effective_diffusion_printed(2.0, h, mass=0.6, damping=2.0) == pytest.approx(
            paper, rel=1e-12
        )
    assert escape.effective_diffusion_printed(2.0, 0.0, mass=0.6, damping=2.0) == 2.0
    with pytest.raises(ValueError, match="the walker oscillates"):
        escape.effective_diffusion_printed(2.0, 0.7, mass=0.6, damping=2.0)


def overdamped_time(D_a, D_b, s, power):
    """Return the commitment time over L = (x^2 - 1)^2 with noise D_a below the height s of the barrier, by quadrature.

    power is that of D in the speed measure: 1 for Ito, 1/2 for Stratonovich, 0 for Fick.
    """

    def potential(x):
        L = (x * x - 1) ** 2
        return min(L, s) / D_a + max(L - s, 0) / D_b

    def noise(x):
        return D_a if (x * x - 1) ** 2 < s else D_b

    top = s / D_a + (1 - s) / D_b
    edge = np.sqrt(1 - np.sqrt(s))
    climb = quad(
        lambda x: np.exp(potential(x) - top) * noise(x) ** (power - 1),
        -0.99,
        0.99,
        points=[-edge, edge],
        limit=400,
    )
    valley = quad(
        lambda x: np.exp(-potential(x)) * noise(x) ** -power, -1.9, 0.0, points=[-1, -edge], limit=400
    )
    return climb[0] * valley[0] * np.exp(top)


@pytest.mark.parametrize(("name", "power"), [("ito", 1.0), ("stratonovich", 0.5), ("fick", 0.0)])
def test_two_temperatures_are_the_low_noise_limit_of_the_exact_integral(name, power):
    def error(D):
        asymptotic = escape.two_temperature_log_time(
            8.0, -4.0, 1.0, D_a=D, D_b=1.7 * D, s=0.4, interpretation=name
        )
        return np.exp(asymptotic) / overdamped_time(D, 1.7 * D, 0.4, power) - 1

    assert abs(error(0.02)) < 0.04
    assert np.log2(error(0.02) / error(0.01)) == pytest.approx(1, abs=0.1)
    other = {"ito": "fick", "stratonovich": "ito", "fick": "ito"}[name]
    wrong = escape.two_temperature_log_time(8.0, -4.0, 1.0, D_a=0.01, D_b=0.017, s=0.4, interpretation=other)
    assert (
        abs(np.exp(wrong) / overdamped_time(0.01, 0.017, 0.4, power) - 1) > 0.2
    )  # the wrong reading is refuted


def test_sgd_corrected_is_ito_and_printed_is_fick():
    temperature = NOISY["eta"] / (2 * NOISY["B"])
    sides = {"D_a": temperature * H_A, "D_b": temperature * abs(H_B), "s": 0.4}
    ito = escape.two_temperature_log_time(*PARTS, interpretation="ito", **sides)
    fick = escape.two_temperature_log_time(*PARTS, interpretation="fick", **sides)
    assert escape.sgd_log_time_corrected(*PARTS, **NOISY) == pytest.approx(float(ito), rel=1e-13, abs=0)
    assert escape.sgd_log_time_printed(*PARTS, **NOISY) == pytest.approx(float(fick), rel=1e-13, abs=0)
    assert np.exp(fick - ito) == pytest.approx(2.18, abs=5e-3)


def test_logs_do_not_overflow():
    log_time = escape.sgd_log_time_printed(*PARTS, eta=1e-3, B=10.0, s=0.5)
    assert log_time > 30_000


def test_iterations_are_time_over_eta():
    for function, kwargs in (
        (escape.sgd_log_time_printed, NOISY),
        (escape.sgd_log_time_corrected, NOISY),
        (escape.momentum_log_time_printed, MOMENTUM | {"beta3": 0.1}),
        (escape.adai_log_time_printed, NOISY | {"beta0": 0.1, "H_b_spectrum": [H_B]}),
        (escape.kramers_log_time, {"mass": 1.0, "damping": 1.0, "D": 1.0, "eta": 1e-3}),
        (escape.langer_log_time, {"mass": 1.0, "damping": 1.0, "D": 1.0, "eta": 1e-3}),
        (escape.eyring_kramers_log_time, {"D": 1.0, "eta": 1e-3}),
    ):
        difference = function(*PARTS, unit="time", **kwargs) - function(*PARTS, unit="iterations", **kwargs)
        assert difference == pytest.approx(np.log(1e-3), abs=1e-9)


@given(
    a=scale, l=scale, h_a=st.floats(1, 9), h_b=st.floats(1, 9), s=st.floats(0, 1), beta1=st.floats(0, 0.95)
)
def test_iterations_do_not_depend_on_the_units_of_theta_and_loss(a, l, h_a, h_b, s, beta1):
    curvature = l / a**2
    before = {"H_a": h_a, "H_b": -h_b, "barrier": 3.0}
    after = {"H_a": h_a * curvature, "H_b": -h_b * curvature, "barrier": 3.0 * l}
    old, new = {"eta": 0.1, "B": 0.3, "s": s}, {"eta": 0.1 / curvature, "B": 0.3 / l, "s": s}
    for function, rest in (
        (escape.sgd_log_time_printed, {}),
        (escape.sgd_log_time_corrected, {}),
        (escape.momentum_log_time_printed, {"beta1": beta1, "beta3": 0.7}),
        (escape.momentum_log_time_corrected, {"beta1": beta1, "beta3": 0.7}),
    ):
        np.testing.assert_allclose(
            function(**before, **old, **rest, unit="iterations"),
            function(**after, **new, **rest, unit="iterations"),
            rtol=1e-9,
            atol=1e-9,
        )
    for function in (escape.adam_log_time_printed, escape.adam_log_time_frozen):
        np.testing.assert_allclose(
            function(**before, **old, beta1=beta1, unit="iterations"),
            function(**after, **(new | {"eta": 0.1 * a}), beta1=beta1, unit="iterations"),
            rtol=1e-9,
            atol=1e-9,
        )
    physics = momentum_dynamics(h_a, eta=0.1, B=0.3, beta1=beta1, beta3=0.7)
    scaled = momentum_dynamics(h_a * curvature, eta=0.1 / curvature, B=0.3 / l, beta1=beta1, beta3=0.7)
    np.testing.assert_allclose(
        escape.kramers_log_time(
            **before, mass=physics.mass, damping=physics.damping, D=physics.D, unit="iterations", eta=0.1
        ),
        escape.kramers_log_time(
            **after,
            mass=scaled.mass,
            damping=scaled.damping,
            D=scaled.D,
            unit="iterations",
            eta=0.1 / curvature,
        ),
        rtol=1e-9,
        atol=1e-9,
    )


def test_bad_arguments_have_a_sentence():
    kramers = {"mass": 1.0, "damping": 1.0, "D": 1.0}
    for message, call in (
        ("H_a must be positive", lambda: escape.sgd_log_time_printed(-1.0, -1.0, 1.0, **NOISY)),
        ("H_b must be different from 0", lambda: escape.sgd_log_time_printed(1.0, 0.0, 1.0, **NOISY)),
        ("barrier must be not negative", lambda: escape.sgd_log_time_printed(1.0, -1.0, -1.0, **NOISY)),
        (
            r"s must be in \[0, 1\], got 1.5",
            lambda: escape.sgd_log_time_printed(1, 1, 1, **(NOISY | {"s": 1.5})),
        ),
        ("unit must be", lambda: escape.sgd_log_time_printed(1, 1, 1, unit="hours", **NOISY)),
        ("eta must be given", lambda: escape.kramers_log_time(1, 1, 1, unit="iterations", **kramers)),
        ("exactly one is negative", lambda: escape.eyring_kramers_log_time([1, 1], [-1, -1], 1, D=1)),
        ("as many eigenvalues each", lambda: escape.eyring_kramers_log_time([1, 1], [-1], 1, D=1)),
        (
            "interpretation must be",
            lambda: escape.two_temperature_log_time(1, 1, 1, D_a=1, D_b=1, s=0, interpretation="x"),
        ),
        (
            "H_b_spectrum must be",
            lambda: escape.adai_log_time_printed(1, 1, 1, beta0=0.1, H_b_spectrum=[0.0], **NOISY),
        ),
    ):
        with pytest.raises(ValueError, match=message):
            call()
