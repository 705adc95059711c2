"""The lessons as pages of one server, on this machine alone."""

import socket
import sys
import time
import webbrowser
from pathlib import Path

import marimo
import uvicorn

from lessons.catalogue import LESSONS
from lessons.page import Live

HOST = "127.0.0.1"
CONTENTS = Path(__file__).with_name("contents.py")
PATIENCE = 1  # seconds that open pages are given when the server is ended


def serve(port: int, *, browser: bool) -> None:
    """Prepare all lessons, then serve them until Ctrl-C.

    Parameters
    ----------
    port : int
        0 takes any that is free.
    browser : bool
        Open the contents page there.

    Raises
    ------
    ValueError
        If the port is taken.
    """
    listener = listen(port)
    try:
        prepare()
        url = f"http://{HOST}:{listener.getsockname()[1]}/"
        print(f"Lessons: {url}  (Ctrl-C ends them)", flush=True)
        if browser:
            webbrowser.open(url)  # the listener is there already: the page waits for the server
        settings = uvicorn.Config(
            pages(),
            log_level="error",
            lifespan="on",
            timeout_graceful_shutdown=PATIENCE,
            ws="websockets-sansio",
        )
        uvicorn.Server(settings).run(sockets=[listener])
    except KeyboardInterrupt:
        print("\nLessons ended.", file=sys.stderr)
    finally:
        listener.close()


def listen(port: int) -> socket.socket:
    """Return a socket of this machine alone that listens on the port."""
    if not 0 <= port <= 65535:
        raise ValueError(f"port must be a whole number from 0 to 65535, got {port}")
    try:
        return socket.create_server((HOST, port))
    except OSError as reason:
        raise ValueError(f"port must be free (0 takes any that is), got {port} ({reason.strerror})") from None


def prepare() -> None:
    """Run every lesson once, so that its kernels are compiled before a page is opened; say how far it is."""
    began = time.perf_counter()
    for number, lesson in enumerate(LESSONS, 1):
        _say(f"Preparing lesson {number} of {len(LESSONS)}: {lesson.title} ...")
        outputs, definitions = lesson.module.app.run()
        for shown in outputs:
            if isinstance(shown, Live):
                warm(shown, definitions)
    _say(f"All lessons ready after {time.perf_counter() - began:.0f} s.\n")


def warm(shown: Live, definitions) -> None:
    """Draw a picture once for every choice that it offers: another optimizer is another kernel."""
    for name, value in shown.settings.items():
        for option in getattr(definitions[name], "options", ()):
            if option != value:
                shown.at({**shown.settings, name: option})


def _say(text):
    """Write a line of progress: over the last one on a terminal."""
    terminal = sys.stderr.isatty()
    sys.stderr.write(f"\r\x1b[K{text}" if terminal else f"{text.rstrip()}\n")
    sys.stderr.flush()


def pages():
    """Return the contents page and the lessons as one application."""
    builder = marimo.create_asgi_app(quiet=True, skew_protection=False)
    for lesson in LESSONS:
        builder = builder.with_app(path=f"/{lesson.name}", root=str(lesson.path))
    return builder.with_app(path="/", root=str(CONTENTS)).build()
