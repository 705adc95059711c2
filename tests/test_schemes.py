"""Every scheme there is, a newcomer's too: its declared order and the right limit, for rows and for matrices."""

import numpy as np
import pytest
from scipy.linalg import expm, solve_discrete_lyapunov

from diffusion import SCHEMES, Overdamped, PhaseSpace, Quadratic, heun, integrate
from theory.exact import process_covariance

MASS, DAMPING, D, T = 0.5, 0.8, 0.3, 2.0
# symmetric matrices of which no two commute
H2 = np.array([[1.5, 0.4], [0.4, -0.7]])
MASS2 = np.array([[0.5, 0.1], [0.1, 0.9]])
DAMPING2 = np.array([[0.8, -0.3], [-0.3, 1.6]])
D2 = np.array([[0.3, 0.15], [0.15, 0.2]])
START = np.array([0.6, -0.4])
SURPRISE = 4.5  # standard errors

OVERDAMPED, PHASE_SPACE = (
    [pytest.param(scheme, id=name) for name, scheme in SCHEMES.items() if kind in scheme.processes]
    for kind in (Overdamped, PhaseSpace)
)
BOTH = [
    pytest.param(scheme, kind, id=f"{name}-{kind.__name__}")
    for name, scheme in SCHEMES.items()
    for kind in scheme.processes
]
WITH_MATRICES = [param for param in BOTH if param.values[0].matrices is not None]


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


def linear_step(scheme, langevin, H, dt):
    """Return P and covariance of one step; of a kernel for numbers, by running it on unit vectors."""
    step = scheme(langevin, dt)
    if hasattr(step, "on"):
        step, _ = step.on(Quadratic(np.atleast_1d(H)))
        return step.P, step.S @ step.S.T
    rows, draws = 1 if isinstance(langevin, Overdamped) else 2, getattr(step, "draws", 1)

    def after(y, z):
        theta, state = np.array([y[0]]), [np.zeros(1) for _ in step.slots]
        for memory, slot in zip(state, step.slots, strict=True):
            memory[:] = H * theta if slot == "gradient" else slot
        if rows == 2:
            state[0][:] = y[1]
        step.advance(theta, tuple(state), Line(H), np.asarray(z, float))
        return [theta[0], state[0][0]][:rows]

    P = np.array([after(unit, np.zeros(draws)) for unit in np.eye(2)[:rows]]).T
    S = np.array([after(np.zeros(2), unit) for unit in np.eye(draws)]).T
    return P, S @ S.T


def moments_after(P, noise, y0, steps):
    """Return mean and covariance of y -> P y + noise after some steps from y0."""
    mean, covariance = y0, np.zeros_like(P)
    for _ in range(steps):
        mean, covariance = P @ mean, P @ covariance @ P.T + noise
    return np.concatenate([mean, covariance.ravel()])


def exact_moments(A, Q, y0, t):
    """Return the same of dy = A y dt + dW: d cov / dt = A cov + cov A^T + Q is a linear equation."""
    n = len(A)
    one = np.eye(n)
    both = np.zeros((n * n + 1, n * n + 1))
    both[:-1, :-1], both[:-1, -1] = np.kron(A, one) + np.kron(one, A), Q.ravel()
    return np.concatenate([expm(A * t) @ y0, expm(both * t)[:-1, -1]])


def matrix_process(kind):
    """Return a process with matrices, its A and Q, and where it starts."""
    if kind is Overdamped:
        return Overdamped(D2), -H2, 2 * D2, START
    inverse = np.linalg.inv(MASS2)
    zero = np.zeros((2, 2))
    A = np.block([[zero, np.eye(2)], [-inverse @ H2, -inverse @ DAMPING2 @ MASS2]])
    Q = np.block([[zero, zero], [zero, inverse @ (2 * D2) @ inverse]])
    return PhaseSpace(MASS2, DAMPING2, D2), A, Q, np.concatenate([START, [0, 0]])


def meets_its_order(scheme, errors):
    """Assert that errors at dt and dt / 2 shrink as declared: Heun's order is 2 where D is constant."""
    order = 2 if scheme is heun else scheme.weak_order
    if np.isinf(order):
        assert max(errors) < 1e-11
        return
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.1)
    assert errors[1] < (0.02 if order == 1 else 1e-4)


@pytest.mark.parametrize("H", [1.5, -0.7])
@pytest.mark.parametrize("scheme", PHASE_SPACE)
def test_a_scheme_in_phase_space_has_its_order_and_the_right_limit(scheme, H):
    right = process_covariance(H, T, mass=MASS, damping=DAMPING, D=D)
    errors = []
    for n in (200, 400):
        step = linear_step(scheme, PhaseSpace(MASS, DAMPING, D), H, T / n)
        found = moments_after(*step, np.zeros(2), n)[2:]
        errors.append(np.abs(found - right.ravel()).max() / right.max())
    meets_its_order(scheme, errors)


