"""The RP2040 in an emulator (rp2040js): its USB serial port on a socket, recordings on its ADC pin."""

from __future__ import annotations

import json
import queue
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from vox_embed.device.boards import Board, project_folder
from vox_embed.device.link import SocketPort
from vox_embed.device.messages import Hello
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import need_pico_sdk, need_programs, or_setup
from vox_embed.gate.locks import locked

OVERSAMPLING = 4
"""Conversions of the ADC for a sample: recordings are played at this many times the model's rate."""
LEAD_MS = 300
"""Between the start of the microphone and that of the recording."""
ANSWER_SECONDS = 20.0
START_SECONDS = 20.0
BEGIN_SECONDS = 120.0
"""In which the firmware begins to convert what is played to it, on a busy computer."""


def emulator_folder() -> Path:
    """boards/rp2040_emulator: the runner, the stand-in boot ROM, and what npm put there."""
    return project_folder() / "boards" / "rp2040_emulator"


_PROGRAMS = ("node", "arm-none-eabi-gcc", "arm-none-eabi-objcopy")


def need_emulator() -> None:
    """VoxError where this computer cannot run the emulator."""
    need_programs("emulating the RP2040", _PROGRAMS)
    if not (emulator_folder() / "node_modules" / "rp2040js" / "package.json").is_file():
        raise VoxError(
            "emulating the RP2040 needs the npm package rp2040js, which is not installed",
            f"vox-embed fetch rp2040js{or_setup()}",
        )


def need_sdk() -> None:
    """VoxError where there is no pico-sdk to build the image with."""
    need_pico_sdk()


def missing() -> str | None:
    """What this computer lacks to build for the RP2040 and to emulate it, or None."""
    try:
        need_emulator()
        need_sdk()
    except VoxError as error:
        return error.message
    return None


