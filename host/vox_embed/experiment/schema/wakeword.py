"""A detector from a phrase: what is said, what it must not fire on, and how it is trained."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from vox_embed.experiment.files import LAST, MAX_NAME, SUFFIXES
from vox_embed.experiment.schema.base import Label, Labels, PathText, Section, refuse
from vox_embed.gate.names import check_file_name
from vox_embed.gate.text import UnfitTextError
from vox_embed.spec.model_format import SampleRate

Share = Annotated[float, Field(ge=0, le=1)]


class Spotting(Section):
    """How examples are made of frames, and the network that learns from them.

    Shares and probabilities are from 0 to 1. An example is one analysis window.
    """

    steps: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="Optimiser steps. Default: 4000 with recordings of the phrases, 2000 without.",
    )
    epochs: int = Field(
        default=20, ge=1, le=1000, description="Times that the detector is judged; the best is kept."
    )
    batch_size: int = Field(default=128, ge=1, le=4096, description="Examples in a step.")
    learning_rate: float = Field(default=4e-3, gt=0, le=1, description="AdamW's rate after the warm-up.")
    weight_decay: float = Field(default=2e-3, ge=0, lt=1, description="Decoupled weight decay.")
    dropout: float = Field(default=0.1, ge=0, lt=1, description="Of the last layer's inputs.")
    label_smoothing: float = Field(default=0.05, ge=0, lt=1, description="Share spread over all labels.")
    ear: bool | None = Field(
        default=None,
        description=(
            "A network that runs with the stream, every 40 ms, and with `width: 40` starts from layers that "
            "know speech (see below), about 60 kB; without it one that is computed anew every 240 ms. "
            "Default: true where pieces of the negatives say the phrases, no recordings do, and the rate is "
            "16 kHz."
        ),
    )
    width: int | None = Field(
        default=None,
        ge=4,
        le=128,
        description="Channels of the network. Default: 40 with the ear, else 48, which make about 27 kB.",
    )
    phrase: Share = Field(default=0.3, description="Share of examples with a whole phrase.")
    others: Share = Field(
        default=0.24,
        description="Share of synthetic examples that are none: parts, confusable words, sentences.",
    )
    negatives: Share = Field(default=0.36, description="Share from the negatives. What is left is noise.")
    recorded: Share = Field(
        default=0.5, description="Of the phrases: share from real recordings, where given."
    )
    parts: Share = Field(
        default=0.45, description="Of half of `others`: share of cut phrases; the rest confusable."
    )
    hard: Share | None = Field(
        default=None,
        description=(
            "Of the negatives: share from windows that were mined. Default: 0.6 with the ear, else 0.5."
        ),
    )
    mining: int | None = Field(
        default=None,
        ge=0,
        le=20,
        description="Times that the negatives are searched for them. Default: 5 with the ear, else 3.",
    )
    hardest: float | None = Field(
        default=None,
        ge=1,
        le=10,
        description=(
            "How much more often the hardest of them come: the first of 6000 are drawn by a power of a "
            "uniform number. 1: all alike. Default: 3 with the ear, else 1."
        ),
    )
    units: Share = Field(
        default=0.6,
        description="Probability that a synthetic utterance is blended with units of the negatives.",
    )
    slowest: float | None = Field(
        default=None,
        gt=0.2,
        le=1,
        description="Slowest speed of an utterance. Default: 0.75 with the ear, else 0.6.",
    )
    fastest: float | None = Field(
        default=None,
        ge=1,
        lt=3,
        description="Highest speed of an utterance. Default: 1.6 with the ear, else 1.1.",
    )
    wobble: float = Field(default=0.3, ge=0, le=1, description="Spread of the speed within it (log).")
    warp: Share = Field(default=0.6, description="Probability of another vocal tract.")
    equalise: Share = Field(default=0.5, description="Probability of another frequency response.")
    gate: Share | None = Field(
        default=None,
        description=(
            "Probability of noise suppression. Default: 0.35 with recordings of the phrases, 0.8 without."
        ),
    )
    style: Share = Field(default=0.5, description="Probability that bands get mean and spread of a negative.")
    level: Share = Field(
        default=0.7, description="Probability of another level, with `ear`; without it no level is heard."
    )
    mix: Share | None = Field(
        default=None,
        description=(
            "Probability of noise or talk behind it. Default: 0.8 with recordings of phrases, 0.6 without."
        ),
    )
    behind: Share | None = Field(
        default=None,
        description="The same for the negatives. Default: 0.35 with recordings of the phrases, 0.6 without.",
    )
    context: Share = Field(default=0.35, description="Probability of talk around a phrase.")
    freq_mask: int = Field(default=4, ge=0, le=16, description="Bands masked at most, twice.")
    time_mask: int = Field(default=6, ge=0, le=30, description="Frames masked at most, twice.")
    held_out: float = Field(
        default=0.35,
        gt=0,
        lt=1,
        description="Share of the negatives' (and real positives') speakers that choose and are not learned.",
    )

    @model_validator(mode="after")
    def _check(self) -> Spotting:
        if self.phrase + self.others + self.negatives > 1:
            refuse("phrase", "phrase, others and negatives are more than 1 together")
        if not 0 < self.phrase < 1:
            refuse("phrase", f"{self.phrase:g}: there must be both phrases and others")
        if self.steps is not None and self.epochs > self.steps:
            refuse("epochs", f"{self.epochs} epochs for {self.steps} steps")
        return self

    def settled(self, *, recorded: bool, ear: bool) -> Settled:
        """The values that hang on whether there are recordings of the phrases, and on the ear. ear: whether
        it is taken where nothing says so."""
        ear = ear if self.ear is None else self.ear
        defaults = {
            **(_RECORDED if recorded else _SYNTHETIC),
            **(_WITH_EAR if ear else _WITHOUT_EAR),
            "ear": ear,
        }
        given = {key: value for key in defaults if (value := getattr(self, key)) is not None}
        return Settled.model_validate({**self.model_dump(), **defaults, **given})


class Settled(Spotting):
    """With every value there is."""

    steps: int
    ear: bool
    width: int
    hard: Share
    mining: int
    hardest: float
    slowest: float
    fastest: float
    gate: Share
    mix: Share
    behind: Share


EAR_RATE: Final = 16000
"""Hz, of the sounds that the package's ear has heard."""
EAR_WIDTH: Final = 40
"""Channels of its first convolution."""
LANGUAGE_OF_PIECES = "en"
"""The only one whose sounds are recognized."""
_RECORDED = {"steps": 4000, "gate": 0.35, "mix": 0.8, "behind": 0.35}
_SYNTHETIC = {"steps": 2000, "gate": 0.8, "mix": 0.6, "behind": 0.6}
"""Most recordings of people have had noise suppression, rendered voices have not; and what noise lies behind
must not tell them from talk."""
_WITH_EAR = {
    "width": EAR_WIDTH,
    "hard": 0.6,
    "mining": 5,
    "hardest": 3.0,
    "slowest": 0.75,
    "fastest": 1.6,
}
"""What is learned above the ear is little: drawn alike, of thousands of windows those few on which it fires
would hardly come, and it went on firing on what it had learned from."""
_WITHOUT_EAR = {"width": 48, "hard": 0.5, "mining": 3, "hardest": 1.0, "slowest": 0.6, "fastest": 1.1}


