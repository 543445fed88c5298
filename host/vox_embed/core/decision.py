"""The decision alone: what other settings would have made of posteriors that were recorded."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vox_embed.core._native import Decision as NativeDecision
from vox_embed.spec.model_format import EventKind


class Replay(NamedTuple):
    """Verdicts of every window, and events, of one stream."""

    verdict_labels: NDArray[np.int16]
    """[windows]: LABEL_UNKNOWN, LABEL_SILENCE or an index."""
    verdict_scores: NDArray[np.uint16]
    """[windows], Q15."""
    frames: NDArray[np.uint32]
    """[events]: feature frames since reset when it was decided."""
    labels: NDArray[np.int16]
    """[events]."""
    scores: NDArray[np.uint16]
    """[events], Q15 smoothed posterior at that moment."""
    kinds: NDArray[np.uint8]
    """[events]: EventKind.BEGIN or EventKind.END."""

    def begins(self, label: int | None = None) -> NDArray[np.bool_]:
        """[events]: where an event begins, of this label if one is given."""
        begin: NDArray[np.bool_] = self.kinds == EventKind.BEGIN
        return begin if label is None else begin & (self.labels == label)


class Decider:
    """Decision settings as a DECI section has them. Raises CoreError for a section that is not sound."""

    def __init__(self, section: bytes) -> None:
        self._native = NativeDecision(section)

    def replay(
        self, frames: NDArray[np.uint32], posteriors: NDArray[np.uint16], gated: NDArray[np.uint8]
    ) -> Replay:
        """A stream from reset through the C decision.

        frames: [windows] frames since reset when each window was run. posteriors: [windows, labels] Q15.
        gated:
        [windows], 1 where the energy gate held a window back. Raises ValueError for columns that do not fit.
        """
        return Replay(*self._native.replay(frames, posteriors, gated))
