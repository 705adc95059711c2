"""The linear process: 50-digit reference, its own differential equation, limits, and what it refuses."""

import mpmath
import numpy as np
import pytest
import sympy as sp

from theory.exact import process_covariance, process_stationary_covariance

CASES, LARGEST = 2000, 300.0
GIVEN = ((1.0, 0.3), (0.3, 2.0))


def random_cases(seed):
    """Return H, t, mass, damping, D with |l+- t| <= 300: near-critical, flat, tiny, oscillating and steep."""
    rng = np.random.default_rng(seed)
    kind = np.arange(CASES) % 6
    mass, damping, D = (10 ** rng.uniform(low, high, CASES) for low, high in ((-3, 3), (-3, 3), (-6, 3)))
    size, sign = rng.uniform(0, 1, CASES), rng.choice([-1.0, 1.0], CASES)
    over_critical = np.choose(
        kind,
        [
            1 + sign * 10 ** (-16 * size),  # near-critical damping, both sides
            -(10 ** (-20 * size - 2)),  # tiny negative
            10 ** (6 * size),  # oscillating
            -(10 ** (8 * size - 2)),  # a steep saddle
            0 * size,
            10 ** (-20 * size),  # tiny positive
        ],
    )
    w = over_critical * damping**2 / 4
    fastest = np.abs((damping + np.sqrt(damping**2 - 4 * w + 0j)) / 2)
    t = 10 ** rng.uniform(-4, np.log10(LARGEST), CASES) / fastest
    return w * mass, t, mass, damping, D


def fifty_digits(H, t, mass, damping, D, initial):
    """Return the covariance from the plain closed form, in more digits than cancel."""
    with mpmath.workdps(110):
        H, t, mass, g, D = map(mpmath.mpf, (H, t, mass, damping, D))
        w, c = H / mass, D / mass**2
        s = mpmath.sqrt(g * g - 4 * w + mpmath.mpc(0)) or mpmath.mpf("1e-25")
        up, down = (-g + s) / 2, (-g - s) / 2

        def over(rate):
            return t if rate == 0 else mpmath.expm1(rate * t) / rate

        xx = 2 * c * ((over(2 * up) + over(2 * down) - 2 * over(-g)) / s**2).real
        rr = 2 * c * ((up**2 * over(2 * up) + down**2 * over(2 * down) - 2 * w * over(-g)) / s**2).real
        G = ((mpmath.exp(up * t) - mpmath.exp(down * t)) / s).real
        dG = ((up * mpmath.exp(up * t) - down * mpmath.exp(down * t)) / s).real
        flow = mpmath.matrix([[dG + g * G, G], [-w * G, dG]])
        start = mpmath.matrix([[0, 0], [0, c / g]]) if initial == "thermal" else mpmath.matrix(initial)
        return mpmath.matrix([[xx, c * G * G], [c * G * G, rr]]) + flow * start * flow.T


@pytest.mark.parametrize(
    "start", [((0.0, 0.0), (0.0, 0.0)), "thermal", GIVEN], ids=["rest", "thermal", "given"]
)
def test_eleven_digits_in_every_regime(seed, start):
    H, t, mass, damping, D = random_cases(seed)
    computed = process_covariance(H, t, mass=mass, damping=damping, D=D, start=start)
    worst = 0.0
    for i in range(CASES):
        exact = fifty_digits(H[i], t[i], mass[i], damping[i], D[i], start)
        scale = mpmath.sqrt(exact[0, 0] * exact[1, 1])
        errors = (
            computed[i, 0, 0] / exact[0, 0] - 1,
            computed[i, 1, 1] / exact[1, 1] - 1,
            (computed[i, 0, 1] - exact[0, 1]) / scale,
        )
        worst = max(worst, *(abs(float(error)) for error in errors))
    assert worst < 1e-11


