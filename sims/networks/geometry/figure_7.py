"""Figure 7: top eigenvalues at the minima found."""

from sims.networks.geometry.flatness import Measure, figure

FIGURE = figure(
    "figure_7",
    "Top eigenvalues of the Hessian at the minima found",
    "The top eigenvalues of the Hessian at the minima that Adai finds are significantly smaller than at those of "
    "Momentum and of Adam.",
    "Figure 7",
    Measure("top eigenvalue", "top", 0, (("adai", "adam"), ("adai", "momentum"))),
)
