"""The device program on every emulated board: the same bits as the host, whatever the line does."""

from __future__ import annotations

import random
import struct
import time
from pathlib import Path

import numpy as np
import pytest

from helpers.tiny_model import DESCRIPTORS, tiny_model, tiny_network
from vox_embed.core import Listener, Model, link_encode
from vox_embed.device.boards import find_board
from vox_embed.device.link import Link
from vox_embed.device.material import random_tensors, synthetic_clips
from vox_embed.device.messages import Ack, Message, NumberedEvent, Output, Result, parse
from vox_embed.device.session import DeviceRefusedError, Session
from vox_embed.device.targets import open_board
from vox_embed.device.verify import check_room, ensure_model, verify, verify_network
from vox_embed.experiment.errors import VoxError
from vox_embed.features.logmel import LogMel
from vox_embed.features.running import RunningMean
from vox_embed.program.cascade import Stage, build_cascade
from vox_embed.program.vxm import Rule
from vox_embed.spec.link import MODEL_CHUNK, RUN_CHUNK, ModelOrigin, Query, Request, Reset, Stream
from vox_embed.spec.model_format import EventKind

ERR_ARGUMENT, ERR_TRUNCATED, ERR_UNSUPPORTED, ERR_MEMORY = -1, -5, -11, -12
ERR_STATE, ERR_STORAGE, ERR_BARE = -14, -16, -17


def skip_what_does_not_fit(session: Session, data: bytes) -> None:
    """A model too large for the board is refused by host and board, with the figures; then skip."""
    model = Model(data)
    try:
        check_room(session.hello(), model)
    except VoxError as error:
        before = session.device.model_crc
        with pytest.raises(VoxError, match=r"needs \d+ bytes of RAM to run, the board has \d+"):
            ensure_model(session, data)
        with pytest.raises(DeviceRefusedError) as refusal:
            session.push_model(data)
        assert refusal.value.status == ERR_MEMORY
        assert session.hello().model_crc == before
        pytest.skip(str(error))


def assert_parity(session: Session, data: bytes, clips: int = 6, seed: int = 3) -> None:
    report = verify(session, data, synthetic_clips(Model(data), clips, seed))
    assert report.differences.total == 0, report.differences.first
    assert report.compared.clips == clips
    assert report.compared.frames > 0
    assert report.compared.windows > 0


def test_hello(device: Session, board: str, built_in: bytes) -> None:
    hello = device.hello()
    assert hello.protocol == 1
    assert hello.memory > hello.memory_used
    assert (hello.memory_used > 0) == (hello.model_status == 0)
    if board != "port":
        model = Model(built_in)
        assert hello.board == board
        assert hello.model_origin is ModelOrigin.BUILT_IN
        assert (hello.model_crc, hello.model_size) == (model.crc, model.size)
        assert hello.memory_used == model.listener_size
        assert (hello.sample_rate, hello.hop, hello.bands) == (model.sample_rate, model.hop, model.bands)
        assert device.labels() == model.labels


def test_clips_are_bit_exact(device: Session, built_in: bytes) -> None:
    report = verify(device, built_in, synthetic_clips(Model(built_in), 14, 1))
    assert report.differences.total == 0, report.differences.first
    assert report.compared.windows > 20
    assert report.compared.events > 0
    assert report.as_json()["differences"] == {"features": 0, "scores": 0, "events": 0}


@pytest.mark.parametrize("kind", ["dense", "every_op"])
def test_pushed_model_is_bit_exact(device: Session, kind: str) -> None:
    data = tiny_model(kind, seed=5)
    pushed = device.push_model(data)
    assert pushed.model_origin is ModelOrigin.PUSHED
    assert pushed.model_crc == Model(data).crc
    assert_parity(device, data)


@pytest.mark.parametrize("functionals", [(), ("mean", "std", "p50")], ids=["frames", "functionals"])
def test_descriptors_are_bit_exact(device: Session, functionals: tuple[str, ...]) -> None:
    data = tiny_model("dense", features=DESCRIPTORS, functionals=functionals, seed=8)
    skip_what_does_not_fit(device, data)
    assert device.push_model(data).model_crc == Model(data).crc
    assert_parity(device, data)


