"""`model`: autoencoders that find what they cannot rebuild."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from vox_embed.experiment.schema.base import refuse
from vox_embed.experiment.schema.classic import AnomalyModel
from vox_embed.experiment.schema.frame_network import FrameNetwork
from vox_embed.spec.operators import MAX_VECTOR

Sizes = Annotated[tuple[int, ...], Field(strict=False)]

_OF = {"dense": ("hidden",), "conv": ("widths",), "gru": ("units", "stride"), "lstm": ("units", "stride")}
"""Keys that a network has alone, by `network`."""


class Autoencoder(AnomalyModel, FrameNetwork):
    """Anomaly detection by reconstruction: a network that learned to rebuild the windows of normal clips; how
    far it is off, on the average of a window, is the score.

    The threshold comes from the normal clips of dev. Everything runs on a device, in integers. After Purohit
    et al., "MIMII Dataset", 2019, whose dense network MLPerf Tiny has, too.
    """

    type: Literal["autoencoder"] = Field(default="autoencoder", description="Error of reconstruction.")
    network: Literal["dense", "conv", "gru", "lstm"] = Field(
        default="dense",
        description=(
            "`dense`: layers over the whole window; `conv`: convolutions that halve it and convolutions that "
            "double it again; `gru`, `lstm`: a recurrent encoder, from whose last state a decoder tells the "
            "window."
        ),
    )
    hidden: Sizes = Field(
        default=(48, 12, 48),
        description="dense: units of the layers between window and window; a narrow one in the middle.",
    )
    widths: Sizes = Field(
        default=(12, 8),
        description="conv: channels after each halving; the last ones are what the window is rebuilt from.",
    )
    units: int = Field(default=32, ge=1, le=511, description="gru, lstm: units of encoder and decoder.")
    stride: int = Field(default=2, ge=1, le=16, description="gru, lstm: frames in a row.")
    contamination: float = Field(
        default=0.05,
        gt=0,
        le=0.5,
        description=(
            "Share of the windows of dev's normal clips (without dev of train's) that may be called "
            "anomalies."
        ),
    )
    epochs: int = Field(
        default=100, ge=1, le=10000, description="At most so many passes over the windows of normal clips."
    )

    @model_validator(mode="after")
    def _check(self) -> Autoencoder:
        own = _OF[self.network]
        for key in sorted({key for keys in _OF.values() for key in keys}):
            if key not in own and getattr(self, key) != type(self).model_fields[key].default:
                refuse(key, f"`network: {self.network}` has none", f"it has {' and '.join(own)}")
        if not 1 <= len(self.hidden) <= 8 or any(not 1 <= units <= 1024 for units in self.hidden):
            refuse("hidden", f"{list(self.hidden)}: 1 to 8 numbers from 1 to 1024 are needed")
        if not 1 <= len(self.widths) <= 5 or any(not 1 <= width <= 256 for width in self.widths):
            refuse("widths", f"{list(self.widths)}: 1 to 5 numbers from 1 to 256 are needed")
        return self

    def check_window(self, frames: int, width: int, frame_ms: float) -> None:
        """Refuses windows of so many frames of `width` values, one every `frame_ms`, that it cannot take."""
        if frames * width > MAX_VECTOR:
            refuse(
                "window.length_ms",
                f"{frames} frames of {width} values are {frames * width:,}; "
                f"model.type: {self.type} takes up to {MAX_VECTOR:,}",
                "a shorter window, longer hops (features.hop_ms) or fewer bands",
            )
        parts = 2 ** len(self.widths) if self.network == "conv" else 1
        parts = self.stride if self.network in ("gru", "lstm") else parts
        if frames % parts:
            refuse(
                "window.length_ms",
                f"{frames} frames are no multiple of {parts}, which `network: {self.network}` needs here",
                f"a frame is {frame_ms:g} ms",
            )
        if self.network == "conv" and width % parts:
            refuse("features", f"{width} values a frame are no multiple of {parts}")
