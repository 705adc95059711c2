"""The optimizers beyond the paper: degrees, preconditioners, signSGD's chain and diffusion, stability."""

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from scipy.special import ndtr
from scipy.stats import chi2

import theory
from theory import preconditioner, scaling
from theory.exact import (
    sign_escape_second_moment,
    sign_iteration_msd,
    sign_mean_escape_iterations,
    sign_stationary_law,
)
from theory.sign import (
    sign_action,
    sign_msd,
    sign_relaxation_rate,
    sign_stationary_loss,
    sign_stationary_variance,
)
from theory.stability import RESPONSES, jacobian, largest_stable_eta, stability_threshold
from theory.statements import statement

A, B, H_A, BARRIER = -2.903534027771177, 0.15673125678034008, 34.58305910255069, 39.36177806282677


def slope(x):
    return 2 * x**3 - 16 * x + 2.5


# ---- degrees ----


def test_the_degree_law_has_the_exponents_of_the_table():
    table = {(1, 0): 1, (0, 0): 1 / 2, (0, 1): 0, (1 - 2 / 8, 0): 7 / 8, (2, 0): 3 / 2, (1 / 3, 0): 2 / 3}
    for (h, d), p in table.items():
        assert scaling.scaling_exponent(h, d) == pytest.approx(p)
        assert theory.scaling_exponent(h, d) == pytest.approx(p)
    law, variants = statement("degree-law"), statement("adam-variants")
    for one in (law, variants):
        for form in one.forms.values():
            assert form(np.zeros((3, 1)), np.zeros(2)).shape == (3, 2)
    assert variants.forms["printed"](1 - 2 / 8, 0) == 0.5


@pytest.mark.parametrize(("h", "d"), [(1, 0), (0, 0), (0, 1), (0.5, 0.25)])
def test_a_walk_on_a_sharper_loss_is_a_walk_with_the_rescaled_learning_rate(h, d):
    k, eta = 3.0, 0.01

    def walk(theta, eta, sharp):
        for _ in range(30):
            g = sharp * (sharp * theta) ** 3
            theta = theta - eta * np.sign(g) * abs(g) ** h * abs(theta) ** d
        return sharp * theta

    p = float(scaling.scaling_exponent(h, d))
    sharp = walk(1.0 / np.sqrt(k), eta, np.sqrt(k))
    assert sharp == pytest.approx(walk(1.0, eta * k**p, 1.0), rel=1e-12)
    assert sharp != pytest.approx(walk(1.0, eta * k ** (p + 0.1), 1.0), rel=1e-3)


def test_an_eps_that_is_not_rescaled_is_a_crossover():
    k, sigma, eps = np.array([1e-6, 1.0, 1e6]), 2.0, 0.5

    def log_rate(log_k):
        root = np.exp(log_k / 2)
        return np.log(np.exp(log_k) / (sigma * root + eps))

    slopes = (log_rate(np.log(k) + 1e-5) - log_rate(np.log(k) - 1e-5)) / 2e-5
    np.testing.assert_allclose(scaling.crossover_exponent(k, sigma=sigma, eps=eps), slopes, rtol=1e-8)
    assert scaling.crossover_exponent(1.0, sigma=sigma, eps=0.0) == 0.5


# ---- preconditioners ----


def test_where_v_settles():
    assert chi2(3).median() == pytest.approx(preconditioner.YOGI, rel=1e-12)
    assert round(preconditioner.YOGI, 3) == 2.366
    assert round(float(preconditioner.yogi_preconditioner(2.0)) / 2, 3) == 1.538
    b = sp.Symbol("b", positive=True)
    # g - m_t = b (g - m_{t-1}), and m_{t-1} is independent of g with variance (1 - b) / (1 + b)
    derived = sp.lambdify(b, sp.sqrt(b**2 * (1 + (1 - b) / (1 + b))))
    betas = np.array([0.1, 0.5, 0.9, 0.99])
    np.testing.assert_allclose(
        preconditioner.adabelief_preconditioner(1.0, beta1=betas), derived(betas), rtol=1e-13
    )
    assert derived(0.9) ** 2 == pytest.approx(0.853, abs=5e-4)
    # Padam divides by v^q, and v is sigma^2: SGD at q = 0, Adam at 1/2
    sigma, q = np.array([0.5, 3.0])[:, None], np.array([0.0, 0.125, 0.5])
    np.testing.assert_allclose(preconditioner.padam_preconditioner(sigma, partial=q), (sigma**2) ** q)


