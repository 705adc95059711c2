"""Families of update rules in slow NumPy.

A family holds the reference, and the ways in which implementations depart from it.

Each family is a function of the start, the gradients and options. The first value of each option is the usual
one; the others are departures that have been seen in somebody's code.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from itertools import combinations, product

import numpy as np

ADAM = {
    "correct_m": {
        True: "bias correction of m",
        False: "no bias correction of m",
        "late": "bias correction of m one step behind",
    },
    "correct_v": {
        True: "bias correction of v",
        False: "no bias correction of v",
        "late": "bias correction of v one step behind",
        "whole": "the step takes the bias correction of v, not its root",
    },
    "eps_at": {
        "outside": "eps added to the root of the corrected v",
        "inside": "eps inside the root of the corrected v",
        "before": "eps added to the root before the bias correction",
        "under": "eps added to v before the bias correction, inside the root",
        "nowhere": "no eps",
    },
    "eps": {"given": "eps as given", 1e-7: "eps = 1e-7 (Keras)", 1e-6: "eps = 1e-6", 1e-8: "eps = 1e-8"},
    "stored": {False: "m is kept as it is", True: "the corrected m is stored in place of m"},
    "swapped": {False: "beta1 for m, beta2 for v", True: "beta1 and beta2 swapped"},
    "weight": {"mean": "m is an average", "sum": "m is a sum, m = beta1 m + g, not an average"},
    "square": {
        "new": "v takes g^2 in before it is used",
        "old": "v is used before it takes the new gradient in",
        "absolute": "v averages |g|, not g^2",
        "no_root": "no root of v",
        "of_m": "v averages m^2, not g^2",
        "centred": "v averages (g - m)^2, not g^2",
        "shared": "v is the same for all coordinates, the mean of g^2",
    },
    "start_v": {"zero": "v starts at 0", "gradient": "v starts at the first g^2, not at 0"},
    "nesterov": {False: "no look-ahead", True: "Nesterov's look-ahead of m"},
    "largest": {
        "no": "v may fall",
        "v": "v never falls (AMSGrad)",
        "v_hat": "the corrected v never falls (AMSGrad)",
    },
    "decay": {
        "decoupled": "decoupled weight decay",
        "l2": "weight decay added to the gradient (L2), not decoupled",
        "bare": "decoupled weight decay without the learning rate",
        "after": "weight decay applied after the step",
        "none": "no weight decay",
    },
}
MOMENTUM = {
    "start": {
        "zero": "the momentum starts at 0",
        "gradient": "the momentum starts at the first gradient, not at 0",
    },
    "weight": {
        "given": "new gradients weigh beta3",
        "sum": "new gradients weigh 1 (SGD style)",
        "mean": "new gradients weigh 1 - beta1 (a moving average)",
    },
    "correct": {False: "no bias correction", True: "bias correction of the momentum"},
    "nesterov": {False: "no look-ahead", True: "Nesterov's look-ahead"},
    "order": {
        "new": "the step uses the new momentum",
        "old": "the step uses the momentum of the iteration before",
    },
    "sign": {False: "the step is the momentum", True: "the step is the sign of the momentum"},
    "decay": {
        "none": "no weight decay",
        "l2": "weight decay added to the gradient (L2)",
        "decoupled": "decoupled weight decay",
    },
}
ADAI = {
    "mean": {"all": "v is divided by its mean", "one": "v is not divided by its mean"},
    "floor": {True: "beta1 is kept at or above 0", False: "beta1 is not kept at or above 0"},
    "ceiling": {True: "beta1 is kept at or below 1 - eps", False: "beta1 is not kept at or below 1 - eps"},
    "correct_m": {
        True: "bias correction of m",
        False: "no bias correction of m",
        "power": "bias correction by beta1^t, not by the product",
    },
    "correct_v": {True: "bias correction of v", False: "no bias correction of v"},
    "weight": {
        "mean": "new gradients weigh 1 - beta1",
        "beta0": "new gradients weigh beta0, not 1 - beta1",
        "sum": "new gradients weigh 1",
    },
    "ratio": {"plain": "v sets the inertia", "root": "the root of v, not v, sets the inertia"},
    "decay": {
        "decoupled": "decoupled weight decay",
        "l2": "weight decay added to the gradient (L2), not decoupled",
        "none": "no weight decay",
    },
}
LION = {
    "swapped": {False: "beta1 for the step, beta2 for m", True: "beta1 and beta2 swapped"},
    "order": {
        "before": "the sign is taken before m takes the gradient in",
        "after": "m takes the gradient in before the sign is taken",
    },
    "sign": {True: "the step is a sign", False: "no sign"},
    "decay": {
        "decoupled": "decoupled weight decay",
        "l2": "weight decay added to the gradient (L2), not decoupled",
        "none": "no weight decay",
    },
}
ADAGRAD = {
    "eps_at": {"outside": "eps added to the root of the sum", "inside": "eps inside the root of the sum"},
    "start": {
        "given": "the sum starts as given",
        "zero": "the sum starts at 0",
        "root": "the sum starts at the square of what is given",
    },
}


def adam(theta0, gradients, given, o):
    """Adam and AdamW."""
    beta1, beta2 = (given["beta2"], given["beta1"]) if o["swapped"] else (given["beta1"], given["beta2"])
    eta, decay = given["eta"], given.get("weight_decay", 0.0)
    eps = given["eps"] if o["eps"] == "given" else o["eps"]
    theta, m, v, most = theta0.copy(), 0 * theta0, 0 * theta0, 0 * theta0
    for t, g in enumerate(gradients, 1):
        g = g + decay * theta if o["decay"] == "l2" else g
        m = beta1 * m + (1 if o["weight"] == "sum" else 1 - beta1) * g
        shown = {
            "absolute": abs(g),
            "of_m": m**2,
            "centred": (g - m) ** 2,
            "shared": np.full_like(g, np.mean(g**2)),
        }
        new = shown.get(o["square"], g**2)
        after = new if t == 1 and o["start_v"] == "gradient" else beta2 * v + (1 - beta2) * new
        v, used = after, v if o["square"] == "old" else after
        share_m = _correction(o["correct_m"], beta1, t)
        if o["stored"]:
            m, share_m = m / share_m, 1.0
        share_v = _correction(o["correct_v"], beta2, t)
        if o["largest"] == "v":
            most = used = np.maximum(most, used)
        hat = used / share_v
        if o["largest"] == "v_hat":
            most = hat = np.maximum(most, hat)
        ahead = beta1 * m + (1 - beta1) * g if o["nesterov"] else m
        step = eta * ahead / share_m / _divisor(o, hat, share_v, eps)
        step = step * np.sqrt(share_v) if o["correct_v"] == "whole" else step
        if o["decay"] in ("decoupled", "bare"):
            theta = theta - (eta if o["decay"] == "decoupled" else 1) * decay * theta
        theta = theta - step
        if o["decay"] == "after":
            theta = theta - eta * decay * theta
        yield theta


def _divisor(o, hat, share_v, eps):
    """Return what Adam's step is divided by."""
    if o["square"] in ("no_root", "absolute"):
        return hat + eps
    if o["eps_at"] == "inside":
        return np.sqrt(hat + eps)
    if o["eps_at"] == "before":
        return (np.sqrt(hat * share_v) + eps) / np.sqrt(share_v)
    if o["eps_at"] == "under":
        return np.sqrt((hat * share_v + eps) / share_v)
    return np.sqrt(hat) + (0 if o["eps_at"] == "nowhere" else eps)


