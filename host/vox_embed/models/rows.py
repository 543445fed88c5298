"""From clips to the rows of values that classic models learn from: functionals, openSMILE's, or both."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.features import FeatureExtractor
from vox_embed.features.cache import FeatureCache
from vox_embed.features.configured import Extractor
from vox_embed.features.corpus import CorpusProgress, extract_corpus
from vox_embed.features.functionals import Functionals
from vox_embed.features.opensmile import Beside, OpenSmile

Clips = Sequence[NDArray[np.int16]]
Rows = tuple[NDArray[Any], NDArray[np.int64]]
"""Rows [rows, values], and for each the index of its clip."""
State = Mapping[str, NDArray[Any]]


class ClipRows(ABC):
    """Rows of one experiment. `fit` comes first, or `restore`."""

    width: int
    """Values of a row."""

    @abstractmethod
    def fit(self, clips: Clips, progress: CorpusProgress | None = None) -> Rows:
        """Learn from training clips what the rows need; their rows."""

    @abstractmethod
    def of(self, clips: Clips) -> Rows:
        """Rows of other clips."""

    @abstractmethod
    def state(self) -> State:
        """What `fit` learned."""

    @abstractmethod
    def restore(self, state: State) -> None:
        """Take over what `state` gave. KeyError or ValueError where it does not fit."""


class FunctionalRows(ClipRows):
    """int16 functionals of every analysis window, as a device computes them.

    statistics: names. frames, stride: of the window. `functionals_`: after `fit` with its histograms' ranges.
    """

    def __init__(  # noqa: PLR0917
        self,
        features: FeatureExtractor,
        statistics: Sequence[str],
        frames: int,
        stride: int,
        cache: FeatureCache | None = None,
        threads: int = 2,
    ) -> None:
        self._features = features
        self._frames, self._stride = frames, stride
        self._cache, self._threads = cache, threads
        self.functionals_ = Functionals.of(features, statistics)
        self.width = len(self.functionals_.names)

    def fit(self, clips: Clips, progress: CorpusProgress | None = None) -> Rows:
        """Ranges of the histograms."""
        frames = self._extract(clips, progress)
        self.functionals_ = self.functionals_.fit(frames)
        return _cut(self.functionals_, frames, self._frames, self._stride)

    def of(self, clips: Clips) -> Rows:
        """Functionals of all windows."""
        return _cut(self.functionals_, self._extract(clips), self._frames, self._stride)

    def state(self) -> State:
        """The ranges."""
        return {"ranges": np.array(self.functionals_.ranges)}

    def restore(self, state: State) -> None:
        """The ranges."""
        self.functionals_ = _with_ranges(self.functionals_, state["ranges"])

    def _extract(self, clips: Clips, progress: CorpusProgress | None = None) -> list[NDArray[np.int16]]:
        least = self._features.window
        padded = [np.pad(clip, (0, max(0, least - len(clip)))) for clip in clips]
        return extract_corpus(
            self._features, padded, cache=self._cache, threads=self._threads, progress=progress
        )


class _SmileRows(ClipRows):
    def __init__(self, smile: OpenSmile, cache: FeatureCache | None) -> None:
        self._smile = smile
        self._cache = cache

    def _extract(self, clips: Clips, progress: CorpusProgress | None) -> list[NDArray[np.float32]]:
        cache = self._cache
        known = [None if cache is None else cache.get(self._smile, clip) for clip in clips]
        unknown = [clip for clip, rows in zip(clips, known, strict=True) if rows is None]
        before = len(clips) - len(unknown)
        told = None if progress is None else (lambda done: progress(before + done, len(clips)))
        computed = iter(self._smile.extract_all(unknown, told))
        rows = []
        for clip, kept in zip(clips, known, strict=True):
            rows.append(next(computed) if kept is None else kept)
            if kept is None and cache is not None:
                cache.put(self._smile, clip, rows[-1])
        return [np.nan_to_num(one) for one in rows]


class SmileClips(_SmileRows):
    """openSMILE's functionals, float32, a row for every clip."""

    def __init__(self, smile: OpenSmile, cache: FeatureCache | None = None) -> None:
        super().__init__(smile, cache)
        self.width = smile.settings.width

    def fit(self, clips: Clips, progress: CorpusProgress | None = None) -> Rows:
        """Nothing is learned."""
        return np.concatenate(self._extract(clips, progress)), np.arange(len(clips))

    def of(self, clips: Clips) -> Rows:
        """A row a clip."""
        return self.fit(clips)

    def state(self) -> State:
        """None."""
        return {}

    def restore(self, state: State) -> None:
        """None."""


