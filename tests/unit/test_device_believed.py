"""Boards that lie: every answer is typed and bounded, and what makes no sense is one error, soon."""

from __future__ import annotations

import random
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from helpers.boards import DATA, MODEL, hello
from helpers.tiny_model import tiny_network
from vox_embed.core import LinkDecoder, Model, link_encode
from vox_embed.device.link import Link
from vox_embed.device.material import random_tensors, synthetic_clips
from vox_embed.device.messages import MalformedError, parse, read_message
from vox_embed.device.monitor import Monitor
from vox_embed.device.session import Session
from vox_embed.device.verify import ensure_model, verify, verify_network
from vox_embed.experiment.errors import VoxError
from vox_embed.spec.link import (
    AckPayload,
    Query,
    Reply,
    Request,
    StatsPayload,
)

CLIPS = synthetic_clips(MODEL, 2, 1)
MOST_REQUESTS = 4000
"""That a command may send to a board that does not answer as it should."""


def clip_end(samples: int = 0, **changes: int) -> bytes:
    n = {"frames": 0, "windows": 0, "events": 0, "label": -1, "score": 0, "labels": 3, **changes}
    head = struct.pack("<IIIIhH", samples, n["frames"], n["windows"], n["events"], n["label"], n["score"])
    return head + bytes(2 * n["labels"])


class Board:
    """A byte stream that speaks the real protocol; `answer` says what comes before each acknowledgement."""

    name = "test board"

    def __init__(self) -> None:
        self.answer: Callable[[int, bytes], list[tuple[int, bytes]]] = lambda kind, payload: []
        self.hello = hello()
        self.lie: Callable[[int, bytes], list[tuple[int, bytes]]] | None = None
        """In place of everything."""
        self._decoder = LinkDecoder()
        self._out = bytearray()
        self._ready = threading.Condition()
        self._sequence = 0
        self._taken = 0
        self._samples = 0
        self.requests = 0

    def read(self) -> bytes:
        with self._ready:
            if not self._out:
                self._ready.wait(0.02)
            data, self._out = bytes(self._out), bytearray()
            return data

    def write(self, data: bytes) -> None:
        self.requests += 1
        assert self.requests < MOST_REQUESTS, "it goes on for ever"
        for kind, sequence, payload in self._decoder.feed(data):
            self._say(kind, sequence, payload)

    def close(self) -> None:
        return

    def send(self, kind: int, payload: bytes) -> None:
        with self._ready:
            self._out += link_encode(kind, self._sequence & 0xFF, payload[:240])
            self._sequence += 1
            self._ready.notify()

    def _say(self, kind: int, sequence: int, payload: bytes) -> None:
        answers = self._usual(kind, payload) if self.lie is None else self.lie(kind, payload)
        for reply, content in answers:
            plain = reply == Reply.ACK and content == b""
            ack = AckPayload(kind, sequence, self._taken if kind in DATA_REQUESTS else 0)
            self.send(reply, ack.pack() if plain else content)

    def _usual(self, kind: int, payload: bytes) -> list[tuple[int, bytes]]:
        said: list[tuple[int, bytes]] = []
        if kind in (Request.CLIP_BEGIN, Request.MODEL_BEGIN, Request.RUN_BEGIN):
            self._taken = 0
            self._samples = struct.unpack_from("<I", payload)[0] if kind == Request.CLIP_BEGIN else 0
        if kind in DATA_REQUESTS:
            unit = 2 if kind == Request.CLIP_AUDIO else 1
            self._taken = struct.unpack_from("<I", payload)[0] + (len(payload) - 4) // unit
        if kind == Request.QUERY and payload[0] == Query.HELLO:
            said.append((Reply.HELLO, self.hello))
        elif kind == Request.QUERY and payload[0] == Query.LABELS:
            said += [(Reply.LABEL, bytes([i]) + label.encode()) for i, label in enumerate(MODEL.labels)]
        elif kind == Request.QUERY:
            said.append((Reply.STATS, StatsPayload(*[0] * 14).pack()))
        more = self.answer(kind, payload)
        return [*said, *more, (Reply.ACK, b"")]