def test_running_means_are_bit_exact(device: Session) -> None:
    running = RunningMean(np.arange(3000, 3000 + 16 * 200, 200).astype(np.int16), 4)
    data = tiny_model("conv", running=running, gate_level=5000, seed=6)
    assert device.push_model(data).model_crc == Model(data).crc
    assert_parity(device, data)


def test_tags_are_bit_exact_and_hold_at_once(device: Session) -> None:
    rules = (Rule(0.3, 0.28, 0), Rule(0.33, 0.25, 4, 2), Rule(0.3, 0.3, 12))
    more = {"rules": rules, "tags": True, "background": frozenset(), "gate_level": 5000}
    data = tiny_model("conv", stream="exponential", alpha=0.7, seed=9, **more)
    assert device.push_model(data).model_crc == Model(data).crc
    assert_parity(device, data)
    on: set[int] = set()
    most = 0
    listener = Listener(Model(data))
    for clip in synthetic_clips(Model(data), 6, 3):
        for event in listener.push(clip.samples).events:
            (on.add if event.kind == EventKind.BEGIN else on.discard)(event.label)
            most = max(most, len(on))
    assert most > 1  # or the test would show nothing


def test_cascades_are_bit_exact(device: Session) -> None:
    first = tiny_model("dense", gate_level=9000, threshold_on=0.36, threshold_off=0.34, seed=2)
    data = build_cascade([Stage("first", first), Stage("last", tiny_model("conv", gate_level=0), 6)])
    skip_what_does_not_fit(device, data)
    assert device.push_model(data).model_crc == Model(data).crc
    assert_parity(device, data)


def test_widest_reports(device: Session) -> None:
    """96 labels fill a RESULT; 120 bands take two FEATURES messages a frame."""
    wide = LogMel(sample_rate=16000, window=480, hop=320, fft_size=2048, bands=120, fmin=60.0, fmax=7800.0)
    data = tiny_model("conv", features=wide, labels=[f"label {i}" for i in range(96)])
    skip_what_does_not_fit(device, data)
    assert_parity(device, data, clips=1)
    assert device.labels()[95] == "label 95"


def test_models_can_be_pushed_again_and_again(device: Session) -> None:
    for seed in (1, 2, 3):
        data = tiny_model("conv", seed=seed)
        assert device.push_model(data).model_crc == Model(data).crc
    device.reset(Reset.MODEL)
    assert device.hello().model_origin in (ModelOrigin.BUILT_IN, ModelOrigin.NONE)


@pytest.mark.parametrize("at", [8, 40, 500, -20])
def test_damaged_model_is_refused_and_the_old_one_runs_on(device: Session, built_in: bytes, at: int) -> None:
    assert_parity(device, built_in, clips=1)
    damaged = bytearray(tiny_model("conv", seed=6))
    damaged[at] ^= 0x10
    with pytest.raises(DeviceRefusedError) as refusal:
        device.push_model(bytes(damaged))
    assert refusal.value.status < 0
    assert device.hello().model_crc == Model(built_in).crc
    assert_parity(device, built_in, clips=2)


