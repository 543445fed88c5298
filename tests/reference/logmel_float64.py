"""Log-mel in float64, straight from the definition in docs/numerics.md; shares no code with the library."""

import numpy as np


def _hz_to_mel(hz, scale):
    hz = np.asarray(hz, dtype=np.float64)
    if scale == "htk":
        return 2595.0 * np.log10(1.0 + hz / 700.0)
    return np.where(
        hz < 1000.0, 3.0 * hz / 200.0, 15.0 + 27.0 * np.log(np.maximum(hz, 1.0) / 1000.0) / np.log(6.4)
    )


def _mel_to_hz(mel, scale):
    if scale == "htk":
        return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    return np.where(mel < 15.0, 200.0 * mel / 3.0, 1000.0 * np.exp(np.log(6.4) * (mel - 15.0) / 27.0))


def mel_matrix(sample_rate, fft_size, bands, fmin, fmax, *, mel="htk"):
    """float64 [bands, fft_size / 2 + 1]: triangles of peak 1, linear in Hz."""
    edges = _mel_to_hz(np.linspace(_hz_to_mel(fmin, mel), _hz_to_mel(fmax, mel), bands + 2), mel)
    bins = np.arange(fft_size // 2 + 1) * (sample_rate / fft_size)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.maximum(0.0, np.minimum(rising, falling))


def taper(length, kind="hann"):
    mean = {"hann": 0.5, "hamming": 0.54}[kind]
    return mean - (1.0 - mean) * np.cos(2.0 * np.pi * np.arange(length) / length)


def energies(samples, *, sample_rate, window, hop, fft_size, bands, fmin, fmax, mel="htk", kind="hann"):
    """int16 [samples] -> float64 [frames, bands], in squared sample units."""
    x = np.asarray(samples, dtype=np.float64)
    if len(x) < window:
        return np.zeros((0, bands))
    frames = np.lib.stride_tricks.sliding_window_view(x, window)[::hop] * taper(window, kind)
    power = np.abs(np.fft.rfft(frames, fft_size)) ** 2
    return power @ mel_matrix(sample_rate, fft_size, bands, fmin, fmax, mel=mel).T


def logmel(samples, **settings):
    """log2 of the energies, floored at 0."""
    return np.log2(np.maximum(energies(samples, **settings), 1.0))


DB_PER_OCTAVE = 10.0 * np.log10(2.0)
