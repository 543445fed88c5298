"""What a device answers to which requests: one table for every program that speaks the link.

`firmware/app` and `micropython/lib/vox_link.py` are two such programs; both are run through it.
"""

from __future__ import annotations

import math
import struct
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from helpers.tiny_model import tiny_model, tiny_network
from vox_embed.core import Model, link_encode
from vox_embed.device.messages import Ack, Audio, Clip, Hello, Label, Message, Output, Stats, parse
from vox_embed.device.refusals import refusal
from vox_embed.device.session import Session
from vox_embed.spec.link import Query, Request, Reset, Stream
from vox_embed.spec.status import Status

BUILT_IN = tiny_model("conv", seed=11)
"""The devices under test run this one when they are switched on."""
OTHER = tiny_model("dense", seed=12)
NETWORK = tiny_network("dense", seed=7)
LABELS = len(Model(BUILT_IN).labels)
CLIP = 1600
"""Samples: some windows of the built-in model."""
NOTHING: tuple[type[Message], ...] = ()
OK, ARGUMENT, STATE, UNSUPPORTED = Status.OK, Status.ERR_ARGUMENT, Status.ERR_STATE, Status.ERR_UNSUPPORTED
STORAGE, TRUNCATED, BARE = Status.ERR_STORAGE, Status.ERR_TRUNCATED, Status.ERR_BARE


@dataclass(frozen=True)
class Step:
    """One request, what it is acknowledged with, and what comes in front of that."""

    request: int
    payload: bytes = b""
    status: int = OK
    replies: tuple[type[Message], ...] = NOTHING
    again: bool = False
    """With the sequence of the step before: a repeat."""
    noise: bytes = b""
    """On the line in front of it."""


@dataclass(frozen=True)
class Case:
    """Steps on a device that has just been set back to its built-in model."""

    name: str
    steps: Sequence[Step]
    sentence: str = ""
    """What the host says about the last step's refusal."""
    only: str = ""
    """A program that differs here, for the reason in docs/micropython.md."""


def begin(samples: int = CLIP, mask: int = 0) -> Step:
    return Step(Request.CLIP_BEGIN, struct.pack("<IH", samples, mask))


def audio(offset: int, count: int, status: int) -> Step:
    return Step(Request.CLIP_AUDIO, struct.pack("<I", offset) + bytes(2 * count), status)


def clip() -> list[Step]:
    """A silent clip up to its end."""
    return [begin(), *(audio(at, 100, at + 100) for at in range(0, CLIP, 100))]


def announce(data: bytes, crc: int | None = None) -> Step:
    return Step(Request.MODEL_BEGIN, struct.pack("<II", len(data), zlib.crc32(data) if crc is None else crc))


def transfer(data: bytes) -> list[Step]:
    steps = [announce(data)]
    for at in range(0, len(data), 236):
        piece = data[at : at + 236]
        steps.append(Step(Request.MODEL_DATA, struct.pack("<I", at) + piece, at + len(piece)))
    return steps


def push(data: bytes, status: int = OK) -> list[Step]:
    return [*transfer(data), Step(Request.MODEL_COMMIT, status=status)]


def tensor(offset: int, count: int, status: int) -> Step:
    return Step(Request.RUN_INPUT, struct.pack("<I", offset) + bytes(count), status)


def with_byte(data: bytes, at: int, value: int) -> bytes:
    """A .vxm with one byte changed and the checksum in its header mended."""
    changed = bytearray(data)
    changed[at] = value
    changed[12:16] = struct.pack("<I", zlib.crc32(changed[16:]))
    return bytes(changed)


def audio_told() -> list[Step]:
    """Sound that the device is to send back."""
    return [replace(audio(at, 100, at + 100), replies=(Audio,)) for at in (0, 100)]


def clip_of(data: bytes) -> list[Step]:
    """The same clip on another model: it takes sound at its own rate."""
    assert Model(data).sample_rate == Model(BUILT_IN).sample_rate
    return [*clip(), CLIP_END]


