"""A folder lock, released however the process ends."""

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def alone_in(folder) -> Iterator[bool]:
    """Yield whether this program locked the folder first.

    Where there are no locks (Windows, some network drives), every program is the first.
    """
    descriptor = locked(folder)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None and descriptor >= 0:
            os.close(descriptor)


def locked(folder) -> int | None:
    """Return a folder lock's descriptor, None if taken, -1 without locks."""
    if sys.platform == "win32":
        return -1
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        os.close(descriptor)
        return -1
    return descriptor
