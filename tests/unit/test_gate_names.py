"""Names of files made from data: different for different data, usable everywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vox_embed.gate.names import check_file_name, file_name, unique_names
from vox_embed.gate.text import UnfitTextError

WORDS = st.one_of(
    st.text(max_size=12),
    st.text("aA_/ .-:", max_size=4),
    st.sampled_from(
        ["con", "CON", "nul.txt", "a b", "a_b", "a/b", "..", ".", "", "x" * 300, "last", "\ud800"]
    ),
)


@given(st.lists(WORDS, max_size=30))
def test_different_texts_have_different_usable_names(texts: list[str]) -> None:
    names = unique_names(texts)
    assert set(names) == set(texts)
    assert len({name.casefold() for name in names.values()}) == len(names)
    for name in names.values():
        assert check_file_name(name, 40) == name


@given(st.lists(WORDS, max_size=20), WORDS)
def test_names_do_not_depend_on_what_else_there_is(texts: list[str], more: str) -> None:
    """Unless another one looks the same but for its case."""
    folded = [text.casefold() for text in {*texts, more}]
    before, after = unique_names(texts), unique_names([*texts, more])
    assert all(before[text] == after[text] for text in texts if folded.count(text.casefold()) == 1)


def test_a_text_that_looks_like_a_hashed_one() -> None:
    taken = unique_names(["a b"])["a b"]
    assert len(set(unique_names(["a b", taken]).values())) == 2
    assert unique_names(["plain", "s-1.b"]) == {"plain": "plain", "s-1.b": "s-1.b"}


@given(WORDS)
def test_any_text_gives_a_name(text: str) -> None:
    assert check_file_name(file_name(text)) == file_name(text)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a/b", "other characters"),
        ("a\0", "other characters"),
        ("..", "begins"),
        ("-x", "begins"),
        ("a.", "ends with a dot"),
        ("CON", "device"),
        ("com1.txt", "device"),
        ("x" * 65, "longer"),
        ("", "other characters"),
    ],
)
def test_names_that_some_system_does_not_take(name: str, reason: str) -> None:
    with pytest.raises(UnfitTextError, match=reason):
        check_file_name(name)
