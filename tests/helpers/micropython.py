"""MicroPython's own ports, built from its sources and run with files in memory: unix, and QEMU's boards.

Nothing here is a stand-in: the interpreters are MicroPython's, the modules those that the package carries.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vox_embed.device.boards import project_folder

FOLDER = Path(__file__).resolve().parents[1] / "micropython"
WORK = project_folder() / "build" / "micropython"
MODULES = project_folder() / "host" / "vox_embed" / "export" / "micropython"
Run = Callable[[str, Mapping[str, bytes]], str]
"""Runs a script with files, gives what it prints."""
PATIENCE = 240.0
"""Seconds for a script: an emulator on a busy machine."""


def sources() -> Path:
    """MicroPython's sources: MPY_DIR, or what tools/fetch_sources.sh brought."""
    return Path(os.environ.get("MPY_DIR") or Path.home() / ".cache" / "vox-embed" / "src" / "micropython")


def missing(*programs: str) -> str | None:
    """What is not here to build and run a port, or None."""
    if not (sources() / "py" / "dynruntime.mk").is_file():
        return f"there are no MicroPython sources in {sources()}: tools/fetch_sources.sh, or set MPY_DIR"
    absent = [program for program in ("make", "gcc", *programs) if shutil.which(program) is None]
    return f"not installed: {', '.join(absent)}" if absent else None


@dataclass(frozen=True)
class Port:
    """One interpreter, and the architectures whose native modules it loads."""

    name: str
    folder: str
    """Below ports/."""
    architectures: tuple[str, ...]
    programs: tuple[str, ...] = ()
    make: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None
    qemu: tuple[str, ...] = ()
    """Command line; empty: a program of this computer."""
    memory: int = 0
    """Where QEMU's loader puts files: memory that the interpreter does not use."""
    wrap_fpu: bool = False

    def missing(self) -> str | None:
        """What is not here, or None."""
        return missing(*self.programs)


_UNIX_OFF = (
    "MICROPY_PY_SSL",
    "MICROPY_SSL_AXTLS",
    "MICROPY_SSL_MBEDTLS",
    "MICROPY_PY_BTREE",
    "MICROPY_PY_FFI",
)
_HEAP = "MICROPY_HEAP_SIZE=1500000"
_ARM = ("arm-none-eabi-gcc", "qemu-system-arm")

UNIX = Port(
    "unix",
    "unix",
    ("x64",),
    make=("VARIANT=standard", *(f"{name}=0" for name in _UNIX_OFF)),
)
M7 = Port(
    "qemu-m7",
    "qemu",
    ("armv6m", "armv6m-lite", "armv7m", "armv7emsp", "armv7emdp"),
    programs=_ARM,
    make=("BOARD=AN500", f"BOARD_DIR={FOLDER / 'ports'}", _HEAP),
    qemu=("qemu-system-arm", "-machine", "mps2-an500"),
    memory=0x20000000,
    wrap_fpu=True,
)
M3 = Port(
    "qemu-m3",
    "qemu",
    ("armv6m", "armv7m"),
    programs=_ARM,
    make=("BOARD=MPS2_AN385", _HEAP),
    qemu=("qemu-system-arm", "-machine", "mps2-an385"),
    memory=0x20000000,
)
# QEMU's micro:bit with the memory that MicroPython's port gives it; it faults on unaligned accesses.
M0 = Port(
    "qemu-m0",
    "qemu",
    ("armv6m", "armv6m-lite"),
    programs=_ARM,
    make=("BOARD=MICROBIT", "MICROPY_HEAP_SIZE=200000"),
    environment={"CFLAGS_EXTRA": "-DMICROPY_EMIT_THUMB=1 -DMICROPY_EMIT_INLINE_THUMB=0"},
    qemu=(
        *("qemu-system-arm", "-machine", "microbit"),
        *("-global", "nrf51-soc.flash-size=4194304", "-global", "nrf51-soc.sram-size=262144"),
    ),
    memory=0x00080000,
)
RV32 = Port(
    "qemu-rv32",
    "qemu",
    ("rv32imc",),
    programs=("riscv64-unknown-elf-gcc", "qemu-system-riscv32"),
    make=("BOARD=VIRT_RV32", _HEAP),
    qemu=("qemu-system-riscv32", "-machine", "virt", "-bios", "none"),
    memory=0x81000000,
)
PORTS = (UNIX, M7, RV32, M0, M3)


