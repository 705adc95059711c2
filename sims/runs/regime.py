"""Conditions of the theory at a run's settings."""

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

from diffusion import Adai
from theory.regime import Flag


def betas(optimizer) -> dict[str, float]:
    """Return an optimizer's inertia and memory by the theory's letters."""
    if isinstance(optimizer, Adai):
        return {"beta1": 1 - optimizer.beta0, "beta3": optimizer.beta0}
    found = {name: getattr(optimizer, name, None) for name in ("beta1", "beta2", "beta3")}
    return {name: value for name, value in found.items() if value is not None}


def conditions(flags: list[Flag]) -> str:
    """Return a sentence for each condition that fails or is in doubt."""
    bad = {
        f"{flag.name} = {flag.value:.3g}: {flag.sentence}": flag.level
        for flag in flags
        if flag.level != "holds"
    }
    words = {"fails": "A condition fails", "doubtful": "A condition is in doubt"}
    return "".join(f" {words[level]} ({text})." for text, level in bad.items())


def corner_flags(
    flags: Callable[..., tuple[Flag, ...]],
    parameters: Mapping[str, Any],
    vectors: frozenset[str] = frozenset(),
) -> list[Flag]:
    """Return the regime flags at the corners of the parameters' ranges.

    Of each flag and level, the smallest and the largest value are kept.

    Parameters
    ----------
    flags : callable
        `theory.regime.flags`, or the method of a statement.
    parameters : mapping
        Numbers and ranges by name; words are left out.
    vectors : frozenset of str
        Names of parameters that take one number per direction, and are no ranges.
    """
    # a statement says itself whether its steps are Adam's
    numbers = {
        key: value for key, value in parameters.items() if not isinstance(value, str) and key != "adam"
    }
    swept = {key: value for key, value in numbers.items() if key not in vectors}
    ends = ((min(v, key=abs), max(v, key=abs)) if isinstance(v, list) else (v,) for v in swept.values())
    found = [flag for corner in product(*ends) for flag in flags(**dict(zip(swept, corner, strict=True)))]
    kept = []
    for name, level in dict.fromkeys((flag.name, flag.level) for flag in found):
        alike = sorted((f for f in found if (f.name, f.level) == (name, level)), key=lambda flag: flag.value)
        kept += [alike[0], alike[-1]] if alike[0].value < alike[-1].value else [alike[0]]
    return kept
