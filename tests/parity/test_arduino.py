"""The device program over firmware/hal/arduino, built by PlatformIO from an export and run on this computer.

What stands below it is tests/helpers/arduino_stub, a stand-in for the Arduino API: the program, its link and
its microphones are tested, a vendor's core is not.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from helpers.tiny_model import tiny_model
from vox_embed.core import Listener, Model
from vox_embed.device.boards import all_boards, find_board
from vox_embed.device.material import synthetic_clips
from vox_embed.device.messages import Audio, Message, Result
from vox_embed.device.targets import open_board, open_port
from vox_embed.device.verify import verify
from vox_embed.export import ExportModel, export_model, find_target
from vox_embed.spec.link import Stream

PIO = Path(sys.executable).parent / "pio"
STUB = Path(__file__).parents[1] / "helpers" / "arduino_stub"
# Macros by which a core makes itself known: they choose the microphone.
CORES = {
    "esp32": "-DARDUINO_ARCH_ESP32",
    "esp32s3": "-DARDUINO_ARCH_ESP32",
    "esp32c3": "-DARDUINO_ARCH_ESP32",
    "nano33ble": "-DARDUINO_ARDUINO_NANO33BLE",
    "nucleo_f446re": "-DARDUINO_ARCH_STM32",
    "teensy41": "-DTEENSYDUINO=159",
    "rp2350": "-DARDUINO_ARCH_RP2040",
}
EXACT_MICROPHONES = ("esp32", "esp32s3", "esp32c3", "nano33ble")
FROM_THE_LOOP = ("esp32", "-DVOX_MICROPHONE=3")
"""A board of a core that has neither a timer class nor a driver: an analog microphone is read in the loop."""

pytestmark = pytest.mark.skipif(not PIO.exists(), reason="PlatformIO is not installed in this environment")


def build(board: str, model: bytes, folder: Path, macro: str) -> Path:
    """The program of an exported folder, with the stand-in in place of the vendor's platform."""
    export_model(find_target(board), ExportModel(model, "tiny"), folder)
    ini = folder / "platformio.ini"
    head, name, environment = ini.read_text().partition(f"[env:{board}]")
    environment = re.sub(
        r"^platform = .*$",
        f"platform = symlink://${{PROJECT_DIR}}/boards/platformio\ncustom_vox_arduino_stub = {STUB}",
        environment,
        flags=re.MULTILINE,
    )
    environment = re.sub(r"^board = .*\n", "", environment, flags=re.MULTILINE)
    head = head.replace("framework = arduino\n", "").replace("\t-O2\n", f"\t-O2\n\t{macro}\n")
    ini.write_text(head + name + environment)
    done = subprocess.run(
        [str(PIO), "run", "-e", board],
        cwd=folder,
        env=dict(os.environ, PLATFORMIO_SETTING_ENABLE_TELEMETRY="No"),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / ".pio" / "build" / board / "program"


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Built once each, when a test wants it."""

    class Programs(dict[str, Path]):
        def __missing__(self, board: str) -> Path:
            folder = tmp_path_factory.mktemp("arduino") / board
            name, macro = FROM_THE_LOOP if board == "loop" else (board, CORES[board])
            self[board] = build(name, tiny_model("conv", seed=11), folder, macro)
            return self[board]

    return Programs()


def test_every_arduino_board_is_here() -> None:
    assert {board.name for board in all_boards() if board.platform} == set(CORES)


@pytest.mark.parametrize("core", sorted(CORES))
def test_hello_pushed_model_and_clips(core: str, programs: dict[str, Path], full: bool) -> None:
    if not full and core not in {"esp32", "nucleo_f446re"}:
        pytest.skip("the same program but for the board's figures: run with --full")
    built_in, pushed = tiny_model("conv", seed=11), tiny_model("every_op", seed=3)
    with open_board(find_board("native"), programs[core]) as session:
        assert session.device.board == core
        assert session.device.model_crc == Model(built_in).crc
        assert session.device.memory == 1024 * find_board(core).arena_kb
        for model in (built_in, pushed):
            report = verify(session, model, synthetic_clips(Model(model), 7, 5))
            assert report.differences.total == 0, report.differences.first
            assert report.compared.windows > 0
        assert session.hello().model_crc == Model(pushed).crc


def test_over_a_pseudo_terminal(programs: dict[str, Path]) -> None:
    model = tiny_model("conv", seed=11)
    process = subprocess.Popen([programs["esp32"], "--pty"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        with open_port(process.stdout.readline().strip()) as session:
            report = verify(session, model, synthetic_clips(Model(model), 3, 2))
        assert report.differences.total == 0, report.differences.first
    finally:
        process.kill()
        process.wait()
        process.stdout.close() if process.stdout else None


@pytest.mark.parametrize("core", [*sorted(CORES), "loop"])
def test_microphone(core: str, programs: dict[str, Path], tmp_path: Path, full: bool) -> None:
    """What the device hears it sends along, and what it makes of it is what the host makes of it."""
    if not full and core not in {"esp32", "nano33ble", "teensy41", "loop"}:
        pytest.skip("one board for each driver of a microphone: run with --full")
    model = Model(tiny_model("conv", seed=11))
    sound = np.concatenate([c.samples for c in synthetic_clips(model, 7, 8)])[: 2 * model.sample_rate]
    file = tmp_path / "sound.raw"
    file.write_bytes(sound.astype("<i2").tobytes())
    with open_board(find_board("native"), programs[core], arguments=["--audio", str(file)]) as session:
        assert session.device.capabilities & 1
        results: list[Result] = []
        heard: list[Audio] = []

        def take(message: Message) -> None:
            if isinstance(message, Result):
                results.append(message)
            elif isinstance(message, Audio):
                heard.append(message)

        session.sink = take
        session.stream(Stream.RESULTS | Stream.EVENTS | Stream.AUDIO)
        deadline = time.monotonic() + 20
        while len(results) < 5 and time.monotonic() < deadline:
            session.poll(0.1)
        session.stream(Stream(0))
        lost = session.stats().audio_lost
    samples = np.concatenate([chunk.samples for chunk in heard])
    expected = Listener(model).push(samples)
    count = len(results)
    assert count >= 5
    assert np.array_equal([r.posteriors for r in results], expected.posteriors[:count])
    if core in EXACT_MICROPHONES:
        assert np.array_equal(samples, sound[: len(samples)])
    else:  # 12 bits of a converter, without its offset
        assert np.abs(samples.astype(int)).max() > 1000
    assert (lost > 0) == (core == "loop")
