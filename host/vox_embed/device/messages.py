"""The messages of the link as typed values; vox/messages.h and docs/link-protocol.md are the other halves."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, IntFlag

import numpy as np
from numpy.typing import NDArray

from vox_embed.core import LINK_PAYLOAD
from vox_embed.core.listener import Event

CLIP_LIVE = 0xFFFFFFFF
OFFSET_MASK = 0x7FFFFFFF
CLIP_CHUNK = (LINK_PAYLOAD - 4) // 2
"""Samples in one CLIP_AUDIO message."""
MODEL_CHUNK = LINK_PAYLOAD - 4
"""Bytes in one MODEL_DATA message."""
RUN_CHUNK = LINK_PAYLOAD - 8
"""Elements in one RUN_INPUT or RUN_OUTPUT message."""


class Request(IntEnum):
    """Host to device."""

    QUERY = 0x01
    SETTINGS = 0x02
    STREAM = 0x03
    CLIP_BEGIN = 0x04
    CLIP_AUDIO = 0x05
    CLIP_END = 0x06
    MODEL_BEGIN = 0x07
    MODEL_DATA = 0x08
    MODEL_COMMIT = 0x09
    RESET = 0x0A
    RUN_BEGIN = 0x0B
    RUN_INPUT = 0x0C
    RUN = 0x0D


class Reply(IntEnum):
    """Device to host."""

    ACK = 0x40
    HELLO = 0x41
    LABEL = 0x42
    RESULT = 0x43
    EVENT = 0x44
    FEATURES = 0x45
    AUDIO = 0x46
    CLIP = 0x47
    STATS = 0x48
    LOG = 0x49
    ERROR = 0x4A
    RUN_OUTPUT = 0x4B


class Query(IntEnum):
    """What a QUERY asks for."""

    HELLO = 0
    LABELS = 1
    STATS = 2


class Reset(IntEnum):
    """What a RESET stops: clips, streams and transfers, or the pushed model too."""

    STREAMS = 0
    MODEL = 1


class Stream(IntFlag):
    """What a clip or stream reports."""

    NONE = 0
    RESULTS = 1
    EVENTS = 2
    FEATURES = 4
    AUDIO = 8


class Capability(IntFlag):
    """What a device can do."""

    LISTEN = 1
    TAKE_MODEL = 2
    KEEP_MODEL = 4


class ModelOrigin(IntEnum):
    """Where the model in use came from."""

    NONE = 0
    BUILT_IN = 1
    PUSHED = 2


@dataclass(frozen=True)
class Ack:
    """A request was carried out or refused."""

    type: int
    sequence: int
    status: int
    """Negative: a vox_status. CLIP_AUDIO, MODEL_DATA, RUN_INPUT: the next offset wanted."""


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
    """0, or the vox_status that says why nothing hears; -14: a bare network, which runs on tensors only."""
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
class Stats:
    """The device's counters since it was switched on, modulo 2^32."""

    uptime_ms: int
    frames: int
    windows: int
    events: int
    link_frames: int
    link_errors: int
    receive_lost: int
    unsent: int
    audio_lost: int
    repeats: int
    window_ticks: int
    frame_ticks: int
    stack_size: int
    stack_used: int


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

_HELLO = struct.Struct("<6BH5IiIII6H")
_RESULT = struct.Struct("<IIhHhBBII")
_EVENT = struct.Struct("<IIhHB")
_FEATURES = struct.Struct("<IhH")
_CLIP = struct.Struct("<IIIIhH")
_STATS = struct.Struct("<14I")


def _u16(data: bytes) -> NDArray[np.uint16]:
    return np.frombuffer(data, "<u2").astype(np.uint16)


def _i16(data: bytes) -> NDArray[np.int16]:
    return np.frombuffer(data, "<i2").astype(np.int16)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _hello(data: bytes) -> Hello:
    protocol, major, minor, patch, capabilities, origin, *numbers = _HELLO.unpack_from(data)
    rest = data[_HELLO.size :]
    board, rest = rest[1 : 1 + rest[0]], rest[1 + rest[0] :]
    name = rest[1 : 1 + rest[0]]
    return Hello(
        protocol,
        (major, minor, patch),
        Capability(capabilities),
        ModelOrigin(origin),
        *(*numbers, _text(board), _text(name)),
    )


def _result(data: bytes) -> Result:
    frame, window, label, score, level, flags, _, window_ticks, frame_ticks = _RESULT.unpack_from(data)
    posteriors = _u16(data[_RESULT.size :])
    return Result(frame, window, label, score, level, bool(flags & 1), window_ticks, frame_ticks, posteriors)


def _event(data: bytes) -> NumberedEvent:
    number, *event = _EVENT.unpack(data)
    return NumberedEvent(number, Event(*event))


_PARSERS: dict[int, Callable[[bytes], Message]] = {
    Reply.ACK: lambda data: Ack(*struct.unpack("<BBi", data)),
    Reply.HELLO: _hello,
    Reply.LABEL: lambda data: Label(data[0], _text(data[1:])),
    Reply.RESULT: _result,
    Reply.EVENT: _event,
    Reply.FEATURES: lambda data: Features(*(*_FEATURES.unpack_from(data), _i16(data[_FEATURES.size :]))),
    Reply.AUDIO: lambda data: Audio(struct.unpack_from("<I", data)[0], _i16(data[4:])),
    Reply.CLIP: lambda data: Clip(*(*_CLIP.unpack_from(data), _u16(data[_CLIP.size :]))),
    Reply.STATS: lambda data: Stats(*_STATS.unpack(data)),
    Reply.LOG: lambda data: Log(data[0], _text(data[1:])),
    Reply.ERROR: lambda data: DeviceError(struct.unpack_from("<i", data)[0], _text(data[4:])),
    Reply.RUN_OUTPUT: lambda data: Output(
        *(*struct.unpack_from("<II", data), np.frombuffer(data, np.int8, offset=8))
    ),
}


def parse(kind: int, payload: bytes) -> Message | None:
    """A device message, or None for a type that this host does not know or a payload that does not fit it."""
    parser = _PARSERS.get(kind)
    if parser is None:
        return None
    try:
        return parser(payload)
    except (struct.error, ValueError, IndexError):
        return None
