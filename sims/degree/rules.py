"""Update rules of the degree law: those whose escapes are a renewal process, and the others with the reason."""

from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any

from diffusion.optimizers import OPTIMIZERS
from diffusion.optimizers.degree import NOT_STATIONARY

# What a rule needs beside its learning rate, and memories so long that escapes would be faster than they.
SETTINGS: dict[str, dict[str, Any]] = {
    "ademamix": {"beta3": 0.99},
    "simplified-ademamix": {"beta1": 0.99},
    "muon": {"shape": (1, 1)},
    "padam": {"partial": 0.25},
}
TABLE_2 = ("sgd", "momentum", "adam", "amsgrad", "adamw", "adabound", "padam", "yogi", "radam", "adai")


@dataclass(frozen=True)
class Rule:
    """An update rule as the degree law sees it.

    Attributes
    ----------
    name : str
        Name on the command line.
    optimizer : part
        With constants that carry a dimension at zero where that is allowed; its learning rate is set later.
    apart : str
        Why its exponent is not measured with the others; empty if it is.
    """

    name: str
    optimizer: Any
    apart: str = ""

    @property
    def title(self) -> str:
        """Name in figures and tables."""
        own = type(self.optimizer).__name__
        return f"{own}({self.optimizer.partial:g})" if hasattr(self.optimizer, "partial") else own

    @property
    def predicted(self):
        """Exponent p = (1 + h - d) / 2; a pair for a crossover."""
        return self.optimizer.exponent


def rule(name: str, optimizer) -> Rule:
    """Return an optimizer as a rule: without constants that break the degree, and whether it stands apart."""
    return Rule(name, _bare(optimizer), _reason(optimizer))


def with_rate(optimizer, eta: float):
    """Return an optimizer with another learning rate, also where another optimizer inside has it."""
    known = {field.name for field in fields(optimizer) if field.init}
    if "eta" in known:
        return replace(optimizer, eta=eta)
    return replace(optimizer, optimizer=with_rate(optimizer.optimizer, eta))


def built_in() -> list[Rule]:
    """Return every built-in rule that needs no other optimizer inside."""
    found = []
    for name, cls in OPTIMIZERS.items():
        if any(field.name == "optimizer" for field in fields(cls)):
            continue
        found.append(rule(name, cls(eta=1e-3, **SETTINGS.get(name, {}))))
    return found


def _bare(optimizer):
    """Return the optimizer with every constant that has a dimension at zero, where it may be."""
    for name in getattr(optimizer, "powers_of_k", {}):
        if name != "eta" and isinstance(getattr(optimizer, name), float):
            try:
                optimizer = replace(optimizer, **{name: 0.0})
            except ValueError:  # a rate or a threshold that must be positive: the rule is a crossover in it
                continue
    return optimizer


def _reason(optimizer) -> str:
    if isinstance(optimizer.exponent, tuple):
        return "crossover: its degree changes with time or with the size of the gradients"
    if optimizer.stationarity == NOT_STATIONARY:
        return optimizer.stationarity
    if optimizer.parameter_degree != 0:
        return "its steps are proportional to the parameters: sharpness drops out, p = 0"
    return ""


def find_rule(name: str) -> Rule:
    """Return the built-in rule of that name.

    Raises
    ------
    ValueError
        If there is none, or its exponent is not measured with the others; the message says why.
    """
    known = {one.name: one for one in built_in()}
    if name not in known:
        near = get_close_matches(name, known, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ValueError(f"There is no optimizer {name}: there are {', '.join(known)}.{hint}")
    return known[name]
