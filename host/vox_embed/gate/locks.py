"""Taking turns with other processes."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[None]:
    """Holds a lock file, made where it is missing and removed in the end.

    wait: until another process lets go of it; else BlockingIOError where one holds it. OSError where there
    can be no such file: a link in its place is not followed.
    """
    from filelock import FileLock, Timeout

    if path.is_symlink():
        raise OSError(errno.ELOOP, "is a link in the place of a lock file; remove it", str(path))
    lock = FileLock(path, timeout=-1 if wait else 0)
    try:
        lock.acquire()
    except Timeout:
        raise BlockingIOError(errno.EWOULDBLOCK, "is held by another process", str(path)) from None
    except NotImplementedError:
        raise OSError(errno.ENOLCK, "its file system knows no locks", str(path)) from None
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # on Windows somebody else may wait for it
            path.unlink()
        lock.release()
