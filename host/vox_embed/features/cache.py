"""Features on disk, keyed by content and settings, shared between experiments, safe to delete."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.kept import Kept, Note
from vox_embed.experiment.places import default_cache_dir

_MOST_BYTES, _MOST_BYTES_A_SAMPLE = 1 << 20, 64
"""Of an entry: far above what any extractor gives."""


class Keyed(Protocol):
    """What features are kept of: every FeatureExtractor."""

    @property
    def identity(self) -> str:
        """A key: equal if and only if the features are."""
        ...

    def fits(self, samples: int, features: NDArray[Any]) -> bool:
        """Whether an array can be the features of so many samples."""
        ...


class Memory:
    """Features that were wanted last, up to a number of bytes; for threads."""

    def __init__(self, most: int) -> None:
        self._most, self._bytes = most, 0
        self._found: OrderedDict[str, NDArray[Any]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> NDArray[Any] | None:
        """Those of a key, or None."""
        with self._lock:
            found = self._found.get(key)
            if found is not None:
                self._found.move_to_end(key)
            return found

    def put(self, key: str, features: NDArray[Any]) -> None:
        """Remember them, and forget those that were not wanted for longest."""
        with self._lock:
            if key in self._found:
                return
            self._found[key] = features
            self._bytes += features.nbytes
            while self._bytes > self._most and self._found:
                self._bytes -= self._found.popitem(last=False)[1].nbytes


@dataclass(frozen=True)
class FeatureCache:
    """Features of clips, by the hash of the samples and of the extractor's settings.

    memory: what was read or made lately is not read again.
    """

    kept: Kept
    memory: Memory | None = None

    @classmethod
    def of_user(cls, note: Note | None = None) -> FeatureCache:
        """In $VOX_CACHE, else in the user's cache folder. note: told once where nothing can be kept."""
        return cls(Kept(default_cache_dir(), note))

    def remembering(self, most: int = 1 << 29) -> FeatureCache:
        """The same, with a memory of so many bytes: for many runs on the same clips."""
        return replace(self, memory=Memory(most))

    def get(self, extractor: Keyed, samples: NDArray[np.int16]) -> NDArray[Any] | None:
        """The features of these samples, or None. What is damaged counts as missing."""
        key = _key(extractor, samples)
        known = None if self.memory is None else self.memory.get(key)
        if known is not None:
            return known
        most = _MOST_BYTES + _MOST_BYTES_A_SAMPLE * len(samples)
        found = self.kept.get(key, most)
        features = None if found is None else found.get("features")
        if features is None or not extractor.fits(len(samples), features):
            return None
        if self.memory is not None:
            self.memory.put(key, features)
        return features

    def put(self, extractor: Keyed, samples: NDArray[np.int16], features: NDArray[Any]) -> None:
        """Keep features, where that is possible."""
        key = _key(extractor, samples)
        if self.memory is not None:
            self.memory.put(key, features)
        self.kept.put(key, {"features": features})


def _key(extractor: Keyed, samples: NDArray[np.int16]) -> str:
    digest = hashlib.sha256(extractor.identity.encode())
    digest.update(np.ascontiguousarray(samples).tobytes())
    return digest.hexdigest()
