"""Lines of Figure 6: optimizer, sharpnesses, and the claimed law."""

import re
from dataclasses import MISSING, dataclass, replace
from functools import cached_property
from math import nan
from typing import Any, ClassVar

from diffusion import SGD, Adai, Adam, Momentum
from diffusion.checks import positive, require, require_number, whole
from sims.options.fields import fields_of, made
from sims.options.numbers import Names, Row
from sims.options.registry import part_class


@dataclass(frozen=True)
class Series:
    """One optimizer of the figure and its sharpnesses."""

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
        """Exponent p that the paper or the degree law claims, or NaN."""
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
    """Return the lines of a figure by legend name.

    Parameters
    ----------
    mode : "kramers", "literal" or "low temperature"
    optimizers : sequence of str or optimizer
        "adam", with fields "adam:eta=0.05,beta2=0.99", "FILE.py:Name" for one of your own, or an optimizer itself; all
        four of the paper's unless given.
    k : sequence of float
        Sharpnesses that all run at, in place of each one's own.

    Raises
    ------
    ValueError
        If there is no such optimizer, it has no such option, or one occurs twice.
    """
    given = _given(optimizers)
    found = dict(_one(mode, one) for one in given) if given else MODES[mode]
    if len(found) < len(given):
        raise ValueError("optimizers must be different; two have the same name and fields")
    if k:
        for one in k:
            positive(one, "k")
        require(len(set(k)) == len(k), "k", "different values", k)
        own: dict = {"breakdown": (), "spread": ()}
        found = {name: replace(one, k=tuple(sorted(k)), **own) for name, one in found.items()}
    return found


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Settings of a figure's lines, at any temperature.

    Parameters
    ----------
    kappa : noise over |H_a| / B; with 1, no walker would ever leave.
    B : batch size.
    dim : coordinates.
    k : sharpnesses that every optimizer runs at; each one's own unless given.
    optimizers : "adam", "adam:eta=0.05" or optimizers themselves; the paper's four unless given.
    level : confidence of all intervals, in (0, 1).
    """

    mode: ClassVar[str]
    kappa: float = 1000.0
    B: int = 10
    dim: int = 10
    k: Row = ()
    optimizers: Names = ()
    level: float = 0.95

    def check(self, **least: int) -> None:
        """Raise ``ValueError`` unless whole numbers reach ``least`` and the rest is in range."""
        for name, smallest in (least | {"seed": 0, "B": 1, "dim": 1}).items():
            whole(getattr(self, name), name, smallest)
        positive(self.kappa, "kappa")
        require_number(self.level, "level", "in (0, 1)", 0, 1, strict=True)
        self.series  # noqa: B018  raises if optimizers or k are wrong

    @cached_property
    def series(self) -> dict[str, Series]:
        """Lines of the figure, by name."""
        return series(self.mode, self.optimizers, self.k)


def _given(optimizers) -> list:
    """Join the fields of an optimizer that a split at commas parted."""
    found: list = []
    for one in optimizers:
        if isinstance(one, str) and "=" in one and ":" not in one and found:
            found[-1] += f",{one}"
        else:
            found.append(one)
    return found


def _one(mode, given) -> tuple[str, Series]:
    """Return the name and the line of one optimizer."""
    standard = {type(one.optimizer): name for name, one in MODES[mode].items()}
    if isinstance(given, str):
        found = re.fullmatch(r"(.*?\.py:\w+|[^:]*)(?::(.*))?", given.strip())
        if found is None:
            raise ValueError(f"optimizers must be NAME or NAME:FIELD=VALUE,FIELD=VALUE, got {given!r}")
        texts = assigned_texts(given, found[2])
        cls = part_class("optimizer", found[1])
        usual = _fields(MODES[mode][standard[cls]].optimizer) if cls in standard else {}
        needs = [name for name, one in fields_of(cls).items() if one.default is MISSING]
        if missing := [name for name in needs if name not in usual and name not in texts]:
            raise ValueError(f"{found[1]} needs {missing[0]}: write {found[1]}:{missing[0]}=VALUE")
        optimizer = made("optimizer", cls, found[1], usual, texts)
        shown = [f"{name} = {text}" for name, text in texts.items()]
    else:
        optimizer = given
        own, usual = _fields(given), {name: one.default for name, one in fields_of(type(given)).items()}
        numbers = {n: v for n, v in own.items() if isinstance(v, int | float) and v != usual[n]}
        shown = [f"{name} = {value:g}" for name, value in numbers.items()]
    like = "Adam" if Series(optimizer, ()).claimed == 0.5 else "SGD"
    line = MODES[mode][standard.get(type(optimizer), like)]
    return ", ".join([type(optimizer).__name__, *shown]), replace(line, optimizer=optimizer)


def _fields(optimizer) -> dict:
    return {name: getattr(optimizer, name) for name in fields_of(type(optimizer))}


def assigned_texts(given: str, written: str | None) -> dict[str, str]:
    """Return the fields of "eta=0.05,beta2=0.99" as texts by name."""
    pairs = [one.partition("=") for one in written.split(",")] if written else []
    if not all(equals for _, equals, _ in pairs):
        raise ValueError(f"optimizers must be NAME or NAME:FIELD=VALUE,FIELD=VALUE, got {given!r}")
    return {name.strip(): value.strip() for name, _, value in pairs}
