"""The update rules on a quadratic: against plain loops, walkers, and one another."""

import mpmath
import numpy as np
import pytest

from theory.dynamics import adai_beta1
from theory.exact import (
    adai_iteration_msd,
    adam_iteration_msd,
    coordinatewise_covariance,
    momentum_iteration_covariance,
    momentum_iteration_msd,
    momentum_stationary_covariance,
    process_covariance,
    sgd_iteration_msd,
    sgd_stationary_covariance,
)


def plain_loop(H, T, *, eta, C, beta1, beta3, m2=0, digits=40):
    """Return <(theta_T - c)^2> of heavy ball by its recurrence in 40 digits."""
    with mpmath.workdps(digits):
        H, eta, C, beta1, beta3, m2 = map(mpmath.mpf, (H, eta, C, beta1, beta3, m2))
        xx, xm, mm = mpmath.mpf(0), mpmath.mpf(0), m2
        a, b, c, d = 1 - eta * beta3 * H, -eta * beta1, beta3 * H, beta1
        noise = beta3**2 * C
        for _ in range(T):
            xx, xm, mm = (
                a * a * xx + 2 * a * b * xm + b * b * mm + eta**2 * noise,
                a * c * xx + (a * d + b * c) * xm + b * d * mm - eta * noise,
                c * c * xx + 2 * c * d * xm + d * d * mm + noise,
            )
        return xx


def heavy_balls(seed, count=250):
    """Yield random H, T and constants: near the double roots, flat, saddles, overshooting, no memory."""
    rng = np.random.default_rng(seed)
    for i in range(count):
        beta1 = float(rng.choice([0, 0.1, 0.5, 0.9, 0.99]))
        beta3, eta, T = (
            float(rng.choice([1, 1 - beta1])),
            10 ** rng.uniform(-3, 0),
            int(10 ** rng.uniform(0, 2.7)),
        )
        double = (1 - np.sqrt(beta1)) ** 2
        h = [
            double * (1 + rng.choice([-1, 1]) * 10 ** rng.uniform(-12, 0)),
            -(10 ** rng.uniform(-12, -1.5)),
            10 ** rng.uniform(-10, 0),
            0.0,
            2 * (1 + beta1) * rng.uniform(0.6, 0.99),
        ][i % 5]
        yield h / (eta * beta3), T, {"eta": eta, "C": 0.7, "beta1": beta1, "beta3": beta3}


@pytest.mark.parametrize("start", ["rest", "thermal"])
def test_closed_form_and_recurrence_agree_with_40_digits(seed, start):
    for H, T, constants in heavy_balls(seed):
        m2 = (
            constants["beta3"] ** 2 * constants["C"] / (1 - constants["beta1"] ** 2)
            if start == "thermal"
            else 0
        )
        exact = float(plain_loop(H, T, m2=m2, **constants))
        closed = momentum_iteration_msd(H, T, start=start, **constants)
        doubled = momentum_iteration_covariance(H, T, start=start, **constants)[0, 0]
        assert float(closed) == pytest.approx(exact, rel=1e-12, abs=0), (H, T, constants)
        assert float(doubled) == pytest.approx(exact, rel=1e-12, abs=0), (H, T, constants)


@pytest.mark.parametrize("share", [1e-3, -1e-3, 1e-2, -1e-2, 0.1499, -0.1499, 0.1501, -0.1501])
def test_twelve_digits_long_after_the_start_near_the_double_root(share):
    # The roots lie |share| (1 - beta1) apart, in the plane if share < 0: close enough for the three sums to cancel.
    T, constants = 3000, {"eta": 0.1, "C": 0.7, "beta1": 0.5, "beta3": 1.0}
    s2 = np.sign(share) * (share * 0.5) ** 2
    H = (1.5 - np.sqrt(1.5**2 - 0.5**2 + s2)) / 0.1  # s2 = (1 + beta1 - eta H)^2 - 4 beta1
    exact = float(plain_loop(H, T, **constants))
    closed = momentum_iteration_msd(H, T, **constants)
    doubled = momentum_iteration_covariance(H, T, **constants)[0, 0]
    assert float(closed) == pytest.approx(exact, rel=1e-12, abs=0)
    assert float(doubled) == pytest.approx(exact, rel=1e-12, abs=0)


