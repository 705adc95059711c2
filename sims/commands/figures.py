"""`diffusion figure`: one command for each figure.

A command is imported when it is called.
"""

from cyclopts import App

app = App(name="figure", help="Make a figure of the paper, or one like it.", help_format="plaintext")
FIGURES = {
    "6": ("figure_6:figure", "Escape time against sharpness (Figure 6)."),
    "degree": ("figure_degree:figure", "How much the escape time of every optimizer depends on sharpness."),
}
# On small networks and real data: a line each, and its file in sims/networks.
NETWORK_FIGURES = {
    "1": "Gradient noise against curvature (Figure 1).",
    "7": "Top eigenvalues of the Hessian at the minima found (Figure 7).",
    "8": "Gradient noise: Gaussian or heavy-tailed? (Figure 8).",
    "9": "Escape from a valley, an illustration (Figure 9).",
    "14": "Expected sharpness of the minima found (Figure 14).",
    "4": "Says why there is no counterpart to Figure 4.",
}
NETWORK_TABLES = {
    "1": "Who leaves a saddle fast, and who ends in flat minima (Table 1).",
}
FIGURES |= {name: (f"network_figure:figure_{name}", told) for name, told in NETWORK_FIGURES.items()}
FIGURES["networks"] = ("network_figure:every", "All figures and tables on networks, one after the other.")
for _name, (_place, _help) in FIGURES.items():
    app.command(f"sims.commands.{_place}", name=_name, help=_help)
