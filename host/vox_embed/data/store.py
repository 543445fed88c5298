"""Clips in one file on disk, read when they are wanted: for processes that share them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, overload

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class StoredClips(Sequence["NDArray[np.int16]"]):
    """int16 clips, one behind the other in `file`. starts: [clips + 1] samples. digest: of them all."""

    file: Path
    starts: tuple[int, ...]
    digest: str

    def __len__(self) -> int:
        return len(self.starts) - 1

    @overload
    def __getitem__(self, index: int) -> NDArray[np.int16]: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[NDArray[np.int16]]: ...

    def __getitem__(self, index: int | slice) -> NDArray[np.int16] | Sequence[NDArray[np.int16]]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        index %= len(self)
        start, end = self.starts[index], self.starts[index + 1]
        return np.fromfile(self.file, np.int16, end - start, offset=2 * start)


@dataclass(frozen=True)
class ChosenClips(Sequence["NDArray[np.int16]"]):
    """Some of the clips of a sequence, each fetched when it is wanted. places: of theirs in `clips`."""

    clips: Sequence[NDArray[np.int16]]
    places: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, index: int) -> NDArray[np.int16]: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[NDArray[np.int16]]: ...

    def __getitem__(self, index: int | slice) -> NDArray[np.int16] | Sequence[NDArray[np.int16]]:
        if isinstance(index, slice):
            return ChosenClips(self.clips, self.places[index])
        return self.clips[self.places[index]]


@dataclass(frozen=True)
class JoinedClips(Sequence["NDArray[np.int16]"]):
    """The clips of several sequences, one behind the other."""

    parts: tuple[Sequence[NDArray[np.int16]], ...]

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)

    @overload
    def __getitem__(self, index: int) -> NDArray[np.int16]: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[NDArray[np.int16]]: ...

    def __getitem__(self, index: int | slice) -> NDArray[np.int16] | Sequence[NDArray[np.int16]]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        for part in self.parts:
            if index < len(part):
                return part[index]
            index -= len(part)
        raise IndexError(index)


def store_clips(file: Path, clips: Sequence[NDArray[np.int16]]) -> StoredClips:
    """Write clips to a file of their own."""
    digest = hashlib.sha256()
    lengths = []
    with file.open("wb") as out:
        for clip in clips:
            data = np.ascontiguousarray(clip, np.int16).tobytes()
            digest.update(len(data).to_bytes(8, "little") + data)
            out.write(data)
            lengths.append(len(clip))
    return StoredClips(file, (0, *accumulate(lengths)), digest.hexdigest())
