"""What the sound of a clip says by itself: how loud it is, how much that changes, how bright it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Level = tuple[float, float, float]
"""Level in dB of full scale, dB between loud and quiet frames, Hz of half the zero crossings' rate."""

_FRAME_MS = 25.0


def level_of(clip: NDArray[np.int16], rate: int) -> Level:
    """Of int16 samples at `rate` Hz."""
    samples = clip.astype(np.float64) / 32768
    if not len(samples):
        return -100.0, 0.0, 0.0
    level = _db(np.array([np.mean(samples**2)]))[0]
    size = max(1, round(_FRAME_MS * rate / 1000))
    frames = samples[: max(1, len(samples) // size) * size]
    frames = frames.reshape(-1, size) if len(frames) >= size else frames[None]
    quiet, loud = np.percentile(_db((frames**2).mean(axis=1)), (10, 90))
    crossings = np.count_nonzero(np.diff(np.signbit(samples))) / max(1, len(samples) - 1)
    return float(level), float(loud - quiet), float(crossings * rate / 2)


def _db(powers: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = 10 * np.log10(np.maximum(powers, 1e-10))
    return found
