"""A damaged store: what can still be read of it goes into a new one, and the damaged file is kept."""

import contextlib
import itertools
import json
import sqlite3
from pathlib import Path

from sims.sweep.cell_store import CellStore, Part


def salvage(path) -> tuple[int, Path]:
    """Begin a new store at ``path`` with every intact part of the damaged one.

    Parameters
    ----------
    path : path
        Of a store that `CellStore` calls damaged, and that no other program uses.

    Returns
    -------
    int, Path
        How many parts could be read, and where the damaged file is now.
    """
    path = Path(path)
    names = (path.with_name(f"{path.stem}.damaged-{n}{path.suffix}") for n in itertools.count(1))
    aside = next(name for name in names if not name.exists())
    for ending in ("", "-journal"):  # a journal left behind would be played back into the new file
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
    store = CellStore(path)
    try:
        for order in ("", "DESC"):  # up to the damage from either side
            with contextlib.suppress(sqlite3.Error), contextlib.closing(_opened(aside)) as damaged:
                _copy(damaged, store, order)
        return sum(map(len, store.parts().values())), aside
    finally:
        store.close()


def _opened(path):
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    db.execute("PRAGMA writable_schema = ON")  # or SQLite reads nothing at all of a file that was cut off
    return db


def _copy(damaged, store, order):
    """Copy intact parts until one cannot be read."""
    origins = {}
    with contextlib.suppress(sqlite3.Error):
        origins = dict(damaged.execute("SELECT number, provenance FROM origin"))
    find = f"SELECT key, first, stop, record, digest, origin FROM part ORDER BY rowid {order}"
    for key, first, stop, record, digest, origin in damaged.execute(find):
        with contextlib.suppress(TypeError, AttributeError, ValueError):  # of fields that are no longer such
            part = Part(key, first, stop, record)
            if part.digest == digest:
                store.add([part], json.loads(origins.get(origin, "{}")))
