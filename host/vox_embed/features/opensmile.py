"""openSMILE's own features: floats, on the host only, to compare with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment import schema
from vox_embed.experiment.errors import VoxError
from vox_embed.features.descriptors import Descriptors
from vox_embed.features.logmel import LogMel
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
    def sample_rate(self) -> int:
        """Hz."""
        return self.settings.sample_rate

    @property
    def window(self) -> int:
        """Samples below which openSMILE gives nothing."""
        return self.settings.window_samples

    @property
    def frame_rate(self) -> float:
        """Rows of level `lld` a second."""
        return self.settings.sample_rate / self.settings.hop_samples

    @property
    def names(self) -> tuple[str, ...]:
        """openSMILE's names of the columns."""
        return tuple(self._smile.feature_names)

    @property
    def gate(self) -> str | None:
        """The column that is above 0 in voiced frames: F0."""
        return next((name for name in self.names if name.startswith("F0")), None)

    @property
    def gated(self) -> tuple[str, ...]:
        """Columns that mean something in voiced frames only: openSMILE calls them `nz`."""
        return tuple(name for name in self.names if name.endswith("nz"))

    @property
    def identity(self) -> str:
        """Equal for two extractors if and only if they give the same values."""
        s = self.settings
        return f"opensmile-{metadata.version('opensmile')}-{s.set}-{s.level}-{s.sample_rate}"

    def fits(self, samples: int, features: NDArray[Any]) -> bool:
        """Whether an array can be what `extract` gives for so many samples."""
        del samples
        return features.dtype == np.float32 and features.shape[1:] == (self.settings.width,)

    def extract(self, samples: NDArray[np.int16]) -> NDArray[np.float32]:
        """int16 [samples] at the settings' rate -> float32 [rows, names].

        Zeros are appended to what is shorter than `window`.
        """
        sound = pcm(samples).astype(np.float32) / 32768
        sound = np.pad(sound, (0, max(0, self.window - len(sound))))
        table = self._smile.process_signal(sound, self.settings.sample_rate)
        return np.ascontiguousarray(table.to_numpy(), np.float32)


@dataclass(frozen=True)
class Beside:
    """Features that a device computes, with openSMILE's functionals beside them."""

    device: LogMel | Descriptors
    host: OpenSmile

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self.device.sample_rate
