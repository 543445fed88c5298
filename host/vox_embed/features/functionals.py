"""Functionals: statistics of every feature over an analysis window, computed by the C library."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vox_embed import core
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.names import did_you_mean
from vox_embed.features.base import FeatureExtractor
from vox_embed.spec.model_format import (
    FUNCTIONAL_CODE_NEEDS,
    FUNCTIONALS,
    HISTOGRAM_BINS,
    MAX_FUNCTIONALS,
    NEVER_VOICED,
    Functional,
    FunctionalFeature,
    FunctionalsParams,
    Group,
)

_LOWEST, _VALUES = -32768, 65536
_COUNTED = 1 << 18
"""Frames that are counted together."""


def _of_gate(name: str) -> bool:
    """Whether it is taken only of the feature that tells voiced frames from others."""
    return FUNCTIONAL_CODE_NEEDS[FUNCTIONALS[name]] == Group.RUNS


@dataclass(frozen=True)
class Functionals:
    """Statistics of the frames of one extractor, in the order features x statistics.

    features: names of the frames' values. statistics: names of FUNCTIONALS; those of segments are taken of
    `gate` alone. frame_rate: frames a second. gate: the feature that is above 0 in voiced frames. gated:
    features that count in voiced frames only. ranges: (low, shift) of each feature's histogram, 64 bins of
    2^shift units from `low` on; `fit` finds them.

    Raises VoxError where nothing, or too much, would be left to compute.
    """

    features: tuple[str, ...]
    statistics: tuple[str, ...]
    frame_rate: float
    gate: str | None = None
    gated: frozenset[str] = frozenset()
    ranges: tuple[tuple[int, int], ...] = ()
    kept: tuple[int, ...] | None = None
    """Places of the values that are computed, in the order of all of them; None: all."""

    def __post_init__(self) -> None:
        for name in self.statistics:
            if name not in FUNCTIONALS:
                raise VoxError(f"unknown functional {name!r}", did_you_mean(name, FUNCTIONALS))
        if not self.ranges:
            object.__setattr__(self, "ranges", ((-32768, 10),) * len(self.features))
        if not self._list:
            raise VoxError(
                f"functionals {', '.join(self.statistics)}: none of them applies to the features",
                "segments need a feature that tells voiced frames, such as f0; add e.g. mean",
            )
        if len(self._list) > MAX_FUNCTIONALS:
            raise VoxError(
                f"{len(self._list)} functionals ({len(self.features)} features); "
                f"at most {MAX_FUNCTIONALS} fit",
                "use fewer features or functionals",
            )

    @classmethod
    def of(cls, extractor: FeatureExtractor, statistics: Sequence[str]) -> Functionals:
        """Of all features of an extractor."""
        return cls(
            features=extractor.names,
            statistics=tuple(statistics),
            frame_rate=extractor.sample_rate / extractor.hop,
            gate=extractor.gate,
            gated=frozenset(extractor.gated),
        )

    @cached_property
    def _list(self) -> tuple[tuple[int, str], ...]:
        return self._all if self.kept is None else tuple(self._all[place] for place in self.kept)

    @property
    def used(self) -> frozenset[int]:
        """Features that something is taken of."""
        return frozenset(index for index, _ in self._list)

    @property
    def takes_segments(self) -> bool:
        """Whether something is taken of the stretches above 0 of `gate`."""
        return any(_of_gate(name) for _, name in self._list)

    def on(self, features: Sequence[str]) -> Functionals:
        """The same values, of an extractor that has no others than these features."""
        names, places = self.names, [self.features.index(name) for name in features]
        whole = replace(
            self, features=tuple(features), ranges=tuple(self.ranges[i] for i in places), kept=None
        )
        there = {name: place for place, name in enumerate(whole.names)}
        return replace(whole, kept=tuple(there[name] for name in names))

    @cached_property
    def _all(self) -> tuple[tuple[int, str], ...]:
        return tuple(
            (index, name)
            for index, feature in enumerate(self.features)
            for name in self.statistics
            if not _of_gate(name) or feature == self.gate
        )

    @property
    def names(self) -> tuple[str, ...]:
        """`<feature>_<statistic>`, one a value."""
        return tuple(f"{self.features[index]}_{name}" for index, name in self._list)

    @property
    def description(self) -> str:
        """The statistics, what they are taken of, and their number."""
        if self.kept is not None:
            return f"{len(self.names)} of {len(self._all)} values a window"
        of_gate = [name for name in self.statistics if _of_gate(name)]
        of_all = [name for name in self.statistics if not _of_gate(name)]
        parts = [f"{', '.join(of_all)} of every feature"] if of_all else []
        if of_gate and self.gate is not None:
            parts.append(f"{', '.join(of_gate)} of {self.gate}")
        return f"{'; '.join(parts)}: {len(self.names)} values a window"

    @property
    def identity(self) -> str:
        """Equal for two objects if and only if they give the same values."""
        return f"functionals-1-{hashlib.sha256(self.section()).hexdigest()}"

    def _groups(self, index: int) -> int:
        groups = Group.VOICED if self.features[index] in self.gated and self.gate is not None else Group(0)
        for feature, name in self._list:
            if feature == index:
                groups |= FUNCTIONAL_CODE_NEEDS[FUNCTIONALS[name]]
        return groups

    def section(self) -> bytes:
        """FUNC, as vox/model_format.h lays it out."""
        return self._section

    @cached_property
    def _section(self) -> bytes:
        count, features = len(self._list), len(self.features)
        voiced = self.features.index(self.gate) if self.gate in self.features else NEVER_VOICED
        head = FunctionalsParams(
            features,
            count,
            voiced,
            max(1, round(16 * self.frame_rate)),
            FunctionalsParams.SIZE + FunctionalFeature.SIZE * features,
            FunctionalsParams.SIZE,
        )
        table = (FunctionalFeature(low, shift, self._groups(i)) for i, (low, shift) in enumerate(self.ranges))
        listed = (Functional(i, FUNCTIONALS[name]) for i, name in self._list)
        return b"".join(record.pack() for record in (head, *table, *listed))

    def fit(self, frames: Iterable[NDArray[np.int16]]) -> Functionals:
        """The same, with histograms over the range of these frames (int16 [frames, features] each)."""
        counts = np.zeros((len(self.features), _VALUES), np.int64)
        waiting: list[NDArray[np.int16]] = []
        held = 0
        for clip in frames:
            if len(clip):
                waiting.append(clip)
                held += len(clip)
            if held >= _COUNTED:
                self._count(np.concatenate(waiting), counts)
                waiting, held = [], 0
        if waiting:
            self._count(np.concatenate(waiting), counts)
        if not counts.any():
            return self
        return replace(self, ranges=tuple(map(_histogram_range, counts)))

    def _count(self, rows: NDArray[np.int16], counts: NDArray[np.int64]) -> None:
        """Add how often each feature has each value."""
        voiced = np.ones(len(rows), bool)
        if self.gate in self.features:
            voiced = rows[:, self.features.index(self.gate)] > 0
        for index, name in enumerate(self.features):
            column = rows[voiced if name in self.gated else slice(None), index]
            counts[index] += np.bincount(column.astype(np.int64) - _LOWEST, minlength=_VALUES)

    def extract(self, frames: NDArray[np.int16], window: int, stride: int) -> NDArray[np.int16]:
        """int16 [frames, features] -> int16 [windows, values]."""
        native = core.Functionals(self.section(), len(self.features))
        rows = [native.window(frames[a:b]) for a, b in spans(len(frames), window, stride)]
        return np.stack(rows) if rows else np.zeros((0, len(self._list)), np.int16)


def spans(frames: int, window: int, stride: int) -> list[tuple[int, int]]:
    """The windows (first frame, end) of a clip of so many frames, as the device cuts them.

    The last one may be short, if it is the only one or at least half as long as the others.
    """
    cut = [(start, start + window) for start in range(0, frames - window + 1, stride)]
    start = len(cut) * stride
    covered = cut[-1][1] if cut else 0
    if frames > covered and (not cut or 2 * (frames - start) >= window):
        cut.append((start, frames))
    return cut


def _histogram_range(counts: NDArray[np.int64]) -> tuple[int, int]:
    """Lower end and width (as a power of two) of 64 bins that hold all but a thousandth at either side.
    counts: how often each int16 was seen."""
    upto = np.cumsum(counts)
    if not upto[-1]:
        return _LOWEST, 10
    nearest = [round((int(upto[-1]) - 1) * share) for share in (0.001, 0.999)]  # a half to the even one
    low, high = (int(np.searchsorted(upto, place, side="right")) + _LOWEST for place in nearest)
    shift = 0
    while HISTOGRAM_BINS << shift <= high - low:
        shift += 1
    return max(_LOWEST, low - ((HISTOGRAM_BINS << shift) - (high - low + 1)) // 2), shift
