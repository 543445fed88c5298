"""Texts that are admitted, those that are not, and what is shown of them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vox_embed.gate.text import UnfitTextError, admit, admit_label, plain_text, shown, visible

WILD = st.text(st.characters(), max_size=80)  # surrogates too


@pytest.mark.parametrize(
    "text",
    ["yes", "don't know", "*/", "=cmd", "C++", "naïve", "日本語", "می\u200cخواهم", "👩\u200d🚀", "a\u00a0b"],
)
def test_what_can_be_read_is_admitted(text: str) -> None:
    assert admit(text) == unicodedata.normalize("NFC", text)
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a\nb", r"has a line break \(U\+000A\) in place 2"),
        ("a\u2028b", "has a line break"),
        ("\x1b]0;title\x07", r"has a control character \(U\+001B\)"),
        ("a\0", "has a control character"),
        ("\x9b31m", "has a control character"),
        ("a\u202eb", "turns the direction of reading"),
        ("a\u2066b", "turns the direction of reading"),
        ("a\u200bb", "has an invisible character"),
        ("a\U000e0041", "has an invisible character"),
        ("a\ud800", "no valid UTF-8"),
        ("a\ufffe", "no character"),
        ("", "is empty"),
        ("   ", "is blank"),
        ("x" * 256, "is longer than 255 bytes"),
        ("é" * 128, "is longer than 255 bytes"),
        ("x" * 10**7, "is longer than 255 bytes"),
    ],
)
def test_what_does_something_else_is_not(text: str, reason: str) -> None:
    with pytest.raises(UnfitTextError, match=reason):
        admit(text)


def test_labels_have_to_fit_into_a_model() -> None:
    assert admit_label("x" * 47) == "x" * 47
    with pytest.raises(UnfitTextError, match="47 bytes"):
        admit_label("x" * 48)


@given(WILD)
def test_admitted_texts_are_one_composed_visible_line(text: str) -> None:
    try:
        admitted = admit(text)
    except UnfitTextError:
        return
    assert admitted == unicodedata.normalize("NFC", text) == visible(admitted)
    assert len(admitted.encode()) <= 255
    assert admitted.splitlines() == [admitted]


@given(WILD)
def test_visible_texts_do_nothing(text: str) -> None:
    seen = visible(text)
    assert len(seen) == len(text)
    assert visible(seen) == seen
    assert not {unicodedata.category(char) for char in seen} & {"Cc", "Cs", "Zl", "Zp"}
    seen.encode()
    assert len(shown(text)) <= 63


@given(WILD)
def test_plain_texts_have_no_hidden_ends(text: str) -> None:
    plain = plain_text(text)
    assert plain == plain.strip() == unicodedata.normalize("NFC", plain)
