"""Changes of log-mel frames while training: [frames, bands] float32, Q9 log2 energy, as the front end gives
them.

What a room, a microphone or another speaker does to energies can be done to their logarithms, at a fraction
of the cost of doing it to sound: noise is a sum of energies, a microphone a sum of logarithms, a shorter
vocal tract a warped frequency axis, a slower speaker a stretched time axis.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vox_embed.features import LogMel
from vox_embed.features.mel import hz_to_mel, mel_to_hz

Frames = NDArray[np.float32]

OCTAVE = 512.0
"""Steps of Q9 log2 energy in a factor of two."""
_DB = OCTAVE / 3.0102999566
_WARPS = 18


def steps(decibels: float) -> np.float32:
    """Decibels of energy as steps of Q9 log2."""
    return np.float32(decibels * _DB)


def added(one: Frames, other: Frames) -> Frames:
    """The sum of two energies."""
    high = np.maximum(one, other)
    apart = np.minimum(np.abs(one - other), np.float32(16 * OCTAVE))
    total: Frames = high + np.float32(OCTAVE) * np.log2(1 + np.exp2(-apart / np.float32(OCTAVE)))
    return total


def quantile(values: NDArray[np.float32], share: float) -> float:
    """As numpy's, of a few values, in a twentieth of its time: every example asks for some."""
    ordered = np.sort(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    low, high = float(ordered[below]), float(ordered[min(below + 1, len(ordered) - 1)])
    return low + (high - low) * (place - below)


def loudness(frames: Frames) -> float:
    """Mean over the bands in the loudest tenth of the frames."""
    return quantile(frames.mean(axis=1), 0.9)


def active(frames: Frames) -> NDArray[np.bool_]:
    """[frames]: within 25 dB of the loud ones."""
    level = frames.mean(axis=1)
    loud: NDArray[np.bool_] = level > quantile(level, 0.95) - float(steps(25))
    return loud


def masked(frames: Frames, bands: int, times: int, rng: np.random.Generator) -> None:
    """Sets two stretches of at most `bands` bands and two of at most `times` frames to 0, in place."""
    for most, axis in ((bands, 1), (bands, 1), (times, 0), (times, 0)):
        size = int(rng.integers(0, most + 1))
        first = int(rng.integers(0, frames.shape[axis] - size + 1))
        if axis:
            frames[:, first : first + size] = 0
        else:
            frames[first : first + size] = 0


def warps(front: LogMel, low: float = 0.84, high: float = 1.18) -> NDArray[np.float32]:
    """Matrices [n, bands, bands]: frames @ one of them has its frequencies divided by a factor from low
    to high."""
    bottom, top = hz_to_mel(front.fmin, front.mel), hz_to_mel(front.fmax, front.mel)
    bands = front.bands
    centres = [mel_to_hz(bottom + (top - bottom) * (b + 1) / (bands + 1), front.mel) for b in range(bands)]
    made = np.zeros((_WARPS, bands, bands), np.float32)
    for matrix, factor in zip(made, np.linspace(low, high, _WARPS), strict=True):
        for b, centre in enumerate(centres):
            mel = hz_to_mel(min(centre * factor, front.fmax), front.mel)
            place = float(np.clip((mel - bottom) / (top - bottom) * (bands + 1) - 1, 0, bands - 1))
            below = min(int(place), bands - 2)
            matrix[below, b] += 1 - (place - below)
            matrix[below + 1, b] += place - below
    return made


def stretched(
    frames: Frames, slowest: float, fastest: float, wobble: float, rng: np.random.Generator
) -> tuple[Frames, NDArray[np.float64]]:
    """Said at another speed, which changes on the way.

    slowest, fastest: limits of the mean speed, 1 being as it is. wobble: spread of the logarithm of the
    speed, drawn anew about every seventh frame. Returns the frames, and for each of the old frames' borders
    [n + 1] where it is now.
    """
    count = len(frames)
    knots = max(2, count // 7 + 2)
    mean = rng.uniform(np.log(slowest), np.log(fastest))
    speeds = np.exp(mean + np.clip(rng.normal(0, wobble, knots), -2 * wobble, 2 * wobble))
    places = np.arange(knots) + rng.uniform(-0.5, 0.5)
    now = np.concatenate([[0.0], np.cumsum(1 / np.interp(np.arange(count) / 7.0, places, speeds))])
    at = np.interp(np.arange(max(2, int(now[-1]))), now, np.arange(count + 1))
    below = np.clip(at.astype(np.int64), 0, max(0, count - 2))
    part = (at - below).astype(np.float32)
    if rng.random() < 0.7:  # whole frames: what lies between two is softer than either
        return frames[np.minimum(below + (part > rng.random()), count - 1)], now
    part = part[:, None]
    changed: Frames = frames[below] * (1 - part) + frames[np.minimum(below + 1, count - 1)] * part
    return changed, now


def equalised(frames: Frames, rng: np.random.Generator, decibels: float = 8.0) -> Frames:
    """Another microphone: a smooth curve over the bands."""
    bands = frames.shape[1]
    knots = int(rng.integers(3, 7))
    curve = np.interp(np.linspace(0, 1, bands), np.linspace(0, 1, knots), rng.normal(0, 1, knots))
    return frames + (curve * rng.uniform(0, decibels)).astype(np.float32) * steps(1)


def gated(frames: Frames, rng: np.random.Generator) -> Frames:
    """Noise suppression as telephones and codecs do it: what is soft becomes softer, down to a floor."""
    level = frames.mean(axis=1)
    threshold = quantile(level, 0.97) - float(steps(rng.uniform(15, 40)))
    lower = np.minimum(np.maximum(threshold - level, 0) * rng.uniform(0.3, 2.0), 16 * OCTAVE)
    softer: Frames = np.maximum(frames - lower[:, None].astype(np.float32), np.float32(rng.uniform(0, 4000)))
    return softer


def styled(frames: Frames, model: Frames, rng: np.random.Generator) -> Frames:
    """Some way towards the mean and spread that each band has in `model`, the overall level kept."""
    mean, spread = frames.mean(axis=0), frames.std(axis=0) + 64
    other, theirs = model.mean(axis=0), model.std(axis=0) + 64
    way = np.float32(rng.random())
    ratio = np.clip(theirs / spread, 0.6, 1.5)
    moved = mean + way * ((other - other.mean()) - (mean - mean.mean()))
    changed: Frames = (frames - mean) * (1 + way * (ratio - 1)) + moved
    return changed
