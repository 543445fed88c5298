"""Features of many clips: several threads, progress, cache."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from vox_embed.features.base import FeatureExtractor
from vox_embed.features.cache import FeatureCache

CorpusProgress = Callable[[int, int], None]
"""Called with (clips done, clips in all)."""


def extract_corpus(
    extractor: FeatureExtractor,
    clips: Sequence[NDArray[np.int16]],
    *,
    cache: FeatureCache | None = None,
    threads: int | None = None,
    progress: CorpusProgress | None = None,
) -> list[NDArray[np.int16]]:
    """int16 clips -> int16 [frames, features] each, in the same order.

    The extractor runs in C without the GIL, so threads (default: one a core) use all cores. Raises what the
    extractor raises for a clip that it refuses.
    """

    def one(samples: NDArray[np.int16]) -> NDArray[np.int16]:
        known = cache.get(extractor, samples) if cache is not None else None
        if known is not None:
            return known
        features = extractor.extract(samples)
        if cache is not None:
            cache.put(extractor, samples, features)
        return features

    results: list[NDArray[np.int16]] = []
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        for done, features in enumerate(pool.map(one, clips), start=1):
            results.append(features)
            if progress is not None:
                progress(done, len(clips))
    return results