@pytest.mark.parametrize("H", [1.5, -0.7])
@pytest.mark.parametrize("scheme", OVERDAMPED)
def test_an_overdamped_scheme_with_constant_noise_has_its_order_and_the_right_limit(scheme, H):
    right = D / H * -np.expm1(-2 * H * T)
    errors = []
    for n in (200, 400):
        step = linear_step(scheme, Overdamped(D), H, T / n)
        errors.append(abs(moments_after(*step, np.zeros(1), n)[1] / right - 1))
    meets_its_order(scheme, errors)


@pytest.mark.parametrize(("scheme", "kind"), WITH_MATRICES)
def test_with_matrices_that_do_not_commute_a_scheme_keeps_its_order_and_limit(scheme, kind):
    process, A, Q, y0 = matrix_process(kind)
    right = exact_moments(A, Q, y0, T)
    errors = []
    for n in (200, 400):
        found = moments_after(*linear_step(scheme, process, H2, T / n), y0, n)
        errors.append(np.abs(found - right).max() / np.abs(right).max())
    meets_its_order(scheme, errors)


@pytest.mark.parametrize(("scheme", "kind"), WITH_MATRICES)
def test_a_step_with_a_matrix_is_the_step_with_numbers(scheme, kind):
    # a matrix of one element: the algebra of the matrices against the kernel, biases included
    values = (MASS, DAMPING, D) if kind is PhaseSpace else (D,)
    dt, H = 0.7, 1.5
    P, noise = linear_step(scheme, kind(*values), H, dt)
    P_matrix, noise_matrix = linear_step(scheme, kind(*([[value]] for value in values)), H, dt)
    np.testing.assert_allclose(P_matrix, P, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(noise_matrix, noise, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("scheme", "kind"), WITH_MATRICES)
def test_walkers_with_matrices_have_the_schemes_own_moments(scheme, kind):
    process, A, _, y0 = matrix_process(kind)
    n, size = 40, 40_000
    run = integrate(
        Quadratic(H2), process, START, T, dt=T / n, scheme=scheme, walkers=size, seed=11, keep="states"
    )
    y = np.concatenate(list(run.states[-1, : len(A) // 2]), axis=1)
    own = moments_after(*linear_step(scheme, process, H2, T / n), y0, n)
    mean, covariance = own[: len(A)], own[len(A) :].reshape(A.shape)
    found, spread = y.mean(axis=0), np.sqrt(np.diag(covariance))
    assert np.all(np.abs(found - mean) < SURPRISE * spread / np.sqrt(size))
    for j in range(len(A)):
        for k in range(j + 1):
            product = (y[:, j] - mean[j]) * (y[:, k] - mean[k])
            error = product.std() / np.sqrt(size)
            assert abs(product.mean() - covariance[j, k]) < SURPRISE * error
            wrong = covariance[j, k] + 0.1 * spread[j] * spread[k]
            assert abs(product.mean() - wrong) > SURPRISE * error


def test_positions_in_equilibrium_with_matrices_show_each_schemes_own_bias():
    # kT = D (gamma M)^-1 is one number where D = kT gamma M; mass and damping commute, the Hessian with neither
    kT, dt = 0.7, 0.4
    mass, damping, H = MASS2, MASS2 @ MASS2 + 0.3 * MASS2, np.array([[1.5, 0.4], [0.4, 0.8]])
    process = PhaseSpace(mass, (damping + damping.T) / 2, (kT * damping @ mass + kT * mass @ damping) / 2)
    found = {
        name: solve_discrete_lyapunov(*linear_step(scheme, process, H, dt))
        for name, scheme in SCHEMES.items()
        if PhaseSpace in scheme.processes and scheme.matrices is not None
    }
    right = kT * np.linalg.inv(H)
    for name in ("baoab", "gjf", "exact"):
        np.testing.assert_allclose(found[name][:2, :2], right, rtol=1e-11)
    # velocities pay: M<rr> / kT is 1 - dt^2 H M^-1 / 4, and for OBABO positions do likewise
    inverse = np.linalg.inv(mass)
    slower = kT * (inverse - dt**2 / 4 * inverse @ H @ inverse)
    np.testing.assert_allclose(found["baoab"][2:, 2:], slower, rtol=1e-11)
    np.testing.assert_allclose(found["gjf"][2:, 2:], slower, rtol=1e-11)
    wider = kT * np.linalg.inv(H - dt**2 / 4 * H @ inverse @ H)
    np.testing.assert_allclose(found["obabo"][:2, :2], wider, rtol=1e-11)
    np.testing.assert_allclose(found["obabo"][2:, 2:], kT * inverse, rtol=1e-11)
    assert np.abs(found["obabo"][:2, :2] / right - 1).max() > 0.02  # the checks can tell
