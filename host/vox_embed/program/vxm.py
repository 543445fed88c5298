"""The .vxm container and its sections, as docs/model-format.md and vox/model_format.h specify them."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"VXM1"
VERSION = 1
NORM_MODES = {"none": 0, "mean": 1, "band_mean": 2, "raw": 3, "scale": 4}
AGGREGATES = {"mean": 0, "majority": 1, "exponential": 2}
ONE_Q15 = 32768
LABEL_BACKGROUND = 1
MAX_LABELS = 96
MAX_LABEL_BYTES = 48
_DECISION = "<9Hh2HII"


def _padded(data: bytes, multiple: int = 8) -> bytes:
    return data + bytes(-len(data) % multiple)


def write_container(sections: Mapping[str, bytes]) -> bytes:
    """Sections (four-letter tag -> bytes) as one .vxm file, in the order given."""
    offset = 16 + 16 * len(sections)
    table, body = b"", b""
    for tag, data in sections.items():
        table += struct.pack("<4sIII", tag.encode("ascii"), offset + len(body), len(data), 0)
        body += _padded(data)
    rest = table + body
    header = struct.pack("<4sHHII", MAGIC, VERSION, len(sections), 16 + len(rest), zlib.crc32(rest))
    return header + rest


def read_sections(data: bytes) -> dict[str, bytes]:
    """The sections of a .vxm that `vox_embed.core.Model` has opened (so its table is known to be sound)."""
    count = struct.unpack_from("<H", data, 6)[0]
    sections = {}
    for i in range(count):
        tag, offset, size, _ = struct.unpack_from("<4sIII", data, 16 + 16 * i)
        sections[tag.decode("ascii")] = data[offset : offset + size]
    return sections


def labels_section(labels: Sequence[str]) -> bytes:
    """LABL: 1..96 labels of 1..48 bytes of UTF-8."""
    encoded = [label.encode() for label in labels]
    if not 1 <= len(encoded) <= MAX_LABELS:
        raise ValueError(f"{len(encoded)} labels; a model holds 1 to {MAX_LABELS}")
    for label, raw in zip(labels, encoded, strict=True):
        if not 1 <= len(raw) <= MAX_LABEL_BYTES or b"\0" in raw:
            raise ValueError(f"label {label!r} must have 1 to {MAX_LABEL_BYTES} bytes, none of them zero")
    offsets, at = [], 2 + 2 * len(encoded)
    for raw in encoded:
        offsets.append(at)
        at += len(raw) + 1
    return struct.pack(f"<H{len(offsets)}H", len(offsets), *offsets) + b"".join(
        raw + b"\0" for raw in encoded
    )


@dataclass(frozen=True)
class Normaliser:
    """Feature frames, or a row of functionals, -> the program's input: q = zero_point +
    round((f - offset[b]) * multiplier[b] / 2^shift), limited to int8 or int16.
    """

    mode: str
    """none, mean or band_mean: what is first taken off each analysis window. raw: values as they are.
    scale: a shift for each value."""
    offset: NDArray[np.int16]
    multiplier: NDArray[np.int16]
    shift: int | NDArray[np.uint8]
    """Of all values; of each where the mode is scale."""
    zero_point: int

    @classmethod
    def from_statistics(
        cls, mode: str, mean: NDArray[np.float64], std: NDArray[np.float64], scale: float, zero_point: int
    ) -> Normaliser:
        """Fold (f - mean) / std, then quantisation by the input tensor's scale, into integers."""
        factor = 1.0 / (np.asarray(std, np.float64) * scale)
        shift = int(np.clip(np.floor(np.log2(32767.0 / factor.max())), 0, 30))
        multiplier = np.clip(np.round(factor * 2.0**shift), 1, 32767).astype(np.int16)
        offset = np.clip(np.round(mean), -32768, 32767).astype(np.int16)
        return cls(mode, offset, multiplier, shift, zero_point)

    @classmethod
    def raw(cls, values: int) -> Normaliser:
        """int16 values as they are."""
        nothing = np.zeros(values, np.int16)
        return cls("raw", nothing, nothing, 0, 0)

    @classmethod
    def scaled(
        cls, offset: NDArray[np.float64], factor: NDArray[np.float64], zero_point: int = 0
    ) -> Normaliser:
        """(f - offset) * factor, value by value; factors up to 32767, exact to 2^-15 or better."""
        factor = np.clip(np.asarray(factor, np.float64), 2.0**-30, 32767.0)
        shift = np.clip(np.floor(np.log2(32767.0 / factor)), 0, 30)
        multiplier = np.clip(np.round(factor * 2.0**shift), 1, 32767).astype(np.int16)
        whole = np.clip(np.round(offset), -32768, 32767).astype(np.int16)
        return cls("scale", whole, multiplier, shift.astype(np.uint8), zero_point)

    def section(self) -> bytes:
        """NORM, as bytes."""
        bands = len(self.offset)
        mode = NORM_MODES[self.mode]
        if self.mode == "raw":
            return struct.pack("<HHHhII", mode, bands, 0, 0, 0, 0)
        shift = self.shift if isinstance(self.shift, int) else 0
        head = struct.pack("<HHHhII", mode, bands, shift, self.zero_point, 16, 16 + 2 * bands)
        tables = self.offset.astype("<i2").tobytes() + self.multiplier.astype("<i2").tobytes()
        return head + tables + (b"" if isinstance(self.shift, int) else self.shift.tobytes())


