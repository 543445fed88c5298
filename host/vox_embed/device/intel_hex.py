"""Intel HEX, what DAPLink and most programmers take: lines of at most 16 bytes with their address."""

from __future__ import annotations

from collections.abc import Mapping

_LINE = 16
_DATA, _END, _UPPER = 0, 1, 4


def to_hex(pieces: Mapping[int, bytes]) -> bytes:
    """address -> bytes. Raises ValueError where pieces overlap."""
    lines, upper, end = [], -1, 0
    for address, piece in sorted(pieces.items()):
        if address < end:
            raise ValueError("pieces overlap")
        at, end = address, address + len(piece)
        while at < end:
            if at >> 16 != upper:
                upper = at >> 16
                lines.append(_record(_UPPER, 0, upper.to_bytes(2, "big")))
            stop = min(end, at - at % _LINE + _LINE)
            lines.append(_record(_DATA, at & 0xFFFF, piece[at - address : stop - address]))
            at = stop
    return "".join([*lines, _record(_END, 0, b"")]).encode()


def _record(kind: int, address: int, data: bytes) -> str:
    body = bytes([len(data), *address.to_bytes(2, "big"), kind]) + data
    return f":{body.hex().upper()}{-sum(body) & 0xFF:02X}\n"
