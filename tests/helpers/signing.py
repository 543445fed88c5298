"""The sources that images with a public key take from elsewhere, and places in signed files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from vox_embed.program.signature import split
from vox_embed.spec.model_format import SIGNED_SIGNATURE, Header, Section, SignedTrailer

_SOURCES = Path.home() / ".cache" / "vox-embed" / "src"
MONOCYPHER = _SOURCES / "monocypher" / "monocypher.c"
SHA512 = _SOURCES / "mbedtls" / "library" / "sha512.c"


def lacking() -> list[str]:
    """Those that tools/fetch_sources.sh has not brought."""
    return [str(path.relative_to(_SOURCES)) for path in (MONOCYPHER, SHA512) if not path.is_file()]


def parts_of(data: bytes) -> Iterator[tuple[str, range]]:
    """The parts of a signed file, by name: header, table, each section, and the trailer's fields."""
    model, _ = split(data)
    head = Header.unpack(model)
    first = Header.SIZE + Section.SIZE * head.section_count
    yield "header", range(Header.SIZE)
    yield "table", range(Header.SIZE, first)
    for entry in Section.unpack_all(model, head.section_count, Header.SIZE):
        yield entry.tag.to_bytes(4, "little").decode("ascii"), range(entry.offset, entry.offset + entry.size)
    begin, signed = len(data) - SignedTrailer.SIZE, len(data) - SIGNED_SIGNATURE
    yield "magic", range(begin, begin + 4)
    yield "revision", range(begin + 4, begin + 8)
    yield "key id", range(begin + 8, signed)
    yield "R of the signature", range(signed, signed + SIGNED_SIGNATURE // 2)
    yield "S of the signature", range(signed + SIGNED_SIGNATURE // 2, len(data))


def flips(data: bytes, each: int, seed: int = 0) -> dict[int, bytes]:
    """Place -> the file with one bit changed there: `each` places of every part, drawn by seed."""
    random = np.random.default_rng(seed)
    found = {}
    for _, places in parts_of(data):
        for place in random.choice(places, min(each, len(places)), replace=False).tolist():
            found[place] = flipped(data, place, int(random.integers(8)))
    return found


def flipped(data: bytes, place: int, bit: int) -> bytes:
    """The bytes with one bit changed."""
    changed = bytearray(data)
    changed[place] ^= 1 << bit
    return bytes(changed)
