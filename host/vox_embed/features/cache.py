"""Features on disk, keyed by content and settings, shared between experiments, safe to delete."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


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
    """One .npy file a clip, named after the hash of its samples and of the extractor's settings."""

    folder: Path

    def _path(self, extractor: Keyed, samples: NDArray[np.int16]) -> Path:
        digest = hashlib.sha256(extractor.identity.encode())
        digest.update(np.ascontiguousarray(samples).tobytes())
        name = digest.hexdigest()
        return self.folder / name[:2] / f"{name[2:]}.npy"

    def get(self, extractor: Keyed, samples: NDArray[np.int16]) -> NDArray[Any] | None:
        """The features of these samples, or None. A file that cannot be read counts as missing."""
        path = self._path(extractor, samples)
        try:
            features: NDArray[Any] = np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        return features if extractor.fits(len(samples), features) else None

    def put(self, extractor: Keyed, samples: NDArray[np.int16], features: NDArray[Any]) -> None:
        """Keep features; whole or not at all."""
        path = self._path(extractor, samples)
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
            np.save(part, features, allow_pickle=False)
        Path(part.name).replace(path)
