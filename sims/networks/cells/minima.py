"""Cells of Figures 7 and 14: how sharp the minima are that an optimizer finds.

One cell trains the networks of one optimizer with one learning rate. They are looked at where training ends, or where the
training loss has fallen to a given value: at one loss, sharpness can be compared.
"""

from dataclasses import dataclass

import numpy as np

from diffusion.checks import one_of, positive, whole
from sims.networks.cells.crossing import time_of_passing
from sims.networks.cells.tasks import RULES, TASKS, network
from sims.networks.cells.train import Training, train
from sims.probe.spectrum import top_eigenvalues
from sims.storage.seeds import derived_seed

HEADLINE = ("data", "optimizer", "rate", "where", "loss", "top")
END, LOSS = "end", "loss"
DELTAS = (0.01, 0.02, 0.05, 0.1)  # standard deviations of the noise on the weights
LOSSES = {"digits": 0.1, "mnist14": 0.4}  # every optimizer reaches it with every rate that is tried


@dataclass(frozen=True)
class Minima:
    """Settings of one cell.

    Parameters
    ----------
    data, optimizer : names in `sims.networks.cells.tasks`.
    where : "end" of training, with the paper's schedule, or "loss", where the training loss has fallen to ``loss``.
    rate : learning rate; that of the paper if 0.
    loss : training loss at which networks are looked at.
    epochs : passes over the data; those of the task if 0.
    first, networks : number of the first network that is looked at, and how many.
    top : eigenvalues.
    draws : pairs of perturbed weights for the expected sharpness.
    seed : starts and minibatches depend on it and the number of the network alone, so that optimizers are paired.
    """

    data: str = "digits"
    optimizer: str = "adam"
    where: str = END
    rate: float = 0.0
    loss: float = 0.1
    epochs: int = 0
    first: int = 0
    networks: int = 8
    top: int = 10
    draws: int = 5
    seed: int = 0

    def __post_init__(self):
        one_of(self.data, "data", tuple(TASKS))
        one_of(self.optimizer, "optimizer", tuple(RULES))
        one_of(self.where, "where", (END, LOSS))
        positive(self.loss, "loss")
        for name, low in (("first", 0), ("networks", 1), ("top", 1), ("draws", 2)):
            whole(getattr(self, name), name, low)


def run(config: Minima, *, workers=None, watch=None) -> list[dict]:
    """Return a row for every network that got there."""
    rate = config.rate or RULES[config.optimizer].rate
    task, at_end = TASKS[config.data], config.where == END
    epochs = config.epochs or task.epochs
    # Looks lie closer together where the loss falls fast: 1, 2, ... then every twentieth of what is done.
    looks = sorted({max(1, round(1.05**n)) for n in range(200) if 1.05**n <= epochs} | {epochs})
    training = Training(
        config.data, config.optimizer, rate, epochs=epochs, cuts=task.cuts if at_end else (),
        looks=(epochs,) if at_end else tuple(looks), networks=config.first + config.networks, seed=config.seed,
    )  # fmt: skip
    found, bare = train(training, workers=workers, watch=watch), network(config.data)
    rows = []
    for number in range(config.first, config.first + config.networks):
        place, epoch = len(found.epochs) - 1, float(epochs)
        if not at_end:
            reached = np.flatnonzero(found.loss[:, number] <= config.loss)
            if not len(reached):
                continue  # the figure counts those that are missing
            place = int(reached[0])
            epoch = time_of_passing(found.epochs, found.loss[:, number], place, config.loss)
        theta = found.weights[place, number]
        rows.append(
            {"data": config.data, "optimizer": config.optimizer, "rate": rate, "where": config.where}
            | {"network": number, "epoch": epoch, "loss": float(found.loss[place, number])}
            | {"error": float(found.error[place, number])}
            | sharpness(bare, theta, config.top, config.draws, derived_seed(config.seed, "draws", number))
        )
    return rows


def sharpness(network, theta, top, draws, seed) -> dict:
    """Return top eigenvalues, and rises of the loss under noise on the weights.

    The same noise is put on the weights of every optimizer.

    Raises
    ------
    ArithmeticError
        If an eigenvalue did not converge.
    """
    spectrum = top_eigenvalues(lambda v: network.hvp(theta, v), network.dim, top, seed=seed)
    if not spectrum.converged.all() or len(spectrum.values) < top:
        raise ArithmeticError(spectrum.sentence())
    rises = [float(network.expected_sharpness(theta, d, draws=draws, seed=seed).mean) for d in DELTAS]
    return {"top": spectrum.values.tolist(), "rises": rises, "norm": float(np.linalg.norm(theta))}
