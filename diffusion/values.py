"""Frozen dataclasses as values: equal where their fields are equal, short to print, and a table in a notebook."""

import html
from dataclasses import fields, is_dataclass

import numpy as np

MOST = 8  # entries of an array that are shown


def key_of(value):
    """Return something hashable that is equal for equal values: arrays by shape and entries, dataclasses by fields."""
    if isinstance(value, np.ndarray):
        return "array", value.shape, value.dtype.str, value.tobytes()
    if is_dataclass(value) and not isinstance(value, type):
        return type(value), tuple(key_of(getattr(value, f.name)) for f in fields(value) if f.compare)
    if isinstance(value, tuple | list):
        return type(value), tuple(map(key_of, value))
    if isinstance(value, dict):
        return dict, frozenset((key_of(name), key_of(entry)) for name, entry in value.items())
    if isinstance(value, np.generic):
        return value.item()
    return value


def equal(self, other):
    """Return whether two dataclasses are of one class and have equal fields."""
    if type(self) is not type(other):
        return NotImplemented
    return self is other or key_of(self) == key_of(other)


def hashed(self):
    """Return the hash that goes with `equal`."""
    return hash(key_of(self))


def shown(value):
    """Return a value as one short line: of a long array the first and the last entries, and its shape."""
    with np.printoptions(threshold=MOST, edgeitems=2, linewidth=10_000):
        return " ".join(repr(value).split())


def summary(self):
    """Return the names and values of a dataclass that are worth showing, as strings."""
    return {f.name: shown(getattr(self, f.name)) for f in fields(self) if f.repr}


def as_line(self):
    """Return ``Name(field=value, ...)`` on one line."""
    known = self.summary() if hasattr(self, "summary") else summary(self)
    return f"{type(self).__name__}({', '.join(f'{name}={text}' for name, text in known.items())})"


def as_table(self):
    """Return the same as an HTML table, for notebooks."""
    known = self.summary() if hasattr(self, "summary") else summary(self)
    rows = "".join(f"<tr><th>{html.escape(n)}</th><td>{html.escape(t)}</td></tr>" for n, t in known.items())
    return f"<table><caption>{html.escape(type(self).__name__)}</caption>{rows}</table>"


def value(cls):
    """Give a frozen dataclass equality by value, a hash, and short output."""
    cls.__eq__, cls.__hash__, cls.__repr__, cls._repr_html_ = equal, hashed, as_line, as_table
    return cls
