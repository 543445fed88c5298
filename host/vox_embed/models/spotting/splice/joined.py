"""Pieces as one sound."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vox_embed.models.spotting.splice.chosen import Half
from vox_embed.models.spotting.splice.inventory import Inventory

Float = NDArray[np.float32]

_FADE = 64
"""Samples to either side of a join that are blended (4 ms)."""
_HEARD, _RAMP = 320, 1600
"""Samples whose loudness is made the same on both sides of a join, and over how many that happens."""
_GAIN = 2.5


def joined(inventory: Inventory, halves: Sequence[Half]) -> Float:
    """Samples at 16 kHz, peak 0.95."""
    whole = np.zeros(0, np.float32)
    for recording, begin, end in _stretches(inventory, halves):
        samples = inventory.recordings[recording]
        piece = samples[max(0, begin - _FADE) : end + _FADE].astype(np.float32) / np.float32(32768)
        whole = _append(whole, piece) if len(whole) else piece
    fade = min(_FADE, len(whole) // 2)
    rising = np.linspace(0, 1, fade, dtype=np.float32)
    whole[:fade] *= rising
    whole[len(whole) - fade :] *= rising[::-1]
    peak: Float = whole * np.float32(0.95 / max(1e-9, float(np.abs(whole).max(initial=0.0))))
    return peak


def _stretches(inventory: Inventory, halves: Sequence[Half]) -> list[tuple[int, int, int]]:
    """(recording, begin, end) in samples; halves that followed each other are one."""
    found: list[tuple[int, int, int]] = []
    for sound, second in halves:
        begin, end = int(inventory.begins[sound]), int(inventory.ends[sound])
        middle = (begin + end) // 2
        recording = int(inventory.recording[sound])
        start, stop = (middle, end) if second else (begin, middle)
        if found and found[-1][0] == recording and found[-1][2] == start:
            start = found.pop()[1]
        found.append((recording, start, stop))
    return found


def _append(whole: Float, piece: Float) -> Float:
    """With the same loudness where they meet."""
    ratio = _loudness(whole[-_HEARD:]) / _loudness(piece[:_HEARD])
    gain = float(np.clip(np.sqrt(ratio), 1 / _GAIN, _GAIN))
    falling, rising = min(len(whole), _RAMP), min(len(piece), _RAMP)
    whole, piece = whole.copy(), piece.copy()
    whole[-falling:] *= np.linspace(1, 1 / gain, falling, dtype=np.float32)
    piece[:rising] *= np.linspace(gain, 1, rising, dtype=np.float32)
    size = min(2 * _FADE, len(whole), len(piece))
    share = np.linspace(0, 1, size, dtype=np.float32)
    blend = whole[-size:] * (1 - share) + piece[:size] * share
    return np.concatenate([whole[:-size], blend, piece[size:]])


def _loudness(sound: Float) -> float:
    return float(np.sqrt((sound**2).mean())) + 1e-4
