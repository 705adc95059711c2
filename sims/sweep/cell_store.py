"""Finished parts of cells on disk, each stored at once: one SQLite file that survives every kind of end."""

import contextlib
import errno
import hashlib
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
FORMAT = 1
PATIENCE = 60  # seconds to wait for another program that writes
SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS sweep (definition TEXT);
CREATE TABLE IF NOT EXISTS cell (place INTEGER PRIMARY KEY, key TEXT, swept TEXT, settings TEXT, walkers INTEGER);
CREATE TABLE IF NOT EXISTS origin (number INTEGER PRIMARY KEY, provenance TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS part (
    key TEXT, first INTEGER, stop INTEGER, origin INTEGER, record BLOB, digest BLOB,
    PRIMARY KEY (key, first, stop)
);
CREATE TABLE IF NOT EXISTS failure (key TEXT PRIMARY KEY, reason TEXT);
PRAGMA user_version = 1;
COMMIT;
"""
TABLES = "sweep", "cell", "origin", "part", "failure"


class Damaged(ValueError):
    """A store that is not what was written into it."""


@dataclass(frozen=True)
class Part:
    """A finished part of a cell: the walkers from ``first`` to ``stop``, as `sims.sweep.archive.packed` has them."""

    key: str
    first: int
    stop: int
    record: bytes

    @property
    def digest(self) -> bytes:
        """By which damage shows."""
        name = f"{self.key} {self.first} {self.stop} ".encode()
        return hashlib.blake2b(name + self.record, digest_size=16).digest()


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
        Of the file, made if it is not there.
    read_only : bool
        Look, and write nothing; the file must be there.

    Raises
    ------
    ValueError
        If the file is damaged, of another kind, or not there to be read.
    OSError
        If the disk is full, or the folder cannot be written to.
    """

    def __init__(self, path, *, read_only: bool = False):
        self.path = Path(path)
        if read_only and not self.path.is_file():
            raise ValueError(f"path must be a folder or file that diffusion sweep wrote, got {str(path)!r}")
        where = f"{self.path.resolve().as_uri()}?mode={'ro' if read_only else 'rwc'}"
        with self._told():
            self.db = sqlite3.connect(where, timeout=PATIENCE, uri=True, isolation_level=None)
            try:
                (found,) = self.db.execute("PRAGMA quick_check(1)").fetchone()
                if found != "ok":
                    raise sqlite3.DatabaseError(found.splitlines()[-1])
                version = self.db.execute("PRAGMA user_version").fetchone()[0]
                if version not in (FORMAT, 0) or (read_only and not version):
                    raise ValueError(f"{self.path} is no store of this version of diffusion sweep")
                if not (read_only or version):
                    self.db.executescript(SCHEMA)
                for table in TABLES:
                    self.db.execute(f"SELECT * FROM {table} LIMIT 1")
            except BaseException:
                self.db.close()
                raise

    def close(self):
        """Let go of the file."""
        self.db.close()

    @contextlib.contextmanager
    def _told(self):
        """Turn SQLite's errors into the project's: one line that says what to do."""
        try:
            yield
        except sqlite3.Error as error:
            name, path = getattr(error, "sqlite_errorname", "SQLITE_CORRUPT"), str(self.path)
            if name in ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_TRUNCATE"):
                reason = f"no room left or the disk fails ({error}); make room and run again with --resume"
                raise OSError(errno.ENOSPC, reason, path) from None
            if name in ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_ERROR"):
                raise Damaged(f"{path} is damaged ({error})") from None
            if name.startswith("SQLITE_BUSY"):
                raise OSError(
                    errno.EBUSY, f"locked by another program for more than {PATIENCE} s", path
                ) from None
            raise OSError(errno.EIO, str(error), path) from None

    @contextlib.contextmanager
    def _writing(self):
        """All that is written within becomes visible at once, or not at all."""
        with self._told():
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.db.execute("COMMIT")
            except BaseException:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                raise

    def begin(self, definition: dict, cells: Iterable[Cell]):
        """Write down which cells the sweep has; finished parts stay, also those of other sweeps."""
        rows = [
            (
                place,
                cell.key,
                json.dumps(cell.swept),
                json.dumps(chosen_in(cell.config)),
                cell.walkers,
            )
            for place, cell in enumerate(cells)
        ]
        with self._writing():
            self.db.execute("DELETE FROM sweep")
            self.db.execute("INSERT INTO sweep VALUES (?)", (json.dumps(definition),))
            self.db.execute("DELETE FROM cell")
            self.db.executemany("INSERT INTO cell VALUES (?, ?, ?, ?, ?)", rows)

    def add(self, parts: Iterable[Part], provenance: dict):
        """Store finished parts; one that is there already stays as it is."""
        text = json.dumps(provenance, sort_keys=True)
        with self._writing():
            self.db.execute("INSERT OR IGNORE INTO origin (provenance) VALUES (?)", (text,))
            find = "SELECT number FROM origin WHERE provenance = ?"
            (origin,) = self.db.execute(find, (text,)).fetchone()
            for part in parts:
                row = part.key, part.first, part.stop, origin, part.record, part.digest
                self.db.execute("INSERT OR IGNORE INTO part VALUES (?, ?, ?, ?, ?, ?)", row)
                self.db.execute("DELETE FROM failure WHERE key = ?", (part.key,))

    def fail(self, key: str, reason: str):
        """Write down why a cell could not be finished."""
        with self._writing():
            self.db.execute("INSERT OR REPLACE INTO failure VALUES (?, ?)", (key, reason))

    def definition(self) -> dict:
        """Return what the latest sweep was asked for."""
        with self._told():
            row = self.db.execute("SELECT definition FROM sweep").fetchone()
        if row is None:
            raise ValueError(f"{self.path} has no sweep in it yet")
        return self._read(row[0])

    def cells(self) -> list[StoredCell]:
        """Return the cells of the latest sweep, in the order of its grid."""
        with self._told():
            rows = self.db.execute("SELECT key, swept, settings, walkers FROM cell ORDER BY place").fetchall()
        return [StoredCell(key, self._read(a), self._read(b), walkers) for key, a, b, walkers in rows]

    def _read(self, text):
        try:
            return json.loads(text)
        except (TypeError, ValueError):
            raise Damaged(f"{self.path} is damaged (a text in it changed)") from None

    def parts(self, key: str | None = None) -> dict[str, list[tuple[int, int]]]:
        """Return which walkers (first, stop) are stored, by cell; of one cell only, given its key."""
        where, given = ("WHERE key = ?", (key,)) if key else ("", ())
        found = defaultdict(list)
        with self._told():
            for name, first, stop in self.db.execute(f"SELECT key, first, stop FROM part {where}", given):
                found[name].append((first, stop))
        return found

    def failures(self) -> dict[str, str]:
        """Return why cells could not be finished, by key."""
        with self._told():
            return dict(self.db.execute("SELECT key, reason FROM failure"))

    def origins(self) -> list[dict]:
        """Return where the parts of the latest sweep's cells came from: versions, commit, machine."""
        find = """SELECT DISTINCT provenance FROM origin JOIN part ON origin = number
                  WHERE key IN (SELECT key FROM cell) ORDER BY provenance"""
        with self._told():
            return [self._read(text) for (text,) in self.db.execute(find)]

    def result(self, key: str, walkers: int):
        """Return the result of a cell, its parts joined; None if a part is missing.

        Raises
        ------
        ValueError
            If a part is damaged.
        """
        tiles, gaps = covered(walkers, self.parts(key)[key])
        if gaps:
            return None
        whole = None
        for first, stop in tiles:
            find = "SELECT record, digest FROM part WHERE key = ? AND first = ? AND stop = ?"
            with self._told():
                record, digest = self.db.execute(find, (key, first, stop)).fetchone()
            if Part(key, first, stop, record).digest != digest:
                raise Damaged(f"{self.path} is damaged (the stored result of a cell changed)")
            result = unpacked(record)
            whole = result if whole is None else whole.joined(result)
        return whole

    def drop_damaged(self) -> int:
        """Forget the parts that are not what was stored, so that they run again; return how many."""
        find = "SELECT key, first, stop, record, digest FROM part"
        with self._told():
            rows = ((Part(*part), digest) for *part, digest in self.db.execute(find))
            bad = [(part.key, part.first, part.stop) for part, digest in rows if part.digest != digest]
        if bad:
            with self._writing():
                self.db.executemany("DELETE FROM part WHERE key = ? AND first = ? AND stop = ?", bad)
        return len(bad)