DATA_REQUESTS = (Request.CLIP_AUDIO, Request.MODEL_DATA, Request.RUN_INPUT)


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def session(board: Board) -> Iterator[Session]:
    with Session(Link(board), timeout=0.05) as session:
        yield session


def watch(session: Session) -> None:
    monitor = Monitor(session, Console(file=open("/dev/null", "w"), width=80), None)  # noqa: PTH123, SIM115
    monitor.listen(duration=0.2)


COMMANDS: dict[str, Callable[[Session], object]] = {
    "hello": lambda session: session.hello(),
    "labels": lambda session: session.labels(),
    "stats": lambda session: session.stats(),
    "clip": lambda session: session.run_clip(CLIPS[0].samples),
    "push": lambda session: session.push_model(DATA),
    "ensure": lambda session: ensure_model(session, DATA),
    "network": lambda session: session.run_network(np.zeros(8, np.int8), 4),
    "verify": lambda session: verify(session, DATA, CLIPS),
    "monitor": watch,
}


def attempt(command: str, board: Board) -> VoxError | None:
    """Runs a command; only VoxError may come of it, and after a bounded number of requests."""
    with Session(Link(board), timeout=0.03, attempts=4) as session:
        try:
            COMMANDS[command](session)
        except VoxError as error:
            return error
    return None


def test_an_honest_board_is_believed(board: Board, session: Session) -> None:
    assert session.hello().board == "toy"
    assert session.labels() == MODEL.labels
    assert session.stats().frames == 0
    assert not ensure_model(session, DATA)
    assert session.malformed == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"protocol": 9}, "speaks version 9 of the link's protocol"),
        ({"tick_rate": 0}, "a counter of 0 Hz"),
        ({"hop": 0}, "hop is 0"),
        ({"window": 0}, "window is 0"),
        ({"sample_rate": 0}, "sample_rate is 0"),
        ({"sample_rate": 1 << 31}, "sample_rate is 2147483648"),
        ({"bands": 65535}, "bands is 65535, not 1 to 128"),
        ({"label_count": 0}, "label_count is 0"),
        ({"label_count": 97}, "label_count is 97"),
        ({"window_frames": 65535}, "window_frames is 65535"),
        ({"model_origin": 77}, "HELLO of 65 bytes does not fit: 77"),
    ],
)
def test_a_hello_that_cannot_be(board: Board, changes: dict[str, object], said: str) -> None:
    board.hello = hello(**changes)
    error = attempt("hello", board)
    assert error is not None and said in error.message and error.hint


def test_a_hello_of_escape_codes_is_shown_as_text(board: Board, session: Session) -> None:
    board.hello = hello(board="\x1b]0;x\x07")
    assert session.hello().board == "\ufffd]0;x\ufffd"


@pytest.mark.parametrize("field", ["sample_rate", "window", "hop", "bands", "window_frames", "label_count"])
def test_another_figure_of_the_same_model(board: Board, field: str) -> None:
    board.hello = hello(**{field: getattr(parse(Reply.HELLO, hello()), field) + 1})
    error = attempt("ensure", board)
    assert error is not None and f"says that its {field} is" in error.message


