"""Rows of many clips from a PC's features, computed once where they can be kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.features.cache import FeatureCache
from vox_embed.features.host.base import Clips, HostFeatures, Progress


@dataclass(frozen=True)
class _Kept:
    identity: str
    width: int

    def fits(self, samples: int, features: NDArray[Any]) -> bool:
        del samples
        return features.dtype == np.float32 and features.shape[1:] == (self.width,)


def rows_of_clips(
    features: HostFeatures, clips: Clips, cache: FeatureCache | None = None, progress: Progress | None = None
) -> list[NDArray[np.float32]]:
    """float32 [rows, names] of each clip, finite: what is not a number counts as 0."""
    identity = features.identity
    if cache is None or identity is None:
        found = features.extract_all(clips, progress)
    else:
        found = _with_cache(features, _Kept(identity, features.width), clips, cache, progress)
    return [np.nan_to_num(rows, posinf=0.0, neginf=0.0) for rows in found]


def _with_cache(
    features: HostFeatures, kept: _Kept, clips: Clips, cache: FeatureCache, progress: Progress | None
) -> list[NDArray[np.float32]]:
    known = [cache.get(kept, clip) for clip in clips]
    unknown = [clip for clip, rows in zip(clips, known, strict=True) if rows is None]
    before = len(clips) - len(unknown)
    told: Progress | None = None
    if progress is not None:
        told = lambda done, _: progress(before + done, len(clips))  # noqa: E731
    computed = iter(features.extract_all(unknown, told))
    found = []
    for clip, rows in zip(clips, known, strict=True):
        if rows is not None:
            found.append(rows)
            continue
        found.append(next(computed))
        cache.put(kept, clip, found[-1])
    return found
