"""Write files whole or not at all: beside their place under another name, and then moved."""

import csv
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np


@contextmanager
def replacing(path):
    """Yield a name to write to; move the file to ``path`` once the block has ended well.

    Folders are made as needed.

    Raises
    ------
    ValueError
        If the folder cannot be made or written to.
    """
    path = Path(path)
    # its own new folder: the name keeps its suffix, by which some writers choose the format
    with _new_folder(path.parent) as name:
        temporary = Path(name) / path.name
        yield temporary
        os.replace(temporary, path)


def write_csv(rows, path) -> Path:
    """Write a table, given as a list of dicts with the same keys, and return its path.

    Numbers keep all their digits; None is an empty cell.

    Raises
    ------
    ValueError
        If there is no row, or the folder cannot be written to.
    """
    if not rows:
        raise ValueError("rows must be at least one, got none")
    with replacing(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: v.item() if isinstance(v, np.generic) else v for k, v in row.items()})
    return Path(path)


def writable_folder(path) -> Path:
    """Make the folder if needed and return it: before a long run, not after it.

    Raises
    ------
    ValueError
        If it cannot be made or written to.
    """
    with _new_folder(Path(path)):
        return Path(path)


def _new_folder(parent):
    """Return a temporary folder inside ``parent``, which is made as needed."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(dir=parent, prefix=".writing-")
    except OSError as reason:
        text = f"out must be a folder that can be written, got {str(parent)!r} ({reason.strerror})"
        raise ValueError(text) from None
