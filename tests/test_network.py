"""`Network`: gradients, Hessians and estimates beside differences and a slow twin; the same bits everywhere."""

import itertools
import re

import numpy as np
import pytest

from diffusion import SGD, Minibatches, Momentum, Network, evolve, gradient_at, sample_gradients

SHAPES = [((5, 3), "relu"), ((5, 4, 3), "relu"), ((6, 5, 7, 4), "tanh"), ((3, 9, 2, 6, 2), "relu")]


def example(layers, activation, rows=37, l2=0.03):
    """Return a network on random data, and a random point: the same in every test, in any order."""
    random = np.random.default_rng([3, rows, *layers])
    X, y = random.uniform(0, 1, (rows, layers[0])), random.integers(0, layers[-1], rows)
    network = Network(layers, X, y, activation, l2)
    return network, random.normal(0, 0.7, network.dim)


def twin(network, theta, x, y):
    """Return loss and gradient for one row, every sum written out."""
    widths, first, parts = network.layers, 0, []
    for n, m in itertools.pairwise(widths):
        parts.append((theta[first : first + n * m].reshape(n, m), theta[first + n * m : first + (n + 1) * m]))
        first += (n + 1) * m
    a = [list(x)]
    for number, (W, b) in enumerate(parts, 1):
        z = [b[k] + sum(a[-1][j] * W[j, k] for j in range(len(a[-1]))) for k in range(len(b))]
        inner = np.tanh if network.activation == "tanh" else lambda v: max(v, 0.0)
        a.append(z if number == len(parts) else [inner(v) for v in z])
    p = np.exp(a[-1]) / np.sum(np.exp(a[-1]))
    loss, d, g = -np.log(p[y]), [p[k] - (k == y) for k in range(widths[-1])], []
    for number in range(len(parts) - 1, -1, -1):
        W, b = parts[number]
        g = [*[a[number][j] * d[k] for j in range(len(W)) for k in range(len(b))], *d, *g]
        slopes = [1 - v * v if network.activation == "tanh" else float(v > 0) for v in a[number]]
        d = [slopes[j] * sum(W[j, k] * d[k] for k in range(len(b))) for j in range(len(W))]
    return loss + network.l2 / 2 * theta @ theta, np.array(g) + network.l2 * theta


def differences(function, theta, step=1e-5):
    return np.array(
        [(function(theta + step * e) - function(theta - step * e)) / (2 * step) for e in np.eye(theta.size)]
    )


