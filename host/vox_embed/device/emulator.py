"""Boards without a board: QEMU, rp2040js, or the device program on this computer; serial port on a socket."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from vox_embed.device.boards import Board
from vox_embed.device.link import SocketPort
from vox_embed.device.qmp import Control
from vox_embed.experiment.errors import VoxError
from vox_embed.experiment.needs import need_programs

if TYPE_CHECKING:
    from vox_embed.device.rp2040 import Microphone

START_SECONDS = 10.0
STOP_SECONDS = 3.0


class Emulator:
    """A running device program; `port` is its serial port. Use as a context manager or call close().

    image: the .elf for QEMU, the executable for board `native`. icount: one instruction takes 2^n ns, so that
    the device's tick counts are exact and repeatable; slower. arguments: for the program or QEMU.
    """

    def __init__(
        self, board: Board, image: Path, *, icount: bool = False, arguments: Sequence[str] = ()
    ) -> None:
        if not image.is_file():
            raise VoxError(
                f"board {board.name}: there is no image {image}",
                f"build it with: cmake --preset {board.name} && cmake --build --preset {board.name}",
            )
        self.board = board
        self.microphone: Microphone | None = None
        """Plays recordings to the emulated ADC, on boards that have one."""
        self._control: Control | None = None
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            if board.emulator_program == "native":
                self.port, self._process = self._start_native(image, arguments)
            elif board.emulator_program == "rp2040js":
                from vox_embed.device import rp2040

                self.port, self._process = rp2040.start_connected(board, image, self._log, arguments)
                self.microphone = rp2040.Microphone(self._process)
            else:
                self.port, self._process = self._start_qemu(image, icount, arguments)
        except BaseException:
            self._log.close()
            raise

    def _start_native(
        self, image: Path, arguments: Sequence[str]
    ) -> tuple[SocketPort, subprocess.Popen[bytes]]:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = subprocess.Popen(
                    [str(image.resolve()), *arguments],
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    stderr=self._log,
                    start_new_session=True,  # Ctrl-C is for the host program, which then ends this one
                )
            except OSError as error:
                ours.close()
                raise VoxError(f"cannot start {image}: {error}") from error
        return SocketPort(ours, self.board.name), process

    def _start_qemu(
        self, image: Path, icount: bool, arguments: Sequence[str]
    ) -> tuple[SocketPort, subprocess.Popen[bytes]]:
        command = [
            *qemu_command(self.board, image, icount=icount),
            *arguments,
        ]
        ours, theirs = socket.socketpair()
        self._control = Control(ours)
        command += ["-chardev", f"socket,id=control,fd={theirs.fileno()}", "-mon", "control,mode=control"]
        # The emulator connects to us: a port that we hold cannot be taken by anybody else in between.
        with theirs, socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(0.1)
            address = server.getsockname()
            process = subprocess.Popen(
                [*command, *serial_arguments(f"host=127.0.0.1,port={address[1]},nodelay=on")],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
            for _ in range(int(START_SECONDS / 0.1)):
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    if process.poll() is not None:
                        break
                    continue
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return SocketPort(connection, self.board.name), process
        _stop(process)
        self._control.close()
        raise VoxError(f"{command[0]} did not start: {self._output() or 'it said nothing'}")

    def reset(self) -> None:
        """Press the reset button: memory and everything in the program's head is gone, the line stays.

        On board native the program starts itself anew. VoxError on boards whose emulator cannot.
        """
        if self._control is not None:
            self._control.execute("system_reset")
        elif self.board.emulator_program == "native":
            self._process.send_signal(signal.SIGUSR1)
        else:
            raise VoxError(
                f"{self.board.emulator_program} has no reset button", "close it and start it again"
            )

    def _output(self) -> str:
        self._log.seek(0)
        return self._log.read().decode("utf-8", "replace").strip()

    @property
    def running(self) -> bool:
        """False once the program has ended."""
        return self._process.poll() is None

    def failure(self) -> str | None:
        """Why the program ended by itself, or None while it runs."""
        try:
            status = self._process.wait(0.3)  # the connection ends a little before the program does
        except subprocess.TimeoutExpired:
            return None
        said = self._output()
        return f"the emulated program ended with status {status}" + (f": {said}" if said else "")

    def close(self) -> None:
        """End the program; safe to call twice."""
        if not self._log.closed:
            self.port.close()
            _stop(self._process)
            if self._control is not None:
                self._control.close()
            if self.microphone is not None:
                self.microphone.close()
            self._log.close()

    def __enter__(self) -> Emulator:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def qemu_command(board: Board, image: Path, *, icount: bool = False) -> list[str]:
    """QEMU's command line for a board and image, without the serial port. VoxError where QEMU is missing."""
    need_programs(f"emulating {board.name}", [board.emulator_program])
    command = [
        board.emulator_program,
        "-M",
        board.emulator_machine,
        *board.emulator_args,
        *(["-device", f"loader,file={image}"] if image.suffix == ".hex" else ["-kernel", str(image)]),
    ]
    if icount:
        command += ["-icount", f"shift={board.icount_shift}"]
    return command


def serial_arguments(socket_options: str) -> list[str]:
    """QEMU's options for a serial port on a socket, e.g. "host=127.0.0.1,port=5555,server=on,wait=on".

    A multiplexed character device has a buffer of 32 bytes, the emulated UART of one: three times as fast.
    There is no escape byte (256 is none), so that all bytes pass.
    """
    return ["-echr", "256", "-chardev", f"socket,id=link,mux=on,{socket_options}", "-serial", "chardev:link"]


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
