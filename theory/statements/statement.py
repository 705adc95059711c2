"""Statement of the paper with its forms.

The conditions are listed too, with how far to trust the statement where they hold.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from theory.checks import require
from theory.regime import Flag, flags, total_drift_flag


@dataclass(frozen=True)
class Statement:
    """Statement of the paper and its functions.

    The functions evaluate it.

    name : as the paper calls it, "Theorem 1".
    title : the statement in a few words.
    quantity : quantity that its functions return, with the unit.
    equations : places where it is printed.
    forms : "printed", "leading", "corrected", "exact", ... -> function of numbers.
    conditions : hypotheses, in words.
    drops : terms and effects that the printed form leaves out.
    log : whether the functions return the log of the quantity.
    vectors : parameters that take one number per direction (or per observation) and are not swept over.
    adam : whether its steps are Adam's, for the regime flags.
    checks : names of the regime flags that decide about it.
    margin : relative error of the printed form beside the exact one (or, without one, the corrected one) where all
        flags hold; of a log, of the quantity itself. None where no such promise is made.
    """

    name: str
    title: str
    quantity: str
    equations: tuple[str, ...]
    forms: Mapping[str, Callable[..., Any]]
    conditions: tuple[str, ...]
    drops: str
    log: bool = False
    vectors: frozenset[str] = frozenset()
    adam: bool = False
    checks: frozenset[str] = frozenset()
    margin: float | None = None

    def __post_init__(self):
        require("printed" in self.forms, "forms", "given with a 'printed' one", tuple(self.forms))
        object.__setattr__(self, "forms", MappingProxyType(dict(self.forms)))

    @property
    def key(self) -> str:
        """Name on the command line: "theorem-1"."""
        return key_of(self.name)

    @property
    def formula(self) -> str | None:
        """The printed formula in LaTeX, None where its function states none."""
        stated = inspect.getdoc(self.forms["printed"]) or ""
        found = re.search(r"\.\. math:: ?(.*?)(?:\n\n|$)", stated, re.DOTALL)
        return " ".join(found[1].split()) if found else None

    def parameters(self, form: str | None = None) -> dict[str, inspect.Parameter]:
        """Parameters of one form, or of all together.

        They are in their order of appearance.
        """
        chosen = self.forms.values() if form is None else [self.forms[form]]
        found: dict[str, inspect.Parameter] = {}
        for function in chosen:
            for name, parameter in inspect.signature(function).parameters.items():
                found.setdefault(name, parameter)
        return found

    def flags(self, **parameters: float) -> tuple[Flag, ...]:
        """Conditions that these numbers decide.

        They are the conditions of this statement; other parameters are ignored.

        Examples
        --------
        >>> from theory.statements import statement
        >>> for flag in statement("Theorem 1").flags(H=-1.0, eta=0.01, B=10, T=1000):
        ...     print(flag.name, flag.level)
        (eta H)^2 T doubtful
        eta|H| holds
        """
        known = inspect.signature(flags).parameters.keys() - {"adam"}
        given = {name: value for name, value in parameters.items() if name in known}
        decided = (*flags(adam=self.adam, **given), total_drift_flag())
        return tuple(flag for flag in decided if flag.name in self.checks)


def key_of(name: str) -> str:
    """Return a statement's name for the command line.

    For example, "Theorem 1" is "theorem-1".
    """
    require(isinstance(name, str), "name", "a statement's name, such as 'theorem-1'", name)
    return name.lower().replace(".", "").replace(" ", "-")
