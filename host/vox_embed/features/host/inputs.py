"""What a model is trained on: features of a device, of a PC, or both."""

from __future__ import annotations

from dataclasses import dataclass

from vox_embed.experiment import schema
from vox_embed.features.base import FeatureExtractor
from vox_embed.features.configured import features_of
from vox_embed.features.host.base import HostFeatures
from vox_embed.features.host.index import host_features_of


@dataclass(frozen=True)
class Inputs:
    """What a model is trained on. device: what a device computes, or None. host: what a PC alone computes,
    beside it or alone."""

    device: FeatureExtractor | None
    host: tuple[HostFeatures, ...] = ()

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self.host[0].sample_rate if self.device is None else self.device.sample_rate

    @property
    def for_device(self) -> FeatureExtractor | None:
        """The front end of a device that can run the model; None where no device can."""
        return None if self.host else self.device

    @property
    def description(self) -> str:
        """What the model sees, in words for a report."""
        device = [] if self.device is None else [f"{self.device.description}, {self.device.framing}"]
        return "; ".join([*device, *(one.description for one in self.host)])


def inputs_of(section: schema.Features) -> Inputs:
    """What the section describes. VoxError where its bands and FFT do not go together, or where a package is
    missing."""
    of_host = schema.host_sections(section)
    host = tuple(host_features_of(one) for one in of_host)
    if isinstance(section, schema.HostSection) or section.per_clip:
        return Inputs(None, host)
    if isinstance(section, schema.Joined):
        section = section.model_copy(update={"host": ()})
    return Inputs(features_of(section), host)
