"""Results as NetCDF, with settings, seed, versions and commit."""

import hashlib
import io
import json
import platform
import subprocess
from dataclasses import asdict, is_dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sims.storage.files import replacing
from sims.storage.variables import described

if TYPE_CHECKING:
    import xarray as xr

ROOT = Path(__file__).resolve().parents[2]
MARK, SIZE = b"\noptimizer-diffusion checksum ", 16  # what follows a file's data, and bytes of the checksum
MOST_PACKED = 1100  # zlib packs at most as many bytes into one
LONGEST = 120  # characters of a path that a message shows
PACKAGES = ("optimizer-diffusion", "numpy", "scipy", "numba", "xarray")


def provenance(settings, seed: int) -> dict:
    """Return what is needed to run it again.

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
    attributes = {"settings": json.dumps(chosen, sort_keys=True, default=_plain), "seed": str(seed)}
    attributes["version_python"] = platform.python_version()
    for package in PACKAGES:
        try:
            attributes["version_" + package.replace("-", "_")] = version(package)
        except PackageNotFoundError:
            attributes["version_" + package.replace("-", "_")] = "not installed"
    attributes["machine"] = platform.machine()
    attributes["commit"], attributes["commit_dirty"] = commit_of(ROOT)
    return attributes


def _plain(value):
    """Return what JSON has no form for as numbers, or as one line of text."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist() if value.dtype.kind in "biufU" else repr(value.tolist())
    return " ".join(repr(value).split())


@cache
def origin() -> dict[str, str]:
    """Return versions, commit and machine of this process."""
    found = provenance({}, 0)
    return {name: value for name, value in found.items() if name not in ("settings", "seed")}


def commit_of(root: Path) -> tuple[str, str]:
    """Return a checkout's commit, and whether files differ from it."""

    def git(*words):
        command = ["git", "-C", str(root), *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()

    try:
        # a copy installed below some other project's checkout is not that project's commit
        if Path(git("rev-parse", "--show-toplevel")).resolve() != Path(root).resolve():
            return "unknown", "unknown"
        return git("rev-parse", "HEAD"), "yes" if git("status", "--porcelain") else "no"
    except (OSError, subprocess.SubprocessError):
        return "unknown", "unknown"


def write_netcdf(dataset: "xr.Dataset", path) -> Path:
    """Write ``dataset`` as NetCDF 4, always the same bytes; return its path.

    Variables get units and long names where they have none. A checksum of the file follows
    the data, where readers of NetCDF do not look.

    Raises
    ------
    ValueError
        If the folder cannot be written to.
    """
    dataset = described(dataset)
    # whole numbers and flags compress tenfold, and no reader needs more than zlib
    packed = {name: {"zlib": True} for name, array in dataset.variables.items() if array.dtype.kind in "biuf"}
    # made in memory first: on a full disk HDF5 itself ends the process
    content = bytes(dataset.to_netcdf(None, engine="h5netcdf", encoding=packed))
    with replacing(path) as temporary:
        temporary.write_bytes(content + MARK + checksum(content))
    return Path(path)


def read_netcdf(path) -> "xr.Dataset":
    """Return the dataset that `write_netcdf` wrote, in memory.

    Raises
    ------
    ValueError
        If there is no such file, it is not NetCDF, or it is damaged.
    """
    import xarray as xr

    try:
        if not Path(path).is_file():  # a FIFO would be waited for
            raise FileNotFoundError(2, "no such file")
        content = Path(path).read_bytes()
        end = len(content) - len(MARK) - SIZE
        if content[end:-SIZE] == MARK and checksum(content[:end]) != content[-SIZE:]:
            raise ValueError("the file is damaged: its checksum does not match")
        # HDF5 may raise anything for another program's file, or one that is cut off
        with xr.open_dataset(io.BytesIO(content), engine="h5netcdf") as dataset:
            if dataset.nbytes > MOST_PACKED * len(content) + 2**20:
                raise ValueError(f"it claims {dataset.nbytes:.1e} bytes, more than the file can hold")
            return dataset.load()
    except Exception as error:  # noqa: BLE001  see above
        words = " ".join((getattr(error, "strerror", None) or str(error)).split())[:100]
        shown = str(path) if len(str(path)) <= LONGEST else f"...{str(path)[-LONGEST:]}"
        raise ValueError(f"path must be a NetCDF file, got {shown!r} ({words})") from None


def checksum(content: bytes) -> bytes:
    """Checksum that detects damage to a file."""
    return hashlib.blake2b(content, digest_size=SIZE).digest()