def test_two_runs_are_one(seed):
    # A covariance that came out of one run is a start for the next, its rounding included.
    for H, T, constants in heavy_balls(seed):
        middle = momentum_iteration_covariance(H, T, start="thermal", **constants)
        msd = momentum_iteration_msd(H, 7, start=middle, **constants)
        whole = momentum_iteration_msd(H, T + 7, start="thermal", **constants)
        assert float(msd) == pytest.approx(float(whole), rel=1e-11, abs=0), (H, T, constants)


def test_sgd_is_heavy_ball_without_memory():
    H, T = np.array([-0.3, 0.0, 1e-9, 0.5, 10.0, 19.0])[:, None], np.array([0, 1, 2, 50])
    sgd = sgd_iteration_msd(H, T, eta=0.1, C=0.3)
    np.testing.assert_allclose(
        sgd, momentum_iteration_msd(H, T, eta=0.1, C=0.3, beta1=0.0, beta3=1.0), rtol=1e-13
    )
    loop = np.array([[sum((1 - 0.1 * h) ** (2 * j) for j in range(n)) for n in T] for h in H[:, 0]])
    np.testing.assert_allclose(sgd, 0.1**2 * 0.3 * loop, rtol=1e-13)


def test_twins_take_the_same_steps():
    H, T = np.array([-0.2, 0.0, 0.3])[:, None], np.array([1, 7, 300])
    sgd_style = momentum_iteration_msd(H, T, eta=0.01, C=1.0, beta1=0.9, beta3=1.0)
    adam_style = momentum_iteration_msd(H, T, eta=0.1, C=1.0, beta1=0.9, beta3=0.1)
    np.testing.assert_allclose(sgd_style, adam_style, rtol=1e-13)
    wrong = momentum_iteration_msd(H, T, eta=0.1, C=1.0, beta1=0.9, beta3=0.11)
    assert np.abs(wrong / sgd_style - 1).min() > 0.1


def test_adai_in_one_direction_is_momentum_with_inertia_one_minus_beta0():
    adai = adai_iteration_msd([-0.3], [5, 40], eta=0.05, B=4.0, beta0=0.2)
    twin = momentum_iteration_msd(
        -0.3, [5, 40], eta=0.05, C=0.3 / 4, beta1=0.8, beta3=0.2, bias_correction=True
    )
    np.testing.assert_allclose(adai[:, 0], twin, rtol=1e-12)


def walkers(H, T, *, eta, C, beta1, beta3, bias_correction, seed, number=40_000):
    """Return theta_T of many walkers that run Eq. (4) one step at a time."""
    rng = np.random.default_rng(seed)
    theta, m = np.zeros(number), np.zeros(number)
    for t in range(1, T + 1):
        g = H * theta + np.sqrt(C) * rng.standard_normal(number)
        m = beta1 * m + beta3 * g
        theta = theta - eta * m / ((1 - beta1**t) if bias_correction else 1)
    return theta


@pytest.mark.parametrize("bias_correction", [False, True])
@pytest.mark.parametrize("H", [-0.4, 0.5])
def test_walkers_spread_as_computed(seed, bias_correction, H):
    constants = {"eta": 0.2, "C": 0.6, "beta1": 0.8, "beta3": 0.2, "bias_correction": bias_correction}
    theta = walkers(H, 8, seed=seed, **constants)
    msd, stderr = np.mean(theta**2), np.std(theta**2) / np.sqrt(theta.size)
    exact = momentum_iteration_msd(H, 8, **constants)
    assert abs(msd - exact) < 4.5 * stderr
    assert abs(msd - 1.1 * exact) > 4.5 * stderr  # ten per cent more must fail
    other = momentum_iteration_msd(H, 8, **(constants | {"bias_correction": not bias_correction}))
    assert abs(msd - other) > 4.5 * stderr


def test_bias_correction_is_what_leaves_faster():
    # Excess over eta^2 C T in units eta^2 C / (1 - beta1), as beta1 -> 1: pi^2/6 against printed +1/2.
    gap = np.array([1e-2, 5e-3])
    free = {"eta": 1.0, "C": 1.0, "beta1": 1 - gap, "beta3": gap}
    excess = {
        start: (momentum_iteration_msd(0.0, 6000, **free, **options) - 6000) * gap
        for start, options in (
            ("rest", {}),
            ("thermal", {"start": "thermal"}),
            ("bias-corrected", {"bias_correction": True}),
        )
    }
    for start, limit in (("rest", -1.5), ("thermal", -1.0)):
        error = np.abs(excess[start] - limit)
        assert error.max() < 0.02
        assert np.log2(error[0] / error[1]) == pytest.approx(1, abs=0.02)
    error = np.pi**2 / 6 - excess["bias-corrected"]  # slower: gap log(1 / gap)
    np.testing.assert_allclose(error / (-gap * np.log(gap)), 1.4, atol=0.05)