def adaptive(kind, beta1=0.9, beta2=0.99):
    """Return Adam or a relative of it as a function of (state, gradient)."""

    def update(state, g):
        m, v, t = state or (0.0, g * g if kind == "yogi" else 0.0, 0)
        t, m = t + 1, beta1 * m + (1 - beta1) * g
        square = (g - m) ** 2 if kind == "adabelief" else g * g
        if kind == "yogi":
            v = v - (1 - beta2) * np.sign(v - square) * square
            return m / (1 - beta1**t) / np.sqrt(v), (m, v, t)
        v = beta2 * v + (1 - beta2) * square
        return m / (1 - beta1**t) / np.sqrt(v / (1 - beta2**t)), (m, v, t)

    return update


@pytest.mark.parametrize(
    ("update", "memory", "stated"),
    [
        (adaptive("adam"), 100, preconditioner.adam_preconditioner),
        (adaptive("adabelief"), 100, lambda s: preconditioner.adabelief_preconditioner(s, beta1=0.9)),
        (adaptive("yogi", beta2=0.997), 300, preconditioner.yogi_preconditioner),
        (lambda state, g: (np.sign(g), state), 1, preconditioner.sign_preconditioner),
        (lambda state, g: (g, state), 1, lambda s: np.ones_like(s)),
    ],
    ids=["adam", "adabelief", "yogi", "sign", "sgd"],
)
def test_the_measured_preconditioner_is_the_stated_one(update, memory, stated, seed):
    sigma = 2.0
    found = preconditioner.measured_preconditioner(
        update, memory=memory, sigma=sigma, walkers=1500, seed=seed
    )
    finite_memory = 0.006 * stated(sigma) * (memory > 1)  # v fluctuates: its memory is not infinite
    allowed = 4.5 * found.stderr + finite_memory + 1e-9
    assert abs(found.preconditioner - stated(sigma)) < allowed
    assert abs(found.preconditioner - 1.2 * stated(sigma)) > allowed or memory == 1
    assert found.stderr < 0.05 * found.preconditioner


def test_slopes_are_barriers_over_temperatures():
    b = preconditioner.arrhenius_slope(3.0, eta=0.1, sigma=2.0, preconditioner=2.0)
    assert b == pytest.approx(3.0 / (0.1 / 2.0 * 2.0**2 / 2))
    sharp = preconditioner.arrhenius_slope(
        3.0, eta=0.1, sigma=2.0 * np.sqrt(5), preconditioner=2.0 * np.sqrt(5)
    )
    assert sharp / b == pytest.approx(5 ** -float(scaling.scaling_exponent(0, 0)))
    q = 1 / 8
    padam = [
        preconditioner.arrhenius_slope(
            3.0, eta=0.1, sigma=s, preconditioner=preconditioner.padam_preconditioner(s, partial=q)
        )
        for s in (2.0, 2.0 * np.sqrt(5))
    ]
    assert padam[1] / padam[0] == pytest.approx(5 ** -float(scaling.scaling_exponent(1 - 2 * q, 0)))


# ---- signSGD ----


def by_elimination(force, C, start, boundary, eta, below):
    """Mean and mean square of the escape iterations by solving the chain's equations in 40 digits."""
    with mp.workdps(40):
        steps = int(np.ceil((boundary - start) / eta - 1e-9))
        x = [start + eta * k for k in range(-below, steps)]
        up = [mp.ncdf(-mp.mpf(force(v)) / mp.sqrt(C)) for v in x]
        n = len(x)
        matrix, squares = mp.eye(n), mp.matrix(n, 1)
        for i in range(n):
            if i + 1 < n:
                matrix[i, i + 1] -= up[i]
            matrix[i, max(i - 1, 0)] -= 1 - up[i]
        mean = mp.lu_solve(matrix, mp.ones(n, 1))
        for i in range(n):
            squares[i] = 2 * mean[i] - 1  # E T^2 = 1 + 2 E T' + E T'^2, with E T' = E T - 1
        second = mp.lu_solve(matrix, squares)
        return float(mean[below]), float(second[below])


