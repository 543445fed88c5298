"""The bench that boards are tested on: one device for many tests, each finds it as after switching on."""

from __future__ import annotations

from pathlib import Path

from faults import SwitchedPort

from vox_embed.device.boards import Board
from vox_embed.device.emulator import Emulator
from vox_embed.device.link import BAUD, Link, SerialPort
from vox_embed.device.session import DeviceRestartedError, Session
from vox_embed.experiment.errors import VoxError
from vox_embed.spec.link import Reset


class Bench:
    """A running board, emulated or on a serial port, and its line, which can be disturbed.

    board: None where `port` names a board that is connected. image: of an emulated one.
    """

    def __init__(self, board: Board | None, image: Path | None = None, port: str | None = None) -> None:
        self._board = board
        self._image = image
        self._port = port
        self._link: Link | None = None
        self.emulator: Emulator | None = None
        self.can_reset = board is not None and board.emulator_program != "rp2040js"
        # An emulated RP2040 is several times slower than the chip.
        self.timeout = 2.0 if board is not None and not self.can_reset else 0.5
        self.line: SwitchedPort

    @property
    def slow(self) -> bool:
        """Few clips, please."""
        return self.timeout > 1

    def _start(self) -> Link:
        if self._board is None:
            assert self._port is not None
            self.line = SwitchedPort(SerialPort(self._port, BAUD))
        else:
            assert self._image is not None
            arguments = ["--free"] if self._board.emulator_program == "rp2040js" else []
            self.emulator = Emulator(self._board, self._image, arguments=arguments)
            self.line = SwitchedPort(self.emulator.port)
        self._link = Link(self.line)
        return self._link

    def session(self, timeout: float | None = None, attempts: int = 8) -> Session:
        """A new session on the running device. It is not to be closed: the link serves the next one too."""
        link = self._link or self._start()
        explain = self.emulator.failure if self.emulator is not None else None
        session = Session(link, timeout=timeout or self.timeout, attempts=attempts, explain=explain)
        session.microphone = self.emulator.microphone if self.emulator is not None else None
        return session

    def reset(self) -> None:
        """Press the reset button and wait until the board says that it has started."""
        assert self.emulator is not None
        session = self.session()
        session.hello()
        while session._heard == 0xFF:  # the start, number 0, would seem to follow this
            session.hello()
        self.emulator.reset()
        try:
            while session.poll(10.0):
                pass
        except DeviceRestartedError:
            return
        raise AssertionError(f"{session.link.name} did not start again")

    def fresh(self) -> Session:
        """A greeted session with the device as after switching on; where there is no reset button: with its
        own model, all streams stopped."""
        if self._link is not None:
            self.line.clear()
            try:
                if self.can_reset:
                    self.reset()
                else:
                    self.session().reset(Reset.MODEL)
            except (VoxError, AssertionError):
                if self._board is None:
                    raise
                self.close()  # the test before has killed it
        session = self.session()
        session.hello()
        return session

    def close(self) -> None:
        """Switch it off."""
        if self._link is not None:
            self._link.close()
            self._link = None
        if self.emulator is not None:
            self.emulator.close()
            self.emulator = None
