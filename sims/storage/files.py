"""Write files whole or not at all: beside their place under another name, and then moved."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path


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


def write_csv(table, path) -> Path:
    """Write a table (a DataFrame, or a list of dicts with the same keys) and return its path.

    Numbers keep all their digits; None and NaN are empty cells.

    Raises
    ------
    ValueError
        If there is no row, or the folder cannot be written to.
    """
    import pandas as pd

    frame = pd.DataFrame(table, dtype=object)  # as objects, whole numbers stay so beside empty cells
    if frame.empty:
        raise ValueError("rows must be at least one, got none")
    with replacing(path) as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\n")
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
