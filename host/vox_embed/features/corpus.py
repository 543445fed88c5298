"""Features of many clips: several threads, progress, cache."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Sized
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.spool import Spool
from vox_embed.data.threads import in_threads
from vox_embed.features.cache import FeatureCache, Keyed

CorpusProgress = Callable[[int, int], None]
"""Called with (clips done, clips in all)."""


SHARE = 0.25
"""Of the memory, which the features of one split may take."""


_TOGETHER = 16
"""Clips that a thread takes at a time."""


class Extractor(Keyed, Protocol):
    """What computes features of one clip after the other: every FeatureExtractor."""

    def extract(self, samples: NDArray[np.int16]) -> NDArray[Any]:
        """int16 [samples] -> [rows, features]."""
        ...


def extract_corpus(
    extractor: Extractor,
    clips: Iterable[NDArray[np.int16]],
    *,
    cache: FeatureCache | None = None,
    threads: int | None = None,
    progress: CorpusProgress | None = None,
    count: int | None = None,
    memory: int | None = None,
    then: Callable[[NDArray[Any]], NDArray[Any]] | None = None,
) -> Sequence[NDArray[Any]]:
    """int16 clips -> [frames, features] each, in the same order. Clips are taken when their turn comes.

    count: of the clips, where they have no length. memory: bytes, of which the result may take a quarter;
    what is more lies on disk, and is read when it is wanted. None: any number. then: done with the features
    of each clip.
    The extractor runs in C without the GIL, so threads (default: one a core) use all cores. Raises what the
    extractor raises for a clip that it refuses.
    """

    def known(samples: NDArray[np.int16]) -> NDArray[Any] | None:
        return None if cache is None else cache.get(extractor, samples)

    def one(samples: NDArray[np.int16]) -> NDArray[Any]:
        features = extractor.extract(samples)
        if cache is not None:
            cache.put(extractor, samples, features)
        return features

    results = Spool(None if memory is None else int(SHARE * memory))
    total = len(clips) if isinstance(clips, Sized) else count or 0
    found = in_threads(one, clips, threads, together=_TOGETHER, known=known)
    for done, features in enumerate(found, start=1):
        results.append(features if then is None else then(features))
        if progress is not None:
            progress(done, total)
    return results
