"""Files written whole: beside their place first, and then moved."""

import contextlib
import json
import os
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sims.storage.folder_lock import locked
from sims.storage.rows import about as plain_about

WRITING = ".writing-"  # prefix of the folders in which files are made: .writing-HOST-PROCESS-RANDOM
LONGEST = 255  # bytes of a file's name, on every common file system
FORGOTTEN = 86_400  # seconds after which such a folder of another machine counts as left behind
_held: dict[str, int] = {}  # folders that this process has claimed, with the descriptor of the lock


@contextmanager
def replacing(path):
    """Yield a name to write to; move the file once written.

    Raises
    ------
    ValueError
        If the folder cannot be made or written to.
    """
    path = Path(path)
    if len(os.fsencode(path.name)) > LONGEST:
        raise ValueError(f"path must have a name of at most {LONGEST} bytes, got {path.name[:80]!r}...")
    # its own new folder: the name keeps its suffix, by which some writers choose the format
    with _new_folder(path.parent) as name:
        temporary = Path(name) / path.name
        yield temporary
        if path.is_dir():
            raise ValueError(f"path must be a file, and {path.name[:80]!r} is a folder.")
        os.replace(temporary, path)


def write_csv(table, path, about: Mapping[str, Any] | None = None) -> Path:
    """Write a table and return its path.

    Numbers keep all their digits; None and NaN are empty cells.

    Parameters
    ----------
    table : DataFrame or list of dict
    path : path
    about : mapping, optional
        Settings, seed, versions and commit, such as a dataset's attributes. They are written beside the table, as
        PATH-metadata.json in the form of the W3C's "Metadata Vocabulary for Tabular Data".

    Raises
    ------
    ValueError
        If there is no row, or the folder cannot be written to.
    """
    import pandas as pd

    path, frame = (
        Path(path),
        pd.DataFrame(table, dtype=object),
    )  # as objects, whole numbers stay so beside empty cells
    if frame.empty:
        raise ValueError("There are no rows to write.")
    if about is not None:
        with replacing(path.with_name(f"{path.name}-metadata.json")) as temporary:
            temporary.write_text(json.dumps(_metadata(path, frame, about), indent=1) + "\n", encoding="utf-8")
    with replacing(path) as temporary:
        frame.to_csv(temporary, index=False, lineterminator="\n")
    return path


def _metadata(path, frame, about):
    from sims.storage.variables import described_as

    columns = [{"name": str(name), "titles": described_as(str(name)).long_name} for name in frame]
    for column in columns:
        if units := described_as(column["name"]).units:
            column["units"] = units
    table: dict = {"@context": "http://www.w3.org/ns/csvw", "url": path.name}
    return table | {"tableSchema": {"columns": columns}, "provenance": plain_about(about)}


def writable_folder(path, *, alone: bool = True) -> Path:
    """Make the folder, before a long run, and return it.

    Parameters
    ----------
    path : path
    alone : bool
        Keep other runs out of it until this program ends.

    Raises
    ------
    ValueError
        If it cannot be made or written to, or another run is writing there.
    """
    path = Path(path)
    with _new_folder(path):
        pass
    name = os.path.realpath(path)
    if alone and name not in _held:
        descriptor = locked(path)
        if descriptor is None:
            raise ValueError(
                f"Another run is writing into {path}; wait until it has ended, or choose another folder."
            )
        _held[name] = descriptor
    return path


def _new_folder(parent):
    """Return a temporary folder in ``parent``; remove what killed runs left."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        _tidy(parent)
        prefix = f"{WRITING}{socket.gethostname()}-{os.getpid()}-"
        return tempfile.TemporaryDirectory(dir=parent, prefix=prefix)
    except OSError as reason:
        text = f"out must be a folder that can be written, got {str(parent)!r} ({reason.strerror})"
        raise ValueError(text) from None


def _tidy(parent):
    """Remove the temporary folders whose process is gone."""
    for folder in parent.glob(f"{WRITING}*"):
        host, _, rest = folder.name.removeprefix(WRITING).rpartition("-")[0].rpartition("-")
        with contextlib.suppress(OSError):
            old = time.time() - folder.stat().st_mtime > FORGOTTEN
            if old or (host == socket.gethostname() and rest.isdigit() and not _alive(int(rest))):
                shutil.rmtree(folder, ignore_errors=True)


def _alive(process: int) -> bool:
    if sys.platform == "win32":
        return True  # there is no signal 0 there: os.kill would end the process
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
