"""Rows of many clips from a PC's features, computed once where they can be kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.spool import Spool
from vox_embed.data.store import ChosenClips
from vox_embed.features.cache import FeatureCache
from vox_embed.features.corpus import SHARE
from vox_embed.features.host.base import Clips, HostFeatures, Progress

_AT_ONCE = 1024
"""Clips of which rows a frame are computed together."""


@dataclass(frozen=True)
class _Kept:
    identity: str
    width: int

    def fits(self, samples: int, features: NDArray[Any]) -> bool:
        del samples
        return features.dtype == np.float32 and features.shape[1:] == (self.width,)


def key_of(features: HostFeatures) -> _Kept | None:
    """Under which a cache keeps their rows; None where they are not kept."""
    return None if features.identity is None else _Kept(features.identity, features.width)


def rows_of_clips(
    features: HostFeatures,
    clips: Clips,
    cache: FeatureCache | None = None,
    progress: Progress | None = None,
    memory: int | None = None,
) -> Sequence[NDArray[np.float32]]:
    """float32 [rows, names] of each clip, finite: what is not a number counts as 0. memory: bytes, of which
    rows a frame may take a quarter; what is more lies on disk."""
    kept = None if cache is None else key_of(features)
    found = Spool(None if memory is None or features.per_clip else int(SHARE * memory))
    step = len(clips) if features.per_clip or not len(clips) else _AT_ONCE
    for first in range(0, len(clips), max(step, 1)):
        some = clips[first : first + step] if step < len(clips) else clips
        for rows in _of_some(features, kept, some, cache, _after(first, len(clips), progress)):
            found.append(np.nan_to_num(rows, posinf=0.0, neginf=0.0))
    return found


def _after(before: int, count: int, progress: Progress | None) -> Progress | None:
    return None if progress is None else lambda done, _: progress(before + done, count)


def _of_some(
    features: HostFeatures,
    kept: _Kept | None,
    clips: Clips,
    cache: FeatureCache | None,
    progress: Progress | None,
) -> Sequence[NDArray[np.float32]]:
    if cache is None or kept is None:
        return features.extract_all(clips, progress)
    known = [cache.get(kept, clip) for clip in clips]
    unknown = ChosenClips(clips, tuple(i for i, rows in enumerate(known) if rows is None))
    computed = iter(
        features.extract_all(unknown, _after(len(clips) - len(unknown), len(clips), progress))
        if len(unknown)
        else ()
    )
    found = []
    for place, rows in enumerate(known):
        if rows is not None:
            found.append(rows)
            continue
        found.append(next(computed))
        cache.put(kept, clips[place], found[-1])
    return found
