"""The messages of the link as typed values; vox_embed.spec.link has their numbers and layouts."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from vox_embed.core.listener import Event
from vox_embed.gate.text import visible
from vox_embed.spec.link import (
    LINK_VERSION,
    AckPayload,
    AudioPayload,
    Capability,
    ClipPayload,
    ErrorPayload,
    EventPayload,
    FeaturesPayload,
    HelloPayload,
    LabelPayload,
    LogPayload,
    ModelOrigin,
    Reply,
    ResultFlag,
    ResultPayload,
    RunOutputPayload,
    StatsPayload,
)
from vox_embed.spec.record import Record

Ack = AckPayload
"""A request was carried out or refused; where it carried data, the status is the next offset."""
Stats = StatsPayload
"""The device's counters since it was switched on, modulo 2^32."""


@dataclass(frozen=True)
class Hello:
    """The device, its memory and its model. The last group is zero where no model runs."""

    protocol: int
    firmware: tuple[int, int, int]
    capabilities: Capability
    model_origin: ModelOrigin
    max_chunk: int
    """Samples in a CLIP_AUDIO message."""
    receive_buffer: int
    """Bytes that may be under way to the device."""
    tick_rate: int
    """Hz of the counter behind every figure in ticks."""
    memory: int
    """Bytes for a running model."""
    memory_used: int
    model_slot: int
    """Bytes of the largest model that can be pushed."""
    model_status: int
    """0, or the status that says why nothing hears; ERR_STATE: a bare network, which runs on tensors only."""
    model_crc: int
    model_size: int
    sample_rate: int
    window: int
    hop: int
    bands: int
    window_frames: int
    stride_frames: int
    label_count: int
    board: str
    model_name: str


@dataclass(frozen=True)
class Label:
    """The name of one class."""

    index: int
    text: str


@dataclass(frozen=True)
class Result:
    """One analysis window of a stream or clip."""

    frame: int
    window: int
    label: int
    score: int
    level: int
    gated: bool
    window_ticks: int
    frame_ticks: int
    posteriors: NDArray[np.uint16]


@dataclass(frozen=True)
class NumberedEvent:
    """An event and how many came before it in this clip or stream."""

    number: int
    event: Event


@dataclass(frozen=True)
class Features:
    """Bands `first_band`... of one feature frame, Q9 log2."""

    frame: int
    level: int
    first_band: int
    values: NDArray[np.int16]


@dataclass(frozen=True)
class Audio:
    """Samples as the device heard them."""

    offset: int
    samples: NDArray[np.int16]


@dataclass(frozen=True)
class Clip:
    """The end of a clip: how much there was, and the verdict over all of it."""

    samples: int
    frames: int
    windows: int
    events: int
    label: int
    score: int
    scores: NDArray[np.uint16]


@dataclass(frozen=True)
class Log:
    """A line of the device's log."""

    level: int
    text: str


@dataclass(frozen=True)
class DeviceError:
    """Something failed on the device that was not a request."""

    status: int
    text: str


@dataclass(frozen=True)
class Output:
    """Elements `offset`... of the output tensor of a network that was run alone."""

    offset: int
    ticks: int
    """Of the whole run."""
    values: NDArray[np.int8]


Message = (
    Ack
    | Hello
    | Label
    | Result
    | NumberedEvent
    | Features
    | Audio
    | Clip
    | Stats
    | Log
    | DeviceError
    | Output
)

T = TypeVar("T", bound=Record)


def _u16(data: bytes) -> NDArray[np.uint16]:
    return np.frombuffer(data, "<u2").astype(np.uint16)


def _i16(data: bytes) -> NDArray[np.int16]:
    return np.frombuffer(data, "<i2").astype(np.int16)


class MalformedError(ValueError):
    """A message that no device of this protocol sends; says which, and what is wrong with it."""


class OtherProtocolError(MalformedError):
    """A HELLO of another version of the protocol, of which nothing else is known."""

    def __init__(self, version: int) -> None:
        super().__init__(f"HELLO: protocol {version}")
        self.version = version


def _text(data: bytes) -> str:
    """To be read only."""
    return visible(data.decode("utf-8", "replace"))


