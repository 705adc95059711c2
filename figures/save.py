"""Save a figure as PNG and SVG, byte for byte the same from run to run."""

import os
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
    stem, paths = Path(stem), []
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
        for kind, metadata in METADATA.items():
            path = stem.with_name(f"{stem.name}.{kind}")
            half = stem.with_name(f".{stem.name}.{kind}.half")
            with styled():
                figure.savefig(half, format=kind, metadata=metadata)
            os.replace(half, path)
            paths.append(path)
    except OSError as reason:
        text = f"out must be a folder that can be written, got {str(stem.parent)!r} ({reason.strerror})"
        raise ValueError(text) from None
    return paths
