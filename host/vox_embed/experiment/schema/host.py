"""`features` that a PC alone can compute: for comparison, and for models that stay on the host."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema.base import Section
from vox_embed.spec.model_format import SampleRate


class HostSection(Section):
    """What all of them have."""

    type: str
    sample_rate: SampleRate = Field(default=16000, description="Hz; audio is resampled to it on the host.")

    @property
    def per_clip(self) -> bool:
        """Whether there is one row a clip, whatever `window` says; otherwise a row a frame."""
        return True

    @property
    def nearest(self) -> str:
        """The `features` line that comes nearest and runs on a device."""
        return "{type: lld, set: egemaps-lite}"

    @property
    def window_samples(self) -> int:
        """Samples in a frame."""
        return self.hop_samples

    @property
    def hop_samples(self) -> int:
        """Samples from frame to frame, 10 ms."""
        return round(0.01 * self.sample_rate)

    @property
    def refusal(self) -> VoxError:
        """What is said where a device is to compute them."""
        return VoxError(
            f"features: type `{self.type}` is computed on the host only: no device can run a model of it",
            f"the nearest that a device computes: `features: {self.nearest}`",
        )


class OpenSmile(HostSection):
    """openSMILE's own features, for comparison on the host: no device computes them, and no export is made.

    Classic models are trained on them and tested in floating point. Last in a list of features, the
    functionals of a clip stand beside the others' functionals of each of its windows. Needs the package
    `opensmile` (`pip install vox-embed[opensmile]`), whose licence allows research only.
    """

    type: Literal["opensmile"] = Field(default="opensmile", description="openSMILE, on the host only.")
    set: Literal["eGeMAPSv02", "eGeMAPSv01b", "GeMAPSv01b", "ComParE_2016"] = Field(
        default="eGeMAPSv02", description="openSMILE's feature set."
    )
    level: Literal["lld", "functionals"] = Field(
        default="functionals",
        description=(
            "`lld`: a row every 10 ms, of which `window.functionals` are taken; `functionals`: openSMILE's "
            "own, one row for a clip, whatever `window` says."
        ),
    )

    @property
    def per_clip(self) -> bool:
        """Whether rows are openSMILE's functionals."""
        return self.level == "functionals"

    @property
    def nearest(self) -> str:
        """The `features` line that comes nearest and runs on a device."""
        return "{type: lld, set: " + ("spectral" if self.set == "ComParE_2016" else "egemaps-lite") + "}"

    @property
    def window_samples(self) -> int:
        """Samples in openSMILE's longest frame, 60 ms."""
        return round(0.06 * self.sample_rate)

    @property
    def width(self) -> int:
        """Features of a row."""
        return OPENSMILE_WIDTHS[self.set][self.per_clip]


OPENSMILE_WIDTHS = {
    "eGeMAPSv02": (25, 88),
    "eGeMAPSv01b": (23, 88),
    "GeMAPSv01b": (18, 62),
    "ComParE_2016": (65, 6373),
}
"""Columns of openSMILE's sets: low-level descriptors, functionals."""

# New features of a PC are one class above, one name here, and one line in vox_embed.features.host.
HostPart = OpenSmile
HOST_TYPES = frozenset({OpenSmile.model_fields["type"].default})
