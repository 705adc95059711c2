"""Update rules of the degree law.

In some rules the escapes are a renewal process; the others are listed with the reason why not.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

from diffusion.contract import gives
from diffusion.optimizers import OPTIMIZERS
from diffusion.optimizers.degree import NOT_STATIONARY
from sims.options.names import named
from sims.options.own_file import is_own, own_class

# What a rule needs beside its learning rate, and memories so long that escapes would be faster than they.
SETTINGS: dict[str, dict[str, Any]] = {
    "ademamix": {"beta3": 0.99},
    "simplified-ademamix": {"beta1": 0.99},
    "muon": {"shape": (1, 1)},
    "padam": {"partial": 0.25},
    "radam": {"unadapted_steps": False},  # its unadapted first steps can leave the valley at once
}
# Why rules are not measured although their memory is short.
APART = {
    "rprop": "its learning rate is that of the first step only: noise shrinks the steps to their smallest size"
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
        if hasattr(self.optimizer, "partial"):
            return f"{own}({self.optimizer.partial:g})"
        # its unadapted first steps are SGD's: another rule, which could leave the valley at once
        return f"{own}, adapted steps" if not getattr(self.optimizer, "unadapted_steps", True) else own

    @property
    def predicted(self):
        """Exponent p = (1 + h - d) / 2.

        For a crossover it is a pair.
        """
        return self.optimizer.exponent


def rule(name: str, optimizer) -> Rule:
    """Return an optimizer as a rule.

    Constants that break the degree are dropped; the rule tells whether it stands apart.
    """
    return Rule(name, _bare(optimizer), _reason(optimizer) or APART.get(name, ""))


def with_rate(optimizer, eta: float):
    """Return an optimizer with another learning rate.

    If another optimizer inside has the rate, it is changed there.
    """
    known = {field.name for field in fields(optimizer) if field.init}
    if "eta" in known:
        return replace(optimizer, eta=eta)
    return replace(optimizer, optimizer=with_rate(optimizer.optimizer, eta))


def built_in() -> list[Rule]:
    """Return every built-in rule without an inner optimizer."""
    found = []
    for name, cls in OPTIMIZERS.items():
        if any(field.name == "optimizer" for field in fields(cls)):
            continue
        found.append(rule(name, cls(eta=1e-3, **SETTINGS.get(name, {}))))
    return found


def _bare(optimizer):
    """Set every constant with a dimension to zero.

    A constant that may not be zero stays.
    """
    for name in getattr(optimizer, "powers_of_k", {}):
        if name != "eta" and isinstance(getattr(optimizer, name), float):
            try:
                optimizer = replace(optimizer, **{name: 0.0})
            except ValueError:  # a rate or a threshold that must be positive: the rule is a crossover in it
                continue
    return optimizer


def _reason(optimizer) -> str:
    if isinstance(optimizer.exponent, tuple):
        return "a crossover: its degree changes with time or with the size of the gradients"
    if optimizer.stationarity == NOT_STATIONARY:
        return "not stationary: it remembers its whole past"
    if optimizer.parameter_degree != 0:
        return "its steps are proportional to the parameters: sharpness drops out, p = 0"
    return ""


def find_rule(name: str) -> Rule:
    """Return a rule by its name.

    The name is a built-in optimizer's, or FILE.py:Name for a user's own.

    Raises
    ------
    ValueError
        If there is none, it needs settings beside its learning rate, or it does not say its degrees.
    """
    if is_own(name):
        own = own_class(name)
        try:
            optimizer = own(eta=1e-3)
        except TypeError as reason:
            raise ValueError(f"{name} needs defaults for all its fields but eta: {reason}") from None
        if not gives(optimizer, "exponent"):
            raise ValueError(
                f"{name} does not say its degrees: give it gradient_degree, parameter_degree, exponent = EXPONENT and "
                "stationarity (see diffusion.optimizers.degree)."
            )
        return rule(name, optimizer)
    known = {one.name: one for one in built_in()}
    return known[named(name, known, "an optimizer of the degree law")]
