"""Register of the statements.

To add a statement, write its file in this package, which ends with ``STATEMENTS``, and add its name to ``FILES``; it then
appears everywhere. Its truth is not written here: it is read from recorded runs.
"""

from difflib import get_close_matches
from importlib import import_module

from theory.checks import shown
from theory.statements.statement import Statement, key_of

__all__ = ["FILES", "STATEMENTS", "Statement", "statement"]

FILES = (  # in the order of reports
    "saddles",
    "escapes",
    "convergence",
    "figure6",
    "networks",
    "network_training",
    "network_theory",
)
STATEMENTS: tuple[Statement, ...] = tuple(
    one for name in FILES for one in import_module(f"{__name__}.{name}").STATEMENTS
)


def statement(name: str) -> Statement:
    """Return the statement called ``name``, "Theorem 1" or "theorem-1".

    Raises
    ------
    ValueError
        If there is none.
    """
    wanted = key_of(name)
    for candidate in STATEMENTS:
        if candidate.key == wanted:
            return candidate
    near = get_close_matches(wanted, [one.key for one in STATEMENTS], 3, 0.5)
    asked = f"did you mean {', '.join(near)}? " if near else ""
    raise ValueError(f"no statement is called {shown(name)}; {asked}`diffusion theory list` names all.")
