"""Sentences of status codes, and which bytes of a label the library takes."""

from __future__ import annotations

import struct
import zlib

import pytest

from helpers.tiny_model import tiny_model
from vox_embed.core import Model, describe_status
from vox_embed.spec.status import Status


def test_every_status_has_its_sentence() -> None:
    said = {status: describe_status(int(status)) for status in Status}
    assert len(set(said.values())) == len(Status)
    assert all(said.values())
    assert describe_status(-9999) == describe_status(-9998)


def _with_label(text: bytes) -> bytes:
    """A model whose first label is those bytes, sealed anew."""
    placeholder = b"Q" * len(text)
    made = bytearray(tiny_model("dense", labels=(placeholder.decode(), "other")))
    at = made.find(placeholder)
    assert at > 0
    made[at : at + len(text)] = text
    struct.pack_into("<I", made, 12, zlib.crc32(made[16:]))
    return bytes(made)


@pytest.mark.parametrize("text", ["yes", "für", "日本", "𝄞a", "\u07ff\u0800\uffff"])
def test_labels_of_any_script(text: str) -> None:
    assert Model(_with_label(text.encode())).labels[0] == text


@pytest.mark.parametrize(
    "text",
    [
        b"a\xff",
        b"\xc0\x80",
        b"\xe0\x80\x80",
        b"\xed\xa0\x80",
        b"\xf0\x80\x80\x80",
        b"\xf4\x90\x80\x80",
        b"\xc3(",
        b"ab\xe2\x82",
        b"\x80a",
    ],
)
def test_labels_that_are_no_text(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Model(_with_label(text))
