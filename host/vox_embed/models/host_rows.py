"""Rows that a PC alone can compute, for classic models that stay on the host."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.spool import Spool
from vox_embed.features.cache import FeatureCache
from vox_embed.features.corpus import SHARE, CorpusProgress
from vox_embed.features.functionals import Functionals
from vox_embed.features.host import HostFeatures, Inputs
from vox_embed.features.host.corpus import key_of, rows_of_clips
from vox_embed.models.parts import Part
from vox_embed.models.rows import ClipRows, Clips, FunctionalRows, Rows, State, cut, with_ranges


class HostClips(ClipRows):
    """float32, a row for every clip."""

    def __init__(self, features: HostFeatures, cache: FeatureCache | None = None) -> None:
        self._features = features
        self._cache = cache
        self.width = features.width

    @property
    def parts(self) -> tuple[Part, ...]:
        """The features' own rows."""
        return parts_of(self._features)

    @property
    def names(self) -> tuple[str, ...]:
        """Those of the features."""
        return self._features.names

    def fit(self, clips: Clips, progress: CorpusProgress | None = None) -> Rows:
        """What the features learn."""
        self._features.fit(clips, progress)
        return self._rows(clips, progress)

    def of(self, clips: Clips) -> Rows:
        """A row a clip."""
        return self._rows(clips, None)

    def _rows(self, clips: Clips, progress: CorpusProgress | None) -> Rows:
        found = rows_of_clips(self._features, clips, self._cache, progress)
        empty = np.zeros((0, self.width), np.float32)
        return np.concatenate([empty, *found]), np.arange(len(clips))

    def state(self) -> State:
        """What the features learned."""
        return self._features.learned()

    def restore(self, state: State) -> None:
        """The same."""
        self._features.restore(state)


class HostWindows(ClipRows):
    """Functionals of a PC's frames over every analysis window.

    The values become int16 with steps of a power of two, so fine that the training clips' values take half
    of the range; then the functionals are those that a device computes.
    """

    def __init__(  # noqa: PLR0917
        self,
        features: HostFeatures,
        statistics: Sequence[str],
        frames: int,
        stride: int,
        cache: FeatureCache | None = None,
        memory: int | None = None,
    ) -> None:
        self._features = features
        self._cache, self._memory = cache, memory
        self._frames, self._stride = frames, stride
        self._bits = np.zeros(features.width, np.int64)
        self._functionals = Functionals(
            features=features.names,
            statistics=tuple(statistics),
            frame_rate=features.frame_rate,
            gate=features.gate,
            gated=frozenset(features.gated),
        )
        self.width = len(self._functionals.names)

    @property
    def names(self) -> tuple[str, ...]:
        """`<feature>_<statistic>`."""
        return self._functionals.names

    @property
    def functionals_(self) -> Functionals:
        """With the ranges that `fit` found."""
        return self._functionals

    @property
    def parts(self) -> tuple[Part, ...]:
        """The features' own rows."""
        return parts_of(self._features)

    def fit(self, clips: Clips, progress: CorpusProgress | None = None) -> Rows:
        """What the features learn, steps, and ranges of the histograms."""
        self._features.fit(clips, progress)
        found = rows_of_clips(self._features, clips, self._cache, progress, self._memory)
        largest = np.max([np.abs(one).max(axis=0) for one in found], axis=0)
        self._bits = np.floor(np.log2(16383.0 / np.maximum(largest, 1e-9))).astype(np.int64)
        frames = self._rounded_all(found)
        self._functionals = self._functionals.fit(frames)
        return cut(self._functionals, frames, self._frames, self._stride, self._memory)

    def of(self, clips: Clips) -> Rows:
        """Functionals of all windows."""
        frames = self._rounded_all(rows_of_clips(self._features, clips, self._cache, None, self._memory))
        return cut(self._functionals, frames, self._frames, self._stride)

    def _rounded_all(self, found: Sequence[NDArray[np.float32]]) -> Sequence[NDArray[np.int16]]:
        most = None if self._memory is None else int(SHARE * self._memory)
        return Spool(most, map(self._rounded, found))

    def _rounded(self, values: NDArray[np.float32]) -> NDArray[np.int16]:
        rounded = np.round(values * 2.0**self._bits)
        return np.clip(rounded, -32768, 32767).astype(np.int16)

    def state(self) -> State:
        """What the features learned, bits behind the point of each value, and the ranges."""
        ranges = np.array(self._functionals.ranges)
        return {**self._features.learned(), "bits": self._bits, "ranges": ranges}

    def restore(self, state: State) -> None:
        """The same."""
        own = dict(state)
        self._bits, ranges = own.pop("bits"), own.pop("ranges")
        self._functionals = with_ranges(self._functionals, ranges)
        self._features.restore(own)


class JoinedRows(ClipRows):
    """Rows of several kinds side by side, float32: a row a window where one kind has windows."""

    def __init__(self, parts: Sequence[ClipRows]) -> None:
        self._parts = tuple(parts)
        self.width = sum(part.width for part in parts)

    @property
    def names(self) -> tuple[str, ...]:
        """Of one kind after the other."""
        return tuple(name for part in self._parts for name in part.names)

    @property
    def functionals_(self) -> Functionals | None:
        """Those of the part that has windows."""
        return next((part.functionals_ for part in self._parts if part.functionals_ is not None), None)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Those of each kind."""
        return tuple(one for part in self._parts for one in part.parts)

    def fit(self, clips: Clips, progress: CorpusProgress | None = None) -> Rows:
        """What each kind needs."""
        return _beside([part.fit(clips, progress) for part in self._parts])

    def of(self, clips: Clips) -> Rows:
        """Rows of other clips."""
        return _beside([part.of(clips) for part in self._parts])

    def state(self) -> State:
        """That of each kind."""
        return {
            f"{i}_{name}": value for i, part in enumerate(self._parts) for name, value in part.state().items()
        }

    def restore(self, state: State) -> None:
        """The same."""
        for i, part in enumerate(self._parts):
            own = f"{i}_"
            part.restore(
                {name.removeprefix(own): value for name, value in state.items() if name.startswith(own)}
            )


def parts_of(features: HostFeatures) -> tuple[Part, ...]:
    """Nothing of features that are not kept."""
    key = key_of(features)
    return () if key is None else (Part(key, lambda clip: clip, features.extract_all),)


def rows_of(  # noqa: PLR0917
    inputs: Inputs,
    statistics: Sequence[str],
    frames: int,
    stride: int,
    cache: FeatureCache | None = None,
    memory: int | None = None,
) -> ClipRows:
    """The rows of an experiment's features. memory: bytes that features may take. VoxError where there are
    none."""
    parts: list[ClipRows] = []
    if inputs.device is not None:
        parts.append(FunctionalRows(inputs.device, statistics, frames, stride, cache, memory))
    parts += [
        HostClips(one, cache) if one.per_clip else HostWindows(one, statistics, frames, stride, cache, memory)
        for one in inputs.host
    ]
    return parts[0] if len(parts) == 1 else JoinedRows(parts)


def _beside(parts: Sequence[Rows]) -> Rows:
    """The first part's rows, with those of each clip beside them."""
    first, owner = parts[0]
    others = [rows[owner] for rows, _ in parts[1:]]
    return np.concatenate([first.astype(np.float32), *others], axis=1), owner