def _string(data: bytes) -> tuple[str, bytes]:
    """A name behind its length, and what follows."""
    if not data or len(data) <= data[0]:
        raise ValueError("a name is cut")
    return _text(data[1 : 1 + data[0]]), data[1 + data[0] :]


def _head_and_tail(record: type[T], data: bytes) -> tuple[T, bytes]:
    return record.unpack(data), data[record.SIZE :]


def _whole(record: type[T], data: bytes) -> T:
    """Where nothing may follow. ValueError where something does."""
    head, tail = _head_and_tail(record, data)
    if tail:
        raise ValueError(f"{len(tail)} bytes too many")
    return head


def _hello(data: bytes) -> Hello:
    if data and data[0] != LINK_VERSION:
        raise OtherProtocolError(data[0])
    head, rest = _head_and_tail(HelloPayload, data)
    board, rest = _string(rest)
    name, rest = _string(rest)
    if rest:
        raise ValueError(f"{len(rest)} bytes too many")
    numbers = {field.name: getattr(head, field.name) for field in fields(head)}
    return Hello(
        **{
            **numbers,
            "capabilities": Capability(head.capabilities),
            "model_origin": ModelOrigin(head.model_origin),
            "board": board,
            "model_name": name,
        }
    )


def _label(data: bytes) -> Label:
    head, text = _head_and_tail(LabelPayload, data)
    return Label(head.index, text.decode())


def _result(data: bytes) -> Result:
    head, posteriors = _head_and_tail(ResultPayload, data)
    return Result(
        head.frame,
        head.window,
        head.label,
        head.score,
        head.level,
        bool(head.flags & ResultFlag.GATED),
        head.window_ticks,
        head.frame_ticks,
        _u16(posteriors),
    )


def _event(data: bytes) -> NumberedEvent:
    head = _whole(EventPayload, data)
    return NumberedEvent(head.number, Event(head.frame, head.label, head.score, head.kind))


def _features(data: bytes) -> Features:
    head, values = _head_and_tail(FeaturesPayload, data)
    return Features(head.frame, head.level, head.first_band, _i16(values))


def _audio(data: bytes) -> Audio:
    head, samples = _head_and_tail(AudioPayload, data)
    return Audio(head.offset, _i16(samples))


def _clip(data: bytes) -> Clip:
    head, scores = _head_and_tail(ClipPayload, data)
    return Clip(head.samples, head.frames, head.windows, head.events, head.label, head.score, _u16(scores))


def _log(data: bytes) -> Log:
    head, text = _head_and_tail(LogPayload, data)
    return Log(head.level, _text(text))


def _error(data: bytes) -> DeviceError:
    head, text = _head_and_tail(ErrorPayload, data)
    return DeviceError(head.status, _text(text))


def _output(data: bytes) -> Output:
    head, values = _head_and_tail(RunOutputPayload, data)
    return Output(head.offset, head.ticks, np.frombuffer(values, np.int8))


_PARSERS: dict[int, Callable[[bytes], Message]] = {
    Reply.ACK: lambda data: _whole(AckPayload, data),
    Reply.HELLO: _hello,
    Reply.LABEL: _label,
    Reply.RESULT: _result,
    Reply.EVENT: _event,
    Reply.FEATURES: _features,
    Reply.AUDIO: _audio,
    Reply.CLIP: _clip,
    Reply.STATS: lambda data: _whole(StatsPayload, data),
    Reply.LOG: _log,
    Reply.ERROR: _error,
    Reply.RUN_OUTPUT: _output,
}


def parse(kind: int, payload: bytes) -> Message | None:
    """A device message, or None for a type that this host does not know or a payload that does not fit it."""
    try:
        return read_message(kind, payload)
    except MalformedError:
        return None


def read_message(kind: int, payload: bytes) -> Message | None:
    """A device message, or None for a type that this host does not know. MalformedError for a payload that
    does not fit its type."""
    parser = _PARSERS.get(kind)
    if parser is None:
        return None
    try:
        return parser(payload)
    except MalformedError:
        raise
    except (struct.error, ValueError, IndexError) as error:
        name = Reply(kind).name
        raise MalformedError(f"{name} of {len(payload)} bytes does not fit: {error}") from None
