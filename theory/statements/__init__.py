"""The register of statements, read by the command line, the verdict table, the README and the docs.

A statement needs one entry and appears everywhere. Its truth is not written here: it is read from recorded runs.
"""

from theory.checks import shown
from theory.statements.convergence import PROOF_STEP, THEOREM_4
from theory.statements.escapes import ESCAPES
from theory.statements.figure6 import ADAM_VARIANTS, DEGREE_LAW, SCALING_IDENTITY, TABLES
from theory.statements.saddles import SADDLES
from theory.statements.statement import Statement, key_of

__all__ = ["ADAM_VARIANTS", "DEGREE_LAW", "STATEMENTS", "Statement", "statement"]

# DEGREE_LAW and ADAM_VARIANTS belong after SCALING_IDENTITY: every statement here has an experiment and recorded verdicts.
STATEMENTS: tuple[Statement, ...] = (
    *SADDLES,
    *ESCAPES,
    THEOREM_4,
    SCALING_IDENTITY,
    PROOF_STEP,
    *TABLES,
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
    raise ValueError(
        f"no statement is called {shown(name)}; there are {', '.join(s.key for s in STATEMENTS)}"
    )
