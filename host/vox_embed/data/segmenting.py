"""Where somebody speaks in a recording: by energy, or by the probabilities of a detector; cut to length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vox_embed.data.audio import probe, read_blocks

FRAME = 0.01
"""Seconds of a level."""
_LEAST_DB = 9.0
"""By which speech is above the noise; where all frames are closer together there is none, or nothing else."""
_LOUD = -45.0
"""dB of full scale: a recording without pauses is speech where its frames are louder."""

Spans = list[tuple[float, float]]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Limits:
    """Seconds. min_length: shorter pieces are left out. max_length: longer ones are cut where they are
    quietest.
    min_pause: shorter pauses belong to what is around them. padding: kept on both sides."""

    min_length: float = 0.3
    max_length: float = 15.0
    min_pause: float = 0.3
    padding: float = 0.1


def levels_of(file: str | Path) -> Floats:
    """dB of full scale, a value every FRAME; block after block."""
    length = max(1, round(FRAME * probe(file).sample_rate))
    powers = np.concatenate([np.zeros(0), *_powers(file, length)])
    levels: Floats = 10 * np.log10(np.maximum(powers, 1e-10))
    return levels


def _powers(file: str | Path, length: int) -> Iterator[Floats]:
    left = np.zeros(0)
    for block in read_blocks(file):
        mix = np.concatenate([left, block.mean(axis=1, dtype=np.float64)])
        whole = len(mix) // length
        yield np.square(mix[: whole * length]).reshape(whole, length).mean(axis=1)
        left = mix[whole * length :]
    if len(left):
        yield np.array([np.square(left).mean()])


def speech_by_energy(levels: Floats) -> NDArray[np.bool_]:
    """[frames] louder than the noise of the recording by a third of what speech is, with hysteresis."""
    if not len(levels):
        return np.zeros(0, bool)
    smooth = np.convolve(np.pad(levels, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    floor, loud = np.percentile(smooth, (10, 95))
    if loud - floor < _LEAST_DB:
        return np.full(len(levels), loud > _LOUD)
    start = floor + max(6.0, (loud - floor) / 3)
    return hysteresis(smooth, start, start - 3.0)


def hysteresis(values: Floats, start: float, end: float) -> NDArray[np.bool_]:
    """True from where values reach `start` until they are below `end`."""
    state = np.where(values >= start, 1, np.where(values < end, 0, -1))
    known = np.maximum.accumulate(np.where(state >= 0, np.arange(len(state)), 0))
    return np.asarray(state[known] == 1)


def segments(speech: NDArray[np.bool_], loudness: Floats, frame: float, limits: Limits) -> Spans:
    """Spans in seconds, in order. loudness: [frames], by which long ones are cut; frame: seconds of one."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], speech.astype(np.int8), [0]])))
    joined: list[list[int]] = []
    for first, end in edges.reshape(-1, 2).tolist():
        if joined and (first - joined[-1][1]) * frame < limits.min_pause:
            joined[-1][1] = end
        else:
            joined.append([first, end])
    spans: Spans = []
    total, pad = len(speech), round(limits.padding / frame)
    most = max(1, int(limits.max_length / frame))
    for first, end in joined:
        if (end - first) * frame < limits.min_length:
            continue
        before = round(spans[-1][1] / frame) if spans else 0
        padded = max(before, first - pad), min(total, end + pad)
        spans += [(a * frame, b * frame) for a, b in _cut(*padded, loudness, most)]
    return spans


def _cut(first: int, end: int, loudness: Floats, most: int) -> Iterator[tuple[int, int]]:
    """Pieces of at most so many frames, cut at the quietest of the middle."""
    if end - first <= most:
        yield first, end
        return
    quarter = max(1, min(most, end - first) // 4)
    low, high = first + quarter, min(first + most, end - 1)
    at = low + int(np.argmin(loudness[low:high])) if high > low else first + most
    yield first, at
    yield from _cut(at, end, loudness, most)