def test_ideal_adam_at_ten_iterations():
    msd = adam_iteration_msd([-1e-9, 0.0, 1e-9], 10, eta=1e-3, B=1.0, beta1=0.9)
    np.testing.assert_allclose(msd / (1e-6 * 10), 1.500, atol=5e-4)


def test_adam_is_momentum_on_normalised_gradients():
    H, B, eta = -0.3, 5.0, 0.01
    C = abs(H) / B
    constants = {"eta": eta / np.sqrt(C), "C": C, "beta1": 0.9, "beta3": 0.1, "bias_correction": True}
    assert adam_iteration_msd(H, 80, eta=eta, B=B, beta1=0.9) == pytest.approx(
        float(momentum_iteration_msd(H, 80, **constants)), rel=1e-12
    )


def test_adai_uses_one_mean_for_all_directions():
    H = np.array([0.1, -0.2, 0.3, 5.0])
    msd = adai_iteration_msd(H, [1, 30], eta=0.02, B=3.0, beta0=0.5)
    assert msd.shape == (2, 4)
    beta1 = adai_beta1(H, beta0=0.5)
    np.testing.assert_allclose(beta1, np.clip(1 - 0.5 * np.abs(H) / 1.4, 0, 0.999))
    assert beta1[3] == 0  # the clip is reached
    for i, b in enumerate(beta1):
        alone = momentum_iteration_msd(
            H[i], [1, 30], eta=0.02, C=abs(H[i]) / 3, beta1=b, beta3=1 - b, bias_correction=True
        )
        np.testing.assert_allclose(msd[:, i], alone, rtol=1e-12)


def test_heavy_ball_tends_to_the_process_at_first_order():
    mass, damping, D, H, t = 0.8, 1.5, 0.3, -0.7, 2.0

    def gap(eta):
        discrete = momentum_iteration_msd(
            H, round(t / eta), eta=eta, C=2 * D / eta, beta1=1 - damping * eta, beta3=eta / mass
        )
        return abs(discrete / process_covariance(H, t, mass=mass, damping=damping, D=D)[0, 0] - 1)

    assert np.log2(gap(1e-3) / gap(5e-4)) == pytest.approx(1, abs=0.02)


def test_valleys_settle():
    H, C = np.array([[2.0, 0.4], [0.4, 1.0]]), np.array([[1.0, 0.2], [0.2, 0.5]])
    assert sgd_stationary_covariance(2.0, eta=0.1, C=0.5)[0, 0] == pytest.approx(0.1 * 0.5 / (2 * (2 - 0.2)))
    S = sgd_stationary_covariance(H, eta=0.3, C=C)
    A = np.eye(2) - 0.3 * H
    np.testing.assert_allclose(A @ S @ A.T + 0.09 * C, S, rtol=1e-12)
    for beta3 in (1.0, 0.3):
        settled = momentum_iteration_covariance(2.0, 4000, eta=0.1, C=0.5, beta1=0.9, beta3=beta3)
        stationary = momentum_stationary_covariance(2.0, eta=0.1, C=0.5, beta1=0.9, beta3=beta3)
        np.testing.assert_allclose(stationary, settled, atol=1e-12)
    with pytest.raises(ValueError, match="leave the saddle"):
        momentum_stationary_covariance(-0.1, eta=0.1, C=0.5, beta1=0.9, beta3=1.0)
    with pytest.raises(ValueError, match="below 1"):
        sgd_stationary_covariance(21.0, eta=0.1, C=0.5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"T": 1.5}, "T must be a whole number"),
        ({"T": -1}, "T must be a whole number"),
        ({"beta1": 1.0}, r"beta1 must be in \[0, 1\), got 1.0"),
        ({"beta3": 0.0}, "beta3 must be positive"),
        ({"C": -1.0}, "C must be not negative"),
        ({"eta": 0.0}, "eta must be positive, got 0.0"),
        ({"H": -50.0, "T": 5000}, "T must be small enough"),
        ({"H": -50.0, "T": 5000, "bias_correction": True}, "T must be small enough"),
        ({"start": "cold"}, "start must be"),
        ({"start": [[-1, 0], [0, 0]]}, "start must be a covariance"),
        ({"start": [[1, 2], [2, 1]]}, "start must be a covariance"),
        ({"start": [[0, 5], [0, 0]]}, "start must be symmetric"),
        ({"start": [[1, 0], [1e-9, 1]]}, "start must be symmetric"),
        ({"start": [1, 0]}, "start must be a 2x2 covariance"),
    ],
)
def test_bad_arguments_have_a_sentence(change, message):
    arguments = {"H": 1.0, "T": 10, "eta": 0.1, "C": 1.0, "beta1": 0.9, "beta3": 0.1} | change
    with pytest.raises(ValueError, match=message):
        momentum_iteration_msd(arguments.pop("H"), arguments.pop("T"), **arguments)


