"""Feature frames of many recordings in one array, and where each begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.spotting.shaping import Frames


@dataclass(frozen=True, eq=False)
class Bank:
    """frames: int16 [sum of counts, bands]. counts: [recordings]."""

    frames: NDArray[np.int16]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, recordings: Sequence[NDArray[np.int16]], bands: int) -> Bank:
        """Of single recordings, which may be none."""
        counts = np.array([len(one) for one in recordings], np.int64)
        return cls(np.concatenate([np.zeros((0, bands), np.int16), *recordings]), counts)

    @cached_property
    def begins(self) -> NDArray[np.int64]:
        """[recordings + 1]."""
        return np.concatenate([[0], np.cumsum(self.counts)]).astype(np.int64)

    def __len__(self) -> int:
        return len(self.counts)

    def one(self, index: int) -> Frames:
        """A recording, as float."""
        part: Frames = self.frames[self.begins[index] : self.begins[index + 1]].astype(np.float32)
        return part

    def take(self, chosen: Sequence[int] | NDArray[Any]) -> Bank:
        """Some of the recordings."""
        parts = [self.frames[self.begins[i] : self.begins[i + 1]] for i in chosen]
        return Bank.of(parts, self.frames.shape[1])

    def crop(self, length: int, rng: np.random.Generator) -> Frames:
        """`length` frames from anywhere, across the borders of recordings too."""
        return self.at(int(rng.integers(0, max(1, len(self.frames) - length + 1))), length)

    def at(self, start: int, length: int) -> Frames:
        """`length` frames from there; the last is repeated where there are too few."""
        return window(self.frames, start, length)

    def windows(self, length: int, stride: int) -> Iterator[NDArray[np.int16]]:
        """All windows [n, length, bands] of the frames in a row, some thousands at a time."""
        if len(self.frames) < length:
            return
        view = np.lib.stride_tricks.sliding_window_view(self.frames, length, axis=0)[::stride]
        for first in range(0, len(view), 2048):
            yield np.ascontiguousarray(view[first : first + 2048].transpose(0, 2, 1))


def window(frames: NDArray[Any], start: int, length: int) -> Frames:
    """`length` frames from `start` on; beyond either end the last one is repeated."""
    cut: Frames = frames[np.clip(np.arange(start, start + length), 0, len(frames) - 1)].astype(np.float32)
    return cut
