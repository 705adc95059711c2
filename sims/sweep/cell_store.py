"""Store of finished parts: one SQLite file, a checksum in every row."""

import contextlib
import errno
import hashlib
import itertools
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sims.options.by_name import chosen_in
from sims.sweep.archive import unpacked
from sims.sweep.grid import Cell, covered

NAME = "cells.sqlite"
FORMAT = 2  # older stores had rows without a checksum
PATIENCE = 60  # seconds to wait for another program that writes
TABLES = {
    "sweep": "definition TEXT, digest BLOB",
    "cell": "place INTEGER PRIMARY KEY, key TEXT, swept TEXT, settings TEXT, walkers INTEGER, digest BLOB",
    "part": "key TEXT, first INTEGER, stop INTEGER, origin TEXT, record BLOB, digest BLOB, "
    "PRIMARY KEY (key, first, stop)",
    "failure": "key TEXT PRIMARY KEY, reason TEXT, digest BLOB",
}
FULL = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_TRUNCATE")
BROKEN = ("SQLITE_CORRUPT", "SQLITE_ERROR", "SQLITE_IOERR_SHORT_READ", "SQLITE_MISMATCH")


class Damaged(ValueError):
    """The store is not as it was written."""


def checksum(*fields: str | int | bytes) -> bytes:
    """Checksum that detects damage to a row."""
    digest = hashlib.blake2b(digest_size=16)
    for field in fields:
        content = field if isinstance(field, bytes) else str(field).encode()
        digest.update(f"{type(field).__name__} {len(content)} ".encode() + content)
    return digest.digest()


@dataclass(frozen=True)
class Part:
    """Walkers ``first`` to ``stop`` of a cell, packed as bytes."""

    key: str
    first: int
    stop: int
    record: bytes


@dataclass(frozen=True)
class StoredCell:
    """A cell as the store lists it."""

    key: str
    swept: dict[str, Any]
    settings: dict[str, Any]
    walkers: int


