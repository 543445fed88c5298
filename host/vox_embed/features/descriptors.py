"""Frames made of chosen descriptors: tables for the C front end of kind 2, and extraction through it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.schema.features import OF_THE_PITCH
from vox_embed.features.base import FeatureExtractor
from vox_embed.features.lld import OF_VOICED_FRAMES, Descriptor, descriptor, listed, mfcc_q
from vox_embed.features.logmel import LogMel
from vox_embed.features.tables import packed, taper_weights
from vox_embed.spec.model_format import (
    DESCRIPTOR_CODE_NEEDS,
    MAX_BANDS,
    MAX_DELTA_SPAN,
    MAX_WEIGHT_SHIFT,
    MAX_WEIGHT_SUM,
    BinRange,
    DescriptorCode,
    DescriptorParams,
    DescriptorSource,
    FrontendKind,
    FrontendParams,
    Gain,
    GainParams,
    SlopeParams,
)

_ARITHMETIC = 2  # docs/numerics.md; rises when the same section would give other values
_LARGEST = 32767

# Loudness as PLP computes it (Hermansky 1990), in openSMILE's unit: what its compressed bands of a 512-point
# transform over 20 ms under a Hamming window at 16 kHz have to be multiplied by.
_COMPRESSION = 0.33
_LOUDNESS_UNIT = 6.53e-5
_LOUDNESS_WINDOW = LogMel(16000, 320, 160, 512, 26, 20.0, 8000.0, taper="hamming")

_OF_BANDS = {DescriptorCode.LOGMEL, DescriptorCode.MFCC, DescriptorCode.LOUDNESS}
"""Codes of what is made of the mel bands: themselves, MFCC, loudness."""

_DB_PER_OCTAVE = 10.0 * math.log10(2.0)


@dataclass(frozen=True)
class NoiseReduction:
    """Subtraction of a running mean of each mel band's energy.

    smooth: share of a new frame in the mean, 0..1. least: share of the energy that is always left, 0..1.
    """

    smooth: float = 0.025
    least: float = 0.05

    def __post_init__(self) -> None:
        _check_share("noise_reduction.smooth", self.smooth)
        _check_share("noise_reduction.least", self.least)


@dataclass(frozen=True)
class Pcan:
    """Gain of each mel band by its own running mean M: log2(E / max(M, floor)^strength / offset + 1).

    That is per-channel energy normalisation (Wang et al. 2017), (E / M^a + d)^r - d^r, as its exponent r
    goes to 0 (Lostanlen et al. 2018). smooth: share of a new frame in M, 0..1. strength: a, 0..1.
    offset: d, 2^-16..2^15. floor: least M, in squared int16 steps, at least 1.
    """

    smooth: float = 0.025
    strength: float = 0.98
    offset: float = 2.0
    floor: float = 1024.0

    def __post_init__(self) -> None:
        _check_share("pcan.smooth", self.smooth)
        if not 0.0 <= self.strength <= 1.0:
            raise VoxError(f"pcan.strength {self.strength:g} is not between 0 and 1", "0.98 is usual")
        if not 2.0**-15 <= self.offset <= 2.0**15:
            raise VoxError(f"pcan.offset {self.offset:g} is not between 2^-15 and 2^15", "2 is usual")
        if not 1.0 <= self.floor <= 2.0**60:
            raise VoxError(f"pcan.floor {self.floor:g} is not between 1 and 2^60", "1024 is usual")


def _check_share(key: str, value: float) -> None:
    if not 2.0**-16 <= value <= 1.0 - 2.0**-16:
        raise VoxError(f"{key} {value:g} is not between 0 and 1", "0.025 is usual")


@dataclass(frozen=True)
class Descriptors(FeatureExtractor):
    """A list of descriptors of each frame: MFCC, spectral and loudness features, log-mel bands, deltas.

    frame: sampling rate, window, hop, FFT, taper and mel bands that all of them share. values: names
    (vox_embed.features.lld), in the order of the output; `x_delta` and `x_delta2` come after `x` and
    `x_delta`. lifter: cepstral lifter as in HTK, 0 for none. delta_span: frames on either side of a delta.
    spectrum_step: FFT bins in a group of `spectrum_<i>`; the groups start at the frame's fmin.
    noise, pcan: what is done to the mel bands before anything is made of them. pitch_ms: what F0 and its
    like are found in, 30..100 ms; without them a frame is no longer than `frame`'s window, with them that
    lies in its middle.

    Raises VoxError where a name is not known, or does not go with the frame.
    """

    frame: LogMel
    values: tuple[str, ...]
    lifter: int = 22
    delta_span: int = 2
    spectrum_step: int = 1
    noise: NoiseReduction | None = None
    pcan: Pcan | None = None
    pitch_ms: float = 60.0
    sample_rate: int = field(init=False)
    window: int = field(init=False)
    hop: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sample_rate", self.frame.sample_rate)
        object.__setattr__(self, "window", max(self.frame.window, self._pitch_window))
        object.__setattr__(self, "hop", self.frame.hop)
        self._check_list()
        self._check_numbers()

    @property
    def _pitch_window(self) -> int:
        needed = not OF_THE_PITCH.isdisjoint(self.values)
        return round(self.pitch_ms * self.frame.sample_rate / 1000) if needed else 0

    def _check_list(self) -> None:
        if not 1 <= len(self.values) <= MAX_BANDS:
            raise VoxError(
                f"{len(self.values)} features in a frame: must be from 1 to {MAX_BANDS}",
                "leave some out, or the deltas" if self.values else "name at least one",
            )
        for i, name in enumerate(self.values):
            if name in self.values[:i]:
                raise VoxError(f"feature `{name}` is in the list twice", "once is enough")
        if not 0 <= self.lifter <= 22:
            raise VoxError(f"lifter {self.lifter} is not from 0 to 22", "22 is usual, 0 is none")
        if not 30.0 <= self.pitch_ms <= 100.0 or 0 < self._pitch_window < self.frame.window:
            raise VoxError(
                f"pitch_ms {self.pitch_ms:g} is not from 30 to 100, and at least the window", "60 is usual"
            )
        formants = not {"f1", "f2", "f3"}.isdisjoint(self.values)
        ms = 1000 * self.frame.window / self.frame.sample_rate
        if formants and not 15.0 <= ms <= 60.0:
            raise VoxError(f"formants need a window of 15 to 60 ms, not {ms:g}", "window_ms: 20 is usual")
        if not 1 <= self.delta_span <= MAX_DELTA_SPAN:
            raise VoxError(f"delta_span {self.delta_span} is not from 1 to {MAX_DELTA_SPAN}", "2 is usual")

    def _check_numbers(self) -> None:
        for d in self.descriptors:
            if d.code == DescriptorCode.LOGMEL and d.index >= self.frame.bands:
                raise VoxError(f"feature `{d.name}`: there are {self.frame.bands} mel bands", "raise bands")
            if d.code == DescriptorCode.MFCC and d.index >= self.frame.bands:
                raise VoxError(
                    f"feature `{d.name}`: {self.frame.bands} mel bands give no more", "raise bands"
                )
            if d.code == DescriptorCode.MFCC and self.lifter and d.index > self.lifter:
                raise VoxError(
                    f"feature `{d.name}`: a lifter of {self.lifter} ends at mfcc_{self.lifter}",
                    "lifter: 0 takes all coefficients as they are",
                )
            if d.code == DescriptorCode.SPECTRUM and d.index >= self.groups:
                raise VoxError(f"feature `{d.name}`: there are {self.groups} groups of bins", "spectrum_step")
            if d.code == DescriptorCode.SLOPE:
                low, high = _SLOPES[d.index]
                if len(self._bins(low, high, closed=True)) < 3:
                    raise VoxError(
                        f"feature `{d.name}`: the FFT has fewer than 3 bins from {low} to {high} Hz",
                        f"use an fft_size above {self.frame.fft_size}",
                    )

    # ---- the list ------------------------------------------------------------------------------------

    @cached_property
    def descriptors(self) -> tuple[Descriptor, ...]:
        """What each value of a frame is."""
        places: dict[str, int] = {}
        units: dict[str, tuple[str, int]] = {}
        mfcc = mfcc_q(self.lifter, self.frame.bands)
        found = []
        for name in self.values:
            found.append(descriptor(name, places, units, mfcc))
            places[name] = len(places)
            units[name] = (found[-1].unit, found[-1].q)
        return tuple(found)

    @property
    def names(self) -> tuple[str, ...]:
        """The values, as given."""
        return self.values

    @property
    def description(self) -> str:
        """The list, runs of numbers shortened, and what those in it are made from."""
        several = f"{len(self.values)} features" if len(self.values) > 1 else "1 feature"
        return ", ".join([f"{several} ({listed(self.values)})", *self._made_from()])

    @property
    def framing(self) -> str:
        """That of the spectrum; what F0 is found in is part of the description."""
        return self.frame.framing

    def _made_from(self) -> list[str]:
        codes = {d.code for d in self.descriptors}
        made = []
        if codes & _OF_BANDS:
            made.append(self.frame.mel_bands)
            made += ["noise reduction"] if self.noise else []
            made += ["PCAN"] if self.pcan else []
        if DescriptorCode.SPECTRUM in codes:
            bins = f"groups of {self.spectrum_step} FFT bins" if self.spectrum_step > 1 else "FFT bins"
            made.append(f"{bins} from {self.frame.fmin:g} Hz on")
        if DescriptorCode.MFCC in codes and self.lifter:
            made.append(f"lifter {self.lifter}")
        if self._pitch_window:
            made.append(f"F0 and its like in {self.pitch_ms:g} ms")
        if 4 in codes:
            made.append(f"deltas over {self.delta_span} frames on either side")
        return made

    @property
    def fft_size(self) -> int:
        """The frame's."""
        return self.frame.fft_size

    @property
    def qs(self) -> tuple[int, ...]:
        """Fraction bits of each value."""
        return tuple(d.q for d in self.descriptors)

    @property
    def gate(self) -> str | None:
        """`f0`, if it is there."""
        return "f0" if "f0" in self.values else None

    @property
    def gated(self) -> tuple[str, ...]:
        """What is 0 in unvoiced frames, and the changes of it."""
        return tuple(name for name in self.values if name.split("_delta")[0] in OF_VOICED_FRAMES)

    @property
    def bands(self) -> int:
        """Values of a frame."""
        return len(self.values)

    @property
    def groups(self) -> int:
        """Groups of FFT bins that `spectrum_<i>` may name."""
        return min(len(self._spectrum_bins) // self.spectrum_step, 256)

    # ---- the section ---------------------------------------------------------------------------------

    @cached_property
    def identity(self) -> str:
        """Front end, version of its arithmetic, and a hash of all its tables."""
        return f"descriptors-{_ARITHMETIC}-{hashlib.sha256(self.section()).hexdigest()}"

    def level_of(self, dbfs: float) -> int:
        """As that of log-mel of the same frames."""
        return self.frame.level_of(dbfs)

    def section(self) -> bytes:
        """FRNT section as vox/model_format.h lays it out: parameters, then tables at multiples of 4."""
        return self._section

    def _bins(self, low: float, high: float, *, closed: bool = False) -> range:
        """FFT bins from low to high Hz, the upper one counted if closed; cut at half the rate."""
        width = self.frame.sample_rate / self.frame.fft_size
        end = math.floor(high / width + 1e-9) + 1 if closed else math.ceil(high / width - 1e-9)
        return range(math.ceil(low / width - 1e-9), min(end, self.frame.fft_size // 2 + 1))

    @cached_property
    def _spectrum_bins(self) -> range:
        return self._bins(self.frame.fmin, self.frame.fmax, closed=True)

    @cached_property
    def _section(self) -> bytes:
        rows = sorted({d.index for d in self.descriptors if d.code == DescriptorCode.MFCC})
        dct, mfcc_shift = self._dct(rows)
        indices = {d.index for d in self.descriptors if d.code == DescriptorCode.SLOPE}
        slopes = [self._slope(i) if i in indices else ((), 0) for i in (0, 1)]
        listed = tuple(
            byte
            for d in self.descriptors
            for byte in (d.code, rows.index(d.index) if d.code == DescriptorCode.MFCC else d.index)
        )
        offsets, body = packed(
            (
                *self.frame.tables(),
                ("B", listed),
                ("h", dct),
                ("H", tuple(self._lift(i) for i in rows)),
                ("h", self._loudness_weights() if self._has(DescriptorCode.LOUDNESS) else ()),
                *(("h", weights) for weights, _ in slopes),
            ),
            FrontendParams.SIZE + DescriptorParams.SIZE,
        )
        groups = 1 + max((d.index for d in self.descriptors if d.code == DescriptorCode.SPECTRUM), default=-1)
        own = DescriptorParams(
            mel_bands=self.frame.bands,
            pitch_window=self._pitch_window,
            coefficients=len(rows),
            mfcc_shift=mfcc_shift,
            delta_span=self.delta_span if self._has(DescriptorCode.DELTA) else 0,
            spectrum_groups=groups,
            spectrum_step=self.spectrum_step if groups else 0,
            compression=round(_COMPRESSION * 32768),
            list_offset=offsets[5],
            dct_offset=offsets[6],
            lifter_offset=offsets[7],
            loudness_offset=offsets[8],
            slopes=tuple(
                SlopeParams(self._range(*_SLOPES[i], wanted=shift > 0), offsets[9 + i], shift)
                for i, (_, shift) in enumerate(slopes)
            ),
            alpha=self._pair((0, 1000), (1000, 5000), DescriptorCode.ALPHA_RATIO),
            hammarberg=self._pair((0, 2000), (2000, 5000), DescriptorCode.HAMMARBERG),
            flux=self._range(0, 5000, wanted=self._has(DescriptorCode.FLUX)),
            whole=_ends(range(self.frame.fft_size // 2 + 1 if self._has(*_OF_ALL_BINS) else 0)),
            spectrum=_ends(self._spectrum_bins if groups else range(0)),
            gain=self._gain(),
        )
        head = self.frame.parameters(FrontendKind.DESCRIPTORS, len(self.values), offsets[:5])
        return head + own.pack() + body

    def _range(self, low: float, high: float, *, wanted: bool) -> BinRange:
        return _ends(self._bins(low, high, closed=True) if wanted else range(0))

    def _pair(
        self, low: tuple[float, float], high: tuple[float, float], code: DescriptorCode
    ) -> tuple[BinRange, BinRange]:
        """Two ranges that meet: the bin between them belongs to the upper one."""
        wanted = self._has(code)
        return _ends(self._bins(*low) if wanted else range(0)), self._range(*high, wanted=wanted)

    def _has(self, *codes: DescriptorCode) -> bool:
        return any(d.code in codes for d in self.descriptors)

    def _dct(self, rows: Sequence[int]) -> tuple[tuple[int, ...], int]:
        """sqrt(2 / B) ln 2 cos(pi i (b + 1/2) / B), as many fraction bits as fit; and what is shifted out."""
        bands = self.frame.bands
        if not rows:
            return (), 0
        gain = math.sqrt(2.0 / bands) * math.log(2.0)
        exact = [[gain * math.cos(math.pi * i * (b + 0.5) / bands) for b in range(bands)] for i in rows]
        bits = _most_bits([[gain] * bands], 15)  # as for row 0, so that a row does not depend on the others
        q = mfcc_q(self.lifter, bands)
        # Q9 bands, 12 bits dropped before the lifter, whose own are 8
        shift = bits + 9 - 12 + 8 - q
        return tuple(x for row in exact for x in _rounded_sums(row, bits)), shift

    def _lift(self, i: int) -> int:
        return (
            round(256 * (1.0 + self.lifter / 2.0 * math.sin(math.pi * i / self.lifter)))
            if self.lifter
            else 256
        )

    def _loudness_weights(self) -> tuple[int, ...]:
        """Q9 log2 of the equal-loudness weight of each band, of the transform's gain, and of the unit."""
        offset = math.log2(_LOUDNESS_UNIT) / _COMPRESSION
        offset += math.log2(_transform_gain(_LOUDNESS_WINDOW) / _transform_gain(self.frame))
        weights = []
        for hz in self.frame.edges_hz[1:-1]:
            square = hz * hz
            equal = (square / (square + 1.6e5)) ** 2 * (square + 1.44e6) / (square + 9.61e6)
            weights.append(max(round(512 * (math.log2(equal) + offset)), -32768))
        return tuple(weights)

    def _slope(self, i: int) -> tuple[tuple[int, ...], int]:
        """Weights of octaves (Q9) for dB per kHz (Q7).

        Regression over f, but as openSMILE does it: divided by the band's intervals, not by its points, so
        that a part of the level goes in.
        """
        hz = [k * self.frame.sample_rate / self.frame.fft_size for k in self._bins(*_SLOPES[i], closed=True)]
        count, total, squares = len(hz) - 1, sum(hz), sum(f * f for f in hz)
        gain = _DB_PER_OCTAVE * 1000.0 * 2**7 / 2**9 / (count * squares - total * total)
        exact = [gain * (count * f - total) for f in hz]
        bits = _most_bits([exact], MAX_WEIGHT_SHIFT)
        return tuple(round(x * 2**bits) for x in exact), bits

    def _gain(self) -> GainParams:
        noise, pcan = self.noise, self.pcan
        return GainParams(
            flags=(Gain.NOISE if noise else 0) | (Gain.PCAN if pcan else 0),
            noise_smooth=round(65536 * noise.smooth) if noise else 0,
            noise_least=round(65536 * noise.least) if noise else 0,
            smooth=round(65536 * pcan.smooth) if pcan else 0,
            strength=round(32768 * pcan.strength) if pcan else 0,
            floor=round(512 * math.log2(pcan.floor)) if pcan else 0,
            offset=round(512 * math.log2(pcan.offset)) if pcan else 0,
        )

    # ---- extraction ----------------------------------------------------------------------------------

    def real(self, features: NDArray[np.int16]) -> NDArray[np.float64]:
        """Integer frames [..., values] in the units of the descriptors."""
        return features / 2.0 ** np.array(self.qs, np.float64)

    def with_values(self, values: Sequence[str]) -> Descriptors:
        """The same with another list."""
        return replace(self, values=tuple(values))


_SLOPES = ((0, 500), (500, 1500))
_OF_ALL_BINS = tuple(code for code, found in DESCRIPTOR_CODE_NEEDS.items() if DescriptorSource.WHOLE in found)


def _ends(bins: range) -> BinRange:
    return BinRange(bins.start, bins.stop) if len(bins) else BinRange(0, 0)


def _most_bits(rows: Sequence[Sequence[float]], most: int) -> int:
    """Fraction bits with which values fit int16 and the magnitudes of a row add up to 65535 at most."""
    for bits in range(most, 0, -1):
        scaled = [[abs(x * 2**bits) + 1 for x in row] for row in rows]
        if all(sum(row) <= MAX_WEIGHT_SUM and max(row) <= _LARGEST for row in scaled):
            return bits
    raise VoxError("the weights of a feature do not fit 16 bits", "use fewer bands or a smaller fft_size")


def _rounded_sums(row: Sequence[float], bits: int) -> list[int]:
    """Integers whose partial sums are the rounded ones of row * 2^bits: a constant gets the exact weight."""
    sums = [round(sum(row[: i + 1]) * 2**bits) for i in range(len(row))]
    return [after - before for before, after in zip([0, *sums], sums, strict=False)]


def _transform_gain(frame: LogMel) -> float:
    """Energy of a band for noise of one power per Hz: grows with the FFT and with the taper's energy."""
    return frame.fft_size * sum(w * w for w in taper_weights(frame.window, frame.taper))
