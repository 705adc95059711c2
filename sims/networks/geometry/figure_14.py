"""Figure 14: expected sharpness of the minima found."""

from sims.networks.cells.minima import DELTAS
from sims.networks.geometry.flatness import Measure, figure

SCALE = 0.05  # of the noise at which optimizers are compared
FIGURE = figure(
    "figure_14",
    "Expected sharpness of the minima found",
    "Under Gaussian noise on the weights the training loss rises much less at the minima of Adai and Momentum than at "
    "Adam's.",
    "Figure 14",
    Measure("rise of the loss", "rises", DELTAS.index(SCALE), (("adai", "adam"), ("momentum", "adam"))),
    scale=SCALE,
)
