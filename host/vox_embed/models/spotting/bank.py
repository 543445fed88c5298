"""Feature frames of many recordings in one array, and where each begins."""

from __future__ import annotations

from collections.abc import Sequence
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


def window(frames: NDArray[Any], start: int, length: int) -> Frames:
    """`length` frames from `start` on; beyond either end the last one is repeated."""
    if start >= 0 and start + length <= len(frames):
        return frames[start : start + length].astype(np.float32)
    cut: Frames = frames[np.clip(np.arange(start, start + length), 0, len(frames) - 1)].astype(np.float32)
    return cut
