"""The messages of the link (vox/link_format.h).

Generated from firmware/vox/spec by tools/generate_spec.py: change those files, not this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import ClassVar

from vox_embed.spec.record import Part, Record

LINK_VERSION = 1
LINK_PAYLOAD = 240
"""bytes"""
LINK_HEAD = 3
"""version, type, sequence"""
LINK_TAIL = 4
"""CRC-32"""
LINK_RAW = 247
"""247: no run reaches COBS's limit of 254, so its overhead is 1"""
LINK_WIRE = 249
"""COBS code byte and delimiter"""


@dataclass(frozen=True, slots=True)
class QueryPayload(Record):
    """What a QUERY holds."""

    what: int
    """VOX_QUERY_*"""
    PARTS: ClassVar[tuple[Part, ...]] = ("B",)


@dataclass(frozen=True, slots=True)
class SettingsPayload(Record):
    """What a SETTINGS holds."""

    interval: int
    """ms"""
    log_level: int
    """VOX_LOG_*"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "B",
    )


@dataclass(frozen=True, slots=True)
class StreamPayload(Record):
    """What a STREAM holds."""

    mask: int
    """VOX_STREAM_*"""
    PARTS: ClassVar[tuple[Part, ...]] = ("H",)


@dataclass(frozen=True, slots=True)
class ClipBeginPayload(Record):
    """What a CLIP_BEGIN holds."""

    samples: int
    """or VOX_CLIP_LIVE"""
    mask: int
    """VOX_STREAM_*"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "H",
    )


@dataclass(frozen=True, slots=True)
class ClipAudioPayload(Record):
    """What a CLIP_AUDIO begins with."""

    offset: int
    """samples"""
    PARTS: ClassVar[tuple[Part, ...]] = ("I",)


@dataclass(frozen=True, slots=True)
class ModelBeginPayload(Record):
    """What a MODEL_BEGIN holds."""

    size: int
    """bytes"""
    crc: int
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
    )


@dataclass(frozen=True, slots=True)
class ModelDataPayload(Record):
    """What a MODEL_DATA begins with."""

    offset: int
    """bytes"""
    PARTS: ClassVar[tuple[Part, ...]] = ("I",)


@dataclass(frozen=True, slots=True)
class ResetPayload(Record):
    """What a RESET holds."""

    what: int
    """VOX_RESET_*"""
    PARTS: ClassVar[tuple[Part, ...]] = ("B",)


@dataclass(frozen=True, slots=True)
class RunInputPayload(Record):
    """What a RUN_INPUT begins with."""

    offset: int
    """bytes"""
    PARTS: ClassVar[tuple[Part, ...]] = ("I",)


class Query(IntEnum):
    """What a QUERY asks for."""

    HELLO = 0
    """also opens a session: the device forgets which request came last"""
    LABELS = 1
    """all of them"""
    STATS = 2


class Reset(IntEnum):
    """What a RESET stops."""

    STREAMS = 0
    """clip, microphone and a model transfer"""
    MODEL = 1
    """and goes back to the built-in model"""


class Stream(IntFlag):
    """What a clip or stream reports."""

    RESULTS = 1
    EVENTS = 2
    FEATURES = 4
    AUDIO = 8


CLIP_LIVE = 4294967295
"""no end known: offsets count modulo 2^31"""
OFFSET_MASK = 2147483647
CLIP_CHUNK = 118
"""samples in a CLIP_AUDIO or AUDIO"""
MODEL_CHUNK = 236
"""bytes in a MODEL_DATA"""
RUN_CHUNK = 232
"""bytes of a tensor in a RUN_INPUT or RUN_OUTPUT"""
FEATURES_CHUNK = 116
"""bands in a FEATURES"""


