"""Figure 3: test error and training loss of Adai, Momentum and Adam.

Once at the paper's rates, and once at those that a search found on these data.
"""

from sims.networks.figure import Grid, NetworkFigure, Settings
from sims.networks.paired import judge_claims
from sims.networks.training.curves import (
    control_grid,
    controls,
    curve_grid,
    curves_of,
    error_claims,
    pick,
    speed_claim,
)
from sims.networks.training.curves import summary as curves_summary
from sims.networks.training.curves import table as curves_table

(STATEMENT,) = STATEMENTS = ("Figure 3",)
CLAIM = "Adai generalizes better than Momentum and Adam, and converges as fast as they do or faster."
THREE = ("adai", "momentum", "adam")
RATES = ("paper", "found")


def grids(settings: Settings) -> list[Grid]:
    """Return three optimizers on digits, at both rates."""
    data = ["digits"]
    return [
        # those at the rates found are cells of Figure 2 too
        curve_grid(settings, data, THREE),
        curve_grid(settings, data, THREE, rates=["paper"]),
        control_grid(settings, data),
    ]


def summary(rows: list[dict], settings: Settings):
    """Return the curves."""
    return curves_summary(rows, settings, rows_by="rates")


def verdicts(dataset):
    """Return whether Adai ends below, and gets there sooner, at either rates."""
    curves, claims = curves_of(dataset), []
    for rates in RATES:
        first = pick(curves, rates=rates, optimizer="adai")
        for other in ("momentum", "adam"):
            second = pick(curves, rates=rates, optimizer=other)
            claims += error_claims(first, second, {"rates": f"{rates} rates"})
            claims.append(speed_claim(first, second, {"rates": f"{rates} rates"}))
    return judge_claims(STATEMENT, claims) + controls(STATEMENT, curves)


FIGURE = NetworkFigure(
    "figure_3", "Generalization and convergence", CLAIM, STATEMENTS, grids, summary, verdicts, curves_table,
    "network_curves",
)  # fmt: skip
