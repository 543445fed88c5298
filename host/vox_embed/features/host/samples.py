"""No features: the samples themselves, for models that take sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.features.host.base import Clips, HostFeatures, Progress


@dataclass(frozen=True)
class Samples(HostFeatures):
    """What stands where features would."""

    settings: schema.Samples

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self.settings.sample_rate

    @property
    def per_clip(self) -> bool:
        """Always."""
        return True

    @property
    def names(self) -> tuple[str, ...]:
        """Samples have none."""
        return ()

    @property
    def description(self) -> str:
        """In words for a report."""
        return f"the samples themselves, {self.sample_rate} Hz"

    def extract_all(self, clips: Clips, progress: Progress | None = None) -> list[NDArray[np.float32]]:
        """VoxError: there are no rows."""
        raise VoxError(
            "features: type `samples` has no values of clips to look at", "name other features, such as mfcc"
        )
