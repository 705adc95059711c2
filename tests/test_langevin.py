"""The stochastic processes: schemes have their declared order, and the right limit."""

import numpy as np
import pytest
from scipy.stats import kstest

from diffusion import (
    LANES,
    Overdamped,
    PhaseSpace,
    Quadratic,
    StyblinskiTang,
    TwoTemperatureDiffusion,
    baoab,
    end_point,
    euler_maruyama,
    exact,
    gjf,
    heun,
    integrate,
    obabo,
    part,
)
from theory.exact import process_covariance, process_stationary_covariance

PHASE_SPACE = (euler_maruyama, baoab, obabo, gjf)  # tests/test_schemes.py asks all schemes for their order
MASS, DAMPING, D = 0.5, 0.8, 0.3
SURPRISE = 4.5  # standard errors


class Line:
    """L = 1/2 H theta^2, for kernels that run as plain Python."""

    def __init__(self, H):
        self.H = H

    def slope(self, x, i):
        return self.H * x

    def slopes_at(self, theta, g):
        return self

    def gradient(self, theta, g):
        g[:] = self.H * theta


def linear_map(step, H, rows):
    """Return P and S of one step y -> P y + S z, by running its kernel on unit vectors."""
    draws = getattr(step, "draws", 1)

    def after(y, z):
        theta, state = np.array([y[0]]), [np.zeros(1) for _ in step.slots]
        state[0][:] = y[1] if rows == 2 else 0
        if rows == 2:
            state[1][:] = H * theta
        step.advance(theta, tuple(state), Line(H), np.asarray(z, float))
        return [theta[0], state[0][0]][:rows]

    nothing = np.zeros(draws)
    P = np.array([after(unit, nothing) for unit in np.eye(2)[:rows]]).T
    S = np.array([after(np.zeros(2), unit) for unit in np.eye(draws)]).T
    return P, S


def overdamped_msd(H, t):
    return D / H * -np.expm1(-2 * H * t)


@part
class Proportional:
    """D = theta^2 / 2 s^2: geometric Brownian motion, whose mean tells the readings apart."""

    s: float

    def diffusion(self, x, i):
        return 0.5 * self.s**2 * x * x


READINGS = [(euler_maruyama, "ito", 0.0), (heun, "stratonovich", 0.5), (end_point, "fick", 1.0)]


def growth_of_mean(scheme, reading, steps, H, s):
    """Return the mean of theta at t = 1 from 1: a step multiplies it by a number, an integral over z."""
    step = scheme(Overdamped(Proportional(s), reading), 1 / steps)
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    ends = []
    for z in nodes:
        theta, state = np.ones(1), tuple(np.zeros(1) for _ in step.slots)
        step.advance(theta, state, Line(H), np.array([z]))
        ends.append(theta[0])
    return (weights @ ends / weights.sum()) ** steps


@pytest.mark.parametrize(("scheme", "reading", "q"), READINGS)
def test_each_reading_of_the_noise_converges_to_its_own_mean(scheme, reading, q):
    H, s = 0.4, 0.5
    right = np.exp(-H + q * s**2)  # d<theta>/dt = (q dD/dx - H theta) averaged
    errors = [growth_of_mean(scheme, reading, n, H, s) - right for n in (100, 200, 400)]
    assert np.log2(errors[1] / errors[2]) == pytest.approx(scheme.weak_order, abs=0.1)
    assert abs(2 * errors[2] - errors[1]) < 2e-5
    wrong = [np.exp(-H + other * s**2) for _, _, other in READINGS if other != q]
    assert min(abs(w - right) for w in wrong) > 100 * abs(errors[2])


def z_score(samples, expected):
    return (np.mean(samples) - expected) / (np.std(samples) / np.sqrt(len(samples)))


def meet(theta, r, right):
    """Assert that walkers have the covariance ``right``, and not one a tenth of their spreads away."""
    for a, b, row, column in ((theta, theta, 0, 0), (theta, r, 0, 1), (r, r, 1, 1)):
        wrong = right[row, column] + 0.1 * np.sqrt(right[row, row] * right[column, column])
        assert abs(z_score(a * b, right[row, column])) < SURPRISE
        assert abs(z_score(a * b, wrong)) > SURPRISE


