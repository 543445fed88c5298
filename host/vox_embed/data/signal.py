"""What is wrong with a stretch of sound: faults that no training can make good, seen in its samples."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SILENT, CANCELLED, FAINT, OFFSET, CLIPPED, BEYOND, CUT = (
    "silent",
    "cancelled",
    "faint",
    "offset",
    "clipped",
    "beyond",
    "cut",
)
FAULTS = (SILENT, CANCELLED, FAINT, OFFSET, CLIPPED, BEYOND, CUT)
"""CUT is of a file: it ends before its header says."""

_STEP = 1.0 / 32768.0  # of int16, full scale 1.0
_CANCELLED = 0.1  # of the power that unrelated channels have when mixed
_OFFSETS = ((0.02, 0.5), (0.001, 1.0))  # of full scale, and of the sound beside it
_CLIPPED = 0.001  # share of the samples
_LOUD = 0.1  # of full scale: where peaks begin to tell of clipping
_SPIKE = 8  # how often the highest value is as frequent as the next, if it is where a wave was cut
_LEAP = 0.05  # or how far below the next is, of the highest: a period that fits the rate has few values
_FAINT = 16  # steps from the lowest to the highest sample


@dataclass
class Stretch:
    """Counts over a stretch of sound, block after block; `faults` at its end."""

    frames: int = 0
    low: float = np.inf
    high: float = -np.inf
    total: float = 0.0
    """Sum of the mix of all channels."""
    power: float = 0.0
    """Sum of its squares."""
    of_channels: float = 0.0
    """Sum of the squares of all channels, over their number."""
    channels: int = 1
    cut: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    """Samples of each channel that lie on a flat peak."""
    beyond: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    """Samples of each channel that are beyond full scale."""

    def add(self, block: NDArray[np.float32], mix: NDArray[np.float64]) -> None:
        """block: [frames, channels]. mix: [frames], their mean."""
        if not len(mix):
            return
        if not self.frames:
            self.channels = block.shape[1]
            self.cut, self.beyond = np.zeros((2, self.channels), np.int64)
        self.frames += len(mix)
        self.low, self.high = min(self.low, float(mix.min())), max(self.high, float(mix.max()))
        self.total += float(mix.sum())
        self.power += float(np.square(mix).sum())
        self.of_channels += float(np.square(block, dtype=np.float64).sum()) / self.channels
        self.cut += np.array([_flat(channel) + _flat(-channel) for channel in block.T], np.int64)
        self.beyond += (np.abs(block) > 1.0).sum(axis=0)

    @property
    def faults(self) -> tuple[str, ...]:
        """Which of FAULTS it has: no sound at all, channels that cancel one another in the mix, hardly more
        than the steps of 16 bits, an offset (DC) that is large or larger than the sound, peaks that were cut
        off, samples beyond full scale."""
        if not self.frames:
            return ()
        found = []
        mixed, of_channels = self.power / self.frames, self.of_channels / self.frames
        if self.channels > 1 and of_channels > _STEP**2 and mixed * self.channels < _CANCELLED * of_channels:
            found.append(CANCELLED)
        elif self.high - self.low < _STEP:
            return (SILENT,)
        elif self.high - self.low < _FAINT * _STEP:
            found.append(FAINT)
        mean = abs(self.total / self.frames)
        sound = np.sqrt(max(mixed - mean * mean, 0.0))
        if any(mean > least and mean > share * sound for least, share in _OFFSETS):
            found.append(OFFSET)
        if self.cut.max() > _CLIPPED * self.frames:
            found.append(CLIPPED)
        if self.beyond.max() > _CLIPPED * self.frames:
            found.append(BEYOND)
        return tuple(found)


def _flat(channel: NDArray[np.float32]) -> int:
    """Samples in a row of three or more at the highest value, where that is far more frequent than the next
    to it or far from it: a wave is rounded there, a wave that was cut is not."""
    peak = channel.max()
    if peak < _LOUD:
        return 0
    at = channel == peak
    inner = int((at[:-2] & at[1:-1] & at[2:]).sum())
    if not inner:
        return 0
    below = channel[~at]
    if not len(below):
        return inner
    second = below.max()
    next_to_it = int((below == second).sum())
    return inner if at.sum() >= _SPIKE * next_to_it or peak - second > _LEAP * peak else 0
