"""What lies between a mouth and a recording: room, noise, microphone, level. All float32, full scale 1.0."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Signal = NDArray[np.float32]

_TINY = 1e-9


def decibels(ratio: float) -> float:
    """Amplitude ratio in dB."""
    return 20 * float(np.log10(max(ratio, _TINY)))


def rms(signal: Signal) -> float:
    """Root mean square."""
    return float(np.sqrt(np.mean(np.square(signal, dtype=np.float64)))) if len(signal) else 0.0


def coloured_noise(rng: np.random.Generator, length: int, exponent: float) -> Signal:
    """Gaussian noise whose power falls as 1/f^exponent (0 white, 1 pink, 2 brown); RMS 1."""
    spectrum = np.fft.rfft(rng.standard_normal(length).astype(np.float32))
    bins = np.arange(len(spectrum), dtype=np.float32)
    bins[0] = 1
    spectrum *= np.maximum(bins, length / 800) ** (-exponent / 2)  # flat below 20 Hz at 16 kHz: no rumble
    spectrum[0] = 0
    noise = np.fft.irfft(spectrum, length).astype(np.float32)
    return noise / max(rms(noise), _TINY)


def room(rng: np.random.Generator, rate: int, rt60: float) -> Signal:
    """Impulse response of a room: the direct sound, a few early reflections, and decaying noise.

    rt60: seconds in which the tail falls by 60 dB (Moorer, 1979: noise with an exponential envelope
    sounds like a room). The tail's high frequencies decay faster, as air and walls take them first.
    """
    length = max(1, int(min(rt60 * 1.2, 1.0) * rate))
    time = np.arange(length, dtype=np.float32) / rate
    tail = rng.standard_normal(length).astype(np.float32) * np.exp(-6.9 * time / rt60).astype(np.float32)
    dark = np.convolve(tail, np.full(5, 0.2, np.float32), mode="same")
    blend = np.minimum(time / rt60 * 2, 1).astype(np.float32)
    tail = tail * (1 - blend) + dark * blend
    gap = int(rng.uniform(0.002, 0.012) * rate)
    tail[:gap] = 0
    tail *= 10 ** (-rng.uniform(0, 15) / 20) / max(float(np.linalg.norm(tail)), _TINY)
    response = tail.astype(np.float32)
    response[0] += 1
    for _ in range(int(rng.integers(0, 5))):
        at = int(rng.uniform(0.001, 0.03) * rate)
        if at < length:
            response[at] += np.float32(rng.uniform(-0.5, 0.5))
    return response


def microphone(rng: np.random.Generator, bins: int, rate: int) -> Signal:
    """Amplitude response [bins] from 0 Hz to rate/2: tilt, bumps, lower and upper limit."""
    frequency = np.linspace(0, rate / 2, bins, dtype=np.float32)
    octaves = np.log2(np.maximum(frequency, 20) / 1000)
    gain = np.clip(rng.normal(0, 2.5), -6, 6) * octaves
    for _ in range(int(rng.integers(1, 5))):
        centre, width = rng.uniform(-3.5, 3), rng.uniform(0.2, 1.0)
        gain += rng.normal(0, 5) * np.exp(-(((octaves - centre) / width) ** 2))
    low = rng.uniform(30, 220)
    gain -= 10 * np.log10(1 + (low / np.maximum(frequency, 1)) ** (2 * rng.integers(1, 4)))
    if rng.random() < 0.35:
        high = rng.uniform(0.42, 0.95) * rate / 2
        gain -= 10 * np.log10(1 + (frequency / high) ** (2 * rng.integers(3, 11)))
    response: Signal = (10 ** (np.clip(gain, -70, 24) / 20)).astype(np.float32)
    return response


def filtered(signal: Signal, responses: list[Signal], amplitude: Signal | None, length: int) -> Signal:
    """Signal through impulse responses and then an amplitude response, cut to `length` samples.

    amplitude: [bins] of the transform, whose size is twice (bins - 1).
    """
    size = 2 * (len(amplitude) - 1) if amplitude is not None else 2 * length
    spectrum = np.fft.rfft(signal, size)
    for response in responses:
        spectrum *= np.fft.rfft(response, size)
    if amplitude is not None:
        spectrum *= amplitude
    return np.fft.irfft(spectrum, size)[:length].astype(np.float32)


def breathy(rng: np.random.Generator, voice: Signal, rate: int) -> Signal:
    """Adds breath to a voice: noise above 1 kHz or so that follows the loudness of the voice; peak 1."""
    window = max(1, rate // 100)
    power = np.convolve(np.square(voice), np.full(window, 1 / window, np.float32), mode="same")
    noise = coloured_noise(rng, len(voice), rng.uniform(-1.2, 0.5)) if len(voice) > 2 else voice
    mixed = voice + noise * np.sqrt(np.maximum(power, 0)) * np.float32(rng.uniform(0.05, 0.5))
    peak = max(float(np.abs(mixed).max()), _TINY)
    return np.asarray(mixed / peak, np.float32)


def hum(rng: np.random.Generator, length: int, rate: int) -> Signal:
    """Mains hum: 50 or 60 Hz and harmonics; RMS 1."""
    base = float(rng.choice([50.0, 60.0])) * (1 + rng.normal(0, 0.001))
    time = np.arange(length, dtype=np.float32) / rate
    signal = np.zeros(length, np.float32)
    for harmonic in range(1, int(rng.integers(2, 12))):
        phase = rng.uniform(0, 2 * np.pi)
        signal += (
            rng.random() / harmonic * np.sin(2 * np.pi * base * harmonic * time + phase).astype(np.float32)
        )
    return signal / max(rms(signal), _TINY)


def clicks(rng: np.random.Generator, length: int, rate: int) -> Signal:
    """Taps, clatter, footsteps: decaying resonant bursts; RMS 1."""
    signal = np.zeros(length, np.float32)
    for _ in range(int(rng.integers(1, 9))):
        size = int(rng.uniform(0.003, 0.12) * rate)
        time = np.arange(size, dtype=np.float32) / rate
        burst = rng.standard_normal(size).astype(np.float32)
        if rng.random() < 0.6:
            burst = burst * 0.3 + np.sin(2 * np.pi * rng.uniform(150, 0.4 * rate) * time).astype(np.float32)
        burst *= np.exp(-time * rng.uniform(3, 8) / (size / rate)).astype(np.float32) * rng.uniform(0.2, 1)
        at = int(rng.integers(-size // 2, length))
        first, last = max(at, 0), min(at + size, length)
        signal[first:last] += burst[first - at : last - at]
    return signal / max(rms(signal), _TINY)


def swell(rng: np.random.Generator, length: int) -> Signal:
    """A slow random envelope around 1: wind, water, traffic."""
    points = rng.uniform(0.15, 1.6, int(rng.integers(3, 16)))
    envelope: Signal = np.interp(
        np.linspace(0, len(points) - 1, length), np.arange(len(points)), points
    ).astype(np.float32)
    return envelope


def background(rng: np.random.Generator, length: int, rate: int) -> Signal:
    """Noise of a place without speech: colour, band and swell drawn at random, sometimes with hum; RMS 1."""
    noise = coloured_noise(rng, length, rng.uniform(-0.3, 2.3))
    if rng.random() < 0.4:
        noise = noise * swell(rng, length)
    if rng.random() < 0.3:
        frequency = np.linspace(0, 1, length // 2 + 1, dtype=np.float32)
        centre, width = rng.uniform(0.02, 0.8), rng.uniform(0.03, 0.4)
        shape = 0.05 + np.exp(-(((frequency - centre) / width) ** 2))
        noise = np.fft.irfft(np.fft.rfft(noise) * shape, length).astype(np.float32)
    if rng.random() < 0.15:
        noise = noise / max(rms(noise), _TINY) + rng.uniform(0.1, 1.5) * hum(rng, length, rate)
    return (noise / max(rms(noise), _TINY)).astype(np.float32)
