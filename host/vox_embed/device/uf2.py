"""UF2, what a USB boot loader takes (https://github.com/microsoft/uf2): a page of flash a block."""

from __future__ import annotations

import struct
from collections.abc import Mapping

BLOCK = 512
PAGE = 256
_MAGIC = (0x0A324655, 0x9E5D5157)
_MAGIC_END = 0x0AB16F30
_FAMILY_PRESENT = 0x2000


def to_uf2(pieces: Mapping[int, bytes], family: int) -> bytes:
    """address -> bytes, each address a multiple of PAGE; the last page of a piece is filled with 0xFF."""
    pages = [
        (address + at, piece[at : at + PAGE].ljust(PAGE, b"\xff"))
        for address, piece in sorted(pieces.items())
        for at in range(0, len(piece), PAGE)
    ]
    if any(address % PAGE for address, _ in pages) or len({address for address, _ in pages}) != len(pages):
        raise ValueError("pieces overlap, or do not begin with a page")
    blocks = []
    for number, (address, page) in enumerate(pages):
        head = struct.pack("<8I", *_MAGIC, _FAMILY_PRESENT, address, PAGE, number, len(pages), family)
        blocks.append((head + page).ljust(BLOCK - 4, b"\0") + struct.pack("<I", _MAGIC_END))
    return b"".join(blocks)
