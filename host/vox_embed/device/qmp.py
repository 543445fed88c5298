"""QEMU's control channel (QMP: lines of JSON), for the reset button."""

from __future__ import annotations

import json
import socket
from typing import Any

from vox_embed.experiment.errors import VoxError

ANSWER_SECONDS = 5.0


class Control:
    """The control channel of a running QEMU. connection: the other end is QEMU's `-chardev socket,fd=...`."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(ANSWER_SECONDS)
        self._connection = connection
        self._lines = connection.makefile("rb")
        self._greeted = False

    def _read(self) -> dict[str, Any]:
        line = self._lines.readline()
        if not line:
            raise VoxError("QEMU has ended")
        message: dict[str, Any] = json.loads(line)
        return message

    def execute(self, command: str) -> None:
        """Carry out a command without arguments. VoxError where QEMU refuses it, is silent or gone."""
        try:
            if not self._greeted:
                self._read()
                self._greeted = True
                self.execute("qmp_capabilities")
            self._connection.sendall(json.dumps({"execute": command}).encode() + b"\n")
            while "return" not in (message := self._read()):  # events come in between
                if "error" in message:
                    raise VoxError(f"QEMU refused {command}: {message['error'].get('desc')}")
        except (OSError, ValueError) as error:
            raise VoxError(f"QEMU does not answer ({command}): {error}") from error

    def close(self) -> None:
        """Let go of the channel."""
        self._lines.close()
        self._connection.close()