@dataclass(frozen=True, slots=True)
class AckPayload(Record):
    """What a ACK holds."""

    type: int
    sequence: int
    status: int
    """VOX_ERR_*"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "B",
        "B",
        "i",
    )


@dataclass(frozen=True, slots=True)
class HelloPayload(Record):
    """What a HELLO begins with."""

    protocol: int
    """VOX_LINK_VERSION"""
    firmware: tuple[int, ...]
    """its version"""
    capabilities: int
    """VOX_CAN_*"""
    model_origin: int
    """VOX_MODEL_*: where the model in use came from"""
    max_chunk: int
    """samples in a CLIP_AUDIO"""
    receive_buffer: int
    """bytes that may be under way to the device"""
    tick_rate: int
    """Hz of the counter behind every figure in ticks"""
    memory: int
    """bytes for a running model"""
    memory_used: int
    """bytes of them in use (of a bare network: its tensors)"""
    model_slot: int
    """bytes of the largest model that can be pushed"""
    model_status: int
    """0, or the `vox_status` that says why nothing hears; VOX_ERR_BARE: a bare network, which runs on
    tensors only; VOX_ERR_STATE: no model
    """
    model_crc: int
    """from its header"""
    model_size: int
    """bytes"""
    sample_rate: int
    """Hz"""
    window: int
    """samples"""
    hop: int
    """samples"""
    bands: int
    window_frames: int
    """analysis window"""
    stride_frames: int
    label_count: int
    PARTS: ClassVar[tuple[Part, ...]] = (
        "B",
        "3B",
        "B",
        "B",
        "H",
        "I",
        "I",
        "I",
        "I",
        "I",
        "i",
        "I",
        "I",
        "I",
        "H",
        "H",
        "H",
        "H",
        "H",
        "H",
    )


@dataclass(frozen=True, slots=True)
class LabelPayload(Record):
    """What a LABEL begins with."""

    index: int
    PARTS: ClassVar[tuple[Part, ...]] = ("B",)


@dataclass(frozen=True, slots=True)
class ResultPayload(Record):
    """What a RESULT begins with."""

    frame: int
    window: int
    label: int
    score: int
    level: int
    flags: int
    """VOX_RESULT_*"""
    window_ticks: int
    frame_ticks: int
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
        "h",
        "H",
        "h",
        "B",
        "1x",
        "I",
        "I",
    )


@dataclass(frozen=True, slots=True)
class EventPayload(Record):
    """What a EVENT holds."""

    number: int
    frame: int
    label: int
    score: int
    kind: int
    """VOX_EVENT_*"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
        "h",
        "H",
        "B",
    )


@dataclass(frozen=True, slots=True)
class FeaturesPayload(Record):
    """What a FEATURES begins with."""

    frame: int
    level: int
    first_band: int
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "h",
        "H",
    )


@dataclass(frozen=True, slots=True)
class AudioPayload(Record):
    """What a AUDIO begins with."""

    offset: int
    PARTS: ClassVar[tuple[Part, ...]] = ("I",)


@dataclass(frozen=True, slots=True)
class ClipPayload(Record):
    """What a CLIP begins with."""

    samples: int
    frames: int
    windows: int
    events: int
    label: int
    score: int
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
        "I",
        "I",
        "h",
        "H",
    )


@dataclass(frozen=True, slots=True)
class StatsPayload(Record):
    """What a STATS holds."""

    uptime_ms: int
    frames: int
    """of features"""
    windows: int
    events: int
    link_frames: int
    """good ones received"""
    link_errors: int
    """bad ones received"""
    receive_lost: int
    """bytes"""
    unsent: int
    """frames"""
    audio_lost: int
    """samples"""
    repeats: int
    """requests recognised as such"""
    window_ticks: int
    """of the last window"""
    frame_ticks: int
    """of the last feature frame"""
    stack_size: int
    """bytes"""
    stack_used: int
    """the most so far"""
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
        "I",
        "I",
        "I",
        "I",
        "I",
        "I",
        "I",
        "I",
        "I",
        "I",
        "I",
        "I",
    )


@dataclass(frozen=True, slots=True)
class LogPayload(Record):
    """What a LOG begins with."""

    level: int
    """VOX_LOG_*"""
    PARTS: ClassVar[tuple[Part, ...]] = ("B",)


