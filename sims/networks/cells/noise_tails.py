"""Cells of Figure 8: whether gradient noise is Gaussian or heavy-tailed.

The tail index of the noise is estimated across the parameters of one minibatch, and along directions across minibatches. Three
kinds of invented noise stand beside the network's: a Gaussian twin with the measured variance of every parameter, normal
numbers whose scale is lognormal, and Levy noise of known index.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import levy_stable

from diffusion import SGD, Minibatches, Network, evolve
from diffusion.checks import one_of, whole
from sims.networks.figure import DATA
from sims.storage.seeds import derived_seed

HEADLINE = ("data", "network", "place", "B", "parameters", "minibatches", "fourth")
PICTURE_ONLY = ("seen",)
LAYERS = {"digits": (64, 16, 16, 10), "mnist14": (196, 12, 12, 10)}
NETWORK, TWIN, SCALES, LEVY = "network", "Gaussian twin", "normal, lognormal scale", "Levy, index 1.5"
INDEX = 1.5  # of the Levy noise
DRAWS = 4096  # minibatches
DIRECTIONS = 16  # leading directions of the noise
BLOCK = 64  # terms of a sum in the estimate of the tail index


@dataclass(frozen=True)
class NoiseTails:
    """Settings of one cell.

    Parameters
    ----------
    data : data set.
    first, networks : number of the first network, and how many.
    rows : images that are trained on.
    passes : passes over the data before a trained network is looked at.
    B : minibatch sizes.
    seed : starts and minibatches derive their own from it.
    """

    data: str = "digits"
    first: int = 0
    networks: int = 8
    rows: int = 500
    passes: int = 60
    B: tuple[int, ...] = (1, 4, 16, 64, 128)
    seed: int = 0

    def __post_init__(self):
        one_of(self.data, "data", tuple(DATA))
        for name, low in (("first", 0), ("networks", 1), ("rows", 20), ("passes", 1)):
            whole(getattr(self, name), name, low)


def run(config: NoiseTails, *, workers=None, watch=None) -> list[dict]:
    """Return a row for every network, place, size of the minibatch and kind of noise."""
    network, visited = places(config, workers=workers, watch=watch)
    found = []
    for number, at in visited.items():
        random = np.random.default_rng(derived_seed(config.seed, config.data, "tails", number))
        for place, theta in at:
            about = {"data": config.data, "network": number, "place": place}
            about["loss"] = float(network.loss(theta))
            found += [about | row for row in tails(network.sample_gradients(theta), config.B, random)]
    return found


def places(config: NoiseTails, *, workers=None, watch=None):
    """Return the network, and by its number its weights at the start and after training."""
    X, y, _, _ = DATA[config.data]()
    network = Network(LAYERS[config.data], X[: config.rows], y[: config.rows])
    ids = range(config.first, config.first + config.networks)
    start = network.initial(derived_seed(config.seed, config.data, "start"), ids.stop)
    trained = evolve(
        network, Minibatches(10, order="epochs"), SGD(0.1), start, [config.passes * (config.rows // 10)],
        walkers=ids.stop, seed=derived_seed(config.seed, config.data, "batches"), keep="positions",
        workers=workers, watch=watch,
    ).positions[-1]  # fmt: skip
    return network, {n: [("start", start[n]), ("trained", trained[n])] for n in ids}


def along_directions(gradients):
    """Return each row's noise: apart from the mean, its scales, and along the leading directions.

    Parameters that are dead have no noise at all and are left out; along a direction the noise has variance 1.
    """
    apart = gradients - gradients.mean(axis=0)
    scale = apart.std(axis=0)
    apart, scale = apart[:, scale > 0], scale[scale > 0]
    # eigenvectors of the small matrix of rows by rows: along them the noise of each row is that eigenvector
    _, vectors = np.linalg.eigh(apart @ apart.T)
    along = vectors[:, ::-1][:, :DIRECTIONS]
    return apart, scale, (along - along.mean(axis=0)) / along.std(axis=0)


def tails(gradients, sizes, random) -> list[dict]:
    """Return tail indices and fourth moments of minibatch noise.

    Parameters
    ----------
    gradients : ndarray, shape (rows, P)
        Gradient of each row's loss.
    sizes : sequence of int
        Samples of a minibatch, drawn with replacement.
    random : Generator
    """
    apart, scale, along = along_directions(gradients)
    own = np.mean(along**4, axis=0) - 3  # excess kurtosis of one sample
    found = []
    for B in sizes:
        chosen = random.integers(0, len(apart), (DRAWS, B))
        noise = np.zeros((DRAWS, along.shape[1]))
        for column in chosen.T:
            noise += along[column]
        noise /= np.sqrt(B)
        one = apart[chosen[0]].mean(axis=0) * np.sqrt(B)
        row = {"noise": NETWORK, "B": int(B), "parameters": tail_index(random.permutation(one))}
        row |= {"minibatches": float(np.mean([tail_index(column) for column in noise.T]))}
        # Of normal numbers the mean fourth power is 3; that of the mean of B samples is 3 + own / B exactly.
        row |= {"fourth": float(np.mean(noise**4) / 3), "predicted": float(1 + own.mean() / B / 3)}
        found.append(row | {"seen": noise[:64, :4].ravel().round(4).tolist()})
    normal, count = random.standard_normal, scale.size
    levy = levy_stable.rvs(INDEX, 0.0, size=(DRAWS, 4), random_state=random)
    made = {
        TWIN: (scale * normal(count), normal((DRAWS, DIRECTIONS))),
        # one scale a parameter, as of a network whose parameters differ by factors of e**2
        SCALES: (np.exp(2 * normal(count)) * normal(count), normal((DRAWS, DIRECTIONS))),
        LEVY: (levy_stable.rvs(INDEX, 0.0, size=count, random_state=random), levy),
    }
    for name, (across, noise) in made.items():
        indices = float(tail_index(across)), float(np.mean([tail_index(column) for column in noise.T]))
        found.append(
            {"noise": name, "B": 0, "parameters": indices[0], "minibatches": indices[1]}
            | {"fourth": float("nan"), "predicted": float("nan"), "seen": []}
        )
    return found


def tail_index(x) -> float:
    """Return the tail index of numbers, 2 for normal ones.

    Sums of K stable numbers are larger by K^(1/alpha): their mean log, less that of the numbers, gives 1 / alpha (the
    estimator of Mohammadi et al. 2015, which Simsekli et al. 2019 used on networks).
    """
    x = np.asarray(x, float)
    x = x[: x.size // BLOCK * BLOCK]
    sums = x.reshape(-1, BLOCK).sum(axis=1)
    single, summed = np.abs(x[x != 0]), np.abs(sums[sums != 0])
    return float(np.log(BLOCK) / (np.log(summed).mean() - np.log(single).mean()))
