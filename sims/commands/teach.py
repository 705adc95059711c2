"""`diffusion teach`: the lessons in the browser, or as pages for any static host."""

import os
import sys
from pathlib import Path

from sims.options.numbers import Whole


def teach(
    *,
    port: Whole = 2718,
    host: str = "127.0.0.1",
    browser: bool = True,
    export: Path | None = None,
    lesson: tuple[Path, ...] = (),
) -> None:
    """Open eight lessons in the browser; their walkers run there, with no network and nothing installed.

    Parameters
    ----------
    port
        Port to serve the lessons on; 0 picks a free one.
    host
        Address to listen on: 127.0.0.1 for this machine alone, 0.0.0.0 for a class on the same network (prints the
        address and a QR code).
    browser
        Open the contents page.
    export
        Instead of serving, write the pages into this folder, ready for any static host.
    lesson
        Markdown file of a lesson of your own, listed after the others; may be given several times.
    """
    words = ["-m", "lessons", "--port", str(port), "--host", host] + ["--no-browser"] * (not browser)
    words += ["--export", str(export)] * (export is not None)
    words += [word for path in lesson for word in ("--lesson", str(path))]
    sys.stdout.flush()
    # not a child, so that Ctrl-C and the exit code are the server's; -P: a folder "lessons" here is not meant
    os.execv(sys.executable, [sys.executable, "-P", *words])