@dataclass(frozen=True)
class Decision:
    """Windows, aggregation, gate and events in the model's own units (frames, Q15, Q9 log2)."""

    window: int
    stride: int
    labels: int
    clip: str = "mean"
    stream: str = "mean"
    history: int = 1
    alpha: float = 0.5
    threshold_on: float = 0.6
    threshold_off: float = 0.4
    unknown_threshold: float = 0.0
    gate_level: int = 0
    refractory: int = 0
    background: frozenset[int] = frozenset()

    @classmethod
    def from_section(cls, section: bytes) -> Decision:
        """What `section` gave, from the DECI section of a model that was opened."""
        modes = {number: name for name, number in AGGREGATES.items()}
        window, stride, clip, stream, history, alpha, on, off, unknown, gate, refractory, labels, flags, _ = (
            struct.unpack_from(_DECISION, section)
        )
        marks = section[flags : flags + labels]
        return cls(
            window=window,
            stride=stride,
            labels=labels,
            clip=modes[clip],
            stream=modes[stream],
            history=history,
            alpha=alpha / ONE_Q15,
            threshold_on=on / ONE_Q15,
            threshold_off=off / ONE_Q15,
            unknown_threshold=unknown / ONE_Q15,
            gate_level=gate,
            refractory=refractory,
            background=frozenset(i for i, mark in enumerate(marks) if mark & LABEL_BACKGROUND),
        )

    def section(self) -> bytes:
        """DECI, as bytes."""
        head = struct.pack(
            _DECISION,
            self.window,
            self.stride,
            AGGREGATES[self.clip],
            AGGREGATES[self.stream],
            self.history,
            max(1, round(self.alpha * ONE_Q15)),
            round(self.threshold_on * ONE_Q15),
            round(self.threshold_off * ONE_Q15),
            round(self.unknown_threshold * ONE_Q15),
            self.gate_level,
            self.refractory,
            self.labels,
            32,
            0,
        )
        return head + bytes(LABEL_BACKGROUND if i in self.background else 0 for i in range(self.labels))


@dataclass(frozen=True)
class Thresholds:
    """What decides of events in a finished model. Scores are Q15."""

    on: int
    off: int
    background: frozenset[int]
    """Labels that raise none."""


_ON_OFF, _ON_OFF_AT = struct.Struct("<2H"), 12
_FLAGS, _FLAGS_AT = struct.Struct("<HI"), 22


def thresholds(data: bytes) -> Thresholds:
    """Of a .vxm that hears."""
    decision = read_sections(data)["DECI"]
    on, off = _ON_OFF.unpack_from(decision, _ON_OFF_AT)
    count, first = _FLAGS.unpack_from(decision, _FLAGS_AT)
    flags = decision[first : first + count]
    background = frozenset(i for i, flag in enumerate(flags) if flag & LABEL_BACKGROUND)
    return Thresholds(on, off, background)


def with_thresholds(data: bytes, wanted: Thresholds) -> bytes:
    """The same .vxm with others."""
    sections = read_sections(data)
    decision = bytearray(sections["DECI"])
    _ON_OFF.pack_into(decision, _ON_OFF_AT, wanted.on, wanted.off)
    count, first = _FLAGS.unpack_from(decision, _FLAGS_AT)
    for i in range(count):
        background = LABEL_BACKGROUND if i in wanted.background else 0
        decision[first + i] = decision[first + i] & ~LABEL_BACKGROUND | background
    return write_container({**sections, "DECI": bytes(decision)})


def meta_section(meta: Mapping[str, Any]) -> bytes:
    """META: compact JSON with sorted keys, so that equal content gives equal bytes."""
    return json.dumps(meta, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
