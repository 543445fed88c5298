"""A machine that runs, and subtle faults of it: sounds for detectors of anomalies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 8000
FAULTS = ("bearing", "imbalance", "leak")


def machine(seed: int, fault: str | None = None, seconds: float = 2.0) -> NDArray[np.int16]:
    """A motor with gears: harmonics of a speed that wanders, a mesh that they modulate, a fan's noise; each
    recording has a speed, load and level of its own.

    bearing: short resonances, 5 to 9 a second, 20 dB below the rest. imbalance: the second harmonic 8 dB
    above its place. leak: a hiss of one octave, 14 dB below the fan's noise in all.
    """
    rng = np.random.default_rng([seed, 0 if fault is None else 1 + FAULTS.index(fault)])
    n = round(seconds * RATE)
    t = np.arange(n) / RATE
    speed = rng.uniform(45, 60) * (
        1 + 0.01 * np.sin(2 * np.pi * rng.uniform(0.2, 0.6) * t + rng.uniform(0, 6))
    )
    phase = 2 * np.pi * np.cumsum(speed) / RATE
    levels = np.array([1.0, 0.5, 0.35, 0.2, 0.12]) * 10 ** (rng.normal(0, 1, 5) / 20)
    if fault == "imbalance":
        levels[1] *= 10 ** (8 / 20)
    sound = sum(level * np.sin((i + 1) * phase + rng.uniform(0, 6)) for i, level in enumerate(levels))
    mesh = 0.15 * (1 + 0.3 * np.sin(phase)) * np.sin(23 * phase)
    fan = _band(rng.normal(0, 1, n), 100, 2500)
    sound = sound + mesh + 0.25 * fan
    rms = float(np.sqrt(np.mean(sound**2)))
    if fault == "leak":
        hiss = _band(rng.normal(0, 1, n), 1800, 3600)
        sound = sound + 0.25 * 10 ** (-14 / 20) * hiss
    if fault == "bearing":
        hits = np.zeros(n)
        hits[(np.arange(rng.uniform(0, 0.1), seconds, 1 / rng.uniform(5, 9)) * RATE).astype(int)] = 1.0
        ring = np.exp(-t[:400] * 120) * np.sin(2 * np.pi * rng.uniform(2600, 3000) * t[:400])
        knock = np.convolve(hits, ring)[:n]
        sound = sound + knock * rms * 10 ** (-20 / 20) / float(np.sqrt(np.mean(knock**2)))
    gain = 3000 * 10 ** (rng.uniform(-2, 2) / 20) / rms
    return np.clip(np.rint(sound * gain), -32768, 32767).astype(np.int16)


def _band(noise: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(noise)
    frequencies = np.fft.rfftfreq(len(noise), 1 / RATE)
    spectrum[(frequencies < low) | (frequencies > high)] = 0
    band = np.fft.irfft(spectrum, len(noise))
    made: NDArray[np.float64] = band / np.sqrt(np.mean(band**2))
    return made
