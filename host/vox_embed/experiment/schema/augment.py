"""`augment`: changes made to training clips on the fly."""

from __future__ import annotations

from pydantic import Field, model_validator

from vox_embed.experiment.schema.base import Labels, PathText, Range, Section, check_range, refuse


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
        for key in ("noise_path", "noise_labels", "babble"):
            if getattr(self, key) and self.noise_snr_db is None:
                refuse(key, "noise is off: give `noise_snr_db` as well", "noise_snr_db: [0, 30]")
        if self.room_path and not self.room:
            refuse("room_path", "no clip is put into a room: give `room` as well", "room: 0.5")
        return self
