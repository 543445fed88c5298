"""The .vxm container and its sections, as docs/model-format.md and vox/model_format.h specify them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.features.running import RunningMean
from vox_embed.spec.model_format import (
    ALIGNMENT,
    CASCADE_VERSION,
    FORMAT_VERSION,
    MAGIC,
    MAX_LABEL_BYTES,
    MAX_LABELS,
    MAX_NORM_SHIFT,
    Aggregate,
    DecisionParams,
    Header,
    LabelFlag,
    LabelRule,
    NormMode,
    NormParams,
    Section,
    SectionTag,
)
from vox_embed.spec.model_format import Labels as LabelsHead

ONE_Q15 = 32768


def _padded(data: bytes, multiple: int = ALIGNMENT) -> bytes:
    return data + bytes(-len(data) % multiple)


def write_container(sections: Mapping[str, bytes]) -> bytes:
    """Sections (four-letter tag -> bytes) as one .vxm file, in the order given."""
    offset = Header.SIZE + Section.SIZE * len(sections)
    table, body = b"", b""
    for tag, data in sections.items():
        table += Section(_tag_number(tag), offset + len(body), len(data)).pack()
        body += _padded(data)
    rest = table + body
    size = Header.SIZE + len(rest)
    version = CASCADE_VERSION if SectionTag.WAKE in sections else FORMAT_VERSION
    return Header(MAGIC, version, len(sections), size, zlib.crc32(rest)).pack() + rest


def _tag_number(tag: str) -> int:
    return int.from_bytes(tag.encode("latin-1"), "little")


def read_sections(data: bytes) -> dict[str, bytes]:
    """The sections of a .vxm that `vox_embed.core.Model` has opened (so its table is known to be sound)."""
    table = Section.unpack_all(data, Header.unpack(data).section_count, Header.SIZE)
    return {
        entry.tag.to_bytes(4, "little").decode("latin-1"): data[entry.offset : entry.offset + entry.size]
        for entry in table
    }


def labels_section(labels: Sequence[str]) -> bytes:
    """LABL: 1..MAX_LABELS labels of 1..MAX_LABEL_BYTES bytes of UTF-8."""
    encoded = [label.encode() for label in labels]
    if not 1 <= len(encoded) <= MAX_LABELS:
        raise ValueError(f"{len(encoded)} labels; a model holds 1 to {MAX_LABELS}")
    for label, raw in zip(labels, encoded, strict=True):
        if not 1 <= len(raw) <= MAX_LABEL_BYTES or b"\0" in raw:
            raise ValueError(f"label {label!r} must have 1 to {MAX_LABEL_BYTES} bytes, none of them zero")
    offsets, at = [], LabelsHead.SIZE + 2 * len(encoded)
    for raw in encoded:
        offsets.append(at)
        at += len(raw) + 1
    table = LabelsHead(len(offsets)).pack() + np.array(offsets, "<u2").tobytes()
    return table + b"".join(raw + b"\0" for raw in encoded)


@dataclass(frozen=True)
class Normaliser:
    """Feature frames, or a row of functionals, -> the program's input: q = zero_point +
    round((f - offset[b]) * multiplier[b] / 2^shift), limited to int8 or int16.
    """

    mode: str
    """none, mean or band_mean: what is first taken off each analysis window. running: running means were
    taken off each frame. raw: values as they are. scale: a shift for each value."""
    offset: NDArray[np.int16]
    multiplier: NDArray[np.int16]
    shift: int | NDArray[np.uint8]
    """Of all values; of each where the mode is scale."""
    zero_point: int
    running: RunningMean | None = None
    """Where the mode is running."""

    @classmethod
    def from_statistics(  # noqa: PLR0917
        cls,
        mode: str,
        mean: NDArray[np.float64],
        std: NDArray[np.float64],
        scale: float,
        zero_point: int,
        running: RunningMean | None = None,
    ) -> Normaliser:
        """Fold (f - mean) / std, then quantisation by the input tensor's scale, into integers."""
        factor = 1.0 / (np.asarray(std, np.float64) * scale)
        shift = int(np.clip(np.floor(np.log2(32767.0 / factor.max())), 0, MAX_NORM_SHIFT))
        multiplier = np.clip(np.round(factor * 2.0**shift), 1, 32767).astype(np.int16)
        offset = np.clip(np.round(mean), -32768, 32767).astype(np.int16)
        return cls(mode, offset, multiplier, shift, zero_point, running)

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
        shift = np.clip(np.floor(np.log2(32767.0 / factor)), 0, MAX_NORM_SHIFT)
        multiplier = np.clip(np.round(factor * 2.0**shift), 1, 32767).astype(np.int16)
        whole = np.clip(np.round(offset), -32768, 32767).astype(np.int16)
        return cls("scale", whole, multiplier, shift.astype(np.uint8), zero_point)

    def section(self) -> bytes:
        """NORM, as bytes."""
        bands = len(self.offset)
        mode = NormMode[self.mode.upper()]
        if mode is NormMode.RAW:
            return NormParams(mode, bands, 0, 0, 0, 0).pack()
        shift = self.shift if isinstance(self.shift, int) else 0
        at = NormParams.SIZE
        head = NormParams(mode, bands, shift, self.zero_point, at, at + 2 * bands).pack()
        tables = self.offset.astype("<i2").tobytes() + self.multiplier.astype("<i2").tobytes()
        if not isinstance(self.shift, int):
            tables += self.shift.tobytes()
        return head + tables + (b"" if self.running is None else self.running.tables())


