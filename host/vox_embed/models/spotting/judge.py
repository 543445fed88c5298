"""How many phrases a detector misses at a rate of false accepts: what an epoch is chosen by.

A quick look at single windows and their neighbours; thresholds, smoothing and rests are chosen afterwards,
from the integer model, by `vox_embed.runs.calibrate`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.spotting.bank import Bank
from vox_embed.models.training.source import Predict

_MORE = (0, 1, 3)
"""False accepts beyond the wanted count at which misses are averaged: one count alone hangs on one event."""
_SMOOTH = 0.16
_LEAST = 0.02
_MOST_EVENTS = 400


@dataclass(frozen=True, eq=False)
class SpottingJudge:
    """A Judge. phrases: of held-out voices, a bank a label. talk: held-out negatives. frames, stride: of the
    analysis window. hop: seconds a frame. fa_per_hour: wanted. rest: seconds in which an event holds others
    back."""

    phrases: tuple[Bank, ...]
    talk: Bank
    frames: int
    stride: int
    hop: float
    fa_per_hour: float
    rest: float = 1.0

    def __call__(self, predict: Predict) -> tuple[float, float]:
        """The mean share of misses near the wanted rate, and the share of hits at it; means over the
        labels."""
        heard = self._smoothed(predict.along(self._filled(self.talk.frames), self.stride))
        hours = len(self.talk.frames) * self.hop / 3600
        allowed = int(self.fa_per_hour * hours)
        rest = max(1, round(self.rest / self.hop / self.stride))
        losses, hits = [], []
        for label, bank in enumerate(self.phrases, start=1):
            events = _events(heard[:, label], rest)
            best = self._best(predict, bank, label)
            missed = [float((best <= _threshold(events, allowed + more)).mean()) for more in _MORE]
            # Between equals the one whose phrases stand out more.
            losses.append(float(np.mean(missed)) + 1e-3 * (1 - float(best.mean())))
            hits.append(1 - missed[0])
        return float(np.mean(losses)), float(np.mean(hits))

    def _best(self, predict: Predict, bank: Bank, label: int) -> NDArray[np.float32]:
        """The highest score in each recording."""
        cut = [self._filled(bank.frames[bank.begins[i] : bank.begins[i + 1]]) for i in range(len(bank))]
        posteriors = predict.along(np.concatenate(cut), self.stride)
        first, best = 0, []
        for one in cut:
            count = (len(one) - self.frames) // self.stride + 1
            best.append(self._smoothed(posteriors[first : first + count])[:, label].max())
            first += len(one) // self.stride
        return np.array(best, np.float32)

    def _filled(self, frames: NDArray[np.int16]) -> NDArray[np.int16]:
        """With its last frame: at least a window, and windows of what follows begin where it ends."""
        missing = max(0, self.frames - len(frames))
        missing += -(len(frames) + missing) % self.stride
        return np.concatenate([frames, np.repeat(frames[-1:], missing, axis=0)])

    def _smoothed(self, posteriors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Means over the windows of `_SMOOTH` seconds, as far as there are so many."""
        count = min(len(posteriors), max(1, round(_SMOOTH / self.hop / self.stride)))
        total = np.cumsum(np.pad(posteriors.astype(np.float64), ((1, 0), (0, 0))), axis=0)
        mean: NDArray[np.float32] = ((total[count:] - total[:-count]) / count).astype(np.float32)
        return mean


def _events(scores: NDArray[np.float32], rest: int) -> list[float]:
    """Heights of the peaks that are at least `rest` windows apart, the highest first."""
    left = scores.copy()
    found: list[float] = []
    while len(found) < _MOST_EVENTS and len(left):
        at = int(left.argmax())
        if left[at] < _LEAST:
            break
        found.append(float(left[at]))
        left[max(0, at - rest) : at + rest] = -1
    return found


def _threshold(events: Sequence[float], allowed: int) -> float:
    return events[allowed] if len(events) > allowed else _LEAST
