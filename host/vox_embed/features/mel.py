"""Mel scales and the triangles between mel-spaced edges, as docs/numerics.md defines them.

Scalar `math` instead of numpy's vector functions: the same libm result on every CPU, so that the tables
made from it are the same bytes everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

MelScale = Literal["htk", "slaney"]

# Slaney's scale (Auditory Toolbox, 1998): linear below 1 kHz, then 27 steps for every factor of 6.4.
_SLANEY_HZ_PER_MEL = 200.0 / 3.0
_SLANEY_BREAK_HZ = 1000.0
_SLANEY_BREAK_MEL = _SLANEY_BREAK_HZ / _SLANEY_HZ_PER_MEL
_SLANEY_LOG_STEP = math.log(6.4) / 27.0


def _htk_mel(hz: float) -> float:
    return 2595.0 * math.log10(1.0 + hz / 700.0)


def _htk_hz(mel: float) -> float:
    return 700.0 * (math.pow(10.0, mel / 2595.0) - 1.0)


def _slaney_mel(hz: float) -> float:
    if hz < _SLANEY_BREAK_HZ:
        return hz / _SLANEY_HZ_PER_MEL
    return _SLANEY_BREAK_MEL + math.log(hz / _SLANEY_BREAK_HZ) / _SLANEY_LOG_STEP


def _slaney_hz(mel: float) -> float:
    if mel < _SLANEY_BREAK_MEL:
        return mel * _SLANEY_HZ_PER_MEL
    return _SLANEY_BREAK_HZ * math.exp((mel - _SLANEY_BREAK_MEL) * _SLANEY_LOG_STEP)


_TO_MEL: dict[str, Callable[[float], float]] = {"htk": _htk_mel, "slaney": _slaney_mel}
_TO_HZ: dict[str, Callable[[float], float]] = {"htk": _htk_hz, "slaney": _slaney_hz}
MEL_SCALES = tuple(_TO_MEL)


def hz_to_mel(hz: float, scale: MelScale) -> float:
    """Mel of a frequency in Hz (>= 0). HTK: O'Shaughnessy 1987; Slaney: Auditory Toolbox 1998."""
    return _TO_MEL[scale](hz)


def mel_to_hz(mel: float, scale: MelScale) -> float:
    """Inverse of `hz_to_mel`."""
    return _TO_HZ[scale](mel)


def mel_edges(bands: int, fmin: float, fmax: float, scale: MelScale) -> tuple[float, ...]:
    """The bands + 2 edges in Hz, equally spaced in mel from fmin to fmax.

    Band b rises from edge b to edge b + 1 and falls to edge b + 2.
    """
    low, high = hz_to_mel(fmin, scale), hz_to_mel(fmax, scale)
    inner = (mel_to_hz(low + (high - low) * i / (bands + 1), scale) for i in range(1, bands + 1))
    return (fmin, *inner, fmax)


def segment_bins(edges: tuple[float, ...], bin_hz: float) -> tuple[int, ...]:
    """First FFT bin at or above each edge; an edge within 1e-9 of a bin lies on it."""
    return tuple(math.ceil(edge / bin_hz - 1e-9) for edge in edges)


def rising_weights(edges: tuple[float, ...], firsts: tuple[int, ...], bin_hz: float) -> tuple[float, ...]:
    """Position of bins firsts[0]..firsts[-1] - 1 in their segments: 0 at the lower edge, 1 at the upper."""
    weights = []
    for s in range(len(edges) - 1):
        width = edges[s + 1] - edges[s]
        for k in range(firsts[s], firsts[s + 1]):
            weights.append(min(max((k * bin_hz - edges[s]) / width, 0.0), 1.0))
    return tuple(weights)


def first_empty_band(
    sample_rate: int, fft_size: int, bands: int, *, fmin: float, fmax: float, scale: MelScale
) -> int | None:
    """The lowest band in which no FFT bin has a Q15 weight above 0, None if every band hears something."""
    edges = mel_edges(bands, fmin, fmax, scale)
    bin_hz = sample_rate / fft_size
    firsts = segment_bins(edges, bin_hz)
    weights = [round(32768 * w) for w in rising_weights(edges, firsts, bin_hz)]
    for band in range(bands):
        rising = weights[firsts[band] - firsts[0] : firsts[band + 1] - firsts[0]]
        falling = weights[firsts[band + 1] - firsts[0] : firsts[band + 2] - firsts[0]]
        if not any(w > 0 for w in rising) and not any(w < 32768 for w in falling):
            return band
    return None
