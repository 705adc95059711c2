"""Numbers, rows and ranges as people write them: 1e4, -1,1 and 1:1000:7:log."""

import re
from typing import Annotated

from cyclopts import Parameter

MOST = 100_000  # values of one range
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
LETTERS = {"k": 3, "m": 6, "b": 9, "g": 9}  # powers of ten that people abbreviate
RANGE = "a number, a list 1,2,3, or a range first:last:count[:log] of at most {:,} values"


def number(text: str, name: str) -> float:
    """Return the number that a text means; 10,000 is 1e4.

    Raises
    ------
    ValueError
        If the text is no number; for "10k" the message says what to write.

    Examples
    --------
    >>> number("10,000", "kappa"), number("1e4", "kappa")
    (10000.0, 10000.0)
    """
    given = text.strip()
    plain = given.replace(",", "") if THOUSANDS.fullmatch(given) else given
    try:
        return float(plain.replace("_", ""))
    except ValueError:
        abbreviated = re.fullmatch(r"([+-]?[\d.,]*\d)\s*([kmbgKMBG])", given)
        hint = f"; write {abbreviated[1]}e{LETTERS[abbreviated[2].lower()]}" if abbreviated else ""
        raise ValueError(f"{name} must be a number, got {text[:60]!r}{hint}") from None


def whole_number(text: str, name: str) -> int:
    """Return the whole number that a text means; "1.5" is none.

    Raises
    ------
    ValueError
        If the text is none.

    Examples
    --------
    >>> whole_number("1e4", "walkers"), whole_number("10,000", "walkers")
    (10000, 10000)
    """
    plain = text.strip().replace(",", "") if THOUSANDS.fullmatch(text.strip()) else text.strip()
    # beyond 2**53 a float would lose digits; no number of a run has more digits than this
    if re.fullmatch(r"[+-]?\d{1,400}", plain):
        return int(plain)
    try:
        value = number(text, name)
    except ValueError as reason:
        raise ValueError(str(reason).replace("a number", "a whole number", 1)) from None
    if not value.is_integer():
        raise ValueError(f"{name} must be a whole number, got {text[:60]!r}")
    return int(value)


def values(text: str, name: str, *, whole: bool = False, most: int = MOST) -> list[float]:
    """Return the numbers of "3", "1,2,3", "first:last:count" or "first:last:count:log".

    Parameters
    ----------
    text : str
    name : str
        What the numbers are, for the message.
    whole : bool
        Round the values of a range, and drop duplicates.
    most : int
        Longest range.

    Raises
    ------
    ValueError
        If the text is none of these.

    Examples
    --------
    >>> values("1:1000:4:log", "T", whole=True)
    [1.0, 10.0, 100.0, 1000.0]
    """
    import numpy as np

    if ":" not in text:
        words = text.split(",")
        try:
            return [float(word) for word in words]
        except ValueError:
            rule = RANGE.format(most) if len(words) > 1 or not text.strip() else None
            if rule is None:
                number(text, name)
            raise ValueError(f"{name} must be {rule}, got {text[:60]!r}") from None
    try:
        first, last, count, *scale = text.split(":")
        ends, size = (float(first), float(last)), int(count)
        if scale not in ([], ["log"]) or not 1 <= size <= most or (scale and min(ends) <= 0):
            raise ValueError
        with np.errstate(all="raise"):
            found = (np.geomspace if scale else np.linspace)(*ends, size)
    except (ValueError, ArithmeticError):
        raise ValueError(f"{name} must be {RANGE.format(most)}, got {text[:60]!r}") from None
    return (np.unique(found.round()) if whole else found).tolist()


def row(text: str, name: str) -> tuple[float, ...]:
    """Return a row of finite numbers.

    Raises
    ------
    ValueError
        If one is no finite number.

    Examples
    --------
    >>> row("-1,1", "H")
    (-1.0, 1.0)
    """
    found = tuple(values(text, name))
    if not all(abs(value) < float("inf") for value in found):  # NaN compares false
        raise ValueError(f"{name} must be finite, got {text[:60]!r}")
    return found


def whole_row(text: str, name: str) -> tuple[int, ...]:
    """Return a row of whole numbers; a range is rounded.

    Raises
    ------
    ValueError
        If one is no whole number.
    """
    found = values(text, name, whole=True)
    if not all(value.is_integer() for value in found):
        raise ValueError(f"{name} must be whole numbers, got {text[:60]!r}")
    return tuple(int(value) for value in found)


def names(text: str, name: str) -> tuple[str, ...]:
    """Return the names in a list "baoab,gjf"."""
    return tuple(word.strip() for word in text.split(","))


def row_text(values) -> str:
    """Return a row as people and files of settings write it.

    Examples
    --------
    >>> row_text((-1.0, 0.5)), row_text(("baoab", "gjf"))
    ('-1,0.5', 'baoab,gjf')
    """
    return ",".join(value if isinstance(value, str) else repr(value).removesuffix(".0") for value in values)


# Not cyclopts.convert: of a whole number it rounds "1.5" to 2 and refuses 1e4, and of any it refuses 10,000.
def _option(read):
    """Return a Cyclopts parameter that ``read(text, name)`` reads."""

    def converter(type_, tokens):
        name = (tokens[0].keyword or "").lstrip("-") or "it"
        return read(tokens[0].value, name)

    return Parameter(converter=converter, n_tokens=1, accepts_keys=False, allow_leading_hyphen=True)


Number = Annotated[float, _option(number)]
Whole = Annotated[int, _option(whole_number)]
Row = Annotated[tuple[float, ...], _option(row)]
WholeRow = Annotated[tuple[int, ...], _option(whole_row)]
Names = Annotated[tuple[str, ...], _option(names)]
Fields = Annotated[tuple[str, ...], Parameter(negative="")]  # FIELD=VALUE, one for each --set
ROWS = ((Row, row), (WholeRow, whole_row), (Names, names))
FLAT = Parameter(name="*")  # options of a nested group stand beside the others on the command line
