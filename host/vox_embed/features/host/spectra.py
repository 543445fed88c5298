"""Spectra in floating point: mel bands in decibels, as other programs see sound, for comparison on the
host."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment import schema
from vox_embed.features.decibels import Spectrum
from vox_embed.features.host.base import Clips, HostFeatures, Progress
from vox_embed.version import __version__


@dataclass(frozen=True)
class Spectra(HostFeatures):
    """Decibels of mel bands below a sine of full scale: a row a frame, or their mean and deviation over a
    clip."""

    settings: schema.Spectra

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self.settings.sample_rate

    @property
    def per_clip(self) -> bool:
        """Whether rows are means and deviations."""
        return self.settings.per_clip

    @property
    def frame_rate(self) -> float:
        """Rows a second, of frames."""
        return 1000.0 / self.settings.hop_ms

    @property
    def names(self) -> tuple[str, ...]:
        """`mel_<band>`, and of a clip `mel_<band>_mean`, `mel_<band>_std`."""
        bands = [f"mel_{i}" for i in range(self.settings.bands)]
        if not self.per_clip:
            return tuple(bands)
        return tuple(f"{name}_{what}" for what in ("mean", "std") for name in bands)

    @property
    def description(self) -> str:
        """What a row holds."""
        s = self.settings
        what = "mean and deviation over a clip" if self.per_clip else f"every {s.hop_ms:g} ms"
        return f"spectra of {s.bands} mel bands in dB, {s.window_ms:g} ms, {what}"

    @property
    def identity(self) -> str:
        """Of the settings and this version."""
        return f"spectra-{hashlib.sha256(f'{__version__}{self.settings!r}'.encode()).hexdigest()}"

    def extract_all(self, clips: Clips, progress: Progress | None = None) -> list[NDArray[np.float32]]:
        """A clip shorter than a frame is filled up with silence."""
        s = self.settings
        width, hop = s.window_samples, s.hop_samples
        spectrum = Spectrum(
            width / s.sample_rate, (width - hop) / s.sample_rate, s.bands, None, s.floor_db, full_scale=True
        )
        found = []
        for done, clip in enumerate(clips, start=1):
            samples = np.pad(np.asarray(clip, np.float64) / 32768, (0, max(0, width - len(clip))))
            rows = spectrum.decibels(samples, s.sample_rate)
            if self.per_clip:
                rows = np.concatenate([rows.mean(axis=0), rows.std(axis=0)])[None]
            found.append(rows.astype(np.float32))
            if progress is not None:
                progress(done, len(clips))
        return found
