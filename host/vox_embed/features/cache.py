"""Features on disk, keyed by content and settings, shared between experiments, safe to delete."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
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


@dataclass(frozen=True)
class FeatureCache:
    """Features of clips, by the hash of the samples and of the extractor's settings."""

    kept: Kept

    @classmethod
    def of_user(cls, note: Note | None = None) -> FeatureCache:
        """In $VOX_CACHE, else in the user's cache folder. note: told once where nothing can be kept."""
        return cls(Kept(default_cache_dir(), note))

    def get(self, extractor: Keyed, samples: NDArray[np.int16]) -> NDArray[Any] | None:
        """The features of these samples, or None. What is damaged counts as missing."""
        most = _MOST_BYTES + _MOST_BYTES_A_SAMPLE * len(samples)
        found = self.kept.get(_key(extractor, samples), most)
        features = None if found is None else found.get("features")
        return features if features is not None and extractor.fits(len(samples), features) else None

    def put(self, extractor: Keyed, samples: NDArray[np.int16], features: NDArray[Any]) -> None:
        """Keep features, where that is possible."""
        self.kept.put(_key(extractor, samples), {"features": features})


def _key(extractor: Keyed, samples: NDArray[np.int16]) -> str:
    digest = hashlib.sha256(extractor.identity.encode())
    digest.update(np.ascontiguousarray(samples).tobytes())
    return digest.hexdigest()