class SmileWindows(_SmileRows):
    """Functionals of openSMILE's descriptors over every analysis window.

    The descriptors become int16 with steps of a power of two, so fine that the training clips' values take
    half of the range; then the functionals are those that a device computes.
    """

    def __init__(
        self,
        smile: OpenSmile,
        statistics: Sequence[str],
        frames: int,
        stride: int,
        cache: FeatureCache | None = None,
    ) -> None:
        super().__init__(smile, cache)
        self._frames, self._stride = frames, stride
        self._bits = np.zeros(smile.settings.width, np.int64)
        self.functionals_ = Functionals(
            features=smile.names,
            statistics=tuple(statistics),
            frame_rate=smile.frame_rate,
            gate=smile.gate,
            gated=frozenset(smile.gated),
        )
        self.width = len(self.functionals_.names)

    def fit(self, clips: Clips, progress: CorpusProgress | None = None) -> Rows:
        """Steps, and ranges of the histograms."""
        found = self._extract(clips, progress)
        largest = np.max([np.abs(one).max(axis=0) for one in found], axis=0)
        self._bits = np.floor(np.log2(16383.0 / np.maximum(largest, 1e-9))).astype(np.int64)
        frames = [self._rounded(one) for one in found]
        self.functionals_ = self.functionals_.fit(frames)
        return _cut(self.functionals_, frames, self._frames, self._stride)

    def of(self, clips: Clips) -> Rows:
        """Functionals of all windows."""
        frames = [self._rounded(one) for one in self._extract(clips, None)]
        return _cut(self.functionals_, frames, self._frames, self._stride)

    def _rounded(self, descriptors: NDArray[np.float32]) -> NDArray[np.int16]:
        rounded = np.round(descriptors * 2.0**self._bits)
        return np.clip(rounded, -32768, 32767).astype(np.int16)

    def state(self) -> State:
        """Bits behind the point of each descriptor, and the ranges."""
        return {"bits": self._bits, "ranges": np.array(self.functionals_.ranges)}

    def restore(self, state: State) -> None:
        """The same."""
        self._bits = state["bits"]
        self.functionals_ = _with_ranges(self.functionals_, state["ranges"])


class RowsBeside(ClipRows):
    """A device's functionals of every window, and beside them openSMILE's of the clip: float32."""

    def __init__(self, device: FunctionalRows, host: SmileClips) -> None:
        self._device, self._host = device, host
        self.width = device.width + host.width

    def fit(self, clips: Clips, progress: CorpusProgress | None = None) -> Rows:
        """What the device's rows need."""
        return _beside(self._device.fit(clips), self._host.fit(clips, progress))

    def of(self, clips: Clips) -> Rows:
        """A row a window."""
        return _beside(self._device.of(clips), self._host.of(clips))

    def state(self) -> State:
        """That of the device's rows."""
        return self._device.state()

    def restore(self, state: State) -> None:
        """The same."""
        self._device.restore(state)


def rows_of(
    features: Extractor,
    statistics: Sequence[str],
    frames: int,
    stride: int,
    cache: FeatureCache | None = None,
) -> ClipRows:
    """The rows of these features. VoxError where there are none, or where openSMILE is missing."""
    if isinstance(features, Beside):
        device = FunctionalRows(features.device, statistics, frames, stride, cache)
        return RowsBeside(device, SmileClips(features.host, cache))
    if not isinstance(features, OpenSmile):
        return FunctionalRows(features, statistics, frames, stride, cache)
    if features.settings.level == "functionals":
        return SmileClips(features, cache)
    return SmileWindows(features, statistics, frames, stride, cache)


def _cut(functionals: Functionals, frames: Sequence[NDArray[np.int16]], window: int, stride: int) -> Rows:
    made = [functionals.extract(clip, window, stride) for clip in frames]
    return np.concatenate(made), np.repeat(np.arange(len(made)), [len(rows) for rows in made])


def _with_ranges(functionals: Functionals, ranges: NDArray[Any]) -> Functionals:
    if len(ranges) != len(functionals.features):
        raise ValueError(f"ranges of {len(ranges)} features")
    return replace(functionals, ranges=tuple((int(low), int(shift)) for low, shift in ranges))


def _beside(windows: Rows, clips: Rows) -> Rows:
    rows, owner = windows
    return np.concatenate([rows.astype(np.float32), clips[0][owner]], axis=1), owner
