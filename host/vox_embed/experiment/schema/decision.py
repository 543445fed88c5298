"""`window` and `decision`: from a stream to analysis windows, and from posteriors to results and events."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from vox_embed.experiment.schema.base import Label, Labels, Section, refuse
from vox_embed.spec.model_format import FunctionalName

Threshold = Annotated[float, Field(gt=0, le=1)]


class Window(Section):
    """The analysis window: the stretch of sound that the classifier sees at once."""

    length_ms: float = Field(default=1000.0, gt=0, description="Milliseconds in an analysis window.")
    stride_ms: float = Field(
        default=250.0, gt=0, description=("Milliseconds from window to window, at most `length_ms`.")
    )
    normalise: Literal["none", "fixed", "running", "mean", "band_mean"] = Field(
        default="mean",
        description=(
            "Subtracted from the features, beside each band's mean over the training data: nothing (`none`; "
            "`fixed` is another word for it), the running mean of each band, their mean over the window, or "
            "the mean of each band over the window. The latter two make the model blind to level, `running` "
            "does as time passes. Networks that run with the stream take `none` or `running`. With "
            "`functionals`: `none`."
        ),
    )
    normalise_ms: float = Field(
        default=1000.0,
        gt=0,
        description=(
            "Time constant of `normalise: running`. A device has the nearest that is a power of two of "
            "frames."
        ),
    )

    functionals: Annotated[tuple[FunctionalName, ...], Field(strict=False)] = Field(
        default=(),
        description=(
            "Statistics of every feature over the window, in place of its frames: mean, standard deviation, "
            "coefficient of variation, extremes, percentiles (p20_80: 80th less 20th), slope of the "
            "regression line, mean rise and fall from frame to frame; segments, segment_* and gap_* are "
            "number and length of voiced stretches and of those in between, and need f0. Models other than "
            "networks on frames want them. The last window of a clip may then be short: a `length_ms` that "
            "no clip exceeds makes one window of each clip."
        ),
    )

    @model_validator(mode="after")
    def _check(self) -> Window:
        if len(set(self.functionals)) < len(self.functionals):
            refuse("functionals", "a functional is named twice")
        if self.normalise == "fixed":
            object.__setattr__(self, "normalise", "none")
        if self.functionals and "normalise" not in self.model_fields_set:
            object.__setattr__(self, "normalise", "none")  # what is done, so that a resolved file says it
        if self.stride_ms > self.length_ms:
            refuse(
                "stride_ms",
                f"the stride ({self.stride_ms:g} ms) is longer than the window ({self.length_ms:g} ms)",
                "sound would be skipped",
            )
        return self


class Decision(Section):
    """How the scores of windows become the result of a clip, and the events of a stream."""

    clip: Literal["mean", "majority"] = Field(
        default="mean", description=("Clip: mean of posteriors over its windows, or majority vote.")
    )
    stream: Literal["mean", "majority", "exponential"] = Field(
        default="exponential",
        description=("Stream: mean or majority over `history` windows, or exponential smoothing."),
    )
    history: int = Field(
        default=4, ge=1, le=64, description="Windows a stream looks back on (mean, majority)."
    )
    alpha: float = Field(default=0.5, gt=0, le=1, description="Weight of the newest window (exponential).")
    threshold_on: float = Field(
        default=0.7, gt=0, le=1, description="An event begins at or above this score."
    )
    threshold_off: float = Field(
        default=0.5, ge=0, le=1, description=("An event ends below this score; at most `threshold_on`.")
    )
    unknown_threshold: float = Field(
        default=0.0, ge=0, lt=1, description=("Results whose best score is below are `unknown`; 0: never.")
    )
    gate_dbfs: float | None = Field(
        default=None,
        ge=-120,
        le=0,
        description=(
            "Windows that stay below this level (dB of full scale) are not classified: silence. "
            "Default: no gate."
        ),
    )
    refractory_ms: float = Field(
        default=500.0,
        ge=0,
        description=("Milliseconds after the begin of an event in which no other begins."),
    )
    background: Labels = Field(default=(), description="Labels that never raise an event.")
    thresholds: dict[Label, Threshold] = Field(
        default={},
        description=(
            "Of tags, {tag: score}: at or above it a clip has the tag, and its event begins; it ends below "
            "`threshold_off` / `threshold_on` of that. Default: where F1 is highest on dev."
        ),
    )

    @model_validator(mode="after")
    def _check(self) -> Decision:
        if self.threshold_off > self.threshold_on:
            refuse("threshold_off", f"{self.threshold_off:g} is above threshold_on ({self.threshold_on:g})")
        return self
