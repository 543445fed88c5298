"""Voices with known pitch, and the YIN estimator (de Cheveigne and Kawahara, 2002) in float64."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def voice(f0: Floats, rate: int, seed: int = 0, noise_db: float = -60.0) -> Floats:
    """Harmonics of f0[n] Hz below 0.45 rate, falling as 1 / k, with noise that much below; peak 1."""
    phase = 2 * np.pi * np.cumsum(f0) / rate
    sound = np.zeros(len(f0))
    for harmonic in range(1, int(0.45 * rate / f0.min()) + 1):
        sound += np.where(harmonic * f0 < 0.45 * rate, np.cos(harmonic * phase + harmonic) / harmonic, 0)
    noise = np.random.default_rng(seed).normal(size=len(f0))
    sound += noise * np.sqrt(np.mean(sound**2)) * 10 ** (noise_db / 20)
    return sound / np.abs(sound).max()


def yin(
    frame: Floats, rate: int, lowest: float = 55.0, highest: float = 600.0, threshold: float = 0.15
) -> float:
    """F0 in Hz, 0 where the cumulative mean normalised difference stays above the threshold."""
    longest = int(rate / lowest) + 1
    width = len(frame) - longest - 1
    difference = np.array(
        [np.sum((frame[:width] - frame[lag : lag + width]) ** 2) for lag in range(longest + 2)]
    )
    sums = np.cumsum(difference[1:])
    normalised = np.ones(longest + 2)
    normalised[1:] = difference[1:] * np.arange(1, longest + 2) / np.maximum(sums, 1e-12)
    for lag in range(int(rate / highest), longest + 1):
        if normalised[lag] < threshold and normalised[lag] <= normalised[lag + 1]:
            a, b, c = difference[lag - 1 : lag + 2]
            bend = a - 2 * b + c
            return rate / (lag + (0.5 * (a - c) / bend if bend > 0 else 0.0))
    return 0.0


def semitones(hz: Floats) -> Floats:
    return 12 * np.log2(np.asarray(hz) / 27.5)
