"""Figure 14: expected sharpness of the minima found."""

from sims.networks.cells.minima import DELTAS
from sims.networks.figure import NetworkFigure
from sims.networks.geometry import flatness
from sims.networks.geometry.flatness import Measure

STATEMENT = "Figure 14"
CLAIM = (
    "Under Gaussian noise on the weights the training loss rises much less at the minima of Adai and Momentum than at "
    "Adam's."
)
SCALE = 0.05  # of the noise at which optimizers are compared
MEASURE = Measure("rise of the loss", "rises", DELTAS.index(SCALE), (("adai", "adam"), ("momentum", "adam")))


def summary(rows, settings):
    """Return every network's numbers."""
    return flatness.summary(rows, settings).assign_attrs(measure="rises", scale=SCALE)


def verdicts(dataset):
    """Return whether the loss rises less at the minima of Adai and Momentum."""
    return flatness.verdicts(dataset, STATEMENT, MEASURE)


def table(dataset):
    """Return ratios of the rises, and what they mean."""
    return flatness.table(dataset, MEASURE, verdicts(dataset))


FIGURE = NetworkFigure(
    "figure_14", "Expected sharpness of the minima found", CLAIM, (STATEMENT,), flatness.grids, summary,
    verdicts, table, "network_sharpness",
)  # fmt: skip
