"""`augment`: changes made to training clips on the fly."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from vox_embed.experiment.schema.base import Labels, PathText, Range, Section, check_range, refuse


class Transform(Section):
    """One of audiomentations' transforms."""

    type: str = Field(pattern=r"^[A-Z][A-Za-z0-9]*$", description="Its name, such as `AddGaussianSNR`.")
    settings: dict[str, Any] = Field(
        default={}, description="Its parameters, by their names: {min_snr_db: 5, max_snr_db: 20, p: 0.5}."
    )


class Augment(Section):
    """Augmentation of training clips; off unless given; drawn anew in each epoch, seeded."""

    shift_ms: float = Field(
        default=0.0, ge=0, le=5000, description=("Shift in time by up to so many milliseconds either way.")
    )
    gain_db: Range | None = Field(default=None, description="[low, high]: gain in dB.")
    noise_snr_db: Range | None = Field(
        default=None, description=("[low, high]: noise mixed in at a signal-to-noise ratio in dB.")
    )
    noise_probability: float = Field(
        default=0.5, ge=0, le=1, description=("Share of clips that get noise, when `noise_snr_db` is given.")
    )
    noise_path: PathText | None = Field(
        default=None,
        description=(
            "Folder of recordings used as noise, besides coloured noise. `${VAR}` is expanded; "
            "relative to the experiment file."
        ),
    )
    noise_labels: Labels = Field(
        default=(),
        description=("Labels whose training clips also serve as noise, such as a silence class."),
    )
    babble: bool = Field(
        default=False,
        description=("Other training clips, several at once, also serve as noise."),
    )
    room: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of clips that are heard in a room: simulated, or one of `room_path`.",
    )
    room_path: PathText | None = Field(
        default=None,
        description=(
            "Folder of room responses to use in place of simulated ones. `${VAR}` is expanded; relative to "
            "the experiment file."
        ),
    )
    speed: Range | None = Field(
        default=None,
        description=("[low, high]: playback speed; 1 is unchanged; pitch and length change together."),
    )
    stretch: Range | None = Field(
        default=None, description="[low, high]: length, at the same pitch; 1 is unchanged."
    )
    pitch: Range | None = Field(
        default=None, description="[low, high]: semitones up or down, at the same length."
    )
    filters: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of clips that a low-pass, high-pass or band-pass filter is put on.",
    )
    clipping: Range | None = Field(
        default=None, description="[low, high]: percent of the samples whose peaks are cut off."
    )
    codecs: Annotated[
        tuple[Literal["ulaw", "alaw", "gsm", "adpcm", "mp3", "vorbis"], ...], Field(strict=False)
    ] = Field(default=(), description="Clips are coded and decoded again by one of them.")
    codec_probability: float = Field(
        default=0.5, ge=0, le=1, description="Share of clips that are coded, when `codecs` are given."
    )
    splice: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="Share of clips that are cut into 2 to 8 pieces, put together in another order.",
    )
    audiomentations: Annotated[tuple[Transform, ...], Field(strict=False)] = Field(
        default=(),
        description=(
            "Transforms of the package `audiomentations` (`pip install vox-embed[augment]`), in their order, "
            "drawn from the same seed."
        ),
    )
    copies: int = Field(
        default=1,
        ge=0,
        le=50,
        description=(
            "Of classic models: changed copies of each training clip that they learn from beside it. "
            "Networks "
            "change every clip anew in each epoch."
        ),
    )
    time_mask: int = Field(default=0, ge=0, description="Mask of up to so many frames (SpecAugment).")
    freq_mask: int = Field(default=0, ge=0, description="Mask of up to so many bands (SpecAugment).")
    masks: int = Field(default=1, ge=1, le=10, description="Masks of each kind in a window.")
    mixup: float = Field(
        default=0.0,
        ge=0,
        le=10,
        description=("Alpha of mixup: two clips and their labels mixed by Beta(alpha, alpha); 0: off."),
    )

    @model_validator(mode="after")
    def _check(self) -> Augment:
        check_range(self, "gain_db", -60, 60)
        check_range(self, "noise_snr_db", -30, 100)
        check_range(self, "speed", 0.25, 4)
        check_range(self, "stretch", 0.25, 4)
        check_range(self, "pitch", -24, 24)
        check_range(self, "clipping", 0, 50)
        for key in ("noise_path", "noise_labels", "babble"):
            if getattr(self, key) and self.noise_snr_db is None:
                refuse(key, "noise is off: give `noise_snr_db` as well", "noise_snr_db: [0, 30]")
        if self.room_path and not self.room:
            refuse("room_path", "no clip is put into a room: give `room` as well", "room: 0.5")
        return self
