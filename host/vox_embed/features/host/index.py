"""Which features there are that a PC alone can compute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vox_embed.experiment import schema
from vox_embed.features.host.base import HostFeatures
from vox_embed.features.host.embedding import Embedding
from vox_embed.features.host.imported import Imported
from vox_embed.features.host.learned import LearnedByAutoencoder
from vox_embed.features.host.opensmile import OpenSmile
from vox_embed.features.host.praat import Praat
from vox_embed.features.host.samples import Samples
from vox_embed.features.host.spectra import Spectra

# New features of a PC are one file, its section in experiment/schema/host.py, and one line here.
HOST: dict[type[schema.HostSection], Callable[[Any], HostFeatures]] = {
    schema.OpenSmile: OpenSmile,
    schema.LearnedFeatures: LearnedByAutoencoder,
    schema.Embedding: Embedding,
    schema.ImportedFeatures: Imported,
    schema.Spectra: Spectra,
    schema.Praat: Praat,
    schema.Samples: Samples,
}


def host_features_of(section: schema.HostSection) -> HostFeatures:
    """The features that a section describes. VoxError where a package that they need is missing."""
    return HOST[type(section)](section)