def _run(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
    with log.open("ab") as out:
        done = subprocess.run(
            command, stdout=out, stderr=out, check=False, env={**os.environ, **(environment or {})}
        )
    assert done.returncode == 0, f"{' '.join(command)}\n{log.read_text(errors='replace')[-3000:]}"


def mpy_cross() -> Path:
    """MicroPython's compiler to bytecode; kept for the next run."""
    program = WORK / "mpy-cross" / "mpy-cross"
    WORK.mkdir(parents=True, exist_ok=True)
    with (WORK / ".mpy-cross.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.is_file():
            _run(
                ["make", "-C", str(sources() / "mpy-cross"), f"BUILD={program.parent}", "-j2"],
                WORK / "mpy-cross.log",
            )
    return program


def build(port: Port) -> Path:
    """The interpreter; kept for the next run."""
    out = WORK / port.name
    program = out / ("micropython" if port is UNIX else "firmware.elf")
    out.mkdir(parents=True, exist_ok=True)
    with (WORK / f".{port.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if program.is_file():
            return program
        log = WORK / f"{port.name}.log"
        command = [
            *("make", "-C", str(sources() / "ports" / port.folder), f"BUILD={out}", "-j2"),
            *(f"MICROPY_MPYCROSS={mpy_cross()}", "FROZEN_MANIFEST=", *port.make),
        ]
        environment = dict(port.environment or {})
        if port.wrap_fpu:
            flags = ["-mthumb", "-mcpu=cortex-m7", "-mfpu=fpv5-d16", "-mfloat-abi=hard"]
            start = out / "enable_fpu.o"
            _run(
                ["arm-none-eabi-gcc", *flags, "-c", str(FOLDER / "ports/enable_fpu.c"), "-o", str(start)], log
            )
            command.append(f"LIBS={start} {_libgcc('arm-none-eabi-gcc', *flags)}")
            environment["LDFLAGS"] = "-Wl,--wrap=mp_semihosting_init"
        if port is RV32:
            command.append(
                f"LIBS=-nostdlib {_libgcc('riscv64-unknown-elf-gcc', '-march=rv32imac', '-mabi=ilp32')}"
            )
        _run(command, log, environment)
    return program


def _libgcc(*command: str) -> str:
    done = subprocess.run([*command, "-print-libgcc-file-name"], check=True, capture_output=True, text=True)
    return done.stdout.strip()


# What a script finds: blob(name) is a file's content in place, and `import vox` works.
_PRELUDE = """
import sys, io, uctypes
def blob(name):
    address, size = BLOBS[name]
    return uctypes.bytearray_at(address, size)
class _File(io.IOBase):
    def __init__(self, data):
        self.data, self.at = data, 0
    def ioctl(self, request, argument):
        return 0 if request == 4 else -1
    def readinto(self, buffer):
        n = min(len(buffer), len(self.data) - self.at)
        buffer[:n] = self.data[self.at : self.at + n]
        self.at += n
        return n
class _Files:
    def mount(self, readonly, mkfs): pass
    def umount(self): pass
    def chdir(self, path): pass
    def stat(self, path):
        if path.lstrip('/') not in BLOBS:
            raise OSError(2)
        return (0x8000, 0, 0, 0, 0, 0, BLOBS[path.lstrip('/')][1], 0, 0, 0)
    def open(self, path, mode):
        return _File(memoryview(blob(path.lstrip('/'))))
import vfs
vfs.mount(_Files(), '/ram')
sys.path.insert(0, '/ram')
"""
_UNIX_PRELUDE = """
import sys
sys.path.insert(0, FOLDER)
def blob(name):
    with open(FOLDER + '/' + name, 'rb') as file:
        return file.read()
"""


class ScriptError(AssertionError):
    """The script ended with an exception; its text is the traceback."""


def run_script(port: Port, script: str, files: Mapping[str, bytes], icount: int | None = None) -> str:
    """What the script prints. files: by name for blob(name), and importable. Raises ScriptError."""
    program = build(port)
    with tempfile.TemporaryDirectory(prefix="vox-mpy-") as name:
        folder = Path(name)
        if port is UNIX:
            for file, data in files.items():
                (folder / file).write_bytes(data)
            (folder / "script.py").write_text(f"FOLDER = {name!r}\n{_UNIX_PRELUDE}\n{script}")
            done = subprocess.run(
                [str(program), str(folder / "script.py")],
                capture_output=True,
                text=True,
                check=False,
                timeout=PATIENCE,
            )
            if done.returncode != 0:
                raise ScriptError(done.stdout[-2000:] + done.stderr)
            return done.stdout
        blobs, image = {}, b""
        for file, data in files.items():
            blobs[file] = (port.memory + len(image), len(data))
            image += data + bytes(-len(data) % 16)
        (folder / "files.bin").write_bytes(image)
        command = [
            *port.qemu,
            *("-nographic", "-monitor", "none", "-semihosting", "-kernel", str(program)),
            *("-device", f"loader,file={folder / 'files.bin'},addr={port.memory:#x},force-raw=on"),
            *(() if icount is None else ("-icount", f"shift={icount}")),
        ]
        with RawRepl(command) as repl:
            return repl.run(f"BLOBS = {blobs!r}\n{_PRELUDE}\n{script}")


class RawRepl:
    """MicroPython's raw REPL on an emulated board's serial port. command: QEMU's, without the port."""

    def __init__(self, command: Sequence[str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(20)
            port = server.getsockname()[1]
            self._process = subprocess.Popen(
                [
                    *command,
                    *(
                        "-echr",
                        "256",
                        "-chardev",
                        f"socket,id=link,mux=on,host=127.0.0.1,port={port},nodelay=on",
                    ),
                    *("-serial", "chardev:link"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                self._socket, _ = server.accept()
            except TimeoutError:
                self.close()
                raise AssertionError(f"QEMU did not connect: {' '.join(command)}") from None
        self._socket.settimeout(1.0)
        self._pending = b""

    def __enter__(self) -> RawRepl:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self.close()

    def close(self) -> None:
        """End the emulator."""
        self._process.kill()
        self._process.communicate()

    def until(self, mark: bytes, patience: float) -> bytes:
        """What comes before `mark`."""
        deadline = time.monotonic() + patience
        while mark not in self._pending:
            try:
                more = self._socket.recv(65536)
            except TimeoutError:
                more = b""
            self._pending += more
            if time.monotonic() > deadline:
                raise AssertionError(f"no {mark!r} within {patience} s, only {self._pending[-2000:]!r}")
        before, _, self._pending = self._pending.partition(mark)
        return before

    def run(self, script: str) -> str:
        """What the script prints."""
        for _ in range(20):  # the banner may be lost, and the board may not listen yet
            self._socket.sendall(b"\r\x01")
            try:
                self.until(b"raw REPL; CTRL-B to exit\r\n>", 2.0)
                break
            except AssertionError:
                continue
        self._socket.sendall(script.encode() + b"\x04")
        self.until(b"OK", PATIENCE)
        said = self.until(b"\x04", PATIENCE)
        error = self.until(b"\x04", PATIENCE)
        text = said.decode("utf-8", "replace").replace("\r\n", "\n")
        if error.strip():
            raise ScriptError(text[-2000:] + error.decode("utf-8", "replace"))
        return text
