"""MicroPython's RP2 port in the emulator of the RP2040: the prompt over USB CDC, files on littlefs."""

from __future__ import annotations

import fcntl
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from helpers.micropython import FOLDER, WORK, ScriptError, mpy_cross, sources
from helpers.micropython import missing as missing_port
from vox_embed.device import rp2040
from vox_embed.device.boards import find_board

PATIENCE = 300.0


def missing() -> str | None:
    """What is not here to build and emulate it, or None."""
    return missing_port("arm-none-eabi-gcc", "cmake", "ninja") or rp2040.missing()


def build() -> Path:
    """The UF2; kept for the next run (a minute)."""
    work = WORK / "rp2"
    image = work / "firmware.uf2"
    work.mkdir(parents=True, exist_ok=True)
    with (WORK / ".rp2.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not image.is_file():
            fetched = Path.home() / ".cache" / "vox-embed" / "src"
            sdk = Path(os.environ.get("PICO_SDK_PATH") or fetched / "pico-sdk")
            tinyusb = sdk / "lib" / "tinyusb"
            if not (tinyusb / "src").is_dir():
                tinyusb = fetched / "tinyusb"
            with (WORK / "rp2.log").open("wb") as log:
                done = subprocess.run(
                    [
                        str(FOLDER / "ports/build_rp2.sh"),
                        *map(str, (sources(), sdk, tinyusb, mpy_cross(), work)),
                    ],
                    stdout=log,
                    stderr=log,
                    check=False,
                )
            assert done.returncode == 0, (WORK / "rp2.log").read_text(errors="replace")[-3000:]
    return image


class Pico:
    """A running board. flash: a file that keeps its contents between runs, or None."""

    def __init__(self, flash: Path | None = None, arguments: tuple[str, ...] = ()) -> None:
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        kept = ("--flash", str(flash)) if flash is not None else ()
        self._port, self._process = rp2040.start_connected(
            find_board("rp2040"), build(), self._log, [*arguments, *kept]
        )
        self.microphone = rp2040.Microphone(self._process)
        self._pending = b""
        self._enter()

    def _enter(self) -> None:
        for _ in range(30):
            self._port.write(b"\r\x03\x01")
            try:
                self._until(b"raw REPL; CTRL-B to exit\r\n>", 4.0)
                return
            except AssertionError:
                continue
        raise AssertionError("the board gives no prompt")

    def _until(self, mark: bytes, patience: float) -> bytes:
        deadline = time.monotonic() + patience
        while mark not in self._pending:
            self._pending += self._port.read()
            if time.monotonic() > deadline:
                raise AssertionError(f"no {mark!r} within {patience} s, only {self._pending[-500:]!r}")
        before, _, self._pending = self._pending.partition(mark)
        return before

    def start(self, script: str) -> None:
        """Run a script without waiting for its end."""
        data = script.encode() + b"\x04"
        for first in range(0, len(data), 32):
            self._port.write(data[first : first + 32])
        self._until(b"OK", PATIENCE)

    def finish(self) -> str:
        """What the script printed."""
        said = self._until(b"\x04", PATIENCE)
        error = self._until(b"\x04", PATIENCE)
        self._until(b">", 10.0)
        text = said.decode("utf-8", "replace").replace("\r\n", "\n")
        if error.strip():
            raise ScriptError(text[-2000:] + error.decode("utf-8", "replace"))
        return text

    def run(self, script: str) -> str:
        """What the script prints. Raises ScriptError."""
        self.start(script)
        return self.finish()

    def put(self, files: Mapping[str, bytes]) -> None:
        """Write files to the board's file system, as `mpremote cp` does."""
        import binascii

        for name, data in files.items():
            self.run(f"import binascii\nf = open({name!r}, 'wb')")
            for first in range(0, len(data), 1536):
                piece = binascii.b2a_base64(data[first : first + 1536], newline=False).decode()
                self.run(f"n = f.write(binascii.a2b_base64('{piece}'))")
            self.run("f.close()")

    def close(self) -> None:
        """End the emulator; its flash is kept."""
        self._port.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.microphone.close()
        self._log.close()

    def __enter__(self) -> Pico:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