def _correction(kind, beta, t):
    """Return what a bias correction divides by."""
    return 1.0 if kind is False else 1 - beta ** (t + 1 if kind == "late" else t)


def momentum(theta0, gradients, given, o):
    """SGD, heavy ball and Nesterov."""
    eta, beta1, decay = given["eta"], given.get("beta1", 0.0), given.get("weight_decay", 0.0)
    weight = {"given": given.get("beta3", 1.0), "sum": 1.0, "mean": 1 - beta1}[o["weight"]]
    theta, m = theta0.copy(), 0 * theta0
    for t, g in enumerate(gradients, 1):
        g = g + decay * theta if o["decay"] == "l2" else g
        before = m
        m = g if t == 1 and o["start"] == "gradient" else beta1 * m + weight * g
        used = before if o["order"] == "old" else m
        used = beta1 * used + weight * g if o["nesterov"] else used
        used = used / (1 - beta1**t) if o["correct"] else used
        used = np.sign(used) if o["sign"] else used
        theta = theta - eta * (used + (decay * theta if o["decay"] == "decoupled" else 0))
        yield theta


def adai(theta0, gradients, given, o):
    """Adai and AdaiW."""
    eta, beta0, beta2, eps = (given[name] for name in ("eta", "beta0", "beta2", "eps"))
    decay = given.get("weight_decay", 0.0)
    theta, m, v, product = theta0.copy(), 0 * theta0, 0 * theta0, np.ones_like(theta0)
    for t, g in enumerate(gradients, 1):
        g = g + decay * theta if o["decay"] == "l2" else g
        v = beta2 * v + (1 - beta2) * g**2
        hat = v / (1 - beta2**t if o["correct_v"] else 1)
        hat = np.sqrt(hat) if o["ratio"] == "root" else hat
        beta1 = 1 - beta0 * hat / (hat.mean() if o["mean"] == "all" else 1)
        beta1 = np.maximum(beta1, 0) if o["floor"] else beta1
        beta1 = np.minimum(beta1, 1 - eps) if o["ceiling"] else beta1
        m = beta1 * m + {"mean": 1 - beta1, "beta0": beta0, "sum": 1.0}[o["weight"]] * g
        product = product * beta1
        share = {True: 1 - product, False: 1.0, "power": 1 - beta1**t}[o["correct_m"]]
        theta = theta - eta * (m / share + (decay * theta if o["decay"] == "decoupled" else 0))
        yield theta


