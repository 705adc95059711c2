"""Figure 7: top eigenvalues of the Hessian at the minima found."""

from sims.networks.figure import NetworkFigure
from sims.networks.geometry import flatness
from sims.networks.geometry.flatness import Measure

STATEMENT = "Figure 7"
CLAIM = (
    "The top eigenvalues of the Hessian at the minima that Adai finds are significantly smaller than at those of "
    "Momentum and of Adam."
)
MEASURE = Measure("top eigenvalue", "top", 0, (("adai", "adam"), ("adai", "momentum")))


def summary(rows, settings):
    """Return every network's numbers."""
    return flatness.summary(rows, settings).assign_attrs(measure="top")


def verdicts(dataset):
    """Return whether Adai's minima have the smaller eigenvalues."""
    return flatness.verdicts(dataset, STATEMENT, MEASURE)


def table(dataset):
    """Return ratios of top eigenvalues, and what they mean."""
    return flatness.table(dataset, MEASURE, verdicts(dataset))


FIGURE = NetworkFigure(
    "figure_7", "Top eigenvalues of the Hessian at the minima found", CLAIM, (STATEMENT,), flatness.grids, summary,
    verdicts, table, "network_sharpness",
)  # fmt: skip
