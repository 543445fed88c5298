"""Feature extractors: each a declared contract, computed by the C library."""

from vox_embed.features.base import FeatureExtractor, FeatureStream
from vox_embed.features.descriptors import Descriptors, NoiseReduction, Pcan
from vox_embed.features.functionals import Functionals
from vox_embed.features.logmel import LogMel
from vox_embed.features.micro import Micro
from vox_embed.features.stream import FrontendStream

__all__ = [
    "Descriptors",
    "FeatureExtractor",
    "FeatureStream",
    "FrontendStream",
    "Functionals",
    "LogMel",
    "Micro",
    "NoiseReduction",
    "Pcan",
]
