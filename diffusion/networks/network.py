"""Loss of a fully connected network, as a landscape.

Its coordinates are all weights and biases; the data set is fixed.
"""

from dataclasses import field

import numpy as np

from diffusion.checks import (
    finite_array,
    one_of,
    positive,
    require,
    require_number,
    seed_number,
    walker_ids,
    whole,
)
from diffusion.jit import aligned_zeros, part
from diffusion.networks import layers as nets
from diffusion.networks.backpropagation import LaneNetwork, plan_of
from diffusion.statistics import Estimate

# Larger matrices are refused: memory grows with the square of the weights, 8 * 3000**2 bytes here.
DENSE = 3000  # weights up to which a matrix of all of them is made: 72 MB
ROOM = 2**22  # numbers in an array of intermediate results: 32 MB


@part
class Network:
    r"""Mean cross-entropy of a fully connected network.

    The mean runs over a data set; L2 regularisation can be added.

    Its coordinates ``theta`` are W1 (inputs x outputs, row by row), b1, W2, b2, ...: a layer is a W + b, then the
    activation, and softmax last. With ``layers=(inputs, classes)`` it is softmax regression.

    Parameters
    ----------
    layers : sequence of int
        Widths: features, hidden layers, classes.
    X : array_like, shape (rows, layers[0])
        Features.
    y : array_like of int, shape (rows,)
        Labels, 0 to layers[-1] - 1.
    activation : {"relu", "tanh"}
    l2 : float
        Adds ``l2 / 2 |theta|**2``, biases included, to the loss; 0 or more.

    Attributes
    ----------
    dim : int
        Weights and biases, P.
    rows : int
        Rows of the data.

    Examples
    --------
    >>> import numpy as np
    >>> from diffusion import SGD, Minibatches, Network, evolve
    >>> X = np.random.default_rng(0).uniform(-1, 1, (200, 2))
    >>> network = Network((2, 8, 2), X, X[:, 0] * X[:, 1] > 0)
    >>> start = network.initial(seed=0, walkers=1)[0]
    >>> run = evolve(network, Minibatches(10), SGD(0.5), start, 2000, walkers=32, seed=0, keep="positions")
    >>> bool(network.error(run.positions[-1]).mean() < 0.05)
    True
    """

    layers: tuple
    X: np.ndarray
    y: np.ndarray
    activation: str = "relu"
    l2: float = 0.0
    table: np.ndarray = field(init=False, repr=False)

    def __post_init__(self):
        # An object array keeps each width as it was given, so that 2.5 is refused and not rounded.
        widths = tuple(whole(n, "layers", 1, 100_000) for n in np.atleast_1d(np.asarray(self.layers, object)))
        require(
            len(widths) >= 2 and widths[-1] >= 2,
            "layers",
            "features, hidden widths, 2 or more classes",
            widths,
        )
        X, y = features(self.X, widths), labels(self.y, widths)
        require(len(X) == len(y), "y", f"of shape ({len(X)},), a label for each row of X", y.shape)
        one_of(self.activation, "activation", ("relu", "tanh"))
        require_number(self.l2, "l2", "0 or more and finite", 0)
        # One table: the kernel finds a row's label right behind its features.
        table = aligned_zeros((len(X), X.shape[1] + 1))
        table[:, :-1], table[:, -1] = X, y
        table.flags.writeable = False  # shared by all threads
        for name, value in (("layers", widths), ("X", table[:, :-1]), ("y", y), ("table", table)):
            object.__setattr__(self, name, value)

    @property
    def dim(self):
        """Weights and biases."""
        return nets.size_of(self.layers)

    @property
    def rows(self):
        """Rows of the data."""
        return len(self.y)

    def form(self):
        """Return the landscape whose kernels run."""
        return LaneNetwork(self.table, plan_of(self.layers, self.activation == "tanh", self.l2), self.dim)

    def loss(self, theta):
        """Return the loss at theta of shape (..., P)."""
        theta = self._weights(theta)
        mean = self._for_each(theta, self.X, lambda z: nets.cross_entropy(z, self.y).mean(axis=-1))
        return mean + self.l2 / 2 * np.sum(theta * theta, axis=-1)

    def error(self, theta, X=None, y=None):
        """Return the share of misclassified rows.

        ``theta`` has the shape (..., P); other data can be given in place of the network's own.
        """
        require((X is None) == (y is None), "X, y", "given both or neither", "one of them")
        X, y = (self.X, self.y) if X is None else (features(X, self.layers), labels(y, self.layers))
        require(len(X) == len(y), "y", f"of shape ({len(X)},), a label for each row of X", np.shape(y))
        return self._for_each(self._weights(theta), X, lambda z: np.mean(z.argmax(axis=-1) != y, axis=-1))

    def sample_gradients(self, theta, rows=None):
        """Return the gradient of each row's loss, shape (rows, P).

        ``rows`` chooses some of the rows; ``theta`` is one point.
        """
        theta = self._weights(theta, one=True)
        chosen = np.arange(self.rows) if rows is None else np.asarray(rows)
        X, y, weights = self.X[chosen], self.y[chosen], nets.weights_of(self.layers, theta)
        values = nets.forward(weights, X, self.activation)
        error = np.exp(nets.log_softmax(values[-1]))
        error[np.arange(len(y)), y] -= 1
        errors = nets.backward(weights, values, error, self.activation)
        # `values` has one entry more than `errors`: the logits, which no layer takes in.
        per_layer = [
            (a[:, :, None] * e[:, None, :], e[:, None, :]) for a, e in zip(values, errors, strict=False)
        ]
        return nets.joined(per_layer) + self.l2 * theta

    def hvp(self, theta, v):
        """Return the Hessian at theta times ``v``.

        ``v`` has the shape (P,), or (k, P) for k products at once.
        """
        return self._products(theta, v, gauss_newton=False)

    def gauss_newton_product(self, theta, v):
        """Return the Gauss-Newton matrix at theta times ``v``.

        ``v`` has the shape (P,), or (k, P) for k products at once.
        """
        return self._products(theta, v, gauss_newton=True)

    def hessian(self, theta):
        """Return the Hessian at theta, shape (P, P).

        Networks of up to 3000 weights have it.

        At a kink of relu it is that of the side where the unit is off.
        """
        return self._matrix(theta, gauss_newton=False)

    def gauss_newton(self, theta):
        """Return the Gauss-Newton matrix at theta, shape (P, P).

        Networks of up to 3000 weights have it.

        The Hessian without the curvature of the network itself; for cross-entropy it is the Fisher information of the
        network's own distribution of labels. L2 adds its ``l2`` to the diagonal, as in the Hessian.
        """
        return self._matrix(theta, gauss_newton=True)

    def trace(self, theta, *, probes=100, seed):
        """Return the trace of the Hessian as an `Estimate`.

        Hutchinson's estimator at theta, with random signs.
        """
        probes = whole(probes, "probes", 2, 100_000)
        # Signs, not normals: with signs the diagonal adds no variance to z^T H z.
        signs = np.random.default_rng(seed_number(seed)).integers(0, 2, (probes, self.dim)) * 2.0 - 1
        found = np.sum(signs * self.hvp(theta, signs), axis=1)
        return Estimate(found.mean(), found.std(ddof=1) / np.sqrt(probes), probes)

    def expected_sharpness(self, theta, delta, *, draws=100, seed):
        """Return the expected sharpness as an `Estimate`.

        It is E[L(theta + delta z) - L(theta)], with z standard normal.

        Draws come in pairs z, -z, whose mean has no slope.
        """
        positive(delta, "delta")
        draws, theta = whole(draws, "draws", 2, 1_000_000), self._weights(theta, one=True)
        random, rises = np.random.default_rng(seed_number(seed)), []
        # Draws come in batches of at most ROOM numbers, so memory does not grow with `draws`.
        here, some = self.loss(theta), max(1, ROOM // self.dim)
        for first in range(0, draws, some):
            z = delta * random.standard_normal((min(some, draws - first), self.dim))
            rises.append((self.loss(theta + z) + self.loss(theta - z)) / 2 - here)
        rise = np.concatenate(rises)
        return Estimate(rise.mean(), rise.std(ddof=1) / np.sqrt(draws), draws)

    def initial(self, seed, walkers, kind="he"):
        """Return random starts, shape (walkers, P).

        A walker's start depends on the seed and its id alone.

        Parameters
        ----------
        seed : int
        walkers : int or range
            How many, or which ids.
        kind : {"he", "glorot"}
            Weights normal with variance 2 / inputs, or uniform with variance 2 / (inputs + outputs). Biases are 0.
        """
        one_of(kind, "kind", ("he", "glorot"))
        seed, ids = seed_number(seed), walker_ids(walkers)
        starts = np.zeros((len(ids), self.dim))
        for start, walker in zip(starts, ids, strict=True):
            # Each walker has a generator of its own, so more walkers do not change the first ones.
            random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(walker,)))
            for W, _ in nets.weights_of(self.layers, start):
                n, m = W.shape
                if kind == "he":
                    W[:] = random.normal(0, np.sqrt(2 / n), (n, m))
                else:
                    # A uniform number on (-c, c) has the variance c**2 / 3, so c**2 = 6 / (n + m).
                    W[:] = random.uniform(-1, 1, (n, m)) * np.sqrt(6 / (n + m))
        return starts

    def _weights(self, theta, one=False):
        theta = finite_array(theta, "theta")
        shape = f"({self.dim},)" if one else f"(..., {self.dim})"
        ok = theta.ndim > 0 and theta.shape[-1] == self.dim and (theta.ndim == 1 or not one)
        require(ok, "theta", f"of shape {shape}", theta.shape)
        return theta

    def _for_each(self, theta, X, result):
        """Return ``result(logits)`` for every theta.

        A few thetas are taken at a time, so that no array exceeds ``ROOM`` numbers.
        """
        flat = theta.reshape(-1, self.dim)
        some = max(1, ROOM // (len(X) * max(self.layers)))
        found = [
            result(nets.forward(nets.weights_of(self.layers, flat[i : i + some]), X, self.activation)[-1])
            for i in range(0, len(flat), some)
        ]
        return np.concatenate(found).reshape(theta.shape[:-1])[()]

    def _products(self, theta, v, gauss_newton):
        theta, v = self._weights(theta, one=True), finite_array(v, "v")
        ok = v.ndim in (1, 2) and v.shape[-1] == self.dim
        require(ok, "v", f"of shape ({self.dim},) or (k, {self.dim})", v.shape)
        weights, ways = nets.weights_of(self.layers, theta), np.atleast_2d(v)
        # rows first: products of a few directions at a time fit the caches
        at_a_time = max(1, ROOM // (min(self.rows, 2000) * max(self.layers)))
        total = np.zeros_like(ways)
        for i in range(0, len(ways), at_a_time):
            way = nets.weights_of(self.layers, ways[i : i + at_a_time])
            for r in range(0, self.rows, 2000):
                X, y = self.X[r : r + 2000], self.y[r : r + 2000]
                total[i : i + at_a_time] += nets.hessian_products(
                    weights, way, X, y, self.activation, gauss_newton
                )
        return (total / self.rows + self.l2 * ways).reshape(v.shape)

    def _matrix(self, theta, gauss_newton):
        if self.dim > DENSE:
            raise ValueError(
                f"a matrix of all {self.dim} weights is too large (at most {DENSE}); use products with it: hvp(theta, v)"
            )
        H = self._products(theta, np.eye(self.dim), gauss_newton)
        # Rounding leaves differences near 1e-16 between both triangles; eigenvalue solvers read
        # only one.
        return (H + H.T) / 2


def features(X, widths):
    """Check features and return them as an array.

    Their number of columns must be the network's first width.
    """
    X = finite_array(X, "X")
    require(X.ndim == 2 and X.shape[1] == widths[0], "X", f"of shape (rows, {widths[0]})", X.shape)
    return X


def labels(y, widths):
    """Check labels and return them as whole numbers.

    They must be below the network's last width.
    """
    y = np.asarray(y)
    y = finite_array(y.astype(int) if y.dtype == bool else y, "y")
    whole_numbers = y.ndim == 1 and np.all((y == np.floor(y)) & (y >= 0) & (y < widths[-1]))
    require(whole_numbers, "y", f"labels from 0 to {widths[-1] - 1}, shape (rows,)", y.tolist())
    return y.astype(int)