def tensor_of() -> list[Step]:
    """All of the network's input."""
    pieces = [(at, min(232, INPUT - at)) for at in range(0, INPUT, 232)]
    return [tensor(at, size, at + size) for at, size in pieces]


def damaged(frame: bytes) -> bytes:
    """One bit of its payload turned."""
    return frame[:3] + bytes([frame[3] ^ 4]) + frame[4:]


INPUT = math.prod(Model(NETWORK).input_shape) * Model(NETWORK).input_bytes
QUERY_HELLO = Step(Request.QUERY, bytes([Query.HELLO]), OK, (Hello,))
LABELS_TOLD = Step(Request.QUERY, bytes([Query.LABELS]), OK, (Label,) * LABELS)
CLIP_END = Step(Request.CLIP_END, b"", OK, (Clip,))
COMMIT = Step(Request.MODEL_COMMIT)
RUN_BEGIN, RUN = Step(Request.RUN_BEGIN), Step(Request.RUN, b"", OK, (Output,))
LENGTH_OF_INPUT = "what came is not as long as the network's input"
UNFINISHED = "the model has not come whole"
LENGTH = "the request has a wrong length, or a value out of its range"


def refused(step: Step, status: int) -> Step:
    return replace(step, status=status, replies=NOTHING)


def case(name: str, *steps: Step, sentence: str = "", only: str = "") -> Case:
    return Case(name, steps, sentence, only)


def wrong_lengths() -> list[Case]:
    """Every request with a payload that it cannot have."""
    lengths = {
        Request.QUERY: (0, 2),
        Request.SETTINGS: (0, 4, 6),
        Request.STREAM: (0, 1, 3),
        Request.CLIP_BEGIN: (0, 5, 7),
        Request.MODEL_BEGIN: (0, 7, 9),
        Request.RESET: (0, 2),
    }
    return [
        case(f"{request.name} of {size} bytes", Step(request, bytes(size), ARGUMENT), sentence=LENGTH)
        for request, sizes in lengths.items()
        for size in sizes
    ]


