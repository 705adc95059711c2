"""Figure 13: a language model, which predicts a character from the three before it.

It is no LSTM, and its text is not Penn Treebank: one hidden layer of 24 units on three characters, each a unit vector of
30 numbers, in descriptions of data sets.
"""

import numpy as np

from sims.networks.figure import Grid, NetworkFigure, Settings
from sims.networks.paired import Claim, judge_claims, judge_same, judge_shifted
from sims.networks.training.curves import CELLS, CONTROL, Curve, curves_of, half_interval, pick
from sims.networks.training.curves import summary as curves_summary

(STATEMENT,) = STATEMENTS = ("Figure 13",)
CLAIM = "Adai and Adam reach a lower test perplexity than Momentum, and Adai may reach the lowest training perplexity."
# the best of three half decades each on this text, over 32 networks with seeds of their own; Adam at two, as in the paper
RATES = {"adai": [1.0], "momentum": [0.1], "adam": [1e-3, 1e-2]}
DECAY = 5e-5  # the paper's for its language model


def grids(settings: Settings) -> list[Grid]:
    """Return Adai, Momentum, Adam at two rates, and Momentum with other seeds."""
    fixed = {"data": "text", "decay": DECAY, "scheduled": True, "epochs": 4 if settings.quick else 0}
    found = [Grid(CELLS, fixed, {"optimizer": [name], "rate": rates}) for name, rates in RATES.items()]
    again = {"optimizer": [CONTROL], "rate": RATES[CONTROL], "seed": [settings.seed + 1]}
    return [*found, Grid(CELLS, fixed, again)]


def summary(rows: list[dict], settings: Settings):
    """Return the curves, to be drawn as perplexities."""
    return curves_summary(rows, settings, rows_by="data", perplexity="yes")


def lowest(curve: Curve, which: str) -> np.ndarray:
    """Return each network's lowest perplexity over the epochs, which the paper calls optimal."""
    return np.exp(getattr(curve, which).min(axis=0))


def verdicts(dataset):
    """Return who reaches the lowest perplexities."""
    curves = curves_of(dataset)
    momentum, adai = pick(curves, optimizer="momentum"), pick(curves, optimizer="adai")
    adams = [one for one in curves if one.about["optimizer"] == "adam"]
    adam = min(adams, key=lambda one: lowest(one, "test_loss").mean())  # at the better of its two rates
    claims = [
        Claim(
            {"of": f"{what} perplexity", "optimizer": first.title, "against": f"below {second.title}"},
            lowest(first, which), lowest(second, which), (first.title, second.title), f"lowest {what} perplexity",
        )
        for what, which, first, second in (
            ("test", "test_loss", adai, momentum),
            ("test", "test_loss", adam, momentum),
            ("training", "loss", adai, momentum),
            ("training", "loss", adai, adam),
        )
    ]  # fmt: skip
    again = next(one for one in curves if one.about["control"])
    pair = (
        lowest(momentum, "test_loss"),
        lowest(again, "test_loss"),
        ("Momentum", "Momentum"),
        "lowest test perplexity",
    )
    same = judge_same(STATEMENT, Claim({"control": "other seeds"}, *pair))
    shifted = judge_shifted(STATEMENT, Claim({"control": "one made 3 % larger"}, *pair), 0.03)
    return [*judge_claims(STATEMENT, claims), same, shifted]


def table(dataset) -> list[dict]:
    """Return a row for each curve."""
    return [
        {
            "optimizer": one.title,
            "rate": one.about["rate"],
            "epochs": int(one.epoch[-1]),
            "test_perplexity": float(lowest(one, "test_loss").mean()),
            "test_95": half_interval(lowest(one, "test_loss")),
            "training_perplexity": float(lowest(one, "loss").mean()),
            "training_95": half_interval(lowest(one, "loss")),
            "note": "other seeds" if one.about["control"] else "",
        }
        for one in curves_of(dataset)
    ]


FIGURE = NetworkFigure(
    "figure_13", "Predicting characters", CLAIM, STATEMENTS, grids, summary, verdicts, table, "network_curves"
)