def boot_rom() -> Path:
    """The stand-in boot ROM, compiled when it is missing or older than its sources."""
    folder = emulator_folder()
    sources = [folder / name for name in ("rom.ld", "rom.S", "rom.c")]
    out = project_folder() / "build" / "rp2040_emulator"
    out.mkdir(parents=True, exist_ok=True)
    rom, elf = out / "rom.bin", out / "rom.elf"
    with locked(out / ".lock", wait=True):
        if rom.is_file() and all(rom.stat().st_mtime >= source.stat().st_mtime for source in sources):
            return rom
        script, *code = (str(source) for source in sources)
        flags = "-mcpu=cortex-m0plus -mthumb -Os -ffreestanding -nostdlib -fno-tree-loop-distribute-patterns"
        for command in (
            ["arm-none-eabi-gcc", *flags.split(), "-Wl,--build-id=none", "-T", script, *code, "-o", str(elf)],
            ["arm-none-eabi-objcopy", "-O", "binary", str(elf), str(rom)],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise VoxError(f"building the boot ROM failed:\n{done.stderr.strip()}")
    return rom


def runner_command(image: Path, arguments: Sequence[str] = ()) -> list[str]:
    """node's command line for an image (.uf2, or the .elf beside it), without --connect or --listen."""
    need_emulator()
    uf2 = image.with_suffix(".uf2")
    if not uf2.is_file():
        raise VoxError(
            f"there is no image {uf2}", "build it: cmake --preset rp2040 && cmake --build --preset rp2040"
        )
    runner = emulator_folder() / "run.mjs"
    return ["node", str(runner), "--rom", str(boot_rom()), "--uf2", str(uf2), *arguments]


def program_command(elf: Path) -> list[str]:
    """node's command line for a small bare program, linked to the start of flash; it writes `elf`.bin."""
    need_emulator()
    image = elf.with_suffix(".bin")
    copy = ["arm-none-eabi-objcopy", "-O", "binary", str(elf), str(image)]
    done = subprocess.run(copy, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise VoxError(f"arm-none-eabi-objcopy failed: {done.stderr.strip()}")
    return ["node", str(emulator_folder() / "program.mjs"), str(image)]


def start_connected(
    board: Board, image: Path, log: IO[bytes], arguments: Sequence[str]
) -> tuple[SocketPort, subprocess.Popen[bytes]]:
    """A running emulator whose serial port is connected to the port returned; its commands go to stdin."""
    command = runner_command(image, arguments)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        address = server.getsockname()
        process = subprocess.Popen(
            [*command, "--connect", f"127.0.0.1:{address[1]}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                connection, _ = server.accept()
            except TimeoutError:
                if process.poll() is not None:
                    break
                continue
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return SocketPort(connection, board.name, patience=30.0), process
    process.kill()
    process.wait()
    log.seek(0)
    said = log.read().decode("utf-8", "replace").strip()
    raise VoxError(f"the RP2040 emulator did not start: {said or 'it said nothing'}")


class Microphone:
    """The recordings that an emulated RP2040 hears on its ADC pin. process: of run.mjs, with both pipes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._commands: IO[bytes] = process.stdin
        self._answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._folder = tempfile.TemporaryDirectory(prefix="vox-embed-")
        self.begun: int | None = None
        """When the first sample was converted, in ns since the emulator's start."""
        self._asked = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
        self._thread.start()

    def _read(self, answers: IO[bytes]) -> None:
        for line in answers:
            message = json.loads(line)
            match message.get("sound"):
                case "begins":
                    self.begun = message["nanos"]
                case "ends":
                    self._ended.set()
                case _:
                    self._answers.put(message)
        self._answers.put({})  # nobody shall wait for an emulator that has ended

    def _command(self, *words: str) -> None:
        try:
            self._commands.write(("\t".join(words) + "\n").encode())
            self._commands.flush()
        except (OSError, ValueError) as error:
            raise VoxError("the RP2040 emulator has ended") from error

    def _ask(self, command: str) -> dict[str, Any]:
        self._command(command)
        try:
            answer = self._answers.get(timeout=ANSWER_SECONDS)
        except queue.Empty:
            raise VoxError("the RP2040 emulator does not answer") from None
        if not answer:
            raise VoxError("the RP2040 emulator has ended")
        return answer

    def play(self, samples: NDArray[np.int16], rate: int, lead_ms: int = LEAD_MS) -> None:
        """Put int16[n] at `rate` Hz on the pin: from `lead_ms` after the microphone's start on, or from now
        where it listens already."""
        self.begun = None
        self._asked = time.monotonic()
        self._ended.clear()
        file = Path(self._folder.name) / "sound.raw"
        file.write_bytes(np.ascontiguousarray(samples, "<i2").tobytes())
        self._command("sound", str(file), str(rate), str(lead_ms))

    def play_files(self, paths: Sequence[Path], device: Hello, *, pause: float = 0.6) -> None:
        """Sound files in any format, `pause` seconds of quiet between them, an analysis window and half a
        second behind them; see play."""
        tail = 0.5 + device.window_frames * device.hop / device.sample_rate
        self.play(
            recording(paths, device.sample_rate, pause=pause, tail=tail), OVERSAMPLING * device.sample_rate
        )

    @property
    def ended(self) -> bool:
        """True once the last sample was converted. Raises VoxError where the first one never is."""
        if self.begun is None and time.monotonic() - self._asked > BEGIN_SECONDS:
            raise VoxError(
                "the firmware does not listen to the pin that the recording is on",
                "it is of another microphone: cmake --preset rp2040 -DVOX_MICROPHONE=adc, and build it",
            )
        return self._ended.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the end of the recording; False after `timeout` seconds."""
        return self._ended.wait(timeout)

    def wait_listening(self) -> None:
        """Wait until run.mjs has said that it listens. Raises VoxError where it ends first."""
        message = self._answers.get()
        if "listening" not in message:
            raise VoxError("the RP2040 emulator has ended")

    def stats(self) -> dict[str, int]:
        """The emulator's counters: nanos, cycles, idle_nanos (waiting for an interrupt), conversions,
        bytes_out, errors (accesses that a chip would fault on)."""
        return self._ask("stats")

    def journal(self) -> list[tuple[int, int]]:
        """Of every USB packet since the last call: bytes sent until then, ns since the emulator's start."""
        return [(int(sent), int(nanos)) for sent, nanos in self._ask("journal")["journal"]]

    def close(self) -> None:
        """Remove the recording's file; the emulator ends by itself."""
        self._folder.cleanup()


def recording(paths: Sequence[Path], rate: int, *, pause: float, tail: float) -> NDArray[np.int16]:
    """Sound files one after the other at OVERSAMPLING times `rate` Hz, as the ADC converts it: `pause`
    seconds of quiet between them, `tail` seconds behind the last."""
    from vox_embed.data.audio import read_audio

    fast = OVERSAMPLING * rate
    rng = np.random.default_rng(0)

    def quiet(seconds: float) -> NDArray[np.int16]:
        return rng.integers(-16, 17, round(seconds * fast)).astype(np.int16)

    parts: list[NDArray[np.int16]] = []
    for i, path in enumerate(paths):
        parts += [read_audio(path, fast), quiet(pause if i + 1 < len(paths) else tail)]
    return np.concatenate(parts)


class Listening:
    """An emulated RP2040 whose serial port is a TCP port that programs can attach to, one after the other.

    image: .uf2, or the .elf beside it. port: 0 for a free one. Use as a context manager or call close().
    """

    def __init__(self, image: Path, port: int = 0, arguments: Sequence[str] = ()) -> None:
        if port == 0:
            with socket.create_server(("127.0.0.1", 0)) as server:
                port = server.getsockname()[1]
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [*runner_command(image, arguments), "--listen", f"127.0.0.1:{port}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
        )
        self.address = f"socket://127.0.0.1:{port}"
        """For `--port`."""
        self.microphone = Microphone(self._process)
        try:
            self.microphone.wait_listening()
        except VoxError:
            reason = self.failure()
            self.close()
            raise VoxError(reason or "the RP2040 emulator did not start") from None

    def failure(self) -> str | None:
        """Why the emulator ended by itself, or None while it runs."""
        status = self._process.poll()
        if status is None:
            return None
        self._log.seek(0)
        said = self._log.read().decode("utf-8", "replace").strip()
        return f"the RP2040 emulator ended with status {status}" + (f": {said}" if said else "")

    def close(self) -> None:
        """End the emulator; safe to call twice."""
        if not self._log.closed:
            self._process.terminate()
            try:
                self._process.wait(5.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self.microphone.close()
            self._log.close()

    def __enter__(self) -> Listening:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
