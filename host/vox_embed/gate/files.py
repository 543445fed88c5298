"""Files that somebody else made: only regular ones are read, and no more of them than there should be.

What cannot be read is an OSError with a `strerror` that says why and the `filename`, as of a missing file.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

_KINDS = {
    stat.S_IFDIR: "is a folder, not a file",
    stat.S_IFIFO: "is a named pipe, not a file",
    stat.S_IFSOCK: "is a socket, not a file",
    stat.S_IFCHR: "is a device, not a file",
    stat.S_IFBLK: "is a device, not a file",
}


def check_regular(path: str | Path) -> int:
    """The size in bytes of a regular file, or of what a link leads to; OSError for anything else.

    Opening a named pipe, a device or a socket may wait forever.
    """
    try:
        found = os.stat(path)  # noqa: PTH116 - of thousands of files
    except ValueError as error:  # a NUL in the name
        raise OSError(errno.EINVAL, "is no name that a file can have", str(path)) from error
    _check(found, path)
    return found.st_size


def native_name(path: str | Path) -> str | bytes:
    """A path as libraries in C take it: bytes that are no UTF-8 are possible in names on POSIX."""
    return os.fsencode(path) if os.name == "posix" else str(path)


def open_regular(path: str | Path, most: int) -> BinaryIO:
    """A regular file of at most `most` bytes, open for reading; OSError for anything else."""
    check_regular(path)
    file = os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0)), "rb")
    try:
        found = os.fstat(file.fileno())
        _check(found, path)
        if found.st_size > most:
            raise OSError(errno.EFBIG, f"is larger than {_size(most)}", str(path))
    except BaseException:
        file.close()
        raise
    return file


def read_bytes(path: str | Path, most: int) -> bytes:
    """The content of a regular file of at most `most` bytes; OSError for anything else."""
    with open_regular(path, most) as file:
        data = file.read(most + 1)  # /proc has files that say 0 bytes
    if len(data) > most:
        raise OSError(errno.EFBIG, f"is larger than {_size(most)}", str(path))
    return data


def read_text(path: str | Path, most: int) -> str:
    """`read_bytes` as UTF-8, with or without its mark; OSError for what is none."""
    data = read_bytes(path, most)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise OSError(errno.EILSEQ, f"is no valid UTF-8: byte {error.start}", str(path)) from None


def open_log(path: Path) -> TextIO:
    """A file to write lines to as they come: emptied, or a pipe that somebody reads. OSError for a pipe that
    nobody reads: it would be waited for."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(path, flags, 0o666)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(errno.ENXIO, "is a named pipe that nobody reads", str(path)) from None
        raise
    except ValueError as error:  # a NUL in the name
        raise OSError(errno.EINVAL, "is no name that a file can have", str(path)) from error
    if hasattr(os, "set_blocking"):
        os.set_blocking(handle, True)
    return os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace")


def check_output(path: Path) -> None:
    """Finds out before a long work whether `write_atomic` can write this file in its end; OSError where it
    cannot. Nothing stays behind."""
    try:
        check_place(path)
        folder = next(place for place in path.parents if os.path.lexists(place))
        if not folder.is_dir():
            raise OSError(errno.ENOTDIR, "is no folder", str(folder))
        with _named(path):
            handle, probe = tempfile.mkstemp(prefix=".", suffix=".probe", dir=folder)
    except ValueError as error:  # a NUL in the name
        raise OSError(errno.EINVAL, "is no name that a file can have", str(path)) from error
    os.close(handle)
    Path(probe).unlink()


def write_atomic(path: Path, content: str | bytes, *, durable: bool = True) -> None:
    """Writes a file so that it has either the old or the new content, never a part.

    What is no valid Unicode in a text is written as `\\udc80`. A link in its place is replaced, not followed.
    durable: also where the power fails. OSError where it cannot be written, or where a pipe or a device is.
    """
    check_place(path)
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name[:100]}.{secrets.token_hex(4)}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with _named(path):
            with os.fdopen(os.open(temporary, flags, 0o666), "wb") as file:
                file.write(data)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    """What cannot be written is the file that somebody asked for, not the one that becomes it."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def check_place(path: Path) -> None:
    """OSError where something stands that a file must not replace."""
    if not path.name:
        raise OSError(errno.EISDIR, _KINDS[stat.S_IFDIR], str(path))
    with contextlib.suppress(FileNotFoundError):
        found = path.lstat()
        if not stat.S_ISLNK(found.st_mode):
            _check(found, path)


def _check(found: os.stat_result, path: str | Path) -> None:
    kind = stat.S_IFMT(found.st_mode)
    if kind != stat.S_IFREG:
        raise OSError(errno.EINVAL, _KINDS.get(kind, "is no file"), str(path))


def _size(count: int) -> str:
    return f"{count >> 20} MiB" if count >= 1 << 20 else f"{count >> 10} KiB"
