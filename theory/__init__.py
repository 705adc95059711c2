"""Evaluate: the closed forms of the paper, corrected forms, exact references. Numbers in, numbers out.

Import what you need from its modules: ``theory.saddle`` (Theorems 1 and 2, Propositions 1 and 3),
``theory.escape`` (Theorem 3, Propositions 2 and 4, Kramers), ``theory.convergence`` (Theorem 4),
``theory.gradient_overlap`` (a step of its proof), ``theory.figure6_noise`` (the noise of Figure 6), ``theory.dynamics``,
``theory.exact``, ``theory.regime``, ``theory.statistics``, ``theory.scaling``, ``theory.table1``,
``theory.statements``.
"""

__all__ = [
    "convergence",
    "dynamics",
    "escape",
    "exact",
    "figure6_noise",
    "gradient_overlap",
    "recorded",
    "regime",
    "saddle",
    "scaling",
    "statements",
    "statistics",
    "table1",
]
