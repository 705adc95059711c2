"""Whether another program already writes into a folder: a lock that its end releases, whatever the end."""

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def alone_in(folder) -> Iterator[bool]:
    """Yield whether this program is the first that asks for the folder; it stays so until the block ends.

    Where locks are not to be had (Windows, some network drives), every program is the first.
    """
    if sys.platform == "win32":
        yield True
        return
    place = os.open(folder, os.O_RDONLY)
    try:
        yield _locked(place)
    finally:
        os.close(place)


def _locked(place) -> bool:
    import fcntl

    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
