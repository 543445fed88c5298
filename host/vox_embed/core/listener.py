"""The whole pipeline as typed values: frames, windows, events, verdicts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vox_embed.core._native import Listener as NativeListener
from vox_embed.core._native import Model
from vox_embed.core._native import run_clip as run_native_clip


class Event(NamedTuple):
    """One event of a stream."""

    frame: int
    """Feature frames since reset when it was decided."""
    label: int
    score: int
    """Q15 smoothed posterior at that moment."""
    kind: int
    """EventKind.BEGIN or EventKind.END."""


@dataclass(frozen=True)
class Heard:
    """What a listener made of the samples pushed, in columns. Scores and posteriors are Q15 (32768 is 1)."""

    features: NDArray[np.int16]
    """[frames, bands], Q9 log2 energy."""
    levels: NDArray[np.int16]
    """[frames], Q9 log2 energy of all bands."""
    window_frames: NDArray[np.uint32]
    """[windows], frames since reset when the window was run."""
    posteriors: NDArray[np.uint16]
    """[windows, labels]; zeros where the gate held the window back."""
    verdict_labels: NDArray[np.int16]
    """[windows]: the stream's verdict; LABEL_UNKNOWN, LABEL_SILENCE or an index."""
    verdict_scores: NDArray[np.uint16]
    """[windows]."""
    gated: NDArray[np.uint8]
    """[windows]: 1 where the energy gate held the window back."""
    events: tuple[Event, ...]


@dataclass(frozen=True)
class ClipRun:
    """A clip from reset to verdict."""

    heard: Heard
    label: int
    """Index, LABEL_UNKNOWN or LABEL_SILENCE."""
    score: int
    """Q15."""
    scores: NDArray[np.uint16]
    """[labels], Q15."""


def _heard(columns: tuple[Any, ...]) -> Heard:
    names = (field.name for field in fields(Heard))
    values = dict(zip(names, columns, strict=True))
    return Heard(**{**values, "events": tuple(Event(*event) for event in values["events"])})


class Listener:
    """A stream through one model."""

    def __init__(self, model: Model) -> None:
        self._native = NativeListener(model)

    def push(self, samples: NDArray[np.int16]) -> Heard:
        """int16[n] PCM mono at the model's rate -> what was heard in it."""
        return _heard(self._native.push(samples))

    def finish(self) -> Heard:
        """End a clip: silence is added up to the window that takes in the last whole frames."""
        return _heard(self._native.finish())

    def clip(self) -> tuple[int, int, NDArray[np.uint16]]:
        """Verdict over all windows since reset: label, Q15 score, Q15 scores of all labels."""
        label, score, scores = self._native.clip()
        return label, score, scores

    def reset(self) -> None:
        """Forget everything; the next sample is the first."""
        self._native.reset()


def run_clip(model: Model, samples: NDArray[np.int16]) -> ClipRun:
    """Classify one clip, int16[n] PCM mono at the model's rate, as the device does. Threads may share the
    model.
    """
    columns, label, score, scores = run_native_clip(model, samples)
    return ClipRun(_heard(columns), label, score, scores)