def lion(theta0, gradients, given, o):
    """Lion."""
    beta1, beta2 = (given["beta2"], given["beta1"]) if o["swapped"] else (given["beta1"], given["beta2"])
    eta, decay = given["eta"], given.get("weight_decay", 0.0)
    theta, m = theta0.copy(), 0 * theta0
    for g in gradients:
        g = g + decay * theta if o["decay"] == "l2" else g
        if o["order"] == "after":
            m = beta2 * m + (1 - beta2) * g
        step = beta1 * m + (1 - beta1) * g
        if o["order"] == "before":
            m = beta2 * m + (1 - beta2) * g
        step = np.sign(step) if o["sign"] else step
        theta = theta - eta * (step + (decay * theta if o["decay"] == "decoupled" else 0))
        yield theta


def adagrad(theta0, gradients, given, o):
    """Adagrad."""
    eta, eps, first = given["eta"], given["eps"], given["initial"]
    theta = theta0.copy()
    total = np.full_like(theta, {"given": first, "zero": 0.0, "root": first**2}[o["start"]])
    for g in gradients:
        total = total + g**2
        theta = theta - eta * g / (np.sqrt(total + eps) if o["eps_at"] == "inside" else np.sqrt(total) + eps)
        yield theta


@dataclass(frozen=True)
class Family:
    """An update rule with its departures.

    Attributes
    ----------
    rule : callable
        ``rule(theta0, gradients, given, options)`` yields the parameters after each iteration.
    options : dict
        By name, the values of each option with words for them.
    own : callable
        ``own(reference)`` returns the options in which a reference of this family has another value than the first.
    """

    rule: Callable
    options: dict
    own: Callable = lambda reference: {}

    def path(self, theta0, gradients, reference, departures):
        """Return a path with options changed.

        The options are away from the reference's; shape (T + 1, dim).
        """
        given = {field.name: getattr(reference, field.name) for field in fields(reference) if field.init}
        with np.errstate(
            all="ignore"
        ):  # a wrong rule may divide by zero or overflow: then it matches nothing
            return np.array([theta0, *self.rule(theta0, gradients, given, self._of(reference) | departures)])

    def departures(self, reference, most=2):
        """Yield every choice of up to ``most`` changed options.

        Choices with few departures from the reference come first.
        """
        own = self._of(reference)
        others = {name: [v for v in values if v != own[name]] for name, values in self.options.items()}
        for count in range(most + 1):
            for names in combinations(self.options, count):
                for values in product(*(others[name] for name in names)):
                    yield dict(zip(names, values, strict=True))

    def words(self, departures):
        """Return departures as text."""
        return "; ".join(self.options[name][value] for name, value in departures.items())

    def _of(self, reference):
        return {name: next(iter(values)) for name, values in self.options.items()} | self.own(reference)


def _adam_without_decay(reference):
    return {"decay": "none"}


def _momentum_options(reference):
    return {"correct": getattr(reference, "bias_correction", False)}


FAMILIES = {  # by the name of the reference's class
    "Adam": Family(adam, ADAM, _adam_without_decay),
    "AdamW": Family(adam, ADAM),
    "AMSGrad": Family(adam, ADAM, lambda reference: {"largest": reference.max_of}),
    "SGD": Family(momentum, MOMENTUM),
    "Momentum": Family(momentum, MOMENTUM, _momentum_options),
    "Nesterov": Family(momentum, MOMENTUM, lambda reference: {"nesterov": True}),
    "Adai": Family(adai, ADAI),
    "Lion": Family(lion, LION),
    "Adagrad": Family(adagrad, ADAGRAD),
}