@pytest.mark.parametrize(
    ("report", "payload", "said"),
    [
        (Reply.CLIP, clip_end(len(CLIPS[0].samples), frames=2**32 - 1), "frames is 4294967295"),
        (Reply.CLIP, clip_end(len(CLIPS[0].samples), frames=10, windows=2**32 - 1), "windows is 4294967295"),
        (Reply.CLIP, clip_end(len(CLIPS[0].samples), events=2**32 - 1), "events is 4294967295"),
        (Reply.CLIP, clip_end(7), "7 samples"),
        (Reply.CLIP, clip_end(len(CLIPS[0].samples), labels=2), "2 scores for 3 labels"),
        (Reply.CLIP, clip_end(len(CLIPS[0].samples), label=3), "label is 3"),
        (Reply.CLIP, clip_end(len(CLIPS[0].samples), score=40000), "score is 40000"),
        (Reply.CLIP, b"", "CLIP of 0 bytes"),
        (Reply.RESULT, b"\0" * 5, "RESULT of 5 bytes"),
        (Reply.RESULT, b"\0" * 24, "0 scores for 3 labels"),
        (Reply.RESULT, b"\0" * 25, "does not fit"),
        (Reply.FEATURES, struct.pack("<IhH", 2**32 - 1, 0, 0) + bytes(8), "frame 4294967295"),
        (Reply.FEATURES, struct.pack("<IhH", 0, 0, 65000) + bytes(8), "65000 to 65004"),
        (Reply.FEATURES, struct.pack("<IhH", 0, 0, 0), "0 to 0"),
        (Reply.EVENT, struct.pack("<IIhHB", 0, 1, 0, 0, 9), "kind 9"),
        (Reply.EVENT, struct.pack("<IIhHB", 0, 1, -1, 0, 1), "label is -1"),
        (Reply.EVENT, struct.pack("<IIhHB", 2**32 - 1, 1, 0, 0, 1), "number 4294967295"),
    ],
)
def test_reports_that_a_clip_cannot_have(board: Board, report: int, payload: bytes, said: str) -> None:
    board.answer = lambda kind, _: [(report, payload)] if kind == Request.CLIP_END else []
    error = attempt("clip", board)
    assert error is not None and "makes no sense" in error.message and said in error.message


@pytest.mark.parametrize(
    "labels",
    [
        [b"\x00yes", b"\x01no"],
        [b"\x00yes", b"\x01no", b"\x09x"],
        [b"\x00yes", b"\x01no", b"\x02a\nb"],
        [b"\x00yes", b"\x01no", b"\x02\xff"],
        [b"\x00yes", b"\x01no", b"\x02"],
        [b"\x00yes", b"\x01no", b"\x02" + b"x" * 200],
        [],
    ],
)
def test_labels_that_do_not_make_the_set(board: Board, labels: list[bytes]) -> None:
    def lie(kind: int, payload: bytes) -> list[tuple[int, bytes]]:
        if kind == Request.QUERY and payload[0] == Query.LABELS:
            return [*((Reply.LABEL, label) for label in labels), (Reply.ACK, b"")]
        return Board._usual(board, kind, payload)

    board.lie = lie
    assert attempt("labels", board) is not None


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_an_endless_log_is_no_answer(board: Board, command: str) -> None:
    stop = threading.Event()

    def babble() -> None:
        while not stop.is_set():
            for _ in range(50):
                board.send(Reply.LOG, b"\2\x1b]0;evil\x07")
            time.sleep(0.001)

    board.lie = lambda *_: []
    thread = threading.Thread(target=babble, daemon=True)
    thread.start()
    try:
        assert attempt(command, board) is not None
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("command", ["clip", "push", "network", "verify"])
@pytest.mark.parametrize("offset", [0, 1, 2**31 - 1, 2**30])
def test_a_board_that_never_takes_data(board: Board, command: str, offset: int) -> None:
    def lie(kind: int, payload: bytes) -> list[tuple[int, bytes]]:
        said = Board._usual(board, kind, payload)
        if kind in DATA_REQUESTS:
            board._taken = offset
        return said

    board.lie = lie
    board.hello = hello(model_crc=5)
    assert attempt(command, board) is not None


def test_a_flood_does_not_fill_the_memory(board: Board) -> None:
    """The reader waits, and so has the board to."""
    with Session(Link(board)) as session:
        for _ in range(60_000):
            board.send(Reply.LOG, b"\2" + b"x" * 100)
        deadline = time.monotonic() + 20
        while session.link._frames.qsize() < 1 << 15 and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
        assert session.link._frames.qsize() == 1 << 15