class CellStore:
    """The finished parts of sweeps in one file.

    Parameters
    ----------
    path : path
        The file; it is made if it is not there.
    read_only : bool
        Write nothing; the file must be there.

    Raises
    ------
    Damaged
        If the file is damaged or of another kind.
    ValueError
        If there is no file to read.
    OSError
        If the disk is full, or the folder cannot be written to.
    """

    def __init__(self, path, *, read_only: bool = False):
        self.path = Path(path)
        if read_only and not self.path.exists():
            raise ValueError(f"path must be a folder or file that diffusion sweep wrote, got {str(path)!r}")
        if self.path.exists() and not self.path.is_file():  # a FIFO would be waited for
            raise Damaged(f"{self.path} is not a file")
        # also to read: a writer that was killed leaves a journal, which the next reader has to roll back
        where = f"{self.path.resolve().as_uri()}?mode={'rw' if read_only else 'rwc'}"
        with self._told():
            self.db = sqlite3.connect(where, timeout=PATIENCE, uri=True, isolation_level=None)
            try:
                self._look(read_only)
            except BaseException:
                self.db.close()
                raise

    def _look(self, read_only):
        """Check the file, or lay out a new one."""
        self.db.text_factory = lambda raw: raw.decode("utf-8", "replace")  # checksums tell what is wrong
        # not quick_check: it trusts indexes, which can hide a part
        (found,) = self.db.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found.splitlines()[-1])
        (version,) = self.db.execute("PRAGMA user_version").fetchone()
        if version not in (FORMAT, 0) or (read_only and not version):
            raise Damaged(f"{self.path} is not a store of this version of diffusion sweep")
        if read_only:
            self.db.execute("PRAGMA query_only = ON")
        elif not version:
            tables = "; ".join(
                f"CREATE TABLE IF NOT EXISTS {name} ({columns})" for name, columns in TABLES.items()
            )
            self.db.executescript(f"BEGIN IMMEDIATE; {tables}; PRAGMA user_version = {FORMAT}; COMMIT")
        for name in TABLES:
            self.db.execute(f"SELECT digest FROM {name} LIMIT 1")

    def close(self):
        """Close the database."""
        self.db.close()

    @contextlib.contextmanager
    def _told(self):
        """Turn SQLite's errors into sentences that say what to do."""
        try:
            yield
        except sqlite3.Error as error:
            name, path = getattr(error, "sqlite_errorname", "SQLITE_CORRUPT"), str(self.path)
            if name in FULL:
                reason = f"no room left or the disk fails ({error}); make room and run again with --resume"
                raise OSError(errno.ENOSPC, reason, path) from None
            if name == "SQLITE_NOTADB":
                raise Damaged(f"{path} is not a store of diffusion sweep, or its header is damaged") from None
            if name.startswith(BROKEN):
                raise Damaged(f"{path} is damaged ({error})") from None
            if name.startswith("SQLITE_BUSY"):
                reason = f"locked by another program for more than {PATIENCE} s"
                raise OSError(errno.EBUSY, reason, path) from None
            raise OSError(errno.EIO, str(error), path) from None

    @contextlib.contextmanager
    def _writing(self):
        """Make a block's writes visible together or never."""
        with self._told():
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.db.execute("COMMIT")
            except BaseException:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                raise

    def _insert(self, table, *row, orelse="REPLACE"):
        marks = ", ".join("?" * (len(row) + 1))
        self.db.execute(f"INSERT OR {orelse} INTO {table} VALUES ({marks})", (*row, checksum(*row)))

    def _rows(self, query, *given):
        """Return rows without their checksum, the last column.

        Raises
        ------
        Damaged
            If a row is not what was stored.
        """
        with self._told():
            found = self.db.execute(query, given).fetchall()
        for *row, digest in found:
            if checksum(*row) != digest:
                raise Damaged(f"{self.path} is damaged (a stored row changed)")
        return [row for *row, _ in found]

    def begin(self, definition: dict, cells: Iterable[Cell]):
        """Store the cells of the sweep; finished parts of any sweep stay."""
        with self._writing():
            self.db.execute("DELETE FROM sweep")
            self.db.execute("DELETE FROM cell")
            self._insert("sweep", json.dumps(definition))
            for place, cell in enumerate(cells):
                texts = json.dumps(cell.swept), json.dumps(chosen_in(cell.config))
                self._insert("cell", place, cell.key, *texts, cell.walkers)

    def add(self, parts: Iterable[Part], provenance: dict):
        """Store finished parts that are not there yet, and forget failures."""
        origin = json.dumps(provenance, sort_keys=True)
        with self._writing():
            for part in parts:
                self._insert("part", part.key, part.first, part.stop, origin, part.record, orelse="IGNORE")
                self.db.execute("DELETE FROM failure WHERE key = ?", (part.key,))

    def fail(self, key: str, reason: str):
        """Store why a cell could not be finished."""
        with self._writing():
            self._insert("failure", key, reason)

    def definition(self) -> dict:
        """Return what the latest sweep was asked for."""
        rows = self._rows("SELECT * FROM sweep")
        if not rows:
            raise ValueError(f"{self.path} has no sweep in it yet")
        return json.loads(rows[0][0])

    def cells(self) -> list[StoredCell]:
        """Return the latest sweep's cells, in grid order."""
        rows = self._rows("SELECT * FROM cell ORDER BY place")
        return [StoredCell(key, json.loads(a), json.loads(b), walkers) for _, key, a, b, walkers in rows]

    def parts(self, key: str | None = None) -> dict[str, list[tuple[int, int]]]:
        """Return the stored walkers (first, stop) by cell, or of one cell."""
        where, given = ("WHERE key = ?", (key,)) if key else ("", ())
        found = defaultdict(list)
        with self._told():
            for name, first, stop in self.db.execute(f"SELECT key, first, stop FROM part {where}", given):
                found[name].append((first, stop))
        return found

    def failures(self) -> dict[str, str]:
        """Return why cells could not be finished, by key."""
        return dict(self._rows("SELECT * FROM failure"))

    def origins(self) -> list[dict]:
        """Return versions, commits and machines of the latest sweep's parts."""
        find = "SELECT DISTINCT origin FROM part WHERE key IN (SELECT key FROM cell) ORDER BY origin"
        with self._told():
            return [json.loads(text) for (text,) in self.db.execute(find)]

    def result(self, key: str, walkers: int):
        """Return a cell's result, its parts joined; None if one is missing.

        Raises
        ------
        Damaged
            If a part is not what was stored.
        """
        tiles, gaps = covered(walkers, self.parts(key)[key])
        if gaps:
            return None
        whole = None
        for first, stop in tiles:
            find = "SELECT * FROM part WHERE key = ? AND first = ? AND stop = ?"
            ((*_, record),) = self._rows(find, key, first, stop)
            result = unpacked(record)
            whole = result if whole is None else whole.joined(result)
        return whole

    def repair(self) -> int:
        """Delete failures and damaged parts, to run again; count the parts."""
        bad = []
        with self._writing():
            self.db.execute("DELETE FROM failure")
            for row, *fields, digest in self.db.execute("SELECT rowid, * FROM part"):
                if checksum(*fields) != digest:
                    bad.append((row,))
            self.db.executemany("DELETE FROM part WHERE rowid = ?", bad)
        return len(bad)


def set_aside(path) -> Path:
    """Rename a damaged store and its journal; return the new path."""
    path = Path(path)
    names = (path.with_name(f"{path.stem}.damaged-{n}{path.suffix}") for n in itertools.count(1))
    aside = next(name for name in names if not name.exists())
    for ending in ("", "-journal"):  # a journal left behind would be played back into the new file
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
    return aside
