"""`diffusion figure`: one command for each figure.

A command is imported when it is called.
"""

from cyclopts import App

app = App(name="figure", help="Make a figure of the paper, or one like it.", help_format="plaintext")
FIGURES = {
    "6": ("figure_6:figure", "Escape time against sharpness (Figure 6)."),
    "degree": ("figure_degree:figure", "How much the escape time of every optimizer depends on sharpness."),
}
for _name, (_place, _help) in FIGURES.items():
    app.command(f"sims.commands.{_place}", name=_name, help=_help)
