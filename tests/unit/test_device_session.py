"""Sessions, emulators and targets when things go wrong; the comparison behind verify; the live view's log."""

from __future__ import annotations

import dataclasses
import io
import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from helpers.tiny_model import tiny_model
from vox_embed.core import ClipRun, LinkDecoder, Model, link_encode, run_clip
from vox_embed.core.listener import Event
from vox_embed.device import emulator as emulator_module
from vox_embed.device.boards import Board, all_boards, find_board, read_board
from vox_embed.device.differences import compare
from vox_embed.device.emulator import Emulator
from vox_embed.device.link import Link, SerialPort, SocketPort
from vox_embed.device.material import synthetic_clips
from vox_embed.device.messages import Stats, parse
from vox_embed.device.monitor import Monitor, label_name, render
from vox_embed.device.qmp import Control
from vox_embed.device.session import DeviceRestartedError, Session
from vox_embed.device.targets import build_image, open_board, open_port, open_target
from vox_embed.experiment.errors import VoxError
from vox_embed.spec.link import ModelOrigin, Reply, Request


@pytest.fixture(scope="module")
def native() -> tuple[Board, Path]:
    board = find_board("native")
    return board, build_image(board)


@pytest.fixture
def pair() -> Iterator[tuple[SocketPort, socket.socket]]:
    ours, theirs = socket.socketpair()
    with theirs:
        yield SocketPort(ours, "test board"), theirs


# ---- nobody there


def test_silent_board_is_reported(pair: tuple[SocketPort, socket.socket]) -> None:
    with Session(Link(pair[0])) as session, pytest.raises(VoxError, match="does not answer") as error:
        session.hello()
    assert "sent 8 times" in error.value.message  # half a second each
    assert error.value.hint


def test_babbling_board_is_reported(pair: tuple[SocketPort, socket.socket]) -> None:
    stop = threading.Event()

    def babble() -> None:
        while not stop.wait(0.01):
            try:
                pair[1].sendall(b"login: \r\n\0")
            except OSError:
                return

    thread = threading.Thread(target=babble, daemon=True)
    thread.start()
    with Session(Link(pair[0])) as session:
        with pytest.raises(VoxError, match="does not answer"):
            session.hello()
        assert session.link.errors > 10
    stop.set()
    thread.join()


@pytest.mark.parametrize("request_data", [False, True])
def test_board_that_reports_without_end_and_never_answers(
    pair: tuple[SocketPort, socket.socket], request_data: bool
) -> None:
    """As a microphone does while its acknowledgements are lost."""
    stop = threading.Event()

    def report() -> None:
        sequence = 0
        while not stop.wait(0.02):
            sequence = (sequence + 1) & 0xFF
            try:
                pair[1].sendall(link_encode(Reply.LOG, sequence, b"\2x"))
            except OSError:
                return

    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    with (
        Session(Link(pair[0]), timeout=0.1, attempts=5) as session,
        pytest.raises(VoxError, match="not answer"),
    ):
        if request_data:
            session._send_data(Request.MODEL_DATA, bytes(1000), 1, 200, session.sink)
        else:
            session.hello()
    stop.set()
    thread.join()


def test_lost_connection_is_reported_as_such(pair: tuple[SocketPort, socket.socket]) -> None:
    with Session(Link(pair[0])) as session:
        pair[1].close()
        with pytest.raises(VoxError, match="connection to the device was lost"):  # not: does not answer
            session.hello()


def test_dead_emulator_says_why(native: tuple[Board, Path]) -> None:
    board, image = native
    with pytest.raises(VoxError, match=r"ended with status 2.*usage"):
        open_board(board, image, arguments=["--nonsense"])


def test_emulator_is_gone_after_the_session(native: tuple[Board, Path]) -> None:
    emulator = Emulator(*native)
    with Session(Link(emulator.port), on_close=emulator.close) as session:
        session.hello()
        assert emulator.running
    assert not emulator.running
    emulator.close()