def test_cut_model_is_refused(device: Session, built_in: bytes) -> None:
    data = tiny_model("conv", seed=6)
    with pytest.raises(DeviceRefusedError):
        device.push_model(data[: len(data) // 16 * 8])
    device._command(Request.MODEL_BEGIN, struct.pack("<II", len(data), 0))
    device._send_data(Request.MODEL_DATA, data[:100], 1, MODEL_CHUNK, device.sink)
    with pytest.raises(DeviceRefusedError):
        device._command(Request.MODEL_COMMIT)
    assert_parity(device, built_in, clips=1)


@pytest.mark.parametrize("kind", ["dense", "conv", "every_op"])
def test_bare_network_is_bit_exact(device: Session, kind: str) -> None:
    data = tiny_network(kind, seed=7)
    report = verify_network(device, data, random_tensors(Model(data), 9, 5))
    assert report.differences.total == 0, report.differences.first
    assert report.compared.clips == 9
    assert report.as_json()["differences"] == {"features": 0, "scores": 0, "events": 0}
    assert not ensure_model(device, data)  # it is there
    hello = device.hello()
    assert (hello.model_status, hello.model_crc) == (ERR_BARE, Model(data).crc)
    assert hello.memory_used == Model(data).arena_size
    with pytest.raises(DeviceRefusedError) as refusal:
        device.run_clip(np.zeros(800, np.int16))
    assert refusal.value.status == ERR_BARE


def test_network_of_a_model_that_hears(device: Session, built_in: bytes) -> None:
    """The network alone shares its arena with the front end: clips before and after it are not disturbed."""
    assert_parity(device, built_in, clips=1)
    report = verify_network(device, built_in, random_tensors(Model(built_in), 3, 6))
    assert report.differences.total == 0, report.differences.first
    assert_parity(device, built_in, clips=2)


def test_network_runs_on_whole_tensors_only(device: Session) -> None:
    data = tiny_network("dense")
    ensure_model(device, data)
    elements = int(np.prod(Model(data).input_shape))
    for count, status in ((elements - 1, ERR_TRUNCATED), (elements + 1, ERR_ARGUMENT)):
        with pytest.raises(DeviceRefusedError) as refusal:
            device.run_network(np.zeros(count, np.int8), 3)
        assert refusal.value.status == status
    with pytest.raises(DeviceRefusedError) as refusal:
        device._command(Request.RUN)
    assert refusal.value.status in (ERR_STATE, ERR_TRUNCATED)


def test_repeated_run_gives_the_output_again_and_runs_once(device: Session) -> None:
    data = tiny_network("conv")
    ensure_model(device, data)
    device.hello()
    tensor = random_tensors(Model(data), 1, 2)[0].values
    host = Model(data).run(tensor.reshape(1, -1))[0]
    exchange(device.link, Request.RUN_BEGIN, 10, b"")
    device._send_data(Request.RUN_INPUT, tensor.tobytes(), 1, RUN_CHUNK, device.sink)
    answers = [exchange(device.link, Request.RUN, 11, b"") for _ in range(3)]
    for answer in answers:
        output, ack = answer[-2:]
        assert ack == Ack(Request.RUN, 11, 0)
        assert isinstance(output, Output)
        assert output.values.tolist() == host.tolist()
    assert len({answer[-2].ticks for answer in answers if isinstance(answer[-2], Output)}) == 1
    assert exchange(device.link, Request.RUN, 12, b"")[-1] == Ack(Request.RUN, 12, ERR_STATE)


def test_oversize_is_refused(device: Session) -> None:
    before = device.hello().model_crc
    with pytest.raises(VoxError, match="the device takes"):
        device.push_model(bytes(device.device.model_slot + 8))
    with pytest.raises(DeviceRefusedError) as refusal:
        device._command(Request.MODEL_BEGIN, struct.pack("<II", device.device.model_slot + 1, 0))
    assert refusal.value.status == ERR_STORAGE
    assert device.hello().model_crc == before


def live_reports(session: Session) -> tuple[list[Result], list[NumberedEvent]]:
    results: list[Result] = []
    events: list[NumberedEvent] = []

    def take(message: Message) -> None:
        if isinstance(message, Result):
            results.append(message)
        elif isinstance(message, NumberedEvent):
            events.append(message)

    session.sink = take
    return results, events


def test_live_stream_equals_the_host_and_runs_on_during_a_push(device: Session, built_in: bytes) -> None:
    if device.hello().model_crc != Model(built_in).crc:
        device.push_model(built_in)
    results, events = live_reports(device)
    model = Model(built_in)
    sound = np.concatenate([c.samples for c in synthetic_clips(model, 7, 8)])
    other = tiny_model("dense", seed=9)
    live = device.live()
    half = len(sound) // 2
    live.push(sound[:half])
    device._command(Request.MODEL_BEGIN, struct.pack("<II", len(other), 0))
    device._send_data(Request.MODEL_DATA, other[:777], 1, MODEL_CHUNK, device.sink)
    live.push(sound[half:])
    clip = live.end()
    heard = Listener(model).push(sound)
    assert clip is not None
    assert clip.windows == len(heard.window_frames) == len(results)
    assert np.array_equal([r.posteriors for r in results], heard.posteriors)
    assert [r.label for r in results] == heard.verdict_labels.tolist()
    assert tuple(e.event for e in events) == heard.events
    assert len(events) > 0


def test_a_push_ends_a_live_stream(device: Session) -> None:
    device.push_model(tiny_model("conv", seed=2))
    live = device.live()
    device.push_model(tiny_model("conv", seed=3))
    with pytest.raises(DeviceRefusedError) as refusal:
        live.push(np.zeros(50, np.int16))
    assert refusal.value.status == ERR_STATE


# ---- a bad line


def exchange(link: Link, request: int, sequence: int, payload: bytes, timeout: float = 2.0) -> list[Message]:
    """One frame out; what comes back up to its acknowledgement."""
    link.send(request, sequence, payload)
    answers: list[Message] = []
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        frame = link.receive(deadline - time.monotonic())
        message = parse(frame.type, frame.payload) if frame else None
        if message is not None:
            answers.append(message)
        if isinstance(message, Ack) and (message.type, message.sequence) == (request, sequence):
            break
    return answers


def test_half_frames_and_noise_do_no_harm(device: Session, built_in: bytes) -> None:
    generator = random.Random(1)
    port = device.link._port
    before = device.stats().link_errors
    frame = link_encode(Request.QUERY, 77, bytes([Query.HELLO]))
    for cut in range(1, len(frame)):
        port.write(frame[:cut])
    port.write(b"\0")
    for _ in range(40):
        port.write(generator.randbytes(500))
    port.write(b"\0")
    assert device.hello().protocol == 1
    assert device.stats().link_errors > before
    assert_parity(device, built_in, clips=1)


def test_any_request_with_any_payload_is_answered(device: Session, built_in: bytes) -> None:
    generator = random.Random(2)
    sequence = 0
    for kind in (0x00, *range(0x01, 0x10), 0x40, 0x55, 0xFF):
        for size in (0, 1, 2, 4, 5, 6, 7, 8, 12, 239, 240):
            sequence = (sequence + 1) & 0xFF
            payload = generator.randbytes(size)
            # An answer to an earlier request that was repeated may still be on its way.
            said = [m for m in exchange(device.link, kind, sequence, payload) if isinstance(m, Ack)]
            acks = [m for m in said if (m.type, m.sequence) == (kind, sequence)]
            assert len(acks) == 1, (kind, size)
            if kind not in list(Request):
                assert acks[0].status == ERR_UNSUPPORTED
    device.hello()
    device.reset(Reset.MODEL)
    device.hello()
    assert_parity(device, built_in, clips=1)


def test_a_repeated_request_is_carried_out_once(device: Session, built_in: bytes) -> None:
    device.hello()
    if device.device.model_crc != Model(built_in).crc:
        device.push_model(built_in)
    before = device.stats().repeats
    device.hello()
    clip = synthetic_clips(Model(built_in), 1, 5)[0].samples[:2000]
    begin = struct.pack("<IH", len(clip), Stream.RESULTS)
    assert exchange(device.link, Request.CLIP_BEGIN, 200, begin)[-1] == Ack(Request.CLIP_BEGIN, 200, 0)
    first = struct.pack("<I", 0) + clip[:100].astype("<i2").tobytes()
    for _ in range(3):
        assert exchange(device.link, Request.CLIP_AUDIO, 201, first)[-1] == Ack(Request.CLIP_AUDIO, 201, 100)
    # Were this carried out again, the clip would start over and want offset 0.
    assert exchange(device.link, Request.CLIP_BEGIN, 200, begin)[-1] == Ack(Request.CLIP_BEGIN, 200, 0)
    second = struct.pack("<I", 100) + clip[100:200].astype("<i2").tobytes()
    assert exchange(device.link, Request.CLIP_AUDIO, 202, second)[-1] == Ack(Request.CLIP_AUDIO, 202, 200)
    assert device.stats().repeats - before == 3


def test_audio_out_of_order_is_asked_for_again(device: Session, built_in: bytes) -> None:
    device.hello()
    exchange(device.link, Request.CLIP_BEGIN, 1, struct.pack("<IH", 1000, 0))
    late = struct.pack("<I", 100) + bytes(200)
    assert exchange(device.link, Request.CLIP_AUDIO, 2, late)[-1] == Ack(Request.CLIP_AUDIO, 2, 0)
    assert exchange(device.link, Request.CLIP_END, 3, b"")[-1] == Ack(Request.CLIP_END, 3, ERR_STATE)
    too_long = struct.pack("<I", 0) + bytes(2 * 118)
    for i in range(8):
        at = struct.pack("<I", 118 * i)
        assert exchange(device.link, Request.CLIP_AUDIO, 4 + i, at + too_long[4:])[-1].status == 118 * (i + 1)
    at = struct.pack("<I", 118 * 8)
    assert exchange(device.link, Request.CLIP_AUDIO, 20, at + too_long[4:])[-1].status == ERR_ARGUMENT


def test_microphone_where_there_is_none(device: Session) -> None:
    if device.hello().capabilities & 1:
        pytest.skip("this board has a microphone")
    with pytest.raises(DeviceRefusedError) as refusal:
        device.stream(Stream.RESULTS)
    assert refusal.value.status == ERR_UNSUPPORTED


# ---- one board only


@pytest.mark.usefixtures("emulated")
def test_microphone_hears_as_the_host(images: dict[str, Path], built_in: bytes, tmp_path: Path) -> None:
    model = Model(built_in)
    sound = np.concatenate([c.samples for c in synthetic_clips(model, 7, 8)])[: 2 * model.sample_rate]
    file = tmp_path / "sound.raw"
    file.write_bytes(sound.astype("<i2").tobytes())
    with open_board(find_board("native"), images["native"], arguments=["--audio", str(file)]) as session:
        results, events = live_reports(session)
        session.stream(Stream.RESULTS | Stream.EVENTS)
        heard = Listener(model).push(sound)
        deadline = time.monotonic() + 20
        while len(results) < len(heard.window_frames) and time.monotonic() < deadline:
            session.poll(0.1)
        session.stream(Stream(0))
    assert np.array_equal([r.posteriors for r in results], heard.posteriors)
    assert tuple(e.event for e in events) == heard.events


@pytest.mark.usefixtures("emulated")
def test_instruction_counts_repeat(images: dict[str, Path], built_in: bytes) -> None:
    clip = synthetic_clips(Model(built_in), 1, 1)[0].samples
    counts = []
    for _ in range(2):
        with open_board(find_board("qemu-m4"), images["qemu-m4"], icount=True) as session:
            session.run_clip(clip)
            stats = session.stats()
            counts.append(stats.window_ticks)
            assert 0 < stats.stack_used < stats.stack_size
    # The receive interrupt may fall into a window: a few dozen instructions of it.
    assert counts[0] > 1000
    assert abs(counts[0] - counts[1]) < counts[0] * 0.05


@pytest.mark.parametrize(
    "embedded_services, qemu_prog_path, qemu_cli_args, skip_regenerate_image",
    [
        (
            "qemu",
            "qemu-system-arm",
            "-M mps2-an386 -nographic -monitor none -serial stdio",
            "y",
        )
    ],
    indirect=True,
)
@pytest.mark.usefixtures("emulated")
def test_under_pytest_embedded(request: pytest.FixtureRequest) -> None:
    """pytest-embedded's own fixtures reach the device too: a query out, HELLO with the board's name in."""
    dut = request.getfixturevalue("dut")
    dut.write(link_encode(Request.QUERY, 1, bytes([Query.HELLO])))
    dut.expect(rb"qemu-m4", timeout=10)


@pytest.fixture
def qemu_image_path(images: dict[str, Path]) -> str:
    return str(images["qemu-m4"])
