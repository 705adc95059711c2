"""Options of an experiment by their command-line names: what there is, and settings made of it."""

import difflib
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from diffusion.checks import require
from sims.options.parts import numbers

ELSEWHERE = {  # what others call it, and the paper's letter or the word of this project
    "lr": "eta", "learning_rate": "eta", "step_size": "eta", "batch_size": "B", "batch": "B", "sharpness": "k",
    "hessian": "H", "curvature": "H", "eigenvalues": "H", "dimension": "dim", "repeats": "walkers",
    "n_walkers": "walkers", "particles": "walkers", "trials": "walkers", "steps": "iterations", "T": "iterations",
    "max_steps": "max_iterations", "temperature": "kT", "gamma": "damping", "friction": "damping",
    "time_step": "dt", "timestep": "dt", "integrator": "scheme", "seeds": "seed",
}  # fmt: skip
NOT_SETTINGS = ("workers",)  # change how fast it is, never what is computed


@dataclass(frozen=True)
class Option:
    """One option: its name, where it stands in the settings, its type, and whether it may be left open."""

    name: str
    where: tuple[str, ...]
    kind: Any
    may_be_none: bool

    def value(self, given):
        """Return ``given``, as a TOML file has it, as the settings hold it.

        Raises
        ------
        ValueError
            If it is of another kind.
        """
        name, kind = self.name, self.kind
        if given is None and self.may_be_none:
            return None
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
        return self._text(given)

    def _text(self, given):
        """Return text; of numbers, as they stand on the command line, separated by commas."""
        if isinstance(given, str):
            return given
        row = given if isinstance(given, list) else [given]
        ok = row and all(isinstance(one, int | float) and not isinstance(one, bool) for one in row)
        rule = "text, or numbers in one row such as [-1, 1] (a grid of rows: [[-1, 1], [-2, 2]])"
        require(ok, self.name, rule, given)
        text = ",".join(repr(one) for one in row)
        numbers(text, self.name)
        return text


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


@cache
def options(cls: type) -> dict[str, Option]:
    """Return the options of a configuration class by name, those of nested parts beside the others."""
    found = {}
    hints = _hints(cls)
    for field in fields(cls):
        kind = hints[field.name]
        if isinstance(kind, type) and is_dataclass(kind):
            for name, inner in options(kind).items():
                found[name] = Option(name, (field.name, *inner.where), inner.kind, inner.may_be_none)
        elif field.init and field.name not in NOT_SETTINGS:
            choices = get_args(kind) if get_origin(kind) in (Union, type(int | None)) else (kind,)
            (kept,) = [choice for choice in choices if choice is not type(None)]
            found[field.name] = Option(field.name, (field.name,), kept, type(None) in choices)
    return found


def find(name: str, known, what: str) -> str:
    """Return the one of the names ``known`` that is meant: dashes and underscores are alike.

    Raises
    ------
    ValueError
        If there is none; the message has the nearest names.
    """
    by_name = {one.replace("-", "_"): one for one in known}
    plain = str(name).replace("-", "_")
    if plain in by_name:
        return by_name[plain]
    if (other := ELSEWHERE.get(plain, ELSEWHERE.get(plain.lower()))) in by_name:
        raise ValueError(f"{name} is not {what}; it is called {other} here")
    lower = {one.lower(): one for one in by_name}
    near = difflib.get_close_matches(plain.lower(), lower, n=3, cutoff=0.6)
    shown = [by_name[lower[one]] for one in near] or sorted(known)
    raise ValueError(
        f"{name} is not {what}; {'the nearest' if near else 'there'} {'is' if len(shown) == 1 else 'are'} "
        f"{', '.join(shown)}"
    )


def settings(cls, chosen: dict[str, Any]):
    """Return the configuration with the options ``chosen`` by name, as `Option.value` gives them."""
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
    return cls(**own, **{name: settings(hints[name], inner) for name, inner in nested.items()})


def chosen_in(config) -> dict[str, Any]:
    """Return every option of a configuration by name, defaults too; the inverse of `settings`."""
    found, cls = {}, config.__class__
    for name, option in options(cls).items():
        value = config
        for step in option.where:
            value = getattr(value, step)
        found[name] = _as_lists(value)
    return found


def _as_lists(value):
    """Return tuples, also those within, as lists: so a TOML file has them."""
    return [_as_lists(one) for one in value] if isinstance(value, tuple) else value
