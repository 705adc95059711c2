"""Optimizers that ask for the gradient elsewhere than at theta, on landscapes whose coordinates are coupled."""

import numpy as np

from diffusion import FrozenNoise, Nesterov, Quadratic, evolve, part

H = np.array([[2.0, 0.5], [0.5, 2.0]])


@part
class LookAhead:
    eta: float
    mu: float

    slots = (0.0,)

    def update(self, theta, state, gradient):
        (v,) = state
        for i in range(theta.size):
            v[i] = self.mu * v[i] - self.eta * gradient.draw(theta[i] + self.mu * v[i], i)
            theta[i] += v[i]


@part
class Extragradient:
    eta: float

    slots = (0.0,)

    def update(self, theta, state, gradient):
        (half,) = state
        for i in range(theta.size):
            half[i] = theta[i] - self.eta * gradient.draw(theta[i], i)
        for i in range(theta.size):
            theta[i] -= self.eta * gradient.draw(half[i], i)


def end(optimizer, noise=0.0, walkers=2):
    run = evolve(
        Quadratic(H), FrozenNoise(noise), optimizer, 1.0, [20], walkers=walkers, seed=0, keep="positions"
    )
    return run.positions[0]


def test_a_look_ahead_is_honoured_where_coordinates_are_coupled():
    theta, v = np.ones(2), np.zeros(2)
    for _ in range(20):
        v = 0.9 * v - 0.05 * H @ (theta + 0.9 * v)
        theta = theta + v
    np.testing.assert_allclose(end(LookAhead(0.05, 0.9))[0], theta, rtol=1e-12)
    assert abs(theta[0] - 0.0690) < 1e-4  # without the look-ahead: .1955


def test_nesterovs_two_forms_are_one_walk_seen_at_two_points():
    """The form that looks ahead keeps the ball; that of torch keeps the point where the gradient is taken."""
    ball, m, ahead, seen = np.ones(2), np.zeros(2), np.ones(2), np.zeros(2)
    for _ in range(20):
        m = 0.9 * m + H @ (ball - 0.05 * 0.9 * m)
        ball = ball - 0.05 * m
        seen = 0.9 * seen + H @ ahead
        ahead = ahead - 0.05 * (H @ ahead + 0.9 * seen)
    np.testing.assert_allclose(end(Nesterov(0.05, 0.9, look_ahead=True))[0], ball, rtol=1e-12)
    np.testing.assert_allclose(end(Nesterov(0.05, 0.9))[0], ahead, rtol=1e-12)
    np.testing.assert_allclose(ahead, ball - 0.05 * 0.9 * m, rtol=1e-12)
    assert abs(ball - ahead).max() > 1e-3


def test_a_second_gradient_is_taken_where_it_is_asked_for():
    step = np.eye(2) - 0.05 * H @ (np.eye(2) - 0.05 * H)
    np.testing.assert_allclose(
        end(Extragradient(0.05))[0], np.linalg.matrix_power(step, 20) @ np.ones(2), rtol=1e-12
    )


def test_every_gradient_of_a_step_sees_one_sample():
    """With fresh noise for the second gradient the variance would gain a factor 1 + (eta H)^2, not (1 - eta H)^2."""
    moved = end(Extragradient(0.05), noise=1.0, walkers=4000) - end(Extragradient(0.05))[0]
    values, axes = np.linalg.eigh(H)
    kept, kick = 1 - 0.05 * values * (1 - 0.05 * values), 0.05 * (1 - 0.05 * values)
    variance = kick**2 * (1 - kept**40) / (1 - kept**2)
    found = (moved @ axes).var(axis=0)
    assert np.abs(found / variance - 1).max() < 4.5 * np.sqrt(2 / 4000)
    fresh = 0.05**2 * (1 + (0.05 * values) ** 2) * (1 - kept**40) / (1 - kept**2)  # negative control
    assert np.abs(found / fresh - 1).max() > 4.5 * np.sqrt(2 / 4000)