@pytest.mark.parametrize("scheme", PHASE_SPACE[1:])
def test_walkers_meet_the_exact_moments_in_phase_space(scheme):
    # at dt = 0.01 the bias of order 2 is far below the standard errors
    H = [1.5, -0.7]
    run = integrate(
        Quadratic(H), PhaseSpace(MASS, DAMPING, D), 0.0, 2.0, dt=0.01, scheme=scheme, walkers=20_000, seed=3,
        keep="states",
    )  # fmt: skip
    theta, r = run.states[-1, 0], run.states[-1, 1]
    for j in range(2):
        right = process_covariance(H[j], 2.0, mass=MASS, damping=DAMPING, D=D)
        meet(theta[:, j], r[:, j], right)


ROTATION = np.array([[0.8, 0.6], [-0.6, 0.8]])


def rotated(values):
    matrix = ROTATION @ np.diag(values) @ ROTATION.T
    return (matrix + matrix.T) / 2


@pytest.mark.parametrize("dt", [0.1, 2.0])
def test_exact_steps_of_any_length_have_the_exact_law_with_matrices(dt):
    H, mass, damping, D = (1.0, -0.5), (0.4, 1.2), (0.7, 1.5), (0.3, 0.1)
    process = PhaseSpace(rotated(mass), rotated(damping), rotated(D))
    run = integrate(
        Quadratic(rotated(H)), process, 0.0, 2.0, dt=dt, scheme=exact, walkers=20_000, seed=4, keep="states"
    )
    theta, r = (row @ ROTATION for row in run.states[-1, :2])
    for j in range(2):
        right = process_covariance(H[j], 2.0, mass=mass[j], damping=damping[j], D=D[j])
        meet(theta[:, j], r[:, j], right)
    assert abs(z_score(theta[:, 0] * theta[:, 1], 0.0)) < SURPRISE


def test_exact_overdamped_steps_have_the_exact_law():
    run = integrate(
        Quadratic([1.5, -0.7]), Overdamped(D), 0.0, 2.0, dt=2.0, scheme=exact, walkers=20_000, seed=5
    )
    msd = run.msd()
    right = overdamped_msd(np.array([1.5, -0.7]), 2.0)
    assert np.all(np.abs(msd.mean[0] - right) < SURPRISE * msd.stderr[0])
    assert np.all(np.abs(msd.mean[0] - 1.1 * right) > SURPRISE * msd.stderr[0])


def test_euler_steps_with_matrices_are_those_along_the_eigendirections():
    H, D = (1.0, -0.5), (0.3, 0.1)
    run = integrate(
        Quadratic(rotated(H)),
        Overdamped(rotated(D)),
        0.0,
        1.0,
        dt=0.1,
        walkers=20_000,
        seed=6,
        keep="positions",
    )
    theta = run.positions[-1] @ ROTATION
    for j in range(2):
        keep = (1 - 0.1 * H[j]) ** 2
        right = 2 * D[j] * 0.1 * (keep**10 - 1) / (keep - 1)
        assert abs(z_score(theta[:, j] ** 2, right)) < SURPRISE
        assert abs(z_score(theta[:, j] ** 2, 1.1 * right)) > SURPRISE


@pytest.mark.parametrize("scheme", PHASE_SPACE)
def test_configurational_bias_in_a_quadratic_valley(scheme):
    # <theta^2> in equilibrium over kT / H at sqrt(H/M) dt = 0.5
    H, dt, damping = 2.0, 0.25, 1.0
    step = scheme(PhaseSpace(MASS, damping, D), dt)
    P, S = linear_map(step, H, 2)
    covariance = np.zeros((2, 2))
    for _ in range(2000):
        covariance = P @ covariance @ P.T + S @ S.T
    right = process_stationary_covariance(H, mass=MASS, damping=damping, D=D)
    bias = covariance[0, 0] / right[0, 0] - 1
    speed = covariance[1, 1] / right[1, 1] - 1
    if scheme in (baoab, gjf):
        assert abs(bias) < 1e-12
        assert speed == pytest.approx(
            -H / MASS * dt**2 / 4, rel=1e-9
        )  # velocities pay: equipartition at O(dt^2)
    elif scheme is obabo:
        assert bias == pytest.approx(1 / (1 - H / MASS * dt**2 / 4) - 1, rel=1e-9)
        assert abs(speed) < 1e-12
    else:
        assert bias > 0.3