def test_missing_qemu_image_and_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(VoxError, match="there is no image") as error:
        Emulator(find_board("qemu-m4"), tmp_path / "none.elf")
    assert "cmake --preset qemu-m4" in (error.value.hint or "")
    image = tmp_path / "x.elf"
    image.write_bytes(b"")
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        with pytest.raises(VoxError, match="qemu-system-arm, which is not installed"):
            emulator_module.qemu_command(find_board("qemu-m4"), image)
        with pytest.raises(VoxError, match="needs cmake"):
            build_image(find_board("qemu-m4"))
    with pytest.raises(VoxError, match="cannot open the port /dev/no-such-board"):
        open_port("/dev/no-such-board")
    with pytest.raises(VoxError, match="--port names a device"):
        open_target("native", "/dev/ttyACM0")


def test_what_is_no_image_ends_qemu_with_a_message(tmp_path: Path) -> None:
    image = tmp_path / "x.elf"
    image.write_text("not an image", encoding="utf-8")
    with pytest.raises(VoxError, match=r"qemu-m4|qemu-system-arm"):
        open_board(find_board("qemu-m4"), image)


# ---- repeats


def test_a_command_is_no_repeat_when_the_sequence_has_come_round(native: tuple[Board, Path]) -> None:
    with open_board(*native) as session:
        for questions in (254, 255, 256):
            session.settings()
            for _ in range(questions):
                session.stats()
            session.settings()
        assert session.stats().repeats == session.resent == 0


# ---- restarts


def hello_frame(sequence: int, origin: ModelOrigin) -> bytes:
    """HELLO as board "toy" sends it, frame number `sequence`."""
    numbers = struct.pack("<6BH5IiIII6H", 1, 0, 1, 0, 0, origin, 118, 2048, 1000, 0, 0, 0, -14, *([0] * 9))
    return link_encode(Reply.HELLO, sequence, numbers + b"\x03toy\x00")


def test_a_restart_is_noticed_and_the_session_goes_on(pair: tuple[SocketPort, socket.socket]) -> None:
    with Session(Link(pair[0])) as session:
        pair[1].sendall(link_encode(Reply.LOG, 17, b"\2x") + hello_frame(0, ModelOrigin.BUILT_IN))
        assert session.poll(2)
        with pytest.raises(DeviceRestartedError, match="restarted; it runs its built-in model now"):
            session.poll(2)
        assert session.device.model_origin is ModelOrigin.BUILT_IN
        pair[1].sendall(link_encode(Reply.LOG, 1, b"\2x"))
        assert session.poll(2)


def test_frame_0_after_frame_255_is_no_restart(pair: tuple[SocketPort, socket.socket]) -> None:
    """A second answer to a question that was asked twice, after a full turn of the numbers."""
    with Session(Link(pair[0])) as session:
        pair[1].sendall(link_encode(Reply.LOG, 255, b"\2x") + hello_frame(0, ModelOrigin.PUSHED))
        assert session.poll(2)
        assert session.poll(2)
        assert session.device.board == "toy"


def test_reset_button_of_an_emulator(native: tuple[Board, Path]) -> None:
    emulator = Emulator(*native)
    with Session(Link(emulator.port), on_close=emulator.close, explain=emulator.failure) as session:
        session.hello()
        before = session.stats().link_frames
        assert before > 1
        for _ in range(2):
            emulator.reset()
            with pytest.raises(DeviceRestartedError):
                session.poll(5)
            assert session.stats().link_frames == 1
        assert emulator.running


def test_qemu_that_refuses_or_is_gone() -> None:
    ours, theirs = socket.socketpair()
    theirs.sendall(b'{"QMP": {}}\n{"return": {}}\n{"event": "RESET"}\n{"error": {"desc": "not now"}}\n')
    control = Control(ours)
    with pytest.raises(VoxError, match="QEMU refused system_reset: not now"):
        control.execute("system_reset")
    assert theirs.recv(1000).splitlines()[-1] == b'{"execute": "system_reset"}'
    theirs.close()
    with pytest.raises(VoxError, match="QEMU"):
        control.execute("system_reset")
    control.close()


# ---- boards