@pytest.mark.parametrize(("eta", "C"), [(0.5, 3000.0), (0.3, 900.0), (0.7, 20_000.0)])
def test_the_chain_of_signs_meets_elimination_in_40_digits(eta, C):
    mean, second = by_elimination(slope, C, A, B, eta, below=12)
    assert sign_mean_escape_iterations(slope, A, B, eta=eta, C=C) == pytest.approx(mean, rel=1e-10)
    assert sign_escape_second_moment(slope, A, B, eta=eta, C=C) == pytest.approx(second, rel=1e-10)
    assert theory.sign_mean_escape_iterations(slope, A, B, eta=eta, C=C, log=True) == pytest.approx(
        np.log(mean)
    )


def test_walkers_of_signs_leave_on_time(seed):
    eta, C, walkers = 0.5, 3000.0, 20_000
    draw, t = np.random.default_rng(seed), 0
    k, times = np.zeros(walkers, dtype=int), []
    while k.size:
        t += 1
        k = k - np.sign(slope(A + eta * k) + np.sqrt(C) * draw.standard_normal(k.size)).astype(int)
        inside = A + eta * k < B
        times += [t] * int(np.count_nonzero(~inside))
        k = k[inside]
    times = np.array(times, dtype=float)
    for power, exact in ((1, sign_mean_escape_iterations), (2, sign_escape_second_moment)):
        found, error = np.mean(times**power), np.std(times**power) / np.sqrt(walkers)
        stated = exact(slope, A, B, eta=eta, C=C)
        assert abs(found - stated) < 4.5 * error
        assert abs(found - 1.12 * stated) > 4.5 * error


def test_noise_may_vary_and_whole_steps_are_counted_as_such():
    def C(x):
        return np.where(x < -1, 3000.0, 900.0)

    mean = sign_mean_escape_iterations(slope, A, B, eta=0.5, C=C)
    low, high = (sign_mean_escape_iterations(slope, A, B, eta=0.5, C=c) for c in (3000.0, 900.0))
    assert low < mean < high
    steep = [
        sign_mean_escape_iterations(lambda x: 0.0 * x + 1e-9 * x, 0.0, 0.3, eta=e, C=1.0)
        for e in (0.1, 0.10001)
    ]
    assert steep[0] == pytest.approx(steep[1], rel=1e-3)  # three steps each: 0.3 / 0.1 is not 2.9999...


def test_the_arrhenius_slope_of_signs_is_the_action():
    C = 100 * H_A
    W = sign_action(slope, A, B, C=C)
    assert pytest.approx(1.0719, abs=5e-5) == W
    logs = [
        sign_mean_escape_iterations(slope, A, B, eta=eta, C=C, log=True) + np.log(eta)
        for eta in (0.002, 0.001)
    ]
    assert logs[1] - logs[0] == pytest.approx(W * 500, rel=1e-4)
    weak = sign_action(slope, A, B, C=1e8)
    linear = preconditioner.arrhenius_slope(
        BARRIER, eta=1.0, sigma=1e4, preconditioner=preconditioner.sign_preconditioner(1e4)
    )
    assert weak == pytest.approx(float(linear), rel=1e-6)
    assert W / (2 * BARRIER / np.sqrt(C)) == pytest.approx(0.801, abs=5e-4)


def test_the_stationary_law_is_left_alone_by_a_step():
    eta, C = 0.3, 4.0
    law = sign_stationary_law(lambda x: x - 0.4, 0.0, eta=eta, C=C)
    up = ndtr(-(law.x - 0.4) / np.sqrt(C))
    stepped = np.append(0.0, (law.probability * up)[:-1]) + np.append((law.probability * (1 - up))[1:], 0.0)
    np.testing.assert_allclose(stepped, law.probability, atol=1e-14)
    assert law.probability.sum() == pytest.approx(1, rel=1e-13)
    shifted = sign_stationary_law(lambda x: x - 0.4, 0.6, eta=eta, C=C)
    assert shifted.mean == pytest.approx(law.mean, rel=1e-9)


