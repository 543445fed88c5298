"""TensorFlow Lite Micro's front end, which microWakeWord's networks hear through: parameters and tables."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema import features as schema
from vox_embed.features.base import FeatureExtractor
from vox_embed.features.logmel import LogMel
from vox_embed.features.tables import log_table, packed
from vox_embed.spec.model_format import (
    MICRO_LOG_ENTRIES,
    FrontendKind,
    FrontendParams,
    MicroParams,
)

_ARITHMETIC = 1  # docs/numerics.md; rises when the same section would give other values

SAMPLE_RATE = 16000
WINDOW = 480
BANDS = 40
_FFT = 512
_FMIN, _FMAX = np.float32(125.0), np.float32(7500.0)
_MEL_HIGH = np.float32(2773.33203125)
"""Mel of the upper limit: 1127 ln(1 + 7500 / 700) as most C libraries round it, a unit in the last place
above the nearest, and with it two of the weights."""
_ONE_Q12, _ONE_Q14, _ONE_Q15 = 4096, 16384, 32767
_SMOOTHING = (0.025, 0.06)
_LEAST = 0.05
_GAIN_BITS, _GAIN_OFFSET, _GAIN_STRENGTH = 21, np.float32(80.0), 0.95
_NOISE_BITS = 7
"""Fraction bits of a noise estimate before the transform's scale."""


@dataclass(frozen=True)
class Micro(FeatureExtractor):
    """Natural logarithm, times 64, of 40 mel bands whose noise is taken off and whose gain is evened out.

    16 kHz, 30 ms windows, 125 to 7500 Hz; bit for bit what TensorFlow Lite Micro's front end gives with noise
    reduction and PCAN as microWakeWord sets them. The estimates of the noise start at 0 with the stream.

    hop: samples between frames, 1..480. 160 (10 ms) is what microWakeWord's networks are trained with.
    """

    hop: int = 160

    sample_rate = SAMPLE_RATE
    window = WINDOW
    bands = BANDS

    def __post_init__(self) -> None:
        if not 1 <= self.hop <= WINDOW:
            raise VoxError(
                f"hop of {self.hop} samples must be from 1 to the window's {WINDOW}",
                "microWakeWord's networks have 160",
            )

    @property
    def description(self) -> str:
        """Bands and their limits."""
        return f"micro front end, {BANDS} mel bands from {_FMIN:g} to {_FMAX:g} Hz"

    @property
    def names(self) -> tuple[str, ...]:
        """micro_0 (lowest) .. micro_39."""
        return tuple(f"micro_{band}" for band in range(BANDS))

    @property
    def qs(self) -> tuple[int, ...]:
        """6 for all: values are the natural logarithm times 64."""
        return (6,) * BANDS

    @property
    def frame(self) -> LogMel:
        """What the spectrum and the level are taken from."""
        return LogMel(SAMPLE_RATE, WINDOW, self.hop, _FFT, BANDS, float(_FMIN), float(_FMAX))

    @cached_property
    def identity(self) -> str:
        """Front end, version of its arithmetic, and a hash of all its tables."""
        return f"micro-{_ARITHMETIC}-{hashlib.sha256(self.section()).hexdigest()}"

    def level_of(self, dbfs: float) -> int:
        """As that of log-mel of the same frames."""
        return self.frame.level_of(dbfs)

    def section(self) -> bytes:
        """FRNT section as vox/model_format.h lays it out: parameters, then tables at multiples of 4."""
        return self._section

    @cached_property
    def _section(self) -> bytes:
        edges, rise = _mel_tables()
        tables = (
            ("H", _taper()),
            ("h", _twiddles()),
            ("H", edges),
            ("H", rise),
            ("H", log_table()),
            ("h", _gain_table()),
            ("H", _logarithm_table()),
        )
        offsets, body = packed(tables, FrontendParams.SIZE + MicroParams.SIZE)
        frame = (SAMPLE_RATE, WINDOW, self.hop, _FFT)
        head = FrontendParams(FrontendKind.MICRO, BANDS, *frame, *offsets[:5]).pack()
        even, odd = (int(np.float32(share) * _ONE_Q14) for share in _SMOOTHING)
        least = int(np.float32(_LEAST) * _ONE_Q14)
        return head + MicroParams((even, odd), least, *offsets[5:]).pack() + body


