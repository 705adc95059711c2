"""Evaluate: the closed forms of the paper, corrected forms, exact references. Numbers in, numbers out."""

from theory import convergence, dynamics, escape, exact, regime, saddle, statements, statistics
from theory.statements import STATEMENTS, Statement, statement

__all__ = [
    "STATEMENTS",
    "Statement",
    "convergence",
    "dynamics",
    "escape",
    "exact",
    "regime",
    "saddle",
    "statement",
    "statements",
    "statistics",
]