@pytest.mark.parametrize("share", [0.1499, 0.1501, 0.3])
@pytest.mark.parametrize("side", [1, -1], ids=["overdamped", "oscillating"])
def test_twelve_digits_where_the_series_meets_the_closed_form(share, side):
    # |s| = share * damping, long after the start: twelve digits need the whole series below 0.15, and above it
    # the closed form, which the series cannot replace.
    mass, damping, D = 0.6, 1.7, 0.4
    H = mass * damping**2 * (1 - side * share**2) / 4
    for t in np.array([30.0, 40.0, 100.0, 300.0]) / damping:
        S = process_covariance(H, t, mass=mass, damping=damping, D=D)
        exact = fifty_digits(H, t, mass, damping, D, ((0, 0), (0, 0)))
        assert S[0, 0] == pytest.approx(float(exact[0, 0]), rel=1e-12, abs=0)
        assert S[1, 1] == pytest.approx(float(exact[1, 1]), rel=1e-12, abs=0)


def test_growth_along_a_nearly_flat_saddle_keeps_its_digits():
    # l+ t = 3 while l- t = 3e13: the slow root must not come from a difference.
    H, t = -1e-13, 3e13
    xx = process_covariance(H, t, mass=1.0, damping=1.0, D=1.0)[0, 0]
    exact = fifty_digits(H, t, 1.0, 1.0, 1.0, ((0, 0), (0, 0)))[0, 0]
    assert xx == pytest.approx(float(exact), rel=1e-11, abs=0)


def test_nearly_frictionless_swings_keep_their_digits():
    for damping in (1e-6, 3e-9, 1e-12):
        for t in (0.01, 0.3, 3.0, 200.0):
            S = process_covariance(1.0, t, mass=1.0, damping=damping, D=1.0)
            exact = fifty_digits(1.0, t, 1.0, damping, 1.0, ((0, 0), (0, 0)))
            assert S[0, 0] == pytest.approx(float(exact[0, 0]), rel=1e-11, abs=0)
            assert S[1, 1] == pytest.approx(float(exact[1, 1]), rel=1e-11, abs=0)


def test_closed_form_satisfies_the_moment_equations():
    up, down, t, c = sp.symbols("l_+ l_- t c")
    g, w, s = -(up + down), up * down, up - down
    G = (sp.exp(up * t) - sp.exp(down * t)) / s
    G2 = (
        (sp.exp(2 * up * t) - 1) / (2 * up)
        + (sp.exp(2 * down * t) - 1) / (2 * down)
        + 2 * (sp.exp(-g * t) - 1) / g
    ) / s**2
    xx, xr, rr = 2 * c * G2, c * G**2, 2 * c * G * sp.diff(G, t) + g * c * G**2 + 2 * c * w * G2
    for residual in (
        sp.diff(xx, t) - 2 * xr,
        sp.diff(xr, t) - (rr - g * xr - w * xx),
        sp.diff(rr, t) - (-2 * g * rr - 2 * w * xr + 2 * c),
    ):
        assert sp.simplify(sp.expand(residual)) == 0


def test_free_spread_is_the_textbook_one():
    u = np.array([1e-3, 0.1, 1.0, 10.0, 1e3])
    mass, damping, D = 0.7, 3.0, 2.0
    unit = D / (damping**3 * mass**2)
    kwargs = {"mass": mass, "damping": damping, "D": D}
    rest = process_covariance(0.0, u / damping, **kwargs)[..., 0, 0] / unit
    thermal = process_covariance(0.0, u / damping, start="thermal", **kwargs)[..., 0, 0] / unit
    np.testing.assert_allclose(thermal, 2 * (u + np.expm1(-u)), rtol=1e-10)
    np.testing.assert_allclose(rest[1:], (2 * u - 3 + 4 * np.exp(-u) - np.exp(-2 * u))[1:], rtol=1e-11)
    assert rest[0] == pytest.approx(2 * u[0] ** 3 / 3, rel=1e-3, abs=0)