def _rounded(value: float, one: int) -> int:
    return math.floor(value * one + 0.5)


def _single(value: np.float32) -> int:
    """Q12, rounded in single precision."""
    return math.floor(value * np.float32(_ONE_Q12) + np.float32(0.5))


def _taper() -> tuple[int, ...]:
    """Hann, symmetric about the middle of the window, Q12. In single precision, in which it is defined."""
    half, step = np.float32(0.5), np.float32(math.pi) * np.float32(2.0) / np.float32(WINDOW)
    cosines = (np.float32(math.cos(float(step * np.float32(n + 0.5)))) for n in range(WINDOW))
    return tuple(_single(half - half * cosine) for cosine in cosines)


def _twiddles() -> tuple[int, ...]:
    angles = (2.0 * math.pi * k / _FFT for k in range(3 * _FFT // 8 + 1))
    return tuple(
        _rounded(value, _ONE_Q15) for angle in angles for value in (math.cos(angle), math.sin(angle))
    )


def _mel(hz: np.float32) -> np.float32:
    return np.float32(1127.0) * np.float32(math.log1p(float(hz / np.float32(700.0))))


def _mel_tables() -> tuple[tuple[int, ...], tuple[int, ...]]:
    """First bin of each segment, and the weights that rise in it, Q12. In single precision, in which these
    bands are defined: where a bin lies on an edge, and how weights round, depends on it.
    """
    low, bin_hz = _mel(_FMIN), np.float32(SAMPLE_RATE / _FFT)
    spacing = (_MEL_HIGH - low) / np.float32(BANDS + 1)
    ends = [low + spacing * np.float32(i + 1) for i in range(BANDS + 1)]
    at = int(np.float32(1.5) + _FMIN / bin_hz)
    edges, rise, begin = [at], list[int](), low
    for end in ends:
        while (mel := _mel(np.float32(at) * bin_hz)) <= end:
            falling = (end - mel) / (end - begin)
            rise.append(_ONE_Q12 - _single(falling))
            at += 1
        edges.append(at)
        begin = end
    return tuple(edges), tuple(rise)


def _gain(noise: int) -> int:
    """(noise + offset)^-strength, in so many fraction bits, at most 32767."""
    base = np.float32(noise) / np.float32(1 << _NOISE_BITS) + _GAIN_OFFSET
    power = np.float32(math.pow(float(base), -float(np.float32(_GAIN_STRENGTH))))
    value = np.float32(1 << _GAIN_BITS) * power
    return 32767 if value > 32767 else int(value + np.float32(0.5))


def _gain_table() -> tuple[int, ...]:
    """At 0 and 1, then a parabola for each octave through its beginning, middle and end."""
    table = [_gain(0), _gain(1)]
    for bits in range(2, 33):
        begin = 1 << (bits - 1)
        end = 2 * begin if bits < 32 else 2 * begin - 1
        y0, y1, y2 = (_gain(x) for x in (begin, begin + begin // 2, end))
        slope = 4 * (y1 - y0) - (y2 - y0)
        table += [y0, slope, y2 - y0 - slope]
    return tuple(table)


def _logarithm_table() -> tuple[int, ...]:
    """How far log2(1 + x) lies above x, Q16."""
    steps = MICRO_LOG_ENTRIES - 1
    return tuple(_rounded(math.log2(1.0 + i / steps) - i / steps, 65536) for i in range(steps + 1))


def of_section(section: schema.Micro) -> Micro:
    """What a device computes of the section of an experiment."""
    return Micro(section.hop_samples)
