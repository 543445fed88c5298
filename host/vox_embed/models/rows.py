"""From clips to the rows of values that classic models learn from: what a device computes of windows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.features import FeatureExtractor
from vox_embed.features.cache import FeatureCache
from vox_embed.features.corpus import CorpusProgress, extract_corpus
from vox_embed.features.functionals import Functionals, spans
from vox_embed.models.parts import Part

Clips = Sequence[NDArray[np.int16]]
Rows = tuple[NDArray[Any], NDArray[np.int64]]
"""Rows [rows, values], and for each the index of its clip."""
State = Mapping[str, NDArray[Any]]


class ClipRows(ABC):
    """Rows of one experiment. `fit` comes first, or `restore`."""

    width: int
    """Values of a row."""

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """One for each value of a row."""

    def choose(self, kept: NDArray[np.int64]) -> ClipRows:
        """Rows with the values at these places alone."""
        return ChosenRows(self, kept)

    @property
    def functionals_(self) -> Functionals | None:
        """What a row holds of a window's frames; None where it holds nothing of them."""
        return None

    @property
    def parts(self) -> tuple[Part, ...]:
        """What is extracted of each clip by itself, and kept."""
        return ()

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


class ChosenRows(ClipRows):
    """Some values of other rows."""

    def __init__(self, source: ClipRows, kept: NDArray[np.int64]) -> None:
        self._source, self._kept = source, np.asarray(kept, np.int64)
        self.width = len(self._kept)
        if len(self._kept) and not 0 <= self._kept.min() <= self._kept.max() < source.width:
            raise ValueError(f"{len(self._kept)} values of {source.width}")

    @property
    def names(self) -> tuple[str, ...]:
        """Those that are left."""
        return tuple(self._source.names[i] for i in self._kept)

    @property
    def functionals_(self) -> Functionals | None:
        """Those that are left; of rows that hold other values, too, those of the whole rows."""
        whole = self._source.functionals_
        if whole is None or whole.kept is not None or whole.names != self._source.names:
            return whole
        return replace(whole, kept=tuple(int(place) for place in self._kept))

    def fit(self, clips: Clips, progress: CorpusProgress | None = None) -> Rows:
        """What the whole rows need."""
        rows, owner = self._source.fit(clips, progress)
        return rows[:, self._kept], owner

    def of(self, clips: Clips) -> Rows:
        """Rows of other clips."""
        rows, owner = self._source.of(clips)
        return rows[:, self._kept], owner

    def state(self) -> State:
        """That of the whole rows."""
        return self._source.state()

    def restore(self, state: State) -> None:
        """The same."""
        self._source.restore(state)


class FunctionalRows(ClipRows):
    """int16 functionals of every analysis window, as a device computes them.

    statistics: names. frames, stride: of the window.
    """

    def __init__(  # noqa: PLR0917
        self,
        features: FeatureExtractor,
        statistics: Sequence[str],
        frames: int,
        stride: int,
        cache: FeatureCache | None = None,
        memory: int | None = None,
        threads: int = 2,
    ) -> None:
        self._features = features
        self._frames, self._stride = frames, stride
        self._cache, self._memory, self._threads = cache, memory, threads
        self._functionals = Functionals.of(features, statistics)
        self.width = len(self._functionals.names)

    @property
    def names(self) -> tuple[str, ...]:
        """`<feature>_<statistic>`."""
        return self._functionals.names

    def choose(self, kept: NDArray[np.int64]) -> FunctionalRows:
        """The others are not computed."""
        chosen = copy(self)
        chosen._functionals = replace(self._functionals, kept=tuple(int(place) for place in kept))
        chosen.width = len(kept)
        return chosen

    @property
    def functionals_(self) -> Functionals:
        """With the ranges that `fit` found."""
        return self._functionals

    def fit(self, clips: Clips, progress: CorpusProgress | None = None) -> Rows:
        """Ranges of the histograms."""
        frames = self._extract(clips, progress)
        self._functionals = self._functionals.fit(frames)
        return cut(self._functionals, frames, self._frames, self._stride, self._memory)

    def of(self, clips: Clips) -> Rows:
        """Functionals of all windows."""
        return cut(self._functionals, self._extract(clips), self._frames, self._stride)

    def state(self) -> State:
        """The ranges."""
        return {"ranges": np.array(self._functionals.ranges)}

    def restore(self, state: State) -> None:
        """The ranges."""
        self._functionals = with_ranges(self._functionals, state["ranges"])

    @property
    def parts(self) -> tuple[Part, ...]:
        """Frames of the clips."""

        def compute(clips: Clips) -> Sequence[NDArray[Any]]:
            return extract_corpus(self._features, clips, threads=self._threads)

        return (Part(self._features, self._padded, compute),)

    def _padded(self, clip: NDArray[np.int16]) -> NDArray[np.int16]:
        lacking = self._features.window - len(clip)
        return clip if lacking <= 0 else np.pad(clip, (0, lacking))

    def _extract(self, clips: Clips, progress: CorpusProgress | None = None) -> Sequence[NDArray[np.int16]]:
        return extract_corpus(
            self._features,
            map(self._padded, clips),
            cache=self._cache,
            threads=self._threads,
            progress=progress,
            count=len(clips),
            memory=self._memory,
        )


LEARNING = 18
"""Bytes that a value takes while it is learned from: int16, float64, and float64 once scaled."""


def cut(
    functionals: Functionals,
    frames: Sequence[NDArray[np.int16]],
    window: int,
    stride: int,
    memory: int | None = None,
) -> Rows:
    """Functionals of all windows of some clips' frames. memory: bytes that learning from them may take.
    VoxError where it takes more: classic models learn from all rows at once."""
    width = len(functionals.names)
    if memory is not None:
        count = sum(len(spans(len(clip), window, stride)) for clip in frames)
        check_rows(count, width, memory)
    made = [functionals.extract(clip, window, stride) for clip in frames]
    return np.concatenate(made), np.repeat(np.arange(len(made)), [len(rows) for rows in made])


def check_rows(count: int, width: int, memory: int) -> None:
    """VoxError where so many rows take more than `memory` while a classic model learns from them."""
    needed = LEARNING * count * width
    if needed > memory:
        raise VoxError(
            f"learning from {count:,} rows of {width} values takes {needed / 1e9:,.1f} GB; `memory` is "
            f"{memory / 1e9:,.1f} GB",
            "a longer window.stride_ms, fewer window.functionals or limit_samples give fewer; or raise "
            "`memory`; networks read their windows from disk",
        )


def with_ranges(functionals: Functionals, ranges: NDArray[Any]) -> Functionals:
    """The same, with histograms over other ranges. ValueError where there are not as many as features."""
    if len(ranges) != len(functionals.features):
        raise ValueError(f"ranges of {len(ranges)} features")
    return replace(functionals, ranges=tuple((int(low), int(shift)) for low, shift in ranges))
