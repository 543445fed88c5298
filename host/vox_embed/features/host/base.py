"""What all features that a PC alone can compute promise."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Clips = Sequence[NDArray[np.int16]]
Progress = Callable[[int, int], None]
"""Called with (clips done, clips in all)."""
Learned = Mapping[str, NDArray[Any]]


class HostFeatures(ABC):
    """Features in floating point, computed on a PC: no device has them, and no export is made.

    What needs more than the samples (a table that is keyed by file and time) finds it where `clips` are
    `vox_embed.data.sounds.Sounds`.
    """

    @property
    @abstractmethod
    def sample_rate(self) -> int:
        """Hz of the clips that are taken."""

    @property
    @abstractmethod
    def per_clip(self) -> bool:
        """Whether a clip has one row. Otherwise it has a row a frame, of which functionals are taken."""

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """One name for each value of a row."""

    @property
    def width(self) -> int:
        """Values of a row."""
        return len(self.names)

    @property
    @abstractmethod
    def description(self) -> str:
        """What a row holds, in words for a report."""

    @property
    def identity(self) -> str | None:
        """A key for caches: equal for two objects if and only if they give the same rows of equal samples.
        None: rows are not to be kept."""
        return None

    @abstractmethod
    def extract_all(self, clips: Clips, progress: Progress | None = None) -> list[NDArray[np.float32]]:
        """int16 clips -> float32 [rows, names] of each. NaN and infinities count as 0."""

    # ---- of features with a row a frame ----------------------------------------------------------------

    @property
    def frame_rate(self) -> float:
        """Rows a second."""
        raise TypeError(f"{type(self).__name__} has a row a clip")

    @property
    def gate(self) -> str | None:
        """Name of the value that is above 0 in voiced frames, None where there is none."""
        return None

    @property
    def gated(self) -> tuple[str, ...]:
        """Names of values that mean something in voiced frames only."""
        return ()

    # ---- of features that are learned --------------------------------------------------------------------

    def fit(self, clips: Clips, progress: Progress | None = None) -> HostFeatures:
        """Learn from the training clips; most have nothing to learn."""
        del clips, progress
        return self

    def learned(self) -> Learned:
        """What `fit` found, to be kept with the model."""
        return {}

    def restore(self, learned: Learned) -> None:
        """Take over what `learned` gave. KeyError or ValueError where it does not fit."""
        if learned:
            raise ValueError(f"{type(self).__name__} learns nothing, but {', '.join(learned)} are given")
