"""A line that loses, flips and doubles bytes, and knows which frames it spoiled."""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable, Sequence

from vox_embed.device.link import Port

KINDS = ("lost", "flipped", "doubled", "cut")
"""What may happen to a byte; cut: a delimiter from nowhere stands in its place and cuts the frame."""
_REMEMBERED = 64
"""Frames back; one that arrives has been sent just before."""


class Direction:
    """One way of a faulty line. rate: the chance of each of the kinds of fault, a byte."""

    def __init__(self, rate: float, seed: str, kinds: Sequence[str] = KINDS) -> None:
        self._rate = rate
        self._kinds = kinds
        self._random = random.Random(seed)
        self._gap = self._next_gap()
        self._sent: deque[bytes] = deque(maxlen=_REMEMBERED)
        self._original, self._disturbed = bytearray(), bytearray()
        self.faults = 0
        """Bytes lost, flipped, doubled or turned into a delimiter."""
        self.frames = 0
        """Frames put in: what lies between two delimiters."""
        self.intact = 0
        """Frames that came out as they were put in."""
        self.corrupt = 0
        """What else came out between two delimiters: the receiver has to count each as an error."""

    def _next_gap(self) -> int:
        """Bytes that pass before the next fault."""
        if self._rate <= 0:
            return 1 << 62
        return int(
            math.log(1.0 - self._random.random()) / math.log1p(-min(len(self._kinds) * self._rate, 0.999))
        )

    def stop(self) -> None:
        """No more faults from now on."""
        self._rate, self._gap = 0.0, 1 << 62

    def disturb(self, data: bytes) -> bytes:
        """What comes out where `data` is put in."""
        out = bytearray()
        at = 0
        while self._gap < len(data) - at:
            self._pass(data[at : at + self._gap], out)
            at += self._gap
            self._put(data[at : at + 1])
            self._get(self._fault(data[at]), out)
            at += 1
            self._gap = self._next_gap()
        self._gap -= len(data) - at
        self._pass(data[at:], out)
        return bytes(out)

    def _fault(self, byte: int) -> bytes:
        self.faults += 1
        match self._kinds[self._random.randrange(len(self._kinds))]:
            case "lost":
                return b""
            case "flipped":
                return bytes([byte ^ 1 << self._random.randrange(8)])
            case "doubled":
                return bytes([byte, byte])
            case _:
                return b"\0"

    def _pass(self, data: bytes, out: bytearray) -> None:
        # Frame by frame, so that each is known as sent before it is looked at as received.
        start = 0
        while start < len(data):
            end = data.find(b"\0", start) + 1 or len(data)
            self._put(data[start:end])
            self._get(data[start:end], out)
            start = end

    def _put(self, piece: bytes) -> None:
        self._original += piece
        if piece.endswith(b"\0"):
            if len(self._original) > 1:
                self.frames += 1
                self._sent.append(bytes(self._original))
            self._original.clear()

    def _get(self, piece: bytes, out: bytearray) -> None:
        out += piece
        for part in (piece[:1], piece[1:]) if piece == b"\0\0" else (piece,):
            self._disturbed += part
            if part.endswith(b"\0"):
                if len(self._disturbed) > 1:
                    whole = bytes(self._disturbed) in self._sent
                    self.intact += whole
                    self.corrupt += not whole
                self._disturbed.clear()


class FaultyPort:
    """A port in front of another; every byte is at risk, both ways: `rate` is the chance of each fault.

    tap: is given what the device says, before it is disturbed.
    """

    def __init__(
        self, port: Port, rate: float, seed: int, tap: Callable[[bytes], None] | None = None
    ) -> None:
        self._port = port
        self._tap = tap
        self.to_device = Direction(rate, f"{seed} to")
        self.from_device = Direction(rate, f"{seed} from")

    @property
    def name(self) -> str:
        """What the user calls it."""
        return f"faulty {self._port.name}"

    @property
    def faults(self) -> int:
        """Both ways."""
        return self.to_device.faults + self.from_device.faults

    def stop(self) -> None:
        """A good line from now on."""
        self.to_device.stop()
        self.from_device.stop()

    def read(self) -> bytes:
        """See Port.read."""
        data = self._port.read()
        if self._tap is not None:
            self._tap(data)
        return self.from_device.disturb(data)

    def write(self, data: bytes) -> None:
        """See Port.write."""
        self._port.write(self.to_device.disturb(data))

    def close(self) -> None:
        """See Port.close."""
        self._port.close()
