"""A folder lock, released when the process ends.

It does not matter how the process ends.
"""

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def alone_in(folder) -> Iterator[bool]:
    """Yield whether this program locked the folder first.

    The lock lasts until the block ends.

    Where there are no locks (Windows, some network drives), every program is the first.
    """
    descriptor = locked(folder)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None and descriptor >= 0:
            os.close(descriptor)


def locked(folder) -> int | None:
    """Return the descriptor that holds a folder's lock.

    None if another program holds it, -1 where there are no locks.
    """
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
