"""Save a figure as PNG and SVG, byte for byte the same from run to run."""

import os
import tempfile
from pathlib import Path

from figures.look import styled

# the date and the version of matplotlib would differ between runs and machines
METADATA = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}


def save(figure, stem) -> list[Path]:
    """Write ``stem``.png and ``stem``.svg and return their paths.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    stem : path
        Folder and name without suffix; the folder is made if needed.

    Raises
    ------
    ValueError
        If the folder cannot be made or written to.
    """
    stem = Path(stem)
    paths = [stem.with_name(f"{stem.name}.{kind}") for kind in METADATA]
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
        # a new folder for every call: two runs at once do not meet, and Ctrl-C leaves nothing behind
        with tempfile.TemporaryDirectory(dir=stem.parent, prefix=".writing-") as folder, styled():
            halves = [Path(folder) / path.name for path in paths]
            for half, (kind, metadata) in zip(halves, METADATA.items(), strict=True):
                figure.savefig(half, format=kind, metadata=metadata)
            for half, path in zip(halves, paths, strict=True):
                os.replace(half, path)
    except OSError as reason:
        text = f"out must be a folder that can be written, got {str(stem.parent)!r} ({reason.strerror})"
        raise ValueError(text) from None
    return paths
