"""From the `features` section of an experiment to its extractor."""

from __future__ import annotations

from typing import Any

from vox_embed.experiment import schema
from vox_embed.features.descriptors import Descriptors, NoiseReduction, Pcan
from vox_embed.features.logmel import LogMel
from vox_embed.features.opensmile import Beside, OpenSmile

Extractor = LogMel | Descriptors | OpenSmile | Beside
"""What an experiment can be trained on; a device computes the first two."""


def extractor_of(section: schema.Features) -> Extractor:
    """The extractor that the section describes, for a device or for the host alone.

    VoxError where its bands and FFT do not go together.
    """
    if isinstance(section, schema.OpenSmile):
        return OpenSmile(section)
    if isinstance(section, schema.Joined) and section.opensmile is not None:
        return Beside(
            features_of(section.model_copy(update={"opensmile": None})), OpenSmile(section.opensmile)
        )
    return features_of(section)


def features_of(section: schema.Features) -> LogMel | Descriptors:
    """The same; VoxError for openSMILE, which no device computes."""
    of_host = schema.host_only(section)
    if of_host is not None:
        raise of_host.refusal
    assert not isinstance(section, schema.OpenSmile)
    parts = section.parts if isinstance(section, schema.Joined) else (section,)
    first = parts[0]
    frame = LogMel(
        sample_rate=first.sample_rate,
        window=first.taper_samples,
        hop=first.hop_samples,
        fft_size=first.fft_samples,
        bands=first.bands,
        fmin=first.fmin,
        fmax=first.upper_limit,
        mel=first.mel,
        taper=first.taper,
    )
    if section.names == frame.names and first.noise_reduction is None and first.pcan is None:
        return frame
    more: dict[str, Any] = {}
    for part in parts:
        if isinstance(part, schema.Mfcc | schema.Lld):
            more["lifter"] = part.lifter
        if isinstance(part, schema.Lld):
            more["pitch_ms"] = part.pitch_ms
        if isinstance(part, schema.Spectrogram):
            more["spectrum_step"] = part.step_bins
    noise, pcan = first.noise_reduction, first.pcan
    return Descriptors(
        frame,
        section.names,
        delta_span=first.delta_span,
        noise=NoiseReduction(**noise.model_dump()) if noise else None,
        pcan=Pcan(**pcan.model_dump()) if pcan else None,
        **more,
    )
