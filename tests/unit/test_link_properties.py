"""The link's codec: what comes out is what went in; a bad byte costs the frames it touches at most."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vox_embed.core import LINK_PAYLOAD, LINK_VERSION, CoreError, LinkDecoder, link_encode

frames_of = st.tuples(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=LINK_PAYLOAD))
streams = st.lists(frames_of, min_size=1, max_size=6)


def cobs(raw: bytes) -> bytes:
    """COBS as Cheshire and Baker (1999) describe it, for frames of any length, with the delimiter."""
    out = bytearray()
    for run in raw.split(b"\0"):
        full = len(run) // 254
        for i in range(full):
            out += b"\xff" + run[254 * i : 254 * i + 254]
        rest = run[254 * full :]
        out += bytes([len(rest) + 1]) + rest
    return bytes(out) + b"\0"


def raw_frame(kind: int, sequence: int, payload: bytes, version: int = LINK_VERSION) -> bytes:
    head = bytes([version, kind, sequence]) + payload
    return head + struct.pack("<I", zlib.crc32(head))


@given(frames_of)
def test_encoding_is_cobs_of_header_payload_and_crc(frame: tuple[int, int, bytes]) -> None:
    assert link_encode(*frame) == cobs(raw_frame(*frame))


@given(streams, st.data())
def test_round_trip_in_pieces_of_any_size(frames: list[tuple[int, int, bytes]], data: st.DataObject) -> None:
    wire = b"".join(link_encode(*frame) for frame in frames)
    decoder = LinkDecoder()
    decoded = []
    at = 0
    while at < len(wire):
        size = data.draw(st.integers(1, 300))
        decoded += decoder.feed(wire[at : at + size])
        at += size
    assert decoded == frames
    assert (decoder.frames, decoder.errors) == (len(frames), 0)


def is_subsequence(short: list[tuple[int, int, bytes]], long: list[tuple[int, int, bytes]]) -> bool:
    rest = iter(long)
    return all(item in rest for item in short)


@settings(max_examples=400)
@given(streams, st.data())
def test_one_bad_byte_costs_at_most_the_frame_it_hits_and_its_neighbour(
    frames: list[tuple[int, int, bytes]], data: st.DataObject
) -> None:
    wires = [link_encode(*frame) for frame in frames]
    hit = data.draw(st.integers(0, len(frames) - 1))
    at = data.draw(st.integers(0, len(wires[hit]) - 1))
    fault = data.draw(st.sampled_from(["lose", "flip", "double", "insert"]))
    wire = bytearray(wires[hit])
    delimiter = at == len(wire) - 1
    if fault == "lose":
        del wire[at]
    elif fault == "flip":
        wire[at] ^= data.draw(st.integers(1, 255))
    elif fault == "double":
        wire.insert(at, wire[at])
    else:
        wire.insert(at, data.draw(st.integers(0, 255)))
    decoder = LinkDecoder()
    decoded = decoder.feed(b"".join([*wires[:hit], bytes(wire), *wires[hit + 1 :]]))
    # Only a delimiter that is gone joins a frame to the next one.
    allowed = 2 if delimiter and fault in ("lose", "flip") else 1
    assert is_subsequence(decoded, frames)
    assert len(decoded) >= len(frames) - allowed
    if len(decoded) < len(frames) and not (delimiter and hit == len(frames) - 1):
        assert decoder.errors >= 1
    assert decoder.frames == len(decoded)


@settings(max_examples=300)
@given(st.binary(max_size=1500), frames_of)
def test_any_bytes_then_a_delimiter_and_the_next_frame_arrives(
    noise: bytes, frame: tuple[int, int, bytes]
) -> None:
    decoder = LinkDecoder()
    decoder.feed(noise + b"\0")
    assert decoder.feed(link_encode(*frame)) == [frame]


@given(frames_of, st.integers(0, 255).filter(lambda v: v != LINK_VERSION))
def test_other_versions_are_refused(frame: tuple[int, int, bytes], version: int) -> None:
    decoder = LinkDecoder()
    assert decoder.feed(cobs(raw_frame(*frame, version=version))) == []
    assert decoder.errors == 1


@given(st.integers(LINK_PAYLOAD + 1, 2000), st.integers(0, 255))
def test_frames_that_are_too_long_are_refused_and_skipped(size: int, fill: int) -> None:
    decoder = LinkDecoder()
    assert decoder.feed(cobs(raw_frame(1, 2, bytes([fill]) * size))) == []
    assert decoder.errors == 1
    assert decoder.feed(link_encode(3, 4, b"next")) == [(3, 4, b"next")]


@given(st.binary(max_size=6))
def test_frames_that_are_too_short_are_refused(raw: bytes) -> None:
    decoder = LinkDecoder()
    assert decoder.feed(cobs(raw)) == []
    assert decoder.errors == 1


def test_idle_line_is_no_error() -> None:
    decoder = LinkDecoder()
    assert decoder.feed(bytes(1000)) == []
    assert (decoder.frames, decoder.errors) == (0, 0)


def test_payload_limit() -> None:
    assert len(link_encode(1, 1, bytes(LINK_PAYLOAD))) == LINK_PAYLOAD + 9
    with pytest.raises(CoreError):
        link_encode(1, 1, bytes(LINK_PAYLOAD + 1))


def test_example_of_the_specification() -> None:
    """docs/link-protocol.md, "Frames"."""
    assert link_encode(0x01, 7, b"\0") == bytes.fromhex("04 01 01 07 05 89 44 7B D7 00")
    text = (Path(__file__).parents[2] / "docs" / "link-protocol.md").read_text(encoding="utf-8")
    assert "`04 01 01 07 05 89 44 7B D7 00`" in text
