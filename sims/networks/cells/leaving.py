"""Cells of Table 1 on a network: how fast optimizers leave a real saddle.

Hidden units come in pairs of equal units. The best such network is a critical point of the loss, since exchanging a pair
changes nothing; where the loss falls when a pair parts ways, it is a saddle, with as many ways out as its Hessian has
negative eigenvalues. The two units of a pair get the same gradient from every image, so minibatch noise has no part along
those ways: walkers start beside the saddle, a little way along one of them.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from scipy.optimize import minimize

from diffusion import SGD, Adai, Adam, Minibatches, Momentum, Network, Schedule, evolve, gradient_at
from diffusion.checks import one_of, positive, whole
from sims.networks.cells.crossing import time_of_passing
from sims.networks.figure import DATA
from sims.storage.seeds import derived_seed

HEADLINE = ("optimizer", "way", "network", "H", "epochs")
# Steps of one size, as on the toy landscape: with the paper's rates Momentum and Adai are unstable on this network.
RULES: dict[str, Any] = {"sgd": SGD(0.1), "momentum": Momentum(0.01), "adam": Adam(1e-3), "adai": Adai(0.1)}
PAIRS, ROWS, L2, B = 4, 500, 5e-4, 32
STEEP, FLAT = "steep", "flat"
EASIER = 1 / 4  # curvature of the flat way out over that of the steep one, about


@dataclass(frozen=True)
class Leaving:
    """Settings of one cell.

    Parameters
    ----------
    optimizer : one of the paper's, with the rate of ``RULES``.
    way : "steep" or "flat" way out.
    apart : distance from the saddle at the start; a walker has left at ten times that.
    epochs : passes over the data, at most.
    networks : walkers; each has its own order of the images.
    seed : the order of the images depends on it and on the number of the walker alone.
    """

    optimizer: str = "adam"
    way: str = STEEP
    apart: float = 0.01
    epochs: int = 400
    networks: int = 32
    seed: int = 0

    def __post_init__(self):
        one_of(self.optimizer, "optimizer", tuple(RULES))
        one_of(self.way, "way", (STEEP, FLAT))
        positive(self.apart, "apart")
        whole(self.epochs, "epochs", 1)
        whole(self.networks, "networks", 2)


def network() -> Network:
    """Return the network: 500 digits, one hidden layer of tanh units in pairs."""
    X, y, _, _ = DATA["digits"]()
    return Network((X.shape[1], 2 * PAIRS, 10), X[:ROWS], y[:ROWS], activation="tanh", l2=L2)


def symmetrized(theta, inputs, classes):
    """Return theta with the mean of both units of every pair in their places."""
    hidden = 2 * PAIRS
    cuts = np.cumsum([inputs * hidden, hidden, hidden * classes])
    W, b, V, c = np.split(theta, cuts)
    W, b, V = W.reshape(inputs, PAIRS, 2), b.reshape(PAIRS, 2), V.reshape(PAIRS, 2, classes)
    means = (
        np.broadcast_to(a.mean(axis, keepdims=True), a.shape).ravel() for a, axis in ((W, 2), (b, 1), (V, 1))
    )
    return np.concatenate([*means, c])


@cache
def saddle():
    """Return the saddle, its curvatures in ascending order, and its eigenvectors in columns.

    Raises
    ------
    ArithmeticError
        If the search did not end at a critical point with a way out.
    """
    net = network()
    inputs, _, classes = net.layers

    def fold(theta):
        return symmetrized(theta, inputs, classes)

    start = fold(net.initial(0, 1, kind="glorot")[0])
    theta = minimize(
        lambda t: (net.loss(fold(t)), fold(gradient_at(net, fold(t)))), start, jac=True, method="L-BFGS-B",
        options={"maxiter": 3000, "ftol": 0, "gtol": 1e-7},
    ).x  # fmt: skip
    theta = fold(theta)
    for _ in range(4):  # Newton's method, in the space of equal pairs
        H, U = np.linalg.eigh(net.hessian(theta))
        kept = np.abs(H) > 1e-9
        theta = fold(theta - U[:, kept] @ ((U[:, kept].T @ gradient_at(net, theta)) / H[kept]))
    H, U = np.linalg.eigh(net.hessian(theta))
    slope = float(np.abs(gradient_at(net, theta)).max())
    if slope > 1e-10 or H[0] > -1e-3:
        raise ArithmeticError(f"no saddle was found: slope {slope:.1e}, least curvature {H[0]:.1e}")
    return theta, H, U


def way_out(way: str) -> int:
    """Return the number of the eigenvector along a way out."""
    _, H, _ = saddle()
    return 0 if way == STEEP else int(np.argmin(np.abs(H - EASIER * H[0])))


def run(config: Leaving, *, workers=None, watch=None) -> list[dict]:
    """Return a row for every walker: the epochs until it had left."""
    theta, H, U = saddle()
    place, net = way_out(config.way), network()
    v = U[:, place]
    looks = np.unique(np.geomspace(1, config.epochs * (ROWS // B), 160).round().astype(int))
    # A schedule that never comes: in that form `sims.networks.cells.train` has the same kernels compiled already.
    rule = Schedule(RULES[config.optimizer], (10**9,), (1.0,))
    paths = evolve(
        net, Minibatches(B, order="epochs"), rule, theta + config.apart * v, looks,
        walkers=config.networks, seed=derived_seed(config.seed, "saddle"), keep="positions", workers=workers,
        watch=watch,
    ).positions  # fmt: skip
    along = np.abs((paths - theta) @ v)
    noise = np.var(net.sample_gradients(theta) @ v)
    rows = []
    for number in range(config.networks):
        out = np.flatnonzero(along[:, number] >= 10 * config.apart)
        step = float("nan")
        if len(out):
            step = time_of_passing(looks, along[:, number], out[0], 10 * config.apart)
        rows.append(
            {"optimizer": config.optimizer, "way": config.way, "network": number, "H": float(H[place])}
            | {"epochs": step * B / ROWS, "noise": float(noise), "loss": float(net.loss(theta))}
            | {"negative": int((H < -1e-8).sum()), "top": float(H[-1])}
        )
    return rows
