"""The UF2 in an emulator of the RP2040: USB stack, ADC, DMA and flash as on the chip."""

from __future__ import annotations

import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from helpers.tiny_model import tiny_model
from vox_embed.core import Listener, Model, crc32
from vox_embed.device import rp2040
from vox_embed.device.boards import find_board, project_folder
from vox_embed.device.material import synthetic_clips
from vox_embed.device.messages import Audio, Message, NumberedEvent, Result
from vox_embed.device.session import DeviceRefusedError, Session
from vox_embed.device.targets import open_board
from vox_embed.device.verify import verify
from vox_embed.experiment.errors import VoxError
from vox_embed.features.logmel import LogMel
from vox_embed.spec.link import MODEL_CHUNK, Capability, ModelOrigin, Request, Reset, Stream

LACKING = rp2040.missing()
pytestmark = [
    pytest.mark.skipif(LACKING is not None, reason=f"the RP2040 cannot be built and emulated: {LACKING}"),
    pytest.mark.xdist_group("rp2040"),
]


@pytest.fixture(scope="module")
def image(built_in: bytes, builder: Callable[[str, bytes], Path]) -> Path:
    return builder("rp2040", built_in)


@pytest.fixture
def device(image: Path) -> Iterator[Session]:
    with open_board(find_board("rp2040"), image, arguments=["--free"]) as session:
        yield session


def chirps(rate: int, seconds: float) -> NDArray[np.int16]:
    """Bursts of sweeps between silences, at the ADC's rate."""
    fast = rp2040.OVERSAMPLING * rate
    t = np.arange(round(seconds * fast)) / fast
    gate = np.sin(2 * np.pi * 1.7 * t) > 0
    return np.rint(9000 * gate * np.sin(2 * np.pi * (200 * t + 300 * t**2))).astype(np.int16)


def live(
    session: Session, sound: NDArray[np.int16]
) -> tuple[list[Result], list[NumberedEvent], NDArray[np.int16]]:
    """What the device reports and hears while a recording plays."""
    results: list[Result] = []
    events: list[NumberedEvent] = []
    heard: dict[int, NDArray[np.int16]] = {}

    def take(message: Message) -> None:
        if isinstance(message, Result):
            results.append(message)
        elif isinstance(message, NumberedEvent):
            events.append(message)
        elif isinstance(message, Audio):
            heard[message.offset] = message.samples

    assert session.microphone is not None
    session.sink = take
    session.microphone.play(sound, rp2040.OVERSAMPLING * session.device.sample_rate, lead_ms=100)
    session.stream(Stream.RESULTS | Stream.EVENTS | Stream.AUDIO)
    deadline = time.monotonic() + 120
    while not session.microphone.ended and time.monotonic() < deadline:
        session.poll(0.2)
    assert session.microphone.ended
    session.stream(Stream(0))
    pieces = [heard[offset] for offset in sorted(heard)]
    samples = np.concatenate(pieces)
    assert sorted(heard) == np.cumsum([0, *map(len, pieces[:-1])]).tolist()
    return results, events, samples


