"""`diffusion teach`: the lessons, in the browser or as pages."""

import os
import sys
from pathlib import Path

from sims.options.numbers import Whole

USUAL = 2718  # port, where nothing else is likely to listen


def teach(
    *,
    port: Whole | None = None,
    host: str | None = None,
    browser: bool = True,
    export: Path | None = None,
    lesson: tuple[Path, ...] = (),
) -> None:
    """Open nine lessons in the browser; their walkers run there, with no network and nothing installed.

    Parameters
    ----------
    port
        Port to serve the lessons on; 0 picks a free one. [default: 2718]
    host
        Address to listen on: 127.0.0.1 for this machine alone, 0.0.0.0 for a class on the same network (prints the
        address and a QR code). [default: 127.0.0.1]
    browser
        Open the contents page.
    export
        Instead of serving, write the pages into this folder, ready for any static host.
    lesson
        Markdown file of a lesson of your own, listed after the others; may be given several times.
    """
    if export is not None:
        given = {"--port": port is not None, "--host": host is not None, "--no-browser": not browser}
        for option in (option for option, is_given in given.items() if is_given):
            raise ValueError(f"{option} does not work with --export, which serves nothing.")
    words = ["-m", "lessons", "--port", str(USUAL if port is None else port), "--host", host or "127.0.0.1"]
    words += ["--no-browser"] * (not browser)
    words += ["--export", str(export)] * (export is not None)
    words += [word for path in lesson for word in ("--lesson", str(path))]
    sys.stdout.flush()
    # not a child, so that Ctrl-C and the exit code are the server's; -P: a folder "lessons" here is not meant
    os.execv(sys.executable, [sys.executable, "-P", *words])
