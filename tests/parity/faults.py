"""A line that loses, flips and doubles bytes."""

from __future__ import annotations

import random

from vox_embed.device.link import Port


class FaultyPort:
    """A port in front of another; every byte is at risk, both ways: `rate` is the chance of each fault."""

    def __init__(self, port: Port, rate: float, seed: int) -> None:
        self._port = port
        self._rate = rate
        self._random = random.Random(seed)
        self.faults = 0

    @property
    def name(self) -> str:
        return f"faulty {self._port.name}"

    def _disturb(self, data: bytes) -> bytes:
        out = bytearray()
        for byte in data:
            chance = self._random.random() / self._rate
            self.faults += chance < 4
            if chance < 1:
                continue  # lost
            if chance < 2:
                out.append(byte ^ 1 << self._random.randrange(8))
            elif chance < 3:
                out += bytes([byte, byte])
            elif chance < 4:
                out.append(0)  # a delimiter from nowhere cuts the frame
            else:
                out.append(byte)
        return bytes(out)

    def read(self) -> bytes:
        return self._disturb(self._port.read())

    def write(self, data: bytes) -> None:
        self._port.write(self._disturb(data))

    def close(self) -> None:
        self._port.close()