def test_boards() -> None:
    names = [board.name for board in all_boards()]
    assert {"native", "qemu-m4"} <= set(names)
    board = find_board("qemu-m4")
    assert board.emulator_machine == "mps2-an386"
    assert board.emulated
    assert not board.hardware
    with pytest.raises(VoxError, match="no board 'qemu-m5'") as error:
        find_board("qemu-m5")
    assert error.value.hint == "did you mean 'qemu-m55'?"


@pytest.mark.parametrize(
    ("text", "message"),
    [("name: x\n", "the key title is missing"), ("- 1\n", "expected keys"), ("a: [", "read")],
)
def test_bad_board_file(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(VoxError, match=message):
        read_board(path)


# ---- the link's reader


def test_missed_and_doubled_frames_are_noticed(pair: tuple[SocketPort, socket.socket]) -> None:
    with Link(pair[0]) as link:
        frames = [link_encode(Reply.LOG, sequence, b"\2x") for sequence in (254, 255, 255, 0, 3)]
        pair[1].sendall(b"".join(frames) + b"\5\5\0")
        assert [link.receive(2).sequence for _ in range(4)] == [254, 255, 0, 3]  # type: ignore[union-attr]
        assert link.receive(0.3) is None
        assert (link.missed, link.errors, link.frames) == (2, 1, 5)


def test_messages_that_do_not_fit_are_ignored() -> None:
    for kind in range(256):
        for size in (0, 1, 3, 5, 17):
            parse(kind, bytes([255]) * size)
    assert parse(Reply.STATS, bytes(55)) is None
    assert isinstance(parse(Reply.STATS, bytes(56)), Stats)


def test_pseudo_terminal(native: tuple[Board, Path]) -> None:
    """As a board on a serial port: hosts come and go, the device stays."""
    import subprocess

    program = subprocess.Popen(
        [str(native[1]), "--pty"], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    )
    try:
        assert program.stdout is not None
        name = program.stdout.readline().strip()
        data = tiny_model("conv")
        clip = synthetic_clips(Model(data), 1, 1)[0]
        with open_port(name) as session:
            session.push_model(data)
        with open_port(name) as session:
            assert session.device.model_crc == Model(data).crc
            assert (
                compare(clip.name, run_clip(Model(data), clip.samples), session.run_clip(clip.samples)).total
                == 0
            )
    finally:
        program.terminate()
        program.wait()
        assert program.stdout is not None
        program.stdout.close()


def test_loop_port_echoes_frames() -> None:
    port = SerialPort("loop://")
    port.write(link_encode(1, 2, b"abc"))
    assert LinkDecoder().feed(port.read() + port.read()) == [(1, 2, b"abc")]
    port.close()


# ---- comparison


@pytest.fixture(scope="module")
def run() -> ClipRun:
    model = Model(tiny_model("conv"))
    for clip in synthetic_clips(model, 20, 1):
        found = run_clip(model, clip.samples)
        if found.heard.events and len(found.heard.window_frames) > 1:
            return found
    raise AssertionError("no synthetic clip raises an event")


def changed(run: ClipRun, **heard: object) -> ClipRun:
    return dataclasses.replace(run, heard=dataclasses.replace(run.heard, **heard))  # type: ignore[arg-type]


def with_one_off(values: np.ndarray, at: tuple[int, ...]) -> np.ndarray:  # type: ignore[type-arg]
    copy = values.copy()
    copy[at] += 1
    return copy


CHANGES: list[tuple[Callable[[ClipRun], ClipRun], tuple[int, int, int], str]] = [
    (
        lambda r: changed(r, features=with_one_off(r.heard.features, (2, 3))),
        (1, 0, 0),
        r"feature .* \[2\] \[3\]",
    ),
    (lambda r: changed(r, levels=with_one_off(r.heard.levels, (4,))), (1, 0, 0), r"level of frame \[4\]"),
    (
        lambda r: changed(r, posteriors=with_one_off(r.heard.posteriors, (1, 0))),
        (0, 1, 0),
        r"posterior .* \[1\] \[0\]",
    ),
    (
        lambda r: changed(r, verdict_scores=with_one_off(r.heard.verdict_scores, (0,))),
        (0, 1, 0),
        "score of window",
    ),
    (lambda r: changed(r, gated=with_one_off(r.heard.gated, (0,))), (0, 1, 0), "gate of window"),
    (lambda r: changed(r, features=r.heard.features[:-1]), (16, 0, 0), "device has"),
    (lambda r: dataclasses.replace(r, score=r.score + 1), (0, 1, 0), "clip verdict"),
    (lambda r: dataclasses.replace(r, scores=with_one_off(r.scores, (0,))), (0, 1, 0), "clip score"),
    (lambda r: changed(r, events=r.heard.events[:-1]), (0, 0, 1), "event .* device None"),
    (lambda r: changed(r, events=(*r.heard.events, Event(9, 0, 1, 1))), (0, 0, 1), "event .* host None"),
]


@pytest.mark.parametrize("case", range(len(CHANGES)))
def test_every_difference_is_found(run: ClipRun, case: int) -> None:
    change, counts, message = CHANGES[case]
    found = compare("clip.wav", run, change(run))
    assert (found.features, found.scores, found.events) == counts
    assert found.first is not None
    assert found.first.startswith("clip.wav: ")
    import re

    assert re.search(message, found.first)


def test_equal_runs_do_not_differ(run: ClipRun) -> None:
    assert compare("x", run, run).total == 0
    assert compare("x", run, run).first is None


# ---- live view


def test_monitor_prints_events_and_logs_everything(native: tuple[Board, Path]) -> None:
    from rich.console import Console

    data = tiny_model("conv")
    model = Model(data)
    clips = [c for c in synthetic_clips(model, 20, 1) if run_clip(model, c.samples).heard.events][:2]
    out, log = io.StringIO(), io.StringIO()
    with open_board(*native) as session:
        session.push_model(data)
        monitor = Monitor(session, Console(file=out, width=100), log, np.arange(len(model.labels)) - 1.0)
        start = time.monotonic()
        monitor.play(clips, pause=0.1)
        took = time.monotonic() - start
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    events = [line for line in lines if line["type"] == "event"]
    assert events
    *printed, summary = out.getvalue().splitlines()
    assert len(printed) == len(events)
    assert f"{len(events)} events, 0 frames lost, 0 CRC errors" in summary
    results = [line for line in lines if line["type"] == "result"]
    assert len(results) == monitor.view.windows > 0
    assert len(results[0]["posteriors"]) == len(model.labels)
    shares = np.array(results[0]["posteriors"])
    assert results[0]["value"] == pytest.approx(
        shares @ (np.arange(len(shares)) - 1) / shares.sum(), abs=1e-4
    )
    assert any(line["type"] == "stats" for line in lines)
    sound = sum(len(c.samples) for c in clips) / model.sample_rate
    assert took >= sound  # in real time


def test_monitor_draws_on_a_terminal(native: tuple[Board, Path]) -> None:
    from rich.console import Console

    out = io.StringIO()
    data = tiny_model("conv")
    with open_board(*native) as session:
        session.push_model(data)
        monitor = Monitor(session, Console(file=out, force_terminal=True, width=100))
        monitor.play(synthetic_clips(Model(data), 2, 1), duration=0.5)
    screen = out.getvalue()
    for text in (*Model(data).labels, "CRC errors", "frames lost", "events", "native"):
        assert text in screen
    view = monitor.view
    assert view.result is not None
    view.grid = 1000.0 * np.arange(len(view.labels))
    shares = np.zeros(len(view.labels), np.uint16)
    shares[:2] = 24575, 8192
    for gated, text in ((False, "250"), (True, label_name(view.labels, view.result.label))):
        view.result = dataclasses.replace(view.result, gated=gated, posteriors=shares)
        console = Console(file=io.StringIO(), width=100)
        console.print(render(view, 0, 0))
        assert console.file.getvalue().splitlines()[1].split()[1] == text.split()[0]  # type: ignore[attr-defined]


def test_monitor_needs_a_model_and_a_microphone(native: tuple[Board, Path]) -> None:
    from rich.console import Console

    with open_board(*native) as session:
        session.push_model(tiny_model("dense"))
        with pytest.raises(VoxError, match="has no microphone"):
            Monitor(session, Console(file=sys.stderr)).listen(duration=0.1)