@pytest.mark.parametrize(("layers", "activation"), SHAPES)
def test_loss_and_gradients_are_those_of_the_slow_twin(layers, activation):
    network, theta = example(layers, activation)
    losses, gradients = zip(
        *(twin(network, theta, *row) for row in zip(network.X, network.y, strict=True)), strict=True
    )
    np.testing.assert_allclose(network.loss(theta), np.mean(losses), rtol=1e-13)
    np.testing.assert_allclose(network.sample_gradients(theta), gradients, rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(
        sample_gradients(network, theta), gradients, rtol=1e-11, atol=1e-14
    )  # the kernel
    np.testing.assert_allclose(
        gradient_at(network, theta), np.mean(gradients, axis=0), rtol=1e-11, atol=1e-14
    )
    np.testing.assert_allclose(
        network.sample_gradients(theta, [5, 0]), np.array(gradients)[[5, 0]], rtol=1e-11, atol=1e-14
    )


@pytest.mark.parametrize(("layers", "activation"), SHAPES)
def test_derivatives_are_those_that_differences_show(layers, activation):
    network, theta = example(layers, activation)
    np.testing.assert_allclose(gradient_at(network, theta), differences(network.loss, theta), atol=1e-9)
    H = network.hessian(theta)
    np.testing.assert_allclose(H, differences(lambda t: gradient_at(network, t), theta), atol=1e-8)
    np.testing.assert_array_equal(H, H.T)
    v = np.random.default_rng(4).normal(size=(3, network.dim))
    np.testing.assert_allclose(network.hvp(theta, v), v @ H, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(network.hvp(theta, v[0]), H @ v[0], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("layers", "activation"), SHAPES)
def test_gauss_newton_is_the_curvature_of_the_loss_through_the_logits(layers, activation):
    network, theta = example(layers, activation, rows=11)

    def logits(t):
        from diffusion.networks.layers import forward, weights_of

        return forward(weights_of(layers, t), network.X, activation)[-1].ravel()

    J = differences(logits, theta).T.reshape(11, layers[-1], -1)
    z = logits(theta).reshape(11, -1)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    middle = np.einsum("rk,kl->rkl", p, np.eye(layers[-1])) - p[:, :, None] * p[:, None, :]
    expected = np.einsum("rkp,rkl,rlq->pq", J, middle, J) / 11 + network.l2 * np.eye(network.dim)
    np.testing.assert_allclose(network.gauss_newton(theta), expected, atol=1e-8)
    if len(layers) == 2:  # softmax regression has no curvature of its own
        np.testing.assert_allclose(network.gauss_newton(theta), network.hessian(theta), atol=1e-14)
    else:
        assert np.abs(network.gauss_newton(theta) - network.hessian(theta)).max() > 1e-3


@pytest.mark.parametrize("B", [1, 10, 17, 37])
def test_minibatches_are_means_over_their_rows_whatever_the_passes(B):
    """SGD with eta = 1 from one point: every move is the mean of B of the rows' gradients, each with the weight 1 / B."""
    network, theta = example((20, 8, 3), "tanh")
    run = evolve(network, Minibatches(B, "epochs"), SGD(1.0), theta, 1, walkers=33, seed=2, keep="positions")
    weights = np.linalg.lstsq(network.sample_gradients(theta).T, (theta - run.positions[0]).T, rcond=None)[0]
    expected = np.zeros(37)
    expected[37 - B :] = 1 / B
    np.testing.assert_allclose(np.sort(weights, axis=0), np.repeat(expected[:, None], 33, axis=1), atol=1e-8)
    if B < 37:
        assert len(np.unique((weights > 0.5 / B), axis=1).T) > 15  # other walkers, other rows


def test_trace_and_sharpness_are_those_of_the_hessian():
    network, theta = example((6, 5, 7, 4), "tanh")
    H = network.hessian(theta)
    trace = network.trace(theta, probes=2000, seed=1)
    assert abs(trace.mean - np.trace(H)) < 5 * trace.stderr
    assert trace.stderr < 0.1 * np.trace(H)
    assert abs(trace.mean - 1.5 * np.trace(H)) > 5 * trace.stderr  # negative control
    delta = 1e-3
    rise = network.expected_sharpness(theta, delta, draws=2000, seed=1)
    assert (
        abs(rise.mean - delta**2 / 2 * np.trace(H)) < 5 * rise.stderr + 1e-3 * rise.mean
    )  # next order: delta**4
    assert abs(rise.mean - delta**2 / 3 * np.trace(H)) > 5 * rise.stderr  # negative control
    flat = Network(
        (2, 2), np.zeros((4, 2)), [0, 1, 0, 1], l2=2.0
    )  # L = |theta|**2 + log 2 where the biases agree
    H = flat.hessian(np.zeros(6))
    np.testing.assert_allclose(np.diag(H), [2, 2, 2, 2, 2.25, 2.25])


def test_error_counts_wrong_labels():
    X, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 1, 1, 0])
    network = Network((1, 2), X, y)
    above = np.array([0.0, 1.0, 0.0, -1.5])  # class 1 from 1.5 on: wrong at 1 and at 3
    assert network.error(above) == 0.5
    assert network.error(np.stack([above, -above])).tolist() == [0.5, 0.5]
    assert network.error(np.array([0.0, 1.0, 0.0, -0.5])) == 0.25
    assert network.error(above, X[:1], y[:1]) == 0.0
    other = network.loss(np.stack([above, 2 * above]))
    np.testing.assert_array_equal(other, [network.loss(above), network.loss(2 * above)])


