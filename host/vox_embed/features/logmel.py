"""Log-mel features: parameters, the tables that the C front end reads in place, and extraction through it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from vox_embed.experiment.errors import VoxError
from vox_embed.features.base import FeatureExtractor
from vox_embed.features.mel import (
    MEL_SCALES,
    MelScale,
    first_empty_band,
    mel_edges,
    rising_weights,
    segment_bins,
)
from vox_embed.features.tables import (
    ONE_Q15,
    TAPERS,
    Taper,
    log_table,
    packed,
    taper_table,
    taper_weights,
    twiddle_table,
)
from vox_embed.spec.model_format import (
    FEATURE_Q,
    MAX_BANDS,
    MAX_FFT,
    MIN_FFT,
    MIN_WINDOW,
    SAMPLE_RATES,
    FrontendKind,
    FrontendParams,
)

_DB_PER_DOUBLING = 10.0 * math.log10(2.0)
_ARITHMETIC = 1  # docs/numerics.md; rises when the same section would give other values


@dataclass(frozen=True)
class LogMel(FeatureExtractor):
    """Log2 of mel band energies, in Q9: a step of 512 is a factor of two in energy (3.01 dB).

    A value is round(512 * log2(E)), clipped to 0..32767, with E = sum over k of
    mel(k) * |rfft(window * x)[k]|^2 for int16 samples x: triangles of peak 1, linear in Hz between edges that
    are equally spaced in mel (Davis & Mermelstein 1980).

    sample_rate: Hz, one of SAMPLE_RATES. window: samples in a frame, 16..fft_size. hop: samples between
    frames, 1..window. fft_size: a power of two, 64..4096. bands: 1..128. fmin, fmax: outer edges in Hz,
    0 <= fmin < fmax <= sample_rate / 2. mel: "htk" or "slaney". taper: "hann" or "hamming", periodic.

    Raises VoxError where a value is out of range, or a band has no FFT bin inside.
    """

    sample_rate: int
    window: int
    hop: int
    fft_size: int
    bands: int
    fmin: float
    fmax: float
    mel: MelScale = "htk"
    taper: Taper = "hann"

    def __post_init__(self) -> None:
        self._check_ranges()
        self._check_names()
        self._check_bands()

    def _check_ranges(self) -> None:
        if self.sample_rate not in SAMPLE_RATES:
            raise VoxError(
                f"sample_rate {self.sample_rate} Hz is not supported",
                f"choose one of {', '.join(map(str, SAMPLE_RATES))}",
            )
        size = self.fft_size
        if not MIN_FFT <= size <= MAX_FFT or size & (size - 1):
            raise VoxError(
                f"fft_size {size} is not a power of two from {MIN_FFT} to {MAX_FFT}",
                f"{_power_of_two(self.window)} holds the window of {self.window} samples",
            )
        if not MIN_WINDOW <= self.window <= size:
            hint = f"at least {MIN_WINDOW} samples"
            if self.window > size:
                hint = f"use fft_size {_power_of_two(self.window)}, or a window of at most {size} samples"
                if self.window > MAX_FFT:
                    longest = 1000 * MAX_FFT / self.sample_rate
                    hint = f"use a window of at most {MAX_FFT} samples ({longest:.0f} ms)"
            raise VoxError(f"window of {self.window} samples does not fit fft_size {size}", hint)
        if not 1 <= self.hop <= self.window:
            raise VoxError(
                f"hop of {self.hop} samples must be from 1 to the window's {self.window}",
                "a longer hop would skip samples",
            )
        if not 1 <= self.bands <= MAX_BANDS:
            raise VoxError(f"{self.bands} mel bands: must be from 1 to {MAX_BANDS}", "40 is usual for speech")
        if not (math.isfinite(self.fmin) and math.isfinite(self.fmax)) or not 0 <= self.fmin < self.fmax:
            raise VoxError(
                f"mel limits {self.fmin} to {self.fmax} Hz are not rising from 0 up",
                "e.g. fmin 20, fmax 4000",
            )
        if self.fmax > self.sample_rate / 2:
            raise VoxError(
                f"fmax {self.fmax:g} Hz is above half the sampling rate of {self.sample_rate} Hz",
                f"use at most {self.sample_rate / 2:g}",
            )

    def _check_names(self) -> None:
        if self.mel not in MEL_SCALES:
            raise VoxError(f"unknown mel scale {self.mel!r}", f"choose one of {', '.join(MEL_SCALES)}")
        if self.taper not in TAPERS:
            raise VoxError(f"unknown window type {self.taper!r}", f"choose one of {', '.join(TAPERS)}")

    def _check_bands(self) -> None:
        band = self._empty_band()
        if band is None:
            return
        low, high = self.edges_hz[band], self.edges_hz[band + 2]
        raise VoxError(
            f"mel band {band} of {self.bands} ({low:.0f} to {high:.0f} Hz) contains no bin "
            f"of the {self.fft_size}-point FFT "
            f"(bins are {self.sample_rate / self.fft_size:.4g} Hz apart)",
            self._mend_empty_band(),
        )

    def _empty_band(self, fft_size: int = 0, bands: int = 0, fmin: float | None = None) -> int | None:
        return first_empty_band(
            self.sample_rate,
            fft_size or self.fft_size,
            bands or self.bands,
            fmin=self.fmin if fmin is None else fmin,
            fmax=self.fmax,
            scale=self.mel,
        )

    def _mend_empty_band(self) -> str:
        sizes = (1 << n for n in range(self.fft_size.bit_length(), MAX_FFT.bit_length()))
        size = next((s for s in sizes if self._empty_band(fft_size=s) is None), None)
        bands = next((b for b in range(self.bands - 1, 0, -1) if self._empty_band(bands=b) is None), None)
        limits = range(10 * (int(self.fmin) // 10 + 1), int(self.fmax), 10)
        fmin = next((f for f in limits if self._empty_band(fmin=float(f)) is None), None)
        ways = [
            *([f"fft_size {size}"] if size else []),
            *([f"{bands} bands"] if bands else []),
            *([f"fmin {fmin}"] if fmin is not None else []),
        ]
        return "use " + " or ".join(ways) if ways else "widen fmin..fmax"

    @property
    def description(self) -> str:
        """Bands and their limits."""
        return f"log-mel, {self.mel_bands}"

    @property
    def mel_bands(self) -> str:
        """Number and limits of the bands, in words."""
        return f"{self.bands} mel bands from {self.fmin:g} to {self.fmax:g} Hz"

    @property
    def names(self) -> tuple[str, ...]:
        """logmel_0 (lowest) .. logmel_<bands - 1>."""
        return tuple(f"logmel_{band}" for band in range(self.bands))

    @property
    def frame(self) -> LogMel:
        """Itself: what the spectrum is taken from."""
        return self

    @property
    def qs(self) -> tuple[int, ...]:
        """9 for all: values are log2 of energy times 512."""
        return (FEATURE_Q,) * self.bands

    @cached_property
    def edges_hz(self) -> tuple[float, ...]:
        """The bands + 2 mel edges in Hz; band b peaks at edges_hz[b + 1]."""
        return mel_edges(self.bands, self.fmin, self.fmax, self.mel)

    @cached_property
    def identity(self) -> str:
        """Front end, version of its arithmetic, and a hash of all its tables."""
        return f"logmel-{_ARITHMETIC}-{hashlib.sha256(self.section()).hexdigest()}"

    def level_of(self, dbfs: float) -> int:
        """By Parseval the bands' energies add up to half the FFT size times the windowed frame's energy."""
        energy = sum(w * w for w in taper_weights(self.window, self.taper))
        full = self.fft_size / 2 * 32768.0**2 / 2 * energy
        level = 512.0 * (math.log2(full) + dbfs / _DB_PER_DOUBLING)
        return int(np.clip(round(level), 0, 32767))

    def section(self) -> bytes:
        """FRNT section as vox/model_format.h lays it out: parameters, then tables at multiples of 4."""
        return self._section

    @cached_property
    def _section(self) -> bytes:
        offsets, body = packed(self.tables(), FrontendParams.SIZE)
        return self.parameters(FrontendKind.LOGMEL, self.bands, offsets) + body

    def tables(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """Taper, twiddles, edges, rising weights, logarithm: code of `struct` and values of each."""
        bin_hz = self.sample_rate / self.fft_size
        firsts = segment_bins(self.edges_hz, bin_hz)
        rise = rising_weights(self.edges_hz, firsts, bin_hz)
        return (
            ("H", taper_table(self.window, self.taper)),
            ("h", twiddle_table(self.fft_size)),
            ("H", firsts),
            ("H", tuple(round(ONE_Q15 * weight) for weight in rise)),
            ("H", log_table()),
        )

    def parameters(self, kind: FrontendKind, values: int, offsets: Sequence[int]) -> bytes:
        """FrontendParams with the offsets of `tables()`; values: features of a frame."""
        frame = (self.sample_rate, self.window, self.hop, self.fft_size)
        return FrontendParams(kind, values, *frame, *offsets).pack()

    def with_bands(self, bands: int) -> LogMel:
        """The same with another number of bands."""
        return replace(self, bands=bands)


def _power_of_two(least: int) -> int:
    return max(MIN_FFT, 1 << max(0, least - 1).bit_length())