KT = 20.0


@pytest.mark.parametrize("scheme", [baoab, obabo, gjf])
def test_walkers_settle_into_boltzmanns_density_and_share_energy_equally(scheme):
    # a temperature at which both valleys of Styblinski-Tang are visited within the run
    langevin = PhaseSpace(0.02, 20.0, KT * 0.4)
    run = integrate(
        StyblinskiTang(1), langevin, -2.0, 20.0, dt=0.004, scheme=scheme, walkers=2000, seed=7, keep="states"
    )
    theta, r = run.states[-1, :2, :, 0]
    x = np.linspace(-6, 6, 4001)
    weight = np.exp(-StyblinskiTang(1).loss(x[:, None]) / KT)
    share = np.cumsum(weight) / weight.sum()
    assert kstest(theta, lambda at: np.interp(at, x, share)).pvalue > 1e-5
    hotter = np.cumsum(weight**0.6) / (weight**0.6).sum()
    assert kstest(theta, lambda at: np.interp(at, x, hotter)).pvalue < 1e-5
    assert abs(z_score(0.02 * r**2, KT)) < SURPRISE
    assert abs(z_score(0.02 * r**2, 1.2 * KT)) > SURPRISE


def test_overdamped_walkers_settle_into_the_density_of_their_reading():
    # on a bowl with D = 1 + theta^2/2: P ~ exp(-int L'/D) D^(q-1)
    x = np.linspace(-40, 40, 80_001)
    D_x = 1 + 0.5 * x * x
    logs = -3 * np.log(D_x)  # int 3 x / (1 + x^2/2) = 3 log D
    right = {}
    for scheme, reading, q in READINGS:
        weight = np.exp(logs + (q - 1) * np.log(D_x))
        share = np.cumsum(weight) / weight.sum()
        right[reading] = share
        process = Overdamped(Rising(), reading)
        run = integrate(
            Quadratic([3.0]),
            process,
            0.0,
            4.0,
            dt=0.005,
            scheme=scheme,
            walkers=20_000,
            seed=8,
            keep="positions",
        )
        theta = run.positions[-1, :, 0]
        assert kstest(theta, lambda at, share=share: np.interp(at, x, share)).pvalue > 1e-5
        for other in right.values():
            if other is not share:
                assert kstest(theta, lambda at, other=other: np.interp(at, x, other)).pvalue < 1e-5


@part
class Rising:
    """D = 1 + theta^2 / 2."""

    def diffusion(self, x, i):
        return 1 + 0.5 * x * x


def test_the_noise_of_a_process_with_inertia_may_vary():
    # D = 1 + theta^2 / 2 on a flat landscape, friction 1: <r^2> grows as the exact moment equations say
    for scheme in (euler_maruyama, baoab, obabo):
        process = PhaseSpace(1.0, 1.0, Rising())
        run = integrate(
            Quadratic([0.0]), process, 0.0, 1.0, dt=0.01, scheme=scheme, walkers=40_000, seed=9, keep="states"
        )
        A = np.array([[0, 2, 0], [0, -1, 1], [1, 0, -2.0]])  # of (<xx>, <xr>, <rr>): d<rr> = -2<rr> + 2<D>
        full = np.zeros((4, 4))
        full[:3, :3], full[2, 3] = A, 2.0
        moments = np.linalg.matrix_power(np.eye(4) + full / 2**20, 2**20)[:3, 3]
        theta, r = run.states[-1, :2, :, 0]
        # Euler-Maruyama's bias of order dt is 1 to 2 percent here
        allowed = 0.02 if scheme is euler_maruyama else 0.0
        for product, right in ((theta**2, moments[0]), (r**2, moments[2])):
            error = np.std(product) / np.sqrt(product.size)
            assert abs(product.mean() - right) < SURPRISE * error + allowed * right
            assert abs(product.mean() - 1.15 * right) > SURPRISE * error + allowed * right


