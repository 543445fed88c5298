"""Features of many clips: several threads, progress, cache."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vox_embed.features.cache import FeatureCache, Keyed

CorpusProgress = Callable[[int, int], None]
"""Called with (clips done, clips in all)."""


class Extractor(Keyed, Protocol):
    """What computes features of one clip after the other: every FeatureExtractor."""

    def extract(self, samples: NDArray[np.int16]) -> NDArray[Any]:
        """int16 [samples] -> [rows, features]."""
        ...


def extract_corpus(
    extractor: Extractor,
    clips: Sequence[NDArray[np.int16]],
    *,
    cache: FeatureCache | None = None,
    threads: int | None = None,
    progress: CorpusProgress | None = None,
) -> list[NDArray[Any]]:
    """int16 clips -> [frames, features] each, in the same order.

    The extractor runs in C without the GIL, so threads (default: one a core) use all cores. Raises what the
    extractor raises for a clip that it refuses.
    """

    def one(samples: NDArray[np.int16]) -> NDArray[Any]:
        known = cache.get(extractor, samples) if cache is not None else None
        if known is not None:
            return known
        features = extractor.extract(samples)
        if cache is not None:
            cache.put(extractor, samples, features)
        return features

    results: list[NDArray[Any]] = []
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        for done, features in enumerate(pool.map(one, clips), start=1):
            results.append(features)
            if progress is not None:
                progress(done, len(clips))
    return results
