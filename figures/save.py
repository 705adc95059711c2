"""Save a figure as PNG, SVG or PDF.

The file is byte for byte the same from run to run.
"""

import os
import socket
import tempfile
from pathlib import Path

from figures.look import styled

# the date and the version of matplotlib would differ between runs and machines
METADATA: dict[str, dict] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def save(figure, stem, kinds=("png", "svg")) -> list[Path]:
    """Write ``stem``.png and ``stem``.svg and return their paths.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    stem : path
        Folder and name without suffix; the folder is made if needed.
    kinds : iterable of str
        Of png, svg and pdf.

    Raises
    ------
    ValueError
        If the folder cannot be made or written to.
    """
    stem = Path(stem)
    paths = [stem.with_name(f"{stem.name}.{kind}") for kind in kinds]
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
        # a new folder for every call: two runs at once do not meet, and Ctrl-C leaves nothing behind
        with (
            tempfile.TemporaryDirectory(
                dir=stem.parent, prefix=f".writing-{socket.gethostname()}-{os.getpid()}-"
            ) as folder,
            styled(),
        ):
            halves = [Path(folder) / path.name for path in paths]
            for half, kind in zip(halves, kinds, strict=True):
                figure.savefig(half, format=kind, metadata=METADATA[kind])
            for half, path in zip(halves, paths, strict=True):
                os.replace(half, path)
    except OSError as reason:
        text = f"out must be a folder that can be written, got {str(stem.parent)!r} ({reason.strerror})"
        raise ValueError(text) from None
    return paths
