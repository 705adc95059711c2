"""Frozen dataclasses as values.

They are equal where their fields are equal, short to print, and a table in a notebook.
"""

import html
from dataclasses import fields, is_dataclass

import numpy as np

# Longer arrays would fill a screen.
MOST = 8  # entries of an array that are shown


def key_of(value):
    """Return a hashable key that is equal for equal values.

    Arrays are compared by shape and entries, dataclasses by fields.
    """
    if isinstance(value, np.ndarray):
        # The bytes, not the numbers: NaN then equals NaN, and 0.0 differs from -0.0.
        return "array", value.shape, value.dtype.str, value.tobytes()
    if is_dataclass(value) and not isinstance(value, type):
        return type(value), tuple(key_of(getattr(value, f.name)) for f in fields(value) if f.compare)
    # The type is part of the key, so a list and a tuple of the same entries stay different.
    if isinstance(value, tuple | list):
        return type(value), tuple(map(key_of, value))
    if isinstance(value, dict):
        return dict, frozenset((key_of(name), key_of(entry)) for name, entry in value.items())
    # NumPy's scalars count as Python's numbers: 1.0 read from an array is the 1.0 of a literal.
    if isinstance(value, np.generic):
        return value.item()
    return value


def equal(self, other):
    """Return whether two dataclasses are equal.

    They must be of one class and have equal fields.
    """
    # NotImplemented lets Python try the other operand's method before it says False.
    if type(self) is not type(other):
        return NotImplemented
    return self is other or key_of(self) == key_of(other)


def hashed(self):
    """Return the hash that goes with `equal`."""
    return hash(key_of(self))


def shown(value):
    """Return a value as one short line.

    A long array shows its first and last entries only.
    """
    with np.printoptions(threshold=MOST, edgeitems=2, linewidth=10_000):
        return " ".join(repr(value).split())


def summary(self):
    """Return the names and values worth showing, as strings."""
    return {f.name: shown(getattr(self, f.name)) for f in fields(self) if f.repr}


def as_line(self):
    """Return ``Name(field=value, ...)`` on one line."""
    # A class with a summary of its own says more than its fields do.
    known = self.summary() if hasattr(self, "summary") else summary(self)
    return f"{type(self).__name__}({', '.join(f'{name}={text}' for name, text in known.items())})"


def as_table(self):
    """Return a dataclass as an HTML table, for notebooks."""
    known = self.summary() if hasattr(self, "summary") else summary(self)
    rows = "".join(f"<tr><th>{html.escape(n)}</th><td>{html.escape(t)}</td></tr>" for n, t in known.items())
    return f"<table><caption>{html.escape(type(self).__name__)}</caption>{rows}</table>"


def value(cls):
    """Give a frozen dataclass equality, hash and short output."""
    # Set on the class: the dataclass's own equality fails on arrays, whose == is an array.
    cls.__eq__, cls.__hash__, cls.__repr__, cls._repr_html_ = equal, hashed, as_line, as_table
    return cls
