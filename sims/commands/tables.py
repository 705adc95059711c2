"""`diffusion table`: the paper's tables on small networks.

A command is imported when it is called.
"""

from cyclopts import App

from sims.commands.figures import NETWORK_TABLES

app = App(
    name="table", help="Make a table of the paper on small networks and real data.", help_format="plaintext"
)
for _name, _help in NETWORK_TABLES.items():
    app.command(f"sims.commands.network_figure:table_{_name}", name=_name, help=_help)
