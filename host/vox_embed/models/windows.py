"""From clips to the analysis windows that a model sees: the same cuts and the same zeros as on the device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from vox_embed.features import FeatureExtractor
from vox_embed.features.cache import FeatureCache
from vox_embed.features.corpus import CorpusProgress, extract_corpus
from vox_embed.features.running import RunningMean
from vox_embed.models.cuts import Cuts

Normalise = Literal["none", "fixed", "running", "mean", "band_mean"]


@dataclass(frozen=True)
class Windows:
    """How a clip becomes windows of features.

    frames: feature frames in a window. stride: frames from window to window, 1..frames. normalise: what is
    taken off: nothing; `running` means, off every frame of a clip from its first one on, before it is cut;
    its mean off each window, or the mean of each band. cache: where `cut_all` keeps features, as extracted.
    running: where `normalise` is. memory: bytes that features may take; None: any number.
    """

    features: FeatureExtractor
    frames: int
    stride: int
    normalise: Normalise = "mean"
    cache: FeatureCache | None = None
    running: RunningMean | None = None
    memory: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.stride <= self.frames:
            raise ValueError(f"stride {self.stride} must be from 1 to the window's {self.frames} frames")
        if self.normalise not in get_args(Normalise):
            raise ValueError(f"normalise {self.normalise!r}: {', '.join(get_args(Normalise))}")
        if (self.running is not None) != (self.normalise == "running"):
            raise ValueError("running means where normalise is running, and only there")

    @property
    def samples(self) -> int:
        """Samples that the frames of one window cover."""
        return (self.frames - 1) * self.features.hop + self.features.window

    def count(self, samples: int) -> int:
        """Windows in a clip of so many samples, at least one: as vox_listener_finish has it."""
        rest = self.features.frames(samples) - self.frames
        return 1 if rest <= 0 else 1 + -(-rest // self.stride)

    def padded(self, clip: NDArray[np.int16]) -> NDArray[np.int16]:
        """The clip with the zeros that its last window lacks, and without the samples that fill no frame."""
        frames = self.frames + (self.count(len(clip)) - 1) * self.stride
        samples = (frames - 1) * self.features.hop + self.features.window
        padded = np.zeros(samples, np.int16)
        padded[: min(samples, len(clip))] = clip[:samples]
        return padded

    def cut(self, clip: NDArray[np.int16]) -> NDArray[np.int16]:
        """int16 [samples] -> int16 [windows, frames, bands]; what the clip lacks at its end is zeros."""
        return self._windows(self.follow(self.features.extract(self.padded(clip))))

    def cut_all(
        self, clips: Sequence[NDArray[np.int16]], threads: int = 2, progress: CorpusProgress | None = None
    ) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
        """Windows of all clips, int16 [windows, frames, bands], and for each the index of its clip.

        Features come from `cache` where it has them. progress: called with (clips done, clips in all).
        """
        cuts = self.cuts(clips, threads, progress)
        return cuts.whole(), cuts.owner

    def cuts(
        self, clips: Sequence[NDArray[np.int16]], threads: int = 2, progress: CorpusProgress | None = None
    ) -> Cuts:
        """The same, cut when they are wanted; what `memory` has no room for lies on disk."""
        features = self._extracted(clips, threads, progress, follow=True)
        counts = tuple(1 + (len(one) - self.frames) // self.stride for one in features)
        return Cuts(features, counts, self.frames, self.stride, len(self.features.names))

    def follow(self, features: NDArray[np.int16]) -> NDArray[np.int16]:
        """Frames of a clip from its first one on, as windows are cut of them: int16 [frames, bands]."""
        return features if self.running is None else self.running.take_off(features)

    def started(
        self, clips: Sequence[NDArray[np.int16]], threads: int = 2, progress: CorpusProgress | None = None
    ) -> Windows:
        """The same whose running means start at the mean of each band over these clips, without the zeros
        behind them; where there are none, itself."""
        if self.running is None:
            return self
        features = self._extracted(clips, threads, progress)
        total, count = np.zeros(len(self.features.names)), 0
        for one, clip in zip(features, clips, strict=True):
            sound = one[: max(1, self.features.frames(len(clip)))]
            total += sound.sum(axis=0, dtype=np.float64)
            count += len(sound)
        return replace(self, running=self.running.started_at(total / count))

    def _extracted(
        self,
        clips: Sequence[NDArray[np.int16]],
        threads: int,
        progress: CorpusProgress | None,
        *,
        follow: bool = False,
    ) -> Sequence[NDArray[np.int16]]:
        """follow: as windows are cut of them."""
        return extract_corpus(
            self.features,
            (self.padded(clip) for clip in clips),
            cache=self.cache,
            threads=threads,
            progress=progress,
            count=len(clips),
            memory=self.memory,
            then=self.follow if follow else None,
        )

    def _windows(self, features: NDArray[np.int16]) -> NDArray[np.int16]:
        starts = range(0, len(features) - self.frames + 1, self.stride)
        return np.stack([features[start : start + self.frames] for start in starts])

    def centre(self, windows: NDArray[np.int16]) -> NDArray[np.float32]:
        """[..., frames, bands] -> float32 of the same shape, with the mean that `normalise` names taken off.

        Means are floored to whole steps, as vox_norm_window does.
        """
        values = windows.astype(np.float32)
        if self.normalise in ("none", "fixed", "running"):
            return values
        axes = (-2, -1) if self.normalise == "mean" else (-2,)
        mean = np.floor(windows.mean(axis=axes, keepdims=True, dtype=np.float64))
        centred: NDArray[np.float32] = values - mean.astype(np.float32)
        return centred


def clip_means(posteriors: NDArray[np.float32], owner: NDArray[np.int64], clips: int) -> NDArray[np.float32]:
    """Posteriors of windows [windows, labels] -> mean over the windows of each clip [clips, labels]."""
    sums = np.zeros((clips, posteriors.shape[1]), np.float64)
    np.add.at(sums, owner, posteriors)
    counts = np.bincount(owner, minlength=clips)[:, None]
    means: NDArray[np.float32] = (sums / np.maximum(counts, 1)).astype(np.float32)
    return means
