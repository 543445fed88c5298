"""docs/model-format.md: the rules that opening a model checks, each broken by itself."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import pytest

from helpers.tiny_model import tiny_model, tiny_network
from vox_embed.core import CoreError, Model

SECTION, FRONTEND, OP, DECISION, TENSOR = -7, -8, -10, -13, -9
MODEL = tiny_model("every_op")
TENSOR_BYTES = 24


def sections(data: bytes) -> dict[str, tuple[int, int, int]]:
    """Tag -> offset, size, place of its entry."""
    count = struct.unpack_from("<H", data, 6)[0]
    entries = [(16 + 16 * i, *struct.unpack_from("<4sII", data, 16 + 16 * i)) for i in range(count)]
    return {tag.decode(): (offset, size, place) for place, tag, offset, size in entries}


def mended(data: bytearray) -> bytes:
    struct.pack_into("<I", data, 12, zlib.crc32(data[16:]))
    return bytes(data)


def refused(data: bytearray, code: int) -> None:
    with pytest.raises(CoreError) as caught:
        Model(mended(data))
    assert caught.value.args[0] == code


def tensor(data: bytes, index: int | None = None) -> int:
    """Place of a tensor in the file; the output's by default."""
    start = sections(data)["PROG"][0]
    output, table = (
        struct.unpack_from("<H", data, start + 6)[0],
        struct.unpack_from("<I", data, start + 12)[0],
    )
    return start + table + TENSOR_BYTES * (output if index is None else index)


def ops(data: bytes) -> list[tuple[int, int, int]]:
    """Place, code and size of the records."""
    start = sections(data)["PROG"][0]
    at, left = (struct.unpack_from("<I", data, start + place)[0] for place in (16, 20))
    at += start
    end, found = at + left, []
    while at < end:
        code, size = struct.unpack_from("<HH", data, at)
        found.append((at, code, size))
        at += size
    return found


def test_it_opens_as_it_is() -> None:
    assert Model(mended(bytearray(MODEL))).hears


@pytest.mark.parametrize("tag", ["META", "LABL", "FRNT", "NORM", "PROG", "DECI", "WGHT"])
def test_reserved_field_of_the_section_table(tag: str) -> None:
    data = bytearray(MODEL)
    data[sections(MODEL)[tag][2] + 12] = 1
    refused(data, SECTION)


def test_padding_between_and_behind_sections() -> None:
    data, broken = bytearray(MODEL), 0
    for offset, size, _ in sections(MODEL).values():
        for place in range(offset + size, (offset + size + 7) // 8 * 8):
            data[place] = 1
            refused(data, SECTION)
            data[place] = 0
            broken += 1
    assert broken > 0


@pytest.mark.parametrize(("place", "value"), [(1, 2), (2, 1), (3, 1)], ids=["flags", "initial", "reserved"])
def test_reserved_bytes_of_tensors(place: int, value: int) -> None:
    data = bytearray(MODEL)
    data[tensor(MODEL, 1) + place] = value
    refused(data, TENSOR)


def test_reserved_bytes_of_operators() -> None:
    reserved = {1: (38, 2), 2: (39, 1), 3: (30, 2), 6: (19, 1), 9: (27, 1), 10: (15, 1)}
    seen = set()
    for at, code, _ in ops(MODEL):
        first, count = reserved.get(code, (0, 0))
        for place in range(first, first + count):
            data = bytearray(MODEL)
            data[at + place] = 1
            refused(data, OP)
            seen.add(code)
    assert seen == set(reserved)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        (b"\xc3\xa9s", True),
        (b"\xe2\x82\xac", True),
        (b"\xff\xfes", False),
        (b"a\nb", False),
        (b"\x1b[2", False),
        (b"a\x7fb", False),
        (b"\xc2\x85a", False),
        (b"\xc0\xaf1", False),
        (b"\xed\xa0\x80", False),
        (b"ab\xc3", False),
    ],
)
def test_labels_are_utf8_without_control_characters(text: bytes, fits: bool) -> None:
    data = bytearray(MODEL)
    start = sections(MODEL)["LABL"][0]
    first = start + struct.unpack_from("<H", MODEL, start + 2)[0]
    assert MODEL[first : first + 4] == b"yes\0"
    data[first : first + 3] = text
    if fits:
        assert Model(mended(data)).labels[0] == text.decode()
    else:
        refused(data, DECISION)


def test_meta_is_utf8_without_control_characters() -> None:
    start = sections(MODEL)["META"][0]
    for byte in (0, 10, 0x1B, 0x80, 0xFF):
        data = bytearray(MODEL)
        data[start + 1] = byte
        refused(data, SECTION)


def _zero_point(data: bytearray) -> None:
    struct.pack_into("<i", data, tensor(MODEL) + 16, -127)


def _scale(data: bytearray) -> None:
    struct.pack_into("<f", data, tensor(MODEL) + 20, 1 / 128)


@pytest.mark.parametrize("change", [_zero_point, _scale])
def test_an_s8_output_holds_posteriors(change: Callable[[bytearray], None]) -> None:
    data = bytearray(MODEL)
    change(data)
    refused(data, DECISION)


class TestReadsFollowWrites:
    """No result depends on what RAM held."""

    network = tiny_network("conv")

    def test_the_output_is_still_whole(self) -> None:
        """An inner tensor as the output: others have been written over it since."""
        data = bytearray(self.network)
        start = sections(self.network)["PROG"][0]
        inner = struct.unpack_from("<H", data, ops(self.network)[0][0] + 6)[0]
        struct.pack_into("<H", data, start + 6, inner)
        refused(data, OP)

    def test_an_unwritten_tensor_between(self) -> None:
        """A network whose last op reads a tensor that no op writes, in a place of its own."""
        data = bytearray(self.network)
        start = sections(self.network)["PROG"][0]
        at, _, _ = ops(self.network)[-1]
        source = struct.unpack_from("<H", data, at + 4)[0]
        arena = struct.unpack_from("<I", data, start + 8)[0]
        writer = next(place for place, _, _ in ops(self.network) if data[place + 6] == source)
        struct.pack_into("<I", data, start + 8, arena + 4096)  # `source` moves behind everything,
        struct.pack_into("<I", data, tensor(self.network, source) + 12, arena)
        assert Model(mended(bytearray(data))).arena_size == arena + 4096  # moving alone does no harm
        struct.pack_into("<H", data, writer + 6, struct.unpack_from("<H", data, writer + 4)[0])  # not written
        with pytest.raises(CoreError):
            Model(mended(data))
