"""Options of an experiment, found and set by name."""

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from diffusion.checks import require
from sims.options.names import named
from sims.options.numbers import ROWS, row_text

ELSEWHERE = {  # names in other programs, and the paper's letter or this project's word
    "lr": "eta", "learning_rate": "eta", "step_size": "eta", "batch_size": "B", "batch": "B", "sharpness": "k",
    "hessian": "H", "curvature": "H", "eigenvalues": "H", "dimension": "dim", "repeats": "walkers",
    "n_walkers": "walkers", "particles": "walkers", "trials": "walkers", "steps": "iterations", "T": "iterations",
    "max_steps": "max_iterations", "temperature": "kT", "gamma": "damping", "friction": "damping",
    "time_step": "dt", "timestep": "dt", "integrator": "scheme", "seeds": "seed",
}  # fmt: skip
NOT_SETTINGS = ("workers",)  # change the speed, never the numbers


@dataclass(frozen=True)
class Option:
    """One option of an experiment.

    ``where`` is its place in the settings; ``read`` reads a row of numbers or names: "-1,1".
    """

    name: str
    where: tuple[str, ...]
    kind: Any
    may_be_none: bool
    read: Callable[[str, str], tuple] | None = None

    def value(self, given):
        """Return a value of a TOML file or store for settings.

        Raises
        ------
        ValueError
            If it is of another kind.
        """
        name, kind = self.name, self.kind
        if given is None and self.may_be_none:
            return None
        if self.read is not None and isinstance(given, str):
            # an empty row is written as empty text: the experiment then takes its own values
            return self.read(given, name) if given else ()
        if kind is bool:
            require(isinstance(given, bool), name, "true or false", given)
            return given
        if kind in (int, float):
            ok = isinstance(given, int | float) and not isinstance(given, bool)
            require(ok, name, f"a {'whole ' if kind is int else ''}number", given)
            if kind is float:
                return float(given)
            require(given == given // 1, name, "a whole number", given)  # 1e4 is one, 1.5 and NaN are not
            return int(given)
        if get_origin(kind) is Literal:
            require(given in get_args(kind), name, f"one of {', '.join(map(str, get_args(kind)))}", given)
            return given
        if get_origin(kind) is tuple:
            row = given if isinstance(given, list | tuple) else [given]
            kinds = get_args(kind)
            if kinds[-1] is Ellipsis:
                kinds = kinds[:1] * len(row)
            require(len(row) == len(kinds), name, f"{len(kinds)} values", given)
            return tuple(Option(name, (), one, False).value(v) for one, v in zip(kinds, row, strict=True))
        require(isinstance(given, str), name, "text", given)
        return given


def _bare(hint):
    """Return a type hint without its annotations."""
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls, include_extras=True)


@cache
def options(cls: type) -> dict[str, Option]:
    """Return a configuration class's options by name, nested ones too."""
    found = {}
    hints = _hints(cls)
    for field in fields(cls):
        hint = hints[field.name]
        kind = _bare(hint)
        if isinstance(kind, type) and is_dataclass(kind):
            for name, inner in options(kind).items():
                found[name] = Option(
                    name, (field.name, *inner.where), inner.kind, inner.may_be_none, inner.read
                )
        elif field.init and field.name not in NOT_SETTINGS:
            choices = get_args(kind) if get_origin(kind) in (Union, UnionType) else (hint,)
            (kept,) = [choice for choice in choices if choice is not NoneType]
            read = next((reader for row, reader in ROWS if row == kept), None)
            found[field.name] = Option(field.name, (field.name,), _bare(kept), NoneType in choices, read)
    return found


def find(name: str, known, what: str) -> str:
    """Return the known name that is meant; see `sims.options.names.named`."""
    return named(name, known, what, ELSEWHERE)


def settings(cls, chosen: dict[str, Any]):
    """Return the configuration with ``chosen`` options, by name."""
    known = options(cls)
    own: dict[str, Any] = {}
    nested: dict[str, dict[str, Any]] = {}
    for name, value in chosen.items():
        first, *rest = known[name].where
        if rest:
            nested.setdefault(first, {})[name] = value
        else:
            own[first] = value
    hints = _hints(cls)
    return cls(**own, **{name: settings(_bare(hints[name]), inner) for name, inner in nested.items()})


def chosen_in(config) -> dict[str, Any]:
    """Return a configuration's options by name; the inverse of `settings`."""
    found, cls = {}, config.__class__
    for name, option in options(cls).items():
        value = config
        for step in option.where:
            value = getattr(value, step)
        found[name] = row_text(value) if option.read and value is not None else _as_lists(value)
    return found


def _as_lists(value):
    """Turn tuples into lists, nested ones too."""
    return [_as_lists(one) for one in value] if isinstance(value, tuple) else value
