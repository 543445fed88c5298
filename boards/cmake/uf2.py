"""Writes a UF2 file (https://github.com/microsoft/uf2) from a flat binary: what a USB boot loader takes.

python3 uf2.py IMAGE.bin OUT.uf2 --address 0x10000000 --family 0xe48bff56 --room BYTES
"""

import argparse
import struct
import sys
from pathlib import Path

BLOCK = 512
PAYLOAD = 256  # of 476: one flash page, as the RP2040's boot loader wants it
MAGIC = (0x0A324655, 0x9E5D5157)
MAGIC_END = 0x0AB16F30
FAMILY_PRESENT = 0x2000


def to_uf2(image: bytes, address: int, family: int) -> bytes:
    """Blocks of 512 bytes, each with 256 bytes of the image, the last padded with zeros."""
    count = -(-len(image) // PAYLOAD)
    blocks = []
    for i in range(count):
        piece = image[PAYLOAD * i : PAYLOAD * (i + 1)].ljust(PAYLOAD, b"\0")
        head = struct.pack("<8I", *MAGIC, FAMILY_PRESENT, address + PAYLOAD * i, PAYLOAD, i, count, family)
        blocks.append((head + piece).ljust(BLOCK - 4, b"\0") + struct.pack("<I", MAGIC_END))
    return b"".join(blocks)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("image", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--address", type=lambda text: int(text, 0), required=True)
    parser.add_argument("--family", type=lambda text: int(text, 0), required=True)
    parser.add_argument("--room", type=int, required=True, help="bytes that the image may have")
    options = parser.parse_args()
    image = options.image.read_bytes()
    if len(image) > options.room:
        over = len(image) - options.room
        print(f"{options.image}: {len(image)} bytes; {over} more than the flash holds", file=sys.stderr)
        return 1
    options.out.write_bytes(to_uf2(image, options.address, options.family))
    return 0


if __name__ == "__main__":
    sys.exit(main())