def test_starts_have_their_variance_and_do_not_depend_on_how_many_there_are(seed):
    network, _ = example((40, 30, 3), "relu")
    for kind, variances in (("he", (2 / 40, 2 / 30)), ("glorot", (2 / 70, 2 / 33))):
        starts = network.initial(seed, 200, kind)
        np.testing.assert_array_equal(network.initial(seed, range(150, 160), kind), starts[150:160])
        first, biases, second = starts[:, :1200], starts[:, 1200:1230], starts[:, 1230:1320]
        assert not biases.any()
        for W, variance in ((first, variances[0]), (second, variances[1])):
            assert abs(np.mean(W**2) / variance - 1) < 5 * np.sqrt(2 / W.size)
        assert abs(np.mean(first**2) / (1.1 * variances[0]) - 1) > 5 * np.sqrt(
            2 / first.size
        )  # negative control
    assert not np.array_equal(network.initial(seed + 1, 1), network.initial(seed, 1))


def test_training_learns_and_its_bits_do_not_depend_on_threads_or_splits():
    X = np.random.default_rng(5).uniform(-1, 1, (400, 2))
    network = Network((2, 12, 2), X, X[:, 0] * X[:, 1] > 0, "tanh")
    start = network.initial(0, 1)[0]

    def states(walkers, workers=1):
        run = evolve(network, Minibatches(10, "epochs"), Momentum(0.1), start, [0, 1500], walkers=walkers, seed=5, workers=workers, keep="states")  # fmt: skip
        return run.states

    whole = states(96)
    np.testing.assert_array_equal(states(96, 2), whole)
    np.testing.assert_array_equal(states(range(64, 96)), whole[:, :, 64:])
    assert network.error(whole[0, 0]).mean() > 0.3
    assert network.error(whole[1, 0]).mean() < 0.08
    assert network.loss(whole[1, 0]).std() > 0  # walkers see rows of their own


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Network((5,), np.zeros((3, 5)), [0, 1, 1]), "layers must be features, hidden widths, 2 or more classes"),
        (lambda: Network((5, 0, 2), np.zeros((3, 5)), [0, 1, 1]), "layers must be a whole number from 1 to"),
        (lambda: Network((4, 2), np.zeros((3, 5)), [0, 1, 1]), "X must be of shape (rows, 4), got (3, 5)"),
        (lambda: Network((5, 2), np.zeros((3, 5)), [0, 1, 2]), "y must be labels from 0 to 1, shape (rows,), got"),
        (lambda: Network((5, 2), np.zeros((3, 5)), [0, 1]), "y must be of shape (3,), a label for each row of X, got (2,)"),
        (lambda: Network((5, 2), np.zeros((3, 5)), [0, 1, 1], "sigmoid"), 'activation must be "relu" or "tanh", got'),
        (lambda: Network((5, 2), np.zeros((3, 5)), [0, 1, 1], l2=-1.0), "l2 must be 0 or more and finite, got -1.0"),
        (lambda: example((5, 2), "relu")[0].loss(np.zeros(3)), "theta must be of shape (..., 12), got (3,)"),
        (lambda: example((5, 2), "relu")[0].hvp(np.zeros(12), np.zeros(3)), "v must be of shape (12,) or (k, 12), got (3,)"),
        (lambda: example((60, 60, 2), "relu")[0].hessian(np.zeros(3782)), "use products with it: hvp(theta, v)"),
        (lambda: example((5, 2), "relu")[0].initial(0, 3, "xavier"), 'kind must be "he" or "glorot", got'),
        (lambda: example((5, 2), "relu")[0].error(np.zeros(12), np.zeros((1, 5))), "X, y must be given both or neither"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_words(make, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        make()
