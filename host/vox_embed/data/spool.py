"""Arrays in memory up to so many bytes, and then all of them on disk."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from vox_embed.data.lazy import Lazy
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.places import default_cache_dir

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array = "NDArray[Any]"


class Spool(Lazy["NDArray[Any]"]):
    """Arrays one behind the other, to which others are added; each is read when it is wanted.

    most: bytes that may lie in memory; None: any number. Beyond, all lie in a file in the cache folder that
    nobody else sees, and that is gone when this is, or the process, however it ends. For threads.
    """

    def __init__(self, most: int | None = None, arrays: Iterable[NDArray[Any]] = ()) -> None:
        self._most = most
        self._held: list[NDArray[Any]] = []
        self._bytes = 0
        self._file: IO[bytes] | None = None
        self._places: list[tuple[int, np.dtype[Any], tuple[int, ...]]] = []
        self._lock = Lock()
        for array in arrays:
            self.append(array)

    @property
    def on_disk(self) -> bool:
        """Whether they no longer lie in memory."""
        return self._file is not None

    def append(self, array: NDArray[Any]) -> None:
        """Add one. VoxError where the disk is full."""
        self._bytes += array.nbytes
        if self._file is None:
            self._held.append(array)
            if self._most is not None and self._bytes > self._most:
                self._spill()
        else:
            self._write(self._file, array)

    def __len__(self) -> int:
        return len(self._places if self.on_disk else self._held)

    def one(self, place: int) -> NDArray[Any]:
        """See Lazy."""
        if self._file is None:
            return self._held[place]
        start, dtype, shape = self._places[place]
        data = bytearray(int(np.prod(shape, dtype=np.int64)) * dtype.itemsize)
        with self._lock:
            self._file.seek(start)
            self._file.readinto(data)  # type: ignore[attr-defined]
        return np.frombuffer(data, dtype).reshape(shape)

    def _spill(self) -> None:
        folder = scratch_folder()
        file = tempfile.TemporaryFile(dir=folder, prefix=".vox-embed-", buffering=0)  # noqa: SIM115
        held, self._held = self._held, []
        for array in held:
            self._write(file, array)
        self._file = file

    def _write(self, file: IO[bytes], array: NDArray[Any]) -> None:
        data = np.ascontiguousarray(array)
        try:
            with self._lock:
                start = file.seek(0, os.SEEK_END)
                rest = memoryview(data.reshape(-1).view(np.uint8))  # type: ignore[arg-type]
                while rest:
                    rest = rest[file.write(rest) :]
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise full_disk(scratch_folder()) from None
        self._places.append((start, data.dtype, data.shape))


def scratch_folder() -> Path:
    """Where what does not fit into memory lies: the cache folder, else that of the system."""
    folder = default_cache_dir()
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            folder = None
    return folder if folder is not None and os.access(folder, os.W_OK) else Path(tempfile.gettempdir())


def need_disk(what: str, count: float) -> None:
    """VoxError where the scratch folder has no room for so many bytes. what: as a subject."""
    folder = scratch_folder()
    free = shutil.disk_usage(folder).free
    if count > free:
        raise VoxError(
            f"{what} takes {count / 1e9:,.1f} GB on disk; {free / 1e9:,.1f} are free in {folder}",
            "set VOX_CACHE to a folder on a larger disk, raise `memory`, or use fewer rows: limit_samples, "
            "max_duration_of_sample",
        )


def full_disk(folder: Path) -> VoxError:
    """What is said where the disk is full in the middle."""
    return VoxError(
        f"{folder}: the disk is full; sound and features that `memory` has no room for lie there",
        "make room, set VOX_CACHE to a folder on another disk, or raise `memory`",
    )
