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


VOWELS = {  # F1..F3 in Hz of men, Peterson and Barney (1952)
    "i": (270, 2290, 3010),
    "e": (530, 1840, 2480),
    "a": (730, 1090, 2440),
    "o": (570, 840, 2410),
    "u": (300, 870, 2240),
    "er": (490, 1350, 1690),
}


def vowel(formants: tuple[float, ...], f0: float, rate: int, seconds: float = 0.5) -> Floats:
    """Pulses that fall by 12 dB an octave through resonances (F4, F5: 3.5, 4.5 kHz), radiated; peak 1."""
    from scipy.signal import lfilter

    high = 96000
    n = int(high * seconds)
    sound = np.diff(np.floor(np.arange(n + 1) * f0 / high))
    for pole in (0.9985**0.5, 0.9985**0.5):
        sound = lfilter([1], [1, -pole], sound)
    for hz, width in zip((*formants, 3500.0, 4500.0), (60, 90, 120, 150, 200), strict=True):
        radius = np.exp(-np.pi * width / high)
        a = [1, -2 * radius * np.cos(2 * np.pi * hz / high), radius**2]
        sound = lfilter([sum(a)], a, sound)
    sound = np.diff(sound, prepend=0.0)
    import soxr

    sound = np.asarray(soxr.resample(sound, high, rate, "VHQ"), dtype=np.float64)
    return sound / np.abs(sound).max()


def lpc_formants(frame: Floats, rate: int) -> Floats:
    """The three lowest resonances of a predictor of order 8 at 8 kHz."""
    from scipy.linalg import solve_toeplitz
    from scipy.signal import resample_poly

    frame = np.diff(resample_poly(frame, 8000, rate))
    frame *= 1 - ((2 * np.arange(len(frame)) + 1) / len(frame) - 1) ** 2
    r = np.array([frame[lag:] @ frame[: len(frame) - lag] for lag in range(9)])
    a = np.append(1.0, -solve_toeplitz(r[:8] * np.append(1.0002, np.ones(7)), r[1:]))
    hz = np.sort(np.angle(np.roots(a))) * 4000 / np.pi
    return np.asarray(hz[(hz > 100) & (hz < 3999)][:3], dtype=np.float64)


def pulses(
    f0: float, rate: int, jitter: float, shimmer: float, seed: int = 0
) -> tuple[Floats, Floats, Floats]:
    """One second of low-passed pulses whose periods and amplitudes vary evenly by +- jitter and +- shimmer.

    Returns the sound, the periods in samples, the amplitudes.
    """
    rng = np.random.default_rng(seed)
    sound, at = np.zeros(rate), 60.0
    around = np.arange(-40, 41)
    periods, amplitudes = [], []
    while at < rate - 60:
        periods.append(rate / f0 * (1 + jitter * rng.uniform(-1, 1)))
        amplitudes.append(1 + shimmer * rng.uniform(-1, 1))
        centre = round(at)
        away = around + centre - at
        sound[centre - 40 : centre + 41] += (
            amplitudes[-1] * np.sinc(0.4 * away) * np.exp(-0.5 * (away / 8) ** 2)
        )
        at += periods[-1]
    return sound, np.array(periods), np.array(amplitudes)


def low_passed(sound: Floats, rate: int, hz: float) -> Floats:
    from scipy.signal import butter, sosfiltfilt

    return np.asarray(sosfiltfilt(butter(8, hz, fs=rate, output="sos"), sound), dtype=np.float64)