def test_uf2_holds_the_image(image: Path) -> None:
    blocks = image.with_suffix(".uf2").read_bytes()
    flat = image.with_suffix(".bin").read_bytes()
    assert len(blocks) == 512 * -(-len(flat) // 256)
    content = b""
    for i in range(0, len(blocks), 512):
        head = struct.unpack("<8I", blocks[i : i + 32])
        assert head[:2] == (0x0A324655, 0x9E5D5157)
        assert head[2:] == (0x2000, 0x10000000 + i // 2, 256, i // 512, len(blocks) // 512, 0xE48BFF56)
        assert blocks[i + 508 : i + 512] == b"\x30\x6f\xb1\x0a"
        content += blocks[i + 32 : i + 288]
    assert content[: len(flat)] == flat


def test_hello_and_a_clip_over_usb(device: Session, built_in: bytes) -> None:
    hello = device.hello()
    assert hello.board == "rp2040"
    assert hello.model_origin is ModelOrigin.BUILT_IN
    assert hello.capabilities == Capability.LISTEN | Capability.TAKE_MODEL | Capability.KEEP_MODEL
    assert hello.tick_rate == 125_000_000
    report = verify(device, built_in, synthetic_clips(Model(built_in), 2, 1))
    assert report.differences.total == 0, report.differences.first
    assert report.compared.windows > 0
    stats = device.stats()
    assert 0 < stats.stack_used < stats.stack_size
    assert device.microphone is not None
    assert device.microphone.stats()["errors"] == 0


def test_a_clip_over_the_uart(image: Path, built_in: bytes) -> None:
    board = find_board("rp2040")
    with open_board(board, image, arguments=["--uart", "--baud", str(board.baud)]) as session:
        report = verify(session, built_in, synthetic_clips(Model(built_in), 1, 1))
        assert report.differences.total == 0, report.differences.first
        assert session.stats().receive_lost == 0


def test_sound_on_the_adc_is_heard_and_classified_as_on_the_host(device: Session, built_in: bytes) -> None:
    model = Model(built_in)
    sound = chirps(model.sample_rate, 2.5)
    results, events, heard = live(device, sound)
    host = Listener(model).push(heard)
    assert len(results) == len(host.window_frames) > 3
    assert np.array_equal([r.posteriors for r in results], host.posteriors)
    assert tuple(e.event for e in events) == host.events
    assert device.stats().audio_lost == 0
    # What was heard is what was played: 4 conversions of 12 bits a sample, at exactly the rate.
    played = sound[: len(sound) // 4 * 4].reshape(-1, 4).mean(axis=1)[:-400]
    alike = {
        lag: np.corrcoef(heard[lag : lag + len(played)].astype(float), played)[0, 1]
        for lag in range(780, 820)
    }
    lag = max(alike, key=lambda key: alike[key])
    assert abs(lag - model.sample_rate // 10) <= 1
    assert alike[lag] > 0.999
    assert abs(float(heard[:700].mean())) < 8  # no offset


def test_the_microphone_starts_again_at_another_rate(device: Session) -> None:
    assert device.microphone is not None
    fast = LogMel(sample_rate=16000, window=480, hop=320, fft_size=512, bands=16, fmin=60.0, fmax=7800.0)
    for data in (tiny_model("conv", seed=3), tiny_model("dense", seed=3, features=fast)):
        device.push_model(data)
        results, _, heard = live(device, chirps(Model(data).sample_rate, 1.0))
        assert len(results) > 0
        assert np.array_equal([r.posteriors for r in results], Listener(Model(data)).push(heard).posteriors)


def test_pushed_model_survives_a_power_cycle_and_reset_forgets_it(image: Path, tmp_path: Path) -> None:
    board = find_board("rp2040")
    arguments = ["--flash", str(tmp_path / "flash.bin")]
    first, second = tiny_model("conv", seed=5), tiny_model("dense", seed=6)
    with open_board(board, image, arguments=arguments) as session:
        built_in = session.device.model_crc
        session.push_model(first)
        damaged = bytearray(second)
        damaged[500] ^= 1
        with pytest.raises(DeviceRefusedError):
            session.push_model(bytes(damaged))
        assert session.hello().model_crc == Model(first).crc
    with open_board(board, image, arguments=arguments) as session:
        assert session.device.model_origin is ModelOrigin.PUSHED
        assert session.device.model_crc == Model(first).crc
        report = verify(session, first, synthetic_clips(Model(first), 1, 2))
        assert report.differences.total == 0, report.differences.first
        session.push_model(second)
    with open_board(board, image, arguments=arguments) as session:
        assert session.device.model_crc == Model(second).crc
        session.reset(Reset.MODEL)
        assert session.hello().model_crc == built_in
    with open_board(board, image, arguments=arguments) as session:
        assert session.device.model_origin is ModelOrigin.BUILT_IN


def test_power_fails_in_the_middle_of_a_push(image: Path, tmp_path: Path) -> None:
    """Half a model in the other slot harms nothing: the one that was kept runs, and the next push works."""
    board = find_board("rp2040")
    arguments = ["--free", "--flash", str(tmp_path / "flash.bin")]
    first, second = tiny_model("conv", seed=5), tiny_model("every_op", seed=6)
    with open_board(board, image, arguments=arguments) as session:
        session.push_model(first)
        session._command(Request.MODEL_BEGIN, struct.pack("<II", len(second), crc32(second)))
        session._send_data(Request.MODEL_DATA, second[:1500], 1, MODEL_CHUNK, session.sink)
    with open_board(board, image, arguments=arguments) as session:
        assert session.device.model_origin is ModelOrigin.PUSHED
        assert session.device.model_crc == Model(first).crc
        for data in (first, second):
            report = verify(session, data, synthetic_clips(Model(data), 1, 2))
            assert report.differences.total == 0, report.differences.first


@pytest.mark.parametrize("step", ["push", "reset"])
def test_power_fails_at_every_write_of_flash(image: Path, tmp_path: Path, step: str, full: bool) -> None:
    """The model that was kept before, or the one that was to be kept, whole.

    The start after it is cut as well. With `--full` every word of the headers, and four places in every
    erasing and writing of the rest.
    """
    board = find_board("rp2040")
    older, kept, new = (tiny_model(kind, seed=seed) for seed, kind in enumerate(("conv", "dense", "dense")))
    start, flash = tmp_path / "start.bin", tmp_path / "flash.bin"
    memory = ["--free", "--flash", str(flash)]
    with open_board(board, image, arguments=["--free", "--flash", str(start)]) as session:
        built_in = session.device.model_crc
        session.push_model(older)
        session.push_model(kept)
    before, after = Model(kept).crc, Model(new).crc if step == "push" else built_in

    def carry_out(*cut: str) -> int:
        shutil.copy(start, flash)
        with open_board(board, image, arguments=[*memory, *cut]) as session:
            if step == "push":
                session.push_model(new)
            else:
                session.reset(Reset.MODEL)
            assert session.microphone is not None
            return session.microphone.stats()["flash_stores"]

    def runs() -> int:
        with open_board(board, image, arguments=memory) as session:
            return session.device.model_crc

    stores = carry_out()
    assert runs() == after

    def start_is_cut(after: int) -> bool:
        try:
            open_board(board, image, arguments=[*memory, "--cut", str(after)]).close()
        except VoxError:
            return True
        return False

    seen, starts = set(), 0
    for cut in cuts(stores, len(new), step, full):
        with pytest.raises(VoxError):
            carry_out("--cut", str(cut))
        starts += start_is_cut(2)  # where it tidies up at all
        seen.add(runs())
        assert seen <= {before, after}, cut
    assert seen == {before, after}
    assert starts > 0


def cuts(stores: int, size: int, step: str, full: bool) -> list[int]:
    """Stores after which the power fails, in both headers and the model between them."""
    sector, page, header = 1024, 64, 4
    pages = -(-size // 256)
    sectors = -(-size // 4096)
    operations = [page] if step == "reset" else [sector, *[sector] * sectors, *[page] * pages, page, page]
    assert sum(operations) == stores
    ends = np.cumsum(operations).tolist()
    if not full:
        last = ends[-2:] if step == "push" else []
        return sorted({end - page + word for end in ends[-2:] for word in (0, 2)} | {end - 1 for end in last})
    chosen = {
        end - count * part // 4 for end, count in zip(ends, operations, strict=True) for part in (1, 2, 3, 4)
    }
    chosen |= {end - page + word for end in ends[-2:] for word in range(header + 1)}
    return sorted(cut for cut in chosen if cut < stores)


def test_emulate_and_monitor_as_a_user_types_them(image: Path, built_in: bytes, tmp_path: Path) -> None:
    """One program boots the UF2 and plays a WAV into the microphone; another attaches and sees the events."""
    model, wav, log = tmp_path / "tiny.vxm", tmp_path / "sound.wav", tmp_path / "live.jsonl"
    notes, share = tmp_path / "notes.txt", "of real time on rp2040 (from its work; bench counts)"
    model.write_bytes(built_in)
    rate = Model(built_in).sample_rate
    soundfile.write(wav, chirps(rate, 3.0)[:: rp2040.OVERSAMPLING], rate)
    command = [sys.executable, "-m", "vox_embed.cli.main"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with notes.open("w") as file:
        emulator = subprocess.Popen(
            [*command, "emulate", str(model), "--target", "rp2040", "--wav", str(wav), "--image", str(image)],
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            env=environment,
        )
    try:
        assert emulator.stdout is not None
        line = emulator.stdout.readline()
        assert f"attach with: vox-embed monitor {model} --port socket://127.0.0.1:" in line
        assert share in notes.read_text()
        port = line.split()[-1]
        done = subprocess.run(
            [*command, "monitor", str(model), "--port", port, "--duration", "6", "--log", str(log)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert share in done.stderr
        lines = [json.loads(text) for text in log.read_text(encoding="utf-8").splitlines()]
        assert sum(line["type"] == "result" for line in lines) > 3
        events = [line for line in lines if line["type"] == "event"]
        assert events
        assert {event["label"] for event in events} <= {*Model(built_in).labels, "(unknown)", "(silence)"}
        assert "begin" in done.stdout
    finally:
        emulator.send_signal(signal.SIGTERM)
        emulator.wait(20)


@pytest.mark.parametrize(("microphone", "pins"), [("pdm", "2:3"), ("i2s", "10:12")])
def test_digital_microphones(microphone: str, pins: str, image: Path) -> None:
    """Their PIO programs and DMA, and the PDM filter, against a microphone that answers to the clock."""
    folder = project_folder() / "build" / "tests" / f"rp2040-{microphone}"
    model = image.parent / "built_in.vxm"
    for command in (
        [
            *("cmake", "--preset", "rp2040", "-B", str(folder)),
            *(f"-DVOX_MICROPHONE={microphone}", f"-DVOX_MODEL={model}"),
        ],
        ["cmake", "--build", str(folder), "--parallel", "2"],
    ):
        done = subprocess.run(command, cwd=project_folder(), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    arguments = ["--free", "--microphone", f"{microphone}:{pins}"]
    with open_board(find_board("rp2040"), folder / "vox-rp2040.elf", arguments=arguments) as session:
        sound = chirps(session.device.sample_rate, 1.2)
        results, _, heard = live(session, sound)
        assert len(results) > 0
        assert session.stats().audio_lost == 0
    played = sound[:: rp2040.OVERSAMPLING][:-400]
    alike = [np.corrcoef(heard[lag : lag + len(played)], played)[0, 1] for lag in range(780, 840)]
    assert max(alike) > 0.98
    assert np.std(heard[780 : 780 + len(played)]) == pytest.approx(np.std(played), rel=0.05)
