"""Slow twins: every algorithm box in NumPy, one walker, and the exact moments of linear recurrences."""

import numpy as np

from diffusion import SGD, Adai, Adam, Cautious, InvAdam, Momentum


def sgd(optimizer, theta, gradients):
    for g in gradients:
        theta = theta - optimizer.eta * g
        yield theta


def momentum(optimizer, theta, gradients):
    """Eq. (4)."""
    m = np.zeros_like(theta)
    for t, g in enumerate(gradients, 1):
        m = optimizer.beta1 * m + optimizer.beta3 * g
        m_hat = m / (1 - optimizer.beta1**t) if optimizer.bias_correction else m
        theta = theta - optimizer.eta * m_hat
        yield theta


def adam(optimizer, theta, gradients):
    """Algorithm 1; a coordinate that never saw a gradient stays, whatever eps."""
    beta1, beta2 = optimizer.beta1, optimizer.beta2
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for t, g in enumerate(gradients, 1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        size = np.sqrt(v_hat) + optimizer.eps
        theta = theta - optimizer.eta * np.divide(m_hat, size, out=np.zeros_like(m), where=size > 0)
        yield theta


def adai_inertia(optimizer, v_hat):
    """beta1 of every coordinate before and after its clip; v_hat / mean(v_hat) is 1 where all are zero."""
    v_bar = v_hat.mean()
    free = 1 - (optimizer.beta0 / v_bar * v_hat if v_bar > 0 else np.full_like(v_hat, optimizer.beta0))
    return free, np.clip(free, 0, 1 - optimizer.eps)


def adai(optimizer, theta, gradients):
    """Algorithms 2 and 3."""
    m, v, product = np.zeros_like(theta), np.zeros_like(theta), np.ones_like(theta)
    for t, g in enumerate(gradients, 1):
        v = optimizer.beta2 * v + (1 - optimizer.beta2) * g**2
        _, beta1 = adai_inertia(optimizer, v / (1 - optimizer.beta2**t))
        product = product * beta1
        m = beta1 * m + (1 - beta1) * g
        theta = theta - optimizer.eta * optimizer.weight_decay * theta - optimizer.eta * m / (1 - product)
        yield theta


def inv_adam(optimizer, theta, gradients):
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for t, g in enumerate(gradients, 1):
        m = optimizer.beta1 * m + (1 - optimizer.beta1) * g
        v = optimizer.beta2 * v + (1 - optimizer.beta2) * g**2
        size = np.sqrt(v / (1 - optimizer.beta2**t)) + optimizer.eps
        step = m / (1 - optimizer.beta1**t) * size
        theta = theta - optimizer.eta * (step + optimizer.weight_decay * theta)
        yield theta


def cautious(optimizer, theta, gradients):
    """The mask on the steps of an optimizer that takes no notice of theta."""
    steps = -np.diff(path(optimizer.optimizer, np.zeros_like(theta), gradients), axis=0)
    for u, g in zip(steps, gradients, strict=True):
        moves = u * g > 0
        by_mean = optimizer.scale == "mean"
        scale = 1 / max(moves.mean(), 1e-3) if by_mean else moves.size / (moves.sum() + 1)
        theta = theta - scale * moves * u - optimizer.eta * optimizer.weight_decay * theta
        yield theta


BOXES = {SGD: sgd, Momentum: momentum, Adam: adam, Adai: adai, InvAdam: inv_adam, Cautious: cautious}


def path(optimizer, theta0, gradients):
    """Return theta before the first iteration and after each, shape (T + 1, dim)."""
    return np.array([theta0, *BOXES[type(optimizer)](optimizer, theta0, gradients)])


def linear_moments(A, N, y0, steps):
    """Return mean and second moment of ``y <- A y + N z`` after 0, 1, ..., steps, z standard normal."""
    mean, second = np.array(y0, float), np.outer(y0, y0)
    means, seconds = [mean], [second]
    for _ in range(steps):
        mean, second = A @ mean, A @ second @ A.T + N @ N.T
        means.append(mean)
        seconds.append(second)
    return np.array(means), np.array(seconds)


def heavy_ball(eta, beta1, beta3, H, C):
    """Return A and N of Eq. (4) on a quadratic, for y = (theta, m); SGD is beta1 = 0, beta3 = 1."""
    one, root = np.eye(len(H)), np.linalg.cholesky(C)
    A = np.block([[one - eta * beta3 * H, -eta * beta1 * one], [beta3 * H, beta1 * one]])
    return A, np.vstack([-eta * beta3 * root, beta3 * root])