@dataclass(frozen=True, slots=True)
class ErrorPayload(Record):
    """What a ERROR begins with."""

    status: int
    """VOX_ERR_*"""
    PARTS: ClassVar[tuple[Part, ...]] = ("i",)


@dataclass(frozen=True, slots=True)
class RunOutputPayload(Record):
    """What a RUN_OUTPUT begins with."""

    offset: int
    """bytes"""
    ticks: int
    PARTS: ClassVar[tuple[Part, ...]] = (
        "I",
        "I",
    )


class ResultFlag(IntFlag):
    """VOX_RESULT_*."""

    GATED = 1
    """the energy gate held the window back"""


class LogLevel(IntEnum):
    """VOX_LOG_*."""

    NONE = 0
    ERROR = 1
    INFO = 2


class Capability(IntFlag):
    """What a device can do."""

    LISTEN = 1
    """has a microphone, or what stands for one"""
    TAKE_MODEL = 2
    """takes pushed models"""
    KEEP_MODEL = 4
    """and keeps them when it is switched off"""
    CHECK_SIGNATURE = 8
    """takes signed ones only"""


class ModelOrigin(IntEnum):
    """Where the model in use came from."""

    NONE = 0
    BUILT_IN = 1
    PUSHED = 2


MAX_NAME = 48
"""bytes of a name in HELLO"""
MAX_TEXT = 96
"""bytes of text in LOG and ERROR"""


class Request(IntEnum):
    """Host to device."""

    QUERY = 0x01
    """the answer, then the acknowledgement"""
    SETTINGS = 0x02
    """STATS every so many ms (0: never); what is logged"""
    STREAM = 0x03
    """starts the device's microphone and reports by mask; changes the mask while it runs; 0 stops it"""
    CLIP_BEGIN = 0x04
    """forgets all sound heard so far; VOX_CLIP_LIVE is live sound without a set end"""
    CLIP_AUDIO = 0x05
    """PCM mono at the model's rate; the offset counts modulo 2^31 when live"""
    CLIP_END = 0x06
    """a clip has to be complete; it is finished as `vox_listener_finish` does, live sound just stops.
    Gives CLIP
    """
    MODEL_BEGIN = 0x07
    """of the whole .vxm; the CRC is that of all its bytes"""
    MODEL_DATA = 0x08
    MODEL_COMMIT = 0x09
    """checks length, CRC, `vox_model_open`, memory; only then the new model takes over, and a clip or
    stream that was running ends
    """
    RESET = 0x0A
    RUN_BEGIN = 0x0B
    """the network alone, on a tensor from the host: wants the input from offset 0. Ends clips and streams"""
    RUN_NEXT = 0x0E
    """as RUN_BEGIN, which resets a network's state; here it stays as the run before left it, in which
    nothing may have come between
    """
    RUN_INPUT = 0x0C
    """bytes of the input tensor, elements little-endian"""
    RUN = 0x0D
    """the input has to be complete; gives RUN_OUTPUT for all of the output tensor. The next run needs a
    RUN_BEGIN
    """


class Reply(IntEnum):
    """Device to host."""

    ACK = 0x40
    """status: negative `vox_status`; of CLIP_AUDIO, MODEL_DATA and RUN_INPUT the next offset"""
    HELLO = 0x41
    """also sent once at start. What follows `model_size` is 0 where nothing hears"""
    LABEL = 0x42
    RESULT = 0x43
    """ticks of the window, inference included, and of one feature frame"""
    EVENT = 0x44
    FEATURES = 0x45
    """more than VOX_FEATURES_CHUNK bands take two"""
    AUDIO = 0x46
    """sound as it was heard; the offset counts samples modulo 2^31"""
    CLIP = 0x47
    """the verdict over all of it"""
    STATS = 0x48
    """counters modulo 2^32 since the device was switched on"""
    LOG = 0x49
    ERROR = 0x4A
    """something failed that was not a request"""
    RUN_OUTPUT = 0x4B
    """bytes of the output tensor; ticks of the run"""