class Wakeword(Section):
    """One detector. `vox-embed wakeword` makes this of its arguments, and keeps it as wakeword.yaml."""

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        max_length=MAX_NAME,
        description="Name; results go to `results/<name>`.",
    )
    phrases: Labels = Field(min_length=1, description="What is to be detected, each a label.")
    language: str = Field(default="en", min_length=1, description="Of espeak-ng: a code, or all its accents.")
    negatives: PathText | None = Field(
        default=None, description="CSV or folder of recordings in which no phrase occurs."
    )
    positives: PathText | None = Field(
        default=None, description="CSV or folder of real recordings of the phrases."
    )
    where: dict[Label, Label] = Field(
        default_factory=dict, description="Rows of both to take: column, value."
    )
    noise: PathText | None = Field(default=None, description="Folder of noise, beside what is made.")
    rooms: PathText | None = Field(default=None, description="Folder of room responses, beside made ones.")
    voices: int = Field(default=600, ge=4, le=5000, description="Synthetic speakers.")
    spoken: int = Field(
        default=3000, ge=4, le=100_000, description="Utterances of each phrase; half as many confusable ones."
    )
    engine: Literal["espeak", "kokoro"] = Field(
        default="espeak", description="`kokoro`: neural voices beside those of espeak-ng; needs `weights`."
    )
    weights: PathText | None = Field(default=None, description="Folder of Kokoro's .onnx and its voices.")
    spliced: int = Field(
        default=1500,
        ge=0,
        le=100_000,
        description=(
            "Utterances of each phrase that are put together from pieces of the negatives (English), and "
            "as many confusable ones."
        ),
    )
    neural: int = Field(default=600, ge=10, le=20_000, description="Utterances of the neural voices.")
    fa_per_hour: float = Field(
        default=0.5, gt=0, le=100, description="False accepts an hour that are wanted."
    )
    window_ms: float | None = Field(
        default=None, ge=500, le=4000, description="The analysis window. Default: as the phrases need."
    )
    sample_rate: SampleRate = Field(default=16000, description="Hz.")
    seed: int = Field(default=1, ge=0, lt=2**31, description="Of everything random.")
    seeds: int = Field(
        default=1, ge=1, le=20, description="Detectors to train, with seeds from `seed` on; the best is kept."
    )
    training: Spotting = Field(default=Spotting(), description="How it is trained.")

    @property
    def in_pieces(self) -> bool:
        """Whether pieces of the negatives say the phrases."""
        known = self.language.partition("-")[0] == LANGUAGE_OF_PIECES
        return self.negatives is not None and self.spliced > 0 and known

    @property
    def recipe(self) -> Settled:
        """How it is trained, with every value."""
        recorded = self.positives is not None
        ear = self.in_pieces and not recorded and self.sample_rate == EAR_RATE
        return self.training.settled(recorded=recorded, ear=ear)

    @model_validator(mode="after")
    def _check(self) -> Wakeword:
        try:
            check_file_name(self.name, MAX_NAME)
        except UnfitTextError as error:
            refuse("name", f"`{self.name}` {error}", "choose another name")
        if self.name.casefold() == LAST or self.name.casefold().endswith(SUFFIXES):
            refuse("name", f"`{self.name}` is what a file beside the results is called")
        if self.weights is not None and self.engine == "espeak":
            refuse("weights", "espeak has none", "engine: kokoro")
        for phrase in self.phrases:
            if self.phrases.count(phrase) > 1:
                refuse("phrases", f"`{phrase}` is given twice")
            if phrase.startswith("_") or not any(letter.isalnum() for letter in phrase):
                refuse("phrases", f"`{phrase}` is nothing to say")
            if len(phrase.encode()) > 47:
                refuse("phrases", f"`{phrase}` has more than 47 bytes")
        return self

    def quick(self) -> Wakeword:
        """The same at a size that shows the way, not what can be reached."""
        training = self.training.model_copy(update={"steps": 150, "epochs": 3, "batch_size": 64, "mining": 1})
        return self.model_copy(
            update={
                "voices": min(self.voices, 40),
                "spoken": min(self.spoken, 160),
                "spliced": 0,
                "neural": min(self.neural, 30),
                "training": training,
            }
        )