def test_the_chain_of_signs_tends_to_its_diffusion():
    def gap(eta):
        exact = sign_stationary_law(lambda x: 2 * x, 0.0, eta=eta, C=9.0).variance
        return exact / sign_stationary_variance(2.0, eta=eta, C=9.0) - 1

    assert np.log2(gap(0.02) / gap(0.01)) == pytest.approx(1, abs=0.02)
    assert abs(gap(0.01)) < 3e-3
    for H, offset in ((-2.0, 1e-2), (0.0, 1e-12), (2.0, 5e-3)):
        exact = sign_iteration_msd(H, 400, eta=1e-3, C=9.0)
        assert exact == pytest.approx(float(sign_msd(H, 400, eta=1e-3, C=9.0)), rel=offset)
    assert sign_iteration_msd(2.0, 4000, eta=0.02, C=9.0) == pytest.approx(
        sign_stationary_law(lambda x: 2 * x, 0.0, eta=0.02, C=9.0).variance, rel=0.05
    )
    assert sign_relaxation_rate(2.0, C=9.0) == pytest.approx(np.sqrt(2 / np.pi) * 2 / 3)
    losses = sign_stationary_loss([0.1, 7.0], eta=0.01, C=np.array([[1.0], [4.0]]))
    np.testing.assert_allclose(
        losses, [[0.01 / 4 * np.sqrt(np.pi / 2)] * 2, [0.02 / 4 * np.sqrt(np.pi / 2)] * 2]
    )


# ---- stability ----


def one_step(rule, eta, H, beta1, beta3, nu, decay):
    """Return one iteration of the algorithm box on H theta^2 / 2, state (theta, m)."""

    def step(state):
        theta, m = state
        g = H * theta
        if rule in ("sgd", "rmsprop"):
            return [theta - eta * g - eta * decay * theta, m]
        if rule in ("momentum", "nesterov"):
            m = beta1 * m + beta3 * g
            u = m if rule == "momentum" else beta3 * g + beta1 * m
        else:
            m = beta1 * m + (1 - beta1) * g
            u = {"qhm": (1 - nu) * g + nu * m, "adam": m, "nadam": beta1 * m + (1 - beta1) * g}[rule]
        return [theta - eta * u - eta * decay * theta, m]

    return step


@pytest.mark.parametrize("rule", RESPONSES)
@pytest.mark.parametrize(("beta1", "beta3", "nu", "decay"), [(0.9, 1.0, 0.7, 0.0), (0.5, 0.3, 0.2, 0.05)])
def test_thresholds_are_where_the_linearised_algorithm_turns_unstable(rule, beta1, beta3, nu, decay):
    H = 3.0
    settings = {"beta1": beta1, "beta3": beta3, "nu": nu}
    size = 1 if rule in ("sgd", "rmsprop") else 2

    def matrix(eta):
        step = one_step(rule, eta, H, decay=decay, **settings)
        return jacobian(step, [0.0, 0.0])[:size, :size]

    found = largest_stable_eta(matrix)
    given = settings | {"weight_decay": decay}
    assert stability_threshold(rule, eta=found, **given) == pytest.approx(H, rel=1e-7)
    assert stability_threshold(rule, eta=1.001 * found, **given) != pytest.approx(H, rel=1e-4)


def test_thresholds_follow_from_the_characteristic_polynomials():
    z, h, b, nu = sp.symbols("z h beta nu")
    m = z / (z - b)  # transfer function of m = beta m + g
    updates = {
        "sgd": 1 + 0 * z,
        "momentum": m,
        "nesterov": 1 + b * m,
        "qhm": 1 - nu + nu * (1 - b) * m,
        "adam": (1 - b) * m,
        "nadam": (1 - b) * (1 + b * m),
    }
    for rule, u in updates.items():
        polynomial = sp.together(z - 1 + h * u)
        (root,) = sp.solve(sp.numer(polynomial.subs(z, -1)), h)
        value = root.subs({b: sp.Rational(9, 10), nu: sp.Rational(7, 10)})
        stated = stability_threshold(rule, eta=1.0, beta1=0.9, beta3=1.0, nu=0.7)
        assert stated == pytest.approx(float(value), rel=1e-12)