def test_two_temperature_noise_is_hotter_beyond_its_split():
    D_x = TwoTemperatureDiffusion(0.5, 2.0, 0.0)
    for reading, scheme, left in (("ito", euler_maruyama, 2 / 3), ("fick", end_point, 1 / 3)):
        # the shares on a line, from the split, are those of skew diffusion: below it are
        # sqrt(D_b) / (sqrt(D_a) + sqrt(D_b)) of the walkers for Ito, sqrt(D_a) / (...) for Fick
        run = integrate(
            Quadratic([0.0]), Overdamped(D_x, reading), 0.0, 1.0, dt=1e-4, scheme=scheme, walkers=4000, seed=10,
            keep="positions",
        )  # fmt: skip
        below = run.positions[-1, :, 0] < 0
        assert abs(z_score(below, left)) < SURPRISE
        assert abs(z_score(below, 1 - left)) > SURPRISE


@pytest.mark.parametrize("scheme", [baoab, exact])
def test_threads_and_walkers_beside_do_not_change_the_numbers(scheme):
    def run(walkers, workers):
        return integrate(
            Quadratic([1.0, -0.5]), PhaseSpace(1.0, 1.0, 1.0), 0.1, 1.0, dt=0.1, scheme=scheme, walkers=walkers,
            seed=1, workers=workers, keep="states",
        ).states  # fmt: skip

    assert np.array_equal(run(200, 1), run(200, 2))
    assert np.array_equal(run(200, 1)[:, :, :LANES], run(LANES, 1))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Overdamped(-1.0), "D must be 0 or more"),
        (lambda: Overdamped(np.nan), "D must be finite"),
        (
            lambda: Overdamped([[1.0, 0.5], [0.0, 1.0]]),
            "D must be symmetric",
        ),
        (lambda: Overdamped([[1.0, 2.0], [2.0, 1.0]]), "D must be 0 or more in every direction"),
        (lambda: Overdamped(1.0, "backwards"), "interpretation must be"),
        (lambda: PhaseSpace(0.0, 1.0, 1.0), "mass must be positive"),
        (lambda: PhaseSpace([[1.0, 0.0], [0.0, 0.0]], 1.0, 1.0), "mass must be positive in every direction"),
        (lambda: baoab(PhaseSpace(1.0, 1.0, 1.0), 0.0), "dt must be positive"),
        (
            lambda: integrate(
                Quadratic([1.0, 1.0]),
                PhaseSpace(np.eye(2), 1.0, Rising()),
                0.0,
                1.0,
                dt=0.1,
                walkers=2,
                seed=0,
            ),
            "D must be constant for exact steps and matrices",
        ),
        (lambda: gjf(PhaseSpace(1.0, 1.0, Rising()), 0.1), "D must be constant for gjf"),
        (lambda: heun(Overdamped(Rising()), 0.1), 'interpretation must be "stratonovich" for heun'),
        (lambda: euler_maruyama(Overdamped(Rising(), "fick"), 0.1), 'interpretation must be "ito"'),
        (lambda: Overdamped(StyblinskiTang(1)), "D must be numbers, or a part with"),
        (
            lambda: integrate(
                StyblinskiTang(1), Overdamped(1.0), 0.0, 1.0, dt=0.1, scheme=exact, walkers=2, seed=0
            ),
            "landscape must be Quadratic",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("scheme", [baoab, obabo, gjf])
def test_schemes_in_phase_space_refuse_the_overdamped_process(scheme):
    with pytest.raises(ValueError, match="langevin must be PhaseSpace"):
        scheme(Overdamped(1.0), 0.1)
