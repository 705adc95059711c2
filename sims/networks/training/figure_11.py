"""Figure 11: Adai at two rates, beside Momentum and Adam, on both data sets."""

from sims.networks.figure import Grid, NetworkFigure, Settings
from sims.networks.paired import judge_claims
from sims.networks.training.curves import (
    control_grid,
    controls,
    curve_grid,
    curves_of,
    data_of,
    error_claims,
    pick,
    speed_claim,
    summary,
)
from sims.networks.training.curves import table as curves_table

(STATEMENT,) = STATEMENTS = ("Figure 11",)
CLAIM = "At its rate Adai converges as fast as Momentum, at half of it as fast as Adam, and generalizes better than either."
AGAINST = (
    (1.0, "momentum"),
    (0.5, "adam"),
)  # Adai's rate over the one found, and whom the paper sets beside it


def grids(settings: Settings) -> list[Grid]:
    """Return Adai at two rates, Momentum and Adam."""
    data = data_of(settings)
    return [
        curve_grid(settings, data, ["adai", "momentum", "adam"]),
        curve_grid(settings, data, ["adai"], factor=[0.5]),
        control_grid(settings, data),
    ]


def verdicts(dataset):
    """Return whether Adai ends below, and gets there sooner."""
    curves, claims = curves_of(dataset), []
    for data in dict.fromkeys(one.about["data"] for one in curves):
        for factor, other in AGAINST:
            first = pick(curves, data=data, optimizer="adai", factor=factor)
            second = pick(curves, data=data, optimizer=other)
            at = {"data": data, "rate": first.about["rate"]}
            claims += [*error_claims(first, second, at), speed_claim(first, second, at)]
    return judge_claims(STATEMENT, claims) + controls(STATEMENT, curves)


FIGURE = NetworkFigure(
    "figure_11",
    "Adai at two rates",
    CLAIM,
    STATEMENTS,
    grids,
    summary,
    verdicts,
    curves_table,
    "network_curves",
)
