"""Fields of a part: help, defaults, and values from `--set`."""

import inspect
import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from sims.options.names import listed, named
from sims.options.numbers import number, row, whole_number
from sims.options.own_file import is_own, place


def fields_of(cls: type) -> dict[str, Field]:
    """Return a part's settable fields by name."""
    return {field.name: field for field in fields(cls) if field.init}


def description(cls: type) -> str:
    """Return a part's fields as "eta, beta1=0.9"."""
    return ", ".join(
        name
        if field.default is MISSING
        else f"{name}={field.default:g}"
        if isinstance(field.default, float)
        else f"{name}={field.default}"
        for name, field in fields_of(cls).items()
    )


def field_help(cls: type) -> dict[str, str]:
    """Return each field's help, from the section Parameters."""
    text = inspect.getdoc(cls) or ""
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[^\n]*\n-+\n|\Z)", text, flags=re.DOTALL | re.MULTILINE)
    told: dict[str, str] = {}
    if section:
        for names, body in re.findall(
            r"^(\S[^\n]*?)(?: : [^\n]*)?\n((?:[ ]+[^\n]*\n?|\n)+)", section[1] + "\n", re.MULTILINE
        ):
            told |= dict.fromkeys((name.strip() for name in names.split(",")), " ".join(body.split()))
    return told


def field_rows(cls: type) -> list[dict[str, str]]:
    """Return the fields of a part as rows."""
    told = field_help(cls)
    return [
        {
            "field": name,
            "default": "must be given" if field.default is MISSING else str(field.default),
            "meaning": told.get(name, ""),
        }
        for name, field in fields_of(cls).items()
    ]


def assigned(written: tuple[str, ...], known: Mapping[str, set[str]]) -> dict[str, dict[str, str]]:
    """Return the texts that `--set` gives, by part and field.

    Parameters
    ----------
    written : tuple of str
        "field=value", or "landscape.field=value" where two parts have the field.
    known : mapping of str to set of str
        Fields of each part, by kind.

    Raises
    ------
    ValueError
        If no part has the field, two have it, or it is given twice.

    Examples
    --------
    >>> assigned(("partial=.25",), {"optimizer": {"eta", "partial"}, "landscape": {"k"}})
    {'optimizer': {'partial': '.25'}, 'landscape': {}}
    """
    found: dict[str, dict[str, str]] = {kind: {} for kind in known}
    for one in written:
        left, equals, value = one.partition("=")
        prefix, _, field = left.strip().rpartition(".")
        if not equals or not field:
            raise ValueError(f"--set needs FIELD=VALUE, such as --set beta1=0.9; got {one[:60]!r}")
        kinds = [prefix] if prefix else [kind for kind, names in known.items() if field in names]
        if prefix:
            named(prefix, known, "a part with fields here")
        if len(kinds) > 1:
            raise ValueError(
                f"{' and '.join(kinds)} both have a field {field}; write --set {kinds[0]}.{field}={value}"
            )
        if not kinds or field not in known[kinds[0]]:
            everywhere = known[prefix] if prefix else set().union(*known.values())
            named(field, sorted(everywhere), f"a field of the {prefix or ', '.join(known)}")
        if field in found[kinds[0]]:
            raise ValueError(f"--set gives {field} twice; give it once")
        found[kinds[0]][field] = value.strip()
    return found


def made(kind: str, cls: type, name: str, given: Mapping[str, Any], texts: Mapping[str, str]):
    """Return a part made of options (values) and fields (texts).

    Parameters
    ----------
    kind : str
        "optimizer", "landscape" or "noise".
    cls : type
    name : str
        As the user called it.
    given : mapping of str to value
        Options; a field among ``texts`` takes their place.
    texts : mapping of str to str

    Raises
    ------
    ValueError
        If the part does not have a field, needs one that is missing, a value is out of range, or the class is not of
        that kind.
    """
    known = fields_of(cls)
    for field in given:
        if field not in known:
            raise ValueError(f"{field} is not an option of {name}, which has {listed(known) or 'none'}")
    values = dict(given) | {field: _value(cls, field, text) for field, text in texts.items()}
    missing = [
        field
        for field, one in known.items()
        if one.default is MISSING and one.default_factory is MISSING and field not in values
    ]
    if missing:
        raise ValueError(f"{name} needs {' and '.join(missing)}: add {_how(missing[0])}")
    try:
        part = cls(**values)
    except (ValueError, ArithmeticError):
        raise
    except Exception as reason:  # noqa: BLE001  whatever a user's part raises
        raise ValueError(
            f"{name} cannot be made: {place(reason)}: {type(reason).__name__}: {reason}"
        ) from None
    if is_own(name):
        from diffusion import contract

        contract.require_kind(part, getattr(contract, kind.upper()), name)
    return part


def _how(field: str) -> str:
    from sims.options.optimizer import OptimizerOptions

    option = field in OptimizerOptions.__dataclass_fields__
    return f"--{field.replace('_', '-')} VALUE" if option else f"--set {field}=VALUE"


def _value(cls: type, field: str, text: str):
    """Convert a text to a field's type, with numbers as options have them."""
    try:
        kind = get_type_hints(cls).get(field, Any)
    except Exception:  # noqa: BLE001  a hint that names nothing, which Python lets pass
        kind = Any
    kinds = [one for one in get_args(kind) or (kind,) if one is not type(None)]
    if text.lower() == "none" and type(None) in get_args(kind):
        return None
    if get_origin(kind) is Literal:
        return named(text, map(str, get_args(kind)), f"a value of {field}")
    if bool in kinds:
        if text.lower() not in ("true", "false"):
            raise ValueError(f"{field} must be true or false, got {text[:60]!r}")
        return text.lower() == "true"
    if get_origin(kind) is tuple or kind is tuple or getattr(kind, "__name__", "") == "ndarray":
        found = row(text, field)
        return tuple(int(one) if one.is_integer() and int in kinds else one for one in found)
    if str in kinds:
        return text
    if int in kinds:
        return whole_number(text, field)
    return row(text, field) if "," in text and float not in kinds else number(text, field)