def test_equilibrium_is_left_alone_and_reached():
    physics = {"mass": 0.5, "damping": 3.0, "D": 0.7}
    equilibrium = process_stationary_covariance(2.0, **physics)
    np.testing.assert_allclose(np.diag(equilibrium), [0.7 / (3 * 0.5 * 2), 0.7 / (3 * 0.25)], rtol=1e-13)
    kept = process_covariance(2.0, 1.7, start=np.diag(np.diag(equilibrium)), **physics)
    reached = process_covariance(2.0, 400.0, **physics)
    np.testing.assert_allclose(kept, np.diag(np.diag(equilibrium)), atol=1e-13)
    np.testing.assert_allclose(reached, np.diag(np.diag(equilibrium)), atol=1e-13)


def test_noise_that_does_not_commute_with_the_hessian_has_its_own_equilibrium():
    H, D = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([[1.0, -0.3], [-0.3, 0.2]])
    S = process_stationary_covariance(H, mass=0.3, damping=2.0, D=D)
    A = np.block([[np.zeros((2, 2)), np.eye(2)], [-H / 0.3, -2.0 * np.eye(2)]])
    drift = A @ S + S @ A.T
    np.testing.assert_allclose(drift[2:, 2:], -2 * D / 0.09, atol=1e-12)
    np.testing.assert_allclose(drift[:2], 0, atol=1e-12)
    with pytest.raises(ValueError, match="a saddle has no equilibrium"):
        process_stationary_covariance(-H, mass=0.3, damping=2.0, D=D)


def test_many_stretches_of_time_are_one(seed):
    H, t, mass, damping, D = random_cases(seed)
    physics = {"mass": mass, "damping": damping, "D": D}
    S = GIVEN
    for _ in range(4):  # each start carries the rounding of the stretch before
        S = process_covariance(H, t / 4, start=S, **physics)
    whole = process_covariance(H, t, start=GIVEN, **physics)
    np.testing.assert_allclose(S[:, 0, 0], whole[:, 0, 0], rtol=1e-9)


def test_two_stretches_of_time_are_one():
    physics = {"mass": 0.4, "damping": 1.3, "D": 0.9}
    middle = process_covariance(-0.8, 0.6, start="thermal", **physics)
    np.testing.assert_allclose(
        process_covariance(-0.8, 1.1, start=middle, **physics),
        process_covariance(-0.8, 1.7, start="thermal", **physics),
        rtol=1e-13,
    )


def test_shapes_broadcast():
    S = process_covariance(
        np.linspace(-1, 1, 5)[:, None], [0.0, 1.0, 2.0], mass=1.0, damping=[1.0, 2.0, 3.0], D=1.0
    )
    assert S.shape == (5, 3, 2, 2)
    assert not S[:, 0].any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mass": 0.0}, "mass must be positive, got 0.0"),
        ({"damping": -1.0}, "damping must be positive, got -1.0"),
        ({"D": -1.0}, "D must be not negative, got -1.0"),
        ({"H": np.nan}, "H must be finite, got nan"),
        ({"t": -1.0}, "t must be not negative, got -1.0"),
        ({"H": -1e6, "t": 1e3}, "t must be short enough"),
        ({"start": "hot"}, 'start must be "rest", "thermal" or a 2x2 covariance'),
        ({"start": [[1, 2], [2, 1]]}, "start must be a covariance"),
        ({"start": [[1, 2], [3, 9]]}, "start must be symmetric"),
        ({"start": [[-1, 0], [0, 0]]}, "start must be a covariance"),
        ({"start": [[0, 5], [0, 0]]}, r"start must be symmetric, got \[\[0.0, 5.0\], \[0.0, 0.0\]\]$"),
    ],
)
def test_bad_arguments_have_a_sentence(change, message):
    arguments = {"H": 1.0, "t": 1.0, "mass": 1.0, "damping": 1.0, "D": 1.0} | change
    with pytest.raises(ValueError, match=message):
        process_covariance(arguments.pop("H"), arguments.pop("t"), **arguments)
