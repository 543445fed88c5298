"""Clips in one file on disk, read when they are wanted: for processes that share them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.data.lazy import Lazy

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class StoredClips(Lazy["NDArray[np.int16]"]):
    """int16 clips, one behind the other in `file`. starts: [clips + 1] samples. digest: of them all."""

    file: Path
    starts: tuple[int, ...]
    digest: str

    def __len__(self) -> int:
        return len(self.starts) - 1

    def one(self, place: int) -> NDArray[np.int16]:
        """See Lazy."""
        start, end = self.starts[place], self.starts[place + 1]
        return np.fromfile(self.file, np.int16, end - start, offset=2 * start)

    def each(self, places: Iterable[int]) -> Iterator[NDArray[np.int16]]:
        """See Lazy: the file is opened once."""
        with self.file.open("rb") as file:
            for place in places:
                start, end = self.starts[place], self.starts[place + 1]
                data = bytearray(2 * (end - start))
                file.seek(2 * start)
                file.readinto(data)
                yield np.frombuffer(data, np.int16)


@dataclass(frozen=True)
class ChosenClips(Lazy["NDArray[np.int16]"]):
    """Some of the clips of a sequence, each fetched when it is wanted. places: of theirs in `clips`."""

    clips: Sequence[NDArray[np.int16]]
    places: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.places)

    def one(self, place: int) -> NDArray[np.int16]:
        """See Lazy."""
        return self.clips[self.places[place]]

    def each(self, places: Iterable[int]) -> Iterator[NDArray[np.int16]]:
        """See Lazy."""
        wanted = (self.places[place] for place in places)
        if isinstance(self.clips, Lazy):
            return self.clips.each(wanted)
        return map(self.clips.__getitem__, wanted)

    def some(self, places: range) -> ChosenClips:
        """See Lazy; still fetched when they are wanted."""
        return ChosenClips(self.clips, tuple(self.places[place] for place in places))


@dataclass(frozen=True)
class JoinedClips(Lazy["NDArray[np.int16]"]):
    """The clips of several sequences, one behind the other."""

    parts: tuple[Sequence[NDArray[np.int16]], ...]

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)

    def one(self, place: int) -> NDArray[np.int16]:
        """See Lazy."""
        for part in self.parts:
            if place < len(part):
                return part[place]
            place -= len(part)
        raise IndexError(place)


def store_clips(file: Path, clips: Sequence[NDArray[np.int16]]) -> StoredClips:
    """Write clips to a file of their own."""
    digest = hashlib.sha256()
    lengths = []
    with file.open("wb") as out:
        for clip in clips:
            data = np.ascontiguousarray(clip, np.int16).tobytes()
            _add(digest, data)
            out.write(data)
            lengths.append(len(clip))
    return StoredClips(file, (0, *accumulate(lengths)), digest.hexdigest())


def stored_digest(clips: StoredClips) -> str:
    """The digest of what the file holds now."""
    digest = hashlib.sha256()
    for clip in clips:
        _add(digest, clip.tobytes())
    return digest.hexdigest()


def _add(digest: hashlib._Hash, data: bytes) -> None:
    digest.update(len(data).to_bytes(8, "little"))
    digest.update(data)
