"""Names that people type, and the ones that they mean."""

import difflib
from collections.abc import Iterable, Mapping

LONGEST = 160  # characters of a list of names in a message


def named(name: str, known: Iterable[str], what: str, elsewhere: Mapping[str, str] | None = None) -> str:
    """Return the known name that is meant; dashes and underscores are alike.

    Parameters
    ----------
    name : str
    known : iterable of str
    what : str
        Kind of thing, with its article: "an optimizer".
    elsewhere : mapping of str to str, optional
        Names that other programs use, and what they are called here.

    Raises
    ------
    ValueError
        If there is none; the message has the nearest name, or all of them.

    Examples
    --------
    >>> named("two_temperature", ["frozen", "two-temperature"], "a noise")
    'two-temperature'
    """
    by_name = {one.replace("-", "_"): one for one in known}
    plain = str(name).replace("-", "_")
    if plain in by_name:
        return by_name[plain]
    elsewhere = elsewhere or {}
    if (other := elsewhere.get(plain, elsewhere.get(plain.lower()))) in by_name:
        raise ValueError(f"{name} is not {what}; it is called {other} here")
    lower = {one.lower(): one for one in by_name}
    near = [by_name[lower[one]] for one in difflib.get_close_matches(plain.lower(), lower, n=3, cutoff=0.6)]
    text = f"{str(name)[:80]} is not {what}"
    if near and len(", ".join(by_name.values())) > LONGEST:
        raise ValueError(f"{text}. Did you mean {' or '.join(near)}?")
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    raise ValueError(f"{text}; there are {listed(by_name.values())}.{hint}")


def listed(names: Iterable[str]) -> str:
    """Return the names as text, a long list cut short.

    Examples
    --------
    >>> listed(["sgd", "adam"])
    'sgd, adam'
    """
    names = list(names)
    text = ", ".join(names)
    if len(text) <= LONGEST:
        return text
    shown = text[:LONGEST].rpartition(", ")[0]
    return f"{shown} and {len(names) - shown.count(', ') - 1} more"
