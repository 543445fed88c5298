"""Frames over a byte stream: ports (sockets, serial ports, pseudo terminals) and the reader that decodes."""

from __future__ import annotations

import contextlib
import errno
import os
import queue
import select
import socket
import threading
from typing import NamedTuple, Protocol

from vox_embed.core import LinkDecoder, link_encode
from vox_embed.experiment.errors import VoxError

_NOT_ALLOWED = "on Linux: sudo usermod -a -G dialout $USER, then log in anew"

POLL_SECONDS = 0.1
READ_BYTES = 4096
BAUD = 921600
QUEUED_FRAMES = 1 << 15
"""Received, not taken yet; with the longest payload 8 MB."""


class Port(Protocol):
    """A byte stream to a device."""

    @property
    def name(self) -> str:
        """What the user calls it."""

    def read(self) -> bytes:
        """What has arrived; waits POLL_SECONDS for a byte. Raises EOFError when the other side is gone."""

    def write(self, data: bytes) -> None:
        """Send all of it. Raises EOFError when the other side is gone."""

    def close(self) -> None:
        """Let go of the stream."""


class SocketPort:
    """A connected stream socket, as an emulator's serial port."""

    def __init__(self, connection: socket.socket, name: str, patience: float = 5.0) -> None:
        self._socket = connection
        self._name = name
        self._patience = patience
        connection.settimeout(patience)

    @property
    def name(self) -> str:
        """What the user calls it."""
        return self._name

    def read(self) -> bytes:
        """See Port.read."""
        try:
            ready, _, _ = select.select([self._socket], [], [], POLL_SECONDS)
            if not ready:
                return b""
            data = self._socket.recv(READ_BYTES)
        except (OSError, ValueError) as error:
            raise EOFError(self._name) from error
        if not data:
            raise EOFError(self._name)
        return data

    def write(self, data: bytes) -> None:
        """See Port.write."""
        try:
            self._socket.sendall(data)
        except TimeoutError as error:
            raise VoxError(
                f"{self._name}: the device took no bytes for {self._patience:g} s", "restart it and try again"
            ) from error
        except OSError as error:
            raise EOFError(self._name) from error

    def close(self) -> None:
        """See Port.close."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class SerialPort:
    """A serial port, pseudo terminal or `socket://host:port`, through pyserial."""

    def __init__(self, name: str, baud: int = BAUD) -> None:
        import serial

        self._name = name
        try:
            self._serial = serial.serial_for_url(name, baudrate=baud, timeout=POLL_SECONDS, write_timeout=5.0)
            self._serial.reset_input_buffer()  # what a device said to somebody else
        except (serial.SerialException, OSError, ValueError) as error:
            number = getattr(error, "errno", None)
            raise VoxError(
                f"cannot open the port {name}: {os.strerror(number) if number else error}",
                _NOT_ALLOWED
                if number == errno.EACCES
                else "is the board plugged in, the name right, and no other program using it?",
            ) from error

    @property
    def name(self) -> str:
        """What the user calls it."""
        return self._name

    def read(self) -> bytes:
        """See Port.read."""
        import serial

        try:
            first = self._serial.read(1)
            waiting = self._serial.in_waiting if first else 0
            return bytes(first + self._serial.read(min(waiting, READ_BYTES))) if waiting else bytes(first)
        except (serial.SerialException, OSError, TypeError) as error:
            raise EOFError(self._name) from error

    def write(self, data: bytes) -> None:
        """See Port.write."""
        import serial

        try:
            self._serial.write(data)
        except serial.SerialTimeoutException as error:
            raise VoxError(
                f"{self._name}: the port took no bytes for 5 s", "unplug the board and try again"
            ) from error
        except (serial.SerialException, OSError) as error:
            raise EOFError(self._name) from error

    def close(self) -> None:
        """See Port.close."""
        self._serial.close()


class Frame(NamedTuple):
    """A decoded frame."""

    type: int
    sequence: int
    payload: bytes


class Link:
    """Frames to and from a device. A thread reads and decodes, so that the device never has to wait.

    Use as a context manager or call close(). Closing the link closes the port.
    """

    def __init__(self, port: Port) -> None:
        self._port = port
        self._decoder = LinkDecoder()
        self._frames: queue.Queue[Frame | None] = queue.Queue(QUEUED_FRAMES)
        self._closing = threading.Event()
        self._gone = False
        self._last: Frame | None = None
        self.missed = 0
        """Frames that the device sent and that did not arrive whole, by its sequence numbers."""
        self._thread = threading.Thread(target=self._read, name=f"link {port.name}", daemon=True)
        self._thread.start()

    @property
    def name(self) -> str:
        """The port's name."""
        return self._port.name

    @property
    def errors(self) -> int:
        """Bad frames received: checksum, length, stuffing."""
        return self._decoder.errors

    @property
    def frames(self) -> int:
        """Good frames received."""
        return self._decoder.frames

    def _read(self) -> None:
        while not self._closing.is_set():
            try:
                data = self._port.read()
            except EOFError:
                break
            for decoded in self._decoder.feed(data):
                self._take(Frame(*decoded))
        self._put(None)

    def _put(self, frame: Frame | None) -> None:
        """Waits where more came than anybody took: a device that floods the line has to wait too."""
        while not self._closing.is_set():
            try:
                self._frames.put(frame, timeout=POLL_SECONDS)
                return
            except queue.Full:
                continue

    def _take(self, frame: Frame) -> None:
        last, self._last = self._last, frame
        if last is not None:
            if last == frame:
                return  # the line said it twice
            self.missed += (frame.sequence - last.sequence - 1) & 0xFF
        self._put(frame)

    def send(self, kind: int, sequence: int, payload: bytes = b"") -> None:
        """Send one frame. Raises VoxError when the device is gone."""
        try:
            self._port.write(link_encode(kind, sequence & 0xFF, payload))
        except EOFError as error:
            raise self._lost() from error

    def receive(self, timeout: float) -> Frame | None:
        """The next good frame, or None after `timeout` seconds. Raises VoxError when the device is gone."""
        if self._gone:
            raise self._lost()
        try:
            frame = self._frames.get(timeout=max(timeout, 0.0)) if timeout > 0 else self._frames.get_nowait()
        except queue.Empty:
            return None
        if frame is None:
            self._gone = True
            raise self._lost()
        return frame

    def _lost(self) -> VoxError:
        return VoxError(
            f"{self.name}: the connection to the device was lost", "check the cable, or restart the emulator"
        )

    def close(self) -> None:
        """Stop reading and close the port."""
        if not self._closing.is_set():
            self._closing.set()
            self._thread.join(timeout=2.0)
            self._port.close()

    def __enter__(self) -> Link:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
