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
    "2": "Learning curves of ten optimizers (Figure 2).",
    "3": "Test error and training loss of Adai, Momentum and Adam (Figure 3).",
    "4": "Says why there is no counterpart to Figure 4.",
    "5": "Test error over learning rate and weight decay (Figure 5).",
    "7": "Top eigenvalues of the Hessian at the minima found (Figure 7).",
    "8": "Gradient noise: Gaussian or heavy-tailed? (Figure 8).",
    "9": "Escape from a valley, an illustration (Figure 9).",
    "10": "Test error over weight decay (Figure 10).",
    "11": "Adai at two rates beside Momentum and Adam (Figure 11).",
    "12": "Fixed learning rates and many epochs (Figure 12).",
    "13": "A small language model (Figure 13).",
    "14": "Expected sharpness of the minima found (Figure 14).",
}
NETWORK_TABLES = {
    "1": "Who leaves a saddle fast, and who ends in flat minima (Table 1).",
    "2": "Test errors of ten optimizers (Table 2).",
    "3": "The same with a fifth of the weight decay (Table 3).",
}
FIGURES |= {name: (f"network_figure:figure_{name}", told) for name, told in NETWORK_FIGURES.items()}
FIGURES["networks"] = ("network_figure:every", "All figures and tables on networks, one after the other.")
for _name, (_place, _help) in FIGURES.items():
    app.command(f"sims.commands.{_place}", name=_name, help=_help)
