"""The windows of many clips, cut when they are wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

BATCH = 256
"""Windows that a network is given at a time, wherever they come from."""


@dataclass(frozen=True, eq=False)
class Cuts:
    """Windows of clips. features: int16 [frames, bands] of each clip, in memory or on disk. frames,
    stride: of windows."""

    features: Sequence[NDArray[np.int16]]
    counts: tuple[int, ...]
    """Windows of each clip."""
    frames: int
    stride: int
    bands: int

    def __len__(self) -> int:
        return int(self.firsts[-1])

    @cached_property
    def firsts(self) -> NDArray[np.int64]:
        """The first window of each clip, and the end: [clips + 1]."""
        return np.concatenate([[0], np.cumsum(self.counts)]).astype(np.int64)

    @property
    def owner(self) -> NDArray[np.int64]:
        """Of each window the index of its clip."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    def of_clip(self, clip: int) -> NDArray[np.int16]:
        """[windows, frames, bands]"""
        features = self.features[clip]
        starts = range(0, len(features) - self.frames + 1, self.stride)
        return np.stack([features[start : start + self.frames] for start in starts])

    def at(self, places: NDArray[np.int64]) -> NDArray[np.int16]:
        """Some of all windows, by their places: [places, frames, bands]."""
        made = np.zeros((len(places), self.frames, self.bands), np.int16)
        owners = np.searchsorted(self.firsts, places, side="right") - 1
        for clip in np.unique(owners):
            own = np.flatnonzero(owners == clip)
            made[own] = self.of_clip(int(clip))[places[own] - self.firsts[clip]]
        return made

    def batches(self, size: int = BATCH) -> Iterator[NDArray[np.int16]]:
        """All windows, so many at a time, the last ones fewer."""
        waiting: list[NDArray[np.int16]] = []
        count = 0
        for clip in range(len(self.counts)):
            waiting.append(self.of_clip(clip))
            count += len(waiting[-1])
            while count >= size:
                together = np.concatenate(waiting)
                yield together[:size]
                waiting, count = [together[size:]], count - size
        if count:
            yield np.concatenate(waiting)

    def whole(self) -> NDArray[np.int16]:
        """All of them: [windows, frames, bands]."""
        made = np.zeros((len(self), self.frames, self.bands), np.int16)
        for clip in range(len(self.counts)):
            made[self.firsts[clip] : self.firsts[clip + 1]] = self.of_clip(clip)
        return made


def as_cuts(windows: NDArray[np.int16]) -> Cuts:
    """Windows [n, frames, bands] that come from elsewhere, each as a clip of its own."""
    _, frames, bands = windows.shape
    return Cuts(list(windows), (1,) * len(windows), frames, frames, bands)


def mean_and_deviation(
    batches: Iterator[NDArray[np.float32]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each band [bands], over batches [n, frames, bands] of whole numbers: summed up exactly, so that it
    does not matter how they were cut."""
    count, sums, squares = 0, None, None
    for batch in batches:
        rows = batch.reshape(-1, batch.shape[-1]).astype(np.int64)
        if sums is None or squares is None:
            sums, squares = np.zeros(rows.shape[1], np.int64), np.zeros(rows.shape[1], np.int64)
        count += len(rows)
        sums += rows.sum(axis=0)
        squares += (rows * rows).sum(axis=0)
    assert sums is not None and squares is not None
    exact = [count * int(q) - int(s) ** 2 for q, s in zip(squares, sums, strict=True)]
    deviation = np.sqrt(np.array([value / count**2 for value in exact]))
    return sums / count, deviation