CASES = [
    case("hello", QUERY_HELLO),
    case("labels", LABELS_TOLD),
    case("statistics", Step(Request.QUERY, bytes([Query.STATS]), OK, (Stats,))),
    case(
        "a query that nobody knows",
        Step(Request.QUERY, b"\x09", UNSUPPORTED),
        sentence="it does not know this request",
    ),
    case(
        "a request that nobody knows", Step(0x3F, b"", UNSUPPORTED), sentence="it does not know this request"
    ),
    *wrong_lengths(),
    case("settings", Step(Request.SETTINGS, struct.pack("<IB", 0, 1))),
    # --- sound
    case(
        "a microphone that is not there",
        Step(Request.STREAM, struct.pack("<H", Stream.RESULTS), UNSUPPORTED),
        sentence="it has no microphone, or none at the model's rate",
    ),
    case("no stream to stop", Step(Request.STREAM, bytes(2))),
    case("a clip", *clip(), CLIP_END),
    case("a clip of nothing", begin(0), CLIP_END),
    case("a clip that reports", begin(200, Stream.AUDIO), *audio_told(), CLIP_END),
    case("a clip longer than offsets reach", refused(begin(1 << 31), ARGUMENT), sentence=LENGTH),
    case(
        "sound without a clip",
        audio(0, 10, STATE),
        sentence="no clip has begun",
    ),
    case("sound that came before", *clip()[:3], audio(0, 100, 200), audio(200, 100, 300)),
    case("sound from further on", *clip()[:2], audio(500, 100, 100)),
    case(
        "half a sample",
        begin(),
        Step(Request.CLIP_AUDIO, bytes(7), ARGUMENT),
        sentence="more samples than were announced, or no whole ones",
    ),
    case("no sample", begin(), Step(Request.CLIP_AUDIO, bytes(4), ARGUMENT)),
    case("more sound than announced", begin(50), audio(0, 51, ARGUMENT), audio(0, 50, 50), CLIP_END),
    case(
        "the end of half a clip",
        *clip()[:5],
        refused(CLIP_END, STATE),
        sentence="no clip has begun, or it has not come whole",
    ),
    case("the end of no clip", refused(CLIP_END, STATE)),
    case("the end once more", *clip(), CLIP_END, refused(CLIP_END, STATE)),
    case("the end repeated", *clip(), CLIP_END, replace(CLIP_END, again=True), replace(CLIP_END, again=True)),
    case(
        "a beginning repeated",
        *clip()[:2],
        audio(100, 100, 200),
        replace(begin(), again=False),
        audio(0, 9, 9),
    ),
    case("live sound", begin(0xFFFFFFFF), audio(0, 100, 100), audio(100, 10, 110), CLIP_END),
    case(
        "a reset ends a clip", *clip()[:3], Step(Request.RESET, bytes([Reset.STREAMS])), audio(200, 10, STATE)
    ),
    case(
        "a reset that nobody knows",
        Step(Request.RESET, b"\x07", UNSUPPORTED),
        sentence="it does not know this request",
    ),
    # --- models
    case("another model", *push(OTHER), LABELS_TOLD, *clip_of(OTHER)),
    case(
        "back to the built-in one", *push(OTHER), Step(Request.RESET, bytes([Reset.MODEL])), *clip(), CLIP_END
    ),
    case("a commit of nothing", refused(COMMIT, STATE), sentence="no model is on its way to it"),
    case("a commit too early", *transfer(OTHER)[:-1], refused(COMMIT, TRUNCATED), sentence=UNFINISHED),
    case(
        "a commit too early, then the rest",
        *transfer(OTHER)[:-1],
        refused(COMMIT, TRUNCATED),
        transfer(OTHER)[-1],
        COMMIT,
    ),
    case("a commit once more", *push(OTHER), refused(COMMIT, STATE)),
    case("a commit repeated", *push(OTHER), replace(COMMIT, again=True)),
    case(
        "a commit after a reset",
        *transfer(OTHER),
        Step(Request.RESET, bytes([Reset.STREAMS])),
        refused(COMMIT, STATE),
    ),
    case(
        "data of no model", Step(Request.MODEL_DATA, bytes(9), STATE), sentence="no model is on its way to it"
    ),
    case("no data", announce(OTHER), Step(Request.MODEL_DATA, bytes(4), ARGUMENT)),
    case(
        "data that came before",
        *transfer(OTHER)[:2],
        Step(Request.MODEL_DATA, struct.pack("<I", 0) + OTHER[:9], 236),
    ),
    case(
        "more data than announced",
        announce(OTHER[:8]),
        Step(Request.MODEL_DATA, bytes(4 + 9), ARGUMENT),
        sentence="more bytes than were announced",
    ),
    case(
        "a model of no bytes",
        refused(announce(b""), STORAGE),
        sentence="it has no room for a model of this size",
    ),
    case("a model that has no room", Step(Request.MODEL_BEGIN, struct.pack("<II", 0x7FFFFFF8, 0), STORAGE)),
    case(
        "a model damaged on its way",
        announce(OTHER, crc=1),
        *transfer(OTHER)[1:],
        refused(COMMIT, Status.ERR_CRC),
        sentence="the model was damaged on its way",
    ),
    case("not a model", *push(bytes(64), Status.ERR_MAGIC), sentence="not a .vxm file"),
    case("a model of another version", *push(with_byte(OTHER, 4, 9), Status.ERR_VERSION)),
    case("a model cut short", *push(OTHER[: len(OTHER) // 16 * 8], TRUNCATED)),
    case(
        "a model with a wrong checksum",
        *push(OTHER[:-8] + bytes([OTHER[-8] ^ 1]) + OTHER[-7:], Status.ERR_CRC),
    ),
    case("a model with no sections", *push(with_byte(OTHER, 6, 0), Status.ERR_SECTION)),
    case("the old one stays", *push(bytes(64), Status.ERR_MAGIC), *clip(), CLIP_END),
    # --- networks
    case("a bare network", *push(NETWORK), RUN_BEGIN, *tensor_of(), RUN),
    case("a run repeated", *push(NETWORK), RUN_BEGIN, *tensor_of(), RUN, replace(RUN, again=True)),
    case(
        "a bare network does not hear",
        *push(NETWORK),
        refused(begin(), BARE),
        sentence="a bare network: it has no front end, labels and decision settings",
    ),
    case("a bare network has no labels", *push(NETWORK), Step(Request.QUERY, bytes([Query.LABELS]), BARE)),
    case("a run of nothing", *push(NETWORK), refused(RUN, STATE), sentence="no run of the network has begun"),
    case("a run once more", *push(NETWORK), RUN_BEGIN, *tensor_of(), RUN, refused(RUN, STATE)),
    case(
        "a run too early",
        *push(NETWORK),
        RUN_BEGIN,
        tensor(0, 9, 9),
        refused(RUN, TRUNCATED),
        sentence=LENGTH_OF_INPUT,
    ),
    case("input of no run", *push(NETWORK), tensor(0, 1, STATE), sentence="no run of the network has begun"),
    case("input that came before", *push(NETWORK), RUN_BEGIN, tensor(0, 4, 4), tensor(0, 4, 4)),
    case(
        "more than the input",
        *push(NETWORK),
        RUN_BEGIN,
        *tensor_of(),
        tensor(INPUT, 1, ARGUMENT),
        sentence="more bytes than the network's input has",
        only="firmware/app",
    ),
    case(
        "more than the input",
        *push(NETWORK),
        RUN_BEGIN,
        *tensor_of(),
        tensor(INPUT, 1, INPUT + 1),
        refused(RUN, TRUNCATED),
        sentence=LENGTH_OF_INPUT,
        only="vox_link",
    ),
    case("the network of a model that hears", RUN_BEGIN, only="firmware/app"),
    case(
        "the network of a model that hears",
        refused(RUN_BEGIN, UNSUPPORTED),
        sentence="it runs the network alone of bare networks only",
        only="vox_link",
    ),
    # --- the line
    case("zeros on the line", replace(QUERY_HELLO, noise=bytes(9))),
    case("noise on the line", replace(QUERY_HELLO, noise=b"\x05noise\x02on\xffthe line" * 40 + b"\0")),
    case("a frame cut off", replace(QUERY_HELLO, noise=link_encode(Request.RESET, 1, b"\0")[:-4] + b"\0")),
    case("a frame damaged", replace(QUERY_HELLO, noise=damaged(link_encode(Request.RESET, 1, b"\0")))),
]


def cases_of(program: str) -> list[Case]:
    """Those that the program has to answer."""
    return [each for each in CASES if each.only in ("", program)]


def exchange(session: Session, step: Step, sequence: int) -> list[Message]:
    """What comes back up to the acknowledgement."""
    link = session.link
    if step.noise:
        link._port.write(step.noise)
    link.send(step.request, sequence, step.payload)
    answers: list[Message] = []
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        frame = link.receive(deadline - time.monotonic())
        message = parse(frame.type, frame.payload) if frame else None
        answers += [] if message is None else [message]
        if isinstance(message, Ack):
            return answers
    raise AssertionError(f"no answer to {step}; {answers}")


def run_case(session: Session, asked: Case) -> None:
    """On a device that serves this conversation only."""
    exchange(session, QUERY_HELLO, 0)
    exchange(session, Step(Request.RESET, bytes([Reset.MODEL])), 1)
    sequence = 1
    for at, step in enumerate(asked.steps):
        sequence += 0 if step.again else 1
        *replies, ack = exchange(session, step, sequence & 255)
        assert ack == Ack(step.request, sequence & 255, step.status), (at, step)
        assert tuple(map(type, replies)) == step.replies, (at, step)
    if asked.sentence:
        last = asked.steps[-1]
        assert refusal(last.request, last.status) == asked.sentence
