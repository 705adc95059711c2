"""Figure 12: fixed rates, and many epochs."""

from sims.networks.figure import Grid, NetworkFigure, Settings
from sims.networks.paired import Claim, judge_claims
from sims.networks.training.curves import (
    common_loss,
    control_grid,
    controls,
    curve_grid,
    curves_of,
    pick,
    reached,
    summary,
)
from sims.networks.training.curves import table as curves_table

(STATEMENT,) = STATEMENTS = ("Figure 12",)
CLAIM = (
    "At a fixed rate Adai ends at a lower training loss than Adam where both converge as fast, and converges faster "
    "where both end as low."
)
FACTORS = (1.0, 0.3, 0.1)  # of the rates found: a fixed rate ends low only if it is small
LONG = {"scheduled": False, "epochs": 300, "quick_epochs": 40}  # the paper's 1000 epochs are 390,000 steps


def grids(settings: Settings) -> list[Grid]:
    """Return Adai and Adam at three fixed rates each."""
    return [
        curve_grid(settings, ["digits"], ["adai", "adam"], factor=list(FACTORS), **LONG),
        curve_grid(settings, ["digits"], ["momentum"], **LONG),
        control_grid(settings, ["digits"], **LONG),
    ]


def verdicts(dataset):
    """Return who ends lower, and who is faster, at each pair of rates."""
    curves, claims = curves_of(dataset), []
    for factor in dict.fromkeys(one.about["factor"] for one in curves if one.about["optimizer"] == "adai"):
        first, second = (pick(curves, optimizer=name, factor=factor) for name in ("adai", "adam"))
        at = {"rate": first.about["rate"], "against": f"below Adam, rate {second.about['rate']:g}"}
        names, level = ("Adai", "Adam"), common_loss(first, second)
        lowest = first.loss.min(axis=0), second.loss.min(axis=0)
        epochs = reached(first, level)[0], reached(second, level)[0]
        claims += [
            Claim(at | {"of": "lowest loss"}, *lowest, names, "lowest training loss"),
            Claim(at | {"of": "epochs"}, *epochs, names, "number of epochs to equal training loss"),
        ]
    return judge_claims(STATEMENT, claims) + controls(STATEMENT, curves)


FIGURE = NetworkFigure(
    "figure_12", "Fixed rates", CLAIM, STATEMENTS, grids, summary, verdicts, curves_table, "network_curves"
)
