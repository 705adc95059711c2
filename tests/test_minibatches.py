"""Minibatches of a loss over data: rows drawn as promised, exact covariances, the same bits everywhere."""

import itertools
import math
import re

import numba
import numpy as np
import pytest

from diffusion import (
    SGD,
    Adai,
    FrozenNoise,
    Minibatches,
    MinibatchNoise,
    Momentum,
    Quadratic,
    Shifted,
    StyblinskiTang,
    escape_times,
    evolve,
    gradient_at,
    loss_over,
    sample_gradients,
)
from theory.exact import sgd_epoch_covariance, sgd_stationary_covariance

SIX = np.array([[-3.0], [-1.0], [0.0], [1.0], [1.5], [4.0]])
BOWL = Quadratic([2.0])


def orders(rows, B, epochs, walkers, seed):
    """Return which rows came at each step, shape (steps, walkers): with eta = 1 theta is the row itself."""
    numbers = np.arange(float(rows))[:, None]
    steps = epochs * (rows // B)
    loss = Shifted(Quadratic([1.0]), numbers)
    run = evolve(
        loss, Minibatches(B, "epochs"), SGD(1.0), 0.0, range(1, steps + 1), walkers=walkers, seed=seed, keep="positions"
    )  # fmt: skip
    return np.rint(run.positions[:, :, 0] * B).astype(int)


def test_every_row_comes_once_an_epoch(seed):
    # 2401 rows are 49 x 49 cells, and 49 times 1 / 49 is below 1 in doubles
    for rows in (1, 2, 3, 7, 64, 97, 2401):
        seen = orders(rows, 1, 2, 64, seed)
        for epoch in (seen[:rows], seen[rows:]):
            np.testing.assert_array_equal(
                np.sort(epoch, axis=0), np.repeat(np.arange(rows)[:, None], 64, axis=1)
            )


def test_all_720_orders_of_six_rows_are_equally_frequent(seed):
    walkers = 64 * 1125  # a hundred times each
    seen = orders(6, 1, 2, walkers, seed)

    def chi2(codes):
        counts = np.bincount(np.unique(codes, return_inverse=True)[1], minlength=720)
        return (np.sum((counts - walkers / 720) ** 2) / (walkers / 720) - 719) / math.sqrt(2 * 719)

    first, second = (np.sum(e * 6 ** np.arange(6)[:, None], axis=0) for e in (seen[:6], seen[6:]))
    assert abs(chi2(first)) < 5
    assert abs(chi2(second)) < 5
    independent = walkers / 720  # of the pairs of orders that would be equal by chance
    assert abs(np.sum(first == second) - independent) < 5 * math.sqrt(independent)
    biased = np.where(np.arange(walkers) % 10 == 0, first[0], first)  # negative control: a tenth in one order
    assert chi2(biased) > 50


def test_rows_that_do_not_fill_a_batch_sit_the_epoch_out(seed):
    seen = orders(7, 3, 4, 6400, seed)  # sums of three of seven rows, two steps an epoch
    both = seen[::2] + seen[1::2]
    out = 21 - both  # the row that was left out
    assert out.min() == 0
    assert out.max() == 6
    counts = np.array([np.bincount(epoch, minlength=7) for epoch in out])
    expected = 6400 / 7
    assert np.abs(counts - expected).max() < 5 * math.sqrt(expected)


def quadratic_variance(C, eta, H, M, k, lagged):
    """Return the variance of SGD k steps into an epoch, from the covariances of the gradients of its steps.

    theta_k = a**k theta_0 - eta sum_i a**(k - 1 - i) xi_i, a = 1 - eta H, and theta_0 knows nothing of this epoch.
    """
    a = 1 - eta * H

    def spread(k):
        weights = a ** np.arange(k)[::-1]
        return eta**2 * weights @ lagged[:k, :k] @ weights

    return a ** (2 * k) * spread(M) / (1 - a ** (2 * M)) + spread(k)


def epoch_variance(C, eta, H, M, k):
    """Return the same in closed form, for covariance C of one step and -C / (M - 1) between two of an epoch."""
    a = 1 - eta * H

    def spread(k):
        one, two = (1 - a**k) / (1 - a), (1 - a ** (2 * k)) / (1 - a * a)
        return eta**2 * C * (M * two - one**2) / (M - 1)

    return a ** (2 * k) * spread(M) / (1 - a ** (2 * M)) + spread(k)


def test_the_matrix_form_is_the_closed_form_along_every_eigenvector():
    turn = np.array([[0.8, 0.6], [-0.6, 0.8]])
    for M, eta in ((2, 0.3), (7, 0.3), (50, 0.01)):
        for k in (0, 1, M - 1, M):
            apart = [epoch_variance(C, eta, H, M, k) for H, C in ((2.0, 3.0), (0.5, 1.5))]
            H, C = turn @ np.diag([2.0, 0.5]) @ turn.T, turn @ np.diag([3.0, 1.5]) @ turn.T
            whole = sgd_epoch_covariance(H, eta=eta, C=C, batches=M, steps=k)
            np.testing.assert_allclose(turn.T @ whole @ turn, np.diag(apart), rtol=1e-9, atol=1e-12)
    with pytest.raises(ValueError, match="largest multiplier per iteration must be below 1"):
        sgd_epoch_covariance(21.0, eta=0.1, C=1.0, batches=2)
    free = sgd_epoch_covariance(
        1.0, eta=0.2, C=1.0, batches=9, between=0.0
    )  # steps that know nothing of each other
    np.testing.assert_allclose(free, sgd_stationary_covariance(1.0, eta=0.2, C=1.0), rtol=1e-12)


@pytest.mark.parametrize("B", [1, 2, 3])
def test_covariances_of_six_rows_are_those_of_all_orders(B):
    loss, noise, M = Shifted(BOWL, SIX), Minibatches(B, "epochs"), 6 // B
    gradients = -2.0 * SIX[:, 0]
    batches = np.array(
        [np.reshape(gradients[list(o)], (M, B)).mean(1) for o in itertools.permutations(range(6))]
    )
    apart = batches - gradients.mean()
    lagged = apart.T @ apart / 720
    C = noise.covariance(loss, 0.0)[0, 0]
    np.testing.assert_allclose(np.diag(lagged), C, rtol=1e-12)
    np.testing.assert_allclose(lagged[~np.eye(M, dtype=bool)], -C / (M - 1), rtol=1e-12)
    auto = noise.autocovariance(loss, 0.0, np.arange(M + 2))[:, 0, 0]
    by_phase = [
        np.sum(np.diagonal(lagged, h)) / M for h in range(M)
    ]  # steps whose partner is in another epoch add 0
    np.testing.assert_allclose(auto, [*by_phase, 0, 0], rtol=1e-12, atol=1e-12)
    for k in range(M + 1):
        exact = quadratic_variance(C, 0.1, 2.0, M, k, lagged)
        np.testing.assert_allclose(epoch_variance(C, 0.1, 2.0, M, k), exact, rtol=1e-12)
    with_replacement = Minibatches(B).covariance(loss, 0.0)[0, 0]
    pairs = [np.mean(rows) for rows in itertools.product(gradients, repeat=B)]
    np.testing.assert_allclose(with_replacement, np.var(pairs), rtol=1e-12)


def test_autocovariance_where_batches_do_not_divide_the_rows():
    gradients = -2.0 * SIX[:5, 0]
    pairs = np.array(
        [np.reshape(gradients[list(o[:4])], (2, 2)).mean(1) for o in itertools.permutations(range(5))]
    )
    apart = pairs - gradients.mean()
    auto = Minibatches(2, "epochs").autocovariance(Shifted(BOWL, SIX[:5]), 0.0, [0, 1, 2])[:, 0, 0]
    np.testing.assert_allclose(
        auto, [np.mean(apart**2), np.mean(apart[:, 0] * apart[:, 1]) / 2, 0], rtol=1e-12
    )


def test_sgd_has_the_exact_stationary_variance_of_its_order(seed):
    """Epoch order against its closed form; drawing with replacement is the negative control, and the other way round."""
    eta, H, B, M = 0.2, 2.0, 2, 3
    loss, a, steps = Shifted(BOWL, SIX), 1 - 0.2 * 2.0, 36 + np.arange(4)
    forms = {
        "epochs": [epoch_variance(Minibatches(B, "epochs").covariance(loss, 0.0)[0, 0], eta, H, M, k % M) for k in range(4)],
        "replacement": [eta**2 * Minibatches(B).covariance(loss, 0.0)[0, 0] / (1 - a * a)] * 4,
    }  # fmt: skip
    for order, other in (("epochs", "replacement"), ("replacement", "epochs")):
        run = evolve(loss, Minibatches(B, order), SGD(eta), SIX.mean(), steps, walkers=64_000, seed=seed)
        msd = run.msd()
        assert np.abs((msd.mean[:, 0] - forms[order]) / msd.stderr[:, 0]).max() < 5
        assert np.abs((msd.mean[:, 0] - forms[other]) / msd.stderr[:, 0]).min() > 5


@numba.njit
def logistic(theta, row, g):
    z = theta[-1]
    for j in range(theta.size - 1):
        z += theta[j] * row[j]
    wrong = 1 / (1 + math.exp(-z)) - row[-1]
    for j in range(theta.size - 1):
        g[j] = wrong * row[j]
    g[-1] = wrong


@numba.njit
def logistic_loss(theta, row):
    z = theta[-1]
    for j in range(theta.size - 1):
        z += theta[j] * row[j]
    return math.log1p(math.exp(z)) - row[-1] * z


RANDOM = np.random.default_rng(7)
FEATURES = RANDOM.normal(size=(101, 4))
DATA = np.column_stack([FEATURES, FEATURES @ [1.0, -2.0, 0.5, 0.0] + RANDOM.logistic(size=101) > 0])
LOGISTIC = loss_over(logistic, DATA, 5, logistic_loss)
POINT = np.array([0.3, -0.4, 0.1, 0.2, -0.1])


def test_loss_over_data_has_the_gradient_of_its_loss():
    z = FEATURES @ POINT[:-1] + POINT[-1]
    each = (1 / (1 + np.exp(-z)) - DATA[:, -1])[:, None] * np.column_stack([FEATURES, np.ones(101)])
    np.testing.assert_allclose(
        LOGISTIC.loss(POINT), np.mean(np.log1p(np.exp(z)) - DATA[:, -1] * z), rtol=1e-12
    )
    np.testing.assert_allclose(sample_gradients(LOGISTIC, POINT), each, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(sample_gradients(LOGISTIC, POINT, [100, 3]), each[[100, 3]], rtol=1e-12)
    np.testing.assert_allclose(gradient_at(LOGISTIC, POINT), each.mean(0), rtol=1e-12, atol=1e-15)
    by_differences = [
        (LOGISTIC.loss(POINT + 1e-5 * e) - LOGISTIC.loss(POINT - 1e-5 * e)) / 2e-5 for e in np.eye(5)
    ]
    np.testing.assert_allclose(gradient_at(LOGISTIC, POINT), by_differences, atol=1e-9)
    two = LOGISTIC.loss(np.stack([POINT, 2 * POINT]))
    np.testing.assert_array_equal(two, [LOGISTIC.loss(POINT), LOGISTIC.loss(2 * POINT)])
    C = Minibatches(4).covariance(LOGISTIC, POINT)
    np.testing.assert_allclose(C, np.cov(each, rowvar=False, bias=True) / 4, rtol=1e-10, atol=1e-16)


@pytest.mark.parametrize("order", ["replacement", "epochs"])
def test_one_step_has_the_stated_mean_and_covariance(order, seed):
    noise = Minibatches(30, order)
    run = evolve(LOGISTIC, noise, SGD(1.0), POINT, 1, walkers=64_000, seed=seed, keep="positions")
    g, C = POINT - run.positions[0], noise.covariance(LOGISTIC, POINT)
    apart = g - gradient_at(LOGISTIC, POINT)
    assert np.abs(apart.mean(0) / np.sqrt(np.diag(C) / len(g))).max() < 5
    products = apart[:, :, None] * apart[:, None, :]
    errors = products.std(axis=0) / np.sqrt(len(g))
    assert np.abs((products.mean(0) - C) / errors).max() < 5
    other = Minibatches(30, "epochs" if order == "replacement" else "replacement").covariance(LOGISTIC, POINT)
    assert np.abs(np.diag((products.mean(0) - other) / errors)).min() > 5


def test_other_noise_on_a_loss_over_data_sees_all_rows():
    run = evolve(LOGISTIC, FrozenNoise(0.0), SGD(0.5), 0.0, 500, walkers=1, seed=0, keep="positions")
    theta = np.zeros(5)
    for _ in range(500):
        theta = theta - 0.5 * gradient_at(LOGISTIC, theta)
    np.testing.assert_allclose(run.positions[0, 0], theta, rtol=1e-12)


def test_the_papers_loss_is_one_over_data(seed):
    valley, samples = StyblinskiTang(3, 2.0), np.random.default_rng(1).normal(0, 2, (40, 3))
    theta = valley.minimum + 0.1
    mean = np.mean([gradient_at(valley, theta - x / valley.stretch) for x in samples], axis=0)
    loss = Shifted(valley, samples)
    np.testing.assert_allclose(gradient_at(loss, theta), mean, rtol=1e-12)
    np.testing.assert_allclose(
        loss.loss(theta), np.mean([valley.loss(theta - x / valley.stretch) for x in samples])
    )
    run = {"walkers": 64, "seed": seed, "keep": "states"}
    old = evolve(valley, MinibatchNoise(samples, 5), Adai(1e-3), theta, [50], **run)
    new = evolve(loss, Minibatches(5), Adai(1e-3), theta, [50], **run)
    np.testing.assert_array_equal(old.states, new.states)
    for old, new in (
        (MinibatchNoise(samples, 5).covariance(valley, theta), Minibatches(5).covariance(loss, theta)),
    ):
        np.testing.assert_array_equal(old, new)


def test_more_threads_and_other_splits_of_the_walkers_give_the_same_orders():
    valley, samples = StyblinskiTang(2, 2.0), np.random.default_rng(1).normal(0, 1, (37, 2))
    loss, noise = Shifted(valley, samples), Minibatches(5, "epochs")

    def states(walkers, workers):
        run = evolve(loss, noise, Momentum(1e-3), valley.minimum, [0, 20, 33], walkers=walkers, seed=3, workers=workers, keep="states")  # fmt: skip
        return run.states

    whole = states(200, 1)
    np.testing.assert_array_equal(states(200, 2), whole)
    np.testing.assert_array_equal(states(range(128, 200), 1), whole[:, :, 128:])
    assert whole[:, -2].max() == 6  # 37 // 5 = 7 batches an epoch, numbered from 0
    assert len(np.unique(whole[1:, -1, :, 0])) > 300  # each walker its own key, each epoch a new one

    def times(walkers, workers):
        return escape_times(loss, noise, Momentum(1e-3), start=valley.minimum, boundary=valley.minimum + 0.3, max_iterations=2000, walkers=walkers, seed=3, workers=workers)  # fmt: skip

    run = times(100, 1)
    assert run.escaped.all()
    assert len(np.unique(run.iterations)) > 5
    np.testing.assert_array_equal(times(100, 2).iterations, run.iterations)
    np.testing.assert_array_equal(times(range(77, 100), 1).iterations, run.iterations[77:])


def lazy(theta, row, g):
    g[0] = row[0]


def greedy(theta, row, g):
    theta[0] = 0.0
    g[:] = row[0]


def wrong(theta, row, g):
    logistic.py_func(theta, row, g)
    g[0] *= 1.001


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: loss_over(lazy, DATA, 1), "row_gradient must be a function compiled by numba.njit, got"),
        (lambda: loss_over(numba.njit(lazy), DATA, 5), "row_gradient leaves 4 of the 5 entries of g unwritten or NaN"),
        (lambda: loss_over(numba.njit(greedy), DATA, 2), "got ValueError: assignment destination is read-only"),
        (lambda: loss_over(logistic, DATA[:, :3], 5), "got IndexError"),
        (lambda: loss_over(numba.njit(wrong), DATA, 5, logistic_loss), "row_gradient is not the derivative of row_loss"),
        (lambda: loss_over(logistic, DATA[0], 5), "data must be of shape (rows, columns), got (5,)"),
        (lambda: loss_over(logistic, DATA * np.nan, 5), "data must be finite"),
        (lambda: LOGISTIC.loss(np.zeros(4)), "theta must be of shape (..., 5), got (4,)"),
        (lambda: sample_gradients(LOGISTIC, 0.0, [101]), "rows must be numbers of rows, 0 to 100, got [101]"),
        (lambda: sample_gradients(BOWL, 0.0), "sample_gradients needs a loss over data; Quadratic has no rows."),
        (lambda: Minibatches(5, "shuffle"), 'order must be "replacement" or "epochs", got'),
        (lambda: evolve(BOWL, Minibatches(5), SGD(0.1), 0.0, 1, walkers=1, seed=0), "Make one with loss_over("),
        (
            lambda: evolve(LOGISTIC, Minibatches(102, "epochs"), SGD(0.1), 0.0, 1, walkers=1, seed=0),
            "B must be at most the 101 rows of the data with order='epochs', got 102",
        ),
        (lambda: evolve(LOGISTIC, MinibatchNoise(DATA, 3), SGD(0.1), 0.0, 1, walkers=1, seed=0), "use Minibatches(3)"),
        (lambda: Minibatches(5).autocovariance(LOGISTIC, 0.0, -1), "lags must be whole numbers, 0 or more, got"),
        (lambda: Shifted(BOWL, [[1.0, 2.0]]), "samples must be of shape (rows, 1), got (1, 2)"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_words(make, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        make()
    assert "\n" not in str(caught.value)
