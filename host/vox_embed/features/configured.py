"""From the `features` section of an experiment to its extractor."""

from __future__ import annotations

from vox_embed.experiment import schema
from vox_embed.features.logmel import LogMel


def features_of(section: schema.Features) -> LogMel:
    """The extractor that the section describes. VoxError where its bands and FFT do not go together."""
    return LogMel(
        sample_rate=section.sample_rate,
        window=section.window_samples,
        hop=section.hop_samples,
        fft_size=section.fft_samples,
        bands=section.bands,
        fmin=section.fmin,
        fmax=section.upper_limit,
        mel=section.mel,
    )
