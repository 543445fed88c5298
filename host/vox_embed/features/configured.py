"""From the `features` section of an experiment to what a device computes of it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from vox_embed.experiment import schema
from vox_embed.features.base import FeatureExtractor
from vox_embed.features.descriptors import Descriptors, NoiseReduction, Pcan
from vox_embed.features.logmel import LogMel


def features_of(section: schema.Features) -> FeatureExtractor:
    """What a device computes of it. VoxError where a PC alone does."""
    for of_host in schema.host_sections(section):
        raise of_host.refusal
    assert not isinstance(section, schema.HostSection)
    if isinstance(section, schema.OwnFrontEnd):
        own: FeatureExtractor = import_module(f"vox_embed.features.{section.type}").of_section(section)
        return own
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
