"""Figure 2: learning curves of all optimizers."""

from sims.networks.cells.tasks import RULES
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
    summary,
)
from sims.networks.training.curves import table as curves_table

(STATEMENT,) = STATEMENTS = ("Figure 2",)
CLAIM = "Adai's test error ends below that of the other popular optimizers, on CIFAR-10 and on CIFAR-100."


def grids(settings: Settings) -> list[Grid]:
    """Return ten optimizers on both data sets, and Momentum once more."""
    data = data_of(settings)
    return [curve_grid(settings, data, RULES), control_grid(settings, data)]


def verdicts(dataset):
    """Return whether Adai ends below Momentum and Adam: after equal epochs, and at equal training loss."""
    curves = curves_of(dataset)
    claims = [
        claim
        for data in dict.fromkeys(one.about["data"] for one in curves)
        for other in ("momentum", "adam")
        for claim in error_claims(
            pick(curves, data=data, optimizer="adai"),
            pick(curves, data=data, optimizer=other),
            {"data": data},
        )
    ]
    return judge_claims(STATEMENT, claims) + controls(STATEMENT, curves)


FIGURE = NetworkFigure(
    "figure_2", "Learning curves of ten optimizers", CLAIM, STATEMENTS, grids, summary, verdicts, curves_table,
    "network_curves",
)  # fmt: skip
