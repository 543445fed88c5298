"""What every feature extractor promises: a declared contract, one way to be used on a clip or a stream."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import Frontend
from vox_embed.features.stream import FrontendStream
from vox_embed.features.tables import pcm


class FeatureStream(Protocol):
    """A running extractor: the frames of `FeatureExtractor.extract`, however the samples are cut."""

    def push(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        """Samples (any number) -> the frames they complete, int16 [frames, features]."""
        ...

    def reset(self) -> None:
        """Forget all samples: the next one is the first of a frame."""
        ...


class FeatureExtractor(ABC):
    """Features of int16 mono PCM at one sampling rate, from the C library that the device runs.

    Frame i covers the samples i * hop .. i * hop + window - 1; samples that fill no frame give none.
    Values are integers; one unit of feature i is 2^-`qs[i]` of the quantity that the extractor documents.
    """

    sample_rate: int  # Hz
    window: int  # samples
    hop: int  # samples

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """One name for each feature of a frame."""

    @property
    @abstractmethod
    def description(self) -> str:
        """What a frame holds, in words for a report: the features, and what they are made from."""

    @property
    def framing(self) -> str:
        """Length and distance of frames, and the sampling rate, in words."""
        window, hop = (1000 * n / self.sample_rate for n in (self.window, self.hop))
        return f"frames of {window:.4g} ms every {hop:.4g} ms at {self.sample_rate} Hz"

    @property
    @abstractmethod
    def qs(self) -> tuple[int, ...]:
        """Fraction bits of the integers of each feature."""

    @property
    def gate(self) -> str | None:
        """Name of the feature that is above 0 in voiced frames, None where there is none."""
        return None

    @property
    def gated(self) -> tuple[str, ...]:
        """Names of features that mean something in voiced frames only."""
        return ()

    @property
    @abstractmethod
    def identity(self) -> str:
        """Equal for two extractors if and only if they give the same values: a key for caches."""

    @abstractmethod
    def level_of(self, dbfs: float) -> int:
        """The Q9 level (vox_frontend_level) of a sine at `dbfs`, 0 dB being a full-scale sine between fmin
        and fmax."""

    @abstractmethod
    def section(self) -> bytes:
        """The front-end section of the model file; the same bytes for the same settings."""

    @cached_property
    def _frontend(self) -> Frontend:
        # Whole clips keep no state in it, so threads may share it.
        return Frontend(self.section())

    def __getstate__(self) -> dict[str, object]:
        # Other processes make the library's part themselves.
        return {name: value for name, value in self.__dict__.items() if name != "_frontend"}

    def extract(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        """int16 [samples] at sample_rate -> int16 [frames, features], as from a stream that starts with the
        first sample.

        Raises TypeError for anything but one-dimensional int16: floats have no agreed level.
        """
        return self._frontend.extract(pcm(samples))

    def stream(self) -> FrontendStream:
        """A new stream, independent of others; `push` takes samples in pieces of any size."""
        return FrontendStream(Frontend(self.section()))

    def frames(self, samples: int) -> int:
        """Number of frames in a clip of so many samples."""
        return 0 if samples < self.window else 1 + (samples - self.window) // self.hop

    def fits(self, samples: int, features: NDArray[Any]) -> bool:
        """Whether an array can be what `extract` gives for so many samples."""
        return features.dtype == np.int16 and features.shape == (self.frames(samples), len(self.names))

    def seconds(self, frames: int) -> float:
        """Duration in seconds of the sound that so many frames cover."""
        return 0.0 if frames <= 0 else ((frames - 1) * self.hop + self.window) / self.sample_rate