def test_thresholds_in_plain_numbers_and_limits():
    assert stability_threshold("SGD", eta=0.1) == pytest.approx(20.0)
    assert stability_threshold("momentum", eta=0.1, beta1=0.9) == pytest.approx(38.0)
    assert stability_threshold("momentum", eta=0.1, beta1=0.9, beta3=0.1) == pytest.approx(380.0)
    assert stability_threshold("nesterov", eta=1.0, beta1=0.9) == pytest.approx(3.8 / 2.8)
    assert stability_threshold("adam", eta=1.0, beta1=0.9) == pytest.approx(38.0)
    for rule in RESPONSES:  # without inertia all are SGD
        assert stability_threshold(rule, eta=0.1, beta1=0.0) == pytest.approx(20.0)
    twins = [
        stability_threshold("momentum", eta=eta, beta1=0.9, beta3=beta3)
        for eta, beta3 in ((0.01, 1.0), (0.1, 0.1))
    ]
    assert twins[0] == pytest.approx(twins[1])
    assert stability_threshold("adam", eta=[[0.1], [0.2]], beta1=[0.0, 0.9]).shape == (2, 2)


def test_a_start_of_any_size_finds_the_threshold():
    for first in (1e-30, 1e-3, 1.0, 1e20):
        assert largest_stable_eta(lambda eta: [[1 - 4 * eta]], first=first) == pytest.approx(0.5, rel=1e-8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stability_threshold("adamm", eta=1.0), "rule must be one of 'sgd'"),
        (lambda: stability_threshold("sgd", eta=0.0), "eta must be positive"),
        (lambda: stability_threshold("sgd", eta=1.0, weight_decay=3.0), "weight_decay must be"),
        (lambda: largest_stable_eta(lambda eta: [[2.0]]), "matrix must be one that settles"),
        (lambda: largest_stable_eta(lambda eta: [[0.5]]), "matrix must be one that turns unstable"),
        (lambda: largest_stable_eta(lambda eta: [1.0]), "matrix must be a function that returns square"),
        (lambda: jacobian(lambda x: [1.0, 2.0], [0.0]), "step must be a function whose answer has the shape"),
        (lambda: sign_mean_escape_iterations(slope, A, B, eta=0.0, C=1.0), "eta must be positive"),
        (lambda: sign_mean_escape_iterations(slope, A, B, eta=0.1, C=0.0), "C must be positive"),
        (lambda: sign_mean_escape_iterations(lambda x: 1 + 0 * x, A, B, eta=0.1, C=1.0), "slope must be confining"),
        (lambda: sign_mean_escape_iterations(slope, A, B, eta=1e-8, C=1.0), "eta must be large enough"),
        (lambda: sign_mean_escape_iterations(slope, A, B, eta=1e-3, C=10.0), "log=True"),
        (lambda: sign_stationary_law(lambda x: -x, 0.0, eta=0.1, C=1.0), "slope must be confining"),
        (lambda: preconditioner.padam_preconditioner(1.0, partial=0.7), "partial must be in"),
        (lambda: preconditioner.measured_preconditioner(3, memory=1), "update must be a function"),
        (
            lambda: preconditioner.measured_preconditioner(lambda s, g: (g[:3], s), memory=1),
            "update must be a function whose answer",
        ),
    ],
)  # fmt: skip
def test_bad_arguments_have_a_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_padams_preconditioner_is_a_power_of_the_noise():
    assert preconditioner.padam_preconditioner([4.0, 9.0], partial=0.25) == pytest.approx([2.0, 3.0])
    assert preconditioner.padam_preconditioner(4.0, partial=0.5) == pytest.approx(4.0)
    assert preconditioner.padam_preconditioner(4.0, partial=0.0) == pytest.approx(1.0)
