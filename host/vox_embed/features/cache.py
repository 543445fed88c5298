"""Features on disk, keyed by content and settings, shared between experiments, safe to delete."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vox_embed.features.base import FeatureExtractor


def default_cache_dir() -> Path:
    """$VOX_CACHE, else vox-embed/features in the user's cache folder ($XDG_CACHE_HOME or ~/.cache)."""
    if given := os.environ.get("VOX_CACHE"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vox-embed" / "features"


@dataclass(frozen=True)
class FeatureCache:
    """One .npy file a clip, named after the hash of its samples and of the extractor's settings."""

    folder: Path

    def _path(self, extractor: FeatureExtractor, samples: NDArray[np.int16]) -> Path:
        digest = hashlib.sha256(extractor.identity.encode())
        digest.update(np.ascontiguousarray(samples).tobytes())
        name = digest.hexdigest()
        return self.folder / name[:2] / f"{name[2:]}.npy"

    def get(self, extractor: FeatureExtractor, samples: NDArray[np.int16]) -> NDArray[np.int16] | None:
        """The features of these samples, or None. A file that cannot be read counts as missing."""
        path = self._path(extractor, samples)
        try:
            features: NDArray[np.int16] = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        expected = (extractor.frames(len(samples)), len(extractor.names))
        return features if features.dtype == np.int16 and features.shape == expected else None

    def put(
        self, extractor: FeatureExtractor, samples: NDArray[np.int16], features: NDArray[np.int16]
    ) -> None:
        """Keep features; whole or not at all."""
        path = self._path(extractor, samples)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
            np.save(part, features, allow_pickle=False)
        Path(part.name).replace(path)