@pytest.mark.parametrize("near", [1e-5, 1e-9, 1e-13])
def test_a_step_that_forgets_nearly_everything_keeps_its_digits(near):
    """1 - eta beta3 H cancels; without noise the spread is its square."""
    eta, beta3 = 0.1, 0.7
    H = (1 - near) / (eta * beta3)
    with mpmath.workdps(40):
        keep = 1 - mpmath.mpf(eta) * mpmath.mpf(beta3) * mpmath.mpf(H)
    start = [[1.0, 0.0], [0.0, 0.0]]
    S = momentum_iteration_covariance(H, 1, eta=eta, C=0.0, beta1=0.3, beta3=beta3, start=start)
    assert float(S[0, 0] / keep**2) == pytest.approx(1, abs=1e-14)
    S = momentum_iteration_covariance(H, 3, eta=eta, C=0.0, beta1=0.0, beta3=beta3, start=start)
    assert float(S[0, 0] / keep**6) == pytest.approx(1, abs=1e-13)


def test_the_largest_inertia_of_adai_is_an_option_that_acts():
    H, settings = [1e-6, 1.0], {"eta": 0.1, "B": 1.0, "beta0": 0.1}
    for eps in (1e-3, 0.2):
        msd = adai_iteration_msd(H, 40, eps=eps, **settings)[0]
        beta1 = 1 - eps  # the flat direction is clipped
        alone = momentum_iteration_msd(
            H[0], 40, eta=0.1, C=H[0], beta1=beta1, beta3=1 - beta1, bias_correction=True
        )
        assert msd == pytest.approx(float(alone), rel=1e-12)
    assert adai_beta1(H, beta0=0.1, eps=0.2)[0] == pytest.approx(0.8)


@pytest.mark.parametrize("bias_correction", [False, True])
def test_many_iterations_cost_no_time_and_equal_few_at_a_time(bias_correction):
    free = {"eta": 0.1, "C": 0.3, "beta1": 0.9, "beta3": 0.1, "bias_correction": bias_correction}
    settled = momentum_iteration_msd(0.7, [10**4, 2**40, 2**53], **free)
    np.testing.assert_allclose(settled, settled[0], rtol=1e-12)
    one_by_one = momentum_iteration_covariance(0.7, 5000, **free)
    rest = free | {"bias_correction": False}
    later = momentum_iteration_covariance(
        0.7, 4000, start=momentum_iteration_covariance(0.7, 1000, **free), **rest
    )
    np.testing.assert_allclose(later, one_by_one, rtol=1e-12)
    for T in (2.0**60, 10**400):
        with pytest.raises(ValueError, match="T must be"):
            momentum_iteration_msd(0.7, T, **free)
    with pytest.raises(ValueError, match="bias correction still acts"):
        momentum_iteration_msd(0.7, 10**9, eta=0.1, C=0.3, beta1=1 - 1e-9, beta3=1e-9, bias_correction=True)


@pytest.mark.parametrize("bias_correction", [False, True])
def test_coordinates_spread_for_any_number_of_iterations(bias_correction):
    C, beta1 = np.array([[1.0, 0.4], [0.4, 2.0]]), np.array([0.9, 0.5])
    settings = {"eta": 0.1, "beta1": beta1, "scale": [1.0, 2.0], "bias_correction": bias_correction}
    weights, sums, T = np.zeros(2), np.zeros((2, 2)), 700
    for t in range(T, 0, -1):
        weights = (1 - beta1) / ((1 - beta1**t) if bias_correction else 1) + beta1 * weights
        sums += np.outer(weights, weights)
    expected = 0.01 * np.outer([1, 2], [1, 2]) * C * sums
    np.testing.assert_allclose(coordinatewise_covariance(C, T, **settings), expected, rtol=1e-12)
    far = coordinatewise_covariance(C, 2**50, **settings)
    np.testing.assert_allclose(far, 0.01 * np.outer([1, 2], [1, 2]) * C * 2.0**50, rtol=1e-12)
