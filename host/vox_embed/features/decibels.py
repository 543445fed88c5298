"""Spectrograms as auDeep's autoencoders see them: decibels below the loudest point, scaled to -1 .. 1."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from vox_embed.experiment.errors import VoxError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST_POWER = 1e-20
"""Of a bin, beside samples within -1 .. 1: what silence counts as."""


@dataclass(frozen=True)
class Spectrum:
    """How spectrograms are computed. window, overlap: seconds. mel: bands, or None for the bins of the
    Fourier transform. clip_above, clip_below: decibels re the loudest point of a spectrogram, or None.
    full_scale: decibels re a sine of full scale instead, as a stream has them that knows no end; from
    clip_below, which it needs, to 0 they become -1 to 1.
    """

    window: float = 0.04
    overlap: float = 0.02
    mel: int | None = None
    clip_above: float | None = None
    clip_below: float | None = None
    full_scale: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.window <= 10:
            raise VoxError(
                f"--window-width {self.window:g}: windows are longer than 0 and at most 10 seconds"
            )
        if not 0 <= self.overlap < self.window:
            raise VoxError(
                f"--window-overlap {self.overlap:g}: windows of {self.window:g} s overlap by less than that",
                "half a window is usual",
            )
        for option, level in (("--clip-above", self.clip_above), ("--clip-below", self.clip_below)):
            if level is not None and not np.isfinite(level):
                raise VoxError(f"{option} {level:g}: a level in decibels", "for example --clip-below -60")
        if self.mel is not None and not 1 <= self.mel <= 4096:
            raise VoxError(f"--mel-spectrum {self.mel}: 1 to 4096 bands")
        if (
            self.clip_above is not None
            and self.clip_below is not None
            and not self.clip_below < self.clip_above
        ):
            raise VoxError("--clip-below is not below --clip-above", "for example --clip-below -60")
        if self.clip_below is not None and self.clip_below >= 0:
            raise VoxError(
                f"--clip-below {self.clip_below:g}: nothing is above 0 dB, so all would be the same",
                "decibels below the loudest point are negative: --clip-below -60",
            )

    def frames(self, samples: int, rate: int) -> int:
        """How many frames so many samples have; 0: they are shorter than a window."""
        width, hop = self._samples(rate)
        return max(0, 1 + (samples - width) // hop)

    def _samples(self, rate: int) -> tuple[int, int]:
        width = round(self.window * rate)
        hop = width - round(self.overlap * rate)
        if width < 2 or hop < 1:
            raise VoxError(
                f"windows of {self.window:g} s that overlap by {self.overlap:g} s are {width} samples with a "
                f"hop of {hop} at {rate} Hz",
                "choose a larger --window-width",
            )
        return width, hop

    def bins(self, rate: int) -> int:
        """Values of a frame."""
        return self.mel if self.mel is not None else self._samples(rate)[0] // 2 + 1

    def decibels(self, samples: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
        """float [samples] within -1 .. 1 -> [frames, bins], in decibels re the loudest point, clipped."""
        width, hop = self._samples(rate)
        frames = np.lib.stride_tricks.sliding_window_view(samples, width)[::hop]
        window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(width) / width)  # periodic Hann
        power: NDArray[np.float64] = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
        if self.mel is not None:
            power = power @ mel_weights(self.mel, width, rate).T
        reference = (width / 4) ** 2 if self.full_scale else max(float(power.max(initial=0.0)), _LEAST_POWER)
        values = 10 * np.log10(np.maximum(power, _LEAST_POWER) / reference)
        low = -np.inf if self.clip_below is None else self.clip_below
        high = np.inf if self.clip_above is None else self.clip_above
        clipped: NDArray[np.float64] = np.clip(values, low, high)
        return clipped

    def spectrogram(self, samples: NDArray[np.float64], rate: int) -> NDArray[np.float32]:
        """`decibels`, scaled so that its lowest value is -1 and its highest 1, or by `full_scale`. Silence is
        -1 all over."""
        values = self.decibels(samples, rate)
        if self.full_scale:
            assert self.clip_below is not None
            return (1 - 2 * np.minimum(values, 0.0) / self.clip_below).astype(np.float32)
        low, high = float(values.min()), float(values.max())
        if high - low < 1e-9:
            return np.full(values.shape, -1, np.float32)
        return (2 * (values - low) / (high - low) - 1).astype(np.float32)


@lru_cache(maxsize=4)
def mel_weights(bands: int, width: int, rate: int) -> NDArray[np.float64]:
    """Triangles [bands, width // 2 + 1], equally wide on the mel scale 2595 log10(1 + f / 700) (HTK book,
    5.4), from 0 Hz to half the rate, 1 at their top. A band narrower than a bin takes the bin nearest to its
    middle: no band is empty.
    """
    top = 2595 * np.log10(1 + rate / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, bands + 2) / 2595) - 1)
    bins = np.arange(width // 2 + 1) * rate / width
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    weights = np.maximum(0, np.minimum(rising, falling))
    empty = np.flatnonzero(weights.sum(axis=1) == 0)
    weights[empty, np.abs(bins - edges[1:-1, None][empty]).argmin(axis=1)] = 1
    return weights
