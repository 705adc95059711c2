"""Cells of Figure 1: gradient noise beside curvature.

Both are taken in the eigenbasis of the Hessian, at the start and where the training loss has fallen to given values.
"""

from dataclasses import dataclass

import numpy as np

from diffusion import SGD, Minibatches, Network, evolve
from diffusion.checks import one_of, whole
from sims.networks.figure import DATA
from sims.storage.seeds import derived_seed

HEADLINE = ("data", "network", "place", "loss", "r", "gamma", "ratio")
PICTURE_ONLY = ("H", "C")
LAYERS = {"digits": (64, 12, 12, 10), "mnist14": (196, 6, 8, 10)}  # 1066 and 1328 weights
WINDOW = 1e-4, 0.5  # curvatures that the paper shows
OWN_LABELS = "labels of its own"
LEAST = 30  # directions below which no slope is fitted
MOST = 300  # directions that are drawn, the steepest ones


@dataclass(frozen=True)
class NoiseAndCurvature:
    """Settings of one cell.

    Parameters
    ----------
    data : data set.
    first, networks : id of the first network, and how many; starts and minibatches depend on the id.
    rows : images that are trained on.
    losses : training losses at which a network is looked at, besides its start.
    passes : passes over the data, at most.
    seed : starts and minibatches derive their own from it.
    """

    data: str = "digits"
    first: int = 0
    networks: int = 8
    rows: int = 700
    losses: tuple[float, ...] = (0.5, 0.1, 0.01)
    passes: int = 120
    seed: int = 0

    def __post_init__(self):
        one_of(self.data, "data", tuple(DATA))
        for name, low in (("first", 0), ("networks", 1), ("rows", 20), ("passes", 2)):
            whole(getattr(self, name), name, low)


def run(config: NoiseAndCurvature, *, workers=None, watch=None) -> list[dict]:
    """Return a row for every network and place."""
    network, visited = places(config, workers=workers, watch=watch)
    found = []
    for number, at in visited.items():
        random = np.random.default_rng(derived_seed(config.seed, config.data, "labels", number))
        rows = [noise_beside_curvature(network, theta, name) for name, theta in at]
        # Labels drawn from the network's own softmax make the model right, as Eq. (3) wants it: then the second
        # moment of the gradients is the Gauss-Newton matrix, exactly on average.
        rows.append(labels_of_its_own(network, at[-1][1] if len(at) < 3 else at[2][1], random))
        found += [{"data": config.data, "network": number} | row for row in rows]
    return found


def places(config: NoiseAndCurvature, *, workers=None, watch=None):
    """Return the network, and where each of them is looked at: its start, and each loss it reaches.

    Returns
    -------
    network : Network
    visited : dict
        By the network's number, pairs of a place's name and the weights there.
    """
    X, y, _, _ = DATA[config.data]()
    X, y = X[: config.rows], y[: config.rows]
    network = Network(LAYERS[config.data], X, y)
    ids = range(config.first, config.first + config.networks)
    # Those before the first are trained too: a block of lanes costs the same however many are wanted.
    start = network.initial(derived_seed(config.seed, config.data, "start"), ids.stop)
    steps = np.arange(1, config.passes + 1) * (config.rows // 10)
    trained = evolve(
        network, Minibatches(10, order="epochs"), SGD(0.1), start, steps, walkers=ids.stop, keep="positions",
        seed=derived_seed(config.seed, config.data, "batches"), workers=workers, watch=watch,
    ).positions  # fmt: skip
    losses = np.array([network.loss(thetas) for thetas in trained])
    visited = {}
    for number in ids:
        at: list[tuple] = [("start", start[number])]
        for wanted in config.losses:
            reached = np.flatnonzero(losses[:, number] <= wanted)
            if len(reached):  # a network that never gets there has no row
                at.append((f"loss {wanted:g}", trained[reached[0], number]))
        visited[number] = at
    return network, visited


def noise_beside_curvature(network, theta, place, *, most=MOST):
    """Return how gradient noise follows the Hessian."""
    H, U = np.linalg.eigh(network.hessian(theta))
    C = np.var(network.sample_gradients(theta) @ U, axis=0)
    return {"place": place, "loss": float(network.loss(theta))} | compared(C, H, most=most)


def labels_of_its_own(network, theta, random, *, draws=1, most=MOST):
    """Return the same for labels that the network itself draws.

    The Gauss-Newton matrix takes the place of the Hessian, whose average over such labels it is. Each image gets ``draws``
    labels; at a small loss one label each leaves much to chance, for few of them differ from the network's best guess.
    """
    p = _softmax(network, theta)
    G, U = np.linalg.eigh(network.gauss_newton(theta))
    moment, loss = np.zeros(len(G)), 0.0
    for _ in range(draws):
        drawn = (p.cumsum(axis=1) < random.random((len(p), 1))).sum(axis=1).clip(max=p.shape[1] - 1)
        model = Network(network.layers, network.X, drawn)
        moment += np.mean((model.sample_gradients(theta) @ U) ** 2, axis=0) / draws
        loss += float(model.loss(theta)) / draws
    row = {"place": OWN_LABELS, "loss": loss} | compared(moment, G, most=most)
    return row | {"trace": float(moment.sum() / G.sum())}


def _softmax(network, theta):
    """Return the probabilities of all labels."""
    # The derivative by the last bias is softmax minus the label's unit vector.
    classes = network.layers[-1]
    return network.sample_gradients(theta)[:, -classes:] + np.eye(classes)[network.y]


def compared(C, H, *, most=MOST):
    """Return correlation, slope of the logs and ratio.

    Each is given for the paper's window of curvatures and for all directions; NaN where too few are left.
    """
    size = np.abs(H)
    seen = (C > 0) & (size > 1e-12 * size.max())  # what is left of dead units is rounding
    inside = seen & (size >= WINDOW[0]) & (size <= WINDOW[1])
    row = {"trace": float(C.sum() / H.sum()), "directions": int(inside.sum())}
    for name, kept in (("", inside), ("_all", seen)):
        c, h = C[kept], size[kept]
        enough = len(h) >= LEAST
        row["r" + name] = float(np.corrcoef(c, h)[0, 1]) if enough else float("nan")
        row["gamma" + name] = float(np.polyfit(np.log(h), np.log(c), 1)[0]) if enough else float("nan")
        row["ratio" + name] = float(np.median(c / h)) if enough else float("nan")
    order = np.argsort(size)[::-1][:most]  # for the picture: the steepest directions
    return row | {"H": H[order].tolist(), "C": C[order].tolist()}
