"""A line that is good or bad, as the test likes."""

from __future__ import annotations

from vox_embed.device.faults import KINDS, Direction
from vox_embed.device.link import Port


class SwitchedPort:
    """A port in front of another: good until `disturb` is called; then bytes are at risk, both ways."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._ways: tuple[Direction, Direction] | None = None
        self.faults = 0
        """Until the last `clear`."""

    @property
    def name(self) -> str:
        return self._port.name

    def disturb(self, rate: float, seed: int, kinds: tuple[str, ...] = KINDS) -> None:
        """rate: the chance of each kind of fault for each byte."""
        self._ways = Direction(rate, f"{seed} to", kinds), Direction(rate, f"{seed} from", kinds)

    def clear(self) -> None:
        """A good line again."""
        if self._ways is not None:
            self.faults += sum(way.faults for way in self._ways)
        self._ways = None

    def read(self) -> bytes:
        data = self._port.read()
        ways = self._ways
        return ways[1].disturb(data) if ways else data

    def write(self, data: bytes) -> None:
        self._port.write(self._ways[0].disturb(data) if self._ways else data)

    def close(self) -> None:
        self._port.close()
