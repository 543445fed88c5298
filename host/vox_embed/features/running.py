"""Running means of feature frames: an exponential mean a band in integers, as the device takes it off."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import less_running_mean
from vox_embed.spec.model_format import MAX_RUNNING_SHIFT, NormMode, NormParams


@dataclass(frozen=True)
class RunningMean:
    """start: int16 [bands], the means that every stream and every clip begins with, in feature units.
    shift: the time constant is 2^shift frames, 1..MAX_RUNNING_SHIFT.
    """

    start: NDArray[np.int16]
    shift: int

    def __post_init__(self) -> None:
        if not 1 <= self.shift <= MAX_RUNNING_SHIFT:
            raise ValueError(f"shift {self.shift} must be from 1 to {MAX_RUNNING_SHIFT}")

    def started_at(self, mean: NDArray[np.float64]) -> RunningMean:
        """The same that starts at these means, rounded."""
        return replace(self, start=np.clip(np.round(mean), -32768, 32767).astype(np.int16))

    def take_off(self, frames: NDArray[np.int16]) -> NDArray[np.int16]:
        """int16 [frames, bands] of a stream from its first frame on -> the same less its running means."""
        bands = len(self.start)
        at = NormParams.SIZE
        ones = np.ones(bands, "<i2").tobytes()  # offsets and multipliers: there must be some
        section = NormParams(NormMode.RUNNING, bands, 0, 0, at, at).pack() + ones + self.tables()
        return less_running_mean(section, np.ascontiguousarray(frames))

    def tables(self) -> bytes:
        """What follows the multipliers in NORM."""
        return self.start.astype("<i2").tobytes() + self.shift.to_bytes(2, "little")


def running_shift(time_constant_ms: float, hop_ms: float) -> int:
    """The shift whose 2^shift frames are nearest to the time constant."""
    frames = max(time_constant_ms / hop_ms, 1.0)
    return int(np.clip(np.round(np.log2(frames)), 1, MAX_RUNNING_SHIFT))
