"""Feature extractors: each a declared contract, computed by the C library."""

from vox_embed.features.base import FeatureExtractor, FeatureStream
from vox_embed.features.functionals import Functionals
from vox_embed.features.logmel import LogMel, LogMelStream

__all__ = ["FeatureExtractor", "FeatureStream", "Functionals", "LogMel", "LogMelStream"]
