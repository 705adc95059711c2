"""Formulas of the paper, corrected forms and exact references.

Import what you need from its modules:

- `theory.saddle`: Theorems 1 and 2, Propositions 1 and 3
- `theory.escape`: Theorem 3, Propositions 2 and 4, Kramers and other standard times
- `theory.convergence`, `theory.gradient_overlap`: Theorem 4 and a step of its proof
- `theory.scaling`, `theory.preconditioner`: the degree law, and Arrhenius slopes of adaptive rules
- `theory.stationary`: the spread in a valley, with replacement and in epochs, and its tails
- `theory.sign`, `theory.stability`: signSGD as a diffusion, and the largest stable learning rates
- `theory.exact`: exact moments, passage times, rates and densities
- `theory.regime`: conditions that hold or fail at your setting
- `theory.statements`: the register of all statements; `theory.recorded`: verdicts on them
- `theory.dynamics`, `theory.figure6_noise`, `theory.statistics`, `theory.table1`
"""

from importlib import import_module
from typing import Any

__all__ = [
    "convergence",
    "dynamics",
    "escape",
    "exact",
    "figure6_noise",
    "gradient_overlap",
    "preconditioner",
    "recorded",
    "regime",
    "saddle",
    "scaling",
    "sign",
    "stability",
    "statements",
    "stationary",
    "statistics",
    "table1",
]
SHORTCUTS = {  # functions that are asked of `theory` itself; loaded when asked for, so that `import theory` stays fast
    "scaling_exponent": "theory.scaling",
    "stability_threshold": "theory.stability",
    "largest_stable_eta": "theory.stability",
    "sign_mean_escape_iterations": "theory.exact",
    "flags": "theory.regime",
}


def __getattr__(name: str) -> Any:
    """Load a module or a shortcut at its first use."""
    if name in __all__:
        return import_module(f"theory.{name}")
    if name in SHORTCUTS:
        return getattr(import_module(SHORTCUTS[name]), name)
    raise AttributeError(f"module 'theory' has no attribute {name!r}")