REPLIES = st.sampled_from([int(reply) for reply in Reply])
ANSWER = st.one_of(
    st.tuples(REPLIES, st.binary(max_size=240)),
    st.tuples(st.integers(0, 255), st.binary(max_size=40)),
    st.tuples(REPLIES, st.integers(0, 240).map(bytes)),
    st.tuples(REPLIES, st.integers(0, 240).map(lambda size: b"\xff" * size)),
)
HONEST = {
    Reply.HELLO: hello(),
    Reply.CLIP: clip_end(len(CLIPS[0].samples)),
    Reply.RESULT: struct.pack("<IIhHhBBII", 1, 0, 1, 2, 3, 0, 0, 4, 5) + bytes(6),
    Reply.EVENT: struct.pack("<IIhHB", 0, 1, 0, 0, 1),
    Reply.FEATURES: struct.pack("<IhH", 0, 0, 0) + bytes(2 * MODEL.bands),
    Reply.LABEL: b"\0yes",
    Reply.STATS: bytes(56),
    Reply.LOG: b"\1text",
    Reply.ERROR: struct.pack("<i", -5) + b"text",
    Reply.RUN_OUTPUT: bytes(12),
    Reply.AUDIO: bytes(12),
    Reply.ACK: bytes(6),
}


@st.composite
def mutated(draw: st.DrawFn) -> tuple[int, bytes]:
    """An honest message with a few bytes changed, cut or added."""
    kind = draw(st.sampled_from(sorted(HONEST)))
    payload = bytearray(HONEST[Reply(kind)])
    for _ in range(draw(st.integers(1, 4))):
        payload[draw(st.integers(0, len(payload) - 1))] = draw(st.sampled_from([0, 1, 127, 128, 254, 255]))
    return int(kind), bytes(payload[: draw(st.integers(0, len(payload)))] if draw(st.booleans()) else payload)


@pytest.mark.parametrize("command", sorted(COMMANDS))
@settings(max_examples=12, deadline=None)
@given(
    answers=st.lists(st.one_of(ANSWER, mutated()), max_size=6), honest=st.booleans(), seed=st.integers(0, 99)
)
def test_random_and_mutated_answers(
    command: str, answers: list[tuple[int, bytes]], honest: bool, seed: int
) -> None:
    """Among true answers, or in place of them."""
    board = Board()
    draw = random.Random(seed)
    board.answer = lambda *_: [draw.choice(answers)] if answers and draw.random() < 0.7 else []
    if not honest:
        board.lie = lambda *_: answers
    attempt(command, board)


@given(kind=st.integers(0, 255), payload=st.binary(max_size=300))
@settings(max_examples=500)
def test_any_payload_is_a_message_or_malformed(kind: int, payload: bytes) -> None:
    try:
        read_message(kind, payload)
    except MalformedError as error:
        assert str(error)


def test_a_network_that_answers_beyond_its_output(board: Board) -> None:
    data = tiny_network()
    network = Model(data)
    board.hello = hello(model_status=-17, model_crc=network.crc, model_size=network.size)
    board.answer = lambda kind, _: (
        [(Reply.RUN_OUTPUT, struct.pack("<II", 2**32 - 4, 0) + bytes(8))] if kind == Request.RUN else []
    )
    with Session(Link(board), timeout=0.05, attempts=3) as session, pytest.raises(VoxError, match="output"):
        verify_network(session, data, random_tensors(network, 1, 1))


def test_commands_say_one_thing_and_end_with_1(
    board: Board, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """monitor and verify as typed."""
    from vox_embed.cli.main import main
    from vox_embed.device import targets

    model = tmp_path / "m.vxm"
    model.write_bytes(DATA)
    monkeypatch.setattr(targets, "SerialPort", lambda name, baud: board)
    board.hello = hello(protocol=9)
    for command in (["verify", str(model), "--port", "x"], ["monitor", "--port", "x", "--duration", "0.1"]):
        assert main(command) == 1
        said = capsys.readouterr()
        assert said.err.count("error: ") == 1 and "version 9" in said.err and "Traceback" not in said.err
