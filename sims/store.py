"""Write results and where they came from: NetCDF with provenance attributes, and CSV tables.

A file appears whole or not at all: it is written beside its place under another name and then moved.
"""

import csv
import json
import os
import platform
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import xarray as xr

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("optimizer-diffusion", "numpy", "scipy", "numba", "xarray")


def provenance(settings, seed: int) -> dict:
    """Return what is needed to run it again: settings, seed, versions, commit.

    Parameters
    ----------
    settings : dataclass or dict
        Written as JSON.
    seed : int

    Returns
    -------
    dict of str
        NetCDF attributes. ``commit`` and ``commit_dirty`` are "unknown" outside a git checkout of this
        project; ``commit_dirty`` is "yes" where files differed from that commit.
    """
    chosen = asdict(settings) if is_dataclass(settings) and not isinstance(settings, type) else settings
    attributes = {"settings": json.dumps(chosen, sort_keys=True), "seed": str(seed)}
    attributes["version_python"] = platform.python_version()
    for package in PACKAGES:
        try:
            attributes["version_" + package.replace("-", "_")] = version(package)
        except PackageNotFoundError:
            attributes["version_" + package.replace("-", "_")] = "not installed"
    attributes["machine"] = platform.machine()
    attributes["commit"], attributes["commit_dirty"] = _commit()
    return attributes


def _git(*arguments):
    return subprocess.run(
        ["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, timeout=10, check=True
    ).stdout.strip()


def _commit():
    """Return the commit these sources were checked out from and whether files differ from it."""
    try:
        # a copy installed below some other project's checkout is not that project's commit
        if Path(_git("rev-parse", "--show-toplevel")).resolve() != ROOT:
            return "unknown", "unknown"
        return _git("rev-parse", "HEAD"), "yes" if _git("status", "--porcelain") else "no"
    except (OSError, subprocess.SubprocessError):
        return "unknown", "unknown"


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
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # its own new folder: the name keeps its suffix, by which some writers choose the format
        folder = tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-")
    except OSError as reason:
        text = f"out must be a folder that can be written, got {str(path.parent)!r} ({reason.strerror})"
        raise ValueError(text) from None
    with folder as name:
        temporary = Path(name) / path.name
        yield temporary
        os.replace(temporary, path)


def write_netcdf(dataset: xr.Dataset, path) -> Path:
    """Write ``dataset`` as NetCDF 4 and return its path; the same dataset gives the same arrays.

    Raises
    ------
    ValueError
        If the folder cannot be written to.
    """
    # whole numbers and flags compress tenfold, and no reader needs more than zlib
    packed = {name: {"zlib": True} for name, array in dataset.variables.items() if array.dtype.kind in "biuf"}
    with replacing(path) as temporary:
        dataset.to_netcdf(temporary, engine="h5netcdf", encoding=packed)
    return Path(path)


def read_netcdf(path) -> xr.Dataset:
    """Return the dataset of a file that `write_netcdf` wrote, in memory, its file closed.

    Raises
    ------
    ValueError
        If there is no such file or it is not NetCDF.
    """
    try:
        with xr.open_dataset(path, engine="h5netcdf") as dataset:
            return dataset.load()
    except OSError as reason:
        text = f"path must be a NetCDF file, got {str(path)!r} ({str(reason).splitlines()[0]})"
        raise ValueError(text) from None


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
    with replacing(Path(path) / "probe") as temporary:
        temporary.touch()
    (Path(path) / "probe").unlink()
    return Path(path)
