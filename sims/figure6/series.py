"""Lines of Figure 6: an optimizer each, the sharpnesses that it runs at, and the law that is claimed for it."""

from dataclasses import dataclass, fields, replace
from math import nan
from typing import Any

from diffusion import SGD, Adai, Adam, Momentum
from diffusion.checks import positive, require
from sims.options.by_name import find
from sims.options.parts import OPTIMIZERS


@dataclass(frozen=True)
class Series:
    """One optimizer of the figure and the sharpnesses it runs at."""

    optimizer: Any
    k: tuple[float, ...]
    cut: float = 0  # iterations of start-up transient at k = 1 ...
    cut_power: float = 0.0  # ... and at k: cut / k^cut_power
    breakdown: tuple[float, ...] = ()  # sharper minima, where the law fails: a panel of its own
    spread: tuple[float, ...] = ()  # where other data sets are tried

    def cut_at(self, k):
        """Return the iterations to drop at sharpness ``k``."""
        return round(self.cut / k**self.cut_power)

    @property
    def claimed(self) -> float:
        """Exponent p of log tau = a + b k^-p: what the paper claims and the degree law says; NaN if unknown."""
        exponent = getattr(self.optimizer, "exponent", nan)  # a pair, or nothing, where there is no one law
        return float(exponent) if isinstance(exponent, int | float) else nan


SGD_, MOMENTUM, ADAI = (
    SGD(1e-3),
    Momentum(1e-4, beta1=0.9, beta3=1.0),
    Adai(1e-3, beta0=0.1, beta2=0.99, eps=1e-3),
)
K = (2.5, 2.75, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0)
KRAMERS = {
    "SGD": Series(SGD_, K, cut=60),
    "Momentum": Series(MOMENTUM, K, cut=60),
    "Adai": Series(ADAI, K, cut=60),
    "Adam": Series(Adam(0.1), (2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 16.0), cut=60),
}
# From -2.9 the walkers first have to come to the only minimum, at -0.3. That takes a fixed number of
# eta k iterations (of eta sqrt k with Adam), and the times are not exponential before.
LITERAL = {
    name: Series(optimizer, (1.125, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5), 400, 1.0, breakdown, (1.5, 2.0))
    for name, optimizer, breakdown in (
        ("SGD", SGD_, ()),
        ("Momentum", MOMENTUM, (3.0, 3.5)),
        ("Adai", ADAI, (3.0, 3.5)),
    )
} | {"Adam": Series(Adam(3e-2), (0.35, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0), 500, 0.5, (), (0.75, 2.0))}
COLD = (0.5, 0.6, 0.75, 1.0, 1.25, 1.5, 2.0)
LOW_TEMPERATURE = {
    "SGD": Series(SGD_, COLD),
    "Momentum": Series(MOMENTUM, COLD),
    "Adai": Series(ADAI, (0.75, 1.0, 1.5, 2.0)),
    "Adam": Series(Adam(0.1), (0.12, 0.18, 0.25, 0.4, 0.6, 1.0, 1.5)),
}
MODES = {"kramers": KRAMERS, "literal": LITERAL, "low temperature": LOW_TEMPERATURE}


def series(mode: str, optimizers=(), k=()) -> dict[str, Series]:
    """Return the lines of a figure by the name that its legend has.

    Parameters
    ----------
    mode : "kramers", "literal" or "low temperature"
    optimizers : sequence of str or optimizer
        "adam", with options "adam:eta=0.05,beta2=0.99", or an optimizer; all four of the paper's unless given.
    k : sequence of float
        Sharpnesses that all run at, in place of each one's own.

    Raises
    ------
    ValueError
        If there is no such optimizer, it has no such option, or one occurs twice.
    """
    found = dict(map(_one, [mode] * len(optimizers), optimizers)) if optimizers else MODES[mode]
    require(len(found) == len(optimizers or found), "optimizers", "different ones", tuple(optimizers))
    if k:
        for one in k:
            positive(one, "k")
        require(len(set(k)) == len(k), "k", "different values", k)
        own: dict = {"breakdown": (), "spread": ()}
        found = {name: replace(one, k=tuple(sorted(k)), **own) for name, one in found.items()}
    return found


def _one(mode, given) -> tuple[str, Series]:
    """Return the name and the line of one optimizer."""
    standard = {type(one.optimizer).__name__: name for name, one in MODES[mode].items()}
    if not isinstance(given, str):
        optimizer, options = given, _own(given)
    else:
        name, _, rest = given.partition(":")
        chosen = dict(_option(given, one) for one in rest.split(",")) if rest else {}
        cls = OPTIMIZERS[find(name.lower(), OPTIMIZERS, "an optimizer")]
        usual = MODES[mode][standard[cls.__name__]].optimizer if cls.__name__ in standard else None
        optimizer, options = _made(cls, usual, chosen), chosen
    kind = type(optimizer).__name__
    label = ", ".join([kind, *(f"{name} = {value:g}" for name, value in options.items())])
    like = Series(optimizer, ()).claimed
    template = MODES[mode][standard.get(kind, "Adam" if like == 0.5 else "SGD")]
    return label, replace(template, optimizer=optimizer)


def _own(optimizer):
    """Return the numbers of an optimizer, by name."""
    found = {one.name: getattr(optimizer, one.name) for one in fields(optimizer) if one.init}
    return {name: value for name, value in found.items() if isinstance(value, int | float)}


def _option(given, text):
    """Return the name and the value of "eta=0.05"."""
    name, _, value = text.strip().partition("=")
    words = {"true": True, "false": False}
    try:
        return name, words[value] if value in words else float(value)
    except ValueError:
        form = "NAME or NAME:OPTION=NUMBER,OPTION=NUMBER such as adam:eta=0.05"
        raise ValueError(f"optimizers must be {form}, got {given!r}") from None


def _made(cls, usual, chosen):
    """Return an optimizer with the options chosen, the others as usual."""
    known = [one.name for one in fields(cls) if one.init]
    for name in chosen:
        find(name, known, f"an option of {cls.__name__}")
    try:
        return cls(**chosen) if usual is None else replace(usual, **chosen)
    except TypeError:
        text = f"{cls.__name__} has options without a default: {', '.join(known)}"
        raise ValueError(f"{text}; write {cls.__name__.lower()}:{known[0]}=...") from None
