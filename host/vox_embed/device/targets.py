"""From what the user types, `--target qemu-m4` or `--port /dev/ttyACM0`, to a session with a device."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from vox_embed.device.boards import Board, find_board, project_folder
from vox_embed.device.emulator import Emulator
from vox_embed.device.link import BAUD, Link, SerialPort
from vox_embed.device.session import Session
from vox_embed.device.tools import need_build, need_build_and_emulator, need_emulator
from vox_embed.experiment.defaults import DEFAULT_TARGET
from vox_embed.experiment.errors import VoxError
from vox_embed.gate.locks import locked


def image_path(board: Board, more: bool = False) -> Path:
    """Where `cmake --build --preset <board>` puts the image; more: beside it."""
    suffix = "" if board.emulator_program == "native" else ".elf"
    folder = f"{board.name}-16" if more else board.name
    return project_folder() / "build" / folder / f"vox-{board.name}{suffix}"


def build_image(board: Board, more: bool = False) -> Path:
    """Bring the board's image up to date with CMake; quick where nothing changed. Processes take turns.

    more: with the operators of 16-bit activations, too, which the general image leaves out. Raises VoxError
    with the end of the compiler's output where it fails.
    """
    need_build(board)
    root = project_folder()
    image = image_path(board, more)
    folder = image.parent
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / ".lock", wait=True):
        if not (folder / "build.ninja").is_file():
            others = ["-B", str(folder), "-DVOX_MORE_OPERATORS=ALL"] if more else []
            _run(board, ["cmake", "--preset", board.name, *others], root)
        what = [str(folder)] if more else ["--preset", board.name]
        _run(board, ["cmake", "--build", *what, "--parallel", "2"], root)
    return image


def _run(board: Board, command: Sequence[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise VoxError(f"building the image for {board.name} failed ({' '.join(command)}):\n{tail}")


def need_board(board: Board, image: Path | None = None) -> None:
    """VoxError where nothing emulates the board, or something for building or emulating it is missing."""
    if not board.emulated:
        raise VoxError(
            f"nothing emulates the board {board.name}",
            "connect it, and give its serial port: --port /dev/ttyACM0",
        )
    if image is None:
        need_build_and_emulator(board)
        return
    need_emulator(board)
    if not image.is_file():
        raise VoxError(f"there is no image {image}", "build it, or leave --image out")


def need_target(target: str | None = None, port: str | None = None, image: Path | None = None) -> None:
    """VoxError for what `open_target` cannot open because of something that is missing on this computer."""
    if port is None:
        need_board(find_board(target or DEFAULT_TARGET), image)


def open_board(
    board: Board,
    image: Path | None = None,
    *,
    icount: bool = False,
    arguments: Sequence[str] = (),
    more: bool = False,
) -> Session:
    """Start an emulated board and open a session. image: built first where none is given. more: as
    build_image."""
    need_board(board, image)
    emulator = Emulator(board, image or build_image(board, more), icount=icount, arguments=arguments)
    # An emulated chip may be several times slower than the chip.
    timeout = 2.0 if emulator.microphone is not None else 0.5
    session = Session(Link(emulator.port), timeout=timeout, on_close=emulator.close, explain=emulator.failure)
    session.microphone = emulator.microphone
    return _greet(session)


def open_port(port: str, baud: int = BAUD, *, timeout: float = 0.5) -> Session:
    """A session over a serial port (`/dev/ttyACM0`, a pseudo terminal) or a TCP socket (`socket://host:1234`).

    timeout: as Session's."""
    return _greet(Session(Link(SerialPort(port, baud)), timeout=timeout))


def _greet(session: Session) -> Session:
    try:
        session.hello()
    except BaseException:
        session.close()
        raise
    return session


def open_target(
    target: str | None = None,
    port: str | None = None,
    *,
    image: Path | None = None,
    icount: bool = False,
    more: bool = False,
) -> Session:
    """The device that the options name; with neither, the emulated Cortex-M4. more: as build_image. Raises
    VoxError.
    """
    if port is not None:
        if target is not None or image is not None:
            raise VoxError("--port names a device that runs already; leave --target and --image out")
        return open_port(port)
    return open_board(find_board(target or DEFAULT_TARGET), image, icount=icount, more=more)
