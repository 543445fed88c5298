"""openSMILE's own features: floats, on the host only, to compare with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.features.tables import pcm


@dataclass(frozen=True)
class OpenSmile:
    """A feature set of openSMILE (Eyben et al. 2010): `lld` gives a row every 10 ms, `functionals` one a
    clip.

    It has no section for a device, and so is no FeatureExtractor. VoxError where the package is missing.
    """

    settings: schema.OpenSmile

    @cached_property
    def _smile(self) -> Any:
        try:
            import opensmile
        except ImportError as error:
            raise VoxError(
                f"features: type `opensmile` needs the package opensmile ({error})",
                "pip install 'vox-embed[opensmile]'; its licence allows research only",
            ) from None
        level = (
            opensmile.FeatureLevel.Functionals
            if self.settings.level == "functionals"
            else opensmile.FeatureLevel.LowLevelDescriptors
        )
        return opensmile.Smile(opensmile.FeatureSet[self.settings.set], level)

    @property
    def names(self) -> tuple[str, ...]:
        """openSMILE's names of the columns."""
        return tuple(self._smile.feature_names)

    def extract(self, samples: NDArray[np.int16]) -> NDArray[np.float32]:
        """int16 [samples] at the settings' rate -> float32 [rows, names]."""
        sound = pcm(samples).astype(np.float32) / 32768
        table = self._smile.process_signal(sound, self.settings.sample_rate)
        return np.ascontiguousarray(table.to_numpy(), np.float32)
