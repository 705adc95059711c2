"""`diffusion teach`: the lessons in the browser, or as pages that need no server."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from sims.options.numbers import Whole


def teach(*, port: Whole = 2718, browser: bool = True, export: Path | None = None) -> None:
    """Open six lessons with sliders in the browser; they need no network.

    Parameters
    ----------
    port
        Port to serve the lessons on; 0 picks a free one.
    browser
        Open the contents page in the browser.
    export
        Write each lesson as a page that needs no server into this folder, and serve nothing.
    """
    if find_spec("marimo") is None:
        raise ValueError(
            "teach needs marimo: uv run --extra teach diffusion teach, or pip install optimizer-diffusion[teach]"
        )
    words = ["-m", "lessons", "--port", str(port)] + ["--no-browser"] * (not browser)
    words += ["--export", str(export)] * (export is not None)
    sys.stdout.flush()
    # exec in place of a child: Ctrl-C and the exit code are the server's own. -P ignores a local folder "lessons".
    os.execv(sys.executable, [sys.executable, "-P", *words])