@dataclass(frozen=True)
class Rule:
    """Of one label, in place of the decision's own. windows: so many in a row at or above `threshold_on`
    before an
    event begins."""

    threshold_on: float
    threshold_off: float
    refractory: int
    """Feature frames."""
    windows: int = 1

    def record(self) -> bytes:
        """vox_label_rule."""
        on, off = round(self.threshold_on * ONE_Q15), round(self.threshold_off * ONE_Q15)
        return LabelRule(on, off, self.refractory, self.windows).pack()


def _rules(section: bytes, params: DecisionParams) -> tuple[Rule, ...]:
    if params.rules_offset == 0:
        return ()
    return tuple(
        Rule(one.threshold_on / ONE_Q15, one.threshold_off / ONE_Q15, one.refractory, one.windows)
        for one in LabelRule.unpack_all(section, params.label_count, params.rules_offset)
    )


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
    rules: tuple[Rule, ...] = ()
    """One for each label, or none at all."""
    tags: bool = False
    """Labels are tags, which hold at once; they need rules."""

    @classmethod
    def from_section(cls, section: bytes) -> Decision:
        """What `section` gave, from the DECI section of a model that was opened."""
        params = DecisionParams.unpack(section)
        marks = section[params.flags_offset : params.flags_offset + params.label_count]
        return cls(
            window=params.window,
            stride=params.stride,
            labels=params.label_count,
            clip=Aggregate(params.clip_mode).name.lower(),
            stream=Aggregate(params.stream_mode).name.lower(),
            history=params.history,
            alpha=params.alpha / ONE_Q15,
            threshold_on=params.threshold_on / ONE_Q15,
            threshold_off=params.threshold_off / ONE_Q15,
            unknown_threshold=params.unknown_threshold / ONE_Q15,
            gate_level=params.gate_level,
            refractory=params.refractory,
            background=frozenset(i for i, mark in enumerate(marks) if mark & LabelFlag.BACKGROUND),
            rules=_rules(section, params),
            tags=any(mark & LabelFlag.TAG for mark in marks),
        )

    def section(self) -> bytes:
        """DECI, as bytes."""
        if self.rules and len(self.rules) != self.labels:
            raise ValueError(f"{len(self.rules)} rules for {self.labels} labels")
        marks = self.labels + self.labels % 2 if self.rules else self.labels
        head = DecisionParams(
            window=self.window,
            stride=self.stride,
            clip_mode=Aggregate[self.clip.upper()],
            stream_mode=Aggregate[self.stream.upper()],
            history=self.history,
            alpha=max(1, round(self.alpha * ONE_Q15)),
            threshold_on=round(self.threshold_on * ONE_Q15),
            threshold_off=round(self.threshold_off * ONE_Q15),
            unknown_threshold=round(self.unknown_threshold * ONE_Q15),
            gate_level=self.gate_level,
            refractory=self.refractory,
            label_count=self.labels,
            flags_offset=DecisionParams.SIZE,
            rules_offset=DecisionParams.SIZE + marks if self.rules else 0,
        )
        tag = LabelFlag.TAG if self.tags else 0
        flags = bytes(tag | (LabelFlag.BACKGROUND if i in self.background else 0) for i in range(self.labels))
        return head.pack() + flags.ljust(marks, b"\0") + b"".join(rule.record() for rule in self.rules)


def tag_thresholds(data: bytes) -> tuple[float, ...] | None:
    """Of a .vxm whose labels are tags: the score from which on a clip has each; None where they are none."""
    decision = Decision.from_section(read_sections(data)[SectionTag.DECISION])
    return tuple(rule.threshold_on for rule in decision.rules) if decision.tags else None


def with_tag_thresholds(data: bytes, wanted: Sequence[float]) -> bytes:
    """The same .vxm with others; events end at the same share of them as before."""
    sections = read_sections(data)
    decision = Decision.from_section(sections[SectionTag.DECISION])
    rules = tuple(
        replace(rule, threshold_on=on, threshold_off=on * rule.threshold_off / rule.threshold_on)
        for rule, on in zip(decision.rules, wanted, strict=True)
    )
    return write_container({**sections, SectionTag.DECISION: replace(decision, rules=rules).section()})


@dataclass(frozen=True)
class Thresholds:
    """What decides of events in a finished model. Scores are Q15."""

    on: int
    off: int
    background: frozenset[int]
    """Labels that raise none."""


def thresholds(data: bytes) -> Thresholds:
    """Of a .vxm that hears."""
    section = read_sections(data)[SectionTag.DECISION]
    params = DecisionParams.unpack(section)
    flags = section[params.flags_offset : params.flags_offset + params.label_count]
    background = frozenset(i for i, flag in enumerate(flags) if flag & LabelFlag.BACKGROUND)
    return Thresholds(params.threshold_on, params.threshold_off, background)


def with_thresholds(data: bytes, wanted: Thresholds) -> bytes:
    """The same .vxm with others."""
    sections = read_sections(data)
    decision = bytearray(sections[SectionTag.DECISION])
    params = DecisionParams.unpack(decision)
    changed = replace(params, threshold_on=wanted.on, threshold_off=wanted.off)
    decision[: DecisionParams.SIZE] = changed.pack()
    for i in range(params.label_count):
        kept = decision[params.flags_offset + i] & ~LabelFlag.BACKGROUND
        decision[params.flags_offset + i] = kept | (LabelFlag.BACKGROUND if i in wanted.background else 0)
    return write_container({**sections, SectionTag.DECISION: bytes(decision)})


def meta_section(meta: Mapping[str, Any]) -> bytes:
    """META: compact JSON with sorted keys, so that equal content gives equal bytes."""
    return json.dumps(meta, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
