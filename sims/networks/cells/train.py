"""Train 32 networks side by side, and look at them now and then.

A cell of a sweep is one optimizer with one rate on one data set. Networks differ in start and in the order of the rows;
both depend on the seed alone, so networks of two optimizers are paired one by one.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from diffusion import Diverged, Minibatches, Network, Schedule, evolve
from diffusion.checks import not_negative, one_of, positive, require, whole
from sims.networks.cells.tasks import DECAY, RULES, TASKS, network, optimizer
from sims.storage.seeds import derived_seed

HEADLINE = ("data", "optimizer", "rate", "decay", "epoch", "loss", "error")
FACTOR = 0.1  # of the rate at each cut


@dataclass(frozen=True)
class Training:
    """Settings of one cell.

    Parameters
    ----------
    data, optimizer : names in `sims.networks.cells.tasks`.
    rate : learning rate; 0 takes that of ``rates``, times ``factor``.
    rates : "paper", or "found" by the search that Table 2 repeats.
    factor : of that rate.
    decay : L2 coefficient, or the share of the weights that a step takes off where decay is decoupled.
    epochs : passes over the data; those of the task if 0.
    scheduled : whether the rate is divided by 10 twice, at the task's shares of the run.
    cuts : epochs after which it is divided instead.
    looks : epochs at which loss and error are recorded, besides the last; twenty if empty.
    networks : how many are trained.
    seed : starts and orders of rows depend on it and on the number of the network.
    """

    data: str = "digits"
    optimizer: str = "adam"
    rate: float = 0.0
    rates: str = "found"
    factor: float = 1.0
    decay: float = DECAY
    epochs: int = 0
    scheduled: bool = False
    cuts: tuple[int, ...] = ()
    looks: tuple[int, ...] = ()
    networks: int = 32
    seed: int = 0

    def __post_init__(self):
        one_of(self.data, "data", tuple(TASKS))
        one_of(self.optimizer, "optimizer", tuple(RULES))
        one_of(self.rates, "rates", ("paper", "found"))
        not_negative(self.decay, "decay")
        positive(self.factor, "factor")
        task, rule = TASKS[self.data], RULES[self.optimizer]
        # what was left out is the rule's rate, and the task's length and schedule
        rate = self.rate or self.factor * (rule.rate if self.rates == "paper" else rule.found)
        object.__setattr__(self, "rate", float(f"{rate:.6g}"))  # 0.3, not 0.30000000000000004
        object.__setattr__(self, "epochs", self.epochs or task.epochs)
        if self.scheduled and not self.cuts:
            cuts = tuple(max(1, round(cut * self.epochs / task.epochs)) for cut in task.cuts)
            object.__setattr__(self, "cuts", cuts)
        positive(self.rate, "rate")
        whole(self.epochs, "epochs", 1, 10_000)
        whole(self.networks, "networks", 1, 4096)
        rising = all(a < b for a, b in zip((0, *self.cuts), self.cuts, strict=False))
        require(rising, "cuts", "epochs in increasing order, from 1 on", self.cuts)

    @property
    def looked(self) -> tuple[int, ...]:
        """Epochs at which the networks are looked at; the last is always one."""
        some = self.looks or tuple(np.unique(np.linspace(0, self.epochs, 17).round().astype(int)).tolist())
        early = () if self.looks else (1, 2, 3)  # the loss falls fastest there
        return tuple(sorted({epoch for epoch in (*some, *early, self.epochs) if 0 <= epoch <= self.epochs}))


class Trained(NamedTuple):
    """Networks while they are trained.

    Attributes
    ----------
    epochs : ndarray, shape (looks,)
    loss : ndarray, shape (looks, networks)
        Mean cross-entropy of the training data, without the L2 term.
    error : ndarray, shape (looks, networks)
        Share of test images that are taken for another.
    test_loss : ndarray, shape (looks, networks)
        Mean cross-entropy of the test data.
    weights : ndarray, shape (looks, networks, P)
    """

    epochs: np.ndarray
    loss: np.ndarray
    error: np.ndarray
    test_loss: np.ndarray
    weights: np.ndarray


def train(config: Training, *, workers=None, watch=None) -> Trained:
    """Train the networks of one cell.

    Raises
    ------
    Diverged
        If the weights of one network left every bound.
    """
    task, rule = TASKS[config.data], RULES[config.optimizer]
    trained = network(config.data, 0.0 if rule.decoupled else config.decay)
    # A schedule without cuts has the factor 1 throughout: so all runs of a rule share one compiled kernel.
    cuts = config.cuts or (10 * config.epochs,)
    factors = tuple(FACTOR**n for n in range(1, len(cuts) + 1)) if config.cuts else (1.0,)
    at = tuple(cut * task.steps for cut in cuts)
    scheduled = Schedule(optimizer(config.optimizer, config.rate, config.decay), at, factors)
    start = trained.initial(derived_seed(config.seed, config.data, "start"), config.networks)
    epochs = np.array(config.looked)
    weights = evolve(
        trained, Minibatches(task.B, order="epochs"), scheduled, start, epochs * task.steps,
        walkers=config.networks, seed=derived_seed(config.seed, config.data, "rows"), keep="positions",
        workers=workers, watch=watch,
    ).positions  # fmt: skip
    bare, (_, _, X, y) = network(config.data), task.data()
    tests = Network(task.layers, X, y)
    return Trained(epochs, bare.loss(weights), tests.error(weights), tests.loss(weights), weights)


def run(config: Training, *, workers=None, watch=None) -> list[dict]:
    """Return a row for each look, with a number for each network.

    Networks that diverge guess: their error is that of chance, and their loss is that of an even guess.
    """
    about = {name: getattr(config, name) for name in ("data", "optimizer", "rate", "decay", "epochs")}
    about |= {"rates": config.rates, "factor": config.factor, "scheduled": bool(config.cuts)}
    try:
        found = train(config, workers=workers, watch=watch)
    except Diverged:
        classes = TASKS[config.data].layers[-1]
        guess = {"loss": np.log(classes), "error": 1 - 1 / classes, "test_loss": np.log(classes)}
        row = {name: [float(value)] * config.networks for name, value in guess.items()}
        return [about | {"epoch": epoch, "diverged": True} | row for epoch in config.looked]
    columns = {"loss": found.loss, "error": found.error, "test_loss": found.test_loss}
    return [
        about
        | {"epoch": int(epoch), "diverged": False}
        | {name: values[place].round(10).tolist() for name, values in columns.items()}
        for place, epoch in enumerate(found.epochs)
    ]
